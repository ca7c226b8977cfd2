"""Seasons, and the scenarios that are computed, compared and published for them."""

import datetime as dt
from typing import Any, Self

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from maillage.circulation.choices import LockKind, ScenarioState, SeasonState
from maillage.circulation.models.copies import Copy
from maillage.circulation.models.requests import LoanRequest


class Season(models.Model):
    """The period that is planned together, ``[starts_on, ends_on)``."""

    name = models.CharField(_("nom"), max_length=80)
    slug = models.SlugField(_("adresse"), max_length=40, unique=True)
    starts_on = models.DateField(_("premier jour"))
    ends_on = models.DateField(_("fin (jour exclu)"))
    asks_until = models.DateField(_("demandes jusqu’au"))
    state = models.CharField(
        _("état"), max_length=10, choices=SeasonState, default=SeasonState.OPEN
    )
    loans_per_host = models.PositiveSmallIntegerField(
        _("prêts par lieu d’accueil au plus"),
        default=4,
        validators=[MinValueValidator(1)],
    )
    km_budget = models.PositiveIntegerField(
        _("kilomètres au plus"), null=True, blank=True
    )
    seed = models.PositiveIntegerField(
        _("graine publiée"),
        default=2026,
        help_text=_("Publiée d’avance : elle départage les égalités."),
    )

    class Meta:
        verbose_name = _("saison")
        ordering = ["-starts_on"]
        constraints = [
            models.CheckConstraint(
                name="season_lasts_a_day", condition=Q(ends_on__gt=F("starts_on"))
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("circulation:season_detail", args=[self.slug])

    @property
    def days(self) -> int:
        return (self.ends_on - self.starts_on).days

    def tick(self, day: dt.date) -> int:
        """Days from the first day of the season."""
        return (day - self.starts_on).days


class ScenarioQuerySet(models.QuerySet["Scenario"]):
    def visible_to(self, user: Any) -> Self:
        """Those who plan and those who read see all; the others what is published."""
        if user.is_authenticated and (user.is_agency or user.is_observer):
            return self
        return self.filter(state=ScenarioState.PUBLISHED)

    def editable_by(self, user: Any) -> Self:
        if user.is_authenticated and user.is_agency:
            return self.exclude(state=ScenarioState.PUBLISHED)
        return self.none()


class Scenario(models.Model):
    """One candidate plan of a season, with its weights and its result."""

    season = models.ForeignKey(Season, models.CASCADE, related_name="scenarios")
    name = models.CharField(_("nom"), max_length=120)
    based_on = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="variants",
        help_text=_("Le scénario dont celui-ci s’écarte le moins possible."),
    )  # fmt: skip
    weights = models.JSONField(
        _("poids"), default=dict,
        help_text="public, underserved, owners, hosts, income, km, stability: 0 to 100.",
    )  # fmt: skip
    what_if = models.JSONField(
        _("hypothèses"), default=dict,
        help_text="Broken copies, extra copies, km budget, loans per host.",
    )  # fmt: skip
    seed = models.PositiveIntegerField(_("graine"), default=2026)
    effort = models.PositiveSmallIntegerField(
        _("temps de calcul (secondes)"), default=60, validators=[MinValueValidator(1)]
    )
    state = models.CharField(
        _("état"), max_length=10, choices=ScenarioState, default=ScenarioState.DRAFT
    )
    stop_asked = models.BooleanField(default=False)
    run = models.CharField(
        max_length=32,
        blank=True,
        help_text="Drawn at each start: an old run is ignored.",
    )
    beat_at = models.DateTimeField(_("dernier signe du calcul"), null=True, blank=True)
    progress = models.JSONField(_("avancement"), default=dict)
    trace = models.JSONField(
        _("courbe"), default=list, help_text="[seconds, value, bound] as the run goes."
    )
    error = models.TextField(_("erreur"), blank=True)
    digest = models.CharField(_("empreinte des données"), max_length=64, blank=True)
    inputs = models.JSONField(
        _("données"), default=dict,
        help_text="What the score of each request is made of, as published.",
    )  # fmt: skip
    result = models.JSONField(
        _("résultat"),
        default=dict,
        help_text="Value, bound, gap, figures, shadow values.",
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(_("créé le"))
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    published_at = models.DateTimeField(_("publié le"), null=True, blank=True)

    objects = ScenarioQuerySet.as_manager()

    class Meta:
        verbose_name = _("scénario")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                name="scenario_is_published_once_a_season",
                fields=["season"],
                condition=Q(state=ScenarioState.PUBLISHED),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("circulation:scenario_detail", args=[self.season.slug, self.pk])


class PlannedLoan(models.Model):
    """A loan of a scenario: nothing is held before the scenario is published."""

    scenario = models.ForeignKey(Scenario, models.CASCADE, related_name="planned_loans")
    request = models.ForeignKey(LoanRequest, models.CASCADE, related_name="planned")
    copy = models.ForeignKey(Copy, models.CASCADE, related_name="planned")
    starts_on = models.DateField(_("début"))
    ends_on = models.DateField(_("fin (jour exclu)"))
    maintained_before = models.BooleanField(_("entretien juste avant"), default=False)
    worth = models.FloatField(_("valeur"), default=0)
    km = models.FloatField(_("kilomètres"), default=0)
    was_confirmed = models.BooleanField(_("déjà confirmé"), default=False)

    class Meta:
        verbose_name = _("prêt prévu")
        ordering = ["copy", "starts_on"]
        constraints = [
            models.UniqueConstraint(
                name="planned_once_in_a_scenario", fields=["scenario", "request"]
            ),
            models.CheckConstraint(
                name="planned_loan_lasts_a_day", condition=Q(ends_on__gt=F("starts_on"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.request_id} @ {self.copy_id}, {self.starts_on}"


class PlannedRefusal(models.Model):
    """A request that a scenario does not serve, why, and what could be done."""

    scenario = models.ForeignKey(Scenario, models.CASCADE, related_name="refusals")
    request = models.ForeignKey(LoanRequest, models.CASCADE, related_name="refusals")
    reason = models.CharField(_("motif"), max_length=12)
    rivals = models.JSONField(
        _("demandes qui passent avant"), default=list, help_text="Their primary keys."
    )
    alternative_copy = models.ForeignKey(
        Copy, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    alternative_starts_on = models.DateField(null=True, blank=True)
    alternative_shift_days = models.IntegerField(default=0)
    alternative_cost = models.FloatField(null=True, blank=True)

    class Meta:
        verbose_name = _("demande non servie")
        ordering = ["request"]
        constraints = [
            models.UniqueConstraint(
                name="refused_once_in_a_scenario", fields=["scenario", "request"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.request_id}: {self.reason}"


class Lock(models.Model):
    """A person's decision on one request, that the computation respects."""

    scenario = models.ForeignKey(Scenario, models.CASCADE, related_name="locks")
    request = models.ForeignKey(LoanRequest, models.CASCADE, related_name="locks")
    kind = models.CharField(_("décision"), max_length=8, choices=LockKind)
    copy = models.ForeignKey(
        Copy, models.CASCADE, null=True, blank=True, related_name="+"
    )
    starts_on = models.DateField(_("début"), null=True, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    made_at = models.DateTimeField()

    class Meta:
        verbose_name = _("décision")
        constraints = [
            models.UniqueConstraint(
                name="lock_is_one_a_request", fields=["scenario", "request"]
            ),
            models.CheckConstraint(
                name="placed_lock_says_where",
                condition=Q(kind=LockKind.REFUSED)
                | Q(copy__isnull=False, starts_on__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.request_id}: {self.kind}"
