"""Waves to try the site with: two of the past with invented answers, one that is open.

The waves of 2017 and 2019 hold nothing but what was published about them. All that is
invented is marked as an example. The same day gives the same data.
"""

import datetime as dt
from collections.abc import Iterable
from typing import Any

import numpy as np
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from maillage.accounts.choices import Role
from maillage.accounts.models import User
from maillage.directory.models import Membership
from maillage.surveys import prefill
from maillage.surveys.choices import ResponseState, UnitSource, WaveState
from maillage.surveys.definition import Repeat
from maillage.surveys.demo_answers import Respondent, rows_of
from maillage.surveys.models import (
    Answer,
    RepeatRow,
    Response,
    Unit,
    Version,
    Wave,
)
from maillage.surveys.services.answering import Writer
from maillage.surveys.services.invitations import KEPT
from maillage.surveys.services.population import (
    Filters,
    add_units,
    chosen,
    new_token,
    structure_key,
)
from maillage.surveys.services.sheets import Book, book_of, fill, responses
from maillage.surveys.services.weights import keep_weights
from maillage.territories.models import Commune

QUESTIONNAIRE = "culture-scientifique"
#: Kinds of those asked, and how often; associations and authorities as published.
KINDS = {
    "association": 0.34, "local_authority": 0.15, "museum": 0.14, "library": 0.09,
    "nature_park": 0.06, "cultural_facility": 0.06, "science_centre": 0.04,
    "university": 0.04, "research_body": 0.03, "archives": 0.02, "company": 0.03,
}  # fmt: skip
DEPARTMENTS = {"59": 0.40, "62": 0.23, "80": 0.14, "60": 0.13, "02": 0.10}
#: Name, first day, last day, year that answers are about, asked, answered.
PAST = (
    (_("Enquête 2021"), (2021, 9, 13), (2021, 11, 30), 2020, 340, 149),
    (_("Enquête 2023"), (2023, 9, 18), (2023, 12, 15), 2022, 400, 174),
)
BARE = (
    (_("Enquête 2017"), (2017, 9, 1), (2017, 11, 30), 2016),
    (_("Enquête de proximité 2019"), (2019, 3, 1), (2019, 6, 30), 2018),
)


def is_ready() -> bool:
    """Waves have been loaded before."""
    return Wave.objects.exists()


@transaction.atomic
def load_waves(*, now: dt.datetime) -> None:
    """Load them all, once; does nothing without the questionnaire of the region."""
    versions = list(
        Version.objects.filter(
            questionnaire__slug=QUESTIONNAIRE, state="frozen"
        ).order_by("number")
    )
    if is_ready() or not versions:
        return
    for name, start, end, year in BARE:
        make(versions[0], name, start, end, year, state=WaveState.PUBLISHED)
    for name, start, end, year, asked, answered in PAST:
        wave = make(versions[0], name, start, end, year, is_example=True)
        fill_past(wave, asked=asked, answered=answered)
        keep_weights(wave)
        wave.forgotten_at = at(wave.closes_on + KEPT)
        wave.save(update_fields=["forgotten_at"])
    open_one(versions[-1], now=now)


def make(
    version: Version,
    name: str,
    start: tuple[int, int, int],
    end: tuple[int, int, int],
    year: int,
    **facts: Any,
) -> Wave:
    opens, closes = dt.date(*start), dt.date(*end)
    wave: Wave = Wave.objects.create(
        **{
            "version": version,
            "name": str(name),
            "slug": str(opens.year),
            "year": year,
            "opens_on": opens,
            "closes_on": closes,
            "state": WaveState.CLOSED,
            "created_at": at(opens),
            "opened_at": at(opens),
            "closed_at": at(closes),
            **facts,
        }
    )
    return wave


def at(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time(10)))


# A wave of the past ----------------------------------------------------------------


def fill_past(wave: Wave, *, asked: int, answered: int) -> None:
    """Those asked (the directory's and invented ones), and who answered what."""
    rng = np.random.default_rng(wave.year)
    units = [*from_directory(wave), *invented(wave, asked)][:asked]
    add_units(units)
    # Those who answer once answer again: the liking to answer lasts.
    liking = {unit.pk: liking_of(unit, rng) for unit in units}
    ranked = sorted(units, key=lambda unit: (-liking[unit.pk], unit.pk))
    write_answers(wave, ranked[:answered], rng)
    states = rng.choice(
        ["waiting", "declined", "outside"], size=len(ranked), p=[0.9, 0.07, 0.03]
    )
    for state in (ResponseState.DECLINED, ResponseState.OUTSIDE):
        rest = zip(ranked[answered:], states[answered:], strict=True)
        pks = [unit.pk for unit, drawn in rest if drawn == state]
        Response.objects.filter(unit__in=pks).update(state=state)
    Unit.objects.filter(wave=wave).update(email="")


def liking_of(unit: Unit, rng: np.random.Generator) -> float:
    lasting = np.random.default_rng(abs(hash_of(unit.panel_key))).normal()
    return float(lasting + rng.normal(0, 0.6) + (0.4 if unit.structure_id else 0))


def hash_of(key: str) -> int:
    return int.from_bytes(key.encode()[-6:], "big")


def from_directory(wave: Wave) -> list[Unit]:
    filters = Filters(is_active=False)
    return [
        Unit(
            wave=wave, source=UnitSource.DIRECTORY, structure_id=facts["pk"],
            panel_key=structure_key(facts["pk"]), name=facts["name"],
            kind=facts["kind"], commune_id=facts["commune_id"],
            department_id=facts["department_id"], token=new_token(),
        )
        for facts in chosen(filters)
    ]  # fmt: skip


def invented(wave: Wave, asked: int) -> Iterable[Unit]:
    """Local actors that do not exist; the same numbers are the same in each wave."""
    communes = {
        code: list(Commune.objects.all().of_department(code).largest_first()[:80])
        for code in DEPARTMENTS
    }
    first = 1 if wave.year == 2020 else 70  # some are gone, others are new
    for number in range(first, first + asked):
        rng = np.random.default_rng([7, number])
        kind = str(rng.choice(list(KINDS), p=list(KINDS.values())))
        code = str(rng.choice(list(DEPARTMENTS), p=list(DEPARTMENTS.values())))
        places = communes[code]
        if not places:
            continue
        commune = places[int(rng.integers(len(places)))]
        yield Unit(
            wave=wave, source=UnitSource.LIST, panel_key=f"list:exemple-{number:04d}",
            name=_("Enquêté d’exemple nᵒ %d") % number, kind=kind, commune=commune,
            department_id=code, token=new_token(),
        )  # fmt: skip


def write_answers(wave: Wave, units: list[Unit], rng: np.random.Generator) -> None:
    """Invented answers, as if sent and accepted, all written at once."""
    book = book_of(wave.version)
    sheets = {
        one.unit_id: one for one in Response.objects.filter(unit__in=units).iterator()
    }
    answers: list[Answer] = []
    rows: list[RepeatRow] = []
    days = (wave.closes_on - wave.opens_on).days
    for unit in units:
        response = sheets[unit.pk]
        sent = at(wave.opens_on + dt.timedelta(int(rng.integers(1, days))))
        answer(book, unit, response, sent, wave.year, answers, rows)
        response.state, response.accepted_at = ResponseState.ACCEPTED, sent
    Response.objects.bulk_update(
        [sheets[unit.pk] for unit in units],
        [
            "state",
            "started_at",
            "submitted_at",
            "accepted_at",
            "changed_at",
            "revision",
        ],
        batch_size=100,
    )
    Answer.objects.bulk_create(answers, batch_size=1000)
    RepeatRow.objects.bulk_create(rows, batch_size=1000)


def answer(
    book: Book,
    unit: Unit,
    response: Response,
    sent: dt.datetime,
    year: int,
    answers: list[Answer],
    rows: list[RepeatRow],
) -> None:
    """Add the answers of one respondent to the lists; its sheet is sent."""
    person = Respondent(
        unit.panel_key, kind=unit.kind, commune=unit.commune_id, year=year + 1
    )
    given, sheet = person.sheet(book, today=sent.date())
    made, lines = rows_of(response, given, sheet, at=sent)
    answers += made
    rows += lines
    response.state, response.revision = ResponseState.SUBMITTED, 1
    response.started_at = response.changed_at = response.submitted_at = sent


# The wave that is open -------------------------------------------------------------


def open_one(version: Version, *, now: dt.datetime) -> None:
    """The directory is asked: some have sent their answers, some have begun."""
    today = timezone.localdate(now)
    opens, closes = today - dt.timedelta(20), today + dt.timedelta(25)
    agency = User.objects.filter(role=Role.AGENCY).order_by("pk").first()
    wave = make(
        version, _("Enquête 2025"), (opens.year, opens.month, opens.day),
        (closes.year, closes.month, closes.day), 2025,
        slug="2025", state=WaveState.OPEN, closed_at=None, is_example=True,
        remind_days_before=7, created_by=agency,
    )  # fmt: skip
    units = from_directory(wave)
    add_units(units)
    mails = {facts["pk"]: facts["email"] for facts in chosen(Filters(is_active=False))}
    for unit in units:
        unit.email = mails.get(unit.structure_id, "")
        unit.invited_at = now - dt.timedelta(19) if unit.email else None
    Unit.objects.bulk_update(units, ["email", "invited_at"], batch_size=200)
    members = set(Membership.objects.values_list("structure_id", flat=True))
    others = [unit for unit in units if unit.structure_id not in members]
    send_some(wave, others[::4], now=now)
    begin_some(wave, others[2::4], members, now=now)


def send_some(wave: Wave, units: list[Unit], *, now: dt.datetime) -> None:
    book = book_of(wave.version)
    answers: list[Answer] = []
    rows: list[RepeatRow] = []
    sheets = list(responses().filter(unit__in=units).order_by("pk"))
    for number, response in enumerate(sheets):
        sent = now - dt.timedelta(1 + number % 15, 3600 * (number % 7))
        answer(book, response.unit, response, sent, 2025, answers, rows)
        if number % 3 == 0:
            response.state, response.accepted_at = ResponseState.ACCEPTED, now
    fields = ["state", "started_at", "submitted_at", "changed_at", "revision",
              "accepted_at"]  # fmt: skip
    Response.objects.bulk_update(sheets, fields, batch_size=100)
    Answer.objects.bulk_create(answers, batch_size=1000)
    RepeatRow.objects.bulk_create(rows, batch_size=1000)


def begin_some(
    wave: Wave, units: list[Unit], members: set[int], *, now: dt.datetime
) -> None:
    """Sheets that were begun, with what the platform proposes confirmed or corrected."""
    today = timezone.localdate(now)
    writer = Writer(_("Camille (exemple)"), "demo")
    mine = Unit.objects.filter(wave=wave, structure__in=members)
    for response in responses().filter(unit__in=[*units[:6], *mine]).order_by("pk"):
        filled = fill(response)
        for section in filled.book.sections[:4]:
            filled = prefill.propose(filled, section, now=now, today=today)
        places = prefill.open_places(filled)
        prefill.confirm(
            filled, places[: max(len(places) // 2, 1)],
            writer=writer, now=now - dt.timedelta(2), today=today,
        )  # fmt: skip
        has_rows = any(isinstance(s.part, Repeat) for s in filled.book.steps.values())
        if not places and has_rows:
            Response.objects.filter(pk=response.pk).update(
                state=ResponseState.STARTED, started_at=now - dt.timedelta(2)
            )
