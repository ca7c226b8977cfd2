"""What a door trusts: the Region's root key, the signed list, the passes withdrawn."""

import datetime as dt
from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _


class RootKey(models.Model):
    """The key that signs the trust list; one signs, earlier ones are kept for the record."""

    kid = models.CharField(max_length=16, unique=True)
    public = models.CharField(max_length=64, unique=True)  # raw, hexadecimal
    #: Encrypted with a key that is derived from the secret of the site.
    private = models.TextField(blank=True)
    made_at = models.DateTimeField(_("créée le"))
    is_current = models.BooleanField(_("signe la liste"), default=True)

    class Meta:
        verbose_name = _("clé racine")
        constraints = [
            models.UniqueConstraint(
                name="root_key_is_one_at_a_time",
                fields=["is_current"],
                condition=models.Q(is_current=True),
            ),
        ]

    def __str__(self) -> str:
        return self.kid


class TrustList(models.Model):
    """The list as it is served, signed beforehand: one row, replaced at each change."""

    name = models.CharField(primary_key=True, max_length=10, default="current")
    body = models.TextField()
    digest = models.CharField(max_length=64)
    made_at = models.DateTimeField(_("signée le"))

    class Meta:
        verbose_name = _("liste de confiance")

    def __str__(self) -> str:
        return f"{self.made_at:%Y-%m-%d %H:%M}"


class RevocationQuerySet(models.QuerySet["Revocation"]):
    def standing(self, day: dt.date) -> Self:
        """Those whose pass would still be good: others need no revoking."""
        return self.filter(valid_until__gte=day - dt.timedelta(1))


class Revocation(models.Model):
    """A pass that opens no door any more: a hash of its number, nothing of its holder.

    It outlives the pass, which its holder may have had erased.
    """

    digest = models.CharField(max_length=16, unique=True)
    valid_until = models.DateField(_("aurait expiré le"))
    revoked_at = models.DateTimeField(_("retiré le"))

    objects = RevocationQuerySet.as_manager()

    class Meta:
        verbose_name = _("retrait")

    def __str__(self) -> str:
        return self.digest
