"""What pages of works made together show; credits as other pages say them."""

import datetime as dt
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

from maillage.accounts.models import User
from maillage.catalogue.models import Resource
from maillage.core import vocab
from maillage.core.tables.columns import Column
from maillage.studio.models import Partner, Project
from maillage.studio.services.projects import balances, gaps, share_left

LAST = 50


def project_context(project: Project, *, user: User, today: dt.date) -> dict[str, Any]:
    rows, whole = balances(project)
    tasks = project.tasks.select_related("structure")
    editable = Project.objects.all().editable_by(user)
    return {
        "project": project,
        "partners": [partner_line(one) for one in partners_of(project)],
        "share_left": percent(share_left(project)),
        "is_shared": share_left(project) == 0,
        "gaps": [
            {"label": vocab.label("chain_roles", link), "candidates": found}
            for link, found in gaps(project)
        ],
        "balances": rows,
        "whole": whole,
        "lines": project.lines.select_related("structure"),
        "tasks": [{"task": one, "is_late": one.is_late(today)} for one in tasks],
        "journal": project.journal.select_related("by")[:LAST],
        "is_editable": editable.filter(pk=project.pk).exists(),
    }


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


COLUMNS = (
    Column("structure", _("structure"), value=lambda p: p.structure.name),
    Column("maillons", _("maillons de la chaîne"), "terms", vocabulary="chain_roles", value=lambda p: p.roles),
    Column("part_recettes", _("part des recettes en %"), "number", value=lambda p: p.revenue_bps / 100),
    Column("credit", _("crédit"), value=lambda p: p.credit),
)  # fmt: skip
