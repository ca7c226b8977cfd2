"""Server times and queries of lists, search, details and map data, as a region grows.

On SQLite, then on PostgreSQL when it is on the machine. Each call asks for another
page of its sort, so that nothing is timed that was just computed.
"""

import itertools
import json
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse

from benchmarks import figures, region
from benchmarks.harness import Page, Timing, measure, report
from maillage.core import listing
from maillage.core.models import Entry
from scripts import with_postgres

SIZES = (1_000, 10_000, 100_000)
WORDS = (
    "musée",
    "médiathèque Lille",
    "astronmie",
    "l'espace",
    "musee d'histoire naturelle",
    "planetariums",
    "exposition sur l’eau",
    "dentelle",
    "Marie Curie",
    "chateau de la mer",
    "biblioteque",
    "énergie climat",
)
TYPED = ("mus", "planet", "maison de la n", "astronmie", "ch", "atelier des m", "lil")


class Turn:
    """Pages of one sort, one after the other."""

    def __init__(self, name: str, urls: list[str]) -> None:
        client = Client()
        self.name = name
        self.pages = itertools.cycle([Page(url, client=client) for url in urls])

    def __call__(self) -> int:
        return next(self.pages)()


def turns() -> list[Turn]:
    places, resources = (
        reverse("directory:place_list"),
        reverse("catalogue:resource_list"),
    )
    search, suggest = reverse("portal:search"), reverse("portal:search_suggest")
    themes = ("astronomy", "physics", "biodiversity", "digital", "earth")
    return [
        Turn("home", [reverse("portal:home")]),
        Turn("list of places", [f"{places}?page={n}" for n in range(1, 30)]),
        Turn(
            "list of places, filtered",
            [
                f"{places}?theme={theme}&audience={audience}&department={department}"
                for theme in themes
                for audience in ("families", "everyone")
                for department in ("59", "62", "80")
            ],
        ),
        Turn(
            "list of resources, filtered",
            [
                f"{resources}?theme={t}&sort=-year&page={n}"
                for t in themes
                for n in (1, 2)
            ],
        ),
        Turn(
            "near a point",
            [
                f"{reverse('portal:near')}?near={2 + n / 20},50.{n}"
                for n in range(10, 30)
            ],
        ),
        Turn("search", [f"{search}?q={quote(text)}" for text in WORDS]),
        Turn("suggestions", [f"{suggest}?q={quote(text)}" for text in TYPED]),
        Turn("detail of a place", details("place")),
        Turn("detail of a resource", details("resource")),
        Turn("map", [reverse("portal:map")]),
        Turn("map data, all places", [reverse("portal:map_points")]),
        Turn(
            "map data, filtered",
            [f"{reverse('portal:map_points')}?theme={theme}" for theme in themes],
        ),
    ]


def details(kind: str) -> list[str]:
    rows = Entry.objects.filter(kind=kind).order_by("slug")[:40]
    return [entry.url for entry in rows]


def here(rows: int) -> list[dict[str, Any]]:
    """Measure on the database of this process, at each size."""
    region.prepare()
    call_command("collectstatic", verbosity=0, interactive=False)
    results = []
    for size in [size for size in SIZES if size < rows] + [rows]:
        filled = region.grow(size)
        start = time.perf_counter()
        listing.warm()  # as ``serve`` does
        loaded = time.perf_counter() - start
        timings = [measure(turn, name=turn.name) for turn in turns()]
        report(f"Pages, {size} places", timings)
        results.append(
            {
                "database": connection.vendor,
                "rows": size,
                "filled_s": round(filled, 1),
                "loaded_s": round(loaded, 2),
                "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1000,
                "timings": [asdict(timing) for timing in timings],
            }
        )
    return results


def beside(rows: int) -> list[dict[str, Any]]:
    """The same on a PostgreSQL that lives as long as the benchmark."""
    if with_postgres.binaries() is None:
        print("PostgreSQL is not on this machine: apt-get install postgresql")
        return []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "figures.json"
        command = [sys.executable, "-m", "scripts.with_postgres", sys.executable]
        command += ["-m", "maillage", "bench", "pages", f"--rows={rows}"]
        subprocess.run([*command, f"--json={path}"], cwd=settings.ROOT, check=True)
        found: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
        return found


def run(*, rows: int, json_file: Path | None) -> None:
    results = here(rows)
    if connection.vendor == "sqlite":
        results += beside(rows)
        figures.record("pages", shown(results))
    if json_file:
        json_file.write_text(json.dumps(results, indent=1), encoding="utf-8")


def shown(results: list[dict[str, Any]]) -> str:
    """One line for each sort of page, one column for each database and size."""
    names = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
    head = ["p50 / p95, ms", "queries"]
    head += [f"{names[r['database']]} {r['rows']:,}".replace(",", " ") for r in results]
    lines = []
    for place, first in enumerate(results[0]["timings"]):
        same = [Timing(**result["timings"][place]) for result in results]
        queries = sorted({timing.queries for timing in same})
        times = [f"{timing.p50_ms:.0f} / {timing.p95_ms:.0f}" for timing in same]
        lines.append([first["name"], "–".join(map(str, queries)), *times])
    reads = [f"{r['loaded_s']:.1f} s" for r in results]
    lines.append(["first reading of the entries", "", *reads])
    lines.append(
        ["memory of the process", "", *(f"{r['memory_mb']} MB" for r in results)]
    )
    return figures.table(head, lines)
