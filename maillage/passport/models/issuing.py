"""Bodies that issue passes, their keys, on what conditions, and the passes."""

import datetime as dt
import secrets
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from maillage.directory.models import Structure
from maillage.passport.choices import AgeBand, PassKind, PassState
from maillage.passport.short import short_number


def new_number() -> str:
    """The random number of a pass: 96 bits, in 24 hexadecimal digits."""
    return secrets.token_hex(12)


class Issuer(models.Model):
    """A body that may issue passes; ``code`` stands in every pass (claim ``iss``)."""

    structure = models.ForeignKey(
        Structure,
        models.PROTECT,
        related_name="pass_issuers",
        verbose_name=_("structure"),
    )
    code = models.SlugField(_("code"), max_length=12, unique=True)
    is_active = models.BooleanField(_("peut émettre"), default=True)

    class Meta:
        verbose_name = _("émetteur")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.code


class SigningKeyQuerySet(models.QuerySet["SigningKey"]):
    def signing(self) -> Self:
        """Keys that may sign new passes."""
        return self.filter(retired_at=None, revoked_at=None)

    def trusted(self) -> Self:
        """Keys of the trust list: all that were not revoked."""
        return self.filter(revoked_at=None)


class SigningKey(models.Model):
    """An Ed25519 key of an issuer; ``kid`` is eight bytes of the hash of its public half."""

    issuer = models.ForeignKey(Issuer, models.PROTECT, related_name="keys")
    kid = models.CharField(max_length=16, db_index=True)
    public = models.CharField(max_length=64)  # raw, hexadecimal
    #: Encrypted with a key that is derived from the secret of the site.
    private = models.TextField(blank=True)
    made_at = models.DateTimeField(_("créée le"))
    retired_at = models.DateTimeField(_("ne signe plus depuis"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("retirée le"), null=True, blank=True)

    objects = SigningKeyQuerySet.as_manager()

    class Meta:
        verbose_name = _("clé")
        constraints = [
            models.UniqueConstraint(name="signing_key_is_unique", fields=["public"]),
        ]

    def __str__(self) -> str:
        return f"{self.issuer} {self.kid}"


class PassSeasonQuerySet(models.QuerySet["PassSeason"]):
    def open_on(self, day: dt.date) -> Self:
        return self.filter(is_open=True, ends_on__gt=day)


class PassSeason(models.Model):
    """The season that passes are good for, ``[starts_on, ends_on)``."""

    name = models.CharField(_("nom"), max_length=60)
    slug = models.SlugField(_("adresse"), max_length=40, unique=True)
    starts_on = models.DateField(_("premier jour"))
    ends_on = models.DateField(_("lendemain du dernier jour"))
    is_open = models.BooleanField(_("on peut demander un passeport"), default=False)
    about = models.TextField(_("ce que le passeport permet"), blank=True)

    objects = PassSeasonQuerySet.as_manager()

    class Meta:
        verbose_name = _("saison du passeport")
        ordering = ["-starts_on"]
        constraints = [
            models.CheckConstraint(
                name="pass_season_lasts_a_day", condition=Q(ends_on__gt=F("starts_on"))
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def last_day(self) -> dt.date:
        return self.ends_on - dt.timedelta(1)


class OfferQuerySet(models.QuerySet["Offer"]):
    def open_on(self, day: dt.date) -> Self:
        return self.filter(season__is_open=True, season__ends_on__gt=day, is_open=True)


class Offer(models.Model):
    """On what conditions a pass of a season is given: the Region's rules."""

    season = models.ForeignKey(PassSeason, models.PROTECT, related_name="offers")
    issuer = models.ForeignKey(Issuer, models.PROTECT, related_name="offers")
    name = models.CharField(_("nom"), max_length=80)
    kind = models.CharField(_("pour"), max_length=1, choices=PassKind)
    is_open = models.BooleanField(_("ouverte"), default=True)
    price_cents = models.PositiveIntegerField(_("prix"), default=0)
    #: Age bands, codes of communes or departments; empty: whoever asks.
    age_bands = models.JSONField(_("âges"), default=list, blank=True)
    levels = models.JSONField(_("niveaux scolaires"), default=list, blank=True)
    communes = models.JSONField(_("communes"), default=list, blank=True)
    departments = models.JSONField(_("départements"), default=list, blank=True)
    most_members = models.PositiveSmallIntegerField(_("personnes au plus"), default=1)
    proof = models.CharField(
        _("justificatif à montrer à l’entrée"), max_length=200, blank=True
    )
    about = models.TextField(_("précisions"), blank=True)

    objects = OfferQuerySet.as_manager()

    class Meta:
        verbose_name = _("formule")
        ordering = ["price_cents", "name", "pk"]

    def __str__(self) -> str:
        return self.name


class Batch(models.Model):
    """Passes of one class that were asked for together; ``secret`` opens their sheet."""

    offer = models.ForeignKey(Offer, models.PROTECT, related_name="batches")
    secret = models.CharField(max_length=43, unique=True)
    #: What the teacher calls it: never printed nor signed.
    nickname = models.CharField(_("petit nom"), max_length=40, blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="pass_batches",
    )
    made_at = models.DateTimeField(_("demandé le"))

    class Meta:
        verbose_name = _("classe")
        ordering = ["-made_at", "pk"]

    def __str__(self) -> str:
        return self.nickname or f"{self.offer}"

    def get_absolute_url(self) -> str:
        return reverse("passport:batch_detail", args=[self.secret])


class PassQuerySet(models.QuerySet["Pass"]):
    def held_by(self, user: Any) -> Self:
        return self.filter(user=user.pk) if user.is_authenticated else self.none()

    def active(self) -> Self:
        return self.filter(state=PassState.ACTIVE)

    def valid_on(self, day: dt.date) -> Self:
        return self.active().filter(valid_from__lte=day, valid_until__gt=day)


class Pass(models.Model):
    """A holder's right of access, with as little about the holder as will do.

    ``number`` is all that the code says of who it is; ``secret`` opens its page for
    whoever holds the card and has no account.
    """

    offer = models.ForeignKey(Offer, models.PROTECT, related_name="passes")
    number = models.CharField(max_length=24, unique=True, default=new_number)
    secret = models.CharField(max_length=43, unique=True)
    kind = models.CharField(_("pour"), max_length=1, choices=PassKind)
    age_band = models.CharField(
        _("âge"), max_length=5, choices=AgeBand, blank=True, default=AgeBand.UNKNOWN
    )
    commune = models.ForeignKey(
        "territories.Commune",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("commune"),
    )
    people = models.PositiveSmallIntegerField(_("personnes"), default=1)
    #: What its holder calls it on their own page: never printed nor signed.
    nickname = models.CharField(_("petit nom"), max_length=40, blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="passes",
    )
    #: The structure that asked for the passes of a class or group.
    group = models.ForeignKey(
        Structure, models.PROTECT, null=True, blank=True, related_name="group_passes"
    )
    batch = models.ForeignKey(
        Batch, models.SET_NULL, null=True, blank=True, related_name="passes"
    )
    valid_from = models.DateField(_("valable à partir du"))
    valid_until = models.DateField(_("lendemain du dernier jour"))
    state = models.CharField(
        _("état"), max_length=8, choices=PassState, default=PassState.ACTIVE
    )
    key = models.ForeignKey(SigningKey, models.PROTECT, related_name="passes")
    #: What the QR says: ``CS1:`` and Base45.
    code = models.CharField(max_length=400)
    keeps_stamps = models.BooleanField(_("garder mes tampons"), default=False)
    issued_at = models.DateTimeField(_("émis le"))
    revoked_at = models.DateTimeField(_("retiré le"), null=True, blank=True)
    revoked_why = models.CharField(_("pourquoi"), max_length=200, blank=True)

    objects = PassQuerySet.as_manager()

    class Meta:
        verbose_name = _("passeport")
        verbose_name_plural = _("passeports")
        ordering = ["-issued_at", "pk"]
        constraints = [
            models.CheckConstraint(
                name="pass_lasts_a_day", condition=Q(valid_until__gt=F("valid_from"))
            ),
            models.CheckConstraint(
                name="pass_is_for_somebody", condition=Q(people__gte=1)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number[:4]}…{self.number[-4:]}"

    def get_absolute_url(self) -> str:
        return reverse("passport:pass_detail", args=[self.secret])

    @property
    def short_number(self) -> str:
        """What people type when no camera reads the code."""
        return short_number(self.number)

    @property
    def last_day(self) -> dt.date:
        return self.valid_until - dt.timedelta(1)

    @property
    def is_active(self) -> bool:
        return self.state == PassState.ACTIVE


class Member(models.Model):
    """A person of a household or a class: an age band, nothing else."""

    holder = models.ForeignKey(Pass, models.CASCADE, related_name="members")
    age_band = models.CharField(
        _("âge"), max_length=5, choices=AgeBand, blank=True, default=AgeBand.UNKNOWN
    )

    class Meta:
        verbose_name = _("membre")

    def __str__(self) -> str:
        return self.get_age_band_display()
