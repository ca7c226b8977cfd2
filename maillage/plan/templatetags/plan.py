"""``{% plan_tabs here %}``: the pages of the plan that this site has."""

from typing import Any

from django import template
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from maillage.plan.evidence import kinds

register = template.Library()


@register.filter
def evidence_kind(kind: str) -> str:
    """« événement », « prêt », « document »: what sort of row an evidence is."""
    known = kinds().get(kind)
    return str(known.label) if known else _("document")


@register.simple_tag
def plan_tabs(here: str) -> list[dict[str, Any]]:
    """Ways between the pages of the plan; ``here`` is the name of the address."""
    tabs = (
        ("home", _("Le plan")),
        ("action_list", _("Actions")),
        ("board", _("Tableau de bord")),
        ("declination_list", _("Déclinaisons")),
        ("committee", _("Comité")),
        ("consultation", _("Concertation")),
    )
    found = []
    for name, label in tabs:
        try:
            url = reverse(f"plan:{name}")
        except NoReverseMatch:
            continue
        found.append({"label": label, "url": url, "is_here": name == here})
    return found
