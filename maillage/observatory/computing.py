"""What the platform computes by itself: for each indicator, the rows that it adds up.

A computation gives counts: one structure, host or place, its commune, its year. They are
added up, divided and protected by the services; here it is only said what is counted.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from maillage.catalogue.models import Resource
from maillage.circulation.choices import CopyState, LoanState
from maillage.circulation.models import Attendance, Copy, Loan
from maillage.core import vocab
from maillage.directory.models import Place, Structure
from maillage.kernels.geo import Near
from maillage.kernels.travel import car_minutes
from maillage.observatory.choices import Aggregation, Level, Secrecy
from maillage.passport.services.figures import (
    by_home_department,
    by_place,
    only_examples,
)
from maillage.surveys.choices import ResponseState, WaveState
from maillage.surveys.models import Unit
from maillage.territories.models import Commune

NOT_LENT = (LoanState.PROPOSED, LoanState.CANCELLED)
GONE = (CopyState.RETIRED, CopyState.LOST)
ANSWERED = (ResponseState.SUBMITTED, ResponseState.ACCEPTED)
WITHIN_MINUTES = 30.0


@dataclass(frozen=True)
class Count:
    """One row of what is counted: which unit, where, how much."""

    unit: str
    commune: str
    value: float = 1.0
    #: What it adds to the denominator of a rate that is not per inhabitant.
    base: float = 0.0
    is_example: bool = False
    department: str = ""


Rows = Iterable[tuple[str, Count]]  # with their period


DIRECTORY = _("Annuaire de Maillage")


@dataclass(frozen=True)
class Computation:
    """How an indicator of the platform is defined, and what it counts."""

    name: str | Promise
    unit: str | Promise
    family: str | Promise
    method: str | Promise
    compute: Callable[[dt.date], Rows]
    about: str | Promise = ""
    limits: str | Promise = ""
    source: str | Promise = DIRECTORY
    aggregation: str = Aggregation.SUM
    scale: float = 1.0
    decimals: int = 0
    per_inhabitant: bool = False
    weight_name: str | Promise = ""
    zero_if_absent: bool = True
    finest: str = Level.COMMUNE
    shown_from: str = Level.COMMUNE
    secrecy: str = Secrecy.NONE
    higher_is_better: bool | None = True
    rank: int | None = None
    plan_ref: str = ""


def places(family: str = "") -> Callable[[dt.date], Rows]:
    """Published places as of today, all of them or those of one family."""

    def compute(today: dt.date) -> Rows:
        kinds = vocab.terms("place_kinds")
        rows = Place.objects.published().exclude(commune=None)
        for pk, kind, commune, example in rows.values_list(
            "pk", "kind", "commune_id", "is_example"
        ):
            if not family or (kind in kinds and kinds[kind].family == family):
                yield str(today.year), Count(f"place-{pk}", commune, is_example=example)

    return compute


def structures(today: dt.date) -> Rows:
    rows = Structure.objects.published().filter(is_active=True).exclude(commune=None)
    for pk, commune, example in rows.values_list("pk", "commune_id", "is_example"):
        yield str(today.year), Count(f"structure-{pk}", commune, is_example=example)


def resources(today: dt.date) -> Rows:
    """Published resources, where their owner is."""
    rows = Resource.objects.published().exclude(owner__commune=None)
    for pk, commune, example in rows.values_list(
        "pk", "owner__commune_id", "is_example"
    ):
        yield str(today.year), Count(f"resource-{pk}", commune, is_example=example)


def copies(today: dt.date) -> Rows:
    """Copies that are kept, where their depot is."""
    rows = Copy.objects.exclude(state__in=GONE).exclude(depot__commune=None)
    for pk, commune, example in rows.values_list(
        "pk", "depot__commune_id", "resource__is_example"
    ):
        yield str(today.year), Count(f"copy-{pk}", commune, is_example=example)


def past_loans(today: dt.date) -> Iterator[tuple[int, int, str, dt.date, float, bool]]:
    rows = Loan.objects.exclude(state__in=NOT_LENT).filter(starts_on__lte=today)
    yield from rows.order_by("pk").values_list(
        "pk", "host_id", "host__commune_id", "starts_on", "km", "is_example"
    )


def loans(today: dt.date) -> Rows:
    for _pk, host, commune, day, _km, example in past_loans(today):
        yield str(day.year), Count(f"host-{host}", commune, is_example=example)


def hosts(today: dt.date) -> Rows:
    """Each host once a year."""
    seen: set[tuple[int, int]] = set()
    for _pk, host, commune, day, _km, example in past_loans(today):
        if (host, day.year) not in seen:
            seen.add((host, day.year))
            yield str(day.year), Count(f"host-{host}", commune, is_example=example)


def communes_reached(today: dt.date) -> Rows:
    """Each commune once a year."""
    seen: set[tuple[str, int]] = set()
    for _pk, _host, commune, day, _km, example in past_loans(today):
        if (commune, day.year) not in seen:
            seen.add((commune, day.year))
            yield (
                str(day.year),
                Count(f"commune-{commune}", commune, is_example=example),
            )


def kilometres(today: dt.date) -> Rows:
    for _pk, host, commune, day, km, example in past_loans(today):
        yield str(day.year), Count(f"host-{host}", commune, km, is_example=example)


def visitors(*counted: str) -> Callable[[dt.date], Rows]:
    """Who came, as hosts declared it; a loan that nobody declared is not a zero."""

    def compute(today: dt.date) -> Rows:
        rows = Attendance.objects.exclude(loan__state__in=NOT_LENT)
        known = rows.filter(loan__starts_on__lte=today).order_by("pk")
        for host, commune, day, example, *numbers in known.values_list(
            "loan__host_id", "loan__host__commune_id", "loan__starts_on",
            "loan__is_example", *counted,
        ):  # fmt: skip
            value = float(sum(numbers))
            yield (
                str(day.year),
                Count(f"host-{host}", commune, value, is_example=example),
            )

    return compute


def near_a_place(today: dt.date) -> Rows:
    """Inhabitants of communes whose town hall is within half an hour of a place."""
    published = Place.objects.published().select_related("commune")
    spots = [place.position for place in published if place.position]
    communes = list(Commune.objects.values_list("insee", "population", "lon", "lat"))
    if not spots or not communes:
        return
    where = np.array(spots, dtype=float)
    near = Near(where[:, 0], where[:, 1])
    km = [near.nearest(lon, lat)[1][0] for _i, _p, lon, lat in communes]
    reached = car_minutes(np.array(km)) <= WITHIN_MINUTES
    for (insee, people, _lon, _lat), is_near in zip(communes, reached, strict=True):
        if is_near:
            yield str(today.year), Count(f"commune-{insee}", insee, float(people))


def answers(today: dt.date) -> Rows:
    """Those who were asked, by wave; 1 for those who answered."""
    waves = Unit.objects.filter(wave__state__in=[WaveState.CLOSED, WaveState.PUBLISHED])
    rows = waves.exclude(department=None).exclude(response__state=ResponseState.OUTSIDE)
    for pk, year, department, state, example in rows.order_by("pk").values_list(
        "pk", "wave__year", "department_id", "response__state", "wave__is_example"
    ):
        value = float(state in ANSWERED)
        yield (
            str(year),
            Count(
                f"unit-{pk}",
                "",
                value,
                base=1.0,
                is_example=example,
                department=department,
            ),
        )


def pass_visits(today: dt.date) -> Rows:
    """Passages of counted months, where the place is that received them."""
    invented = only_examples()
    for month, place, commune, visits in by_place():
        yield (
            month[:4],
            Count(f"place-{place}", commune, float(visits), is_example=invented),
        )


def pass_homes(today: dt.date) -> Rows:
    """Passages by department of residence, as they were published month by month."""
    invented = only_examples()
    for year, department, visits in by_home_department():
        one = Count(f"departement-{department}", "", float(visits), department=department)  # fmt: skip
        yield year, replace(one, is_example=invented)


PLACES, RESOURCES = _("Lieux et structures"), _("Ressources")
LOANS, PUBLICS, ACCESS = _("Circulation"), _("Publics"), _("Accès")
TODAY = _("Ce qui est publié dans l’annuaire au jour du calcul.")
OF_LOANS = _("Prêts notés dans Maillage")
OF_PASS = _("Contrôles du Passeport CSTI")
LENT = _("Prêts ouverts au public dans l’année, selon la commune du lieu d’accueil.")

COMPUTATIONS: dict[str, Computation] = {
    "lieux": Computation(
        _("Lieux de culture scientifique"), _("lieux"), PLACES, TODAY, places(),
        about=_("Les lieux qui reçoivent du public, tels que l’annuaire les montre."),
        limits=_("L’annuaire se complète : une hausse peut venir du recensement."),
        rank=1, plan_ref="III.3",
    ),
    "lieux-pour-10000-habitants": Computation(
        _("Lieux pour 10 000 habitants"), _("pour 10 000 hab."), PLACES,
        _("10 000 × lieux publiés ÷ population municipale (INSEE)."), places(),
        limits=_("Un lieu sert aussi les communes voisines : voir l’accès."),
        aggregation=Aggregation.RATE, scale=10_000, decimals=2, per_inhabitant=True,
        weight_name=_("habitants"), rank=3, plan_ref="III.3",
    ),
    "population-a-30-minutes": Computation(
        _("Population à 30 minutes d’un lieu"), _("% de la population"), ACCESS,
        _(
            "Part des habitants dont la mairie est à 30 minutes au plus en voiture du "
            "lieu le plus proche ; durées du modèle de Maillage."
        ),
        near_a_place,
        limits=_("En voiture seulement, sans bouchons, depuis la mairie."),
        aggregation=Aggregation.RATE, scale=100, decimals=1, per_inhabitant=True,
        weight_name=_("habitants"), rank=2, plan_ref="II",
    ),
    "structures": Computation(
        _("Structures en activité"), _("structures"), PLACES, TODAY, structures,
        plan_ref="I.1",
    ),
    "ressources-itinerantes": Computation(
        _("Ressources qui voyagent ou se prêtent"), _("ressources"), RESOURCES,
        _("Ressources publiées au catalogue, à la commune de leur propriétaire."),
        resources, source=_("Catalogue de Maillage"), rank=4, plan_ref="II.1",
    ),
    "exemplaires": Computation(
        _("Exemplaires disponibles au prêt"), _("exemplaires"), RESOURCES,
        _("Exemplaires ni perdus ni retirés, à la commune de leur dépôt."), copies,
        source=_("Catalogue de Maillage"), plan_ref="II.1",
    ),
    "prets": Computation(
        _("Prêts de l’année"), _("prêts"), LOANS, LENT, loans, source=OF_LOANS,
        shown_from=Level.EPCI,
        secrecy=Secrecy.VALUE, rank=5, plan_ref="II.1",
    ),
    "lieux-accueil": Computation(
        _("Lieux d’accueil servis"), _("lieux d’accueil"), LOANS,
        _("Lieux qui ont accueilli au moins un prêt dans l’année."), hosts,
        source=OF_LOANS, shown_from=Level.EPCI,
        secrecy=Secrecy.COUNT, plan_ref="II.1",
    ),
    "communes-atteintes": Computation(
        _("Communes atteintes par un prêt"), _("communes"), LOANS,
        _("Communes où au moins un prêt a ouvert au public dans l’année."),
        communes_reached, source=OF_LOANS, secrecy=Secrecy.COUNT,
        finest=Level.DEPARTMENT, rank=6, plan_ref="II.1",
    ),
    "kilometres": Computation(
        _("Kilomètres parcourus par les prêts"), _("km"), LOANS,
        _("Kilomètres notés de chaque prêt de l’année, au lieu d’accueil."),
        kilometres, source=OF_LOANS, shown_from=Level.EPCI,
        secrecy=Secrecy.VALUE, higher_is_better=False,
        plan_ref="II.1",
    ),
    "visiteurs-des-prets": Computation(
        _("Visiteurs des ressources prêtées"), _("visiteurs"), PUBLICS,
        _("Fréquentation déclarée par les lieux d’accueil, élèves compris."),
        visitors("pupils", "public"), source=OF_LOANS, zero_if_absent=False,
        shown_from=Level.EPCI,
        secrecy=Secrecy.VALUE,
        limits=_("Seuls les prêts dont la fréquentation est déclarée comptent."),
        rank=7, plan_ref="II.1",
    ),
    "eleves-des-prets": Computation(
        _("Élèves venus voir les ressources prêtées"), _("élèves"), PUBLICS,
        _("Élèves déclarés par les lieux d’accueil."), visitors("pupils"),
        source=OF_LOANS, zero_if_absent=False,
        shown_from=Level.EPCI,
        secrecy=Secrecy.VALUE,
        limits=_("Seuls les prêts dont la fréquentation est déclarée comptent."),
        plan_ref="II.3",
    ),
    "passages-passeport": Computation(
        _("Passages du Passeport CSTI"), _("passages"), PUBLICS,
        _("Passeports présentés et acceptés à l’entrée, à la commune du lieu ; mois comptés."),
        pass_visits, source=OF_PASS, zero_if_absent=False, shown_from=Level.EPCI,
        secrecy=Secrecy.VALUE, plan_ref="II.2",
        limits=_("Seuls les lieux qui contrôlent les passeports comptent ; un foyer est un passage."),
    ),
    "passages-passeport-residence": Computation(
        _("Passages du Passeport CSTI selon la résidence"), _("passages"), PUBLICS,
        _("Passeports présentés, selon le département que dit le passeport ; mois comptés."),
        pass_homes, source=OF_PASS, zero_if_absent=False, finest=Level.DEPARTMENT,
        shown_from=Level.DEPARTMENT, plan_ref="II.2",
        limits=_("Les personnes qui n’ont pas dit leur commune et celles d’autres régions n’y sont pas."),
    ),
    "taux-de-reponse": Computation(
        _("Taux de réponse aux enquêtes"), _("% des structures interrogées"),
        _("Enquêtes"), _("100 × réponses envoyées ÷ structures interrogées."), answers,
        source=_("Enquêtes de Maillage"), aggregation=Aggregation.RATE, scale=100,
        decimals=1, weight_name=_("structures interrogées"), zero_if_absent=False,
        finest=Level.DEPARTMENT, secrecy=Secrecy.COUNT, plan_ref="III.2",
    ),
    **{
        f"lieux-{slug}": Computation(
            format_lazy("{} : {}", _("Lieux"), term.label_fr), _("lieux"), PLACES, TODAY,
            places(slug), plan_ref="III.3",
        )
        for slug, term in vocab.terms("place_families").items()
    },
}  # fmt: skip
