"""Files that the agency imports, and what became of each."""

import datetime as dt
import json
from pathlib import Path
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from maillage.interchange.choices import AT_WORK, RunState

#: A run that has told nothing for so long has been killed.
SILENCE = dt.timedelta(minutes=3)


class ImportRunQuerySet(models.QuerySet["ImportRun"]):
    def visible_to(self, user: Any) -> Self:
        """Imports are the agency's work."""
        return self if user.is_authenticated and user.is_agency else self.none()


class ImportRun(models.Model):
    """One file, from its upload to its report. Nothing of it is ever served."""

    kind = models.CharField(_("fiches"), max_length=20)
    layout = models.CharField(_("disposition du fichier"), max_length=40, blank=True)
    source = models.CharField(_("source"), max_length=60)
    file = models.FileField(_("fichier"), upload_to="private/imports")
    file_name = models.CharField(_("nom du fichier"), max_length=200)
    size = models.PositiveBigIntegerField(_("taille (octets)"))
    state = models.CharField(
        _("état"), max_length=10, choices=RunState, default=RunState.CHECKING
    )
    only_good = models.BooleanField(_("lignes bonnes seulement"), default=False)
    counts = models.JSONField(_("compte"), default=dict)
    report = models.JSONField(_("rapport"), default=dict)
    digest = models.CharField(max_length=64, blank=True)
    error = models.TextField(_("raison"), blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("par"),
    )
    at = models.DateTimeField(_("envoyé le"))
    beat_at = models.DateTimeField(_("en vie à"))
    checked_at = models.DateTimeField(_("vérifié le"), null=True)
    applied_at = models.DateTimeField(_("appliqué le"), null=True)

    objects = ImportRunQuerySet.as_manager()

    class Meta:
        verbose_name = _("import")
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return self.file_name

    def get_absolute_url(self) -> str:
        return reverse("interchange:import_detail", args=[self.pk])

    @property
    def is_at_work(self) -> bool:
        return self.state in AT_WORK

    @property
    def progress_path(self) -> Path:
        """Beside the database, which the import itself may be holding."""
        return Path(settings.MEDIA_ROOT) / "private" / "imports" / f"{self.pk}.json"

    @property
    def problems_path(self) -> Path:
        return self.progress_path.with_suffix(".problems.json")

    def progress(self) -> dict[str, Any]:
        """How far it is: what, done, total; empty before the first word."""
        try:
            told = json.loads(self.progress_path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return dict(told)

    def is_lost(self, now: dt.datetime) -> bool:
        """At work by its state, but silent for too long: somebody killed it."""
        if not self.is_at_work:
            return False
        try:
            beat = dt.datetime.fromtimestamp(
                self.progress_path.stat().st_mtime, tz=timezone.get_current_timezone()
            )
        except OSError:
            beat = self.beat_at
        return now - max(beat, self.beat_at) > SILENCE
