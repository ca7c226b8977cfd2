"""The columns of the files of a wave: those asked, how it advances, weights."""

from django.utils.translation import gettext_lazy as _

from maillage.core.tables.columns import Column
from maillage.surveys.models import Unit
from maillage.surveys.services.progress import Count


def state_of(unit: Unit) -> str:
    return unit.response.get_state_display()


UNITS: tuple[Column, ...] = (
    Column("key", _("clé"), "text", value=lambda unit: unit.panel_key),
    Column("name", _("nom"), "text", "name"),
    Column("email", _("adresse e-mail"), "text", "email"),
    Column("kind", _("nature"), "text", "kind"),
    Column("commune", _("commune"), "text", "commune_id"),
    Column("department", _("département"), "text", "department_id"),
    Column("state", _("état"), "text", value=state_of),
    Column("mode", _("mode de saisie"), "text",
           value=lambda unit: unit.response.get_mode_display()),
    Column("invited_on", _("invité le"), "date",
           value=lambda unit: unit.invited_at and unit.invited_at.date()),
    Column("reminders", _("relances"), "integer", "reminders"),
    Column("bounced_on", _("courrier revenu le"), "date",
           value=lambda unit: unit.bounced_at and unit.bounced_at.date()),
    Column("phone", _("téléphone"), "text",
           value=lambda unit: unit.structure.phone if unit.structure else ""),
    Column("submitted_on", _("envoyée le"), "date",
           value=lambda unit: (
               unit.response.submitted_at and unit.response.submitted_at.date()
           )),
    Column("weight", _("poids de redressement"), "number",
           value=lambda unit: unit.weight),
    Column("note", _("note de l’agence"), "long",
           value=lambda unit: unit.response.note),
)  # fmt: skip


def percent(line: Count) -> float | None:
    return None if line.rate is None else round(100 * line.rate, 1)


ADVANCE: tuple[Column, ...] = (
    Column("code", _("code"), "text", "code"),
    Column("label", _("libellé"), "text", "label"),
    Column("asked", _("interrogés"), "integer", "asked"),
    Column("outside", _("hors du champ"), "integer", "outside"),
    Column("invited", _("invités"), "integer", "invited"),
    Column("bounced", _("courriers revenus"), "integer", "bounced"),
    Column("started", _("commencées"), "integer", "started"),
    Column("answered", _("envoyées"), "integer", "answered"),
    Column("declined", _("refus"), "integer", "declined"),
    Column("rate", _("taux de réponse (%)"), "number", value=percent),
)

CELLS: tuple[Column, ...] = (
    Column("name", _("cellule"), "text", "name"),
    Column("kinds", _("natures"), "terms", value=lambda cell: list(cell.kinds)),
    Column("departments", _("départements"), "terms",
           value=lambda cell: list(cell.departments)),
    Column("asked", _("interrogés"), "integer", "asked"),
    Column("answered", _("répondants"), "integer", "answered"),
    Column("weight_low", _("poids, au moins"), "number",
           value=lambda cell: round(cell.weight_low, 4)),
    Column("weight_high", _("poids, au plus"), "number",
           value=lambda cell: round(cell.weight_high, 4)),
)  # fmt: skip
