"""What would change if a place, a depot or a stop were added, moved or closed."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from django.utils.translation import gettext as _

from maillage.core.errors import Refused
from maillage.kernels.geo import great_circle_km
from maillage.kernels.travel import car_minutes
from maillage.observatory.problem.supply import Site, Supply, read_depots
from maillage.observatory.services.access import (
    Access,
    Choice,
    access_to,
    equity_of,
    gather,
)

#: Changes of one scenario: more are a plan, not a question.
MOST = 40
#: A change of access below this part of the mean is not told.
LITTLE = 1e-6
#: What may be added, and the part of the month that it is open: a place always, a stop
#: of what travels three weeks. Nobody visits a depot: it shortens deliveries.
CAPACITY = {"place": 1.0, "stop": 0.7, "depot": 0.0}


@dataclass(frozen=True)
class Outcome:
    """Access before and after the changes, for every commune; and the depots."""

    before: Access
    after: Access
    depots_before: tuple[Site, ...] = ()
    depots_after: tuple[Site, ...] = ()

    @property
    def movable(self) -> list[Site]:
        """What a further change may move or close."""
        stay = [site for site in self.after.supply.sites if not site.travels]
        return [*stay, *self.depots_after]

    @property
    def gain(self) -> Any:
        """(n,) what each commune gains, in the unit of access; negative: it loses."""
        gain = self.after.access - self.before.access
        return -gain if self.before.less_is_better else gain

    def told(self) -> dict[str, Any]:
        """Figures before and after, and how many people gain or lose."""
        gain, people = self.gain, self.before.people
        mean = abs(float(self.before.access @ people / people.sum()))
        least = LITTLE * max(mean, 1e-9)
        return {
            "before": equity_of(self.before),
            "after": equity_of(self.after),
            "gainers": float(people[gain > least].sum()),
            "losers": float(people[gain < -least].sum()),
            "depots": [
                delivery_minutes(self.before, depots)
                for depots in (self.depots_before, self.depots_after)
            ],
        }


def delivery_minutes(access: Access, depots: Sequence[Site]) -> float | None:
    """How far people live from the nearest depot on average; None without any."""
    if not depots:
        return None
    here, people = access.territory.points, access.people
    there = np.array([(site.lon, site.lat) for site in depots])
    km = great_circle_km(here[:, :1], here[:, 1:], there[:, 0], there[:, 1])
    return float(car_minutes(km.min(axis=1)) @ people / people.sum())


def what_if(
    choice: Choice, changes: Sequence[dict[str, Any]], *, month: dt.date
) -> Outcome:
    """Access with and without the changes; quick enough to follow a dragged place.

    Raises :class:`Refused`: ``unknown_site`` when a change speaks of a place that is
    no longer there, ``off_map`` for a point that is not on earth, ``too_many``,
    ``nobody``.
    """
    territory, people, supply = gather(choice, first=month)
    depots = tuple(read_depots(months=supply.months))
    everything = Supply((*supply.sites, *depots), supply.months)
    sites = changed(everything, changes).sites
    other = Supply(tuple(s for s in sites if not s.is_depot), supply.months)
    before, after = (
        Access(
            choice, territory, people, access_to(choice, territory, people, one), one
        )
        for one in (supply, other)
    )
    return Outcome(before, after, depots, tuple(s for s in sites if s.is_depot))


def changed(supply: Supply, changes: Sequence[dict[str, Any]]) -> Supply:
    """The supply once the changes are made, in their order."""
    if len(changes) > MOST:
        raise Refused(
            "too_many",
            _("Un scénario a au plus %(most)d changements.") % {"most": MOST},
        )
    sites = {site.key: site for site in supply.sites}
    for rank, change in enumerate(changes):
        apply(sites, change, rank=rank, months=supply.months)
    return Supply(tuple(sites.values()), supply.months)


def apply(
    sites: dict[str, Site], change: dict[str, Any], *, rank: int, months: int
) -> None:
    act, key = change.get("act"), str(change.get("site", ""))
    if act == "add":
        key = key or f"new-{rank}"
        lon, lat = point_of(change)
        sort = str(change.get("sort") or "place")
        months_open = (CAPACITY.get(sort, 1.0),) * months
        name = str(change.get("name") or _("Nouveau lieu"))
        sites[key] = Site(key, name, lon, lat, months_open, is_depot=sort == "depot")
        return
    if key not in sites:
        raise Refused(
            "unknown_site",
            _("Un lieu de ce scénario n’existe plus : retirez ce changement."),
        )
    if act == "move":
        lon, lat = point_of(change)
        sites[key] = replace(sites[key], lon=lon, lat=lat)
    else:
        del sites[key]


def point_of(change: dict[str, Any]) -> tuple[float, float]:
    try:
        lon, lat = float(change["lon"]), float(change["lat"])
    except (KeyError, TypeError, ValueError):
        lon = lat = np.nan
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise Refused("off_map", _("Ce point n’est pas sur la carte."))
    return lon, lat
