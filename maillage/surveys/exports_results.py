"""The columns of published results, in files and in open data: one cell a line."""

from django.utils.translation import gettext_lazy as _

from maillage.core.disclosure import figure_columns
from maillage.core.tables.columns import Column

MEASURES = (
    ("share", _("part des réponses")),
    ("mean", _("moyenne")),
    ("total", _("total")),
)


def dimension_of(cell: object) -> str:
    return str(getattr(cell, "dimension", ""))


VALUE, STATUS = figure_columns(
    "weighted_value", _("valeur pondérée"), of=lambda cell: cell.value
)

RESULTS: tuple[Column, ...] = (
    Column("question", _("code de la question"), is_required=True,
           value=lambda cell: cell.variable.code, example="menee_annee"),
    Column("question_label", _("question"), value=lambda cell: cell.variable.label),
    Column("measure", _("mesure"), "choice", choices=MEASURES,
           value=lambda cell: cell.measure, is_required=True),
    Column("option", _("code de la réponse"), value=lambda cell: cell.option,
           about=_("vide pour une moyenne ou un total")),
    Column("option_label", _("réponse"), value=lambda cell: cell.option_label),
    Column("dimension", _("dimension"), value=lambda cell: cell.dimension,
           is_required=True, example="kind",
           about=_("all : ensemble ; kind : nature ; department : département ; "
                   "question:code : réponses à une autre question")),
    Column("code", _("code du groupe"), value=lambda cell: cell.code,
           about=_("vide pour l’ensemble"), example="museum"),
    Column("code_label", _("groupe"), value=lambda cell: cell.code_label),
    Column("weighted_value", _("valeur pondérée"), "number", value=VALUE.value,
           about=_("structures estimées pour une part, sinon la moyenne ou le total ; "
                   "vide quand le statut est hidden")),
    Column("share", _("part"), "number",
           value=lambda cell: cell.share.value if cell.share else None,
           about=_("de 0 à 1, parmi ceux du groupe qui ont répondu à la question")),
    Column("base", _("base (réponses)"), "integer",
           value=lambda cell: cell.base.units,
           about=_("nombre de réponses, non pondéré ; vide s’il est secret")),
    Column("status", _("statut"), "choice", choices=STATUS.choices,
           value=STATUS.value, is_required=True),
)  # fmt: skip
