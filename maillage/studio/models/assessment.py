"""Self-assessment: the grid as it was, and a structure's answers to it."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from maillage.directory.models import Structure
from maillage.studio.assessment_choices import GridLevel, PeerState, VisitState

#: States of a visit in which its reviewers read and write.
HELD = (VisitState.PLANNED, VisitState.CHECK, VisitState.FINAL)
#: The answer that is about no standard: the summary of an assessment.
OVERALL = "ensemble"


class AssessmentGrid(models.Model):
    """One state of the grid, which never changes; the same words are the same row."""

    number = models.PositiveIntegerField(_("version"), unique=True)
    digest = models.CharField(_("empreinte"), max_length=64, unique=True)
    definition = models.JSONField(_("définition"))
    loaded_at = models.DateTimeField(_("chargée le"))

    class Meta:
        verbose_name = _("grille d’auto-évaluation")
        ordering = ["-number"]

    def __str__(self) -> str:
        return str(self.number)


class AssessmentQuerySet(models.QuerySet["SelfAssessment"]):
    def visible_to(self, user: Any) -> Self:
        """Drafts for the team alone; then the agency, observers and the reviewers too."""
        if not user.is_authenticated:
            return self.none()
        if user.is_agency or user.is_observer:
            return self.filter(self.finished_ones() | self.of_team(user))
        return self.filter(self.of_team(user) | Q(pk__in=self.reviewed_pks(user)))

    def editable_by(self, user: Any) -> Self:
        """Those of one's structures: nobody assesses in the place of a team."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(self.of_team(user))

    def finished(self) -> Self:
        return self.filter(self.finished_ones())

    def drafts(self) -> Self:
        return self.filter(finished_at=None)

    @staticmethod
    def finished_ones() -> Q:
        return Q(finished_at__isnull=False)

    @staticmethod
    def of_team(user: Any) -> Q:
        return Q(structure__in=Structure.objects.filter(memberships__user=user.pk))

    def reviewed_pks(self, user: Any) -> models.QuerySet[Any, Any]:
        """Those of visits in which the person accepted to be a reviewer."""
        rows = self.model._base_manager.filter(
            visits__state__in=HELD,
            visits__reviewers__user=user.pk,
            visits__reviewers__state=PeerState.ACCEPTED,
        )
        return rows.values("pk")


class SelfAssessment(models.Model):
    """A structure, or one of its actions, looked at with the grid by its own team.

    Once finished it does not change any more; another one may be opened.
    """

    grid = models.ForeignKey(AssessmentGrid, models.PROTECT, related_name="assessments")
    structure = models.ForeignKey(
        Structure,
        models.PROTECT,
        related_name="self_assessments",
        verbose_name=_("structure"),
    )
    subject = models.CharField(
        _("ce qui est évalué"),
        max_length=200,
        blank=True,
        help_text=_(
            "Laissez vide pour toute la structure ; sinon, une action ou un lieu."
        ),
    )
    is_example = models.BooleanField(_("exemple"), default=False)
    started_at = models.DateTimeField(_("ouverte le"))
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    finished_at = models.DateTimeField(_("terminée le"), null=True, blank=True)
    finished_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )

    objects = AssessmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("auto-évaluation")
        verbose_name_plural = _("auto-évaluations")
        ordering = ["-started_at", "pk"]

    def __str__(self) -> str:
        return self.subject or str(self.structure)

    def get_absolute_url(self) -> str:
        return reverse("studio:assessment_detail", args=[self.pk])

    @property
    def is_finished(self) -> bool:
        return self.finished_at is not None


class GridAnswer(models.Model):
    """A level and words for one standard, by whoever wrote them last.

    A page sends the ``revision`` that it had seen: nothing is written over words that
    somebody has not read. ``page`` is the open page that wrote last: its own words are
    no surprise to it.
    """

    standard = models.SlugField(_("norme"), max_length=40)
    level = models.PositiveSmallIntegerField(
        _("niveau"), choices=GridLevel, null=True, blank=True
    )
    comment = models.TextField(_("commentaire"), max_length=4000, blank=True)
    revision = models.PositiveIntegerField(_("révision"), default=0)
    page = models.CharField(max_length=40, blank=True)
    changed_at = models.DateTimeField(_("modifiée le"))
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.standard

    @property
    def is_empty(self) -> bool:
        return self.level is None and not self.comment


class AssessmentAnswer(GridAnswer):
    """What the structure says; ``evidence`` is a list of ``{"label", "url"}``."""

    assessment = models.ForeignKey(
        SelfAssessment, models.CASCADE, related_name="answers"
    )
    evidence = models.JSONField(_("preuves"), default=list, blank=True)

    class Meta:
        verbose_name = _("réponse d’une auto-évaluation")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                name="assessment_answer_is_one_per_standard",
                fields=["assessment", "standard"],
            ),
        ]
