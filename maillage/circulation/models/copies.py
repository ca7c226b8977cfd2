"""Copies of resources: where they live, what they are made of, when they are taken."""

import datetime as dt
from typing import Any, Self

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from maillage.catalogue.models import Resource
from maillage.circulation.choices import ComponentKind, CopyState, HoldKind
from maillage.directory.models import Place, Structure


class LendingRules(models.Model):
    """How an owner lends; without a row, the defaults of the fields hold."""

    structure = models.OneToOneField(
        Structure, models.CASCADE, related_name="lending_rules"
    )
    notice_days = models.PositiveSmallIntegerField(
        _("délai de prévenance (jours)"),
        default=15,
        help_text=_("Entre la demande et le départ."),
    )
    buffer_days = models.PositiveSmallIntegerField(
        _("jours de battement"),
        default=1,
        help_text=_("Jours ouvrés gardés au dépôt entre deux prêts, pour vérifier."),
    )
    loans_per_host = models.PositiveSmallIntegerField(
        _("prêts par emprunteur et par saison"), null=True, blank=True
    )
    shuttle_weekdays = models.JSONField(
        _("jours de navette"),
        default=list,
        blank=True,
        help_text=_("Jours où les exemplaires partent ; vide : tous les jours ouvrés."),
    )
    km_cents = models.PositiveIntegerField(
        _("transport : centimes par kilomètre"), default=60
    )
    agreement_text = models.TextField(_("clauses propres à la convention"), blank=True)

    class Meta:
        verbose_name = _("règles de prêt")
        verbose_name_plural = _("règles de prêt")

    def __str__(self) -> str:
        return str(self.structure)


class Closure(models.Model):
    """Days on which an owner sends and takes nothing back, ``[starts_on, ends_on)``."""

    structure = models.ForeignKey(Structure, models.CASCADE, related_name="closures")
    starts_on = models.DateField(_("premier jour"))
    ends_on = models.DateField(_("jour de la reprise"))
    reason = models.CharField(_("motif"), max_length=120, blank=True)

    class Meta:
        verbose_name = _("fermeture")
        ordering = ["starts_on", "pk"]
        constraints = [
            models.CheckConstraint(
                name="closure_lasts_a_day", condition=Q(ends_on__gt=F("starts_on"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.structure}, {self.starts_on}"


class CopyQuerySet(models.QuerySet["Copy"]):
    def owned_by(self, user: Any) -> Self:
        return self.filter(resource__owner__memberships__user=user.pk)

    def editable_by(self, user: Any) -> Self:
        if not user.is_authenticated:
            return self.none()
        return self if user.is_agency else self.owned_by(user)

    def visible_to(self, user: Any) -> Self:
        """The owner's people and those who read for the Region see copies."""
        if not user.is_authenticated:
            return self.none()
        return self if user.is_agency or user.is_observer else self.owned_by(user)

    def lendable(self) -> Self:
        return self.filter(state=CopyState.IN_SERVICE)


class Copy(models.Model):
    """One physical copy of a resource, with its own state and history."""

    resource = models.ForeignKey(
        Resource, models.PROTECT, related_name="copies", verbose_name=_("ressource")
    )
    label = models.CharField(
        _("étiquette"),
        max_length=20,
        unique=True,
        help_text=_("Ce que dit le code QR collé sur la première caisse."),
    )
    rank = models.PositiveSmallIntegerField(_("numéro"), default=1)
    state = models.CharField(
        _("état"), max_length=12, choices=CopyState, default=CopyState.IN_SERVICE
    )
    depot = models.ForeignKey(
        Place, models.PROTECT, related_name="stored_copies", verbose_name=_("dépôt")
    )
    purchased_on = models.DateField(_("mis en service le"), null=True, blank=True)
    purchase_value_cents = models.PositiveBigIntegerField(
        _("valeur d’achat"), null=True, blank=True
    )
    expected_life_days = models.PositiveIntegerField(
        _("durée de vie attendue (jours de prêt)"), default=900
    )
    setup_days = models.PositiveSmallIntegerField(_("montage (jours)"), default=1)
    takedown_days = models.PositiveSmallIntegerField(_("démontage (jours)"), default=1)
    days_between_maintenances = models.PositiveIntegerField(
        _("entretien tous les (jours de prêt)"), null=True, blank=True
    )
    maintenance_days = models.PositiveSmallIntegerField(
        _("durée d’un entretien (jours)"), default=5
    )
    days_out_before = models.PositiveIntegerField(
        _("jours de prêt avant la reprise dans Maillage"), default=0
    )
    km_cents = models.PositiveIntegerField(
        _("transport : centimes par kilomètre"),
        null=True,
        blank=True,
        help_text=_("Vide : le tarif du propriétaire."),
    )
    notes = models.TextField(_("notes"), blank=True)
    feed_key = models.CharField(max_length=43, unique=True, editable=False)
    created_at = models.DateTimeField(_("créé le"), auto_now_add=True)
    version = models.PositiveIntegerField(_("version"), default=1)

    objects = CopyQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("exemplaire")
        verbose_name_plural = _("exemplaires")
        ordering = ["resource__name", "rank", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="copy_rank_is_unique", fields=["resource", "rank"]
            ),
            models.CheckConstraint(
                name="copy_life_is_positive", condition=Q(expected_life_days__gt=0)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.resource.name} – {self.label}"

    def get_absolute_url(self) -> str:
        return reverse("circulation:copy_detail", args=[self.label])

    def step_aside(self, resource: Resource) -> None:
        """Join the copies of a resource that has this number already (merging)."""
        last = resource.copies.order_by("-rank").values_list("rank", flat=True).first()
        self.resource, self.rank = resource, (last or 0) + 1
        self.save(update_fields=["resource", "rank"])


class Component(models.Model):
    """A crate of a copy, or a piece in one; each with a label to scan."""

    copy = models.ForeignKey(Copy, models.CASCADE, related_name="components")
    crate = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="pieces",
        verbose_name=_("rangé dans"),
    )
    kind = models.CharField(
        _("nature"), max_length=6, choices=ComponentKind, default=ComponentKind.PIECE
    )
    name = models.CharField(_("nom"), max_length=120)
    label = models.CharField(_("étiquette"), max_length=24, unique=True)
    quantity = models.PositiveSmallIntegerField(
        _("nombre"), default=1, validators=[MinValueValidator(1)]
    )
    weight_kg = models.PositiveSmallIntegerField(_("poids (kg)"), null=True, blank=True)
    value_cents = models.PositiveBigIntegerField(
        _("valeur de remplacement"), null=True, blank=True
    )
    expected_life_days = models.PositiveIntegerField(
        _("durée de vie attendue (jours de prêt)"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
    )
    check_note = models.CharField(_("à vérifier"), max_length=200, blank=True)
    position = models.PositiveSmallIntegerField(_("ordre"), default=0)
    renewed_on = models.DateField(_("remplacé le"), null=True, blank=True)
    retired_on = models.DateField(_("retiré le"), null=True, blank=True)

    class Meta:
        verbose_name = _("élément d’un exemplaire")
        verbose_name_plural = _("éléments d’un exemplaire")
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return f"{self.name} ({self.label})"


class HoldQuerySet(models.QuerySet["Hold"]):
    def overlapping(self, start: dt.date, end: dt.date) -> Self:
        """Holds that share at least one day with [start, end)."""
        return self.filter(starts_on__lt=end, ends_on__gt=start)


class Hold(models.Model):
    """A copy is taken from ``starts_on`` up to but not including ``ends_on``.

    One table says when copies are taken, whatever for; the database itself refuses two
    rows of one copy that share a day (``guard.py``).
    """

    copy = models.ForeignKey(Copy, models.CASCADE, related_name="holds")
    kind = models.CharField(_("motif"), max_length=12, choices=HoldKind)
    starts_on = models.DateField(_("du"))
    ends_on = models.DateField(_("jusqu’au (exclu)"))
    loan = models.OneToOneField(
        "circulation.Loan", models.CASCADE, null=True, blank=True, related_name="hold"
    )
    maintenance = models.OneToOneField(
        "circulation.Maintenance",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="hold",
    )
    note = models.CharField(_("précision"), max_length=200, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )

    objects = HoldQuerySet.as_manager()

    class Meta:
        verbose_name = _("période prise")
        verbose_name_plural = _("périodes prises")
        ordering = ["copy", "starts_on"]
        constraints = [
            models.CheckConstraint(
                name="hold_lasts_a_day", condition=Q(ends_on__gt=F("starts_on"))
            ),
        ]
        indexes = [models.Index(fields=["copy", "ends_on"], name="hold_of_copy")]

    def __str__(self) -> str:
        return f"{self.copy_id}: {self.starts_on} → {self.ends_on}"
