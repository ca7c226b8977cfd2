"""Who is there, who holds whose proxy, whether there are enough."""

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from maillage.core.errors import Refused
from maillage.plan.committee_choices import MeetingState, Presence
from maillage.plan.models import AgendaItem, Attendance, Mandate, Meeting, Recusal
from maillage.plan.services.held import hold, need_desk
from maillage.plan.services.meetings import invited, need_open

#: A mandate and whom it gave its proxy to.
Sheet = Mapping[int, tuple[str, int | None]]


@dataclass(frozen=True)
class Quorum:
    """Voting members, those in the room, proxies that count, and how many it takes."""

    seats: int
    present: int
    proxies: int
    needed: int
    counts_proxies: bool

    @property
    def counted(self) -> int:
        return self.present + (self.proxies if self.counts_proxies else 0)

    @property
    def is_met(self) -> bool:
        return self.present > 0 and self.counted >= self.needed


@transaction.atomic
def write_sheet(
    meeting: Meeting, *, sheet: Sheet, version: int, by: Any, now: dt.datetime
) -> Meeting:
    """Write the attendance sheet, whole, as it was filled in.

    ``sheet`` has a line for each member of the day. Refuses with ``forbidden``,
    ``stale``, ``closed``, ``not_convened``, ``early``, ``voted``, ``stranger`` or as
    :func:`check_proxies`.
    """
    need_desk(by)
    meeting = hold(meeting, version=version)
    need_open(meeting)
    if meeting.state != MeetingState.CONVENED:
        raise Refused("not_convened", _("Convoquez d’abord les membres."))
    if timezone.localdate(meeting.starts_at) > timezone.localdate(now):
        raise Refused("early", _("La feuille de présence se remplit le jour de la séance."))  # fmt: skip
    if AgendaItem.objects.filter(meeting=meeting, votes__isnull=False).exists():
        raise Refused("voted", _("Un vote est enregistré : la feuille de présence ne change plus."))  # fmt: skip
    members = {row.pk: row for row in invited(meeting)}
    if {*sheet} != {*members}:
        raise Refused("stranger", _("Les membres ont changé : ouvrez de nouveau la feuille."))  # fmt: skip
    check_proxies(sheet, members=members, most=meeting.committee.most_proxies)
    meeting.attendances.all().delete()
    Attendance.objects.bulk_create(
        Attendance(meeting=meeting, mandate=members[pk], presence=presence, proxy_to_id=to)
        for pk, (presence, to) in sheet.items()
    )  # fmt: skip
    meeting.version += 1
    meeting.save(update_fields=["version"])
    return meeting


def check_proxies(sheet: Sheet, *, members: Mapping[int, Mandate], most: int) -> None:
    """Check who gives a proxy to whom.

    Refuses with ``proxy_nobody`` (none named, or somebody who does not sit),
    ``proxy_self``, ``proxy_present`` (gives one and attends), ``proxy_absent`` (the
    holder is not there), ``proxy_vote`` (one of the two has no vote), ``proxy_many``.
    """
    held: Counter[int] = Counter()
    for pk, (presence, to) in sheet.items():
        who = members[pk].person_name
        if presence != Presence.PROXY:
            if to is not None:
                raise Refused("proxy_present", _("%s donne un pouvoir sans être noté représenté.") % who)  # fmt: skip
            continue
        if to is None or to not in members:
            raise Refused("proxy_nobody", _("Dites à qui %s donne pouvoir.") % who)
        if to == pk:
            raise Refused("proxy_self", _("%s ne peut pas se donner pouvoir.") % who)
        pair = {"who": who, "to": members[to].person_name}
        if sheet[to][0] != Presence.PRESENT:
            said = _("%(who)s donne pouvoir à %(to)s, qui n’est pas présent.")
            raise Refused("proxy_absent", said % pair)
        if not (members[pk].seat.has_vote and members[to].seat.has_vote):
            said = _(
                "De %(who)s à %(to)s : un pouvoir va d’un membre qui vote à un autre."
            )
            raise Refused("proxy_vote", said % pair)
        held[to] += 1
        if held[to] > most:
            said = _("%(to)s porterait %(n)s pouvoirs : %(most)s au plus.")
            raise Refused("proxy_many", said % {**pair, "n": held[to], "most": most})


def quorum_of(meeting: Meeting) -> Quorum:
    """The quorum of a meeting, by the sheet as it is; as it was once it is closed."""
    committee = meeting.committee
    rows = [row for row in attendances(meeting) if row.mandate.seat.has_vote]
    presences = Counter(row.presence for row in rows)
    seats = len(rows) or sum(row.seat.has_vote for row in invited(meeting))
    if meeting.voting_seats is not None:
        seats = meeting.voting_seats
    needed = -(-seats * committee.quorum_percent // 100)  # rounded up
    return Quorum(
        seats=seats,
        present=presences[Presence.PRESENT],
        proxies=presences[Presence.PROXY],
        needed=needed if meeting.quorum_needed is None else meeting.quorum_needed,
        counts_proxies=committee.quorum_counts_proxies,
    )


def attendances(meeting: Meeting) -> list[Attendance]:
    """The sheet in the order of colleges."""
    rows = meeting.attendances.select_related(
        "mandate__seat__college", "mandate__structure", "proxy_to"
    )
    return sorted(
        rows,
        key=lambda row: (row.mandate.seat.college.rank, row.mandate.seat.rank, row.pk),
    )


@transaction.atomic
def recuse(item: AgendaItem, *, mandate: Mandate, reason: str, by: Any) -> Recusal:
    """Note that a member does not take part in a point, and why.

    Refuses with ``forbidden``, ``closed``, ``voted`` or ``stranger``.
    """
    need_desk(by)
    meeting = hold(item.meeting)
    need_open(meeting)
    if item.votes.exists():
        raise Refused("voted", _("Ce point est déjà voté."))
    if mandate.pk not in {row.pk for row in invited(meeting)}:
        raise Refused("stranger", _("Cette personne ne siège pas ce jour-là."))
    recusal, _new = Recusal.objects.update_or_create(
        item=item, mandate=mandate, defaults={"reason": reason}
    )
    return recusal


@transaction.atomic
def close_meeting(meeting: Meeting, *, by: Any, now: dt.datetime) -> Meeting:
    """End a meeting: attendance and votes stay as they are.

    Refuses with ``forbidden``, ``closed``, ``not_convened``, ``early`` or ``sheet``.
    """
    need_desk(by)
    meeting = hold(meeting)
    need_open(meeting)
    if meeting.state != MeetingState.CONVENED:
        raise Refused("not_convened", _("Convoquez d’abord les membres."))
    if meeting.starts_at > now:
        raise Refused("early", _("La séance n’a pas encore eu lieu."))
    if not meeting.attendances.exists():
        raise Refused("sheet", _("Remplissez d’abord la feuille de présence."))
    quorum = quorum_of(meeting)
    meeting.state = MeetingState.HELD
    meeting.voting_seats, meeting.quorum_needed = quorum.seats, quorum.needed
    meeting.version += 1
    meeting.save()
    return meeting
