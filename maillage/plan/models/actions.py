"""What people do about the plan: who, where, when, with what money, and what shows it."""

import datetime as dt
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from maillage.core.choices import State
from maillage.directory.models import Structure
from maillage.observatory.models import Indicator
from maillage.plan.action_choices import DECLINED, SCOPE_FIELDS, Scope, Status
from maillage.plan.models.tree import Node
from maillage.territories.models import Commune, Department, Epci


def one_scope(scopes: Any) -> Q:
    """The row names the territory of its scope, and no other."""
    found = Q()
    for scope in scopes:
        same = Q(scope=scope)
        for other, name in SCOPE_FIELDS.items():
            same &= Q(**{f"{name}__isnull": other != scope})
        found |= same
    return found


class Scoped(models.Model):
    """About the region, a territory in it, or one establishment."""

    scope = models.CharField(_("territoire"), max_length=13, choices=Scope)
    department = models.ForeignKey(
        Department, models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("département"),
    )  # fmt: skip
    epci = models.ForeignKey(
        Epci, models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("intercommunalité"),
    )  # fmt: skip
    commune = models.ForeignKey(
        Commune, models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("commune"),
    )  # fmt: skip
    establishment = models.ForeignKey(
        Structure, models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("établissement"),
    )  # fmt: skip

    class Meta:
        abstract = True

    @property
    def territory(self) -> Any:
        """The department, EPCI, commune or structure; None for the region."""
        name = SCOPE_FIELDS.get(Scope(self.scope))
        return getattr(self, name) if name else None

    @property
    def territory_key(self) -> str:
        """« epci:200067999 »: the same for all that is about one territory."""
        name = SCOPE_FIELDS.get(Scope(self.scope))
        return f"{self.scope}:{getattr(self, f'{name}_id')}" if name else self.scope


class DeclinationQuerySet(models.QuerySet["Declination"]):
    def published(self) -> Self:
        return self.filter(state=State.PUBLISHED)

    def visible_to(self, user: Any) -> Self:
        if user.is_authenticated and (user.is_agency or user.is_observer):
            return self
        seen = Q(state=State.PUBLISHED)
        if user.is_authenticated:
            seen |= Q(owner__memberships__user=user.pk)
        return self.filter(seen).distinct()

    def editable_by(self, user: Any) -> Self:
        if not user.is_authenticated:
            return self.none()
        if user.is_agency:
            return self
        return self.filter(owner__memberships__user=user.pk).distinct()


class Declination(Scoped):
    """The plan as a department, an EPCI or an establishment makes it its own."""

    name = models.CharField(_("nom"), max_length=160)
    slug = models.SlugField(_("adresse"), max_length=120, unique=True)
    about = models.TextField(_("présentation"), blank=True)
    owner = models.ForeignKey(
        Structure, models.PROTECT, related_name="declinations",
        verbose_name=_("qui la porte"),
    )  # fmt: skip
    state = models.CharField(
        _("état"), max_length=10, choices=State, default=State.DRAFT
    )
    adopted_on = models.DateField(_("adoptée le"), null=True, blank=True)
    leads: "models.ManyToManyField[Node, Adoption]" = models.ManyToManyField(
        Node, through="Adoption", related_name="declinations"
    )
    is_example = models.BooleanField(_("exemple"), default=False)
    changed_at = models.DateTimeField(_("modifiée le"), auto_now=True)

    objects = DeclinationQuerySet.as_manager()
    history = HistoricalRecords(excluded_fields=["changed_at"])

    class Meta:
        verbose_name = _("déclinaison")
        ordering = ["name", "pk"]
        constraints = [
            models.CheckConstraint(
                name="declination_names_its_territory", condition=one_scope(DECLINED)
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("plan:declination_detail", args=[self.slug])

    @property
    def is_public(self) -> bool:
        return self.state == State.PUBLISHED


class Adoption(models.Model):
    """A lead that a declination takes up, and how."""

    declination = models.ForeignKey(
        Declination, models.CASCADE, related_name="adoptions"
    )
    node = models.ForeignKey(Node, models.PROTECT, related_name="adoptions")
    note = models.TextField(_("comment"), blank=True)

    class Meta:
        verbose_name = _("piste adoptée")
        ordering = ["node__path", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="declination_adopts_a_lead_once", fields=["declination", "node"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.declination}: {self.node}"


class OwnIndicator(models.Model):
    """What a declination measures for itself."""

    declination = models.ForeignKey(
        Declination, models.CASCADE, related_name="own_indicators"
    )
    name = models.CharField(_("nom"), max_length=160)
    unit = models.CharField(_("unité"), max_length=60)
    target = models.FloatField(_("cible"), null=True, blank=True)
    target_year = models.PositiveSmallIntegerField(
        _("année de la cible"), null=True, blank=True
    )

    class Meta:
        verbose_name = _("indicateur de la déclinaison")
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name


class OwnFigure(models.Model):
    indicator = models.ForeignKey(OwnIndicator, models.CASCADE, related_name="figures")
    year = models.PositiveSmallIntegerField(_("année"))
    value = models.FloatField(_("valeur"))

    class Meta:
        verbose_name = _("valeur")
        ordering = ["year", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="own_figure_is_one_a_year", fields=["indicator", "year"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.indicator}, {self.year}: {self.value}"


class ActionQuerySet(models.QuerySet["Action"]):
    def published(self) -> Self:
        return self.filter(state=State.PUBLISHED)

    def waiting(self) -> Self:
        """Proposed by a structure; the agency has not answered."""
        return self.filter(state=State.PROPOSED)

    def visible_to(self, user: Any) -> Self:
        if user.is_authenticated and (user.is_agency or user.is_observer):
            return self
        seen = Q(state=State.PUBLISHED)
        if user.is_authenticated:
            seen |= Q(owner__in=Structure.objects.all().owned_by(user).values("pk"))
        return self.filter(seen)

    def editable_by(self, user: Any) -> Self:
        """Actions of one's structures; all of them for the agency."""
        if not user.is_authenticated:
            return self.none()
        if user.is_agency:
            return self
        mine = Structure.objects.all().owned_by(user).values("pk")
        return self.filter(owner__in=mine)

    def under(self, node: Node) -> Self:
        """Actions of a node and of all below it."""
        return self.filter(node__in=Node.objects.all().under(node).values("pk"))

    def with_all(self) -> Self:
        """With what progress, money and pages read, in a constant number of queries."""
        return self.select_related(
            "node", "owner", "department", "epci", "commune", "establishment",
            "declination",
        ).prefetch_related("milestones", "budget", "evidence", "partners")  # fmt: skip


class Action(Scoped):
    """Something done about one lead, by one owner, in ``[starts_on, ends_on)``."""

    node = models.ForeignKey(
        Node, models.PROTECT, related_name="actions", verbose_name=_("piste du plan")
    )
    declination = models.ForeignKey(
        Declination, models.SET_NULL, null=True, blank=True, related_name="actions",
        verbose_name=_("déclinaison"),
    )  # fmt: skip
    title = models.CharField(_("titre"), max_length=200)
    slug = models.SlugField(_("adresse"), max_length=120, unique=True)
    summary = models.TextField(_("description"), blank=True)
    owner = models.ForeignKey(
        Structure, models.PROTECT, related_name="plan_actions",
        verbose_name=_("porteur"),
    )  # fmt: skip
    partners: "models.ManyToManyField[Structure, Any]" = models.ManyToManyField(
        Structure, blank=True, related_name="plan_partnerships",
        verbose_name=_("partenaires"),
    )  # fmt: skip
    starts_on = models.DateField(_("début"))
    ends_on = models.DateField(_("jusqu’au (exclu)"), null=True, blank=True)
    status = models.CharField(
        _("avancement déclaré"), max_length=10, choices=Status, default=Status.PLANNED
    )
    status_note = models.CharField(_("précision"), max_length=300, blank=True)
    #: What it costs in all; its budget lines say who pays.
    cost_cents = models.PositiveBigIntegerField(_("coût total"), null=True, blank=True)
    indicators: "models.ManyToManyField[Indicator, Any]" = models.ManyToManyField(
        Indicator, blank=True, related_name="plan_actions",
        verbose_name=_("indicateurs"),
    )  # fmt: skip
    state = models.CharField(
        _("état"), max_length=10, choices=State, default=State.DRAFT, db_index=True
    )
    is_example = models.BooleanField(_("exemple"), default=False)
    version = models.PositiveIntegerField(_("version"), default=1)
    created_at = models.DateTimeField(_("créée le"), auto_now_add=True)
    changed_at = models.DateTimeField(_("modifiée le"), auto_now=True)

    objects = ActionQuerySet.as_manager()
    history = HistoricalRecords(excluded_fields=["changed_at"])

    class Meta:
        verbose_name = _("action")
        ordering = ["node__path", "starts_on", "pk"]
        constraints = [
            models.CheckConstraint(
                name="plan_action_lasts_a_day",
                condition=Q(ends_on__isnull=True) | Q(ends_on__gt=F("starts_on")),
            ),
            models.CheckConstraint(
                name="plan_action_names_its_territory", condition=one_scope(Scope)
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("plan:action_detail", args=[self.slug])

    @property
    def is_public(self) -> bool:
        return self.state == State.PUBLISHED

    @property
    def last_day(self) -> dt.date | None:
        return self.ends_on - dt.timedelta(1) if self.ends_on else None

    @property
    def forecast_cents(self) -> int:
        return sum(line.forecast_cents for line in self.budget.all())

    @property
    def spent_cents(self) -> int:
        return sum(line.spent_cents for line in self.budget.all())

    @property
    def gap_cents(self) -> int | None:
        """What funders do not cover of the cost; negative: they give too much."""
        if self.cost_cents is None:
            return None
        return self.cost_cents - self.forecast_cents


class Milestone(models.Model):
    """A step that is done or not."""

    action = models.ForeignKey(Action, models.CASCADE, related_name="milestones")
    title = models.CharField(_("étape"), max_length=200)
    due_on = models.DateField(_("prévue le"), null=True, blank=True)
    done_on = models.DateField(_("faite le"), null=True, blank=True)

    class Meta:
        verbose_name = _("étape")
        ordering = [F("due_on").asc(nulls_last=True), "pk"]

    def __str__(self) -> str:
        return self.title

    def is_late(self, today: dt.date) -> bool:
        return self.done_on is None and self.due_on is not None and self.due_on < today


class BudgetLine(models.Model):
    """What one funder gives in one year: forecast, and spent so far."""

    action = models.ForeignKey(Action, models.CASCADE, related_name="budget")
    year = models.PositiveSmallIntegerField(_("année"))
    funder = models.CharField(_("financeur"), max_length=160)
    forecast_cents = models.PositiveBigIntegerField(_("prévu"), default=0)
    spent_cents = models.PositiveBigIntegerField(_("dépensé"), default=0)

    class Meta:
        verbose_name = _("ligne de budget")
        ordering = ["year", "funder", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="budget_line_is_one_a_year_and_funder",
                fields=["action", "year", "funder"],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.funder}, {self.year}"


class EvidenceQuerySet(models.QuerySet["Evidence"]):
    def visible_to(self, user: Any) -> Self:
        """Evidence of the actions that the person may see."""
        return self.filter(action__in=Action.objects.all().visible_to(user))


class Evidence(models.Model):
    """What shows that an action happened: a row of the platform, a file or a page.

    ``kind`` is a code of the registry in ``maillage.plan.evidence``; what the row said
    when it was linked stays, should the row be deleted.
    """

    action = models.ForeignKey(Action, models.CASCADE, related_name="evidence")
    kind = models.SlugField(_("nature"), max_length=20)
    object_id = models.PositiveBigIntegerField(null=True, blank=True)
    label = models.CharField(_("libellé"), max_length=240)
    url = models.URLField(_("page"), max_length=500, blank=True)
    file = models.FileField(_("fichier"), upload_to="documents", blank=True)
    happened_on = models.DateField(_("date"))
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    added_at = models.DateTimeField(_("ajoutée le"), auto_now_add=True)

    objects = EvidenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("preuve")
        ordering = ["-happened_on", "-pk"]
        constraints = [
            models.UniqueConstraint(
                name="evidence_is_linked_once",
                fields=["action", "kind", "object_id"],
                condition=Q(object_id__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.label
