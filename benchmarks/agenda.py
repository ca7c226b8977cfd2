"""The agenda with 200,000 occurrences: days, months, near me, feeds.

Goal: 60 ms of server time at the 95th percentile, and a constant number of queries.
20,000 events of ten times each, over a year, in the places of a made-up region. Each
call asks for another page of its sort, so that nothing is timed that was just computed.
"""

import datetime as dt
import json
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from benchmarks import figures
from benchmarks.harness import measure, report
from benchmarks.pages import Turn
from benchmarks.region import SEED, grow, prepare
from maillage.agenda.models import Event, Occurrence
from maillage.agenda.services.occurrences import Time, new_occurrence
from maillage.core import listing, vocab
from maillage.core.choices import State
from maillage.core.entries import entry_of, next_version
from maillage.core.models import Entry
from maillage.directory.models import Place, Structure

OCCURRENCES, EACH = 200_000, 10
PLACES = 1000
GOAL_MS = 60.0
BATCH = 2000
FEATURES = ("family", "free", "accessible", "online")


def run(*, rows: int, json_file: Path | None) -> None:
    """Fill a region and its agenda, then time its pages."""
    prepare()
    call_command("collectstatic", verbosity=0, interactive=False)
    grow(PLACES)
    many = min(OCCURRENCES, rows * 2)
    filled = fill(many)
    start = time.perf_counter()
    listing.warm()  # as ``serve`` does
    loaded = time.perf_counter() - start
    timings = [measure(turn, name=turn.name) for turn in turns()]
    worst = max(timing.p95_ms for timing in timings)
    timings.append(measure(changed, name="month, right after a change of one event"))
    report(f"Agenda, {many} occurrences", timings)
    print(f"filled in {filled:.0f} s, read in {loaded:.1f} s; worst p95 {worst} ms")
    result: dict[str, Any] = {
        "database": connection.vendor,
        "occurrences": many,
        "events": Event.objects.count(),
        "filled_s": round(filled, 1),
        "loaded_s": round(loaded, 2),
        "goal_ms": GOAL_MS,
        "worst_p95_ms": worst,
        "timings": [asdict(timing) for timing in timings],
    }
    if many == OCCURRENCES:
        word = "agenda" if connection.vendor == "sqlite" else "agenda --postgresql"
        figures.record(word, shown(result))
    if json_file:
        json_file.write_text(json.dumps(result, indent=1), encoding="utf-8")


def shown(result: dict[str, Any]) -> str:
    lines = [
        [
            timing["name"],
            str(timing["queries"]),
            f"{timing['p50_ms']:.0f} / {timing['p95_ms']:.0f}",
            str(timing["bytes"] // 1000),
        ]
        for timing in result["timings"]
    ]
    return figures.table(["page", "queries", "p50 / p95, ms", "kB"], lines)


def turns() -> list[Turn]:
    today = timezone.localdate()
    months = [today.replace(day=1) + dt.timedelta(31 * n) for n in range(1, 9)]
    days = [today + dt.timedelta(n) for n in range(1, 40)]
    themes = list(vocab.terms("themes"))[:8]
    near = [f"near={2 + n / 10},50.{n}" for n in range(10, 30)]
    return [
        Turn("list, a page", [f"/agenda/?page={n}" for n in range(1, 40)]),
        Turn("list, by theme", [f"/agenda/?theme={theme}" for theme in themes]),
        Turn("this week-end", [f"/agenda/?when=weekend&feature={f}" for f in FEATURES]),
        Turn("near me, 20 km", [f"/agenda/?{one}&km=20" for one in near]),
        Turn("a day", [f"/agenda/jour/{day}/" for day in days]),
        Turn("a week", [f"/agenda/semaine/{day}/" for day in days]),
        Turn("a month", [f"/agenda/mois/{month:%Y-%m}/" for month in months]),
        Turn(
            "a month, by theme",
            [f"/agenda/mois/{m:%Y-%m}/?theme={t}" for m in months for t in themes],
        ),
        Turn("words", [f"/agenda/?q={w}" for w in ("atelier", "ciel", "robot", "mer")]),
        Turn(
            "calendar of a filter",
            [f"/agenda/agenda.ics?theme={t}&{n}&km=30" for t in themes for n in near],
        ),
        Turn(
            "news of a filter",
            [f"/agenda/agenda.rss?theme={t}&{n}&km=30" for t in themes for n in near],
        ),
        Turn("points of the map", [f"/agenda/carte/points?theme={t}" for t in themes]),
        Turn(
            "page of an event", [e.get_absolute_url() for e in Event.objects.all()[:40]]
        ),
    ]


def changed() -> int:
    """A month, right after an event was changed: what is in memory is renewed."""
    event = Event.objects.earliest("pk")
    version = next_version()
    Entry.objects.filter(kind=Event.code, object_id=event.pk).update(version=version)
    month = timezone.localdate().replace(day=1) + dt.timedelta(40)
    return Turn("", [f"/agenda/mois/{month:%Y-%m}/"])()


def fill(many: int) -> float:
    """Events of ten times each; entries as the site writes them. Seconds it took."""
    began = time.perf_counter()
    rng = np.random.default_rng(SEED)
    today = timezone.localdate()
    owner = Structure.objects.published().order_by("pk").first()
    related = ("commune__department", "commune__epci", "structure")
    places = list(Place.objects.published().select_related(*related).order_by("pk"))
    kinds, themes = (list(vocab.terms(name)) for name in ("event_kinds", "themes"))
    with transaction.atomic():
        version = next_version()
        for start in range(0, many // EACH, BATCH):
            events = [
                Event(
                    name=f"Atelier du ciel et des robots {number}",
                    slug=f"atelier-{number}",
                    kind=kinds[int(rng.integers(len(kinds)))],
                    owner=owner,
                    place=places[int(rng.integers(len(places)))],
                    summary="Une heure pour comprendre avec ceux qui savent.",
                    themes=[themes[int(rng.integers(len(themes)))]],
                    audiences=["families"] if number % 2 else ["adults"],
                    access=["wheelchair"] if number % 3 == 0 else [],
                    is_free=bool(number % 4 == 0),
                    state=State.PUBLISHED,
                    changed_at=timezone.now(),
                )
                for number in range(start, min(start + BATCH, many // EACH))
            ]
            write(events, rng=rng, today=today, version=version)
    return time.perf_counter() - began


def write(
    events: list[Event], *, rng: np.random.Generator, today: dt.date, version: int
) -> None:
    Event.objects.bulk_create(events)
    times: list[Occurrence] = []
    for event in events:
        days = rng.integers(0, 365, EACH)
        hours = rng.integers(9, 21, EACH)
        own = [
            new_occurrence(
                event,
                Time(
                    dt.datetime.combine(
                        today + dt.timedelta(int(day)), dt.time(int(h))
                    ),
                    60 * 24 * 20 if event.kind == "exhibition" and n == 0 else 90,
                ),
            )
            for n, (day, h) in enumerate(zip(days, hours, strict=True))
        ]
        event.first_on = min(one.starts_on for one in own)
        event.last_on = max(one.ends_on for one in own)
        times += own
    Occurrence.objects.bulk_create(times, batch_size=BATCH)
    Event.objects.bulk_update(events, ["first_on", "last_on"], batch_size=500)
    entries = [entry_of(event, version=version) for event in events]
    Entry.objects.bulk_create(entries, batch_size=BATCH)
