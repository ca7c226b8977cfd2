"""When an event happens: each time, and the rules that repeat it."""

import datetime as dt
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from maillage.agenda.choices import OccurrenceState, Status
from maillage.agenda.models.events import Event


class Series(models.Model):
    """A rule that repeats an occurrence; those that it gives are rows of their own.

    ``starts`` is the local time of the first one, without a zone: a workshop at
    14:00 stays at 14:00 when the clocks change.
    """

    event = models.ForeignKey(Event, models.CASCADE, related_name="series")
    starts = models.CharField(_("première séance"), max_length=16)  # 2026-10-02T14:00
    minutes = models.PositiveIntegerField(_("durée (minutes)"))
    rule = models.CharField(_("répétition (RRULE)"), max_length=300)
    left_out = models.JSONField(_("dates laissées de côté"), default=list, blank=True)
    zone = models.CharField(_("fuseau"), max_length=40, default="Europe/Paris")

    class Meta:
        verbose_name = _("répétition")
        ordering = ["starts", "pk"]

    def __str__(self) -> str:
        return f"{self.starts} {self.rule}"


class OccurrenceQuerySet(models.QuerySet["Occurrence"]):
    def shown(self) -> Self:
        """Occurrences of published events, cancelled ones too."""
        return self.filter(event__state="published")

    def overlapping(self, start: dt.date, end: dt.date) -> Self:
        """Occurrences that share a local day with [start, end)."""
        return self.filter(starts_on__lt=end, ends_on__gt=start)

    def held(self) -> Self:
        """Occurrences that take or took place."""
        return self.exclude(state=OccurrenceState.CANCELLED).filter(
            event__status=Status.SCHEDULED
        )


class Occurrence(models.Model):
    """One time that an event happens.

    ``starts_on`` up to but not including ``ends_on`` are its local days, kept beside
    the instants so that months are read by index on any database.
    """

    event = models.ForeignKey(Event, models.CASCADE, related_name="occurrences")
    series = models.ForeignKey(
        Series, models.SET_NULL, null=True, blank=True, related_name="occurrences"
    )
    #: The local time that the rule gave, by which a moved one is recognised.
    slot = models.CharField(max_length=16, blank=True)
    #: Changed by hand: the rule does not write over it.
    is_moved = models.BooleanField(default=False)
    starts_at = models.DateTimeField(_("début"))
    ends_at = models.DateTimeField(_("fin"))
    starts_on = models.DateField()
    ends_on = models.DateField()
    is_all_day = models.BooleanField(_("toute la journée"), default=False)
    state = models.CharField(
        _("état"),
        max_length=10,
        choices=OccurrenceState,
        default=OccurrenceState.SCHEDULED,
    )
    note = models.CharField(_("précision"), max_length=200, blank=True)
    capacity = models.PositiveIntegerField(_("places"), null=True, blank=True)
    sequence = models.PositiveIntegerField(default=0)
    attendance = models.PositiveIntegerField(
        _("public accueilli"), null=True, blank=True
    )
    school_attendance = models.PositiveIntegerField(
        _("dont scolaires"), null=True, blank=True
    )
    reported_at = models.DateTimeField(null=True, blank=True)

    objects = OccurrenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("séance")
        ordering = ["starts_at", "pk"]
        indexes = [
            models.Index(
                name="occurrence_by_day", fields=["starts_on", "event", "state"]
            ),
            models.Index(name="occurrence_by_end", fields=["ends_on", "event"]),
            models.Index(name="occurrence_in_time", fields=["starts_at"]),
        ]
        constraints = [
            models.UniqueConstraint(
                name="occurrence_is_one_per_slot",
                fields=["series", "slot"],
                condition=~Q(series=None),
            ),
            models.CheckConstraint(
                name="occurrence_ends_after_its_start",
                condition=Q(ends_at__gte=F("starts_at")),
            ),
            models.CheckConstraint(
                name="occurrence_lasts_a_day",
                condition=Q(ends_on__gt=F("starts_on")),
            ),
            models.CheckConstraint(
                name="occurrence_schools_are_among_the_public",
                condition=Q(school_attendance=None)
                | Q(school_attendance__lte=F("attendance")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event}, {timezone.localtime(self.starts_at):%Y-%m-%d %H:%M}"

    @property
    def seats(self) -> int | None:
        """How many it takes: its own number, else that of the event."""
        return self.capacity if self.capacity is not None else self.event.capacity

    @property
    def interval(self) -> str:
        """Its local times as files write them; whole days as their first and last."""
        start, end = (timezone.localtime(t) for t in (self.starts_at, self.ends_at))
        if self.is_all_day:
            last = self.ends_on - dt.timedelta(1)
            return f"{self.starts_on:%Y-%m-%d}/{last:%Y-%m-%d}"
        return f"{start:%Y-%m-%dT%H:%M}/{end:%Y-%m-%dT%H:%M}"

    @property
    def is_cancelled(self) -> bool:
        return (
            self.state == OccurrenceState.CANCELLED
            or self.event.status == Status.CANCELLED
        )
