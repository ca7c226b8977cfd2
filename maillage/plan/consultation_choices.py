"""States of a consultation that code branches on."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ContributionState(models.TextChoices):
    WAITING = "waiting", _("à relire")
    PUBLISHED = "published", _("publiée")
    REFUSED = "refused", _("non publiée")


class Outcome(models.TextChoices):
    """What became of a contribution in the plan."""

    PENDING = "pending", _("à l’étude")
    KEPT = "kept", _("retenue")
    PARTLY = "partly", _("retenue en partie")
    NOT_KEPT = "not_kept", _("non retenue")


IN_PLAN = [Outcome.KEPT, Outcome.PARTLY]
