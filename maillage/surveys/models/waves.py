"""Waves of a survey, and those who are asked."""

import datetime as dt
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from maillage.core.fields import TermField
from maillage.surveys.choices import UnitSource, WaveState
from maillage.surveys.models.questionnaires import Version


class WaveQuerySet(models.QuerySet["Wave"]):
    def visible_to(self, user: Any) -> Self:
        """All for those who read what the agency reads; else what is published."""
        if user.is_authenticated and (user.is_agency or user.is_observer):
            return self
        return self.filter(state=WaveState.PUBLISHED)

    def editable_by(self, user: Any) -> Self:
        if user.is_authenticated and user.is_agency:
            return self
        return self.none()

    def answerable(self, *, today: dt.date) -> Self:
        return self.filter(
            state=WaveState.OPEN, opens_on__lte=today, closes_on__gte=today
        )


class Wave(models.Model):
    """One edition of a survey: a version, a population, dates."""

    version = models.ForeignKey(Version, models.PROTECT, related_name="waves")
    name = models.CharField(_("nom"), max_length=160)
    slug = models.SlugField(_("adresse"), max_length=80, unique=True)
    year = models.PositiveSmallIntegerField(
        _("année"), help_text=_("Celle sur laquelle portent les réponses.")
    )
    opens_on = models.DateField(_("ouverture"))
    closes_on = models.DateField(_("dernier jour pour répondre"))
    state = models.CharField(
        _("état"), max_length=10, choices=WaveState, default=WaveState.PREPARING
    )
    invitation = models.TextField(_("texte de l’invitation"), blank=True)
    reminder = models.TextField(_("texte de la relance"), blank=True)
    remind_days_before = models.PositiveSmallIntegerField(
        _("relancer d’office (jours avant la clôture)"),
        null=True,
        blank=True,
        help_text=_("Vide : aucune relance ne part sans l’agence."),
    )
    reminded_on = models.DateField(_("relance d’office partie le"), null=True)
    created_at = models.DateTimeField(_("créée le"))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    opened_at = models.DateTimeField(_("ouverte le"), null=True, blank=True)
    closed_at = models.DateTimeField(_("close le"), null=True, blank=True)
    #: Addresses and links of those asked were erased.
    forgotten_at = models.DateTimeField(_("adresses effacées le"), null=True)
    #: A wave that was run before the platform: its answers were imported, or only facts.
    is_example = models.BooleanField(_("exemple"), default=False)

    objects = WaveQuerySet.as_manager()

    class Meta:
        verbose_name = _("édition")
        verbose_name_plural = _("éditions")
        ordering = ["-year", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="wave_closes_after_it_opens",
                condition=Q(closes_on__gte=F("opens_on")),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("surveys:wave_detail", args=[self.slug])

    def takes_answers(self, *, today: dt.date) -> bool:
        in_time = self.opens_on <= today <= self.closes_on
        return self.state == WaveState.OPEN and in_time


class UnitQuerySet(models.QuerySet["Unit"]):
    def visible_to(self, user: Any) -> Self:
        if user.is_authenticated and (user.is_agency or user.is_observer):
            return self
        return self.none()

    def spoken_for_by(self, user: Any) -> Self:
        """Those for whom this person may answer: the members of the structure."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(structure__memberships__user=user)


class Unit(models.Model):
    """One who is asked in a wave: a structure of the directory, or of another list.

    ``panel_key`` is the same for the same respondent in every wave; ``kind`` and
    ``department`` are those of the day on which the population was drawn.
    """

    wave = models.ForeignKey(Wave, models.CASCADE, related_name="units")
    source = models.CharField(_("origine"), max_length=10, choices=UnitSource)
    structure = models.ForeignKey(
        "directory.Structure",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="survey_units",
    )
    panel_key = models.CharField(_("clé du panel"), max_length=100)
    name = models.CharField(_("nom"), max_length=200)
    email = models.EmailField(_("adresse e-mail"), blank=True)
    kind = TermField(_("nature"), vocabulary="structure_kinds", blank=True)
    commune = models.ForeignKey(
        "territories.Commune", models.PROTECT, null=True, blank=True, related_name="+"
    )
    department = models.ForeignKey(
        "territories.Department",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    token = models.CharField(_("clé du lien"), max_length=64, unique=True)
    invited_at = models.DateTimeField(_("invité le"), null=True, blank=True)
    reminded_at = models.DateTimeField(_("relancé le"), null=True, blank=True)
    reminders = models.PositiveSmallIntegerField(_("relances"), default=0)
    #: A letter came back: nothing more is sent to this address.
    bounced_at = models.DateTimeField(_("courrier revenu le"), null=True, blank=True)
    bounced_why = models.CharField(
        _("pourquoi il est revenu"), max_length=200, blank=True
    )
    weight = models.FloatField(_("poids de redressement"), null=True, blank=True)

    objects = UnitQuerySet.as_manager()

    class Meta:
        verbose_name = _("enquêté")
        ordering = ["wave", "name", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="unit_is_asked_once_a_wave", fields=["wave", "panel_key"]
            ),
            models.CheckConstraint(
                name="unit_weight_not_negative",
                condition=Q(weight__isnull=True) | Q(weight__gte=0),
            ),
        ]

    def __str__(self) -> str:
        return self.name
