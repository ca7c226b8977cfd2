"""The report of a wave on paper: the same cells as the page, with their drawings."""

import datetime as dt
from pathlib import Path
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import get_language, gettext as _

from maillage.core.charts import Chart, svg_text
from maillage.core.context import region
from maillage.core.dates import day_words
from maillage.core.pdf import set_pages
from maillage.surveys import results_pages as pages
from maillage.surveys.results import blocks
from maillage.surveys.results.shown import Results
from maillage.surveys.results.tables import DEPARTMENT, KIND

TEMPLATE = Path(__file__).parent / "pdf" / "results.typ"


def report_pdf(results: Results, *, today: dt.date) -> bytes:
    return set_pages(TEMPLATE, data=words_of(results, today=today))


def words_of(results: Results, *, today: dt.date) -> dict[str, Any]:
    wave, group = results.wave, results.everybody
    detail = pages.detail(results, group)
    facts = [
        [_("Interrogées"), blocks.cell_text(detail["asked"])],
        [_("Réponses"), blocks.cell_text(detail["answered"])],
        [_("Taux de réponse"), blocks.cell_text(detail["rate"], unit="%")],
    ]
    return {
        "lang": (get_language() or "fr")[:2],
        "site": region()["site_name"],
        "title": _("%s : les résultats") % wave.name,
        "subject": wave.version.questionnaire.name,
        "example": _("Exemple : ces réponses sont inventées, ne les citez pas.")
        if wave.is_example
        else "",
        "facts": facts,
        "who": _("Qui a répondu"),
        "turnout": [
            turnout_words(results, by, chart) for by, _lines, chart in detail["turnout"]
        ],
        "key": _("Ce qu’il faut retenir"),
        "findings": [[f.text, f.variable.label] for f in detail["findings"]],
        "parts": [
            {"title": part.label, "blocks": [block_words(one) for one in part.blocks]}
            for part in detail["parts"]
        ],
        "by_kind": [
            _("Selon la nature"), *grids(results, KIND)
        ],
        "by_department": [
            _("Selon le département"), *grids(results, DEPARTMENT)
        ],
        "method": _("Comment ces chiffres sont faits"),
        "method_lines": method(results),
        "url": settings.SITE_URL + reverse("surveys:result_detail", args=[wave.slug]),
        "printed": _("Imprimé le %(day)s") % {"day": day_words(today, "j F Y")},
    }  # fmt: skip


def method(results: Results) -> list[str]:
    wave, release = results.wave, results.release
    return [
        _(
            "Population : structures interrogées, sans celles qui sont hors du champ. "
            "Édition ouverte du %(start)s au %(end)s ; les réponses portent sur %(year)s."
        )
        % {
            "start": day_words(wave.opens_on, "j F Y"),
            "end": day_words(wave.closes_on, "j F Y"),
            "year": wave.year,
        },
        _(
            "Poids : chaque réponse compte pour les structures de même nature et du même "
            "département qui n’ont pas répondu. La base est le nombre de réponses."
        ),
        _(
            "Secret statistique : une case de moins de %d réponses, ou qu’une seule "
            "domine, n’est pas publiée, ni celles qui permettraient de la calculer."
        )
        % settings.SECRECY_MINIMUM,
        _("Publié le %(day)s. Source : %(name)s, %(questionnaire)s.")
        % {
            "day": day_words(release.published_at or release.made_at, "j F Y"),
            "name": wave.name,
            "questionnaire": wave.version.questionnaire.name,
        },
    ]


def turnout_words(results: Results, by: str, chart: Chart) -> dict[str, Any]:
    return {
        "title": chart.title,
        "columns": list(chart.table.columns),
        "rows": [list(row) for row in chart.table.rows],
    }


def block_words(one: blocks.Block) -> dict[str, Any]:
    return {
        "label": one.variable.label,
        "finding": one.finding.text,
        "svg": "" if one.chart.is_empty else svg_text(one.chart),
        "alt": one.chart.desc,
        "columns": list(one.chart.table.columns),
        "rows": [list(row) for row in one.chart.table.rows],
        "base": " ".join([one.base, *one.notes]),
    }


def grids(results: Results, by: str) -> list[dict[str, Any]]:
    """Each question by group; those with many answers would not fit a page."""
    found = []
    for variable in results.variables.values():
        if not variable.options or len(variable.options) > 9:
            continue
        grid = blocks.grid_by(results, variable, by)
        rows = [
            [line.label, *(blocks.cell_text(cell) for cell in line.percents)]
            for line in grid.lines
        ]
        found.append(
            {"title": grid.title, "columns": [grid.head, *grid.columns], "rows": rows}
        )
    return found
