"""Files of a project: each keeps its versions, read by partners or by everybody."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from maillage.studio.choices import FileAudience
from maillage.studio.models.projects import Project


class ProjectFile(models.Model):
    """A document or a picture of a project, under one title whatever its versions."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="files")
    title = models.CharField(_("titre"), max_length=160)
    audience = models.CharField(
        _("qui peut le lire"),
        max_length=8,
        choices=FileAudience,
        default=FileAudience.PARTNERS,
    )

    class Meta:
        verbose_name = _("fichier")
        ordering = ["title", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="project_file_is_one_per_title", fields=["project", "title"]
            ),
        ]

    def __str__(self) -> str:
        return self.title


class FileVersionQuerySet(models.QuerySet["FileVersion"]):
    def visible_to(self, user: Any) -> Self:
        """Those of one's projects; the last of what a public page gives, for all."""
        seen = Project.objects.all().visible_to(user)
        mine = Q(file__project__in=seen.values("pk"))
        public = Q(
            file__audience=FileAudience.PUBLIC,
            file__project__in=Project.objects.all().public().values("pk"),
            is_last=True,
        )
        return self.filter(mine | public)


class FileVersion(models.Model):
    """One state of a file, cleaned when it came in; nothing but ``visible_to`` gives it."""

    file = models.ForeignKey(ProjectFile, models.CASCADE, related_name="versions")
    number = models.PositiveSmallIntegerField(_("version"))
    is_last = models.BooleanField(default=True)
    #: Where it lies under the media folder.
    stored = models.CharField(max_length=160)
    name = models.CharField(_("nom"), max_length=160)
    size = models.PositiveBigIntegerField(_("taille (octets)"))
    sha256 = models.CharField(max_length=64)
    added_at = models.DateTimeField(_("ajoutée le"))
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )

    objects = FileVersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("version d’un fichier")
        verbose_name_plural = _("versions de fichiers")
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(
                name="file_version_has_its_number", fields=["file", "number"]
            ),
            models.UniqueConstraint(
                name="file_version_is_last_once",
                fields=["file"],
                condition=Q(is_last=True),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("studio:project_file", args=[self.pk])
