"""The columns of a file of figures."""

from django.utils.translation import gettext_lazy as _

from maillage.core.tables.columns import Column, simple
from maillage.observatory.choices import Status

NUMBER = Column("valeur", _("valeur"), "number")
#: Our own long table, that exports write too.
LONG: tuple[Column, ...] = (
    Column("code_territoire", _("code du territoire"), is_required=True,
           about=_("INSEE d’une commune, SIREN d’une intercommunalité, département, région."),
           synonyms=("codgeo", "code_insee", "code geo", "code")),
    Column("periode", _("période"), is_required=True, synonyms=("annee", "an"),
           about=_("2025, 2025-26, 2025-09 ou 2025-09-01 selon l’indicateur.")),
    Column("valeur", _("valeur"), "number", synonyms=("value",),
           about=_("Vide pour un rapport dont les deux termes sont donnés.")),
    Column("numerateur", _("numérateur"), "number"),
    Column("denominateur", _("dénominateur ou poids"), "number", low=0, synonyms=("poids",)),
    Column("unites", _("nombre d’unités"), "integer", low=0, high=10_000_000,
           about=_("Combien de structures sont derrière la valeur, pour le secret.")),
    Column("plus_grande", _("part de la plus grande unité"), "number", low=0, high=1,
           about=_("Entre 0 et 1.")),
    Column("statut", _("statut"), about=_("provisoire, définitif ou corrigé.")),
    Column("note", _("note")),
)  # fmt: skip
STATUS_WORDS: dict[str, Status] = {
    **{simple(status.value): status for status in Status},
    "provisoire": Status.PROVISIONAL,
    "p": Status.PROVISIONAL,
    "definitif": Status.FINAL,
    "definitive": Status.FINAL,
    "corrige": Status.CORRECTED,
}
