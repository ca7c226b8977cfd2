"""Consultations: moments, workshops, contributions and what became of them."""

import datetime as dt
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from maillage.core.fields import TermField
from maillage.directory.models import Structure
from maillage.plan.consultation_choices import IN_PLAN, ContributionState, Outcome
from maillage.plan.models.tree import Node, Plan

THEMES = "consultation_themes"


class ConsultationQuerySet(models.QuerySet["Consultation"]):
    def public(self) -> Self:
        return self.filter(is_public=True)

    def visible_to(self, user: Any) -> Self:
        """The agency, the State and the Region also see those in preparation."""
        inside = user.is_authenticated and (user.is_agency or user.is_observer)
        return self if inside else self.public()


class Consultation(models.Model):
    """A consultation about the plan, or about the next one."""

    code = models.SlugField(_("adresse"), max_length=60, unique=True)
    title = models.CharField(_("titre"), max_length=200)
    about = models.TextField(_("présentation"), blank=True)
    plan = models.ForeignKey(
        Plan, models.SET_NULL, null=True, blank=True, related_name="consultations"
    )
    starts_on = models.DateField(_("début"))
    ends_on = models.DateField(_("fin (exclue)"))
    #: Members write online from the one instant up to the other.
    opens_at = models.DateTimeField(_("ouverture en ligne"), null=True, blank=True)
    closes_at = models.DateTimeField(_("clôture en ligne"), null=True, blank=True)
    #: As its source says it: « plus de 100 participants ».
    attendance = models.CharField(_("participation"), max_length=120, blank=True)
    source = models.CharField(_("source"), max_length=240, blank=True)
    is_public = models.BooleanField(_("visible de tous"), default=False)
    is_example = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)

    objects = ConsultationQuerySet.as_manager()

    class Meta:
        verbose_name = _("concertation")
        ordering = ["-starts_on", "pk"]
        constraints = [
            models.CheckConstraint(
                name="plan_consultation_opens_before_it_closes",
                condition=Q(opens_at__isnull=True, closes_at__isnull=True)
                | Q(opens_at__lt=models.F("closes_at")),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("plan:consultation_detail", args=[self.code])

    @property
    def last_day(self) -> dt.date:
        return self.ends_on - dt.timedelta(1)

    def is_open(self, now: dt.datetime) -> bool:
        """Takes contributions online at this very instant."""
        if self.opens_at is None or self.closes_at is None or not self.is_public:
            return False
        return self.opens_at <= now < self.closes_at


class Session(models.Model):
    """A moment of a consultation: a day, a town."""

    consultation = models.ForeignKey(
        Consultation, models.CASCADE, related_name="sessions"
    )
    rank = models.PositiveSmallIntegerField(_("ordre"))
    title = models.CharField(_("titre"), max_length=200)
    held_on = models.DateField(_("date"))
    venue = models.CharField(_("lieu"), max_length=200, blank=True)
    about = models.TextField(_("déroulement"), blank=True)
    source = models.CharField(_("source"), max_length=240, blank=True)

    class Meta:
        verbose_name = _("temps de concertation")
        ordering = ["consultation", "rank", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="plan_session_has_one_rank", fields=["consultation", "rank"]
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Workshop(models.Model):
    """A group of a session."""

    session = models.ForeignKey(Session, models.CASCADE, related_name="workshops")
    code = models.SlugField(_("code"), max_length=40)
    title = models.CharField(_("titre"), max_length=200)
    theme = TermField(_("thème"), vocabulary=THEMES, blank=True)
    about = models.TextField(_("question"), blank=True)

    class Meta:
        verbose_name = _("atelier")
        ordering = ["session", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="plan_workshop_has_one_code", fields=["session", "code"]
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Participant(models.Model):
    """A structure that took part, by the name that the source gives it."""

    consultation = models.ForeignKey(
        Consultation, models.CASCADE, related_name="participants"
    )
    name = models.CharField(_("nom"), max_length=200)
    structure = models.ForeignKey(
        Structure, models.SET_NULL, null=True, blank=True, related_name="+",
        verbose_name=_("fiche de l’annuaire"),
    )  # fmt: skip

    class Meta:
        verbose_name = _("participant")
        ordering = ["consultation", "name", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="plan_participant_is_named_once", fields=["consultation", "name"]
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ContributionQuerySet(models.QuerySet["Contribution"]):
    def published(self) -> Self:
        return self.filter(state=ContributionState.PUBLISHED)

    def waiting(self) -> Self:
        return self.filter(state=ContributionState.WAITING).order_by("sent_at", "pk")

    def visible_to(self, user: Any) -> Self:
        """Published ones of public consultations, and one's own."""
        shown = Q(state=ContributionState.PUBLISHED, consultation__is_public=True)
        if not user.is_authenticated:
            return self.filter(shown)
        if user.is_agency or user.is_observer:
            return self
        return self.filter(shown | Q(sent_by=user.pk))

    def in_order(self) -> Self:
        rows = self.select_related(
            "consultation", "workshop", "structure", "axis", "node"
        )
        return rows.order_by("consultation", "number", "pk")


class Contribution(models.Model):
    """What somebody said, where it is sorted, and what became of it in the plan."""

    consultation = models.ForeignKey(
        Consultation, models.CASCADE, related_name="contributions"
    )
    number = models.PositiveIntegerField(_("numéro"))
    workshop = models.ForeignKey(
        Workshop, models.SET_NULL, null=True, blank=True, related_name="contributions",
        verbose_name=_("atelier"),
    )  # fmt: skip
    text = models.TextField(_("contribution"))
    author = models.CharField(_("auteur"), max_length=160, blank=True)
    structure = models.ForeignKey(
        Structure, models.SET_NULL, null=True, blank=True, related_name="+",
        verbose_name=_("structure"),
    )  # fmt: skip
    is_anonymous = models.BooleanField(_("sans nom d’auteur"), default=False)
    theme = TermField(_("thème"), vocabulary=THEMES)
    axis = models.ForeignKey(
        Node, models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("axe du plan"),
    )  # fmt: skip
    state = models.CharField(
        _("état"), max_length=9, choices=ContributionState,
        default=ContributionState.WAITING,
    )  # fmt: skip
    refusal = models.CharField(_("motif du refus"), max_length=240, blank=True)
    outcome = models.CharField(
        _("suite donnée"), max_length=8, choices=Outcome, default=Outcome.PENDING
    )
    node = models.ForeignKey(
        Node, models.PROTECT, null=True, blank=True, related_name="contributions",
        verbose_name=_("partie du plan"),
    )  # fmt: skip
    reason = models.TextField(_("explication"), blank=True)
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True,
        related_name="contributions",
    )  # fmt: skip
    sent_at = models.DateTimeField(_("reçue le"))
    #: What the form that sent it was given: a double click sends it once.
    form_key = models.UUIDField(null=True, blank=True, unique=True)
    version = models.PositiveIntegerField(default=1)

    objects = ContributionQuerySet.as_manager()

    class Meta:
        verbose_name = _("contribution")
        ordering = ["consultation", "number", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="plan_contribution_has_one_number",
                fields=["consultation", "number"],
            ),
            models.CheckConstraint(
                name="plan_contribution_kept_is_somewhere",
                condition=Q(outcome__in=IN_PLAN, node__isnull=False)
                | ~Q(outcome__in=IN_PLAN) & Q(node__isnull=True),
            ),
            models.CheckConstraint(
                name="plan_contribution_not_kept_says_why",
                condition=~Q(outcome__in=[Outcome.PARTLY, Outcome.NOT_KEPT])
                | ~Q(reason=""),
            ),
            models.CheckConstraint(
                name="plan_contribution_anonymous_names_nobody",
                condition=Q(is_anonymous=False) | Q(author="", structure__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number}. {self.text[:60]}"

    @property
    def author_name(self) -> str:
        """Who said it, as the person accepted to be named; empty when nobody is."""
        if self.is_anonymous:
            return ""
        return self.structure.name if self.structure else self.author


class Synthesis(models.Model):
    """What was said on one theme; each new text is a new version."""

    consultation = models.ForeignKey(
        Consultation, models.CASCADE, related_name="syntheses"
    )
    theme = TermField(_("thème"), vocabulary=THEMES)
    version = models.PositiveIntegerField(_("version"))
    text = models.TextField(_("synthèse"))
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    written_at = models.DateTimeField(_("écrite le"))

    class Meta:
        verbose_name = _("synthèse")
        ordering = ["consultation", "theme", "-version"]
        constraints = [
            models.UniqueConstraint(
                name="plan_synthesis_has_one_version",
                fields=["consultation", "theme", "version"],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.theme}, {self.version}"
