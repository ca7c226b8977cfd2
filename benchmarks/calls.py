"""The last minutes of a call: 2,000 people write, look again and send, with 8 clients.

Goals: no draft lost, none accepted late, none sent twice, p95 under 300 ms. The hour of
closing falls while the last of them are still at it; one in ten clicks twice at once.
The server is the one of ``serve``; the clients share its two cores.
"""

import datetime as dt
import json
import random
import time
from argparse import _ArgumentGroup
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPResponse
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db import connection, transaction
from django.utils import timezone

from benchmarks import figures
from benchmarks.region import SEED, grow, prepare
from benchmarks.site import site
from maillage.accounts.models import User
from maillage.calls.choices import ApplicationState, CallState
from maillage.calls.definition import starting_definition
from maillage.calls.models import (
    Application,
    ApplicationAuthor,
    ApplicationStep,
    Call,
    FormVersion,
    Submission,
)
from maillage.core.models import Mail
from maillage.directory.models import Membership, Structure
from maillage.territories.models import Commune

PEOPLE, CLIENTS, SAVES, WARM = 2000, 8, 2, 40
#: The share of the people whose turn comes before the hour.
BEFORE = 0.9
GOAL_P95_MS = 300.0
CSRF = "a" * 32
SIRET = "73282932000074"


def add_options(group: _ArgumentGroup) -> None:
    group.add_argument("--call-people", type=int, default=PEOPLE)


@dataclass
class Person:
    """One author: their draft, and what the site acknowledged."""

    cookie: str
    number: str
    text: str = ""
    sent_at: float = 0.0
    answers: list[str] = field(default_factory=list)


@dataclass
class Times:
    """Milliseconds of each sort of request."""

    save: list[float] = field(default_factory=list)
    look: list[float] = field(default_factory=list)
    send: list[float] = field(default_factory=list)


def run(*, rows: int, json_file: Path | None, options: dict[str, Any]) -> None:
    prepare()
    grow(200)
    number = options["call_people"]
    call, people = fill(number + WARM)
    with site() as address:
        port = int(address.rpartition(":")[2])
        start = time.perf_counter()
        rush(port, people[:WARM])
        pace = (time.perf_counter() - start) / WARM
        closes = timezone.now() + dt.timedelta(seconds=number * pace * BEFORE)
        Call.objects.filter(pk=call.pk).update(closes_at=closes)
        start = time.perf_counter()
        times = rush(port, people[WARM:])
        took = time.perf_counter() - start
    result = told(people[WARM:], times, took=took, closes=closes.timestamp())
    text = json.dumps(result, indent=1)
    print(text)
    if json_file and json_file != Path("-"):
        json_file.write_text(text, encoding="utf-8")
    if number == PEOPLE:
        word = "" if connection.vendor == "sqlite" else " --postgresql"
        figures.record(f"calls{word}", shown(result))
    with transaction.atomic():
        forget()


def told(
    people: list[Person], times: Times, *, took: float, closes: float
) -> dict[str, Any]:
    """What became of each person's work, as the database has it."""
    rows = {row.number: row for row in Application.objects.all()}
    sent = {row.application.number: row for row in
            Submission.objects.select_related("application")}  # fmt: skip
    lost = late = kept = 0
    for person in people:
        row = rows[person.number]
        lost += row.answers.get("description") != person.text
        one = sent.get(person.number)
        is_late = person.sent_at >= closes
        late += one is not None and (is_late or one.submitted_at.timestamp() >= closes)
        lost += one is not None and one.content["answers"]["description"] != person.text
        kept += one is None and row.state == ApplicationState.DRAFT
    accepted = sum(person.number in sent for person in people)
    everything = np.array(times.save + times.look + times.send)
    twice = Submission.objects.count() - len(sent)
    return {
        "database": connection.vendor,
        "people": len(people),
        "clients": CLIENTS,
        "requests": len(everything),
        "seconds": round(took, 1),
        "accepted": accepted,
        "too_late_and_kept": kept,
        "lost": lost,
        "late_accepted": late,
        "sent_twice": twice,
        "unaccounted": len(people) - accepted - kept,
        "save": quantiles(times.save),
        "look": quantiles(times.look),
        "send": quantiles(times.send),
        "p95_ms": round(float(np.percentile(everything, 95)), 1),
        "goal_p95_ms": GOAL_P95_MS,
        "reached": bool(
            lost == late == twice == 0 and np.percentile(everything, 95) < GOAL_P95_MS
        ),
    }


def quantiles(took: list[float]) -> dict[str, float]:
    p50, p95 = np.percentile(took, [50, 95])
    return {
        "requests": len(took),
        "p50_ms": round(float(p50), 1),
        "p95_ms": round(float(p95), 1),
        "max_ms": round(max(took), 1),
    }


def shown(result: dict[str, Any]) -> str:
    names = {"save": "keep what is typed", "look": "look again", "send": "send"}
    speed = figures.table(
        ["8 clients", "requests", "p50, ms", "p95, ms", "longest, ms"],
        [
            [names[key], *(str(value) for value in result[key].values())]
            for key in names
        ],
    )
    counts = ["people", "accepted", "too_late_and_kept", "lost", "late_accepted",
              "sent_twice", "seconds"]  # fmt: skip
    head = [name.replace("_", " ") for name in counts]
    return f"{speed}\n\n{figures.table(head, [[str(result[name]) for name in counts]])}"


# The rush --------------------------------------------------------------------------------


def rush(port: int, people: list[Person]) -> Times:
    """Eight clients, each with a queue of people, one after the other."""
    times = Times()
    queues = [people[client::CLIENTS] for client in range(CLIENTS)]
    with ThreadPoolExecutor(CLIENTS) as pool:
        for found in pool.map(lambda pair: client(port, *pair), enumerate(queues)):
            times.save += found.save
            times.look += found.look
            times.send += found.send
    return times


def client(port: int, rank: int, people: list[Person]) -> Times:
    times, chance = Times(), random.Random(SEED + rank)
    line = HTTPConnection("127.0.0.1", port, timeout=60)
    for person in people:
        for _save in range(SAVES):
            text = person.text + " Des ateliers dans dix villages." * chance.randint(
                1, 5
            )
            body = {"-page": "p", "-seen-description": "1", "description": text}
            address = f"/candidatures/{person.number}/garder/?partie=project"
            status = timed(line, person, "POST", address, times.save, body)
            if status != 200:
                raise SystemExit(f"{address} answers {status}")
            person.text = text.strip()
        address = f"/candidatures/{person.number}/deposer/"
        timed(line, person, "GET", address, times.look)
        person.sent_at = time.time()
        timed(line, person, "POST", address, times.send, {})
        if chance.random() < 0.1:
            timed(line, person, "POST", address, times.send, {})
    line.close()
    return times


def timed(
    line: HTTPConnection,
    person: Person,
    method: str,
    address: str,
    times: list[float],
    body: dict[str, str] | None = None,
) -> int:
    """One request on an open connection; an accident of the server ends it all."""
    headers = {
        "Cookie": f"{person.cookie}; {settings.CSRF_COOKIE_NAME}={CSRF}",
        "X-CSRFToken": CSRF,
        "Content-Type": "application/x-www-form-urlencoded",
        "HX-Request": "true",
    }
    start = time.perf_counter()
    line.request(method, address, urlencode(body or {}), headers)
    answer: HTTPResponse = line.getresponse()
    answer.read()
    times.append((time.perf_counter() - start) * 1000)
    if answer.status >= 500 or answer.status in {403, 404}:
        raise SystemExit(f"{address} answers {answer.status}")
    return answer.status


# The ground ------------------------------------------------------------------------------


@transaction.atomic
def fill(number: int) -> tuple[Call, list[Person]]:
    """An open call and a draft for each person, whole but for what they still write."""
    forget()
    now = timezone.now()
    day = dt.timedelta(1)
    call = Call.objects.create(
        title="Banc", slug="banc", state=CallState.PUBLISHED, opens_at=now - day,
        closes_at=now + day, budget_cents=10**9, most_applications=number,
    )  # fmt: skip
    form = FormVersion.objects.create(
        call=call,
        number=1,
        definition=starting_definition().as_json(),
        published_at=now,
    )
    users = User.objects.bulk_create(
        User(email=f"auteur{n}@bench.example", display_name=f"Auteur {n}")
        for n in range(number)
    )
    structures = list(Structure.objects.order_by("pk"))
    commune = Commune.objects.order_by("pk")[0]
    rows = [
        draft(form, structures[rank % len(structures)], commune)
        for rank in range(number)
    ]
    for row in rows:
        row.title = row.answers["title"]
    Application.objects.bulk_create(rows)
    ApplicationAuthor.objects.bulk_create(
        ApplicationAuthor(application=row, user=user, added_at=now)
        for row, user in zip(rows, users, strict=True)
    )
    cookies = [signed_in(user) for user in users]
    return call, [
        Person(cookie, row.number, text="Une description.")
        for cookie, row in zip(cookies, rows, strict=True)
    ]


def draft(form: FormVersion, structure: Structure, commune: Commune) -> Application:
    now = timezone.now()
    return Application(
        call=form.call, structure=structure, form=form, created_at=now, changed_at=now,
        answers={
            "siret": SIRET, "is_association": "no", "contact_name": "Camille",
            "contact_email": "camille@bench.example", "title": "La science au village",
            "summary": "Des ateliers." * 40, "description": "Une description.",
            "themes": ["physics"], "commune": commune.pk,
            "budget": {
                "expenses": [{"label": "Ateliers", "cents": 1_000_000}],
                "resources": [{"label": "Aide", "cents": 600_000},
                              {"label": "Commune", "cents": 400_000}],
            },
            "requested": 600_000, "agree": True,
        },
        marks={"description": {"n": 1, "by": "", "page": ""}},
    )  # fmt: skip


def signed_in(user: User) -> str:
    """A session, as signing in makes it."""
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.create()
    return f"{settings.SESSION_COOKIE_NAME}={store.session_key}"


def forget() -> None:
    """Leave the database as the next benchmark wants it."""
    models: tuple[Any, ...] = (
        Submission, ApplicationStep, ApplicationAuthor, Application, FormVersion, Call,
    )  # fmt: skip
    for model in models:
        model._default_manager.all().delete()
    Mail.objects.filter(to__endswith="@bench.example").delete()
    Membership.objects.filter(user__email__endswith="@bench.example").delete()
    User.objects.filter(email__endswith="@bench.example").delete()
