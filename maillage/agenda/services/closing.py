"""Before the proposals of a programme end: organisers who may have forgotten are told."""

import datetime as dt
from collections import defaultdict
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from maillage.accounts.models import User
from maillage.agenda.choices import LabelState
from maillage.agenda.models import Labelling, Programme
from maillage.core.dates import day_words
from maillage.core.mail import write_mails

#: How long before the last day.
AHEAD = dt.timedelta(days=7)


def remind_before_closing(*, now: dt.datetime) -> int:
    """Tell each organiser once per programme; returns how many structures were told."""
    today = timezone.localdate(now)
    near = Programme.objects.all().open_on(today)
    near = near.filter(proposals_until__lte=today + AHEAD)
    return sum(remind(one.pk, now=now) for one in near)


@transaction.atomic
def remind(pk: int, *, now: dt.datetime) -> int:
    """Write to those who have something to complete, or came to the edition before.

    The programme is locked: of two that write at once, the second finds them told.
    """
    programme = Programme.objects.select_for_update(of=("self",)).get(pk=pk)
    to_complete = unfinished(programme)
    waiting = {*to_complete, *absent(programme)} - {*programme.told}
    members = members_of(waiting)
    mails = [
        (address, *letter(programme, to_complete.get(owner, [])))
        for owner in sorted(members)
        for address in members[owner]
    ]
    write_mails(mails, now=now)
    told = sorted({*programme.told, *members})
    # Not a change of the programme: its history does not tell of it.
    Programme.objects.filter(pk=pk).update(told=told)
    return len(members)


def unfinished(programme: Programme) -> dict[int, list[str]]:
    """Names of the events that the coordination sent back, by their owner."""
    rows = programme.labellings.filter(state=LabelState.CHANGES_ASKED)
    found: dict[int, list[str]] = defaultdict(list)
    names = rows.order_by("event__name").values_list("event__owner", "event__name")
    for owner, name in names:
        found[owner].append(name)
    return found


def absent(programme: Programme) -> set[int]:
    """Organisers of the edition before who have proposed nothing to this one."""
    before = Programme.objects.published().filter(
        edition_of=programme.edition_of, starts_on__lt=programme.starts_on
    )
    last = before.order_by("-starts_on").first()
    if last is None:
        return set()
    came: Any = last.labellings.all().granted()
    there = Labelling.objects.filter(programme=programme)
    owners = came.order_by().values_list("event__owner", flat=True)
    return {*owners} - {*there.order_by().values_list("event__owner", flat=True)}


def members_of(owners: set[int]) -> dict[int, list[str]]:
    """Addresses of those who speak for structures; a structure without any is not there."""
    rows = User.objects.filter(is_active=True, memberships__structure__in=owners)
    found: dict[int, set[str]] = defaultdict(set)
    for owner, address in rows.values_list("memberships__structure", "email"):
        if owner in owners:
            found[owner].add(address)
    return {owner: sorted(addresses) for owner, addresses in found.items()}


def letter(programme: Programme, to_complete: list[str]) -> tuple[str, str]:
    values = {
        "programme": programme.name,
        "day": day_words(programme.proposals_last_on),
        "link": f"{settings.SITE_URL}{programme.propose_url}",
    }
    subject = _("%(programme)s : les propositions se terminent le %(day)s") % values
    if to_complete:
        names = "".join(f"\n- {name}" for name in to_complete)
        body = _("La coordination attend encore vos compléments pour :") + names
    else:
        body = (
            _(
                "Vous avez participé à l’édition précédente, et n’avez encore rien "
                "proposé à %(programme)s."
            )
            % values
        )
    body += "\n\n" + _("Les propositions se terminent le %(day)s au soir.") % values
    body += "\n\n" + _("Proposer un événement ou le compléter : %(link)s") % values
    body += "\n\n" + _("Cette lettre n’est envoyée qu’une fois.")
    return subject, body
