"""States that code branches on."""

from django.db import models
from django.utils.translation import gettext_lazy as _

#: The borrower of a fee that is for everyone; not a term of ``borrower_kinds``.
EVERYONE = "tous"


class AttachmentKind(models.TextChoices):
    PICTURE = "picture", _("image")
    DOCUMENT = "document", _("document")
