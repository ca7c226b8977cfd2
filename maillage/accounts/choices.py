"""Roles that code branches on."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """What a person is for the whole site; their structures give them more."""

    MEMBER = "member", _("membre")
    OBSERVER = "observer", _("observateur (Région, État)")
    AGENCY = "agency", _("agence régionale")
    ADMINISTRATOR = "administrator", _("administrateur")
