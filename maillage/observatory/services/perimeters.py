"""The territories that figures are given for, and how they are made of communes."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from django.db.models import Sum
from django.urls import reverse
from django.utils.translation import gettext as _

from maillage.core.context import region
from maillage.observatory.choices import Level
from maillage.territories.models import Commune, Department, Epci, FormerCommune

#: What each level adds up to; EPCI and departments overlap, the region holds both.
ABOVE: Mapping[str, tuple[str, ...]] = {
    Level.COMMUNE: (Level.EPCI, Level.DEPARTMENT, Level.REGION),
    Level.EPCI: (Level.REGION,),
    Level.DEPARTMENT: (Level.REGION,),
    Level.REGION: (),
}


@dataclass(frozen=True)
class Territory:
    """One territory as pages show it."""

    level: str
    code: str
    name: str
    population: int = 0
    area_km2: float = 0.0
    density_class: str = ""
    #: Where a commune is.
    epci: str = ""
    department: str = ""
    #: Communes of an EPCI that lie in another region.
    outside: int = 0

    def get_absolute_url(self) -> str:
        return reverse("observatory:territory_detail", args=[self.level, self.code])

    @property
    def level_label(self) -> str:
        return str(Level(self.level).label)

    @property
    def density(self) -> float:
        return self.population / self.area_km2 if self.area_km2 else 0.0


def whole_region() -> Territory:
    """The region of the site, without asking the database."""
    card = region()
    return Territory(Level.REGION, str(card["code"]), str(card["name"]))


def find_territory(level: str, code: str) -> Territory | None:
    """A territory by its level and code; one query."""
    if level == Level.REGION and code == str(region()["code"]):
        totals = Commune.objects.aggregate(p=Sum("population"), a=Sum("area_km2"))
        own = whole_region()
        return Territory(
            own.level, code, own.name, totals["p"] or 0, totals["a"] or 0.0
        )
    if level == Level.COMMUNE:
        row = Commune.objects.filter(pk=code).first()
        return of_commune(row) if row else None
    if level == Level.DEPARTMENT:
        rows = Department.objects.filter(pk=code)
        found = rows.annotate(
            p=Sum("communes__population"), a=Sum("communes__area_km2")
        ).first()
        if found is None:
            return None
        return Territory(level, code, found.name, found.p or 0, found.a or 0.0)
    if level == Level.EPCI:
        groups = Epci.objects.filter(pk=code)
        group = groups.annotate(
            p=Sum("communes__population"), a=Sum("communes__area_km2")
        ).first()
        return of_epci(group) if group else None
    return None


def of_commune(row: Commune) -> Territory:
    return Territory(
        Level.COMMUNE,
        row.insee,
        row.name,
        row.population,
        row.area_km2,
        row.density_class,
        row.epci_id or "",
        row.department_id,
    )


def of_epci(row: Epci) -> Territory:
    """An EPCI with its inhabitants annotated as ``p``, its area as ``a``."""
    outside = max(row.communes_total - row.communes_in_region, 0)
    people: int = getattr(row, "p", 0) or 0
    area: float = getattr(row, "a", 0.0) or 0.0
    return Territory(Level.EPCI, row.siren, row.name, people, area, outside=outside)


def names(level: str) -> dict[str, str]:
    """The names of all territories of a level, by code."""
    if level == Level.REGION:
        own = whole_region()
        return {own.code: own.name}
    models = {
        Level.COMMUNE.value: Commune,
        Level.EPCI.value: Epci,
        Level.DEPARTMENT.value: Department,
    }
    model = models[str(level)]
    return dict(model._default_manager.values_list("pk", "name"))


def commune_names(codes: Collection[str]) -> dict[str, str]:
    """The names of some communes, by code."""
    rows = Commune.objects.filter(pk__in=set(codes)).order_by()
    return dict(rows.values_list("pk", "name"))


def commune_codes() -> list[str]:
    return list(Commune.objects.order_by().values_list("pk", flat=True))


def commune_count() -> int:
    return Commune.objects.count()


@dataclass
class Ground:
    """All communes with what they belong to: loaded once for a piece of work."""

    epci: dict[str, str]
    department: dict[str, str]
    population: dict[str, int]
    former: dict[str, str]
    region: str
    members: dict[tuple[str, str], list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for insee in self.population:
            for place in self.above(Level.COMMUNE, insee):
                self.members.setdefault(place, []).append(insee)

    def above(self, level: str, code: str) -> list[tuple[str, str]]:
        """The larger territories that one adds up to."""
        if level == Level.COMMUNE:
            found = [(str(Level.EPCI), self.epci.get(code, ""))]
            found.append((str(Level.DEPARTMENT), self.department.get(code, "")))
            found.append((str(Level.REGION), self.region))
            return [place for place in found if place[1]]
        return [(up, self.region) for up in ABOVE[level]]

    def codes(self, level: str) -> list[str]:
        if level == Level.COMMUNE:
            return sorted(self.population)
        return sorted(code for kind, code in self.members if kind == level)

    def knows(self, level: str, code: str) -> bool:
        if level == Level.COMMUNE:
            return code in self.population
        return (level, code) in self.members

    def present(self, code: str) -> str | None:
        """The present commune of a code, old or not; none when nobody knows it."""
        if code in self.population:
            return code
        return self.former.get(code)


def load_ground() -> Ground:
    rows = list(
        Commune.objects.values_list("insee", "epci_id", "department_id", "population")
    )
    return Ground(
        epci={insee: epci or "" for insee, epci, _d, _p in rows},
        department={insee: department for insee, _e, department, _p in rows},
        population={insee: people for insee, _e, _d, people in rows},
        former=dict(FormerCommune.objects.values_list("insee", "commune_id")),
        region=str(region()["code"]),
    )


def told_outside(territory: Territory) -> str:
    """What is to be said of an EPCI that goes beyond the region; else nothing."""
    if not territory.outside:
        return ""
    return _(
        "Cette intercommunalité déborde de la région : seules ses communes d’ici "
        "comptent (%(number)d sont ailleurs)."
    ) % {"number": territory.outside}


def sorted_by_name(codes: Iterable[str], known: Mapping[str, str]) -> list[str]:
    return sorted(codes, key=lambda code: (known.get(code, code), code))
