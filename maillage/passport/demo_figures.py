"""Passages of past months to try figures with: all of them invented.

The months that are over are counted and closed as a night does it; the passages of this
month are of real passes of the demonstration, whose holders find them again.
"""

import calendar
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.utils import timezone
from django.utils.translation import gettext as _

from maillage.core.choices import State
from maillage.core.entries import refresh_entries
from maillage.core.slugs import save_with_slug
from maillage.directory.models import Membership, Place
from maillage.kernels.geo import great_circle_km
from maillage.passport.choices import AgeBand, Gives, Outcome, PassKind, Reason
from maillage.passport.models import Benefit, CheckIn, Pass
from maillage.passport.pseudonyms import pseudonym
from maillage.passport.services.months import close_due, month_key
from maillage.territories.models import Commune

#: Months before this one, places, passes seen in a month.
MONTHS, PLACES, HOLDERS = 3, 8, 420
#: How far people go: one in three that live so far away, in kilometres.
REACH = 16.0
KINDS = {
    PassKind.PERSON: 0.56, PassKind.HOUSEHOLD: 0.31, PassKind.CLASS: 0.04, PassKind.CARER: 0.09,
}  # fmt: skip
AGES = {
    AgeBand.UNDER_6: 0.09, AgeBand.UNDER_12: 0.3, AgeBand.UNDER_18: 0.27,
    AgeBand.UNDER_26: 0.24, AgeBand.UNDER_65: 0.1,
}  # fmt: skip
#: Monday to Sunday.
DAYS = (0.03, 0.1, 0.24, 0.09, 0.12, 0.24, 0.18)


@dataclass(frozen=True)
class Guest:
    """Somebody with a pass; ``number`` is empty for invented ones."""

    kind: str
    age_band: str
    commune: Commune
    people: int
    number: str = ""


def load_figures(*, now: dt.datetime) -> None:
    """Passages of some months, once; months that are due are counted."""
    rng = np.random.default_rng(2026)
    if not CheckIn.objects.exists():
        own_place()
    doors = places()
    communes = list(Commune.objects.all().largest_first()[:300])
    if CheckIn.objects.exists() or not doors or not communes:
        return
    today = timezone.localdate(now)
    reach = Reach(doors)
    rows: list[CheckIn] = []
    for month in months_before(today):
        guests = invented(communes, rng=rng)
        rows += passages(guests, reach, month=month, rng=rng, now=now)
    rows += passages(holders(), reach, month=today.replace(day=1), rng=rng, now=now)
    CheckIn.objects.bulk_create(rows, batch_size=500)
    close_due(today=today, now=now)


def own_place() -> None:
    """A place of the structure that the demonstration accounts speak for."""
    member = Membership.objects.filter(user__email="responsable@exemple.fr").first()
    if member is None:
        return
    place = Place(
        name=_("Petite maison des étoiles"),
        kind="planetarium",
        summary=_("Un lieu inventé, qui reçoit des passeports."),
        structure=member.structure,
        commune=member.structure.commune,
        state=State.PUBLISHED,
        is_example=True,
    )
    save_with_slug(place)
    refresh_entries([place])
    Benefit.objects.create(
        place=place,
        gives=Gives.REDUCED,
        label=_("Inventé, pour l’essai"),
        normal_cents=600,
        price_cents=300,
        most_companions=1,
    )


def places() -> list[tuple[Place, Benefit]]:
    """Where passes were seen: places that give something, the invented one first."""
    rows = Benefit.objects.filter(event=None, is_active=True, place__state="published")
    found: dict[int, tuple[Place, Benefit]] = {}
    for row in rows.select_related("place__commune").order_by(
        "-place__is_example", "pk"
    ):
        if row.place.position:
            found.setdefault(row.place_id, (row.place, row))
    return list(found.values())[:PLACES]


def months_before(today: dt.date) -> list[dt.date]:
    """First days of the months before this one, the earliest first."""
    found = [today.replace(day=1)]
    for _rank in range(MONTHS):
        found.append((found[-1] - dt.timedelta(1)).replace(day=1))
    return found[:0:-1]


class Reach:
    """How much each place draws from a commune."""

    def __init__(self, doors: Sequence[tuple[Place, Benefit]]) -> None:
        self.doors = doors
        self.draws = 1.0 / np.arange(1, len(doors) + 1) ** 0.6
        spots = np.array([place.position for place, _benefit in doors], dtype=float)
        self.lon, self.lat = spots[:, 0], spots[:, 1]
        self.known: dict[str, Any] = {}

    def of(self, commune: Commune) -> Any:
        """Kilometres to each place."""
        if commune.insee not in self.known:
            home = np.array([[commune.lon, commune.lat]])
            km = great_circle_km(home[:, 0], home[:, 1], self.lon, self.lat)
            self.known[commune.insee] = km
        return self.known[commune.insee]

    def choose(self, commune: Commune, *, rng: np.random.Generator) -> int:
        pull = self.draws * np.exp(-self.of(commune) / REACH) + 1e-9
        return int(rng.choice(len(self.doors), p=pull / pull.sum()))


def invented(communes: Sequence[Commune], *, rng: np.random.Generator) -> list[Guest]:
    weights = np.array([row.population for row in communes], dtype=float)
    number = int(HOLDERS * rng.uniform(0.85, 1.15))
    where = rng.choice(len(communes), number, p=weights / weights.sum())
    kinds = rng.choice(list(KINDS), number, p=list(KINDS.values()))
    ages = rng.choice(list(AGES), number, p=list(AGES.values()))
    return [
        Guest(
            kind=str(kind),
            age_band=str(age) if kind in {PassKind.PERSON, PassKind.CLASS} else "",
            commune=communes[int(place)],
            people=people_of(str(kind), rng=rng),
        )
        for kind, age, place in zip(kinds, ages, where, strict=True)
    ]


def people_of(kind: str, *, rng: np.random.Generator) -> int:
    if kind == PassKind.HOUSEHOLD:
        return int(rng.integers(2, 6))
    return int(rng.integers(14, 30)) if kind == PassKind.CLASS else 1


def holders() -> list[Guest]:
    """Half of the passes of the demonstration, those of accounts with them."""
    rows = Pass.objects.all().active().exclude(commune=None).select_related("commune")
    return [
        Guest(row.kind, row.age_band, row.commune, row.people, row.number)
        for rank, row in enumerate(rows.order_by("pk"))
        if row.commune and (row.user_id or rank % 2)
    ]


def passages(
    guests: Sequence[Guest],
    reach: Reach,
    *,
    month: dt.date,
    rng: np.random.Generator,
    now: dt.datetime,
) -> list[CheckIn]:
    """One or several passages of each guest in a month, none later than now."""
    secret = month_key(f"{month:%Y-%m}").secret
    last = calendar.monthrange(month.year, month.month)[1]
    days = [month + dt.timedelta(rank) for rank in range(last)]
    days = [day for day in days if day < timezone.localdate(now)]
    if not days:
        return []
    weights = np.array([DAYS[day.weekday()] for day in days])
    found = []
    for guest in guests:
        name = pseudonym(guest.number or rng.bytes(12).hex(), secret=secret)
        for _rank in range(1 + int(rng.poisson(0.35))):
            door = reach.choose(guest.commune, rng=rng)
            day = days[int(rng.choice(len(days), p=weights / weights.sum()))]
            made = passage(guest, reach, door, day=day, rng=rng, now=now)
            made.pseudonym = name
            found.append(made)
    return found


def passage(
    guest: Guest,
    reach: Reach,
    door: int,
    *,
    day: dt.date,
    rng: np.random.Generator,
    now: dt.datetime,
) -> CheckIn:
    place, benefit = reach.doors[door]
    companions = int(rng.random() < 0.2) if benefit.most_companions else 0
    minutes = int(rng.integers(10 * 60, 18 * 60))
    clock = dt.time(minutes // 60, minutes % 60)
    at = timezone.make_aware(dt.datetime.combine(day, clock))
    return CheckIn(
        nonce=rng.bytes(16).hex(),
        place=place,
        benefit=benefit,
        month=f"{day:%Y-%m}",
        kind=guest.kind,
        age_band=guest.age_band,
        commune=guest.commune.insee,
        distance_km=round(float(reach.of(guest.commune)[door]), 1),
        companions=companions,
        people=guest.people + companions,
        paid_cents=benefit.price_cents * guest.people,
        outcome=Outcome.ACCEPTED,
        was_offline=bool(rng.random() < 0.15),
        flag=Reason.LIMIT_REACHED if rng.random() < 0.006 else "",
        happened_at=at,
        happened_on=day,
        received_at=min(at + dt.timedelta(minutes=1), now),
    )
