"""Programmes: federating editions, who coordinates them, what they label."""

import datetime as dt
import secrets
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from maillage.agenda.choices import LabelState
from maillage.directory.models import Structure


class ProgrammeQuerySet(models.QuerySet["Programme"]):
    def published(self) -> Self:
        return self.filter(is_published=True)

    def visible_to(self, user: Any) -> Self:
        if user.is_authenticated and (user.is_agency or user.is_observer):
            return self
        mine = Q(coordinators__user=user.pk) if user.is_authenticated else Q(pk=None)
        return self.filter(Q(is_published=True) | mine).distinct()

    def coordinated_by(self, user: Any) -> Self:
        """All for the agency; those where one coordinates an area."""
        if not user.is_authenticated:
            return self.none()
        return (
            self if user.is_agency else self.filter(coordinators__user=user).distinct()
        )

    def open_on(self, day: dt.date) -> Self:
        """Programmes to which events may be proposed that day."""
        return self.filter(
            is_published=True, proposals_from__lte=day, proposals_until__gt=day
        )


class Programme(models.Model):
    """One edition, such as Fête de la science 2026: ``[starts_on, ends_on)``."""

    name = models.CharField(_("nom"), max_length=200)
    slug = models.SlugField(_("adresse"), max_length=120, unique=True)
    #: What the editions of all years have in common: ``fete-de-la-science``.
    edition_of = models.SlugField(_("manifestation"), max_length=80)
    year = models.PositiveSmallIntegerField(_("année"))
    theme = models.CharField(_("thème de l’édition"), max_length=200, blank=True)
    summary = models.CharField(_("résumé"), max_length=400, blank=True)
    description = models.TextField(_("description"), blank=True)
    website = models.URLField(_("site national"), blank=True)
    organiser = models.ForeignKey(
        Structure,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="programmes",
        verbose_name=_("coordonné par"),
    )
    starts_on = models.DateField(_("premier jour"))
    ends_on = models.DateField(_("lendemain du dernier jour"))
    proposals_from = models.DateField(_("propositions à partir du"))
    proposals_until = models.DateField(_("lendemain du dernier jour des propositions"))
    #: Rules in order: ``[{"code": "inside_dates", "is_required": true, …}]``.
    charter = models.JSONField(_("charte"), default=list, blank=True)
    is_published = models.BooleanField(_("publié"), default=False)
    is_example = models.BooleanField(_("exemple"), default=False)
    report_note = models.TextField(_("commentaire du bilan"), blank=True)
    reported_on = models.DateField(_("bilan arrêté le"), null=True, blank=True)
    report = models.JSONField(_("bilan arrêté"), default=dict, blank=True)
    #: Structures that were told that proposals end soon, by their keys.
    told = models.JSONField(default=list, blank=True, editable=False)

    objects = ProgrammeQuerySet.as_manager()
    history = HistoricalRecords(excluded_fields=["told"])

    class Meta:
        verbose_name = _("temps fort")
        verbose_name_plural = _("temps forts")
        ordering = ["-starts_on", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="programme_is_one_a_year", fields=["edition_of", "year"]
            ),
            models.CheckConstraint(
                name="programme_lasts_a_day", condition=Q(ends_on__gt=F("starts_on"))
            ),
            models.CheckConstraint(
                name="programme_takes_proposals_a_day",
                condition=Q(proposals_until__gt=F("proposals_from")),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("agenda:programme_detail", args=[self.slug])

    @property
    def queue_url(self) -> str:
        """Where its coordinators answer."""
        return reverse("agenda:label_list", args=[self.slug])

    @property
    def last_on(self) -> dt.date:
        return self.ends_on - dt.timedelta(1)

    @property
    def proposals_last_on(self) -> dt.date:
        return self.proposals_until - dt.timedelta(1)

    @property
    def is_reported(self) -> bool:
        return self.reported_on is not None

    @property
    def propose_url(self) -> str:
        """Where organisers propose their events."""
        return reverse("agenda:label_choose", args=[self.slug])

    def takes_proposals(self, day: dt.date) -> bool:
        return self.is_published and self.proposals_from <= day < self.proposals_until


def new_token() -> str:
    """A word that nobody guesses."""
    return secrets.token_urlsafe(24)


class Coordinator(models.Model):
    """Who labels the events of a department, or of all of them."""

    programme = models.ForeignKey(
        Programme, models.CASCADE, related_name="coordinators"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="coordinations"
    )
    department = models.ForeignKey(
        "territories.Department",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("département"),
        help_text=_("Vide : toute la région."),
    )

    class Meta:
        verbose_name = _("coordination")
        constraints = [
            models.UniqueConstraint(
                name="coordinator_is_one_per_area",
                fields=["programme", "user", "department"],
            ),
            models.UniqueConstraint(
                name="coordinator_is_one_for_all",
                fields=["programme", "user"],
                condition=Q(department=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}, {self.programme}"


class LabellingQuerySet(models.QuerySet["Labelling"]):
    def open(self) -> Self:
        return self.filter(state__in=[LabelState.ASKED, LabelState.CHANGES_ASKED])

    def granted(self) -> Self:
        return self.filter(state=LabelState.GRANTED)

    def in_area_of(self, user: Any) -> Self:
        """Those that the person answers: of a department, or of all of them.

        An event without a department, as one online, is for those who answer for all.
        """
        if not user.is_authenticated:
            return self.none()
        if user.is_agency:
            return self
        rows = Coordinator.objects.filter(
            user=user, programme=models.OuterRef("programme")
        )
        home = Coalesce(
            "event__commune__department", "event__place__commune__department"
        )
        return self.annotate(area=home).filter(
            models.Exists(rows.filter(department=None))
            | models.Exists(rows.filter(department=models.OuterRef("area")))
        )

    def visible_to(self, user: Any) -> Self:
        """Its organisers', its coordinators'; everything for the agency, observers."""
        if not user.is_authenticated:
            return self.none()
        if user.is_agency or user.is_observer:
            return self
        mine = (
            Q(asked_by=user)
            | Q(event__owner__memberships__user=user)
            | Q(event__co_organisers__memberships__user=user)
        )
        own = self.filter(mine).order_by().values("pk")
        area = self.in_area_of(user).order_by().values("pk")
        return self.filter(Q(pk__in=own) | Q(pk__in=area))


class Labelling(models.Model):
    """An event's way into a programme: asked, answered, and what was found amiss."""

    programme = models.ForeignKey(Programme, models.CASCADE, related_name="labellings")
    event = models.ForeignKey("agenda.Event", models.CASCADE, related_name="labellings")
    state = models.CharField(
        _("état"), max_length=15, choices=LabelState, default=LabelState.ASKED
    )
    note = models.TextField(_("message de l’organisateur"), blank=True)
    answer = models.TextField(_("réponse de la coordination"), blank=True)
    #: What the charter found at the last proposal or answer: ``{code: message}``.
    found = models.JSONField(_("écarts à la charte"), default=dict, blank=True)
    #: Rules that the event breaks, accepted nevertheless, and why: ``{code: reason}``.
    waived = models.JSONField(_("règles levées"), default=dict, blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    asked_at = models.DateTimeField(_("proposé le"))
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    answered_at = models.DateTimeField(_("répondu le"), null=True, blank=True)
    #: Opens the page where attendance is declared without an account.
    token = models.CharField(max_length=64, unique=True, default=new_token)
    #: The organiser lets the attendance of this event be shown to everybody.
    is_attendance_public = models.BooleanField(
        _("fréquentation publiée"), default=False
    )
    declared_at = models.DateTimeField(
        _("fréquentation déclarée le"), null=True, blank=True
    )
    reminded_at = models.DateTimeField(_("relancé le"), null=True, blank=True)

    objects = LabellingQuerySet.as_manager()
    history = HistoricalRecords(excluded_fields=["token"])

    class Meta:
        verbose_name = _("labellisation")
        ordering = ["asked_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="labelling_is_one_per_event", fields=["programme", "event"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event} → {self.programme}"

    def get_absolute_url(self) -> str:
        return reverse("agenda:label_detail", args=[self.programme.slug, self.pk])
