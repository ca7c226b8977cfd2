"""Loans: one copy at one host, what it costs, who came."""

import datetime as dt
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from maillage.circulation.choices import HOLDING, OUT, ChargeKind, LoanState, PaperKind
from maillage.circulation.models.copies import Copy
from maillage.circulation.models.requests import Host, LoanRequest
from maillage.directory.models import Structure


class LoanQuerySet(models.QuerySet["Loan"]):
    def holding(self) -> Self:
        """Loans that keep their copy taken."""
        return self.filter(state__in=HOLDING)

    def out(self) -> Self:
        return self.filter(state__in=OUT)

    def overdue(self, today: dt.date) -> Self:
        """Loans whose copy should be free by now and has not come back."""
        return self.filter(state__in=OUT, free_on__lte=today)

    def overlapping(self, start: dt.date, end: dt.date) -> Self:
        """Loans open to the public at least one day of [start, end)."""
        return self.filter(starts_on__lt=end, ends_on__gt=start)

    def lent_by(self, user: Any) -> Self:
        """Loans that the person manages, for the owner or the agency."""
        if not user.is_authenticated:
            return self.none()
        if user.is_agency:
            return self
        owners = Structure.objects.owned_by(user).values("pk")
        return self.filter(copy__resource__owner__in=owners)

    def borrowed_by(self, user: Any) -> Self:
        hosts = Host.objects.all().spoken_for_by(user)
        return self.filter(host__in=hosts.values("pk"))

    def visible_to(self, user: Any) -> Self:
        if not user.is_authenticated:
            return self.none()
        if user.is_agency or user.is_observer:
            return self
        lent, borrowed = self.lent_by(user), self.borrowed_by(user)
        return self.filter(
            Q(pk__in=lent.values("pk")) | Q(pk__in=borrowed.values("pk"))
        )


class Loan(models.Model):
    """One copy at one host, transport and set-up included.

    The copy leaves for the host on ``departs_on``, the public sees it over
    ``[starts_on, ends_on)``, and it is free for others on ``free_on``; its hold covers
    ``[departs_on, free_on)`` as long as the loan keeps its copy.
    """

    request = models.ForeignKey(
        LoanRequest, models.PROTECT, null=True, blank=True, related_name="loans"
    )
    copy = models.ForeignKey(
        Copy, models.PROTECT, related_name="loans", verbose_name=_("exemplaire")
    )
    host = models.ForeignKey(
        Host, models.PROTECT, related_name="loans", verbose_name=_("lieu d’accueil")
    )
    departs_on = models.DateField(_("départ"))
    starts_on = models.DateField(_("ouverture au public"))
    ends_on = models.DateField(_("fermeture (jour exclu)"))
    free_on = models.DateField(_("de nouveau libre le"))
    state = models.CharField(
        _("état"), max_length=10, choices=LoanState, default=LoanState.CONFIRMED,
        db_index=True,
    )  # fmt: skip
    comes_from = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="handed_to",
        help_text=_("Le prêt dont l’exemplaire vient, sans repasser par le dépôt."),
    )  # fmt: skip
    km = models.FloatField(_("kilomètres"), default=0)
    fee_cents = models.PositiveBigIntegerField(_("location"), default=0)
    transport_cents = models.PositiveBigIntegerField(_("transport"), default=0)
    deposit_cents = models.PositiveBigIntegerField(_("caution"), default=0)
    deposit_received_on = models.DateField(_("caution reçue le"), null=True, blank=True)
    deposit_returned_on = models.DateField(
        _("caution rendue le"), null=True, blank=True
    )
    insurance_value_cents = models.PositiveBigIntegerField(
        _("valeur assurée"), default=0
    )
    insurance_until = models.DateField(
        _("attestation d’assurance valable jusqu’au"), null=True, blank=True
    )
    insurance_file = models.FileField(
        _("attestation d’assurance"), upload_to="prets", blank=True
    )
    agreement_signed_on = models.DateField(
        _("convention signée le"), null=True, blank=True
    )
    owner_confirmed_at = models.DateTimeField(
        _("confirmé par le prêteur"), null=True, blank=True
    )
    host_confirmed_at = models.DateTimeField(
        _("confirmé par l’emprunteur"), null=True, blank=True
    )
    departed_at = models.DateTimeField(_("parti le"), null=True, blank=True)
    arrived_at = models.DateTimeField(_("arrivé le"), null=True, blank=True)
    left_at = models.DateTimeField(_("reparti le"), null=True, blank=True)
    returned_at = models.DateTimeField(_("rendu le"), null=True, blank=True)
    cancelled_at = models.DateTimeField(_("annulé le"), null=True, blank=True)
    cancel_reason = models.CharField(
        _("motif de l’annulation"), max_length=300, blank=True
    )
    warned_on = models.DateField(_("retard signalé le"), null=True, blank=True)
    asked_until = models.DateField(
        _("prolongation demandée jusqu’au"), null=True, blank=True
    )
    delay_told_on = models.DateField(
        _("retard de l’exemplaire annoncé le"), null=True, blank=True
    )
    attendance_asked_on = models.DateField(
        _("fréquentation demandée le"), null=True, blank=True
    )
    scenario = models.ForeignKey(
        "circulation.Scenario",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="published_loans",
    )
    is_example = models.BooleanField(_("exemple"), default=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    created_at = models.DateTimeField(_("créé le"))
    sequence = models.PositiveIntegerField(
        _("révision du calendrier"), default=0,
        help_text="SEQUENCE of the calendar entry: rises with each change of its dates.",
    )  # fmt: skip

    objects = LoanQuerySet.as_manager()

    class Meta:
        verbose_name = _("prêt")
        verbose_name_plural = _("prêts")
        ordering = ["starts_on", "pk"]
        constraints = [
            models.CheckConstraint(
                name="loan_days_in_order",
                condition=Q(departs_on__lte=F("starts_on"))
                & Q(starts_on__lt=F("ends_on"))
                & Q(ends_on__lte=F("free_on")),
            ),
        ]
        indexes = [models.Index(fields=["copy", "starts_on"], name="loan_of_copy")]

    def __str__(self) -> str:
        return f"{self.reference} {self.copy} → {self.host}"

    def get_absolute_url(self) -> str:
        return reverse("circulation:loan_detail", args=[self.pk])

    @property
    def reference(self) -> str:
        return f"P{self.pk:05d}"

    @property
    def days(self) -> int:
        return (self.ends_on - self.starts_on).days

    @property
    def is_holding(self) -> bool:
        return self.state in HOLDING


class Charge(models.Model):
    """One line of the invoice of a loan; a rebate is negative."""

    loan = models.ForeignKey(Loan, models.CASCADE, related_name="charges")
    kind = models.CharField(_("nature"), max_length=10, choices=ChargeKind)
    text = models.CharField(_("libellé"), max_length=200)
    cents = models.BigIntegerField(_("montant"))
    invoice_number = models.CharField(_("facture"), max_length=30, blank=True)
    invoiced_on = models.DateField(_("facturée le"), null=True, blank=True)
    paid_on = models.DateField(_("payée le"), null=True, blank=True)

    class Meta:
        verbose_name = _("ligne de facture")
        verbose_name_plural = _("lignes de facture")
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.text}: {self.cents}"


class IssuedPaper(models.Model):
    """What an invoice or a signed agreement says: ``data`` is all that is printed.

    Names, addresses and amounts stay as they were, whoever moves or changes name later.
    """

    loan = models.ForeignKey(Loan, models.CASCADE, related_name="papers")
    kind = models.CharField(_("nature"), max_length=10, choices=PaperKind)
    number = models.CharField(_("numéro"), max_length=30, blank=True)
    data = models.JSONField(_("contenu"))
    made_at = models.DateTimeField(_("établie le"))

    class Meta:
        verbose_name = _("pièce établie")
        verbose_name_plural = _("pièces établies")
        ordering = ["made_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="paper_is_issued_once", fields=["loan", "kind", "number"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.number or self.loan_id}"


class Attendance(models.Model):
    """Who came, as the host declares it after the loan."""

    loan = models.OneToOneField(Loan, models.CASCADE, related_name="attendance")
    pupils = models.PositiveIntegerField(_("élèves"), default=0)
    classes = models.PositiveIntegerField(_("classes"), default=0)
    public = models.PositiveIntegerField(_("autres visiteurs"), default=0)
    guided_tours = models.PositiveIntegerField(_("visites accompagnées"), default=0)
    comment = models.TextField(_("ce que vous en retenez"), blank=True)
    declared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    declared_at = models.DateTimeField(_("déclarée le"))

    class Meta:
        verbose_name = _("fréquentation")

    def __str__(self) -> str:
        return f"{self.loan_id}: {self.total}"

    @property
    def total(self) -> int:
        return self.pupils + self.public
