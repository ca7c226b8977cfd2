"""The evaluation of an action: its logic frame, its rounds of questions, the answers."""

import datetime as dt
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from maillage.agenda.models import Event
from maillage.catalogue.models import Resource
from maillage.directory.models import Structure
from maillage.studio.choices import Gravity, LogicLevel, Mode, Moment


class EvaluationQuerySet(models.QuerySet["Evaluation"]):
    def visible_to(self, user: Any) -> Self:
        """Those of one's structures; all for the agency, the Region and the State."""
        if not user.is_authenticated:
            return self.none()
        if user.is_agency or user.is_observer:
            return self
        return self.of_member(user)

    def editable_by(self, user: Any) -> Self:
        if not user.is_authenticated:
            return self.none()
        return self if user.is_agency else self.of_member(user)

    def of_member(self, user: Any) -> Self:
        mine = Structure.objects.filter(memberships__user=user.pk)
        return self.filter(structure__in=mine)


class Evaluation(models.Model):
    """What an action wants to change, and how one will know."""

    title = models.CharField(_("titre"), max_length=200)
    structure = models.ForeignKey(
        Structure,
        models.PROTECT,
        related_name="evaluations",
        verbose_name=_("structure"),
    )
    event = models.ForeignKey(
        Event,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="evaluations",
        verbose_name=_("événement évalué"),
    )
    resource = models.ForeignKey(
        Resource,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="evaluations",
        verbose_name=_("ressource évaluée"),
    )
    issue = models.TextField(
        _("enjeu"),
        max_length=4000,
        blank=True,
        help_text=_("Le constat de départ : pourquoi agir, pour qui, où."),
    )
    is_example = models.BooleanField(_("exemple"), default=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    created_at = models.DateTimeField(_("créée le"))

    objects = EvaluationQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("évaluation")
        verbose_name_plural = _("évaluations")
        ordering = ["-created_at", "pk"]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("studio:evaluation_detail", args=[self.pk])


class LogicRow(models.Model):
    """A goal, an activity, an output, an outcome or an impact."""

    evaluation = models.ForeignKey(Evaluation, models.CASCADE, related_name="rows")
    level = models.CharField(_("niveau"), max_length=10, choices=LogicLevel)
    text = models.TextField(_("énoncé"), max_length=1000)

    class Meta:
        verbose_name = _("ligne du cadre logique")
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.get_level_display()} : {self.text[:80]}"


class Indicator(models.Model):
    """How one knows that a row came true."""

    row = models.ForeignKey(
        LogicRow,
        models.CASCADE,
        related_name="indicators",
        verbose_name=_("ligne du cadre logique"),
    )
    label = models.CharField(_("indicateur"), max_length=200)
    unit = models.CharField(_("unité"), max_length=40, blank=True)
    baseline = models.DecimalField(
        _("valeur de départ"), max_digits=14, decimal_places=2, null=True, blank=True
    )
    target = models.DecimalField(
        _("cible"), max_digits=14, decimal_places=2, null=True, blank=True
    )
    measured = models.DecimalField(
        _("valeur mesurée"), max_digits=14, decimal_places=2, null=True, blank=True
    )
    source = models.CharField(
        _("source"),
        max_length=200,
        blank=True,
        help_text=_("Où se lit le nombre : billetterie, questionnaire, comptage."),
    )

    class Meta:
        verbose_name = _("indicateur")
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.label

    @property
    def is_reached(self) -> bool | None:
        """The target is met, in the direction that it takes from the baseline."""
        if self.measured is None or self.target is None:
            return None
        if self.baseline is not None and self.target < self.baseline:
            return self.measured <= self.target
        return self.measured >= self.target


class Risk(models.Model):
    """What may prevent it, and what is done about it."""

    evaluation = models.ForeignKey(Evaluation, models.CASCADE, related_name="risks")
    text = models.CharField(_("risque"), max_length=300)
    gravity = models.PositiveSmallIntegerField(
        _("gravité"), choices=Gravity, default=Gravity.MIDDLE
    )
    remedy = models.CharField(_("parade"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("risque")
        ordering = ["-gravity", "pk"]

    def __str__(self) -> str:
        return self.text


class Round(models.Model):
    """A collection of answers to one kit, open in ``[opened_at, closes_at)``.

    ``questions`` are those of the kit on the day the round was opened: a change of the
    data file does not change what people were asked.
    """

    evaluation = models.ForeignKey(Evaluation, models.CASCADE, related_name="rounds")
    code = models.CharField(_("code"), max_length=8, unique=True)
    kit = models.CharField(_("questionnaire"), max_length=40)
    questions = models.JSONField(_("questions"), default=list)
    opened_at = models.DateTimeField(_("ouverte le"))
    closes_at = models.DateTimeField(_("clôture"))

    class Meta:
        verbose_name = _("recueil de réponses")
        ordering = ["-opened_at", "pk"]
        constraints = [
            models.CheckConstraint(
                name="round_closes_after_it_opened",
                condition=Q(closes_at__gte=models.F("opened_at")),
            ),
        ]

    def __str__(self) -> str:
        return self.code

    def get_absolute_url(self) -> str:
        return reverse("studio:round_detail", args=[self.code])

    def is_open(self, now: dt.datetime) -> bool:
        return self.opened_at <= now < self.closes_at

    @property
    def shown_code(self) -> str:
        """« 7K3M-9PQX », easier to read aloud."""
        return f"{self.code[:4]}-{self.code[4:]}"


class Answer(models.Model):
    """One questionnaire, of nobody: no name, no hour, no address.

    ``word`` is a keyed hash of the word that the person chose, another in each round;
    ``key`` that of the page it was sent from, so that a second click adds nothing.
    """

    round = models.ForeignKey(Round, models.CASCADE, related_name="answers")
    moment = models.CharField(_("moment"), max_length=6, choices=Moment)
    mode = models.CharField(_("mode"), max_length=5, choices=Mode, default=Mode.WEB)
    word = models.CharField(_("mot choisi"), max_length=32, blank=True)
    key = models.CharField(max_length=32)
    values = models.JSONField(_("réponses"), default=dict)
    given_on = models.DateField(_("jour"))

    class Meta:
        verbose_name = _("réponse")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                name="answer_is_one_per_page", fields=["round", "key"]
            ),
        ]
        indexes = [models.Index(fields=["round", "moment"], name="answer_of_moment")]

    def __str__(self) -> str:
        return f"{self.round_id} {self.moment}"
