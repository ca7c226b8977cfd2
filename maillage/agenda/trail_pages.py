"""What the pages, papers and files of a trail show."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from maillage.agenda.models import Stop, Trail
from maillage.agenda.services.trails import Leg, legs
from maillage.core.charts.drawing import figure


@dataclass(frozen=True)
class StopLine:
    """A stop, where it is, and the way to the next one."""

    stop: Stop
    position: tuple[float, float] | None
    leg: Leg | None
    leg_text: str
    thing: Any

    @property
    def anchor(self) -> str:
        return f"etape-{self.stop.rank}"


def stops_of(trail: Trail, *, user: Any) -> list[StopLine]:
    """The stops in order; what the person may not see has no link."""
    rows = list(
        trail.stops.select_related(
            "place__commune",
            "event__commune",
            "event__place__commune",
            "resource__commune",
            "resource__owner__commune",
        )
    )
    points = [row.position for row in rows]
    ways: list[Leg | None] = [*legs(points, trail.mode), None]
    return [
        StopLine(row, at, leg, leg_words(leg, trail), shown(row, user))
        for row, at, leg in zip(rows, points, ways, strict=False)
    ]


def shown(stop: Stop, user: Any) -> Any:
    """What one meets at a stop, when it is public or the person's."""
    thing = stop.thing
    if thing is None or thing.is_public:
        return thing
    rows: Any = type(thing)._default_manager
    seen = rows.visible_to(user).filter(pk=thing.pk).exists()
    return thing if seen else None


def leg_words(leg: Leg | None, trail: Trail) -> str:
    """« 800 m à pied, environ 13 min »."""
    if leg is None or leg.km is None:
        return ""
    far = distance(leg.km)
    if trail.mode == "free" or leg.minutes is None:
        return far
    return _("%(far)s %(how)s, environ %(time)s") % {
        "far": far,
        "how": trail.get_mode_display(),
        "time": duration(leg.minutes),
    }


def distance(km: float) -> str:
    if km < 1:
        return _("%(n)s m") % {"n": figure(round(km * 100) * 10)}
    return _("%(n)s km") % {"n": figure(km, 1)}


def duration(minutes: int) -> str:
    """« 45 min », « 1 h 30 », « 2 h »."""
    hours, rest = divmod(minutes, 60)
    if not hours:
        return _("%(n)s min") % {"n": rest}
    return f"{hours} h {rest:02d}" if rest else f"{hours} h"


def key_facts(trail: Trail, stops: Sequence[Any]) -> list[tuple[str, str]]:
    facts = [
        (_("Étapes"), str(len(stops))),
        (_("On le suit"), trail.get_mode_display()),
        (_("Durée"), duration(trail.minutes) if trail.minutes else ""),
        (_("Longueur"), distance(trail.distance_km) if trail.distance_km else ""),
        (_("Dès"), _("%(n)s ans") % {"n": trail.min_age} if trail.min_age else ""),
    ]
    return [(label, value) for label, value in facts if value]


def card_facts(trail: Trail) -> list[str]:
    """The line of facts on the card of a trail."""
    found = [trail.get_mode_display()]
    if trail.minutes:
        found.append(duration(trail.minutes))
    if trail.distance_km:
        found.append(distance(trail.distance_km))
    return found


def features(trail: Trail, stops: Sequence[StopLine]) -> dict[str, Any]:
    """The trail as GeoJSON: its line, then its stops. Codes of stops are not told."""
    known = [(one, one.position) for one in stops if one.position]
    found: list[dict[str, Any]] = []
    if len(known) > 1:
        found.append(
            {
                "type": "Feature",
                "geometry": {
                    "type": "LineString",
                    "coordinates": [[*at] for _one, at in known],
                },
                "properties": {"name": trail.name},
            }
        )
    path = trail.get_absolute_url()
    found += [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [*at]},
            "properties": {
                "number": one.stop.rank,
                "name": one.stop.title,
                "url": f"{path}#{one.anchor}",
            },
        }
        for one, at in known
    ]
    return {"type": "FeatureCollection", "features": found}


def stop_url(stop: Stop) -> str:
    """The address that the QR code at a stop says; it is told nowhere else."""
    path = reverse("agenda:stop_detail", args=[stop.trail.slug, stop.code])
    return f"{settings.SITE_URL}{path}"
