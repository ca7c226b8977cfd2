"""A committee to try, all its people invented; and a consultation with contributions.

What the region's files say is loaded beside it: colleges and seats, the vote that adopted
the plan, the consultation of 2017. Invented things are marked as examples.
"""

import datetime as dt
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from maillage.accounts.choices import Role
from maillage.accounts.models import User
from maillage.plan.committee_choices import (
    Choice,
    MandateState,
    MeetingState,
    Presence,
    Rule,
    Side,
)
from maillage.plan.consultation_choices import ContributionState, Outcome
from maillage.plan.models import (
    AgendaItem,
    Attendance,
    Committee,
    Consultation,
    Contribution,
    Decision,
    Mandate,
    Meeting,
    Node,
    Plan,
    Seat,
    Validation,
)
from maillage.plan.services.governance_loading import load_governance
from maillage.plan.services.mandates import add_months
from maillage.plan.services.voting import vote_by_name

DAY = dt.timedelta(1)
#: The axis of the plan of 2018 that each theme of the workshops led to.
AXES = {
    "production": "I", "diffusion": "II", "coordination": "III", "evaluation": "III",
    "training": "I",
}  # fmt: skip


def is_ready() -> bool:
    """The committee has been loaded before."""
    return Committee.objects.exists()


@transaction.atomic
def load_governance_demo(folder: Path, *, now: dt.datetime) -> None:
    """Load the facts of the region's files, then what is invented; each once."""
    load_governance(folder, now=now)
    committee = Committee.objects.order_by("rank", "pk").first()
    agency = (
        User.objects.filter(role=Role.AGENCY, is_active=True).order_by("pk").first()
    )
    if committee is None or agency is None or Mandate.objects.exists():
        return
    seat_people(committee, by=agency, now=now)
    hold_meetings(committee, by=agency, now=now)
    consult(now=now)


def names() -> list[tuple[str, str]]:
    """Invented people and what they do."""
    return [
        (_("Inès Exemple"), _("secrétaire générale adjointe")),
        (_("Paul Exemple"), _("délégué à la recherche")),
        (_("Leïla Exemple"), _("vice-présidente")),
        (_("Hugo Exemple"), _("conseiller à la culture")),
        (_("Alex Agence"), _("directeur de l’agence")),
        (_("Rose Exemple"), _("conseillère départementale")),
        (_("Yanis Exemple"), _("vice-président d’intercommunalité")),
        (_("Odile Exemple"), _("adjointe au maire")),
        (_("Marc Exemple"), _("vice-président d’université")),
        (_("Sofia Exemple"), _("directrice de recherche")),
        (_("Noé Exemple"), _("délégué général")),
        (_("Claire Exemple"), _("présidente de réseau")),
        (_("Ali Exemple"), _("responsable de la médiation")),
        (_("Jeanne Exemple"), _("journaliste scientifique")),
        (_("Luc Exemple"), _("conservateur")),
    ]


def seat_people(committee: Committee, *, by: Any, now: dt.datetime) -> None:
    """Fourteen members who sit, one term that ends soon, one nomination half validated."""
    today = timezone.localdate(now)
    start = add_months(today, -20)
    seats = list(
        Seat.objects.filter(college__committee=committee)
        .active()
        .select_related("college")
        .order_by("college__rank", "rank", "pk")
    )
    member = User.objects.filter(email="responsable@exemple.fr").first()
    for rank, (seat, (name, position)) in enumerate(zip(seats, names(), strict=False)):
        is_soon = rank == len(names()) - 2
        waits = rank == len(names()) - 1
        mandate = Mandate.objects.create(
            seat=seat, person_name=name, position=position, proposed_by=by,
            body=_("%(college)s, organisme d’exemple") % {"college": seat.college.name},
            email=f"membre{rank}@exemple.fr", user=member if rank == 10 else None,
            shows_name=rank % 2 == 0, shows_name_since=start if rank % 2 == 0 else None,
            state=MandateState.PROPOSED if waits else MandateState.SEATED,
            proposed_on=today - 12 * DAY if waits else start - 30 * DAY,
            starts_on=today if waits else start,
            ends_on=today + 75 * DAY if is_soon else add_months(today, 36 if waits else 16),
        )  # fmt: skip
        if not seat.college.by_right:
            validate(mandate, waits=waits, by=by, now=now)


def validate(mandate: Mandate, *, waits: bool, by: Any, now: dt.datetime) -> None:
    """The letters of a nomination; of the one that waits, the State's alone."""
    for side in Side:
        if waits and side == Side.REGION:
            continue
        Validation.objects.create(
            mandate=mandate, side=side, accepts=True,
            decided_on=mandate.proposed_on + 8 * DAY,
            signed_by=_("préfecture de région") if side == Side.STATE else _("présidence de la Région"),
            reference=f"EX-{side}-{mandate.pk}", recorded_by=by, recorded_at=now,
        )  # fmt: skip


def hold_meetings(committee: Committee, *, by: Any, now: dt.datetime) -> None:
    """Last year's meeting, public; this year's, its minutes a draft; one to come."""
    at = timezone.localtime(now).replace(hour=9, minute=30, second=0, microsecond=0)
    first = meeting(committee, _("Réunion annuelle, l’an dernier"), at - 370 * DAY)
    second = meeting(committee, _("Réunion annuelle"), at - 20 * DAY)
    to_come = meeting(committee, _("Réunion sur les territoires"), at + 24 * DAY)
    for row, titles in (
        (first, [_("Avancement du plan"), _("Observatoire : premiers indicateurs")]),
        (second, [_("Avancement du plan"), _("Programme de l’an prochain"), _("Questions diverses")]),
        (to_come, [_("Déclinaison du plan dans les territoires"), _("Programme d’actions")]),
    ):  # fmt: skip
        AgendaItem.objects.bulk_create(
            AgendaItem(meeting=row, rank=rank, title=title, is_voted=rank == 2)
            for rank, title in enumerate(titles, 1)
        )
    for row in (first, second):
        sit(row, by=by, now=now)
        finish(row, now=now)
    first.approved_at, first.published_at = second, now
    first.save(update_fields=["approved_at", "published_at"])
    decide(first, second, today=timezone.localdate(now))


def meeting(committee: Committee, title: str, start: dt.datetime) -> Meeting:
    return Meeting.objects.create(
        committee=committee, title=title, starts_at=start, is_example=True,
        ends_at=start + dt.timedelta(hours=3), venue=_("Hôtel de Région, salle d’exemple"),
        state=MeetingState.CONVENED, convened_at=start - 30 * DAY,
    )  # fmt: skip


def sit(row: Meeting, *, by: Any, now: dt.datetime) -> None:
    """A sheet with a proxy and two absences, and one vote by name."""
    members = list(
        Mandate.objects.all()
        .of_committee(row.committee)
        .sitting_on(timezone.localdate(row.starts_at))
        .in_order()
    )
    voting = [one for one in members if one.seat.has_vote]
    away = {voting[3].pk: Presence.PROXY, voting[6].pk: Presence.EXCUSED,
            voting[8].pk: Presence.ABSENT}  # fmt: skip
    Attendance.objects.bulk_create(
        Attendance(
            meeting=row, mandate=one, presence=away.get(one.pk, Presence.PRESENT),
            proxy_to=voting[2] if away.get(one.pk) == Presence.PROXY else None,
        )
        for one in members
    )  # fmt: skip
    there = [
        one for one in voting if away.get(one.pk) not in {Presence.EXCUSED, Presence.ABSENT}
    ]  # fmt: skip
    choices = {one.pk: Choice.FOR for one in there}
    choices[there[-1].pk] = Choice.ABSTAINED
    choices[there[-2].pk] = Choice.APART
    vote_by_name(
        row.items.get(rank=2), question=_("Approuvez-vous ce qui est proposé ?"),
        rule=Rule.SIMPLE, choices=choices, by=by, now=now,
    )  # fmt: skip


def finish(row: Meeting, *, now: dt.datetime) -> None:
    row.state = MeetingState.HELD
    seats = row.attendances.filter(mandate__seat__has_vote=True).count()
    row.voting_seats, row.quorum_needed = seats, -(-seats // 2)
    row.minutes = _("Texte d’exemple : la séance est ouverte à 9 h 30 par l’État et la Région.")  # fmt: skip
    row.save()
    for item in row.items.all():
        item.said = _(
            "Texte d’exemple : le point est présenté par l’agence, puis discuté."
        )
        item.save(update_fields=["said"])


def decide(first: Meeting, second: Meeting, *, today: dt.date) -> None:
    rows = (
        (first, _("Publier chaque année un jeu d’indicateurs."), today - 40 * DAY, True),
        (first, _("Écrire un guide de l’évaluation pour les petites structures."), today - 15 * DAY, False),
        (second, _("Réunir les ateliers de fabrication du nord et les équipes du sud."), today + 60 * DAY, False),
        (second, _("Proposer un calendrier commun des appels à projets."), None, False),
    )  # fmt: skip
    Decision.objects.bulk_create(
        Decision(
            meeting=row, text=text, due_on=due, owner_words=_("agence"),
            state="done" if is_done else "open",
            closed_on=today - 30 * DAY if is_done else None,
        )
        for row, text, due, is_done in rows
    )  # fmt: skip


def consult(*, now: dt.datetime) -> None:
    """An invented consultation, open now, with contributions at every stage."""
    today = timezone.localdate(now)
    row = Consultation.objects.create(
        code="vers-le-plan-suivant", title=_("Vers le plan suivant (exemple)"),
        about=_("Une concertation inventée, pour essayer : dire ce qui doit continuer, changer ou commencer."),
        plan=Plan.objects.all().current(), starts_on=today - 30 * DAY, ends_on=today + 30 * DAY,
        opens_at=now - 30 * DAY, closes_at=now + 20 * DAY, is_public=True, is_example=True,
    )  # fmt: skip
    first = row.sessions.create(rank=1, title=_("Rencontre d’ouverture"), held_on=today - 28 * DAY, venue=_("Amiens"))  # fmt: skip
    row.sessions.create(rank=2, title=_("Ateliers"), held_on=today - 9 * DAY, venue=_("Lille"))  # fmt: skip
    workshop = first.workshops.create(code="g1", title=_("Aller plus loin"), theme="diffusion")  # fmt: skip
    nodes = Node.objects.in_force().of_plan(row.plan)
    axes = {node.code: node for node in nodes.filter(kind="axis")}
    leads = list(nodes.workable().order_by("path"))
    for number, (theme, text, outcome, reason) in enumerate(said(), 1):
        axis = axes.get(AXES.get(theme, ""))
        near = leads_under(axis, leads) if axis else []
        kept = outcome in {Outcome.KEPT, Outcome.PARTLY} and bool(near)
        Contribution.objects.create(
            consultation=row, number=number, theme=theme, text=text,
            workshop=workshop if theme == "diffusion" else None,
            author="" if number % 4 == 0 else _("Structure d’exemple %s") % number,
            is_anonymous=number % 4 == 0,
            axis=axis,
            outcome=outcome if kept or outcome == Outcome.NOT_KEPT else Outcome.PENDING,
            node=near[number % len(near)] if kept else None, reason=reason,
            state=ContributionState.WAITING if number > 9 else ContributionState.PUBLISHED,
            sent_at=now - number * DAY,
        )  # fmt: skip
    row.syntheses.create(
        theme="diffusion", version=1, written_at=now,
        text=_("Texte d’exemple : les lieux éloignés demandent des expositions légères et de l’aide pour le transport."),
    )  # fmt: skip


def leads_under(axis: Node, leads: list[Node]) -> list[Node]:
    return [node for node in leads if node.path.startswith(f"{axis.path}.")]


def said() -> list[tuple[str, str, str, str]]:
    """Theme, text, outcome and explanation of each; all invented."""
    return [
        ("diffusion", _("Des expositions légères pour les communes de moins de 2 000 habitants."), Outcome.KEPT, ""),
        ("diffusion", _("Un fonds pour payer le car des classes éloignées."), Outcome.PARTLY, _("Retenu pour les écoles rurales, à titre d’essai.")),
        ("production", _("Partager les ateliers de fabrication entre le nord et le sud."), Outcome.KEPT, ""),
        ("production", _("Une malle sur l’eau, faite avec des laboratoires."), Outcome.KEPT, ""),
        ("coordination", _("Une réunion par département chaque automne."), Outcome.PARTLY, _("Une réunion tous les deux ans pour commencer.")),
        ("evaluation", _("Les mêmes trois questions dans toutes les enquêtes."), Outcome.KEPT, ""),
        ("funding", _("Doubler le budget des appels à projets."), Outcome.NOT_KEPT, _("Le plan ne fixe pas de budget : la demande est transmise aux financeurs.")),
        ("training", _("Former les bénévoles à l’accueil des publics sourds."), Outcome.KEPT, ""),
        ("governance", _("Publier les comptes rendus du comité."), Outcome.PENDING, ""),
        ("diffusion", _("Des ateliers dans les gares."), Outcome.PENDING, ""),
        ("coordination", _("Un agenda des réunions de tous les réseaux."), Outcome.PENDING, ""),
    ]  # fmt: skip
