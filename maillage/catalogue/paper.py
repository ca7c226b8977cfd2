"""What the one-page sheet of a resource says, as plain values for its template."""

from typing import Any

from django.conf import settings
from django.utils.timezone import localtime
from django.utils.translation import get_language, gettext as _

from maillage.catalogue.fees import fee_range, fee_table
from maillage.catalogue.models import Resource
from maillage.catalogue.sheet import (
    Fact,
    ages,
    duration,
    given,
    identity,
    lending,
    people,
    technical,
    unit,
)
from maillage.core import vocab
from maillage.core.context import region
from maillage.core.dates import day_words
from maillage.core.markup import plain_text

LONGEST = 4000
MOST_FEES = 10


def sheet_data(resource: Resource) -> tuple[dict[str, Any], str]:
    """The words of the sheet, and the name of its picture."""
    url = settings.SITE_URL + resource.get_absolute_url()
    fees = fee_table(resource)
    picture = resource.picture.name or ""
    data = {
        "lang": (get_language() or "fr")[:2],
        "site": "Maillage",
        "tagline": region()["name"],
        "badge": _("exemple") if resource.is_example else "",
        "title": resource.name,
        "summary": resource.summary,
        "eyebrow": eyebrow(resource),
        "keywords": vocab.labels("themes", resource.themes),
        "url": url,
        "address": url.partition("//")[2],
        "printed": printed(resource),
        "key": [[fact.label, fact.value] for fact in key_facts(resource)],
        "picture": bool(picture),
        "picture_file": "picture.webp",
        "picture_alt": resource.picture_alt or resource.name,
        "description": plain_text(resource.description)[:LONGEST].split("\n"),
        "identity": pairs(identity(resource)),
        "technical": pairs(technical(resource)),
        "lending": pairs(lending(resource)),
        "fees": {
            "durations": fees.durations,
            "rows": [[row.borrower, *row.cells] for row in fees.rows[:MOST_FEES]],
        },
        "fee_note": resource.fee_note,
        "owner": owner(resource),
        "scale": 1.0,
        "words": {
            "about": _("En quelques mots"),
            "identity": _("Pour qui"),
            "technical": _("Fiche technique"),
            "lending": _("Emprunter"),
            "borrower": _("Emprunteur"),
            "owner": _("Propriétaire"),
        },
    }
    if not resource.description:
        data["description"] = []
    return data, picture


def pairs(facts: list[Fact]) -> list[list[str]]:
    return [[fact.label, fact.value] for fact in given(facts)]


def eyebrow(resource: Resource) -> str:
    """« Exposition · Lille · module de Pop’up »."""
    home = resource.commune or resource.owner.commune
    parts = [resource.category_label.capitalize(), home.name if home else ""]
    if resource.parent:
        parts.append(_("module de « %(series)s »") % {"series": resource.parent.name})
    return " · ".join(part for part in parts if part)


def printed(resource: Resource) -> str:
    day = day_words(localtime(resource.changed_at), "j F Y")
    return _("Fiche mise à jour le %(day)s") % {"day": day}


def key_facts(resource: Resource) -> list[Fact]:
    """The few numbers that decide, those that are known."""
    team = people(resource.setup_people)
    setup = ", ".join(part for part in (duration(resource.setup_minutes), team) if part)
    facts = [
        Fact(_("Surface"), unit(resource.surface_m2, "m²")),
        Fact(_("Public"), ages(resource)),
        Fact(_("Montage"), setup),
        Fact(_("Tarif"), fee_range(resource)),
    ]
    return given(facts)


def owner(resource: Resource) -> dict[str, Any]:
    """Whom to write to."""
    structure = resource.owner
    town = structure.commune.name if structure.commune else ""
    post = f"{structure.postcode} {town}".strip()
    address = ", ".join(part for part in (structure.street, post) if part)
    lines = [address, structure.phone, structure.email, structure.website]
    producers = ", ".join(row.name for row in resource.producers.all())
    return {
        "name": structure.name,
        "lines": [line for line in lines if line],
        "booking": resource.booking_contact,
        "producers": (
            _("Produit par %(names)s") % {"names": producers} if producers else ""
        ),
    }
