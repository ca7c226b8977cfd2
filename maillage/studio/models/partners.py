"""A project that looks for partners: what it seeks, who answers, what it is told."""

import datetime as dt
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from maillage.core.choices import State
from maillage.core.fields import TermsField
from maillage.directory.models import Structure
from maillage.studio.choices import AnswerState
from maillage.studio.models.projects import Project


class PartnerCallQuerySet(models.QuerySet["PartnerCall"]):
    def visible_to(self, user: Any) -> Self:
        """What everybody reads, and one's own."""
        own = Project.objects.all().editable_by(user)
        lead_is_public = Q(project__lead__state=State.PUBLISHED)
        return self.filter(lead_is_public | Q(project__in=own.values("pk")))

    def shown(self) -> Self:
        """Calls that everybody reads: who leads is in the public directory."""
        return self.filter(project__lead__state=State.PUBLISHED)

    def open_at(self, now: dt.datetime) -> Self:
        """Calls that take answers at an instant."""
        return self.filter(closed_at=None, closes_at__gt=now)

    def closed_before(self, now: dt.datetime) -> Self:
        return self.exclude(closed_at=None, closes_at__gt=now)

    def editable_by(self, user: Any) -> Self:
        return self.filter(project__in=Project.objects.all().editable_by(user))


class PartnerCall(models.Model):
    """A public call: which links of the chain a project seeks, and until when."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="calls")
    title = models.CharField(_("titre"), max_length=200)
    text = models.TextField(
        _("ce qui est cherché"),
        max_length=4000,
        help_text=_("Le travail attendu, les moyens prévus, le calendrier."),
    )
    roles = TermsField(
        _("maillons de la chaîne"), vocabulary="chain_roles", blank=False
    )
    themes = TermsField(_("thèmes"), vocabulary="themes")
    #: Codes of departments; empty: the whole region.
    departments = models.JSONField(_("départements"), default=list, blank=True)
    opened_at = models.DateTimeField(_("ouvert le"))
    closes_at = models.DateTimeField(_("clôture"))
    #: Set when it was closed before its hour.
    closed_at = models.DateTimeField(_("clos le"), null=True, blank=True)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )

    objects = PartnerCallQuerySet.as_manager()

    class Meta:
        verbose_name = _("appel à partenaires")
        verbose_name_plural = _("appels à partenaires")
        ordering = ["closes_at", "pk"]
        constraints = [
            models.CheckConstraint(
                name="partner_call_closes_after_it_opens",
                condition=Q(closes_at__gt=F("opened_at")),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("studio:partner_call_detail", args=[self.pk])

    def is_open(self, now: dt.datetime) -> bool:
        return self.closed_at is None and now < self.closes_at


class PartnerAnswerQuerySet(models.QuerySet["PartnerAnswer"]):
    def visible_to(self, user: Any) -> Self:
        """Answers to one's calls and those of one's structures; all for the agency."""
        if not user.is_authenticated:
            return self.none()
        if user.is_agency:
            return self
        mine = Structure.objects.filter(memberships__user=user.pk)
        return self.filter(Q(structure__in=mine) | Q(call__project__lead__in=mine))

    def authored_by(self, user: Any) -> Self:
        """Answers of the structures for which a person speaks."""
        if not user.is_authenticated:  # or structures without anybody would be theirs
            return self.none()
        mine = Structure.objects.filter(memberships__user=user.pk)
        return self.filter(structure__in=mine)

    def waiting(self) -> Self:
        return self.filter(state=AnswerState.WAITING)


class PartnerAnswer(models.Model):
    """One structure's answer to one call, and what it was told."""

    call = models.ForeignKey(PartnerCall, models.CASCADE, related_name="answers")
    structure = models.ForeignKey(
        Structure,
        models.PROTECT,
        related_name="partner_answers",
        verbose_name=_("structure"),
    )
    roles = TermsField(_("maillons proposés"), vocabulary="chain_roles", blank=False)
    text = models.TextField(
        _("ce que vous proposez"),
        max_length=4000,
        help_text=_("Ce que vous savez faire, vos disponibilités, vos conditions."),
    )
    state = models.CharField(
        _("état"), max_length=9, choices=AnswerState, default=AnswerState.WAITING
    )
    #: What who leads says with the decision.
    word = models.CharField(_("mot"), max_length=1000, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="partner_answers",
    )
    sent_at = models.DateTimeField(_("envoyée le"))
    answered_at = models.DateTimeField(_("décidée le"), null=True, blank=True)

    objects = PartnerAnswerQuerySet.as_manager()

    class Meta:
        verbose_name = _("réponse à un appel à partenaires")
        verbose_name_plural = _("réponses aux appels à partenaires")
        ordering = ["sent_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="partner_answer_is_one_per_structure", fields=["call", "structure"]
            ),
        ]

    def __str__(self) -> str:
        return self.structure.name

    def get_absolute_url(self) -> str:
        return reverse("studio:partner_call_detail", args=[self.call_id])

    def absorb(self, other: "PartnerAnswer") -> None:
        """Take over the answer of a structure that was found to be the same (merging)."""
        self.roles = [*self.roles, *(r for r in other.roles if r not in self.roles)]
        self.text = f"{self.text}\n\n{other.text}"[:4000]
        if AnswerState.ACCEPTED in (self.state, other.state):
            self.state = AnswerState.ACCEPTED
