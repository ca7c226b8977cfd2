"""The improvement plan of a structure: what it decided to do, by whom, until when."""

import datetime as dt
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from maillage.directory.models import Structure
from maillage.studio.assessment_choices import ImprovementState
from maillage.studio.models.assessment import SelfAssessment
from maillage.studio.models.visits import PeerVisit, VisitPoint

OPEN = (ImprovementState.TODO, ImprovementState.DOING)


class ImprovementQuerySet(models.QuerySet["Improvement"]):
    def visible_to(self, user: Any) -> Self:
        """The team, the reviewers of the structure, the agency and observers."""
        if not user.is_authenticated:
            return self.none()
        if user.is_agency or user.is_observer:
            return self
        reviewed = PeerVisit.objects.all().reviewed_by(user)
        mine = Structure.objects.filter(memberships__user=user.pk)
        return self.filter(
            models.Q(structure__in=mine)
            | models.Q(structure__in=reviewed.values("assessment__structure"))
        )

    def editable_by(self, user: Any) -> Self:
        """Those of one's structures: a plan belongs to the team that carries it out."""
        if not user.is_authenticated:
            return self.none()
        mine = Structure.objects.filter(memberships__user=user.pk)
        return self.filter(structure__in=mine)

    def open(self) -> Self:
        return self.filter(state__in=OPEN)

    def late(self, today: dt.date) -> Self:
        return self.open().filter(due_on__lt=today)


class Improvement(models.Model):
    """One action; it answers a recommendation, a weak standard, or the team's own wish."""

    structure = models.ForeignKey(
        Structure,
        models.PROTECT,
        related_name="improvements",
        verbose_name=_("structure"),
    )
    label = models.CharField(_("ce que nous allons faire"), max_length=200)
    standard = models.SlugField(_("norme"), max_length=40, blank=True)
    assessment = models.ForeignKey(
        SelfAssessment,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="improvements",
    )
    point = models.ForeignKey(
        VisitPoint,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="improvements",
        verbose_name=_("recommandation"),
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="improvements",
        verbose_name=_("qui s’en charge"),
    )
    due_on = models.DateField(_("échéance"))
    state = models.CharField(
        _("état"),
        max_length=10,
        choices=ImprovementState,
        default=ImprovementState.TODO,
    )
    revision = models.PositiveIntegerField(_("révision"), default=0)
    created_at = models.DateTimeField(_("décidée le"))
    is_example = models.BooleanField(_("exemple"), default=False)

    objects = ImprovementQuerySet.as_manager()

    class Meta:
        verbose_name = _("action d’amélioration")
        verbose_name_plural = _("actions d’amélioration")
        ordering = ["due_on", "pk"]

    def __str__(self) -> str:
        return self.label

    def get_absolute_url(self) -> str:
        return reverse("studio:improvement_detail", args=[self.pk])

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    def is_late(self, today: dt.date) -> bool:
        return self.is_open and self.due_on < today


class ImprovementNote(models.Model):
    """What happened to an action; a change of state leaves one."""

    improvement = models.ForeignKey(Improvement, models.CASCADE, related_name="notes")
    text = models.TextField(_("note"), max_length=2000, blank=True)
    state = models.CharField(
        _("état"), max_length=10, choices=ImprovementState, blank=True
    )
    at = models.DateTimeField(_("le"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )

    class Meta:
        verbose_name = _("note de suivi")
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return self.text[:80] or self.get_state_display()


class StudioReminder(models.Model):
    """A mail that was written to a person about one subject: not twice the same."""

    key = models.CharField(max_length=80)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="studio_reminders"
    )
    sent_at = models.DateTimeField(_("envoyé le"))

    class Meta:
        verbose_name = _("rappel du studio")
        constraints = [
            models.UniqueConstraint(
                name="studio_reminder_is_one_per_subject", fields=["key", "user"]
            ),
        ]

    def __str__(self) -> str:
        return self.key
