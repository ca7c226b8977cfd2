"""Works made together, to try: one that seeks partners, one that is done and public."""

import datetime as dt

from django.utils import timezone
from django.utils.translation import gettext as _

from maillage.catalogue.models import Resource
from maillage.catalogue.services import write_keys
from maillage.directory.models import Structure
from maillage.studio.choices import AnswerState, Side, TaskState
from maillage.studio.models import (
    BudgetLine,
    JournalEntry,
    Partner,
    PartnerAnswer,
    PartnerCall,
    Project,
    Task,
)

#: Links, share of the income and credit of the lead, then of two others.
SHARES = (
    (["watch", "messages"], 5_000, "conception et textes"),
    (["formats"], 3_000, "scénographie"),
    (["diffusion"], 2_000, "médiation"),
)


def load_projects(lead: Structure, *, now: dt.datetime) -> None:
    """Two projects; their other partners are the first structures by name."""
    rows = Structure.objects.published().filter(is_active=True).exclude(pk=lead.pk)
    others = list(rows.order_by("name", "pk")[:4])
    project = load_open_project([lead, *others[:2]], now=now)
    if len(others) > 2:
        load_call(project, answering=others[2], now=now)
    load_done_project(lead, other=others[-1] if others else lead, now=now)


def load_call(
    project: Project, *, answering: Structure, now: dt.datetime
) -> PartnerCall:
    """An open call with an answer that waits."""
    call = PartnerCall.objects.create(
        project=project,
        title=_("Un atelier pour fabriquer la malle (exemple)"),
        text=_(
            "Dix boîtes d’expériences en bois, à transporter dans une voiture. Les plans "
            "sont prêts ; 6 500 € sont prévus pour la fabrication, livrée dans six mois."
        ),
        roles=["validation", "production"],
        themes=["physics"],
        opened_at=now - dt.timedelta(6),
        closes_at=midnight_after(now, days=24),
    )
    PartnerAnswer.objects.create(
        call=call,
        structure=answering,
        roles=["production"],
        text=_("Réponse d’exemple : nous avons un atelier bois et deux mois libres."),
        state=AnswerState.WAITING,
        sent_at=now - dt.timedelta(1),
    )
    return call


def midnight_after(now: dt.datetime, *, days: int) -> dt.datetime:
    day = timezone.localdate(now) + dt.timedelta(days + 1)
    return timezone.make_aware(dt.datetime.combine(day, dt.time()))


def load_done_project(
    partner: Structure, *, other: Structure, now: dt.datetime
) -> Project:
    """A project whose partners agreed; with an example of the catalogue, its owner leads."""
    examples = Resource.objects.published().filter(is_example=True, parent=None)
    resource = examples.select_related("owner").order_by("pk").first()
    lead = resource.owner if resource else other
    partners = [lead, partner] if lead != partner else [lead]
    name = resource.name if resource else _("Une exposition sur les marées")
    project = Project.objects.create(
        title=_("%(name)s, faite à deux (exemple)") % {"name": name},
        lead=lead,
        summary=_("Douze panneaux et une maquette, conçus et fabriqués à deux."),
        resource=resource,
        is_example=True,
        created_at=now - dt.timedelta(400),
        published_at=now - dt.timedelta(90),
    )
    facts = (
        (["watch", "messages", "validation"], 6_000, _("textes et maquette")),
        (["formats", "production", "diffusion"], 4_000, _("scénographie")),
    )
    made = Partner.objects.bulk_create(
        Partner(
            project=project, structure=one, roles=roles, revenue_bps=bps, credit=credit,
            agreed_at=now - dt.timedelta(95),
        )
        for one, (roles, bps, credit) in zip(partners, facts, strict=False)
    )  # fmt: skip
    if resource is not None:
        write_keys(resource, {one.structure_id: one.revenue_bps for one in made})
    return project


def load_open_project(partners: list[Structure], *, now: dt.datetime) -> Project:
    """Three partners, a budget with a gap, links that nobody holds."""
    lead = partners[0]
    project = Project.objects.create(
        title=_("Une malle sur le son (exemple)"),
        lead=lead,
        summary=_("Une malle de dix expériences sur le son, pour les écoles."),
        is_example=True,
        created_at=now - dt.timedelta(20),
    )
    Partner.objects.bulk_create(
        Partner(
            project=project, structure=one, roles=roles, revenue_bps=bps, credit=credit,
            agreed_at=now - dt.timedelta(10) if one == lead else None,
        )
        for one, (roles, bps, credit) in zip(partners, SHARES, strict=False)
    )  # fmt: skip
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
    return project
