"""States and kinds that code branches on."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class CallState(models.TextChoices):
    """What the agency has decided of a call; whether it is open is a matter of hours."""

    DRAFT = "draft", _("brouillon")
    PUBLISHED = "published", _("publié")
    CANCELLED = "cancelled", _("annulé")


class CallPhase(models.TextChoices):
    """Where a published call stands at an instant."""

    COMING = "coming", _("à venir")
    OPEN = "open", _("ouvert")
    CLOSED = "closed", _("clos")


class ApplicationState(models.TextChoices):
    """The path of an application, from its first word to the decision."""

    DRAFT = "draft", _("brouillon")
    SUBMITTED = "submitted", _("déposée")
    REVISION = "revision", _("complément demandé")
    ELIGIBLE = "eligible", _("recevable")
    INELIGIBLE = "ineligible", _("non recevable")
    WITHDRAWN = "withdrawn", _("retirée")
    GRANTED = "granted", _("retenue")
    DECLINED = "declined", _("non retenue")


#: States in which nobody but its authors has anything to read.
PRIVATE = (ApplicationState.DRAFT,)
#: States in which its authors may still write.
WRITABLE = (ApplicationState.DRAFT, ApplicationState.REVISION)
#: States from which its authors may still withdraw.
WITHDRAWABLE = (
    ApplicationState.DRAFT,
    ApplicationState.SUBMITTED,
    ApplicationState.REVISION,
    ApplicationState.ELIGIBLE,
)
#: States that the agency's check may change.
CHECKABLE = (
    ApplicationState.SUBMITTED,
    ApplicationState.ELIGIBLE,
    ApplicationState.INELIGIBLE,
)


class QuestionKind(models.TextChoices):
    """What an answer is made of."""

    LINE = "line", _("texte court")
    TEXT = "text", _("texte long")
    CHOICE = "choice", _("un choix")
    CHOICES = "choices", _("plusieurs choix")
    YES_NO = "yes_no", _("oui ou non")
    AGREE = "agree", _("case d’engagement à cocher")
    NUMBER = "number", _("nombre")
    AMOUNT = "amount", _("montant en euros")
    DAY = "day", _("date")
    EMAIL = "email", _("adresse e-mail")
    PHONE = "phone", _("téléphone")
    WEB = "web", _("adresse web")
    SIRET = "siret", _("SIRET")
    RNA = "rna", _("numéro RNA d’association")
    UAI = "uai", _("numéro UAI d’établissement")
    COMMUNE = "commune", _("commune")
    DEPARTMENTS = "departments", _("départements")
    THEMES = "themes", _("thèmes")
    BUDGET = "budget", _("budget : dépenses et recettes")
    PARTNERS = "partners", _("partenaires")
    FILE = "file", _("fichier PDF ou image")


#: Kinds whose question lists what may be chosen.
WITH_OPTIONS = (QuestionKind.CHOICE, QuestionKind.CHOICES)
#: Kinds on whose answer another question may depend.
BRANCHING = (QuestionKind.CHOICE, QuestionKind.CHOICES, QuestionKind.YES_NO)


class Role(models.TextChoices):
    """What the platform itself reads in the answer of a question."""

    NONE = "", _("rien de particulier")
    TITLE = "title", _("titre du projet")
    SUMMARY = "summary", _("résumé du projet")
    REQUESTED = "requested", _("montant demandé")
    COMMUNE = "commune", _("commune du projet")
    DEPARTMENTS = "departments", _("départements concernés")
    THEMES = "themes", _("thèmes du projet")
    BUDGET = "budget", _("budget du projet")
    PARTNERS = "partners", _("partenaires du projet")
    SIRET = "siret", _("SIRET de la structure")


#: The kinds that may hold what a role reads.
ROLE_KINDS: dict[str, tuple[QuestionKind, ...]] = {
    Role.TITLE: (QuestionKind.LINE,),
    Role.SUMMARY: (QuestionKind.TEXT,),
    Role.REQUESTED: (QuestionKind.AMOUNT,),
    Role.COMMUNE: (QuestionKind.COMMUNE,),
    Role.DEPARTMENTS: (QuestionKind.DEPARTMENTS,),
    Role.THEMES: (QuestionKind.THEMES,),
    Role.BUDGET: (QuestionKind.BUDGET,),
    Role.PARTNERS: (QuestionKind.PARTNERS,),
    Role.SIRET: (QuestionKind.SIRET,),
}
