"""A peer visit: who comes, what they see, what they recommend, what is answered."""

import datetime as dt
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from maillage.directory.models import Structure
from maillage.studio.assessment_choices import (
    FollowOutcome,
    PeerState,
    PointKind,
    VisitState,
)
from maillage.studio.models.assessment import HELD, GridAnswer, SelfAssessment

#: States in which the structure, too, reads what the reviewers wrote.
TOLD = (VisitState.CHECK, VisitState.FINAL)
OVER = (VisitState.FINAL, VisitState.DECLINED, VisitState.CANCELLED)


class PeerVisitQuerySet(models.QuerySet["PeerVisit"]):
    def visible_to(self, user: Any) -> Self:
        """The structure's team, its reviewers, the agency and observers."""
        if not user.is_authenticated:
            return self.none()
        if user.is_agency or user.is_observer:
            return self
        return self.filter(self.team_q(user) | self.reviewer_q(user))

    def hosted_by(self, user: Any) -> Self:
        """Visits to one of one's structures."""
        return self.filter(self.team_q(user)) if user.is_authenticated else self.none()

    def reviewed_by(self, user: Any) -> Self:
        """Visits that the person accepted to make; none to a structure of theirs."""
        if not user.is_authenticated:
            return self.none()
        mine = self.reviewer_q(user, states=(PeerState.ACCEPTED,))
        return self.filter(mine, state__in=HELD).exclude(self.team_q(user))

    def inviting(self, user: Any) -> Self:
        """Visits that wait for the person's answer."""
        if not user.is_authenticated:
            return self.none()
        mine = self.reviewer_q(user, states=(PeerState.INVITED,))
        return self.filter(mine, state=VisitState.PLANNED)

    def told_to(self, user: Any) -> Self:
        """Visits whose report the person may read.

        The agency and the reviewers always, the structure once it was sent to it,
        observers once it is final.
        """
        rows = self.visible_to(user)
        if not user.is_authenticated or user.is_agency:
            return rows
        allowed = Q(pk__in=self.model._base_manager.filter(self.team_q(user)).values("pk"), state__in=TOLD)  # fmt: skip
        writing = type(self)(self.model).reviewed_by(user).values("pk")
        allowed |= Q(pk__in=writing)
        if user.is_observer:
            allowed |= Q(state=VisitState.FINAL)
        return rows.filter(allowed)

    def published(self) -> Self:
        """Reports that anybody may read, because the structure agreed."""
        return self.filter(state=VisitState.FINAL, published_at__isnull=False)

    @staticmethod
    def team_q(user: Any) -> Q:
        mine = Structure.objects.filter(memberships__user=user.pk)
        return Q(assessment__structure__in=mine)

    @staticmethod
    def reviewer_q(
        user: Any, *, states: tuple[str, ...] = (PeerState.INVITED, PeerState.ACCEPTED)
    ) -> Q:
        rows = VisitReviewer.objects.filter(user=user.pk, state__in=states)
        return Q(pk__in=rows.values("visit"))


class PeerVisit(models.Model):
    """People of other structures come to see, with a finished self-assessment in hand.

    The visit lasts ``[starts_on, ends_on)``. The report is sent to the structure, which
    answers until ``reply_due_on``; then it is final, and public only if it agrees.
    """

    assessment = models.ForeignKey(
        SelfAssessment, models.PROTECT, related_name="visits"
    )
    follows = models.OneToOneField(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="follow_up",
        verbose_name=_("visite précédente"),
    )
    state = models.CharField(
        _("état"), max_length=10, choices=VisitState, default=VisitState.ASKED
    )
    aim = models.TextField(
        _("ce que l’on en attend"),
        max_length=2000,
        help_text=_("Les questions que vous vous posez, la période qui convient."),
    )
    starts_on = models.DateField(_("premier jour"), null=True, blank=True)
    ends_on = models.DateField(_("fin"), null=True, blank=True)
    asked_at = models.DateTimeField(_("demandée le"))
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    sent_at = models.DateTimeField(_("rapport envoyé le"), null=True, blank=True)
    reply_due_on = models.DateField(_("réponse jusqu’au"), null=True, blank=True)
    reply = models.TextField(_("réponse de la structure"), max_length=8000, blank=True)
    replied_at = models.DateTimeField(_("répondu le"), null=True, blank=True)
    replied_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    final_at = models.DateTimeField(_("définitif le"), null=True, blank=True)
    published_at = models.DateTimeField(_("publié le"), null=True, blank=True)
    is_example = models.BooleanField(_("exemple"), default=False)

    objects = PeerVisitQuerySet.as_manager()

    class Meta:
        verbose_name = _("visite par les pairs")
        verbose_name_plural = _("visites par les pairs")
        ordering = ["-asked_at", "pk"]
        constraints = [
            models.CheckConstraint(
                name="peer_visit_lasts_a_day",
                condition=Q(starts_on=None, ends_on=None)
                | Q(ends_on__gt=F("starts_on")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.assessment} ({self.get_state_display()})"

    def get_absolute_url(self) -> str:
        return reverse("studio:visit_detail", args=[self.pk])

    @property
    def structure(self) -> Structure:
        return self.assessment.structure

    @property
    def last_day(self) -> dt.date | None:
        return self.ends_on - dt.timedelta(1) if self.ends_on else None

    @property
    def is_told(self) -> bool:
        return self.state in TOLD

    @property
    def is_over(self) -> bool:
        return self.state in OVER

    def takes_words(self, today: dt.date) -> bool:
        """The reviewers may write: before it is sent, and once there is an answer."""
        if self.state == VisitState.PLANNED:
            return True
        return self.state == VisitState.CHECK and not self.waits_for_reply(today)

    def waits_for_reply(self, today: dt.date) -> bool:
        """The structure still has time to answer, and has not."""
        due = self.reply_due_on
        return (
            self.state == VisitState.CHECK
            and self.replied_at is None
            and due is not None
            and today <= due
        )


class VisitReviewer(models.Model):
    """A peer: somebody who speaks for another structure."""

    visit = models.ForeignKey(PeerVisit, models.CASCADE, related_name="reviewers")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="peer_reviews",
        verbose_name=_("pair"),
    )
    structure = models.ForeignKey(
        Structure,
        models.PROTECT,
        related_name="peer_reviewers",
        verbose_name=_("structure d’où vient le pair"),
    )
    is_lead = models.BooleanField(_("rapporteur"), default=False)
    state = models.CharField(
        _("état"), max_length=10, choices=PeerState, default=PeerState.INVITED
    )
    reason = models.CharField(_("pourquoi"), max_length=300, blank=True)
    invited_at = models.DateTimeField(_("invité le"))
    answered_at = models.DateTimeField(_("a répondu le"), null=True, blank=True)

    class Meta:
        verbose_name = _("pair")
        ordering = ["-is_lead", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="peer_is_once_in_a_visit", fields=["visit", "user"]
            ),
        ]

    def __str__(self) -> str:
        return str(self.user or self.structure)


class VisitSlot(models.Model):
    """A line of the programme: when, what, with whom."""

    visit = models.ForeignKey(PeerVisit, models.CASCADE, related_name="slots")
    day = models.DateField(_("jour"))
    starts_at = models.TimeField(_("heure"))
    label = models.CharField(_("ce que l’on fait"), max_length=200)
    people = models.CharField(_("avec qui"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("moment d’une visite")
        ordering = ["day", "starts_at", "pk"]

    def __str__(self) -> str:
        return self.label


class VisitAnswer(GridAnswer):
    """What the reviewers agree on for one standard, beside what the structure says."""

    visit = models.ForeignKey(PeerVisit, models.CASCADE, related_name="answers")

    class Meta:
        verbose_name = _("lecture des pairs")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                name="visit_answer_is_one_per_standard", fields=["visit", "standard"]
            ),
        ]


class VisitPoint(models.Model):
    """A commendation or a recommendation; what the follow-up visit found of it."""

    visit = models.ForeignKey(PeerVisit, models.CASCADE, related_name="points")
    kind = models.CharField(_("sorte"), max_length=14, choices=PointKind)
    standard = models.SlugField(_("norme"), max_length=40, blank=True)
    text = models.TextField(_("texte"), max_length=2000)
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    outcome = models.CharField(
        _("suite constatée"), max_length=10, choices=FollowOutcome, blank=True
    )
    outcome_note = models.TextField(_("ce qui a été vu"), max_length=2000, blank=True)

    class Meta:
        verbose_name = _("point d’un rapport")
        ordering = ["kind", "pk"]

    def __str__(self) -> str:
        return self.text[:80]
