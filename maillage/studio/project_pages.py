"""What pages of works made together show; credits as other pages say them."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

from maillage.accounts.models import User
from maillage.catalogue.models import Resource
from maillage.core import vocab
from maillage.core.tables.columns import Column
from maillage.studio.choices import TaskState
from maillage.studio.models import Partner, Project, ProjectQuerySet
from maillage.studio.services.agreeing import is_carried
from maillage.studio.services.evaluating import structures_of
from maillage.studio.services.project_files import may_drop
from maillage.studio.services.projects import (
    balances,
    gaps,
    links,
    may_finish,
    share_left,
)

LAST = 50


def project_context(
    project: Project, *, user: User, now: dt.datetime
) -> dict[str, Any]:
    rows, whole = balances(project)
    editable = Project.objects.all().editable_by(user)
    is_editable = editable.filter(pk=project.pk).exists()
    chain = chain_of(project, with_candidates=True)
    return {
        "project": project,
        "chain": chain,
        "missing": [link for link in chain if not link["holders"]],
        "balances": rows,
        "whole": whole,
        "lines": project.lines.select_related("structure"),
        "tasks": task_lines(project, user=user, today=timezone.localdate(now)),
        "files": file_lines(project, user=user),
        "journal": project.journal.select_related("by")[:LAST],
        "is_editable": is_editable,
        **agreement_context(project, user=user),
    }


def agreement_context(project: Project, *, user: User) -> dict[str, Any]:
    """Who agrees, what is shared, and what the accounts of the resource follow."""
    partners = partners_of(project)
    mine = {*structures_of(user).values_list("pk", flat=True)}
    lines = [
        partner_line(one) | {"is_mine": one.structure_id in mine} for one in partners
    ]
    return {
        "partners": lines,
        "pending": [one for one in partners if one.agreed_at is None],
        "share_left": percent(share_left(project)),
        "is_shared": share_left(project) == 0,
        "is_carried": is_carried(project),
    }


def chain_of(
    project: Project, *, with_candidates: bool = False
) -> list[dict[str, Any]]:
    """The links in order, who holds each, and who could hold what nobody holds."""
    open_links = dict(gaps(project)) if with_candidates else {}
    partners = partners_of(project)
    return [
        {
            "slug": link,
            "label": vocab.label("chain_roles", link),
            "holders": [one.structure for one in partners if link in one.roles],
            "candidates": open_links.get(link, []),
        }
        for link in links()
    ]


def task_lines(project: Project, *, user: User, today: dt.date) -> list[dict[str, Any]]:
    return [
        {
            "task": one,
            "is_late": one.is_late(today),
            "may_finish": one.state != TaskState.DONE and may_finish(one, user),
        }
        for one in project.tasks.select_related("structure")
    ]


def file_lines(project: Project, *, user: User) -> list[dict[str, Any]]:
    files = project.files.prefetch_related("versions__added_by")
    return [
        {
            "file": one,
            "versions": list(one.versions.all()),
            "may_drop": may_drop(one, user),
        }
        for one in files
    ]


def partners_of(project: Project) -> list[Partner]:
    return list(project.partners.select_related("structure"))


def partner_line(partner: Partner) -> dict[str, Any]:
    return {
        "partner": partner,
        "roles": vocab.labels("chain_roles", partner.roles),
        "share": percent(partner.revenue_bps),
    }


def percent(bps: int) -> str:
    """« 33,34 % » of hundredths of a percent."""
    decimals = 0 if bps % 100 == 0 else 2
    return f"{number_format(bps / 100, decimals)}\u00a0%"


def credits_of(resource: Resource) -> list[tuple[str, str]]:
    """Who is thanked for a resource, and for what: partners that have a credit."""
    rows = Partner.objects.filter(project__resource=resource).exclude(credit="")
    return [
        (row.structure.name, row.credit)
        for row in rows.select_related("structure").order_by("project", "pk")
    ]


#: What may be downloaded, by the word that stands in its address.
COLUMNS: dict[str, tuple[Column, ...]] = {
    "partenaires": (
        Column("structure", _("structure"), value=lambda p: p.structure.name),
        Column("maillons", _("maillons de la chaîne"), "terms", vocabulary="chain_roles", value=lambda p: p.roles),
        Column("part_recettes", _("part des recettes en %"), "number", value=lambda p: p.revenue_bps / 100),
        Column("credit", _("crédit"), value=lambda p: p.credit),
        Column("accord", _("d’accord"), "boolean", value=lambda p: p.agreed_at is not None),
    ),
    "budget": (
        Column("structure", _("structure"), value=lambda r: r.structure.name),
        Column("sens", _("sens"), value=lambda r: r.get_side_display()),
        Column("objet", _("objet"), value=lambda r: r.label),
        Column("montant_euros", _("montant"), "cents", value=lambda r: r.cents),
    ),
    "taches": (
        Column("tache", _("tâche"), value=lambda r: r.label),
        Column("structure", _("structure"), value=lambda r: r.structure.name if r.structure else ""),
        Column("pour_le", _("pour le"), "date", value=lambda r: r.due_on),
        Column("etat", _("état"), value=lambda r: r.get_state_display()),
    ),
}  # fmt: skip


def rows_of(project: Project, what: str) -> Iterable[Any]:
    """What a file about a project lists."""
    if what == "partenaires":
        return partners_of(project)
    rows: Any = project.lines if what == "budget" else project.tasks
    return list(rows.select_related("structure"))


def work_cards(projects: ProjectQuerySet) -> list[dict[str, Any]]:
    """Public works for a list, with the partners of each, in two queries."""
    rows = projects.select_related("lead", "resource")
    found = rows.prefetch_related("partners__structure")
    return [
        {"project": row, "partners": [str(one) for one in row.partners.all()]}
        for row in found
    ]
