"""The columns of resources, and what a row of them must hold."""

from typing import Any

from django.utils.translation import gettext as _, gettext_lazy

from maillage.catalogue.models import Resource
from maillage.core.intake.schemas import Finish, Keys, Reading, Schema, read_references
from maillage.core.tables.columns import Column
from maillage.core.tables.fields import column_of
from maillage.directory.imports import (
    COMMUNE,
    KEY,
    LAT,
    LON,
    NAME,
    TOLD,
    Ground,
    described,
)
from maillage.directory.models import Structure


def resource_columns() -> tuple[Column, ...]:
    def of(name: str, **given: Any) -> Column:
        return column_of(Resource, name, **given)

    return (
        KEY,
        of("name", **NAME, example="La malle des nuages"),
        of("kind", is_required=True, synonyms=("type",), example="kit"),
        of(
            "parent",
            about=gettext_lazy("Clé de la ressource dont celle-ci est un module."),
            value=lambda thing: thing.parent.slug if thing.parent else "",
        ),
        of(
            "owner",
            is_required=True,
            about=gettext_lazy("Clé, adresse ou nom exact de la structure."),
            value=lambda thing: thing.owner.slug,
        ),
        of(
            "producers",
            about=gettext_lazy("Clés des structures qui l’ont produite."),
            value=lambda thing: sorted(one.slug for one in thing.producers.all()),
        ),
        *described(of),
        of("levels"),
        of("languages"),
        of("min_age", unit="ans"),
        of("max_age", unit="ans"),
        of("visit_minutes", unit="min"),
        of("surface_m2", unit="m²"),
        of("height_cm", unit="cm"),
        of("volume_m3", unit="m³"),
        of("weight_kg", unit="kg"),
        of("crates"),
        of("largest_crate"),
        of("setup_minutes", unit="min"),
        of("setup_people"),
        of("takedown_minutes", unit="min"),
        of("power"),
        of("vehicle"),
        of("insurance_value_cents", code="insurance_value_eur", type="cents", unit="€"),
        of("deposit_cents", code="deposit_eur", type="cents", unit="€"),
        of(
            "fees",
            type="fees",
            unit="€",
            example="ecole/7=0; tous/7=120; tous/30=350",
            about=gettext_lazy("emprunteur/jours=euros, séparés par ;"),
        ),
        of("free_for"),
        of("fee_note"),
        of("loan_days_min", unit="jours"),
        of("loan_days_max", unit="jours"),
        of("access"),
        of("year", high=2100),
        of("condition"),
        COMMUNE,
        LON,
        LAT,
        of("source_url"),
        of("is_example"),
        *TOLD,
    )


def prepare_resources(source: str, keys: set[str]) -> Finish:
    ground = Ground()
    structures = Keys(Structure, source=source)
    resources = Keys(Resource, source=source)

    def finish(reading: Reading) -> None:
        ground.read(reading, is_required=False)
        read_references(reading, "owner", "owner_id", keys=structures)
        read_references(reading, "producers", "producers", keys=structures)
        read_references(reading, "parent", "parent_id", keys=resources, pending=keys)
        check_order(reading, "min_age", "max_age")
        check_order(reading, "loan_days_min", "loan_days_max")
        if reading.cells.get("parent") and reading.cells["parent"] == reading.cells.get(
            "key"
        ):
            reading.tell("parent", _("Une ressource n’est pas un module d’elle-même."))

    return finish


def check_order(reading: Reading, low: str, high: str) -> None:
    least, most = reading.values.get(low), reading.values.get(high)
    if least is not None and most is not None and most < least:
        reading.tell(high, _("Cette valeur doit être au moins %d.") % least)


RESOURCES = Schema(
    "resources", Resource, resource_columns(), prepare_resources, related=("producers",)
)
