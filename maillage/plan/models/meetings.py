"""Meetings of the committee: agenda, documents, attendance, minutes, decisions."""

import datetime as dt
import uuid
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from maillage.directory.models import Structure
from maillage.plan.committee_choices import (
    Audience,
    DecisionState,
    MeetingState,
    Presence,
)
from maillage.plan.models.committee import Committee, Mandate


def sits_in(user: Any, *, path: str, day: dt.date) -> Q:
    """Rows whose committee, found along ``path``, a person sits in on a day."""
    committees = Committee.objects.all().followed_by(user, day=day)
    return Q(**{f"{path}__in": committees.order_by().values("pk")})


class MeetingQuerySet(models.QuerySet["Meeting"]):
    def recorded(self) -> Self:
        """Meetings whose record is public."""
        return self.exclude(published_at=None)

    def visible_to(self, user: Any, *, day: dt.date) -> Self:
        """The agency all; State, Region and members once convened; others the record."""
        if not user.is_authenticated:
            return self.recorded()
        if user.is_agency:
            return self
        told = ~Q(state=MeetingState.PLANNED)
        if not user.is_observer:
            told &= sits_in(user, path="committee", day=day)
        return self.filter(told | Q(published_at__isnull=False))

    def to_come(self, *, now: dt.datetime) -> Self:
        rows = self.filter(ends_at__gte=now).exclude(state=MeetingState.HELD)
        return rows.order_by("starts_at", "pk")

    def held(self) -> Self:
        return self.filter(state=MeetingState.HELD).order_by("-starts_at", "-pk")


class Meeting(models.Model):
    """One meeting; ``version`` tells two people who edit it together."""

    committee = models.ForeignKey(Committee, models.PROTECT, related_name="meetings")
    title = models.CharField(_("titre"), max_length=160)
    starts_at = models.DateTimeField(_("début"))
    ends_at = models.DateTimeField(_("fin"))
    venue = models.CharField(_("lieu"), max_length=240, blank=True)
    online_url = models.URLField(_("adresse de la visioconférence"), max_length=400, blank=True)  # fmt: skip
    notice = models.TextField(_("mot de la convocation"), blank=True)
    state = models.CharField(
        _("état"), max_length=9, choices=MeetingState, default=MeetingState.PLANNED
    )
    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    sequence = models.PositiveIntegerField(default=0)
    version = models.PositiveIntegerField(default=1)
    changed_at = models.DateTimeField(auto_now=True)
    convened_at = models.DateTimeField(_("convoquée le"), null=True, blank=True)
    #: Of the day it was closed: seats filled with a vote, and how many it took.
    voting_seats = models.PositiveSmallIntegerField(null=True, blank=True)
    quorum_needed = models.PositiveSmallIntegerField(null=True, blank=True)
    minutes = models.TextField(_("introduction du compte rendu"), blank=True)
    approved_at = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="approves",
        verbose_name=_("compte rendu approuvé en séance du"),
    )  # fmt: skip
    published_at = models.DateTimeField(_("publiée le"), null=True, blank=True)
    is_example = models.BooleanField(default=False)

    objects = MeetingQuerySet.as_manager()

    class Meta:
        verbose_name = _("séance")
        ordering = ["-starts_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="plan_meeting_ends_after_it_starts",
                condition=Q(ends_at__gt=F("starts_at")),
            ),
            models.CheckConstraint(
                name="plan_record_is_approved_before_it_is_public",
                condition=Q(published_at__isnull=True) | Q(approved_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("plan:meeting_detail", args=[self.pk])

    @property
    def is_open(self) -> bool:
        """Attendance and votes are still written."""
        return self.state == MeetingState.CONVENED

    @property
    def is_held(self) -> bool:
        return self.state == MeetingState.HELD

    @property
    def is_public(self) -> bool:
        return self.published_at is not None


class AgendaItem(models.Model):
    """A point of the agenda, and what was said about it."""

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="items")
    rank = models.PositiveSmallIntegerField(_("ordre"))
    title = models.CharField(_("point"), max_length=240)
    text = models.TextField(_("présentation"), blank=True)
    is_voted = models.BooleanField(_("soumis au vote"), default=False)
    said = models.TextField(_("ce qui s’est dit"), blank=True)

    class Meta:
        verbose_name = _("point de l’ordre du jour")
        ordering = ["meeting", "rank", "pk"]

    def __str__(self) -> str:
        return self.title


class DocumentQuerySet(models.QuerySet["Document"]):
    def visible_to(self, user: Any, *, day: dt.date) -> Self:
        """Documents by their audience, of meetings that the person may know of."""
        public = Q(audience=Audience.PUBLIC, meeting__published_at__isnull=False)
        if not user.is_authenticated:
            return self.filter(public)
        if user.is_agency:
            return self
        inside = ~Q(audience=Audience.AGENCY) & ~Q(meeting__state=MeetingState.PLANNED)
        if not user.is_observer:
            inside &= sits_in(user, path="meeting__committee", day=day)
        return self.filter(public | inside)


class Document(models.Model):
    """A file of a meeting; nothing but ``visible_to`` gives it out."""

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="documents")
    item = models.ForeignKey(
        AgendaItem, models.SET_NULL, null=True, blank=True, related_name="documents",
        verbose_name=_("point de l’ordre du jour"),
    )  # fmt: skip
    title = models.CharField(_("titre"), max_length=160)
    audience = models.CharField(
        _("qui peut le lire"), max_length=7, choices=Audience, default=Audience.MEMBERS
    )
    file = models.FileField(
        _("fichier"), upload_to="private/committee/", max_length=160
    )
    digest = models.CharField(max_length=64)
    size = models.PositiveIntegerField(_("taille"))
    sent_at = models.DateTimeField(_("déposé le"))

    objects = DocumentQuerySet.as_manager()

    class Meta:
        verbose_name = _("document de séance")
        ordering = ["meeting", "item__rank", "pk"]
        constraints = [
            # A double click sends the same file once.
            models.UniqueConstraint(
                name="plan_document_is_sent_once", fields=["meeting", "digest"]
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Attendance(models.Model):
    """How one member took part in a meeting."""

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="attendances")
    mandate = models.ForeignKey(Mandate, models.PROTECT, related_name="attendances")
    presence = models.CharField(_("présence"), max_length=8, choices=Presence)
    proxy_to = models.ForeignKey(
        Mandate, models.PROTECT, null=True, blank=True, related_name="proxies_held",
        verbose_name=_("pouvoir donné à"),
    )  # fmt: skip

    class Meta:
        verbose_name = _("présence")
        constraints = [
            models.UniqueConstraint(
                name="plan_attendance_is_one_per_member", fields=["meeting", "mandate"]
            ),
            models.CheckConstraint(
                name="plan_proxy_is_given_to_somebody",
                condition=Q(presence=Presence.PROXY, proxy_to__isnull=False)
                | ~Q(presence=Presence.PROXY) & Q(proxy_to__isnull=True),
            ),
            models.CheckConstraint(
                name="plan_proxy_is_given_to_another",
                condition=Q(proxy_to__isnull=True) | ~Q(proxy_to=F("mandate")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.mandate}: {self.presence}"


class Recusal(models.Model):
    """A member who does not take part in a point, and why."""

    item = models.ForeignKey(AgendaItem, models.CASCADE, related_name="recusals")
    mandate = models.ForeignKey(Mandate, models.PROTECT, related_name="recusals")
    reason = models.CharField(_("motif"), max_length=240)

    class Meta:
        verbose_name = _("déport")
        constraints = [
            models.UniqueConstraint(
                name="plan_recusal_is_one_per_member", fields=["item", "mandate"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.mandate}: {self.item}"


class CommitteeDecisionQuerySet(models.QuerySet["Decision"]):
    def late_first(self) -> Self:
        """Open ones by date, those without a date after them."""
        rows = self.filter(state=DecisionState.OPEN)
        return rows.order_by(F("due_on").asc(nulls_last=True), "pk")

    def visible_to(self, user: Any, *, day: dt.date) -> Self:
        meetings = Meeting.objects.all().visible_to(user, day=day)
        return self.filter(meeting__in=meetings.order_by().values("pk"))


class Decision(models.Model):
    """What the committee decided, who does it, by when."""

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="decisions")
    item = models.ForeignKey(
        AgendaItem, models.SET_NULL, null=True, blank=True, related_name="decisions",
        verbose_name=_("point de l’ordre du jour"),
    )  # fmt: skip
    text = models.TextField(_("décision"))
    owner = models.ForeignKey(
        Structure, models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("structure chargée du suivi"),
    )  # fmt: skip
    owner_words = models.CharField(_("ou, en toutes lettres"), max_length=160, blank=True)  # fmt: skip
    due_on = models.DateField(_("pour le"), null=True, blank=True)
    state = models.CharField(
        _("état"), max_length=7, choices=DecisionState, default=DecisionState.OPEN
    )
    closed_on = models.DateField(_("close le"), null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = CommitteeDecisionQuerySet.as_manager()

    class Meta:
        verbose_name = _("décision")
        ordering = ["meeting", "item__rank", "pk"]
        constraints = [
            models.CheckConstraint(
                name="plan_decision_closed_has_a_day",
                condition=Q(state=DecisionState.OPEN) | Q(closed_on__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.text[:80]

    @property
    def owner_name(self) -> str:
        return self.owner.name if self.owner else self.owner_words

    def is_late(self, day: dt.date) -> bool:
        open_ = self.state == DecisionState.OPEN
        return open_ and self.due_on is not None and self.due_on < day


class DatedNote(models.Model):
    """Who wrote what about a decision, and when; only ever added to."""

    decision = models.ForeignKey(Decision, models.CASCADE, related_name="notes")
    text = models.TextField(_("suite"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    written_on = models.DateField(_("écrite le"))

    class Meta:
        verbose_name = _("suite d’une décision")
        ordering = ["decision", "written_on", "pk"]

    def __str__(self) -> str:
        return self.text[:80]
