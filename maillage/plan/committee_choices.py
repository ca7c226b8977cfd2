"""States and kinds of the committee that code branches on."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class MandateState(models.TextChoices):
    """Where a mandate stands; a mandate is never deleted."""

    PROPOSED = "proposed", _("nomination proposée")
    REFUSED = "refused", _("nomination refusée")
    WITHDRAWN = "withdrawn", _("nomination retirée")
    SEATED = "seated", _("en cours")
    RESIGNED = "resigned", _("démission")
    REPLACED = "replaced", _("remplacé")
    ENDED = "ended", _("terme échu")


#: Mandates that were held, until the day they ended.
HELD = [
    MandateState.SEATED,
    MandateState.RESIGNED,
    MandateState.REPLACED,
    MandateState.ENDED,
]


class Side(models.TextChoices):
    """Who validates a nomination; both must."""

    STATE = "state", _("État")
    REGION = "region", _("Région")


class MeetingState(models.TextChoices):
    PLANNED = "planned", _("en préparation")
    CONVENED = "convened", _("convoquée")
    HELD = "held", _("tenue")
    CANCELLED = "cancelled", _("annulée")


class Audience(models.TextChoices):
    """Who reads a document of the committee."""

    PUBLIC = "public", _("tout le monde, une fois la séance publiée")
    MEMBERS = "members", _("les membres du comité, l’État et la Région")
    AGENCY = "agency", _("l’agence")


class Presence(models.TextChoices):
    PRESENT = "present", _("présent")
    EXCUSED = "excused", _("excusé")
    ABSENT = "absent", _("absent")
    PROXY = "proxy", _("représenté")


class Rule(models.TextChoices):
    """How many votes adopt; abstentions do not count."""

    SIMPLE = "simple", _("majorité simple : plus de pour que de contre")
    TWO_THIRDS = "two_thirds", _("deux tiers des pour et des contre")


class Choice(models.TextChoices):
    FOR = "for", _("pour")
    AGAINST = "against", _("contre")
    ABSTAINED = "abstained", _("abstention")
    APART = "apart", _("ne prend pas part")


class DecisionState(models.TextChoices):
    OPEN = "open", _("à faire")
    DONE = "done", _("faite")
    DROPPED = "dropped", _("abandonnée")
