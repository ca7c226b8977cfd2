"""States that code branches on."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class LogicLevel(models.TextChoices):
    """From why to what for: the rows of a logic frame, in order."""

    GOAL = "goal", _("objectif")
    ACTIVITY = "activity", _("activité")
    OUTPUT = "output", _("réalisation")
    OUTCOME = "outcome", _("résultat")
    IMPACT = "impact", _("impact")


class Gravity(models.IntegerChoices):
    LOW = 1, _("faible")
    MIDDLE = 2, _("moyenne")
    HIGH = 3, _("forte")


class Moment(models.TextChoices):
    BEFORE = "before", _("avant")
    AFTER = "after", _("après")


class Mode(models.TextChoices):
    WEB = "web", _("en ligne")
    PAPER = "paper", _("papier")


class Side(models.TextChoices):
    EXPENSE = "expense", _("dépense")
    INCOME = "income", _("recette")


class TaskState(models.TextChoices):
    TODO = "todo", _("à faire")
    DOING = "doing", _("en cours")
    DONE = "done", _("faite")


class AnswerState(models.TextChoices):
    WAITING = "waiting", _("en attente")
    ACCEPTED = "accepted", _("acceptée")
    DECLINED = "declined", _("déclinée")
    WITHDRAWN = "withdrawn", _("retirée")


class FileAudience(models.TextChoices):
    PARTNERS = "partners", _("les partenaires")
    PUBLIC = "public", _("tout le monde, sur la page publique")
