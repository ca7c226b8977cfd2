"""Programmes of others that fund science culture: who pays what, until when."""

import datetime as dt
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from maillage.calls.review_choices import ProgrammeFamily
from maillage.core.fields import TermsField


class FundingProgrammeQuerySet(models.QuerySet["FundingProgramme"]):
    def published(self) -> Self:
        return self.filter(is_published=True)

    def visible_to(self, user: Any) -> Self:
        if user.is_authenticated and (user.is_agency or user.is_observer):
            return self
        return self.published()

    def editable_by(self, user: Any) -> Self:
        return self if user.is_authenticated and user.is_agency else self.none()


class FundingProgramme(models.Model):
    """Money that another body gives; ``themes`` and the like say to whom it may matter.

    An empty list means no condition of that sort.
    """

    name = models.CharField(_("nom"), max_length=200)
    slug = models.SlugField(_("adresse"), max_length=120, unique=True)
    family = models.CharField(_("famille"), max_length=12, choices=ProgrammeFamily)
    manager = models.CharField(_("qui le gère"), max_length=200)
    summary = models.TextField(_("ce qu’il finance"), blank=True)
    perimeter = models.CharField(_("périmètre"), max_length=300, blank=True)
    eligibility = models.TextField(_("qui peut demander"), blank=True)
    amount = models.CharField(_("montants et taux"), max_length=300, blank=True)
    structure_kinds = TermsField(
        _("natures de structures"), vocabulary="structure_kinds"
    )
    themes = TermsField(_("thèmes"), vocabulary="themes")
    departments = models.JSONField(_("départements"), default=list, blank=True)
    url = models.URLField(_("page officielle"), max_length=400, blank=True)
    source = models.CharField(_("source"), max_length=400, blank=True)
    source_on = models.DateField(_("source lue le"), null=True, blank=True)
    is_published = models.BooleanField(_("publié"), default=True)
    changed_at = models.DateTimeField(_("modifié le"))

    objects = FundingProgrammeQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("programme de financement")
        verbose_name_plural = _("programmes de financement")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("calls:funding_detail", args=[self.slug])


class ProgrammeDateQuerySet(models.QuerySet["ProgrammeDate"]):
    def coming(self, today: dt.date) -> Self:
        """Not over yet, the soonest end first."""
        rows = self.filter(closes_on__gte=today, programme__is_published=True)
        return rows.order_by("closes_on", "programme__name", "pk")


class ProgrammeDate(models.Model):
    """A window in which a programme takes requests, both days included."""

    programme = models.ForeignKey(
        FundingProgramme, models.CASCADE, related_name="dates"
    )
    label = models.CharField(_("quoi"), max_length=200)
    opens_on = models.DateField(_("ouverture"), null=True, blank=True)
    closes_on = models.DateField(_("dernier jour"))

    objects = ProgrammeDateQuerySet.as_manager()

    class Meta:
        verbose_name = _("date d’un programme")
        ordering = ["closes_on", "pk"]
        constraints = [
            models.CheckConstraint(
                name="programme_date_is_forward",
                condition=Q(opens_on=None) | Q(closes_on__gte=F("opens_on")),
            ),
            models.UniqueConstraint(
                name="programme_date_is_one_a_label",
                fields=["programme", "label", "closes_on"],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.programme}: {self.label}"


class FundingFollow(models.Model):
    """A person who wants to be told of programmes that fit their structures."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="funding_follow"
    )
    since = models.DateTimeField(_("depuis"))

    class Meta:
        verbose_name = _("suivi des financements")

    def __str__(self) -> str:
        return str(self.user)
