"""What the site publishes as open data, one entry a dataset."""

import csv
import datetime as dt
import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from maillage.agenda.exports import EVENT_EXPORT, TRAIL_EXPORT
from maillage.calls.grant_exports import SCDL, count_open, open_grants
from maillage.catalogue.exports import RESOURCE_EXPORT
from maillage.core import vocab
from maillage.core.entries import entries_version
from maillage.core.models import Entry
from maillage.core.tables.columns import Column
from maillage.core.tables.exporting import Export
from maillage.core.tables.sending import TYPES
from maillage.directory.exports import PLACE_EXPORT, STRUCTURE_EXPORT
from maillage.passport.exports import BENEFIT_EXPORT, benefits_changed_at
from maillage.territories.models import Commune

VOCABULARIES = Path(settings.BASE) / "data" / "vocab"
TABLE = (*TYPES, "parquet")


@dataclass(frozen=True)
class Dataset:
    """One dataset; ``things`` gives its rows, all of them or those of a list."""

    code: str
    title: str | Promise
    about: str | Promise
    columns: tuple[Column, ...]
    things: Callable[[Sequence[int] | None], Iterator[Any]]
    count: Callable[[], int]
    formats: tuple[str, ...] = TABLE
    #: The kind of published thing it lists; empty for a table of reference.
    kind: str = ""
    origin: str | Promise = ""
    #: A word that changes whenever the rows do; without one, the hash of the rows.
    version: Callable[[], str] | None = None
    #: When the rows last changed; unknown while there are none.
    changed: Callable[[], dt.datetime | None] = lambda: None
    #: The columns that no two rows share; without them, the first one.
    key: tuple[str, ...] = ()
    #: The page of the site that shows what the rows say.
    page: str | Promise = ""
    #: What it belongs to in the list of datasets; empty for what is always there.
    family: str | Promise = ""

    @property
    def word(self) -> str:
        """A word that changes whenever the rows do."""
        if self.version:
            return self.version()
        rows = [
            [c.write(c.of(thing)) for c in self.columns] for thing in self.things(None)
        ]
        return hashlib.sha256(repr(rows).encode()).hexdigest()[:12]


def read_at(paths: Sequence[Path]) -> dt.datetime | None:
    """When data files were last written."""
    times = [path.stat().st_mtime for path in paths if path.exists()]
    zone = timezone.get_current_timezone()
    return dt.datetime.fromtimestamp(max(times), tz=zone) if times else None


def midnight(day: dt.date | None) -> dt.datetime | None:
    zone = timezone.get_current_timezone()
    return dt.datetime.combine(day, dt.time(), tzinfo=zone) if day else None


def entry_changed_at(kind: str) -> dt.datetime | None:
    entries = Entry.objects.filter(kind=kind).order_by("-version", "-pk")
    return entries.values_list("changed_at", flat=True).first()


def perimeter_day() -> dt.date | None:
    days = Commune.objects.order_by().values_list("valid_on", flat=True)
    return days.first()


def of_things(export: Export, *, kind: str, about: str | Promise) -> Dataset:
    return Dataset(
        export.code,
        export.label,
        about,
        tuple(c for c in export.columns if c.code != "note"),
        export.things,
        lambda: export.rows().count(),
        formats=(*TABLE, "geojson"),
        kind=kind,
        version=lambda: str(entries_version()),
        changed=lambda: entry_changed_at(kind),
    )


@dataclass(frozen=True)
class Line:
    """One row of a table that comes from a file."""

    cells: dict[str, Any]

    @property
    def position(self) -> None:
        return None


def cell(code: str, label: str | Promise, type_: str = "text", **given: Any) -> Column:
    return Column(code, label, type_, value=lambda line: line.cells.get(code), **given)


COMMUNE_COLUMNS = (
    Column("insee", _("code INSEE"), field="insee", is_required=True, example="80021"),
    Column("name", _("nom"), field="name", is_required=True, example="Amiens"),
    Column("department", _("département"), field="department_id", example="80"),
    Column(
        "epci",
        _("SIREN de l’intercommunalité"),
        value=lambda commune: commune.epci_id or "",
        example="248000531",
    ),
    Column(
        "postal_codes",
        _("codes postaux"),
        value=lambda commune: commune.postal_codes.replace(" ", "|"),
        example="80000|80080",
    ),
    Column(
        "population",
        _("population municipale"),
        "integer",
        "population",
        unit="habitants",
    ),
    Column("area_km2", _("superficie"), "number", "area_km2", unit="km²"),
    Column("density_class", _("classe de densité"), field="density_class"),
    Column("lon", _("longitude"), "number", "lon", unit="°"),
    Column("lat", _("latitude"), "number", "lat", unit="°"),
)
TERM_COLUMNS = (
    cell("vocabulary", _("vocabulaire"), is_required=True, example="themes"),
    cell("slug", _("code"), is_required=True, example="astronomy"),
    cell("label", _("libellé"), is_required=True),
    cell("label_en", _("libellé en anglais")),
    cell("definition", _("définition")),
    cell("uri", _("identifiant du concept"), "url"),
)
FACT_COLUMNS = (
    cell("key", _("numéro"), is_required=True, example="F001"),
    cell("theme", _("sujet")),
    cell("year", _("année"), "integer"),
    cell("indicator", _("indicateur")),
    cell("value", _("valeur"), "number"),
    cell("unit", _("unité")),
    cell("scope", _("territoire ou population")),
    cell("source_url", _("page de la source"), "url"),
    cell("note", _("précision")),
)


class CommuneLine:
    """A commune with the position that features need."""

    def __init__(self, commune: Commune) -> None:
        self.commune = commune

    def __getattr__(self, name: str) -> Any:
        return getattr(self.commune, name)

    @property
    def position(self) -> tuple[float, float]:
        return self.commune.lon, self.commune.lat


def communes(pks: Sequence[int] | None = None) -> Iterator[Any]:
    for commune in Commune.objects.order_by("insee").iterator(chunk_size=2000):
        yield CommuneLine(commune)


def terms(pks: Sequence[int] | None = None) -> Iterator[Any]:
    for name in vocab.names():
        for term in vocab.terms(name).values():
            yield Line(
                {
                    "vocabulary": name,
                    "slug": term.slug,
                    "label": term.label_fr,
                    "label_en": term.label_en,
                    "definition": term.definition,
                    "uri": term.uri,
                }
            )


@cache
def fact_rows() -> tuple[dict[str, str], ...]:
    path = settings.REGION_DATA / "csti_facts.csv"
    if not path.exists():
        return ()
    with path.open(encoding="utf-8", newline="") as lines:
        return tuple(csv.DictReader(lines))


def facts(pks: Sequence[int] | None = None) -> Iterator[Any]:
    for row in fact_rows():
        yield Line({c.code: read_cell(c, row.get(c.code, "")) for c in FACT_COLUMNS})


def read_cell(column: Column, text: str) -> Any:
    numbers = column.type in {"integer", "number"}
    return column.read(text) if numbers else text


DATASETS: dict[str, Dataset] = {
    dataset.code: dataset
    for dataset in (
        of_things(
            STRUCTURE_EXPORT,
            kind="structure",
            about=_(
                "Les acteurs de la culture scientifique, technique et industrielle : "
                "associations, musées, universités, collectivités, entreprises."
            ),
        ),
        of_things(
            PLACE_EXPORT,
            kind="place",
            about=_(
                "Les lieux qui reçoivent le public ou accueillent une exposition, avec "
                "leur position, leur accessibilité et leur capacité d’accueil."
            ),
        ),
        of_things(
            RESOURCE_EXPORT,
            kind="resource",
            about=_(
                "Les expositions, malles, maquettes et planétariums qui circulent : "
                "fiche technique, tarifs, propriétaire et producteurs."
            ),
        ),
        of_things(
            EVENT_EXPORT,
            kind="event",
            about=_(
                "Ce qui se passe et s’est passé : ateliers, expositions, conférences, "
                "sorties, avec leurs séances, leur lieu et leur organisateur."
            ),
        ),
        of_things(
            TRAIL_EXPORT,
            kind="trail",
            about=_(
                "Les parcours à suivre d’un lieu à l’autre : leurs étapes dans l’ordre, "
                "leur durée, leur longueur, à qui ils conviennent."
            ),
        ),
        Dataset(
            BENEFIT_EXPORT.code,
            BENEFIT_EXPORT.label,
            _(
                "Ce que les lieux et les événements donnent au passeport : entrée "
                "gratuite, tarif réduit, priorité, à qui et combien de fois."
            ),
            BENEFIT_EXPORT.columns,
            BENEFIT_EXPORT.things,
            lambda: BENEFIT_EXPORT.rows().count(),
            formats=(*TABLE, "geojson"),
            changed=benefits_changed_at,
            page=reverse_lazy("passport:benefit_list"),
        ),
        Dataset(
            "subventions",
            _("Subventions"),
            _(
                "Les subventions des appels à projets dont la convention est signée, au "
                "format SCDL « subventions » 2.1.1."
            ),
            SCDL,
            open_grants,
            count_open,
            key=("idAttribuant", "referenceDecision", "idBeneficiaire", "objet"),
        ),
        Dataset(
            "communes",
            _("Communes"),
            _("Les communes de la région : codes, population, superficie, position."),
            COMMUNE_COLUMNS,
            communes,
            lambda: Commune.objects.count(),
            formats=(*TABLE, "geojson"),
            origin=_("INSEE, IGN, DILA ; Licence Ouverte 2.0"),
            version=lambda: f"{perimeter_day()}-{Commune.objects.count()}",
            changed=lambda: midnight(perimeter_day()),
        ),
        Dataset(
            "vocabularies",
            _("Vocabulaires"),
            _("Les termes des listes : thèmes, publics, natures, réseaux, outils…"),
            TERM_COLUMNS,
            terms,
            lambda: sum(len(vocab.terms(name)) for name in vocab.names()),
            changed=lambda: read_at(
                [VOCABULARIES / f"{name}.toml" for name in vocab.names()]
            ),
            key=("vocabulary", "slug"),
        ),
        Dataset(
            "csti-facts",
            _("Chiffres publiés"),
            _(
                "Des chiffres publiés sur la culture scientifique en région, et leur page."
            ),
            FACT_COLUMNS,
            facts,
            lambda: len(fact_rows()),
            origin=_("Faits relevés ; citez la page de la source"),
            changed=lambda: read_at([settings.REGION_DATA / "csti_facts.csv"]),
        ),
    )
}

BY_KIND = {dataset.kind: dataset for dataset in DATASETS.values() if dataset.kind}
