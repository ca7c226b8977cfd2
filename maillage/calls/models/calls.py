"""A call for projects: its rules, its hours, its criteria, its form, its questions."""

import datetime as dt
from typing import Any, Self

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from maillage.calls.choices import CallPhase, CallState
from maillage.core.fields import TermsField


class CallQuerySet(models.QuerySet["Call"]):
    def published(self) -> Self:
        """Calls that anyone may read, cancelled ones included."""
        return self.filter(state__in=[CallState.PUBLISHED, CallState.CANCELLED])

    def visible_to(self, user: Any) -> Self:
        if user.is_authenticated and (user.is_agency or user.is_observer):
            return self
        return self.published()

    def editable_by(self, user: Any) -> Self:
        return self if user.is_authenticated and user.is_agency else self.none()

    def open_at(self, now: dt.datetime) -> Self:
        """Calls that take applications: from ``opens_at`` up to ``closes_at``."""
        return self.filter(
            state=CallState.PUBLISHED, opens_at__lte=now, closes_at__gt=now
        )

    def coming_at(self, now: dt.datetime) -> Self:
        return self.filter(state=CallState.PUBLISHED, opens_at__gt=now)

    def closed_at(self, now: dt.datetime) -> Self:
        return self.published().exclude(state=CallState.PUBLISHED, closes_at__gt=now)


class Call(models.Model):
    """A call for projects; it takes applications in ``[opens_at, closes_at)``."""

    title = models.CharField(_("titre"), max_length=200)
    slug = models.SlugField(_("adresse"), max_length=120, unique=True)
    edition = models.CharField(_("édition"), max_length=40, blank=True)
    summary = models.CharField(_("en une phrase"), max_length=400, blank=True)
    text = models.TextField(_("texte de l’appel"), blank=True)
    state = models.CharField(
        _("état"), max_length=10, choices=CallState, default=CallState.DRAFT
    )
    opens_at = models.DateTimeField(_("ouverture"))
    closes_at = models.DateTimeField(_("clôture"))
    questions_until = models.DateTimeField(
        _("dernières questions"), null=True, blank=True
    )
    decision_on = models.DateField(_("réponse attendue le"), null=True, blank=True)

    budget_cents = models.PositiveBigIntegerField(_("enveloppe"), default=0)
    min_grant_cents = models.PositiveBigIntegerField(
        _("aide minimale"), null=True, blank=True
    )
    max_grant_cents = models.PositiveBigIntegerField(
        _("aide maximale"), null=True, blank=True
    )
    max_percent = models.PositiveSmallIntegerField(
        _("part maximale du budget du projet (%)"), null=True, blank=True
    )

    #: Codes of departments; empty: the whole region.
    departments = models.JSONField(_("départements"), default=list, blank=True)
    structure_kinds = TermsField(_("qui peut candidater"), vocabulary="structure_kinds")
    needs_siret = models.BooleanField(_("un SIRET est exigé"), default=True)
    most_applications = models.PositiveSmallIntegerField(
        _("candidatures par structure"), default=1, validators=[MinValueValidator(1)]
    )
    themes = TermsField(_("thèmes"), vocabulary="themes")
    #: Code of the lead of the plan that the call carries out, as « II.1.3 ».
    plan_lead = models.CharField(_("piste du plan"), max_length=40, blank=True)
    contact_email = models.EmailField(_("adresse pour écrire"), blank=True)

    is_blind = models.BooleanField(_("lecture à l’aveugle"), default=False)
    reviews_each = models.PositiveSmallIntegerField(
        _("lecteurs par candidature"), default=2, validators=[MinValueValidator(1)]
    )
    published_at = models.DateTimeField(_("publié le"), null=True, blank=True)
    is_example = models.BooleanField(_("exemple"), default=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )

    objects = CallQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("appel à projets")
        verbose_name_plural = _("appels à projets")
        ordering = ["-closes_at", "pk"]
        constraints = [
            models.CheckConstraint(
                name="call_opens_before_it_closes",
                condition=Q(closes_at__gt=F("opens_at")),
            ),
            models.CheckConstraint(
                name="call_percent_is_a_share",
                condition=Q(max_percent=None) | Q(max_percent__range=(1, 100)),
            ),
        ]
        indexes = [models.Index(fields=["state", "closes_at"], name="call_hours")]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("calls:call_detail", args=[self.slug])

    @property
    def is_public(self) -> bool:
        return self.state != CallState.DRAFT

    @property
    def is_cancelled(self) -> bool:
        return self.state == CallState.CANCELLED

    def phase(self, now: dt.datetime) -> CallPhase:
        if now < self.opens_at:
            return CallPhase.COMING
        return CallPhase.OPEN if now < self.closes_at else CallPhase.CLOSED

    def is_open(self, now: dt.datetime) -> bool:
        return self.state == CallState.PUBLISHED and self.phase(now) == CallPhase.OPEN

    def takes_questions(self, now: dt.datetime) -> bool:
        """Published, and neither closed nor past the day of the last questions."""
        last = self.questions_until or self.closes_at
        return self.state == CallState.PUBLISHED and now < last

    @property
    def form(self) -> "FormVersion | None":
        """The form that is filled in now: the last version that was published."""
        return self.forms.exclude(published_at=None).order_by("-number").first()


class Criterion(models.Model):
    """What readers score: out of ``max_score``, counted ``weight`` times."""

    call = models.ForeignKey(Call, models.CASCADE, related_name="criteria")
    title = models.CharField(_("critère"), max_length=160)
    help = models.TextField(_("ce que l’on regarde"), blank=True)
    weight = models.PositiveSmallIntegerField(
        _("poids"), default=1, validators=[MinValueValidator(1)]
    )
    max_score = models.PositiveSmallIntegerField(
        _("note maximale"), default=5, validators=[MinValueValidator(1)]
    )
    rank = models.PositiveSmallIntegerField(_("rang"), default=0)

    class Meta:
        verbose_name = _("critère")
        ordering = ["rank", "pk"]
        constraints = [
            models.CheckConstraint(
                name="criterion_weighs", condition=Q(weight__gte=1, max_score__gte=1)
            ),
        ]

    def __str__(self) -> str:
        return self.title


class FormVersion(models.Model):
    """The questions of a call at one moment; ``calls.definition`` reads them.

    ``{"sections": [{"id", "title", "help", "questions": [{"id", "kind", "label", …}]}]}``;
    identifiers of sections and questions never change from one version to the next.
    A version that is published is never written again; at most one is not yet.
    """

    call = models.ForeignKey(Call, models.CASCADE, related_name="forms")
    number = models.PositiveSmallIntegerField(_("version"))
    definition = models.JSONField(_("questions"), default=dict)
    #: Rises with each change of a version in the making: two tabs see one another.
    revision = models.PositiveIntegerField(_("révision"), default=0)
    published_at = models.DateTimeField(_("publiée le"), null=True, blank=True)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )

    class Meta:
        verbose_name = _("formulaire")
        ordering = ["call", "number"]
        constraints = [
            models.UniqueConstraint(
                name="form_version_is_one_a_number", fields=["call", "number"]
            ),
            models.UniqueConstraint(
                name="form_version_in_the_making_is_one",
                fields=["call"],
                condition=Q(published_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.call} v{self.number}"


class CallQuestionQuerySet(models.QuerySet["CallQuestion"]):
    def public(self) -> Self:
        return self.filter(is_public=True).exclude(answer="")

    def waiting(self) -> Self:
        return self.filter(answer="", dismissed_at=None)


class CallQuestion(models.Model):
    """A question about a call, and the answer that everyone reads without the name."""

    call = models.ForeignKey(Call, models.CASCADE, related_name="questions")
    text = models.TextField(_("question"))
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="call_questions",
    )
    asked_at = models.DateTimeField(_("posée le"))
    answer = models.TextField(_("réponse"), blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    answered_at = models.DateTimeField(_("réponse du"), null=True, blank=True)
    is_public = models.BooleanField(_("publiée"), default=False)
    dismissed_at = models.DateTimeField(_("écartée le"), null=True, blank=True)

    objects = CallQuestionQuerySet.as_manager()

    class Meta:
        verbose_name = _("question sur un appel")
        ordering = ["asked_at", "pk"]

    def __str__(self) -> str:
        return self.text[:60]
