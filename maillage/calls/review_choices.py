"""States of reviews, envelopes, decisions and grants that code branches on."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class RoundState(models.TextChoices):
    """A phase of reading: readers see nothing of it before it opens."""

    PREPARING = "preparing", _("en préparation")
    OPEN = "open", _("ouverte")
    CLOSED = "closed", _("close")


class ReviewState(models.TextChoices):
    ASSIGNED = "assigned", _("à lire")
    DRAFT = "draft", _("commencée")
    SUBMITTED = "submitted", _("rendue")


class Opinion(models.TextChoices):
    """What a reader advises, beside the scores."""

    FOR = "for", _("favorable")
    RESERVED = "reserved", _("réservé")
    AGAINST = "against", _("défavorable")


class Weighing(models.TextChoices):
    """What the envelope tries to make the most of."""

    SCORE = "score", _("la note de chaque projet retenu")
    MONEY = "money", _("la note de chaque euro attribué")
    COUNT = "count", _("le nombre de projets retenus")


class PartKind(models.TextChoices):
    """What a minimum of the envelope counts."""

    DEPARTMENT = "department", _("département")
    RURAL = "rural", _("communes rurales")
    THEME = "theme", _("thème")


class Lock(models.IntegerChoices):
    """What people said of a line; the numbers are those of the kernel."""

    FREE = -1, _("au calcul")
    REFUSED = 0, _("non")
    GRANTED = 1, _("oui")


class Outcome(models.TextChoices):
    GRANTED = "granted", _("retenu")
    WAITING = "waiting", _("liste d’attente")
    DECLINED = "declined", _("non retenu")


class GrantState(models.TextChoices):
    ACTIVE = "active", _("en cours")
    CLOSED = "closed", _("soldée")
    CANCELLED = "cancelled", _("annulée")


class ProgrammeFamily(models.TextChoices):
    """Where money of others comes from."""

    CPER = "cper", _("contrat de plan État-Région")
    FEDER = "feder", _("FEDER")
    FSE = "fse", _("FSE+")
    HORIZON = "horizon", _("Horizon Europe")
    NATIONAL = "national", _("national")
    OTHER = "other", _("autre")
