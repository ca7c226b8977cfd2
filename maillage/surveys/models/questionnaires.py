"""Questionnaires as data: what is asked, in which versions, and what lasts."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from maillage.surveys.choices import QuestionKind, VersionState


class QuestionnaireQuerySet(models.QuerySet["Questionnaire"]):
    def visible_to(self, user: Any) -> Self:
        if user.is_authenticated and (user.is_agency or user.is_observer):
            return self
        return self.none()

    def editable_by(self, user: Any) -> Self:
        if user.is_authenticated and user.is_agency:
            return self
        return self.none()


class Questionnaire(models.Model):
    """A survey that lasts: its versions change, its questions keep their codes."""

    name = models.CharField(_("nom"), max_length=160)
    slug = models.SlugField(_("adresse"), max_length=80, unique=True)
    about = models.TextField(_("à quoi elle sert"), blank=True)
    created_at = models.DateTimeField(_("créé le"))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )

    objects = QuestionnaireQuerySet.as_manager()

    class Meta:
        verbose_name = _("questionnaire")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("surveys:questionnaire_detail", args=[self.slug])


class Version(models.Model):
    """What is asked, as a tree; a frozen version never changes again.

    ``definition`` is read and written by ``surveys.definition``: sections, questions,
    repeated groups, choice lists, conditions in the expression language of XLSForm.
    """

    questionnaire = models.ForeignKey(
        Questionnaire, models.CASCADE, related_name="versions"
    )
    number = models.PositiveSmallIntegerField(_("numéro"))
    state = models.CharField(
        _("état"), max_length=10, choices=VersionState, default=VersionState.DRAFT
    )
    definition = models.JSONField(_("contenu"), default=dict)
    note = models.TextField(_("ce qui change"), blank=True)
    revision = models.PositiveIntegerField(_("révision"), default=1)
    changed_at = models.DateTimeField(_("modifiée le"))
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    frozen_at = models.DateTimeField(_("figée le"), null=True, blank=True)

    class Meta:
        verbose_name = _("version")
        ordering = ["questionnaire", "-number"]
        constraints = [
            models.UniqueConstraint(
                name="version_number_is_unique", fields=["questionnaire", "number"]
            ),
            models.UniqueConstraint(
                name="one_draft_a_questionnaire",
                fields=["questionnaire"],
                condition=Q(state=VersionState.DRAFT),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.questionnaire} v{self.number}"

    @property
    def is_draft(self) -> bool:
        return self.state == VersionState.DRAFT


class Question(models.Model):
    """The identity of a question, which lasts over versions and waves."""

    questionnaire = models.ForeignKey(
        Questionnaire, models.CASCADE, related_name="questions"
    )
    code = models.CharField(_("code"), max_length=60)
    kind = models.CharField(_("sorte"), max_length=10, choices=QuestionKind)
    label = models.TextField(_("dernière formulation"))

    class Meta:
        verbose_name = _("question")
        ordering = ["questionnaire", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="question_code_is_unique", fields=["questionnaire", "code"]
            ),
        ]

    def __str__(self) -> str:
        return self.code


class Break(models.Model):
    """From this version on, answers are not to be compared with the earlier ones."""

    question = models.ForeignKey(Question, models.CASCADE, related_name="breaks")
    version = models.ForeignKey(Version, models.CASCADE, related_name="breaks")
    reason = models.TextField(_("raison"))
    declared_at = models.DateTimeField(_("déclarée le"))
    declared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )

    class Meta:
        verbose_name = _("rupture de série")
        constraints = [
            models.UniqueConstraint(
                name="break_is_declared_once", fields=["question", "version"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.question} / {self.version}"
