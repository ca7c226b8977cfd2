"""States that code branches on."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class RunState(models.TextChoices):
    """Where an import stands; the two first are at work in the background."""

    CHECKING = "checking", _("vérification en cours")
    APPLYING = "applying", _("écriture en cours")
    CHECKED = "checked", _("vérifié, à appliquer")
    APPLIED = "applied", _("appliqué")
    FAILED = "failed", _("refusé")


AT_WORK = [RunState.CHECKING, RunState.APPLYING]
