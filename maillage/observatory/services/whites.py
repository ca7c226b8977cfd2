"""White zones: communes of the lowest tenth, who lives there, what could go there."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from maillage.catalogue.models import Resource
from maillage.circulation.models import Copy
from maillage.circulation.services.availability import FreeWindow, Wish, first_free
from maillage.core.tables.columns import Column
from maillage.kernels.geo import great_circle_km
from maillage.kernels.travel import car_minutes
from maillage.observatory.choices import Level
from maillage.observatory.models import Indicator, Observation
from maillage.observatory.services.access import Access, white_zones

#: The usual loan, when nobody has said how long.
DAYS = 21
FEW = 8
#: Indicators of schools and pupils, if the region has imported them.
SCHOOLS, PUPILS = "schools", "pupils"


@dataclass(frozen=True)
class White:
    """One commune of a white zone."""

    insee: str
    name: str
    epci: str
    department: str
    lon: float
    lat: float
    people: float
    access: float | None
    nearest: str
    minutes: float | None
    schools: float | None
    pupils: float | None
    at_border: bool = False


@dataclass(frozen=True)
class Whites:
    """The zones of a choice: communes, the most people first; who lives there in all."""

    found: Access
    rows: list[White]
    columns: tuple[Column, ...]

    @property
    def people(self) -> float:
        return sum(row.people for row in self.rows)

    @property
    def share(self) -> float:
        return self.people / float(self.found.people.sum())

    @property
    def knows_schools(self) -> bool:
        return any(row.schools is not None for row in self.rows)

    @property
    def by_epci(self) -> list[dict[str, Any]]:
        """Groups of communes by the people of theirs that live in a white zone."""
        groups: dict[str, dict[str, Any]] = {}
        for row in self.rows:
            one = groups.setdefault(
                row.epci, {"name": row.epci, "communes": 0, "people": 0.0}
            )
            one["communes"] += 1
            one["people"] += row.people
        return sorted(groups.values(), key=lambda one: -one["people"])


@dataclass(frozen=True)
class Offered:
    """A resource that could go to a commune, and from when."""

    resource: Resource
    window: FreeWindow


@dataclass(frozen=True)
class Near:
    """What could go to one commune."""

    white: White
    offers: list[Offered]


COLUMNS = (
    Column("insee", "INSEE", field="insee", is_required=True),
    Column("name", _("commune"), field="name"),
    Column("department", _("département"), field="department"),
    Column("epci", _("intercommunalité"), field="epci"),
    Column("people", _("personnes comptées"), "number", "people"),
    Column("access", _("accès"), "number", "access"),
    Column("nearest", _("lieu le plus proche"), field="nearest"),
    Column("minutes", _("minutes de route"), "number", "minutes"),
    Column("schools", _("écoles et établissements"), "number", "schools"),
    Column("pupils", _("élèves"), "number", "pupils"),
    Column("at_border", _("près de la limite de la région"), "boolean", "at_border"),
)


def find_whites(found: Access) -> Whites:
    """The communes of the lowest tenth of people, with what is nearest to each."""
    where = found.territory
    inside = np.flatnonzero(white_zones(found) & (found.people > 0))
    order = inside[np.argsort(-found.people[inside], kind="stable")]
    nearest, minutes = nearest_sites(found, order)
    at_border = found.at_border
    schools, pupils = last_values(SCHOOLS), last_values(PUPILS)
    rows = []
    for at, k in enumerate(order.tolist()):
        value = float(found.access[k])
        rows.append(
            White(
                insee=where.insee[k],
                name=where.names[k],
                epci=where.epci_names.get(str(where.epci[k]), ""),
                department=str(where.department[k]),
                lon=float(where.points[k, 0]),
                lat=float(where.points[k, 1]),
                people=float(found.people[k]),
                access=value if np.isfinite(value) else None,
                nearest=nearest[at],
                minutes=minutes[at],
                schools=known(schools, where.insee[k]),
                pupils=known(pupils, where.insee[k]),
                at_border=bool(at_border[k]),
            )
        )
    return Whites(found, rows, COLUMNS)


def nearest_sites(found: Access, order: Any) -> tuple[list[str], list[float | None]]:
    """Name and minutes of the site nearest to each commune; nothing without a site."""
    open_ = [s for s in found.supply.sites if s.months[0] > 0]
    if not open_ or not len(order):
        return [""] * len(order), [None] * len(order)
    sites = np.array([(s.lon, s.lat) for s in open_])
    here = found.territory.points[order]
    km = great_circle_km(here[:, :1], here[:, 1:], sites[:, 0], sites[:, 1])
    best = np.argmin(km, axis=1)
    minutes = car_minutes(km[np.arange(len(order)), best])
    return [open_[b].name for b in best.tolist()], [round(float(m)) for m in minutes]


def last_values(code: str) -> dict[str, float] | None:
    """By commune, the last published values of an indicator; None without any."""
    rows = Observation.objects.current().filter(
        indicator__in=Indicator.objects.published().filter(code=code),
        level=Level.COMMUNE,
    )
    last = rows.aggregate(period=Max("period"))["period"]
    if last is None:
        return None
    shown = rows.filter(period=last, hidden="").values_list("code", "value")
    return {insee: value for insee, value in shown if value is not None}


def known(values: dict[str, float] | None, insee: str) -> float | None:
    return None if values is None else values.get(insee, 0.0)


def whites_near(
    whites: Whites, insee: str, *, theme: str, today: dt.date
) -> Near | None:
    """What could go to one commune, the soonest first; None without a commune."""
    white = next((row for row in whites.rows if row.insee == insee), None)
    if white is None:
        return None
    resources = Resource.objects.published()
    if theme:
        rows = resources.values_list("pk", "themes")
        resources = resources.filter(pk__in=[pk for pk, t in rows if theme in t])
    wish = Wish(today=today, start=today, days=DAYS, near=(white.lon, white.lat))
    windows = first_free(Copy.objects.filter(resource__in=resources), wish=wish)[:FEW]
    named = resources.select_related("owner").in_bulk([w.resource for w in windows])
    offers = [Offered(named[w.resource], w) for w in windows if w.resource in named]
    return Near(white, offers)
