"""Decisions, grants, what is paid and when, reports that are due, amendments."""

import datetime as dt
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from maillage.calls.models.applications import Application
from maillage.calls.review_choices import GrantState, Outcome
from maillage.directory.models import Membership


class DecisionQuerySet(models.QuerySet["Decision"]):
    def notified(self) -> Self:
        return self.exclude(notified_at=None)

    def unsaid(self) -> Self:
        """Decided, and not told yet: nobody but the agency reads them."""
        return self.filter(notified_at=None)


class Decision(models.Model):
    """What becomes of an application; the applicant learns it once it is notified."""

    application = models.OneToOneField(
        Application, models.PROTECT, related_name="decision"
    )
    outcome = models.CharField(_("décision"), max_length=10, choices=Outcome)
    cents = models.PositiveBigIntegerField(_("montant"), default=0)
    reason = models.TextField(_("motif"), blank=True)
    #: Place in the waiting list.
    rank = models.PositiveSmallIntegerField(_("rang"), null=True, blank=True)
    #: Number of the act, as the deliberation of the Region has it.
    reference = models.CharField(_("référence de l’acte"), max_length=60, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(_("décidée le"))
    notified_at = models.DateTimeField(_("notifiée le"), null=True, blank=True)
    notified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )

    objects = DecisionQuerySet.as_manager()

    class Meta:
        verbose_name = _("décision")
        ordering = ["application__title", "pk"]
        constraints = [
            models.CheckConstraint(
                name="decision_pays_who_is_granted",
                condition=Q(outcome=Outcome.GRANTED, cents__gt=0)
                | (~Q(outcome=Outcome.GRANTED) & Q(cents=0)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application}: {self.outcome}"

    @property
    def is_granted(self) -> bool:
        return self.outcome == Outcome.GRANTED


class GrantQuerySet(models.QuerySet["Grant"]):
    def active(self) -> Self:
        return self.filter(state=GrantState.ACTIVE)

    def standing(self) -> Self:
        """Not cancelled."""
        return self.exclude(state=GrantState.CANCELLED)

    def visible_to(self, user: Any) -> Self:
        """Those of one's applications; all of them for the agency and observers."""
        if not user.is_authenticated:
            return self.none()
        if user.is_agency or user.is_observer:
            return self
        own = Application.objects.authored_by(user).values("pk")
        return self.filter(application__in=own)

    def reported_by(self, user: Any) -> Self:
        """Those of which the person may file the reports."""
        if not user.is_authenticated:
            return self.none()
        member = Membership.objects.filter(user=user.pk).values("structure")
        return self.filter(
            Q(application__structure__in=member) | Q(application__authors__user=user.pk)
        ).distinct()


class Grant(models.Model):
    """Money promised to an application, from ``starts_on`` up to ``ends_on``."""

    application = models.OneToOneField(
        Application, models.PROTECT, related_name="grant"
    )
    reference = models.CharField(_("référence"), max_length=40, unique=True)
    cents = models.PositiveBigIntegerField(_("montant"))
    state = models.CharField(
        _("état"), max_length=10, choices=GrantState, default=GrantState.ACTIVE
    )
    object = models.CharField(_("objet"), max_length=300)
    agreed_on = models.DateField(_("convention du"), null=True, blank=True)
    starts_on = models.DateField(_("début du versement"))
    ends_on = models.DateField(_("fin du versement (jour exclu)"))
    conditions = models.CharField(
        _("conditions particulières"), max_length=500, blank=True
    )
    act = models.CharField(_("référence de l’acte"), max_length=60, blank=True)
    is_told_to_europe = models.BooleanField(
        _("notifiée à la Commission européenne"), default=False
    )
    cancelled_on = models.DateField(_("annulée le"), null=True, blank=True)
    cancel_reason = models.CharField(
        _("motif de l’annulation"), max_length=300, blank=True
    )
    revision = models.PositiveIntegerField(_("révision"), default=0)
    created_at = models.DateTimeField(_("créée le"))

    objects = GrantQuerySet.as_manager()

    class Meta:
        verbose_name = _("subvention")
        ordering = ["-created_at", "pk"]
        constraints = [
            models.CheckConstraint(
                name="grant_period_is_forward", condition=Q(ends_on__gt=F("starts_on"))
            ),
            models.CheckConstraint(
                name="grant_cancelled_has_its_day",
                condition=~Q(state=GrantState.CANCELLED)
                | Q(cancelled_on__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    def get_absolute_url(self) -> str:
        return reverse("calls:grant_detail", args=[self.reference])

    @property
    def is_active(self) -> bool:
        return self.state == GrantState.ACTIVE

    @property
    def last_day(self) -> dt.date:
        return self.ends_on - dt.timedelta(1)


class InstalmentQuerySet(models.QuerySet["Instalment"]):
    def unpaid(self) -> Self:
        return self.filter(paid_on=None, cancelled_on=None)

    def paid(self) -> Self:
        return self.exclude(paid_on=None)

    def standing(self) -> Self:
        return self.filter(cancelled_on=None)


class Instalment(models.Model):
    """One payment of a grant; those that stand add up to the grant, to the cent."""

    grant = models.ForeignKey(Grant, models.CASCADE, related_name="instalments")
    number = models.PositiveSmallIntegerField(_("numéro"))
    cents = models.PositiveBigIntegerField(_("montant"))
    due_on = models.DateField(_("prévu le"))
    condition = models.CharField(_("condition"), max_length=200, blank=True)
    paid_on = models.DateField(_("payé le"), null=True, blank=True)
    cancelled_on = models.DateField(_("annulé le"), null=True, blank=True)

    objects = InstalmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("versement")
        ordering = ["grant", "number"]
        constraints = [
            models.UniqueConstraint(
                name="instalment_is_one_a_number", fields=["grant", "number"]
            ),
            models.CheckConstraint(
                name="instalment_is_paid_or_cancelled",
                condition=Q(paid_on=None) | Q(cancelled_on=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.grant} / {self.number}"


class ReportDueQuerySet(models.QuerySet["ReportDue"]):
    def awaited(self) -> Self:
        """Asked of a grant that runs, and not filed, or sent back."""
        return self.filter(filed_at=None, grant__state=GrantState.ACTIVE)

    def to_check(self) -> Self:
        return self.exclude(filed_at=None).filter(accepted_at=None)


class ReportDue(models.Model):
    """A report that a grant asks for, and what was filed."""

    grant = models.ForeignKey(Grant, models.CASCADE, related_name="reports")
    name = models.CharField(_("nom"), max_length=80)
    due_on = models.DateField(_("à rendre le"))
    text = models.TextField(_("ce qui a été fait"), blank=True)
    spent_cents = models.PositiveBigIntegerField(
        _("dépenses réelles"), null=True, blank=True
    )
    people = models.PositiveIntegerField(_("personnes touchées"), null=True, blank=True)
    #: Where the file is, under the folder of private files.
    file = models.CharField(max_length=120, blank=True)
    filed_at = models.DateTimeField(_("rendu le"), null=True, blank=True)
    filed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    accepted_at = models.DateTimeField(_("accepté le"), null=True, blank=True)
    return_reason = models.CharField(_("à reprendre"), max_length=300, blank=True)

    objects = ReportDueQuerySet.as_manager()

    class Meta:
        verbose_name = _("bilan attendu")
        ordering = ["due_on", "pk"]

    def __str__(self) -> str:
        return f"{self.grant} / {self.name}"

    def is_late(self, today: dt.date) -> bool:
        return self.filed_at is None and today > self.due_on


class Amendment(models.Model):
    """A change of an agreement: what it was, what it is, why."""

    grant = models.ForeignKey(Grant, models.CASCADE, related_name="amendments")
    number = models.PositiveSmallIntegerField(_("numéro"))
    agreed_on = models.DateField(_("avenant du"))
    reason = models.CharField(_("motif"), max_length=300)
    cents_before = models.PositiveBigIntegerField(_("montant avant"))
    cents_after = models.PositiveBigIntegerField(_("montant après"))
    ends_before = models.DateField(_("fin avant"))
    ends_after = models.DateField(_("fin après"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    at = models.DateTimeField(_("saisi le"))

    class Meta:
        verbose_name = _("avenant")
        ordering = ["grant", "number"]
        constraints = [
            models.UniqueConstraint(
                name="amendment_is_one_a_number", fields=["grant", "number"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.grant} / {self.number}"


class GrantStep(models.Model):
    """One line of the journal of a grant."""

    grant = models.ForeignKey(Grant, models.CASCADE, related_name="steps")
    text = models.CharField(_("ce qui s’est passé"), max_length=400)
    at = models.DateTimeField(_("le"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )

    class Meta:
        verbose_name = _("étape d’une subvention")
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return self.text


class SentReminder(models.Model):
    """One mail for one subject: what was said once is not said again."""

    key = models.CharField(max_length=120)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="call_reminders"
    )
    sent_at = models.DateTimeField(_("envoyé le"))

    class Meta:
        verbose_name = _("rappel envoyé")
        constraints = [
            models.UniqueConstraint(
                name="sent_reminder_is_one", fields=["key", "user"]
            ),
        ]

    def __str__(self) -> str:
        return self.key
