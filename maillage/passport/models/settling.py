"""How the Region pays venues for the visits of holders."""

import datetime as dt
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from maillage.directory.models import Place
from maillage.passport.choices import SettlementKind, SettlementState


class SettlementRule(models.Model):
    """A rule and its numbers, as ``services.settling_rules`` reads them."""

    name = models.CharField(_("nom"), max_length=80)
    kind = models.CharField(_("règle"), max_length=12, choices=SettlementKind)
    numbers = models.JSONField(_("paramètres"), default=dict)

    class Meta:
        verbose_name = _("règle de paiement")
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name


class SettlementQuerySet(models.QuerySet["Settlement"]):
    def decided(self) -> Self:
        return self.filter(state=SettlementState.DECIDED)

    def drafts(self) -> Self:
        return self.filter(state=SettlementState.DRAFT)


class Settlement(models.Model):
    """What venues get for ``[starts_on, ends_on)``; its lines sum to the budget.

    A draft has no lines: they are computed whenever somebody looks. Deciding it writes
    them. With ``is_capped`` nobody gets more than the rule says, and what is left of the
    budget stays with the Region.
    """

    name = models.CharField(_("nom"), max_length=80)
    starts_on = models.DateField(_("du"))
    ends_on = models.DateField(_("jusqu’au (exclu)"))
    budget_cents = models.PositiveBigIntegerField(_("budget"))
    rule = models.ForeignKey(SettlementRule, models.PROTECT, related_name="settlements")
    is_capped = models.BooleanField(
        _("ne jamais payer plus que la règle"), default=False
    )
    pays_flagged = models.BooleanField(_("payer les passages à revoir"), default=False)
    state = models.CharField(
        _("état"), max_length=8, choices=SettlementState, default=SettlementState.DRAFT
    )
    #: The numbers of the rule when it was decided.
    numbers = models.JSONField(default=dict)
    digest = models.CharField(max_length=64, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(_("arrêté le"), null=True, blank=True)

    objects = SettlementQuerySet.as_manager()

    class Meta:
        verbose_name = _("paiement des lieux")
        ordering = ["-starts_on", "pk"]
        constraints = [
            models.CheckConstraint(
                name="settlement_lasts_a_day", condition=Q(ends_on__gt=F("starts_on"))
            ),
            models.CheckConstraint(
                name="settlement_says_what_was_decided",
                condition=Q(state=SettlementState.DRAFT)
                | Q(decided_at__isnull=False) & ~Q(digest=""),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def last_day(self) -> dt.date:
        return self.ends_on - dt.timedelta(1)


class SettlementLineQuerySet(models.QuerySet["SettlementLine"]):
    def visible_to(self, user: Any) -> Self:
        """Lines of one's own places; all of them for the agency."""
        if not user.is_authenticated:
            return self.none()
        if user.is_agency:
            return self
        return self.filter(place__structure__memberships__user=user).distinct()


class SettlementLine(models.Model):
    """What one place gets, and from what."""

    settlement = models.ForeignKey(Settlement, models.CASCADE, related_name="lines")
    place = models.ForeignKey(Place, models.PROTECT, related_name="settlement_lines")
    visits = models.PositiveIntegerField(_("passages"))
    people = models.PositiveIntegerField(_("personnes"))
    due_cents = models.PositiveBigIntegerField(_("selon la règle"))
    cents = models.PositiveBigIntegerField(_("à payer"))
    #: What the rule was applied to, so that the place can compute it again.
    inputs = models.JSONField(default=dict)

    objects = SettlementLineQuerySet.as_manager()

    class Meta:
        verbose_name = _("ligne de paiement")
        constraints = [
            models.UniqueConstraint(
                name="settlement_line_is_one_per_place", fields=["settlement", "place"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.place}: {self.cents}"

    @property
    def late_visits(self) -> int:
        """Among them: what came in after its days had been paid by another."""
        return sum(visits for _pk, visits, _people in self.inputs.get("late", ()))

    def absorb(self, other: "SettlementLine") -> None:
        """Take the line of a place that was merged into this one: no cent is lost."""
        for name in ("visits", "people", "due_cents", "cents"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        # Lines of one settlement have the same inputs: numbers, or lists of them; only
        # what came in late may be at one place alone.
        mine, theirs = self.inputs, other.inputs
        self.inputs = {
            name: mine[name] + theirs[name]
            if name in mine and name in theirs
            else (mine | theirs)[name]
            for name in (mine | theirs)
        }
