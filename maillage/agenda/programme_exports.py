"""The columns of the programme, of the list of programmes and of the report."""

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from maillage.core.tables.columns import Column

MOMENT_COLUMNS = (
    Column("day", _("jour"), "date", value=lambda m: m.day),
    Column("hours", _("heures"), value=lambda m: m.hours),
    Column("event", _("événement"), value=lambda m: m.event.name),
    Column("kind", _("nature"), value=lambda m: m.event.category_label),
    Column("place", _("lieu"), value=lambda m: m.where),
    Column("commune", _("commune"), value=lambda m: m.commune),
    Column("department", _("département"), value=lambda m: m.area),
    Column("organiser", _("organisateur"), value=lambda m: m.event.owner.name),
    Column("facts", _("pratique"), value=lambda m: ", ".join(m.facts)),
    Column("state", _("état"), value=lambda m: state(m)),
    Column("summary", _("résumé"), "long", value=lambda m: m.event.summary),
    Column(
        "url", _("page"), "url",
        value=lambda m: settings.SITE_URL + m.event.get_absolute_url(),
    ),
)  # fmt: skip


def state(moment: object) -> str:
    if getattr(moment, "is_cancelled", False):
        return str(_("annulé"))
    return str(_("complet")) if getattr(moment, "is_full", False) else ""


REPORT_COLUMNS = (
    Column("department", _("département"), value=lambda line: line.code),
    Column("name", _("nom"), value=lambda line: line.name),
    Column("events", _("événements"), "integer", value=lambda line: line.events),
    Column("communes", _("communes"), "integer", value=lambda line: line.communes),
    Column("organisers", _("porteurs"), "integer", value=lambda line: line.organisers),
    Column("declared", _("événements dont la fréquentation est connue"), "integer", value=lambda line: line.declared),
    Column("visits", _("public accueilli"), "integer", value=lambda line: line.visits.value),
    Column("visits_status", _("statut de la colonne précédente"), value=lambda line: status(line.visits)),
    Column("schools", _("dont scolaires"), "integer", value=lambda line: line.schools.value),
    Column("schools_status", _("statut de la colonne précédente"), value=lambda line: status(line.schools)),
)  # fmt: skip


def status(amount: object) -> str:
    if getattr(amount, "is_secret", False):
        return str(_("secret statistique"))
    return str(_("publié")) if getattr(amount, "value", None) is not None else ""
