"""States that code branches on."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class MemberRole(models.TextChoices):
    EDITOR = "editor", _("contributeur")
    MANAGER = "manager", _("responsable")


class ClaimState(models.TextChoices):
    WAITING = "waiting", _("en attente")
    ACCEPTED = "accepted", _("acceptée")
    REFUSED = "refused", _("refusée")


class PositionQuality(models.TextChoices):
    """How well a place is known on the map."""

    EXACT = "exact", _("à l’entrée")
    ADDRESS = "address", _("à l’adresse")
    STREET = "street", _("à la rue")
    COMMUNE = "commune", _("à la commune")
