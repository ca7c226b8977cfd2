"""States of self-assessments, peer visits and improvement plans."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class GridLevel(models.IntegerChoices):
    """How far a standard holds, in the words of the grid."""

    TO_BUILD = 1, _("à construire")
    ON_THE_WAY = 2, _("en chemin")
    IN_PLACE = 3, _("installé")
    EXEMPLARY = 4, _("exemplaire")


class VisitState(models.TextChoices):
    """From the wish for a visit to its report."""

    ASKED = "asked", _("demandée par la structure")
    PROPOSED = "proposed", _("proposée par l’agence")
    PLANNED = "planned", _("en préparation")
    CHECK = "check", _("vérification des faits")
    FINAL = "final", _("rapport définitif")
    DECLINED = "declined", _("déclinée")
    CANCELLED = "cancelled", _("annulée")


class PeerState(models.TextChoices):
    INVITED = "invited", _("invité")
    ACCEPTED = "accepted", _("accepte")
    DECLINED = "declined", _("ne peut pas")


class PointKind(models.TextChoices):
    COMMENDATION = "commendation", _("point fort")
    RECOMMENDATION = "recommendation", _("recommandation")


class FollowOutcome(models.TextChoices):
    """What a follow-up visit found of a recommendation."""

    DONE = "done", _("suivie")
    UNDER_WAY = "under_way", _("en cours")
    NOT_YET = "not_yet", _("pas commencée")
    GIVEN_UP = "given_up", _("plus d’actualité")


class ImprovementState(models.TextChoices):
    TODO = "todo", _("à faire")
    DOING = "doing", _("en cours")
    DONE = "done", _("faite")
    DROPPED = "dropped", _("abandonnée")
