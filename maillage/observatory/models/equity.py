"""Scenarios that would change the access of communes to science culture."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from maillage.observatory.choices import ScenarioState


class SitingScenarioQuerySet(models.QuerySet["SitingScenario"]):
    def visible_to(self, user: Any) -> Self:
        if user.is_authenticated and (user.is_agency or user.is_observer):
            return self
        return self.none()

    def editable_by(self, user: Any) -> Self:
        if user.is_authenticated and user.is_agency:
            return self
        return self.none()

    def decided(self) -> Self:
        """Those that were kept or dropped, the last decision first."""
        return self.exclude(state=ScenarioState.DRAFT).order_by("-decided_at", "-pk")


class SitingScenario(models.Model):
    """What would change if a place, a depot or a stop were added, moved or closed.

    ``changes`` is a list of ``{"act": "add" | "move" | "close", "site", "lon", "lat",
    "capacity", "name"}`` on the supply of ``choice``.
    """

    name = models.CharField(_("nom"), max_length=120)
    question = models.TextField(_("question posée"), blank=True)
    choice = models.JSONField(_("choix"))
    changes = models.JSONField(_("changements"), default=list)
    results = models.JSONField(_("résultats"), default=dict)
    state = models.CharField(
        _("état"), max_length=8, choices=ScenarioState, default=ScenarioState.DRAFT
    )
    reasons = models.TextField(_("raisons du choix"), blank=True)
    revision = models.PositiveIntegerField(_("révision"), default=1)
    made_at = models.DateTimeField(_("créé le"))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(_("décidé le"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )

    objects = SitingScenarioQuerySet.as_manager()

    class Meta:
        verbose_name = _("scénario d’implantation")
        ordering = ["-made_at"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("observatory:siting_detail", args=[self.pk])
