"""The care of copies: reports, custody, maintenance, incidents, expenses."""

from typing import Any, Self

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from maillage.catalogue.models import Resource
from maillage.circulation.choices import (
    CustodyKind,
    ExpenseKind,
    MaintenanceState,
    Moment,
    Party,
    Severity,
)
from maillage.circulation.models.copies import Component, Copy
from maillage.circulation.models.loans import Loan


class ConditionReport(models.Model):
    """The state of a copy at one moment of a loan, signed by one of the two parties.

    Written on a phone, maybe without a network: ``uuid`` is drawn there, so that a
    report that is sent twice is kept once.
    """

    uuid = models.UUIDField(unique=True)
    loan = models.ForeignKey(Loan, models.CASCADE, related_name="reports")
    moment = models.CharField(_("moment"), max_length=10, choices=Moment)
    party = models.CharField(_("partie"), max_length=10, choices=Party)
    lines = models.JSONField(
        _("lignes"),
        default=list,
        help_text='One a component: {"label", "finding", "note", "pictures": [sha256]}.',
    )
    note = models.TextField(_("remarque générale"), blank=True)
    signed_name = models.CharField(_("signé par"), max_length=120)
    signed_at = models.DateTimeField(_("signé le"))
    received_at = models.DateTimeField(_("reçu le"))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )

    class Meta:
        verbose_name = _("constat d’état")
        verbose_name_plural = _("constats d’état")
        ordering = ["signed_at", "uuid"]

    def __str__(self) -> str:
        return f"{self.loan_id} {self.moment} {self.party}"


class ReportPicture(models.Model):
    """A picture of a report, known by the hash that was signed on the phone."""

    report = models.ForeignKey(ConditionReport, models.CASCADE, related_name="pictures")
    sha256 = models.CharField(max_length=64)
    file = models.ImageField(_("image"), upload_to="constats")
    label = models.CharField(_("étiquette de l’élément"), max_length=24, blank=True)

    class Meta:
        verbose_name = _("image d’un constat")
        constraints = [
            models.UniqueConstraint(
                name="report_picture_is_kept_once", fields=["report", "sha256"]
            ),
        ]

    def __str__(self) -> str:
        return self.sha256[:12]


class CustodyEntry(models.Model):
    """One line of the custody log of a copy, tied by hashes to the lines before it.

    ``digest`` is the SHA-256 of the canonical form of all the rest; ``parents`` are the
    digests of the lines that its author knew. The log is a set of such lines: whatever
    the order in which phones send theirs, the set, and so the log, is the same.
    """

    uuid = models.UUIDField(unique=True)
    copy = models.ForeignKey(Copy, models.CASCADE, related_name="custody")
    loan = models.ForeignKey(
        Loan, models.PROTECT, null=True, blank=True, related_name="custody"
    )
    kind = models.CharField(_("nature"), max_length=10, choices=CustodyKind)
    payload = models.JSONField(_("contenu"), default=dict)
    at = models.DateTimeField(_("fait le"))
    party = models.CharField(_("partie"), max_length=10, choices=Party)
    signed_name = models.CharField(_("signé par"), max_length=120)
    parents = models.JSONField(default=list)
    digest = models.CharField(max_length=64, unique=True)
    received_at = models.DateTimeField(_("reçu le"))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )

    class Meta:
        verbose_name = _("ligne du registre de garde")
        verbose_name_plural = _("registre de garde")
        ordering = ["at", "digest"]

    def __str__(self) -> str:
        return f"{self.kind} {self.digest[:12]}"

    @property
    def moment_label(self) -> str:
        """The handover it is about, as words; nothing for a note."""
        moment = self.payload.get("moment")
        return str(Moment(moment).label) if moment in Moment.values else ""


class Maintenance(models.Model):
    """Work on a copy at its depot, ``[starts_on, ends_on)``."""

    copy = models.ForeignKey(Copy, models.CASCADE, related_name="maintenances")
    starts_on = models.DateField(_("du"))
    ends_on = models.DateField(_("jusqu’au (exclu)"))
    state = models.CharField(
        _("état"),
        max_length=10,
        choices=MaintenanceState,
        default=MaintenanceState.PLANNED,
    )
    is_repair = models.BooleanField(_("réparation"), default=False)
    text = models.CharField(_("travaux"), max_length=300, blank=True)
    cost_cents = models.PositiveBigIntegerField(_("coût"), null=True, blank=True)
    done_on = models.DateField(_("terminé le"), null=True, blank=True)

    class Meta:
        verbose_name = _("entretien")
        verbose_name_plural = _("entretiens")
        ordering = ["starts_on", "pk"]
        constraints = [
            models.CheckConstraint(
                name="maintenance_lasts_a_day", condition=Q(ends_on__gt=F("starts_on"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.copy_id}: {self.starts_on}"


class Incident(models.Model):
    """Something that broke, wore out or went missing."""

    copy = models.ForeignKey(Copy, models.CASCADE, related_name="incidents")
    component = models.ForeignKey(
        Component, models.SET_NULL, null=True, blank=True, related_name="incidents",
        verbose_name=_("élément"),
    )  # fmt: skip
    loan = models.ForeignKey(
        Loan, models.SET_NULL, null=True, blank=True, related_name="incidents"
    )
    noticed_on = models.DateField(_("constaté le"))
    severity = models.CharField(_("gravité"), max_length=6, choices=Severity)
    text = models.CharField(_("ce qui s’est passé"), max_length=400)
    cost_cents = models.PositiveBigIntegerField(_("coût"), null=True, blank=True)
    mended_on = models.DateField(_("réparé le"), null=True, blank=True)
    reported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )

    class Meta:
        verbose_name = _("incident")
        ordering = ["-noticed_on", "-pk"]

    def __str__(self) -> str:
        return self.text


class ExpenseQuerySet(models.QuerySet["Expense"]):
    def visible_to(self, user: Any) -> Self:
        if not user.is_authenticated:
            return self.none()
        if user.is_agency or user.is_observer:
            return self
        return self.filter(resource__owner__memberships__user=user)


class Expense(models.Model):
    """What a resource has cost its owner."""

    resource = models.ForeignKey(Resource, models.CASCADE, related_name="expenses")
    copy = models.ForeignKey(
        Copy, models.SET_NULL, null=True, blank=True, related_name="expenses",
        verbose_name=_("exemplaire"),
    )  # fmt: skip
    kind = models.CharField(_("nature"), max_length=14, choices=ExpenseKind)
    spent_on = models.DateField(_("date"))
    cents = models.PositiveBigIntegerField(
        _("montant"), validators=[MinValueValidator(1)]
    )
    text = models.CharField(_("libellé"), max_length=200, blank=True)

    objects = ExpenseQuerySet.as_manager()

    class Meta:
        verbose_name = _("dépense")
        ordering = ["-spent_on", "-pk"]

    def __str__(self) -> str:
        return f"{self.text or self.kind}: {self.cents}"
