"""A peer visit is asked for or proposed, planned, and gets its reviewers."""

import datetime as dt

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from maillage.accounts.choices import Role
from maillage.accounts.models import User
from maillage.core.dates import day_words
from maillage.core.errors import Refused
from maillage.core.mail import write_mails
from maillage.directory.models import Membership, Structure
from maillage.studio.assessment_choices import PeerState, VisitState
from maillage.studio.models import (
    Improvement,
    PeerVisit,
    SelfAssessment,
    VisitReviewer,
    VisitSlot,
)

MOST_REVIEWERS, MOST_SLOTS, MOST_DAYS = 8, 60, 15
#: Steps by the word in their address: from which states, to which.
STEPS = {
    "accepter": ((VisitState.ASKED, VisitState.PROPOSED), VisitState.PLANNED),
    "decliner": ((VisitState.ASKED, VisitState.PROPOSED), VisitState.DECLINED),
    "annuler": ((VisitState.PLANNED,), VisitState.CANCELLED),
}


def team_of(structure: Structure) -> list[User]:
    rows = User.objects.filter(memberships__structure=structure, is_active=True)
    return list(rows.distinct())


def agency_people() -> list[User]:
    return list(User.objects.filter(role=Role.AGENCY, is_active=True))


def is_member(user: User, structure: Structure) -> bool:
    return structure.memberships.filter(user=user).exists()


def hold_visit(visit: PeerVisit, *states: str) -> PeerVisit:
    """The visit as it is now, held. Refuses with ``state`` when it is elsewhere."""
    rows = PeerVisit.objects.select_for_update(of=("self",))
    row = rows.select_related("assessment__structure").get(pk=visit.pk)
    if states and row.state not in states:
        raise Refused("state", _("Cette visite n’en est plus là : rechargez la page."))
    return row


def tell(
    people: list[User],
    visit: PeerVisit,
    *,
    subject: str,
    text: str,
    now: dt.datetime,
    **more: str,
) -> None:
    """Write to people about a visit; the link is added."""
    words = {"name": visit.structure.name, **more}
    body = f"{text % words}\n{settings.SITE_URL}{visit.get_absolute_url()}"
    write_mails([(one.email, subject % words, body) for one in people], now=now)


@transaction.atomic
def ask_visit(
    assessment: SelfAssessment,
    *,
    aim: str,
    by: User,
    now: dt.datetime,
    follows: PeerVisit | None = None,
) -> PeerVisit:
    """The structure asks for a visit, or the agency proposes one.

    Refuses with ``draft`` (the self-assessment is not finished), ``open`` (another
    visit is under way) or ``not_yours``.
    """
    row = SelfAssessment.objects.select_for_update(of=("self",)).get(pk=assessment.pk)
    is_own = is_member(by, row.structure)
    if not (is_own or by.is_agency):
        raise Refused("not_yours", _("Vous ne parlez pas pour cette structure."))
    if not row.is_finished:
        raise Refused("draft", _("Terminez d’abord l’auto-évaluation."))
    waiting = (VisitState.ASKED, VisitState.PROPOSED, VisitState.PLANNED, VisitState.CHECK)  # fmt: skip
    if row.visits.filter(state__in=waiting).exists():
        raise Refused("open", _("Une visite est déjà en cours pour cette auto-évaluation."))  # fmt: skip
    made = PeerVisit.objects.create(
        assessment=row,
        follows=follows,
        aim=aim,
        state=VisitState.ASKED if is_own else VisitState.PROPOSED,
        asked_at=now,
        asked_by=by,
    )
    if is_own:
        tell(agency_people(), made, now=now, subject=_("Visite par les pairs demandée : %(name)s"),
             text=_("%(name)s demande une visite par les pairs."))  # fmt: skip
    else:
        tell(team_of(row.structure), made, now=now, subject=_("Visite par les pairs proposée à %(name)s"),
             text=_("L’agence propose à %(name)s une visite par les pairs. Acceptez ou déclinez :"))  # fmt: skip
    return made


@transaction.atomic
def take_step(visit: PeerVisit, *, step: str, by: User, now: dt.datetime) -> PeerVisit:
    """Accept, decline or cancel: the other side answers, either side cancels.

    Refuses with ``unknown``, ``state`` or ``not_yours``.
    """
    if step not in STEPS:
        raise Refused("unknown", _("Ce choix n’existe pas."))
    states, after = STEPS[step]
    row = hold_visit(visit, *states)
    is_own = is_member(by, row.structure)
    may = {
        VisitState.ASKED: by.is_agency and not is_own,
        VisitState.PROPOSED: is_own,
        VisitState.PLANNED: is_own or by.is_agency,
    }
    if step == "decliner" and row.state == VisitState.ASKED:
        may[VisitState.ASKED] = is_own or by.is_agency  # one takes back what one asked
    if not may[VisitState(row.state)]:
        raise Refused("not_yours", _("Ce n’est pas à vous de répondre."))
    row.state = after
    row.save(update_fields=["state"])
    others = agency_people() if is_own else team_of(row.structure)
    tell(others, row, now=now, subject=_("Visite par les pairs : %(name)s"),
         text=_("%(name)s : la visite est maintenant « %(state)s »."),
         state=str(VisitState(after).label))  # fmt: skip
    return row


@transaction.atomic
def set_days(
    visit: PeerVisit, *, starts_on: dt.date, last_day: dt.date, by: User
) -> PeerVisit:
    """Say when the visit takes place. Refuses with ``order``, ``long``, ``state``."""
    row = hold_visit(visit, VisitState.PLANNED)
    need_agency(by, row)
    if last_day < starts_on:
        raise Refused("order", _("Le dernier jour vient après le premier."))
    if (last_day - starts_on).days >= MOST_DAYS:
        raise Refused("long", _("Une visite dure quinze jours au plus."))
    row.starts_on, row.ends_on = starts_on, last_day + dt.timedelta(1)
    row.save(update_fields=["starts_on", "ends_on"])
    return row


def need_agency(by: User, visit: PeerVisit) -> None:
    """Who prepares a visit is the agency, and nobody of the structure itself."""
    if not by.is_agency or is_member(by, visit.structure):
        raise Refused("forbidden", _("C’est l’agence qui prépare la visite."))


# Reviewers --------------------------------------------------------------------------


def conflict_of(user: User, visit: PeerVisit) -> str:
    """Why a person may not be a peer of this structure; nothing when they may."""
    if is_member(user, visit.structure):
        return _("Cette personne est membre de la structure visitée.")
    wrote = visit.assessment.answers.filter(changed_by=user).exists()
    if wrote or user.pk in {visit.assessment.started_by_id, visit.assessment.finished_by_id}:  # fmt: skip
        return _("Cette personne a écrit l’auto-évaluation.")
    if Improvement.objects.filter(structure=visit.structure, owner=user).exists():
        return _("Cette personne a une action dans le plan de la structure.")
    return ""


def home_of(user: User) -> Structure | None:
    """The structure from which a peer comes: the one they have been in the longest."""
    rows = Membership.objects.filter(user=user).select_related("structure")
    first = rows.order_by("since", "pk").first()
    return first.structure if first else None


@transaction.atomic
def invite_reviewer(
    visit: PeerVisit, *, email: str, is_lead: bool, by: User, now: dt.datetime
) -> VisitReviewer:
    """Ask a person to be a peer.

    Refuses with ``unknown``, ``no_structure``, ``conflict``, ``twice``, ``enough``,
    ``state`` or ``forbidden``.
    """
    row = hold_visit(visit, VisitState.PLANNED)
    need_agency(by, row)
    user = User.objects.filter(email__iexact=email.strip(), is_active=True).first()
    home = home_of(user) if user else None
    if user is None:
        raise Refused("unknown", _("Personne n’a de compte à cette adresse."))
    if home is None:
        raise Refused("no_structure", _("Un pair vient d’une autre structure : cette personne n’est membre d’aucune."))  # fmt: skip
    if why := conflict_of(user, row):
        raise Refused("conflict", why)
    if row.reviewers.filter(user=user).exists():
        raise Refused("twice", _("Cette personne est déjà dans l’équipe de visite."))
    if row.reviewers.count() >= MOST_REVIEWERS:
        raise Refused("enough", _("Huit pairs suffisent à une visite."))
    if is_lead:
        row.reviewers.update(is_lead=False)
    made = VisitReviewer.objects.create(
        visit=row, user=user, structure=home, is_lead=is_lead, invited_at=now
    )
    tell([user], row, now=now, subject=_("Serez-vous pair ? Visite : %(name)s"),
         text=_("L’agence vous propose de visiter %(name)s avec d’autres pairs. Dites si vous venez, et si vous avez un lien avec la structure :"))  # fmt: skip
    return made


@transaction.atomic
def remove_reviewer(reviewer: VisitReviewer, *, by: User) -> None:
    """Take a person out of the team; what the team wrote stays. As ``set_days``."""
    need_agency(by, hold_visit(reviewer.visit, VisitState.PLANNED))
    reviewer.delete()


@transaction.atomic
def answer_invitation(
    visit: PeerVisit, *, accepts: bool, reason: str, by: User, now: dt.datetime
) -> VisitReviewer:
    """A peer says yes, or no and why. Refuses with ``gone``, ``conflict``, ``state``."""
    row = hold_visit(visit, VisitState.PLANNED)
    mine = row.reviewers.select_for_update(of=("self",)).filter(user=by).first()
    if mine is None or mine.state == PeerState.DECLINED:
        raise Refused("gone", _("Cette invitation n’attend plus votre réponse."))
    if accepts and (why := conflict_of(by, row)):
        raise Refused("conflict", why)
    mine.state = PeerState.ACCEPTED if accepts else PeerState.DECLINED
    mine.reason = "" if accepts else " ".join(reason.split())[:300]
    mine.answered_at = now
    mine.save(update_fields=["state", "reason", "answered_at"])
    if not accepts:
        tell(agency_people(), row, now=now, subject=_("Un pair ne viendra pas : %(name)s"),
             text=_("Un pair invité à visiter %(name)s ne peut pas venir."))  # fmt: skip
    return mine


# Programme --------------------------------------------------------------------------


@transaction.atomic
def add_slot(visit: PeerVisit, slot: VisitSlot) -> VisitSlot:
    """Add a line to the programme. Refuses with ``outside``, ``undated``, ``enough``."""
    row = hold_visit(visit, VisitState.PLANNED)
    if row.starts_on is None or row.ends_on is None:
        raise Refused("undated", _("L’agence choisit d’abord les jours de la visite."))
    if not row.starts_on <= slot.day < row.ends_on:
        raise Refused(
            "outside",
            _("La visite a lieu du %(start)s au %(end)s.")
            % {
                "start": day_words(row.starts_on, "j F Y"),
                "end": day_words(row.last_day or row.starts_on, "j F Y"),
            },
        )
    if row.slots.count() >= MOST_SLOTS:
        raise Refused("enough", _("Soixante lignes suffisent."))
    slot.visit = row
    slot.save()
    return slot


@transaction.atomic
def drop_slot(slot: VisitSlot) -> None:
    hold_visit(slot.visit, VisitState.PLANNED)
    slot.delete()
