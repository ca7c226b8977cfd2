"""The yearly file for the committee: what the plan was on a day, for ever."""

from typing import Any

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from maillage.plan.models.tree import Plan


class FrozenFile(models.Model):
    """The plan's numbers on a day, as canonical JSON, and the SHA-256 of that text.

    Nothing of it is read from actions again; it is written once.
    """

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="frozen")
    year = models.PositiveSmallIntegerField(_("année"))
    title = models.CharField(_("titre"), max_length=160)
    taken_at = models.DateTimeField(_("figé le"))
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    content = models.TextField()
    digest = models.CharField(_("empreinte"), max_length=64)

    class Meta:
        verbose_name = _("dossier figé")
        verbose_name_plural = _("dossiers figés")
        ordering = ["-year", "-taken_at", "-pk"]

    def __str__(self) -> str:
        return self.title

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Write it once."""
        if not self._state.adding:
            message = "a frozen file does not change"
            raise TypeError(message)
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        return reverse("plan:frozen_detail", args=[self.pk])
