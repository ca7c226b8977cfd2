"""The facts of a resource in words, in one order: for pages, tables and paper."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _, ngettext

from maillage.catalogue.models import Resource
from maillage.core import vocab
from maillage.core.money import format_cents

NBSP = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True)
class Fact:
    """One line of a definition list; an empty value is one that nobody has given."""

    label: str
    value: str
    url: str = ""


def unit(value: Any, name: str) -> str:
    """« 120 m² »; nothing for nothing."""
    if value is None:
        return ""
    places = 0 if value == int(value) else 1
    return f"{number_format(value, places, force_grouping=True)}{NBSP}{name}"


def metres(centimetres: int | None) -> str:
    if centimetres is None:
        return ""
    places = 0 if centimetres % 100 == 0 else 2
    return f"{number_format(centimetres / 100, places)}{NBSP}m"


def duration(minutes: int | None) -> str:
    """« 45 min », « 1 h 30 », « 3 h »."""
    if minutes is None:
        return ""
    hours, rest = divmod(minutes, 60)
    if not hours:
        return f"{rest}{NBSP}min"
    return f"{hours}{NBSP}h{NBSP}{rest:02d}" if rest else f"{hours}{NBSP}h"


def days(number: int | None) -> str:
    """« 1 jour », « 2 semaines », « 3 mois »: as lenders count."""
    if number is None:
        return ""
    if number % 30 == 0 and number:
        return ngettext("%(n)s mois", "%(n)s mois", number // 30) % {"n": number // 30}
    if number % 7 == 0 and number:
        weeks = number // 7
        return ngettext("%(n)s semaine", "%(n)s semaines", weeks) % {"n": weeks}
    return ngettext("%(n)s jour", "%(n)s jours", number) % {"n": number}


def people(number: int | None) -> str:
    if number is None:
        return ""
    return ngettext("%(n)s personne", "%(n)s personnes", number) % {"n": number}


def between(low: int | None, high: int | None, show: Callable[[int], str]) -> str:
    """« de 1 semaine à 2 mois », « au moins… », « au plus… »."""
    if low is not None and high is not None:
        if low == high:
            return show(low)
        return _("de %(low)s à %(high)s") % {"low": show(low), "high": show(high)}
    if low is not None:
        return _("au moins %(low)s") % {"low": show(low)}
    if high is not None:
        return _("au plus %(high)s") % {"high": show(high)}
    return ""


def ages(resource: Resource) -> str:
    low, high = resource.min_age, resource.max_age
    if low is not None and high is not None:
        return _("de %(low)s à %(high)s ans") % {"low": low, "high": high}
    if low is not None:
        return _("dès %(low)s ans") % {"low": low}
    if high is not None:
        return _("jusqu’à %(high)s ans") % {"high": high}
    return ""


def terms(vocabulary: str, slugs: list[str]) -> str:
    return ", ".join(vocab.labels(vocabulary, slugs))


def term(vocabulary: str, slug: str) -> str:
    return vocab.label(vocabulary, slug) if slug else ""


def crates(resource: Resource) -> str:
    if resource.crates is None:
        return ""
    number = ngettext("%(n)s caisse", "%(n)s caisses", resource.crates)
    text = number % {"n": resource.crates}
    if resource.largest_crate:
        size = largest_crate(resource)
        return _("%(crates)s, la plus grande de %(size)s") % {
            "crates": text,
            "size": size,
        }
    return text


def largest_crate(resource: Resource) -> str:
    size = resource.largest_crate
    return f"{size}{NBSP}cm" if size and size[-1].isdigit() else size


def identity(resource: Resource) -> list[Fact]:
    """For whom it is, and what it is like."""
    return [
        Fact(_("Publics"), terms("audiences", resource.audiences)),
        Fact(_("Âges"), ages(resource)),
        Fact(_("Niveaux scolaires"), terms("school_levels", resource.levels)),
        Fact(_("Thèmes"), terms("themes", resource.themes)),
        Fact(_("Durée de la visite"), duration(resource.visit_minutes)),
        Fact(_("Langues"), terms("languages", resource.languages)),
        Fact(_("Accessibilité"), terms("resource_access", resource.access)),
        Fact(_("Année"), str(resource.year or "")),
        Fact(_("État général"), term("resource_conditions", resource.condition)),
    ]


def technical(resource: Resource) -> list[Fact]:
    """What the host must have ready."""
    return [
        Fact(_("Surface"), unit(resource.surface_m2, "m²")),
        Fact(_("Hauteur nécessaire"), metres(resource.height_cm)),
        Fact(_("Électricité"), term("power", resource.power)),
        Fact(_("Montage"), duration(resource.setup_minutes)),
        Fact(_("Démontage"), duration(resource.takedown_minutes)),
        Fact(_("Équipe de montage"), people(resource.setup_people)),
        Fact(_("Véhicule"), term("vehicles", resource.vehicle)),
        Fact(_("Volume emballé"), unit(resource.volume_m3, "m³")),
        Fact(_("Poids"), unit(resource.weight_kg, "kg")),
        Fact(_("Emballage"), crates(resource)),
    ]


def lending(resource: Resource) -> list[Fact]:
    """What a loan asks for, besides its fee."""
    low, high = resource.loan_days_min, resource.loan_days_max
    return [
        Fact(_("Durée du prêt"), between(low, high, days)),
        Fact(_("Valeur d’assurance"), format_cents(resource.insurance_value_cents)),
        Fact(_("Caution"), format_cents(resource.deposit_cents)),
    ]


def given(facts: list[Fact]) -> list[Fact]:
    """The facts that somebody has given."""
    return [fact for fact in facts if fact.value]
