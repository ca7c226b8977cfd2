"""The plan as its text is cut: axes, strands, goals, leads, duties."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from maillage.plan.tree_choices import TOP, WORKABLE, NodeKind


class PlanQuerySet(models.QuerySet["Plan"]):
    def newest_first(self) -> Self:
        return self.order_by("-adopted_on", "-pk")

    def current(self) -> "Plan | None":
        """The plan in force: the last one adopted."""
        return self.newest_first().first()


class Plan(models.Model):
    """A strategic plan of the region, loaded from a data file."""

    code = models.SlugField(_("code"), max_length=80, unique=True)
    region = models.CharField(_("région"), max_length=120)
    title = models.CharField(_("titre"), max_length=240)
    adopted_on = models.DateField(_("adopté le"))
    #: The file knows the year only, or the month.
    adopted_precision = models.CharField(
        max_length=5, default="day", choices=[("day", "day"), ("month", "month"), ("year", "year")]
    )  # fmt: skip
    adopted_by = models.CharField(_("adopté par"), max_length=240, blank=True)
    about = models.TextField(_("présentation"), blank=True)
    source = models.CharField(_("source"), max_length=240, blank=True)
    source_url = models.URLField(_("page de la source"), max_length=500, blank=True)
    loaded_at = models.DateTimeField(_("chargé le"), auto_now=True)

    objects = PlanQuerySet.as_manager()

    class Meta:
        verbose_name = _("plan")
        ordering = ["-adopted_on", "pk"]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("plan:home")

    @property
    def adopted_format(self) -> str:
        """How the day of adoption is written: no more than is known."""
        return {"year": "Y", "month": "F Y"}.get(self.adopted_precision, "j F Y")


class NodeQuerySet(models.QuerySet["Node"]):
    def in_force(self) -> Self:
        """Nodes that the file of their plan still has."""
        return self.filter(withdrawn_on=None)

    def top(self) -> Self:
        return self.filter(kind__in=TOP, parent=None)

    def workable(self) -> Self:
        """Nodes that actions hang under."""
        return self.filter(kind__in=WORKABLE)

    def under(self, node: "Node") -> Self:
        """A node and all that is below it."""
        return self.filter(
            Q(pk=node.pk) | Q(plan=node.plan_id, path__startswith=f"{node.path}.")
        )

    def above(self, node: "Node") -> Self:
        """What a node is part of, the largest first; without the node."""
        parts = node.path.split(".")
        paths = [".".join(parts[:length]) for length in range(1, len(parts))]
        return self.filter(plan=node.plan_id, path__in=paths).order_by("path")

    def of_plan(self, plan: Plan | None) -> Self:
        return self.filter(plan=plan) if plan else self.none()


class Node(models.Model):
    """A part of a plan. Its ``path`` sorts the plan as it is read.

    ``code`` is the plan's own numbering (II.1.a) and never changes: actions, the
    committee and other regions' files know the node by it.
    """

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="nodes")
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children"
    )
    code = models.CharField(_("code"), max_length=40)
    slug = models.SlugField(_("adresse"), max_length=40)
    kind = models.CharField(_("nature"), max_length=8, choices=NodeKind)
    title = models.CharField(_("titre"), max_length=500)
    #: A few words for menus, drawings and breadcrumbs.
    short = models.CharField(_("titre court"), max_length=80, blank=True)
    summary = models.TextField(_("en bref"), blank=True)
    place = models.CharField(_("dans le plan"), max_length=200, blank=True)
    #: Codes of parts of the platform, see ``maillage.plan.links``.
    links = models.JSONField(_("dans la plateforme"), default=list, blank=True)
    path = models.CharField(_("ordre"), max_length=60)
    withdrawn_on = models.DateField(_("retiré le"), null=True, blank=True)

    objects = NodeQuerySet.as_manager()

    class Meta:
        verbose_name = _("partie du plan")
        verbose_name_plural = _("parties du plan")
        ordering = ["plan", "path", "pk"]
        constraints = [
            models.UniqueConstraint(name="plan_node_has_one_code", fields=["plan", "code"]),
            models.UniqueConstraint(name="plan_node_has_one_slug", fields=["plan", "slug"]),
        ]  # fmt: skip
        indexes = [models.Index(fields=["plan", "path"], name="plan_node_order")]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    def get_absolute_url(self) -> str:
        return reverse("plan:node_detail", args=[self.slug])

    @property
    def name(self) -> str:
        """The short title; the official one where it is short enough."""
        return self.short or self.title

    @property
    def label(self) -> str:
        """« Axe I », « Volet II.1 », « Piste de travail II.1.a »."""
        words = str(self.get_kind_display())
        return f"{words[:1].upper()}{words[1:]} {self.code}"

    @property
    def depth(self) -> int:
        return self.path.count(".")

    @property
    def is_workable(self) -> bool:
        return self.kind in WORKABLE

    @property
    def is_withdrawn(self) -> bool:
        return self.withdrawn_on is not None
