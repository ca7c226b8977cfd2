"""States that code branches on."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class State(models.TextChoices):
    """Where a published thing stands; the one path of moderation."""

    DRAFT = "draft", _("brouillon")
    PROPOSED = "proposed", _("proposé")
    PUBLISHED = "published", _("publié")
    ARCHIVED = "archived", _("archivé")


class ProposalKind(models.TextChoices):
    NEW = "new", _("nouvelle fiche")
    EDIT = "edit", _("modification")


class ProposalState(models.TextChoices):
    WAITING = "waiting", _("en attente")
    CHANGES_ASKED = "changes_asked", _("à compléter")
    ACCEPTED = "accepted", _("acceptée")
    REFUSED = "refused", _("refusée")
    WITHDRAWN = "withdrawn", _("retirée")


OPEN_PROPOSALS = [ProposalState.WAITING, ProposalState.CHANGES_ASKED]
