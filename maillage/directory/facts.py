"""What the directory can say of a structure, for the surveys that ask it."""

import datetime as dt
from typing import Any

from django.utils.translation import gettext_lazy as _

from maillage.core import vocab
from maillage.core.facts import Computer, Fact, Row, Value, register
from maillage.directory.models import Place, Structure

SOURCE = _("Annuaire de Maillage")
#: Fields of a structure that hold terms of a vocabulary.
TERMS = (
    ("chain_roles", _("Rôle dans la chaîne de conception")),
    ("production_tools", _("Outils de production")),
    ("know_how", _("Savoir-faire")),
)


def places(structure: Structure, _start: dt.date, _end: dt.date) -> Value:
    """Its published places, one a row."""
    rows = Place.objects.published().filter(structure=structure)
    return Value.summing(
        Row(
            place.name,
            url=place.get_absolute_url(),
            key=f"place-{place.pk}",
            facts={"name": place.name, "kind": place.kind},
        )
        for place in rows.order_by("name", "pk")
    )


def text(name: str) -> Computer:
    """A field that holds one text; nothing to say where it is empty."""

    def compute(structure: Any, _start: dt.date, _end: dt.date) -> Value | None:
        found = getattr(structure, name)
        return Value(found) if found else None

    return compute


def terms(name: str, vocabulary: str) -> Computer:
    """A field that holds terms; its rows are their labels."""

    def compute(structure: Any, _start: dt.date, _end: dt.date) -> Value | None:
        found = list(getattr(structure, name))
        labels = vocab.labels(vocabulary, found)
        return Value(found, tuple(Row(label) for label in labels)) if found else None

    return compute


def commune(structure: Structure, _start: dt.date, _end: dt.date) -> Value | None:
    """The INSEE code of the commune where it is."""
    return Value(structure.commune_id) if structure.commune_id else None


register(
    Fact("structure.places", _("Lieux"), SOURCE, places),
    *[
        Fact(
            f"structure.{name}", label, SOURCE, terms(name, name),
            field=name, sort="terms", vocabulary=name,
        )
        for name, label in TERMS
    ],
    Fact(
        "structure.website", _("Site web"), SOURCE, text("website"),
        field="website", sort="text",
    ),
    Fact(
        "structure.email", _("E-mail public"), SOURCE, text("email"),
        field="email", sort="text",
    ),
    Fact(
        "structure.commune", _("Commune"), SOURCE, commune,
        field="commune", sort="commune",
    ),
)  # fmt: skip
