"""What happens at the door: devices, passages, and how they are forgotten."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from maillage.agenda.models import Event
from maillage.directory.models import Place
from maillage.passport.choices import AgeBand, Outcome, PassKind, Reason
from maillage.passport.models.benefits import Benefit
from maillage.passport.models.issuing import PassSeason


class DeviceQuerySet(models.QuerySet["Device"]):
    def active(self) -> Self:
        return self.filter(revoked_at=None)

    def editable_by(self, user: Any) -> Self:
        if not user.is_authenticated:
            return self.none()
        if user.is_agency:
            return self
        return self.filter(place__structure__memberships__user=user).distinct()


class Device(models.Model):
    """A phone that checks passes at a place; its token is kept as a hash."""

    place = models.ForeignKey(Place, models.CASCADE, related_name="pass_devices")
    name = models.CharField(_("nom de l’appareil"), max_length=60)
    token_hash = models.CharField(max_length=64, unique=True)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    added_at = models.DateTimeField(_("ajouté le"))
    seen_at = models.DateTimeField(_("vu le"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("retiré le"), null=True, blank=True)

    objects = DeviceQuerySet.as_manager()

    class Meta:
        verbose_name = _("appareil de contrôle")
        ordering = ["place", "name"]

    def __str__(self) -> str:
        return self.name


class MonthKey(models.Model):
    """The key of a month's pseudonyms; destroyed once the month is counted."""

    month = models.CharField(primary_key=True, max_length=7)  # 2026-10
    secret = models.CharField(max_length=64, blank=True)
    counted_at = models.DateTimeField(null=True, blank=True)
    destroyed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("clé du mois")
        constraints = [
            models.CheckConstraint(
                name="month_key_is_gone_once_destroyed",
                condition=Q(destroyed_at=None) | Q(secret=""),
            ),
        ]

    def __str__(self) -> str:
        return self.month


class CheckInQuerySet(models.QuerySet["CheckIn"]):
    def accepted(self) -> Self:
        return self.filter(outcome=Outcome.ACCEPTED)


class CheckIn(models.Model):
    """One use of a pass at a door.

    Nothing in it leads to the pass once the key of its month is destroyed:
    ``pseudonym`` is the HMAC of the number of the pass under that key. ``nonce`` is
    the random number that the device gave it, so that sending it again changes nothing.
    """

    nonce = models.CharField(max_length=32, unique=True)
    device = models.ForeignKey(
        Device, models.SET_NULL, null=True, related_name="checkins"
    )
    place = models.ForeignKey(Place, models.PROTECT, related_name="checkins")
    event = models.ForeignKey(
        Event, models.SET_NULL, null=True, blank=True, related_name="checkins"
    )
    benefit = models.ForeignKey(
        Benefit, models.SET_NULL, null=True, blank=True, related_name="checkins"
    )
    month = models.CharField(max_length=7)
    pseudonym = models.CharField(max_length=32, blank=True)
    kind = models.CharField(max_length=1, choices=PassKind, blank=True)
    age_band = models.CharField(max_length=5, choices=AgeBand, blank=True)
    #: INSEE code, as the pass says it.
    commune = models.CharField(max_length=5, blank=True)
    distance_km = models.FloatField(null=True, blank=True)
    companions = models.PositiveSmallIntegerField(default=0)
    people = models.PositiveSmallIntegerField(default=1)
    paid_cents = models.PositiveIntegerField(default=0)
    outcome = models.CharField(max_length=8, choices=Outcome)
    reason = models.CharField(max_length=16, choices=Reason, blank=True)
    was_offline = models.BooleanField(default=False)
    #: Accepted at the door, found against the rules when it came in.
    flag = models.CharField(max_length=16, choices=Reason, blank=True)
    happened_at = models.DateTimeField()
    happened_on = models.DateField()
    received_at = models.DateTimeField()
    #: The decided payment that it was counted in, paid or not: once, and by one.
    settlement = models.ForeignKey(
        "passport.Settlement",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="checkins",
        verbose_name=_("paiement"),
    )

    objects = CheckInQuerySet.as_manager()

    class Meta:
        verbose_name = _("passage")
        indexes = [
            models.Index(name="checkin_by_place", fields=["place", "happened_on"]),
            models.Index(name="checkin_by_pseudonym", fields=["month", "pseudonym"]),
        ]
        constraints = [
            models.CheckConstraint(
                name="checkin_says_why_it_is_refused",
                condition=Q(outcome=Outcome.ACCEPTED) | ~Q(reason=""),
            ),
            models.CheckConstraint(
                name="checkin_comes_in_with_somebody",
                condition=Q(people__gte=1) & Q(companions__lt=F("people")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.place}, {self.happened_on}"


class Use(models.Model):
    """How often one benefit was used by one pass in a season.

    ``token`` is the HMAC of pass and benefit under the secret of the season: two rows
    of one pass cannot be told to belong together.
    """

    season = models.ForeignKey(PassSeason, models.CASCADE, related_name="uses")
    token = models.CharField(max_length=32)
    times = models.PositiveIntegerField(default=0)
    last_on = models.DateField(null=True)

    class Meta:
        verbose_name = _("utilisation")
        constraints = [
            models.UniqueConstraint(
                name="use_is_counted_once", fields=["season", "token"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.times} ×"
