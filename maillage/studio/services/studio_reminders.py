"""Mails before and after dates: one for one subject, never the same twice."""

import datetime as dt
from collections.abc import Iterable

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from maillage.accounts.models import User
from maillage.core.dates import day_words
from maillage.core.mail import write_mails
from maillage.directory.choices import MemberRole
from maillage.studio.assessment_choices import VisitState
from maillage.studio.models import Improvement, PeerVisit, StudioReminder
from maillage.studio.services.peer_reports import follow_on
from maillage.studio.services.visiting import agency_people, is_member, team_of

#: Days before the end at which the structure is told once more.
REPLY_DAYS = 5


@transaction.atomic
def remind_studio(*, today: dt.date, now: dt.datetime) -> int:
    """Everything that is late or comes soon; returns how many mails were written."""
    return (
        remind_improvements(today=today, now=now)
        + remind_replies(today=today, now=now)
        + remind_follow_ups(today=today, now=now)
    )


def send(
    key: str, people: Iterable[User], *, subject: str, body: str, now: dt.datetime
) -> int:
    """Write to those who were not told of this subject yet."""
    told = set(StudioReminder.objects.filter(key=key).values_list("user", flat=True))
    fresh = {one.pk: one for one in people if one.pk not in told and one.is_active}
    StudioReminder.objects.bulk_create(
        StudioReminder(key=key, user=one, sent_at=now) for one in fresh.values()
    )
    write_mails([(one.email, subject, body) for one in fresh.values()], now=now)
    return len(fresh)


def answerable(action: Improvement) -> list[User]:
    """Who is in charge if still of the team, else the managers."""
    if action.owner and is_member(action.owner, action.structure):
        return [action.owner]
    rows = User.objects.filter(
        memberships__structure=action.structure_id,
        memberships__role=MemberRole.MANAGER,
    )
    return list(rows.distinct())


def remind_improvements(*, today: dt.date, now: dt.datetime) -> int:
    """Actions that are late: once for each date that was set."""
    rows = Improvement.objects.all().late(today).filter(is_example=False)
    sent = 0
    for one in rows.select_related("structure", "owner"):
        words = {"label": one.label, "day": day_words(one.due_on, "j F Y"),
                 "name": one.structure.name,
                 "link": settings.SITE_URL + one.get_absolute_url()}  # fmt: skip
        sent += send(
            f"improvement-{one.pk}-{one.due_on}",
            answerable(one),
            subject=_("En retard : %(label)s") % words,
            body=_(
                "Plan d’amélioration (%(name)s) : « %(label)s » devait être "
                "fait le %(day)s. Notez où vous en êtes, ou changez la date :\n%(link)s"
            )
            % words,
            now=now,
        )
    return sent


def remind_replies(*, today: dt.date, now: dt.datetime) -> int:
    """Structures that have a few days left to answer a report."""
    rows = PeerVisit.objects.filter(
        state=VisitState.CHECK,
        replied_at=None,
        is_example=False,
        reply_due_on__range=(today, today + dt.timedelta(REPLY_DAYS)),
    )
    sent = 0
    for one in rows.select_related("assessment__structure"):
        words = {"name": one.structure.name, "link": settings.SITE_URL + one.get_absolute_url(),
                 "day": day_words(one.reply_due_on or today, "j F Y")}  # fmt: skip
        sent += send(
            f"reply-{one.pk}-{one.reply_due_on}",
            team_of(one.structure),
            subject=_("Rapport de visite : répondre avant le %(day)s") % words,
            body=_(
                "Vous pouvez répondre au rapport de visite (%(name)s) jusqu’au "
                "%(day)s :\n%(link)s"
            )
            % words,
            now=now,
        )
    return sent


def remind_follow_ups(*, today: dt.date, now: dt.datetime) -> int:
    """A year after a report: the structure and the agency, of the follow-up visit."""
    rows = PeerVisit.objects.filter(
        state=VisitState.FINAL, follow_up=None, follows=None, is_example=False
    )
    sent = 0
    for one in rows.select_related("assessment__structure"):
        day = follow_on(one)
        if day is None or day > today:
            continue
        words = {"name": one.structure.name, "link": settings.SITE_URL + one.get_absolute_url()}  # fmt: skip
        sent += send(
            f"follow-up-{one.pk}",
            [*team_of(one.structure), *agency_people()],
            subject=_("Visite de suivi : %(name)s") % words,
            body=_(
                "Un an a passé depuis le rapport sur %(name)s. Demandez la visite de "
                "suivi sur cette page :\n%(link)s"
            )
            % words,
            now=now,
        )
    return sent
