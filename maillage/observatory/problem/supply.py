"""What there is to go to: places that stay, and what travels where it is each month."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
from django.db.models import F
from django.db.models.functions import Coalesce
from numpy.typing import NDArray

from maillage.circulation.choices import HOLDING, CopyState, LoanState
from maillage.circulation.models import Copy, Loan
from maillage.core import vocab
from maillage.directory.models import Place
from maillage.observatory.problem.capacity import capacity_of

Floats = NDArray[np.float64]
STAYS = (*HOLDING, LoanState.RETURNED)
#: The public of what is for all.
EVERYONE = "everyone"
#: Copies that no longer go out have no depot.
GONE = (CopyState.RETIRED, CopyState.LOST)
#: Families of places that show science, technique and nature to the public.
FAMILIES = ("sciences", "musee", "patrimoine", "nature")


@dataclass(frozen=True)
class Site:
    """One place of supply.

    ``months`` is the part of each month that it is open, ``size`` how much it counts
    then: 1 is a place of the usual size.
    """

    key: str
    name: str
    lon: float
    lat: float
    months: tuple[float, ...]
    travels: bool = False
    is_depot: bool = False
    size: float = 1.0
    is_declared: bool = False
    themes: tuple[str, ...] = ()
    audiences: tuple[str, ...] = ()

    def suits(self, *, theme: str, audience: str) -> bool:
        """Whether it has the theme, and is for this public or for everybody."""
        public = self.audiences
        meant = not audience or not public or audience in public or EVERYONE in public
        return meant and (not theme or theme in self.themes)


@dataclass(frozen=True)
class Supply:
    """Sites as arrays: points (m, 2) in degrees, capacity (k, m) by month."""

    sites: tuple[Site, ...]
    months: int
    points: Floats = field(init=False)
    capacity: Floats = field(init=False)

    def __post_init__(self) -> None:
        points = np.array([(s.lon, s.lat) for s in self.sites], dtype=float)
        object.__setattr__(self, "points", points.reshape(-1, 2))
        rows = [[s.size * part for part in s.months] for s in self.sites]
        capacity = np.array(rows, dtype=float)
        shaped = capacity.reshape(-1, self.months).T
        object.__setattr__(self, "capacity", np.ascontiguousarray(shaped))

    def __len__(self) -> int:
        return len(self.sites)


def months_from(first: dt.date, *, count: int) -> list[dt.date]:
    """The first days of ``count`` months, and of the one after them."""
    start = first.year * 12 + first.month - 1
    return [
        dt.date((start + k) // 12, (start + k) % 12 + 1, 1) for k in range(count + 1)
    ]


def read_supply(
    *,
    kind: str,
    theme: str,
    audience: str,
    first: dt.date,
    count: int = 1,
    is_sized: bool = True,
) -> Supply:
    """Published places and loans of ``count`` months from ``first`` on.

    ``kind`` is ``all``, ``places``, ``loans`` or a family of places. Unless sizes are
    looked at, all places count the same.
    """
    sites: list[Site] = []
    if kind != "loans":
        sites += places(kind=kind, count=count, is_sized=is_sized)
    if kind in {"all", "loans"}:
        sites += loans(days=months_from(first, count=count))
    suited = [site for site in sites if site.suits(theme=theme, audience=audience)]
    return Supply(tuple(suited), count)


#: Where a place is: its own point, else that of its commune.
WHERE = {"x": Coalesce("lon", "commune__lon"), "y": Coalesce("lat", "commune__lat")}


def kinds_of(kind: str) -> list[str]:
    """The kinds of places of a kind of supply; ``loans`` has none."""
    families = FAMILIES if kind in {"all", "places"} else (kind,)
    return [s for s, t in vocab.terms("place_kinds").items() if t.family in families]


def places(*, kind: str, count: int, is_sized: bool) -> list[Site]:
    rows: Any = Place.objects.published().filter(kind__in=kinds_of(kind))
    rows = rows.annotate(**WHERE)
    rows = rows.filter(x__isnull=False, y__isnull=False).order_by("pk")
    return [
        Site(f"place-{pk}", name, lon, lat, (1.0,) * count,
             themes=tuple(themes), audiences=tuple(audiences),
             size=capacity_of(sort, yearly_visitors=came) if is_sized else 1.0,
             is_declared=came is not None)
        for pk, name, sort, came, lon, lat, themes, audiences in rows.values_list(
            "pk", "name", "kind", "yearly_visitors", "x", "y", "themes", "audiences"
        )
    ]  # fmt: skip


def loans(*, days: Sequence[dt.date]) -> list[Site]:
    """A loan counts at its host for the part of each month in which it is open."""
    rows: Any = Loan.objects.filter(state__in=STAYS).overlapping(days[0], days[-1])
    there = ("host__place__", "host__place__commune__", "host__commune__")
    rows = rows.annotate(
        x=Coalesce(*(f"{path}lon" for path in there)),
        y=Coalesce(*(f"{path}lat" for path in there)),
        what=F("copy__resource__name"),
        themes=F("copy__resource__themes"),
        audiences=F("copy__resource__audiences"),
    ).order_by("pk")
    found = []
    for pk, name, lon, lat, starts, ends, themes, audiences in rows.values_list(
        "pk", "what", "x", "y", "starts_on", "ends_on", "themes", "audiences"
    ):
        months = tuple(share(starts, ends, *pair) for pair in pairwise(days))
        site = Site(
            f"loan-{pk}", name, lon, lat, months,
            travels=True, themes=tuple(themes), audiences=tuple(audiences),
        )  # fmt: skip
        found.append(site)
    return found


def read_depots(*, months: int) -> list[Site]:
    """Where copies are kept: nobody visits a depot, what it lends leaves from there."""
    kept = Copy.objects.exclude(state__in=GONE)
    rows: Any = Place.objects.filter(pk__in=kept.values("depot")).annotate(**WHERE)
    rows = rows.filter(x__isnull=False, y__isnull=False).order_by("pk")
    return [
        Site(f"depot-{pk}", name, lon, lat, (0.0,) * months, is_depot=True)
        for pk, name, lon, lat in rows.values_list("pk", "name", "x", "y")
    ]


def share(starts: dt.date, ends: dt.date, first: dt.date, last: dt.date) -> float:
    """Part of the month ``[first, last)`` that ``[starts, ends)`` covers."""
    days = (min(ends, last) - max(starts, first)).days
    return max(0, days) / (last - first).days
