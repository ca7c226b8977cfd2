"""What venues and events give to holders."""

import datetime as dt
from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from maillage.agenda.choices import Status
from maillage.agenda.models import Event
from maillage.directory.models import Place
from maillage.passport.choices import Gives, Limit


class BenefitQuerySet(models.QuerySet["Benefit"]):
    def offered_on(self, day: dt.date) -> Self:
        """Benefits of published places and events that hold that day or will later."""
        lasting = Q(event__last_on=None) | Q(event__last_on__gte=day)
        held = (
            Q(event__state="published") & ~Q(event__status=Status.CANCELLED) & lasting
        )
        return self.filter(is_active=True, place__state="published").filter(
            Q(ends_on=None) | Q(ends_on__gt=day), Q(event=None) | held
        )

    def running_on(self, day: dt.date) -> Self:
        """Those that hold that very day."""
        return self.offered_on(day).filter(
            Q(starts_on=None) | Q(starts_on__lte=day),
            Q(event__first_on=None) | Q(event__first_on__lte=day),
        )

    def editable_by(self, user: Any) -> Self:
        if not user.is_authenticated:
            return self.none()
        if user.is_agency:
            return self
        return self.filter(place__structure__memberships__user=user).distinct()


class Benefit(models.Model):
    """What a place, or one event at it, gives to which holders."""

    place = models.ForeignKey(Place, models.CASCADE, related_name="benefits")
    event = models.ForeignKey(
        Event, models.CASCADE, null=True, blank=True, related_name="benefits"
    )
    gives = models.CharField(_("donne"), max_length=8, choices=Gives)
    label = models.CharField(
        _("en une phrase"),
        max_length=140,
        blank=True,
        help_text=_(
            "Par exemple : 3 € au lieu de 7 €, une entrée pour un accompagnant."
        ),
    )
    normal_cents = models.PositiveIntegerField(_("plein tarif"), null=True, blank=True)
    price_cents = models.PositiveIntegerField(_("tarif du passeport"), default=0)
    #: Kinds of passes and age bands; empty: all.
    kinds = models.JSONField(_("passeports"), default=list, blank=True)
    age_bands = models.JSONField(_("âges"), default=list, blank=True)
    most_companions = models.PositiveSmallIntegerField(
        _("accompagnants au plus"), default=0
    )
    limit = models.CharField(
        _("limite"), max_length=10, choices=Limit, default=Limit.NONE
    )
    times = models.PositiveSmallIntegerField(
        _("nombre de fois par saison"), null=True, blank=True
    )
    starts_on = models.DateField(_("à partir du"), null=True, blank=True)
    ends_on = models.DateField(_("lendemain du dernier jour"), null=True, blank=True)
    is_active = models.BooleanField(_("proposé"), default=True)

    objects = BenefitQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("avantage")
        ordering = ["place", "pk"]
        constraints = [
            models.CheckConstraint(
                name="benefit_says_how_often",
                condition=~Q(limit=Limit.N_A_SEASON) | Q(times__gte=1),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.place}: {self.get_gives_display()}"

    @property
    def position(self) -> tuple[float, float] | None:
        """Longitude and latitude of its place."""
        return self.place.position

    @property
    def is_offered(self) -> bool:
        """Neither it nor its event was called off."""
        event = self.event
        goes_on = event is None or (
            event.is_public and event.status != Status.CANCELLED
        )
        return self.is_active and goes_on

    @property
    def days(self) -> tuple[dt.date | None, dt.date | None]:
        """The days on which doors give it, ``[start, end)``: its event's too."""
        starts, ends = [self.starts_on], [self.ends_on]
        if self.event:
            last = self.event.last_on
            starts.append(self.event.first_on)
            ends.append(last + dt.timedelta(1) if last else None)
        return (
            max((day for day in starts if day), default=None),
            min((day for day in ends if day), default=None),
        )

    def is_over(self, day: dt.date) -> bool:
        end = self.days[1]
        return not self.is_offered or (end is not None and end <= day)
