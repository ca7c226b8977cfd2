"""Votes are recorded: counted in the room, or member by member."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _, ngettext

from maillage.core.errors import Refused
from maillage.plan.committee_choices import Choice, MeetingState, Presence
from maillage.plan.models import AgendaItem, Attendance, Ballot, Meeting, Vote
from maillage.plan.services.attendance import attendances, quorum_of
from maillage.plan.services.held import hold, need_desk
from maillage.plan.services.tally import Tally, against_sheet, faults

#: Those whose vote is cast: by themselves or through a proxy.
TAKING_PART = {Presence.PRESENT, Presence.PROXY}


class Miscounted(Refused):
    """A vote whose numbers do not hold; ``field`` is the number to look at."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__("arithmetic", message)
        self.field = field


def voters(meeting: Meeting) -> list[Attendance]:
    """Members with a vote who are there or represented."""
    return [
        row
        for row in attendances(meeting)
        if row.mandate.seat.has_vote and row.presence in TAKING_PART
    ]


def apart_of(item: AgendaItem, rows: list[Attendance]) -> set[int]:
    """Mandates that stay apart from a point, of those who would vote."""
    recused = set(item.recusals.values_list("mandate_id", flat=True))
    return recused & {row.mandate_id for row in rows}


def ready(item: AgendaItem, *, question: str, by: Any) -> Meeting:
    """The meeting of a point that can be voted, held; refuses what cannot."""
    need_desk(by)
    meeting = hold(item.meeting)
    if meeting.state != MeetingState.CONVENED:
        raise Refused("closed", _("On vote pendant la séance, une fois convoquée et avant sa clôture."))  # fmt: skip
    if not item.is_voted:
        raise Refused("not_voted", _("Ce point n’est pas soumis au vote."))
    if not meeting.attendances.exists():
        raise Refused("sheet", _("Remplissez d’abord la feuille de présence."))
    if item.votes.filter(question=question).exists():
        raise Refused("voted", _("Cette question est déjà votée."))
    quorum = quorum_of(meeting)
    if not quorum.is_met:
        raise Refused(
            "quorum",
            _("Le quorum n’est pas atteint : %(counted)s présents pour %(needed)s nécessaires.")
            % {"counted": quorum.counted, "needed": quorum.needed},
        )  # fmt: skip
    return meeting


@transaction.atomic
def count_vote(
    item: AgendaItem,
    *,
    question: str,
    rule: str,
    tally: Tally,
    by: Any,
    now: dt.datetime,
) -> Vote:
    """Record the numbers of a vote, if they agree with one another and with the sheet.

    Refuses with ``forbidden``, ``closed``, ``not_voted``, ``sheet``, ``voted``,
    ``quorum``, or ``arithmetic`` and the number that is wrong.
    """
    meeting = ready(item, question=question, by=by)
    rows = voters(meeting)
    proxies = sum(row.presence == Presence.PROXY for row in rows)
    found = [
        *faults(tally, most_proxies=meeting.committee.most_proxies),
        *against_sheet(tally, present=len(rows) - proxies, proxies=proxies),
    ]
    recused = len(apart_of(item, rows))
    if found:
        raise Miscounted(*found[0])
    if tally.apart < recused:
        said = ngettext(
            "%(n)s membre est noté comme ne prenant pas part à ce point.",
            "%(n)s membres sont notés comme ne prenant pas part à ce point.",
            recused,
        )
        raise Miscounted("apart", said % {"n": recused})
    return write_vote(item, question=question, rule=rule, tally=tally, now=now)


@transaction.atomic
def vote_by_name(
    item: AgendaItem,
    *,
    question: str,
    rule: str,
    choices: Mapping[int, str],
    by: Any,
    now: dt.datetime,
) -> Vote:
    """Record the ballot of each member; the numbers are counted from them.

    Refuses as :func:`count_vote`, with ``ballots`` when a member is missing or too many,
    and with ``recused`` when one who stays apart has voted.
    """
    meeting = ready(item, question=question, by=by)
    rows = voters(meeting)
    names = {row.mandate_id: row.mandate.person_name for row in rows}
    for pk in names:
        if choices.get(pk) not in Choice.values:
            raise Refused("ballots", _("Il manque le vote de %s.") % names[pk])
    if {*choices} - {*names}:
        raise Refused("ballots", _("Un bulletin n’est à aucun membre présent ou représenté."))  # fmt: skip
    for pk in apart_of(item, rows):
        if choices[pk] != Choice.APART:
            raise Refused("recused", _("%s ne prend pas part à ce point.") % names[pk])
    proxies = sum(row.presence == Presence.PROXY for row in rows)
    tally = Tally.by_name(dict(choices), proxies=proxies)
    vote = write_vote(item, question=question, rule=rule, tally=tally, now=now, by_name=True)  # fmt: skip
    Ballot.objects.bulk_create(
        Ballot(vote=vote, mandate_id=pk, choice=choice)
        for pk, choice in choices.items()
    )
    return vote


def write_vote(
    item: AgendaItem, *, question: str, rule: str, tally: Tally, now: dt.datetime,
    by_name: bool = False,
) -> Vote:  # fmt: skip
    return Vote.objects.create(
        item=item, question=question, rule=rule, by_name=by_name, recorded_at=now,
        present=tally.present, proxies=tally.proxies, apart=tally.apart,
        votes_for=tally.votes_for, against=tally.against, abstained=tally.abstained,
        is_adopted=tally.is_adopted(rule),
    )  # fmt: skip


@transaction.atomic
def drop_vote(vote: Vote, *, by: Any) -> None:
    """Take back a vote that was typed wrongly, before the meeting is closed.

    Refuses with ``forbidden`` or ``closed``.
    """
    need_desk(by)
    meeting = hold(vote.item.meeting)
    if meeting.state != MeetingState.CONVENED:
        raise Refused("closed", _("Cette séance est close : elle ne change plus."))
    vote.delete()
