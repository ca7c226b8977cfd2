"""What the parts of a plan are called; code branches on them."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class NodeKind(models.TextChoices):
    CHAPTER = "chapter", _("chapitre")
    AXIS = "axis", _("axe")
    GOAL = "goal", _("objectif")
    STRAND = "strand", _("volet")
    AIM = "aim", _("orientation")
    GROUP = "group", _("famille de pistes")
    LEAD = "lead", _("piste de travail")
    SECTION = "section", _("section")
    DUTY = "duty", _("mission")


#: What people do something about: actions hang under these.
WORKABLE = (NodeKind.LEAD, NodeKind.AIM, NodeKind.DUTY)
#: What a plan is cut into at the top.
TOP = (NodeKind.AXIS, NodeKind.CHAPTER)
