"""States that code branches on."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class AttachmentKind(models.TextChoices):
    PICTURE = "picture", _("image")
    DOCUMENT = "document", _("document")
