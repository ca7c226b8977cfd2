"""Ask before something is written: is it there already, may it be there at all.

Publishing itself is the same for every kind: ``core.services``.
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from django.db.models import Q
from rapidfuzz import fuzz

from maillage.core.french import analyse, fold, words
from maillage.core.publishing import Publishable
from maillage.directory.models import Structure
from maillage.kernels.geo import great_circle_km
from maillage.territories.models import Commune

NEAR_KM = 10.0
ALIKE = 92  # of 100: one letter in a dozen
AROUND_KM = 6.0  # beyond the edge of a commune that is a disc
DEGREE_KM = 111.0


@dataclass(frozen=True)
class Duplicate:
    """A thing that may be the one that is about to be created, and why."""

    thing: Any
    reasons: tuple[str, ...]  # name, siret, website
    km: float | None = None


def find_duplicates(thing: Publishable, *, by: Any, limit: int = 5) -> list[Duplicate]:
    """Things of the same kind that this one, not saved yet, may repeat.

    The same SIRET; the same website; the same name, accents and a typing error
    aside, at most 10 km away (anywhere when one of both has no place). Only what
    the person may see; the likeliest first.
    """
    # Every kind's manager is made of a PublishedQuerySet; the base cannot say it.
    rows = type(thing)._default_manager.visible_to(by).exclude(pk=thing.pk)  # type: ignore[attr-defined]
    found = []
    for row in rows.filter(might_repeat(thing)).select_related("commune"):
        km = distance_km(thing, row)
        if reasons := reasons_of(thing, row, km=km):
            found.append(Duplicate(row, reasons, km))
    found.sort(key=lambda one: (-len(one.reasons), one.km or 0.0, one.thing.name))
    return found[:limit]


def might_repeat(thing: Any) -> Q:
    """A wide net that the database casts; ``reasons_of`` then looks closely."""
    alike = Q()
    if letters := [word[:4] for word in words(thing.name) if len(word) > 3][:3]:
        for start in letters:
            alike |= Q(slug__contains=start)
    else:
        alike |= Q(name__iexact=thing.name)
    if thing.position:
        lon, lat = thing.position
        across, up = NEAR_KM / DEGREE_KM * 2, NEAR_KM / DEGREE_KM
        own = Q(
            lon__range=(lon - across, lon + across), lat__range=(lat - up, lat + up)
        )
        town = Q(
            lon=None,
            commune__lon__range=(lon - across, lon + across),
            commune__lat__range=(lat - up, lat + up),
        )
        alike &= own | town | Q(lon=None, commune=None)
    if isinstance(thing, Structure) and thing.siret:
        alike |= Q(siret=thing.siret)
    if host := urlsplit(thing.website).hostname:
        alike |= Q(website__icontains=host.removeprefix("www."))
    return alike


def reasons_of(thing: Any, row: Any, *, km: float | None) -> tuple[str, ...]:
    near = km is None or km <= NEAR_KM
    found = {
        "siret": isinstance(thing, Structure)
        and thing.siret
        and thing.siret == row.siret,
        "name": near and is_same_name(thing.name, row.name),
        "website": thing.website and site_of(thing.website) == site_of(row.website),
    }
    return tuple(reason for reason, holds in found.items() if holds)


def is_same_name(one: str, other: str) -> bool:
    a, b = " ".join(analyse(one)), " ".join(analyse(other))
    return a == b or fuzz.token_sort_ratio(a, b) >= ALIKE


def site_of(address: str) -> str:
    """An address without what does not tell two sites apart."""
    parts = urlsplit(address)
    host = (parts.hostname or "").removeprefix("www.")
    return f"{host}{parts.path.rstrip('/')}?{parts.query}"


def distance_km(one: Publishable, other: Publishable) -> float | None:
    if one.position is None or other.position is None:
        return None
    return km_between(one.position, other.position)


def km_between(a: tuple[float, float], b: tuple[float, float]) -> float:
    lon, lat = np.array([a, b], dtype=float).T
    return float(great_circle_km(lon[:1], lat[:1], lon[1:], lat[1:])[0])


def is_near_commune(commune: Commune, *, lon: float, lat: float) -> bool:
    """Tell whether a point may lie in a commune, as far as its area says.

    A commune of that area in the form of a disc, twice as wide for those that are
    long, and a few kilometres more.
    """
    radius = np.sqrt(max(commune.area_km2, 0.0) / np.pi)
    away = km_between((commune.lon, commune.lat), (lon, lat))
    return away <= 2 * float(radius) + AROUND_KM


def structures_named(text: str, *, by: Any, limit: int = 10) -> list[Structure]:
    """Structures whose name holds what is typed, for a box that suggests them."""
    typed = fold(text).strip()[:100]
    if len(typed) < 2:
        return []
    rows = Structure.objects.all().visible_to(by).select_related("commune")
    for word in typed.split()[:6]:
        rows = rows.filter(Q(slug__contains=word) | Q(name__icontains=word))
    return list(rows.order_by("name", "pk")[:limit])
