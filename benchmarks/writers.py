"""Twenty people who write at once, through real HTTP: nothing is lost, nothing breaks.

Each adds a word of their own to the same text several times (and begins again with the
newest text when told that somebody was faster), changes a place of their own, and
creates places. In the end every word must be there, and no answer may be a 500.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np
from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import reverse

from benchmarks import figures, region
from benchmarks.site import site
from maillage.accounts.choices import Role
from maillage.accounts.models import User
from maillage.directory.models import Place
from scripts import with_postgres

WRITERS, ROUNDS, TRIES = 20, 3, 200
PAUSE_S = 3.0  # at most, before one tries again


class Forms(HTMLParser):
    """The values of the form that holds a field, as a browser would send them."""

    def __init__(self, wanted: str) -> None:
        super().__init__()
        self.wanted = wanted
        self.values: list[tuple[str, str]] = []
        self.found: list[tuple[str, str]] = []
        self.text: list[str] | None = None
        self.choice = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        about = {name: value or "" for name, value in attrs}
        name = about.get("name", "")
        if tag == "form":
            self.values = []
        elif tag == "input" and name:
            ticked = (
                about.get("type") not in {"checkbox", "radio"} or "checked" in about
            )
            if ticked and about.get("type") not in {"file", "submit"}:
                self.values.append((name, about.get("value", "")))
        elif tag == "textarea":
            self.text, self.choice = [], name
        elif tag == "select":
            self.choice = name
        elif tag == "option" and "selected" in about:
            self.values.append((self.choice, about.get("value", "")))

    def handle_data(self, data: str) -> None:
        if self.text is not None:
            self.text.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self.text is not None:
            self.values.append((self.choice, "".join(self.text).removeprefix("\n")))
            self.text = None
        elif tag == "form" and any(name == self.wanted for name, _ in self.values):
            self.found = self.values


@dataclass
class Writer:
    """One person with a browser."""

    port: int
    session: str
    token: str = "x" * 32
    answers: Counter[int] = field(default_factory=Counter)
    times: list[float] = field(default_factory=list)

    def ask(self, method: str, url: str, body: str = "") -> tuple[int, str]:
        start = time.perf_counter()
        line = HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {
            "Cookie": f"sessionid={self.session}; csrftoken={self.token}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        line.request(method, url, body=body.encode(), headers=headers)
        answer = line.getresponse()
        text = answer.read().decode(errors="replace")
        line.close()
        self.answers[answer.status] += 1
        if method == "POST":
            self.times.append(time.perf_counter() - start)
        return answer.status, text

    def send(self, url: str, **changes: str) -> int:
        """Open a form, change some of its values, send it."""
        _, text = self.ask("GET", url)
        forms = Forms("description")
        forms.feed(text)
        values = dict.fromkeys(name for name, _ in forms.found)
        sent = [(name, value) for name, value in forms.found if name not in changes]
        sent += [
            (name, change.format(dict(forms.found).get(name, "")))
            for name, change in changes.items()
        ]
        if not values:
            raise SystemExit(f"{url} shows no form")
        sent = [(n, v) for n, v in sent if n != "csrfmiddlewaretoken"]
        sent.append(("csrfmiddlewaretoken", self.token))
        return self.ask("POST", url, urlencode(sent))[0]

    def work(self, number: int, shared: str, own: str) -> None:
        rng = np.random.default_rng(number)
        for turn in range(ROUNDS):
            word = f"mot{number:02d}x{turn}"
            for _ in range(TRIES):
                if self.send(shared, description="{} " + word) == 302:
                    break
                time.sleep(rng.uniform(0, PAUSE_S))
            self.send(own, summary=f"Résumé {turn}")
            self.send(
                reverse("directory:place_new"),
                name=f"Lieu neuf {number} {turn}",
                kind="library",
                commune="Amiens (Somme)",
                description="{}",
                confirm="on",
            )


def here() -> dict[str, Any]:
    region.prepare()
    region.grow(500)
    User.objects.filter(email__endswith="@bench.example").delete()
    places = list(Place.objects.order_by("pk")[: WRITERS + 1])
    pages = [reverse("directory:place_edit", args=[place.slug]) for place in places]
    sessions = []
    for number in range(WRITERS):
        client = Client()
        client.force_login(
            User.objects.create_user(f"p{number}@bench.example", role=Role.AGENCY)
        )
        sessions.append(client.cookies["sessionid"].value)
    with site() as address:
        port = int(address.rpartition(":")[2])
        writers = [Writer(port, session) for session in sessions]
        start = time.perf_counter()
        with ThreadPoolExecutor(WRITERS) as pool:
            works = [
                pool.submit(writer.work, number, pages[0], pages[number + 1])
                for number, writer in enumerate(writers)
            ]
        took = time.perf_counter() - start
        for work in works:
            work.result()  # an error of a writer is raised
    return judged(writers, places, took)


def judged(writers: list[Writer], places: list[Place], took: float) -> dict[str, Any]:
    """What was asked beside what is in the database."""
    text = Place.objects.get(pk=places[0].pk).description
    words = [f"mot{n:02d}x{turn}" for n in range(WRITERS) for turn in range(ROUNDS)]
    own = Place.objects.filter(pk__in=[place.pk for place in places[1:]])
    last = own.filter(summary=f"Résumé {ROUNDS - 1}").count()
    made = Place.objects.filter(name__startswith="Lieu neuf").count()
    answers = sum((writer.answers for writer in writers), Counter())
    times = np.array([took for writer in writers for took in writer.times]) * 1000
    return {
        "database": connection.vendor,
        "writers": WRITERS,
        "seconds": round(took, 1),
        "posts": len(times),
        "refused_as_stale": answers[422],
        "errors_500": sum(many for code, many in answers.items() if code >= 500),
        "lost_words": sum(text.count(word) != 1 for word in words),
        "lost_own_changes": WRITERS - last,
        "created": f"{made} of {WRITERS * ROUNDS}",
        "p50_ms": round(float(np.percentile(times, 50))),
        "p95_ms": round(float(np.percentile(times, 95))),
    }


def run(*, rows: int, json_file: Path | None) -> None:
    results = [here()]
    print(json.dumps(results[0], indent=1))
    if connection.vendor == "sqlite":
        if with_postgres.binaries():
            results += beside()
        head = list(results[0])
        body = [[str(result[name]) for name in head] for result in results]
        names = [name.replace("_", " ") for name in head]
        figures.record("writers", figures.table(names, body))
    if json_file:
        json_file.write_text(json.dumps(results), encoding="utf-8")


def beside() -> list[dict[str, Any]]:
    """The same on a PostgreSQL that lives as long as the benchmark."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "figures.json"
        command = [sys.executable, "-m", "scripts.with_postgres", sys.executable]
        command += ["-m", "maillage", "bench", "writers", f"--json={path}"]
        subprocess.run(command, cwd=settings.ROOT, check=True)
        found: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
        return found
