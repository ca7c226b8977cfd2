"""States and kinds that actions of the plan branch on."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Status(models.TextChoices):
    """What the owner says of the action; the computed progress stands beside it."""

    PLANNED = "planned", _("prévue")
    UNDER_WAY = "under_way", _("en cours")
    DONE = "done", _("réalisée")
    SUSPENDED = "suspended", _("suspendue")
    ABANDONED = "abandoned", _("abandonnée")


class Scope(models.TextChoices):
    """What an action or a declination is about."""

    REGION = "region", _("toute la région")
    DEPARTMENT = "department", _("un département")
    EPCI = "epci", _("une intercommunalité")
    COMMUNE = "commune", _("une commune")
    ESTABLISHMENT = "establishment", _("un établissement")


#: Who makes a version of the plan of their own.
DECLINED = (Scope.DEPARTMENT, Scope.EPCI, Scope.ESTABLISHMENT)
#: The field that says which one, by scope.
SCOPE_FIELDS = {
    Scope.DEPARTMENT: "department",
    Scope.EPCI: "epci",
    Scope.COMMUNE: "commune",
    Scope.ESTABLISHMENT: "establishment",
}


class Why(models.TextChoices):
    """Why what is declared and what is known do not agree."""

    NO_EVIDENCE = "no_evidence", _("réalisée sans aucune preuve")
    OPEN_MILESTONES = "open_milestones", _("réalisée avec des jalons non faits")
    SILENT = "silent", _("en cours sans trace depuis six mois")
    LATE = "late", _("terminée au calendrier, pas dans les faits")
    LATE_START = "late_start", _("aurait dû commencer")
    LATE_MILESTONE = "late_milestone", _("un jalon est en retard")
    OVERSPENT = "overspent", _("plus dépensé que prévu")
    UNBALANCED = "unbalanced", _("le financement n’égale pas le coût")
