"""States and sorts that the code of surveys branches on."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class QuestionKind(TextChoices):
    """What a respondent gives; the XLSForm type is in ``xlsform``."""

    TEXT = "text", _("réponse courte")
    LONG_TEXT = "long_text", _("réponse longue")
    INTEGER = "integer", _("nombre entier")
    DECIMAL = "decimal", _("nombre à virgule")
    EUROS = "euros", _("montant en euros")
    YES_NO = "yes_no", _("oui ou non")
    ONE = "one", _("un choix")
    MANY = "many", _("plusieurs choix")
    SCALE = "scale", _("échelle")
    DATE = "date", _("date")
    EMAIL = "email", _("adresse e-mail")
    PHONE = "phone", _("téléphone")
    URL = "url", _("adresse web")
    COMMUNE = "commune", _("commune")
    NOTE = "note", _("texte à lire")
    CALCULATE = "calculate", _("calcul")


class PartKind(TextChoices):
    """What holds questions."""

    SECTION = "section", _("section")
    REPEAT = "repeat", _("groupe répété")


class VersionState(TextChoices):
    DRAFT = "draft", _("brouillon")
    FROZEN = "frozen", _("figée")


class WaveState(TextChoices):
    PREPARING = "preparing", _("en préparation")
    OPEN = "open", _("ouverte")
    CLOSED = "closed", _("close")
    PUBLISHED = "published", _("résultats publiés")


class ReleaseState(TextChoices):
    """How far the computation of results is; published or not is another matter."""

    WAITING = "waiting", _("en attente")
    RUNNING = "running", _("calcul en cours")
    DONE = "done", _("calculés")
    BROKEN = "broken", _("calcul interrompu")


class UnitSource(TextChoices):
    DIRECTORY = "directory", _("annuaire")
    LIST = "list", _("liste extérieure")


class ResponseState(TextChoices):
    WAITING = "waiting", _("pas commencée")
    STARTED = "started", _("commencée")
    SUBMITTED = "submitted", _("envoyée")
    ACCEPTED = "accepted", _("acceptée")
    DECLINED = "declined", _("refus de répondre")
    OUTSIDE = "outside", _("hors du champ")


class EntryMode(TextChoices):
    WEB = "web", _("en ligne")
    PAPER = "paper", _("sur papier")
    PHONE = "phone", _("par téléphone")


class UpdateState(TextChoices):
    ASKED = "asked", _("à décider")
    CONSENTED = "consented", _("accepté par la structure")
    REFUSED = "refused", _("refusé par la structure")
    APPLIED = "applied", _("reporté dans l’annuaire")
