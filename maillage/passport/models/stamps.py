"""Stamps on trails: kept only for holders who asked for it."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from maillage.agenda.models import Stop
from maillage.passport.models.issuing import Pass


class Stamp(models.Model):
    """A stop that a holder has been to; theirs, and erased with the pass.

    ``stamped_on`` is the first day of the month: on which day it was is not needed, and
    would help to find the passage at the door of that day, which leads to no pass.
    """

    holder = models.ForeignKey(Pass, models.CASCADE, related_name="stamps")
    stop = models.ForeignKey(Stop, models.CASCADE, related_name="stamps")
    stamped_on = models.DateField(_("le"))

    class Meta:
        verbose_name = _("tampon")
        constraints = [
            models.UniqueConstraint(
                name="stamp_is_one_per_stop", fields=["holder", "stop"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.stop}"
