"""Results of a wave: being computed, ready, published, withdrawn."""

from typing import Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from maillage.surveys.choices import ReleaseState
from maillage.surveys.models.waves import Wave


class ReleaseQuerySet(models.QuerySet["Release"]):
    def published(self) -> Self:
        """Those that everybody may read today."""
        return self.filter(published_at__isnull=False, withdrawn_at__isnull=True)

    def told(self) -> Self:
        """Those that somebody may have read, withdrawn since or not."""
        return self.filter(published_at__isnull=False)

    def loose(self) -> Self:
        """Those that nobody has read yet: they may be replaced or forgotten."""
        return self.filter(published_at__isnull=True)


class Release(models.Model):
    """Results as they were published: every page, file and route reads these cells.

    ``figures`` is a ``core.disclosure`` release as JSON, empty until all of it is
    decided; ``digest`` is the hash of the answers that it was made from.
    """

    wave = models.ForeignKey(Wave, models.CASCADE, related_name="releases")
    number = models.PositiveSmallIntegerField(_("numéro"))
    figures = models.JSONField(_("chiffres"), default=dict)
    tables = models.JSONField(_("tableaux demandés"), default=list)
    digest = models.CharField(_("empreinte des réponses"), max_length=64)
    made_at = models.DateTimeField(_("faite le"))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    state = models.CharField(
        _("état"), max_length=10, choices=ReleaseState, default=ReleaseState.WAITING
    )
    run = models.CharField(
        max_length=32,
        blank=True,
        help_text="Drawn at each start: an old run is ignored.",
    )
    beat_at = models.DateTimeField(_("dernier signe du calcul"), null=True, blank=True)
    progress = models.JSONField(
        _("avancement"), default=dict, help_text="done, total, what"
    )
    error = models.TextField(_("erreur"), blank=True)
    published_at = models.DateTimeField(_("publiée le"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(_("retirée le"), null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    withdrawn_why = models.TextField(_("pourquoi elle est retirée"), blank=True)

    objects = ReleaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("résultats")
        ordering = ["wave", "-number"]
        constraints = [
            models.UniqueConstraint(
                name="release_number_is_unique", fields=["wave", "number"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.wave} · {self.number}"

    @property
    def is_published(self) -> bool:
        """Everybody may read it today."""
        return self.published_at is not None and self.withdrawn_at is None
