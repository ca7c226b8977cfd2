"""Programmes to try: Fête de la science three years in a row, a researchers' night.

The editions move with the day: one that is over with its report, one that is over or
under way whose attendance comes in, one that takes proposals. What happens in them is
invented and marked as an example.
"""

import datetime as dt
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import Any

import numpy as np
from django.db import transaction
from django.utils import timezone

from maillage.accounts.choices import Role
from maillage.accounts.models import User
from maillage.agenda.choices import Booking, LabelState
from maillage.agenda.demo import DAY, SOURCE, Ground, event_of, ideas
from maillage.agenda.models import Coordinator, Event, Labelling, Occurrence, Programme
from maillage.agenda.services.charter import charter_lines, check, facts_of
from maillage.agenda.services.occurrences import Time, new_occurrence
from maillage.agenda.services.programme_report import close_report
from maillage.core.entries import refresh_entries
from maillage.core.intake.applying import Slugs, copy_history
from maillage.directory.models import Place, Structure

WHY = "données de démonstration"
FETE, NIGHT = "fete-de-la-science", "nuit-europeenne-des-chercheurs"
EVENTS = {FETE: 44, NIGHT: 12}
HOURS = (9, 10, 14, 14, 15, 16, 18)
#: How the proposals to the edition that takes them stand.
STATES = (
    [LabelState.ASKED] * 8
    + [LabelState.GRANTED] * 6
    + [LabelState.CHANGES_ASKED] * 2
    + [LabelState.REFUSED]
)
ANSWERS = {
    LabelState.CHANGES_ASKED: "Précisez l’accessibilité du lieu et à qui s’adresser.",
    LabelState.REFUSED: "L’entrée est payante : la charte demande la gratuité.",
}
ABOUT = {
    FETE: (
        "Fête de la science",
        "Onze jours pour rencontrer celles et ceux qui font la science, partout dans la "
        "région.",
        "Ateliers, visites de laboratoires, conférences, spectacles : des structures de "
        "toute la région ouvrent leurs portes aux familles et aux classes.\n\nLe "
        "programme de cette page est inventé : il montre à quoi ressemble un temps fort.",
        "https://www.fetedelascience.fr/",
    ),
    NIGHT: (
        "Nuit européenne des chercheurs",
        "Une soirée pour parler avec des chercheuses et des chercheurs, le même jour "
        "dans toute l’Europe.",
        "Expériences, rencontres de quelques minutes, enquêtes : la recherche le soir, "
        "gratuitement.\n\nLe programme de cette page est inventé.",
        "https://nuitdeschercheurs-france.eu/",
    ),
}
PRACTICAL = (
    "Prévoyez d’arriver dix minutes avant. Une médiatrice accueille les classes dès le "
    "matin ; les familles viennent quand elles veulent."
)
THEMES = ("Océan de savoirs", "Intelligences", "Sciences et sport", "Les lumières",
          "Matières")  # fmt: skip


@dataclass(frozen=True)
class Edition:
    """An edition and what its events are drawn from."""

    programme: Programme
    ground: Ground
    homes: list[Structure]
    slugs: Slugs


def is_ready() -> bool:
    """The programmes have been loaded before."""
    return Programme.objects.filter(is_example=True).exists()


@transaction.atomic
def load_programmes(*, now: dt.datetime) -> None:
    """Five editions with their events and labels, once; nothing where there is no place."""
    home = Structure.objects.published().filter(is_example=True).order_by("pk").first()
    agency = (
        User.objects.filter(role=Role.AGENCY, is_active=True).order_by("pk").first()
    )
    if is_ready() or home is None or agency is None:
        return
    today = timezone.localdate(now)
    ground = grounds(home, now=now)
    if not ground.places:
        return
    homes = [*Structure.objects.published().filter(is_example=False).order_by("pk")]
    slugs = Slugs(Event)
    last = today.year if fete_days(today.year)[1] <= today else today.year - 1
    made: list[Programme] = []
    for code, days, years in (
        (FETE, fete_days, (last - 1, last, last + 1)),
        (NIGHT, night_days, (last, last + 1)),
    ):
        for year in years:
            edition = Edition(
                edition_of(code, year, days, home, today=today), ground, homes, slugs
            )
            made.append(edition.programme)
            fill(edition, by=agency)
    name_coordinators(made, home)
    close_report(
        made[0],
        note="Les classes sont venues plus nombreuses que les familles : les séances du "
        "mercredi et du week-end sont à mieux annoncer.",
        by=agency,
        today=made[0].ends_on + 60 * DAY,
    )


def grounds(home: Structure, *, now: dt.datetime) -> Ground:
    rows = Place.objects.published().filter(is_example=False).order_by("pk")
    places: dict[str, list[Place]] = {}
    for place in rows.select_related("structure", "commune"):
        places.setdefault(place.kind, []).append(place)
    rng = np.random.default_rng(1992)
    return Ground(rng, timezone.localdate(now), now, places, home, [])


def fete_days(year: int) -> tuple[dt.date, dt.date]:
    """Eleven days from the first Friday of October."""
    first = dt.date(year, 10, 1)
    first += ((4 - first.weekday()) % 7) * DAY
    return first, first + 11 * DAY


def night_days(year: int) -> tuple[dt.date, dt.date]:
    """The last Friday of September."""
    last = dt.date(year, 9, 30)
    friday = last - ((last.weekday() - 4) % 7) * DAY
    return friday, friday + DAY


def edition_of(
    code: str,
    year: int,
    days: Callable[[int], tuple[dt.date, dt.date]],
    home: Structure,
    *,
    today: dt.date,
) -> Programme:
    """One edition; that of the Fête to come takes proposals, the night to come not yet."""
    name, summary, description, website = ABOUT[code]
    start, end = days(year)
    opens, closes = start - 240 * DAY, start - 60 * DAY
    if start > today and code == FETE:
        opens, closes = today - 30 * DAY, max(start - 60 * DAY, today + 5 * DAY)
    elif start > today:
        opens = min(max(opens, today + 20 * DAY), start - 10 * DAY)
        closes = max(closes, opens + DAY)
    programme = Programme(
        name=f"{name} {year}",
        slug=f"{code}-{year}",
        edition_of=code,
        year=year,
        theme=THEMES[year % len(THEMES)] if code == FETE else "",
        summary=summary,
        description=description,
        website=website,
        organiser=home,
        starts_on=start,
        ends_on=end,
        proposals_from=opens,
        proposals_until=min(closes, start),
        charter=charter_lines(),
        is_published=True,
        is_example=True,
    )
    programme.save()
    return programme


def fill(edition: Edition, *, by: User) -> None:
    """Draw the events of an edition, their times, their labels."""
    programme, today = edition.programme, edition.ground.today
    to_come = programme.starts_on > today
    if to_come and programme.proposals_from > today:
        return
    number = len(STATES) if to_come else EVENTS[programme.edition_of]
    states = cycle(STATES if to_come else [LabelState.GRANTED])
    drawn = list(zip(draw(edition, number), states, strict=False))
    for number, (event, state) in enumerate(drawn):
        event.programme = programme if state == LabelState.GRANTED else None
        if state in {LabelState.CHANGES_ASKED, LabelState.REFUSED}:
            event.access, event.booking_contact = [], ""
        if state == LabelState.ASKED and number % 4 == 1:
            event.access = []
        if state == LabelState.REFUSED:
            event.is_free, event.price_cents = False, 800
    events = [event for event, _state in drawn]
    Event.objects.bulk_create(events)
    times = [one for event in events for one in times_of(edition, event)]
    count_people(edition.ground, times)
    Occurrence.objects.bulk_create(times)
    Event.objects.bulk_update(events, ["first_on", "last_on"])
    label(edition, drawn, times, by=by)
    pks = [event.pk for event in events]
    copy_history(Event, pks, kind="+", by=None, now=edition.ground.now, reason=WHY)
    refresh_entries(events)


def draw(edition: Edition, number: int) -> Sequence[Event]:
    """Events of as many ideas and places as there are, in turn."""
    ground, rng = edition.ground, edition.ground.rng
    known = [idea for idea in ideas() if idea["pattern"] != "long"]
    found: list[Event] = []
    for rank, idea in zip(range(number * 3), cycle(known), strict=False):
        suited = [p for kind in idea["places"] for p in ground.places.get(kind, [])]
        if not suited or len(found) == number:
            continue
        place = suited[(rank + int(rng.integers(len(suited)))) % len(suited)]
        event = event_of(ground, idea, place, edition.slugs, number=1 + rank % 6)
        if event.owner == ground.home and rank % 8 and edition.homes:
            event.owner = edition.homes[rank % len(edition.homes)]
        event.description += f"\n\n{PRACTICAL}"
        event.is_free, event.price_cents = True, None
        event.booking, event.capacity = Booking.LINK, 40
        event.booking_contact = "programme@exemple.fr"
        event.access = event.access or ["wheelchair"]
        event.audiences = sorted({*event.audiences, "school_groups"})
        event.source, event.source_key = SOURCE, secrets.token_hex(6)
        found.append(event)
    return found


def times_of(edition: Edition, event: Event) -> list[Occurrence]:
    """One to three times within the edition, at the hours of its days."""
    rng, programme = edition.ground.rng, edition.programme
    days = (programme.ends_on - programme.starts_on).days
    chosen = sorted({*rng.integers(0, days, int(rng.integers(1, 4))).tolist()})
    hour = 18 if days == 1 else int(rng.choice(HOURS))
    minutes = int(rng.choice([60, 90, 120, 180]))
    start = dt.datetime.combine(programme.starts_on, dt.time(hour))
    made = [new_occurrence(event, Time(start + n * DAY, minutes)) for n in chosen]
    event.first_on, event.last_on = made[0].starts_on, made[-1].ends_on - DAY
    return made


def count_people(ground: Ground, times: Sequence[Occurrence]) -> None:
    """Who came, for two thirds of what is over."""
    for number, one in enumerate(times):
        if one.ends_on > ground.today or number % 3 == 2:
            continue
        one.attendance = int(ground.rng.integers(15, 220))
        one.school_attendance = int(one.attendance * ground.rng.uniform(0.2, 0.8))
        one.reported_at = one.ends_at + 3 * DAY


def label(
    edition: Edition,
    drawn: Sequence[tuple[Event, str]],
    times: Sequence[Occurrence],
    *,
    by: User,
) -> None:
    """The proposals, and what the charter found of those that wait."""
    programme, now = edition.programme, edition.ground.now
    counted: set[Any] = {one.event_id for one in times if one.reported_at}
    author = User.objects.filter(email="responsable@exemple.fr").first()
    asked_at = min(now, at_noon(programme.proposals_from + 12 * DAY))
    rows = []
    for number, (event, state) in enumerate(drawn):
        answered = state != LabelState.ASKED
        asked = asked_at + dt.timedelta(hours=number)
        rows.append(
            Labelling(
                programme=programme,
                event=event,
                state=state,
                note="" if number % 4 else "Première participation de notre équipe.",
                answer=ANSWERS.get(LabelState(state), ""),
                found=check(facts_of(event, programme)).broken,
                asked_by=author if event.owner == edition.ground.home else None,
                asked_at=asked,
                answered_by=by if answered else None,
                answered_at=asked + 4 * DAY if answered else None,
                is_attendance_public=number % 2 == 0,
                declared_at=at_noon(programme.ends_on) if event.pk in counted else None,
            )
        )
    Labelling.objects.bulk_create(rows)
    pks = [row.pk for row in rows]
    copy_history(Labelling, pks, kind="+", by=None, now=now, reason=WHY)


def at_noon(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time(12)))


def name_coordinators(programmes: Sequence[Programme], home: Structure) -> None:
    """One account of the demonstration answers for a department, one for them all."""
    people = {user.email.split("@")[0]: user for user in User.objects.all()[:50]}
    area = home.commune.department if home.commune else None
    rows = [
        Coordinator(programme=programme, user=people[who], department=where)
        for programme in programmes
        for who, where in (("responsable", area), ("contributeur", None))
        if who in people
    ]
    Coordinator.objects.bulk_create(rows)
