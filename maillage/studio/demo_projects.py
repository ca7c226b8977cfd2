"""A work made together, to try: three partners, a budget with a gap, open links."""

import datetime as dt

from django.utils import timezone
from django.utils.translation import gettext as _

from maillage.directory.models import Structure
from maillage.studio.choices import Side, TaskState
from maillage.studio.models import BudgetLine, JournalEntry, Partner, Project, Task

#: Links, share of the income and credit of the lead, then of two others.
SHARES = (
    (["watch", "messages"], 5_000, "conception et textes"),
    (["formats"], 3_000, "scénographie"),
    (["diffusion"], 2_000, "médiation"),
)


def load_project(lead: Structure, *, now: dt.datetime) -> None:
    """One project; its other partners are the first structures by name."""
    rows = Structure.objects.published().filter(is_active=True).exclude(pk=lead.pk)
    partners = [lead, *rows.order_by("name", "pk")[:2]]
    project = Project.objects.create(
        title=_("Une malle sur le son (exemple)"),
        lead=lead,
        summary=_("Une malle de dix expériences sur le son, pour les écoles."),
        is_example=True,
        created_at=now - dt.timedelta(20),
    )
    Partner.objects.bulk_create(
        Partner(
            project=project, structure=one, roles=roles, revenue_bps=bps, credit=credit
        )
        for one, (roles, bps, credit) in zip(partners, SHARES, strict=False)
    )
    BudgetLine.objects.bulk_create(
        BudgetLine(project=project, structure=one, side=side, label=label, cents=cents)
        for one, side, label, cents in (
            (partners[0], Side.EXPENSE, _("Conception et textes"), 4_200_00),
            (partners[-1], Side.EXPENSE, _("Fabrication"), 6_500_00),
            (partners[0], Side.INCOME, _("Apport en argent"), 3_000_00),
            (partners[-1], Side.INCOME, _("Temps de travail"), 6_500_00),
        )
    )
    today = timezone.localdate(now)
    Task.objects.bulk_create(
        Task(
            project=project,
            structure=one,
            label=label,
            due_on=today + dt.timedelta(days),
            state=state,
        )
        for one, label, days, state in (
            (partners[0], _("Choisir les dix expériences"), -10, TaskState.DONE),
            (partners[-1], _("Dessiner la malle"), -2, TaskState.DOING),
            (None, _("Trouver qui valide les contenus"), 25, TaskState.TODO),
        )
    )
    JournalEntry.objects.create(
        project=project,
        text=_("Première réunion des partenaires."),
        at=project.created_at,
    )
