"""Readers, phases of reading, conflicts that people declare, reviews and scores."""

import datetime as dt
from typing import Any, Self

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from maillage.calls.choices import ApplicationState, CallState
from maillage.calls.models.applications import Application
from maillage.calls.models.calls import Call, Criterion
from maillage.calls.models.conflicts import conflicting_pks
from maillage.calls.review_choices import Opinion, ReviewState, RoundState
from maillage.core import vocab
from maillage.core.fields import TermsField
from maillage.directory.models import Structure


class ReviewerQuerySet(models.QuerySet["Reviewer"]):
    def active(self) -> Self:
        """Those who accepted, and whom nobody asked to stop."""
        return self.filter(is_active=True, user__is_active=True)

    def waiting(self) -> Self:
        return self.filter(user=None)


class Reviewer(models.Model):
    """A person who reads applications, invited by the agency."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="reviewer",
    )
    email = models.EmailField(_("adresse e-mail"), unique=True)
    token = models.CharField(max_length=43, blank=True, db_index=True)
    themes = TermsField(_("thèmes connus"), vocabulary="themes")
    departments = models.JSONField(_("départements connus"), default=list, blank=True)
    about = models.CharField(_("fonction"), max_length=200, blank=True)
    structures = models.ManyToManyField(
        Structure,
        related_name="linked_reviewers",
        blank=True,
        verbose_name=_("structures liées"),
    )
    most = models.PositiveSmallIntegerField(
        _("dossiers au plus"), default=12, validators=[MinValueValidator(1)]
    )
    is_active = models.BooleanField(_("peut lire"), default=True)
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    invited_at = models.DateTimeField(_("invitation du"))

    objects = ReviewerQuerySet.as_manager()

    class Meta:
        verbose_name = _("lecteur")
        ordering = ["email"]

    def __str__(self) -> str:
        return str(self.user or self.email)

    @property
    def theme_labels(self) -> str:
        return ", ".join(vocab.labels("themes", self.themes))


class ReviewRound(models.Model):
    """A phase of reading of a call: who reads, until when."""

    call = models.ForeignKey(Call, models.CASCADE, related_name="review_rounds")
    name = models.CharField(_("nom"), max_length=80)
    number = models.PositiveSmallIntegerField(_("numéro"), default=1)
    state = models.CharField(
        _("état"), max_length=10, choices=RoundState, default=RoundState.PREPARING
    )
    each = models.PositiveSmallIntegerField(
        _("lecteurs par candidature"), default=2, validators=[MinValueValidator(1)]
    )
    due_on = models.DateField(_("à rendre le"))
    reviewers = models.ManyToManyField(
        Reviewer, related_name="rounds", blank=True, verbose_name=_("lecteurs")
    )
    opened_at = models.DateTimeField(_("ouverte le"), null=True, blank=True)

    class Meta:
        verbose_name = _("phase de lecture")
        ordering = ["call", "number"]
        constraints = [
            models.UniqueConstraint(
                name="review_round_is_one_a_number", fields=["call", "number"]
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("calls:round_detail", args=[self.pk])

    @property
    def is_open(self) -> bool:
        return self.state == RoundState.OPEN


class ReviewQuerySet(models.QuerySet["Review"]):
    def readable(self) -> Self:
        """Of phases that have begun and of applications that are still judged."""
        return self.exclude(round__state=RoundState.PREPARING).filter(
            round__call__state=CallState.PUBLISHED,
            application__state__in=[
                ApplicationState.ELIGIBLE,
                ApplicationState.GRANTED,
                ApplicationState.DECLINED,
            ],
        )

    def submitted(self) -> Self:
        return self.filter(state=ReviewState.SUBMITTED)

    def waiting(self) -> Self:
        return self.exclude(state=ReviewState.SUBMITTED)

    def assigned_to(self, user: Any) -> Self:
        """What the person reads: never an application that they have an interest in."""
        if not user.is_authenticated:
            return self.none()
        mine = self.filter(reviewer__user=user.pk, reviewer__is_active=True)
        return mine.readable().exclude(application__in=conflicting_pks(user.pk))

    def visible_to(self, user: Any) -> Self:
        """One's own, without conflicts; all of them for the agency and observers.

        Who works at the agency has interests as others do.
        """
        if not user.is_authenticated:
            return self.none()
        if user.is_agency or user.is_observer:
            return self.exclude(application__in=conflicting_pks(user.pk))
        return self.assigned_to(user)

    def without_conflict(self) -> Self:
        """Those that count: a conflict that was declared since takes a review away."""
        declared = DeclaredConflict.objects.filter(
            application=models.OuterRef("application"),
            reviewer=models.OuterRef("reviewer"),
        )
        return self.exclude(models.Exists(declared))


class Review(models.Model):
    """One reader reads one application; ``revision`` rises with each change."""

    round = models.ForeignKey(ReviewRound, models.PROTECT, related_name="reviews")
    application = models.ForeignKey(Application, models.PROTECT, related_name="reviews")
    reviewer = models.ForeignKey(Reviewer, models.PROTECT, related_name="reviews")
    is_manual = models.BooleanField(_("choisi par une personne"), default=False)
    state = models.CharField(
        _("état"), max_length=10, choices=ReviewState, default=ReviewState.ASSIGNED
    )
    opinion = models.CharField(_("avis"), max_length=10, choices=Opinion, blank=True)
    comment = models.TextField(_("commentaire d’ensemble"), blank=True)
    #: Only for the committee: the applicant never reads it.
    private_comment = models.TextField(_("pour le comité seulement"), blank=True)
    revision = models.PositiveIntegerField(_("révision"), default=0)
    #: The open page that wrote last: its own words are never strange to it.
    page = models.CharField(max_length=32, blank=True)
    assigned_at = models.DateTimeField(_("confiée le"))
    changed_at = models.DateTimeField(_("modifiée le"), null=True, blank=True)
    submitted_at = models.DateTimeField(_("rendue le"), null=True, blank=True)

    objects = ReviewQuerySet.as_manager()

    class Meta:
        verbose_name = _("lecture")
        ordering = ["application", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="review_is_one_a_reader", fields=["application", "reviewer"]
            ),
            models.CheckConstraint(
                name="review_submitted_has_its_hour",
                condition=~Q(state=ReviewState.SUBMITTED)
                | Q(submitted_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application.number} / {self.reviewer}"

    def get_absolute_url(self) -> str:
        return reverse("calls:review_edit", args=[self.pk])

    @property
    def is_submitted(self) -> bool:
        return self.state == ReviewState.SUBMITTED

    def is_writable(self) -> bool:
        return self.round.is_open and not self.is_submitted

    def is_late(self, today: dt.date) -> bool:
        return not self.is_submitted and today > self.round.due_on


class Score(models.Model):
    """What a reader gives to one criterion, with a word."""

    review = models.ForeignKey(Review, models.CASCADE, related_name="scores")
    criterion = models.ForeignKey(Criterion, models.PROTECT, related_name="scores")
    value = models.PositiveSmallIntegerField(_("note"), null=True, blank=True)
    comment = models.TextField(_("commentaire"), blank=True)

    class Meta:
        verbose_name = _("note")
        constraints = [
            models.UniqueConstraint(
                name="score_is_one_a_criterion", fields=["review", "criterion"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.criterion}: {self.value}"


class DeclaredConflict(models.Model):
    """An interest that a reader, or the agency for them, has declared: for ever."""

    reviewer = models.ForeignKey(
        Reviewer, models.CASCADE, related_name="declared_conflicts"
    )
    application = models.ForeignKey(
        Application, models.CASCADE, related_name="declared_conflicts"
    )
    reason = models.CharField(_("motif"), max_length=300)
    declared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
    )
    declared_at = models.DateTimeField(_("déclaré le"))

    class Meta:
        verbose_name = _("conflit d’intérêts déclaré")
        constraints = [
            models.UniqueConstraint(
                name="declared_conflict_is_one", fields=["reviewer", "application"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reviewer} / {self.application}"
