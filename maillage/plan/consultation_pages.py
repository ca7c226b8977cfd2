"""What pages of a consultation show."""

from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from maillage.core import vocab
from maillage.plan.consultation_choices import Outcome
from maillage.plan.models import Consultation, Contribution
from maillage.plan.models.consultation import THEMES
from maillage.plan.services.consultations import figures_of, syntheses_of

TONES = {
    Outcome.KEPT: "good", Outcome.PARTLY: "proposed", Outcome.NOT_KEPT: "draft",
    Outcome.PENDING: "warn",
}  # fmt: skip


def row_of(contribution: Contribution) -> dict[str, Any]:
    return {
        "row": contribution,
        "theme": vocab.label(THEMES, contribution.theme),
        "tone": TONES[Outcome(contribution.outcome)],
    }


def figure_rows(figures: dict[str, int]) -> list[dict[str, Any]]:
    """The outcomes with their number and share of all."""
    return [
        {
            "label": one.label, "value": one.value, "tone": TONES[one],
            "number": figures[one.value],
            "percent": round(100 * figures[one.value] / figures["all"]) if figures["all"] else 0,
        }
        for one in (Outcome.KEPT, Outcome.PARTLY, Outcome.NOT_KEPT, Outcome.PENDING)
    ]  # fmt: skip


def consultation_context(consultation: Consultation) -> dict[str, Any]:
    """A consultation: its moments, who took part, syntheses, what became of it all."""
    rows = list(consultation.contributions.all().published())
    by_theme = dict.fromkeys(vocab.terms(THEMES), 0)
    for row in rows:
        by_theme[row.theme] = by_theme.get(row.theme, 0) + 1
    figures = figures_of(rows)
    return {
        "consultation": consultation,
        "sessions": consultation.sessions.prefetch_related("workshops"),
        "participants": consultation.participants.select_related("structure"),
        "figures": figures,
        "outcomes": figure_rows(figures),
        "syntheses": [
            {"row": row, "theme": vocab.label(THEMES, row.theme)}
            for row in syntheses_of(consultation)
        ],
        "themes": [
            {"slug": slug, "label": vocab.label(THEMES, slug), "number": number}
            for slug, number in by_theme.items()
            if number
        ],
    }


def facet(row: Contribution, name: str) -> str:
    """What a filter compares of a contribution."""
    if name == "axe":
        return row.axis.code if row.axis else ""
    return str(row.theme if name == "theme" else row.outcome)


def filtered(rows: Any, asked: Any) -> tuple[list[Contribution], list[dict[str, Any]]]:
    """Contributions as the address asks for them, and the choices with their address."""
    every = list(rows)
    found, groups = every, []
    chosen = {name: str(asked.get(name, "")) for name in ("theme", "suite", "axe")}
    axes = {row.axis.code: str(row.axis) for row in every if row.axis}
    titles = {"theme": _("Thème"), "suite": _("Suite donnée"), "axe": _("Axe du plan")}
    labels = {
        "theme": {term.slug: term.label for term in vocab.terms(THEMES).values()},
        "suite": {str(one): str(one.label) for one in Outcome},
        "axe": axes,
    }
    for name, title in titles.items():
        keys = sorted({facet(row, name) for row in every} - {""})
        if chosen[name] not in keys:
            chosen[name] = ""
        options = [
            {"key": key, "label": labels[name].get(key, key), "is_chosen": key == chosen[name]}
            for key in keys
        ]  # fmt: skip
        groups.append({"name": name, "title": title, "options": options})
        if chosen[name]:
            found = [row for row in found if facet(row, name) == chosen[name]]
    return found, groups


def query_of(groups: list[dict[str, Any]]) -> str:
    """The chosen filters as the end of an address."""
    pairs = [
        (group["name"], option["key"])
        for group in groups
        for option in group["options"]
        if option["is_chosen"]
    ]
    return urlencode(pairs)
