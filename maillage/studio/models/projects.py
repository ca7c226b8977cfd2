"""A work made together: its partners, what each does, pays, earns and is thanked for."""

import datetime as dt
from typing import Any, Self

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from maillage.catalogue.models import Resource
from maillage.core.choices import State
from maillage.core.fields import TermsField
from maillage.directory.models import Structure
from maillage.studio.choices import Side, TaskState

#: A whole, in hundredths of a percent.
WHOLE = 10_000


class ProjectQuerySet(models.QuerySet["Project"]):
    def visible_to(self, user: Any) -> Self:
        """Projects of which one's structures are partners; all for the agency."""
        if not user.is_authenticated:
            return self.none()
        if user.is_agency:
            return self
        mine = Partner.objects.filter(structure__memberships__user=user.pk)
        lead = Structure.objects.filter(memberships__user=user.pk)
        return self.filter(Q(pk__in=mine.values("project")) | Q(lead__in=lead))

    def editable_by(self, user: Any) -> Self:
        """Who leads writes; partners read and add to the journal."""
        if not user.is_authenticated:
            return self.none()
        if user.is_agency:
            return self
        return self.filter(lead__in=Structure.objects.filter(memberships__user=user.pk))

    def public(self) -> Self:
        """Projects whose page is open: published, and agreed to by every partner."""
        pending = Partner.objects.filter(project=OuterRef("pk"), agreed_at=None)
        open_to_all = self.exclude(published_at=None)
        return open_to_all.filter(~Exists(pending), lead__state=State.PUBLISHED)

    def readable_by(self, user: Any) -> Self:
        """Projects whose public page a person may read: partners see it before others."""
        seen = Q(pk__in=Project.objects.all().visible_to(user).values("pk"))
        return self.filter(seen | Q(pk__in=Project.objects.all().public().values("pk")))


class Project(models.Model):
    """A co-production, seen by its partners and the agency; by all once they agree."""

    title = models.CharField(_("titre"), max_length=200)
    lead = models.ForeignKey(
        Structure,
        models.PROTECT,
        related_name="led_projects",
        verbose_name=_("structure qui conduit"),
    )
    summary = models.TextField(_("en quelques lignes"), max_length=4000, blank=True)
    resource = models.ForeignKey(
        Resource,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="projects",
        verbose_name=_("ressource du catalogue"),
        help_text=_("Quand elle est là, sa fiche montre les crédits."),
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
    #: When who leads opened the public page; it shows while every partner agrees.
    published_at = models.DateTimeField(_("publié le"), null=True, blank=True)
    #: When partners were last asked for their agreement.
    asked_at = models.DateTimeField(null=True, blank=True)

    objects = ProjectQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("coproduction")
        verbose_name_plural = _("coproductions")
        ordering = ["-created_at", "pk"]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("studio:project_detail", args=[self.pk])


class Partner(models.Model):
    """A structure in a project: its links of the chain, its share, its credit."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="partners")
    structure = models.ForeignKey(
        Structure,
        models.PROTECT,
        related_name="co_productions",
        verbose_name=_("structure"),
    )
    roles = TermsField(_("maillons de la chaîne"), vocabulary="chain_roles")
    revenue_bps = models.PositiveIntegerField(
        _("part des recettes"), default=0, validators=[MaxValueValidator(WHOLE)]
    )
    credit = models.CharField(
        _("crédit"),
        max_length=200,
        blank=True,
        help_text=_("Ce que la fiche dira : « scénographie et fabrication »."),
    )
    #: Since when the partner agrees to the public page, its share and its credit.
    agreed_at = models.DateTimeField(_("d’accord depuis"), null=True, blank=True)
    agreed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )

    class Meta:
        verbose_name = _("partenaire")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                name="partner_is_one_per_structure", fields=["project", "structure"]
            ),
            models.CheckConstraint(
                name="partner_has_at_most_all", condition=Q(revenue_bps__lte=WHOLE)
            ),
        ]

    def __str__(self) -> str:
        return self.structure.name

    def absorb(self, other: "Partner") -> None:
        """Take over from a partner that was found to be the same (merging)."""
        self.roles = [*self.roles, *(r for r in other.roles if r not in self.roles)]
        self.revenue_bps = min(self.revenue_bps + other.revenue_bps, WHOLE)
        self.credit = self.credit or other.credit
        if other.agreed_at is None:
            self.agreed_at = None


class BudgetLine(models.Model):
    """What a partner spends or brings."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="lines")
    structure = models.ForeignKey(
        Structure, models.PROTECT, related_name="+", verbose_name=_("partenaire")
    )
    side = models.CharField(_("sens"), max_length=7, choices=Side)
    label = models.CharField(_("objet"), max_length=200)
    cents = models.PositiveBigIntegerField(_("montant"))

    class Meta:
        verbose_name = _("ligne de budget")
        ordering = ["-side", "pk"]

    def __str__(self) -> str:
        return self.label


class Task(models.Model):
    """What is to be done, by whom, until when."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="tasks")
    structure = models.ForeignKey(
        Structure,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("partenaire"),
    )
    label = models.CharField(_("tâche"), max_length=200)
    due_on = models.DateField(_("pour le"))
    state = models.CharField(
        _("état"), max_length=5, choices=TaskState, default=TaskState.TODO
    )

    class Meta:
        verbose_name = _("tâche")
        ordering = ["due_on", "pk"]

    def __str__(self) -> str:
        return self.label

    def is_late(self, today: dt.date) -> bool:
        return self.state != TaskState.DONE and self.due_on < today


class JournalEntry(models.Model):
    """One line of what happened; never changed."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="journal")
    text = models.CharField(_("note"), max_length=1000)
    at = models.DateTimeField(_("le"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )

    class Meta:
        verbose_name = _("ligne du journal")
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return self.text
