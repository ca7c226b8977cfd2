"""Proposals of the committee under a budget, line by line."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from maillage.calls.models.applications import Application
from maillage.calls.models.calls import Call
from maillage.calls.review_choices import Lock, PartKind, Weighing


class EnvelopePlan(models.Model):
    """What could be granted of a call; once kept, it is never written again.

    ``result`` holds what was computed last: value, bound, spent, costs of constraints.
    """

    call = models.ForeignKey(Call, models.CASCADE, related_name="envelopes")
    name = models.CharField(_("nom"), max_length=80)
    budget_cents = models.PositiveBigIntegerField(_("budget"))
    weighing = models.CharField(
        _("chercher à augmenter"),
        max_length=10,
        choices=Weighing,
        default=Weighing.SCORE,
    )
    #: The raw mean instead of the mean corrected for severity.
    uses_raw = models.BooleanField(_("compter les notes brutes"), default=False)
    #: Below this mean score, as a percentage of the maximum, nothing is proposed.
    least_percent = models.PositiveSmallIntegerField(
        _("note minimale (% du maximum)"), default=0
    )
    result = models.JSONField(_("résultat"), default=dict, blank=True)
    revision = models.PositiveIntegerField(_("révision"), default=0)
    is_kept = models.BooleanField(_("retenu par le comité"), default=False)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
    )
    changed_at = models.DateTimeField(_("modifié le"))

    class Meta:
        verbose_name = _("proposition du comité")
        ordering = ["-changed_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="envelope_plan_kept_is_one",
                fields=["call"],
                condition=Q(is_kept=True),
            ),
            models.CheckConstraint(
                name="envelope_plan_percent_is_a_share",
                condition=Q(least_percent__lte=100),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("calls:envelope_detail", args=[self.pk])


class EnvelopeMinimum(models.Model):
    """A share of the budget for a part of the applications."""

    plan = models.ForeignKey(EnvelopePlan, models.CASCADE, related_name="minimums")
    kind = models.CharField(_("pour"), max_length=12, choices=PartKind)
    #: Code of a department, slug of a theme; empty for rural communes.
    code = models.CharField(_("lequel"), max_length=60, blank=True)
    percent = models.PositiveSmallIntegerField(_("part du budget (%)"))

    class Meta:
        verbose_name = _("part minimale")
        ordering = ["kind", "code", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="envelope_minimum_is_one_a_part", fields=["plan", "kind", "code"]
            ),
            models.CheckConstraint(
                name="envelope_minimum_is_a_share",
                condition=Q(percent__gte=1, percent__lte=100),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.code}: {self.percent} %"


class EnvelopeLine(models.Model):
    """One application of a proposal: what it would get, and who said so."""

    plan = models.ForeignKey(EnvelopePlan, models.CASCADE, related_name="lines")
    application = models.ForeignKey(
        Application, models.PROTECT, related_name="envelope_lines"
    )
    cents = models.PositiveBigIntegerField(_("montant proposé"))
    lock = models.SmallIntegerField(_("décidé"), choices=Lock, default=Lock.FREE)
    is_granted = models.BooleanField(_("retenu"), default=False)
    note = models.CharField(_("motif"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("ligne de la proposition")
        ordering = ["application__title", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="envelope_line_is_one", fields=["plan", "application"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application}: {self.cents}"
