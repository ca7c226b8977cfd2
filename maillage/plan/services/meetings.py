"""A meeting from its preparation to its public record."""

import datetime as dt
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from maillage.core.dates import day_words
from maillage.core.errors import Refused
from maillage.core.mail import write_mails
from maillage.core.uploads import clean_document
from maillage.plan.committee_choices import Audience, MeetingState
from maillage.plan.models import AgendaItem, Committee, Document, Mandate, Meeting
from maillage.plan.services.held import hold, need_desk

WHEN = ("title", "starts_at", "ends_at", "venue", "online_url", "notice")
#: What members have in their calendar.
TOLD = ("starts_at", "ends_at", "venue", "online_url", "title")


@transaction.atomic
def plan_meeting(
    committee: Committee, *, values: Mapping[str, Any], by: Any
) -> Meeting:
    """Begin to prepare a meeting; a double click makes one. Refuses with ``forbidden``."""
    need_desk(by)
    hold(committee)
    same = committee.meetings.filter(
        title=values["title"], starts_at=values["starts_at"]
    ).exclude(state=MeetingState.CANCELLED)
    if found := same.first():
        return found
    return Meeting.objects.create(
        committee=committee, **{name: values[name] for name in WHEN}
    )


@transaction.atomic
def change_meeting(
    meeting: Meeting,
    *,
    values: Mapping[str, Any],
    version: int,
    by: Any,
    now: dt.datetime,
) -> Meeting:
    """Change when and where; members who were told are told again.

    Refuses with ``forbidden``, ``stale`` or ``closed``.
    """
    need_desk(by)
    meeting = hold(meeting, version=version)
    need_open(meeting)
    moved = any(getattr(meeting, name) != values[name] for name in TOLD)
    for name in WHEN:
        setattr(meeting, name, values[name])
    meeting.version += 1
    meeting.sequence += moved
    meeting.save()
    if moved and meeting.state == MeetingState.CONVENED:
        tell(meeting, subject=_("Séance modifiée : %s") % meeting.title, now=now)
    return meeting


def need_open(meeting: Meeting) -> None:
    if meeting.state in {MeetingState.HELD, MeetingState.CANCELLED}:
        raise Refused("closed", _("Cette séance est close : elle ne change plus."))


# Agenda and documents ----------------------------------------------------------


@transaction.atomic
def write_item(
    meeting: Meeting,
    *,
    values: Mapping[str, Any],
    by: Any,
    item: AgendaItem | None = None,
) -> AgendaItem:
    """Add a point at the end, or change one. Refuses with ``forbidden`` or ``closed``."""
    need_desk(by)
    meeting = hold(meeting)
    need_open(meeting)
    if item is None:
        same = meeting.items.filter(title=values["title"]).first()
        last = meeting.items.aggregate(last=Max("rank"))["last"] or 0
        item = same or AgendaItem(meeting=meeting, rank=last + 1)
    for name in ("title", "text", "is_voted"):
        setattr(item, name, values[name])
    item.save()
    return item


@transaction.atomic
def move_item(item: AgendaItem, *, up: bool, by: Any) -> None:
    """Exchange a point with its neighbour. Refuses with ``forbidden`` or ``closed``."""
    need_desk(by)
    meeting = hold(item.meeting)
    need_open(meeting)
    items = list(meeting.items.order_by("rank", "pk"))
    place = [one.pk for one in items].index(item.pk)
    other = place - 1 if up else place + 1
    if 0 <= other < len(items):
        items[place], items[other] = items[other], items[place]
    for rank, one in enumerate(items, 1):
        one.rank = rank
    AgendaItem.objects.bulk_update(items, ["rank"])


@transaction.atomic
def drop_item(item: AgendaItem, *, by: Any) -> None:
    """Take a point away. Refuses with ``forbidden``, ``closed`` or ``voted``."""
    need_desk(by)
    need_open(hold(item.meeting))
    if item.votes.exists():
        raise Refused("voted", _("Ce point a été voté : il reste à l’ordre du jour."))
    item.delete()


@transaction.atomic
def add_document(
    meeting: Meeting,
    *,
    file: IO[bytes],
    title: str,
    audience: str,
    item: AgendaItem | None,
    by: Any,
    now: dt.datetime,
) -> Document:
    """Keep a PDF, cleaned of programs; the same file sent twice is kept once.

    Refuses with ``forbidden`` or ``same``; raises ``ValidationError`` for what is not
    a sound PDF: empty, too large, of another type, with a password.
    """
    need_desk(by)
    meeting = hold(meeting)
    clean = clean_document(file)
    file.seek(0)
    digest = hashlib.sha256(file.read()).hexdigest()
    if found := meeting.documents.filter(digest=digest).first():
        if (found.title, found.audience) == (title, audience):
            return found
        said = _("Ce fichier est déjà déposé sous le titre « %s ».")
        raise Refused("same", said % found.title)
    document = Document(
        meeting=meeting, item=item, title=title, audience=audience, digest=digest,
        size=clean.size, sent_at=now,
    )  # fmt: skip
    document.file.save(clean.name or "", clean, save=False)
    document.save()
    return document


@transaction.atomic
def change_audience(document: Document, *, audience: str, by: Any) -> Document:
    """Say anew who may read a document. Refuses with ``forbidden``."""
    need_desk(by)
    document = hold(document)
    document.audience = Audience(audience)
    document.save(update_fields=["audience"])
    return document


@transaction.atomic
def drop_document(document: Document, *, by: Any) -> None:
    """Take a document away with its file. Refuses with ``forbidden`` or ``public``."""
    need_desk(by)
    document = hold(document)
    if document.meeting.is_public and document.audience == Audience.PUBLIC:
        raise Refused(
            "public", _("La séance est publiée : ce document en fait partie.")
        )
    path = Path(settings.MEDIA_ROOT) / str(document.file.name)
    document.delete()
    transaction.on_commit(lambda: path.unlink(missing_ok=True))


# Notice ------------------------------------------------------------------------


@transaction.atomic
def convene(meeting: Meeting, *, by: Any, now: dt.datetime) -> int:
    """Send the notice to those who sit on that day; returns how many were written to.

    Refuses with ``forbidden``, ``convened``, ``past``, ``agenda`` or ``nobody``.
    """
    need_desk(by)
    meeting = hold(meeting)
    if meeting.state != MeetingState.PLANNED:
        raise Refused("convened", _("Cette séance a déjà été convoquée ou annulée."))
    if meeting.starts_at <= now:
        raise Refused("past", _("Cette séance a déjà commencé."))
    if not meeting.items.exists():
        raise Refused("agenda", _("Écrivez d’abord l’ordre du jour."))
    if not invited(meeting):
        raise Refused("nobody", _("Aucun membre ne siège ce jour-là."))
    meeting.state, meeting.convened_at = MeetingState.CONVENED, now
    meeting.version += 1
    meeting.save()
    return tell(meeting, subject=_("Convocation : %s") % meeting.title, now=now)


@transaction.atomic
def cancel_meeting(meeting: Meeting, *, by: Any, now: dt.datetime) -> Meeting:
    """Call a meeting off; members who were told learn it. ``forbidden``, ``closed``."""
    need_desk(by)
    meeting = hold(meeting)
    need_open(meeting)
    was_told = meeting.state == MeetingState.CONVENED
    meeting.state = MeetingState.CANCELLED
    meeting.sequence += 1
    meeting.version += 1
    meeting.save()
    if was_told:
        tell(meeting, subject=_("Séance annulée : %s") % meeting.title, now=now)
    return meeting


def invited(meeting: Meeting) -> list[Mandate]:
    """Mandates of the day of the meeting, in the order of colleges."""
    day = timezone.localdate(meeting.starts_at)
    rows = Mandate.objects.all().of_committee(meeting.committee).sitting_on(day)
    return list(rows.in_order().select_related("user", "seat__college", "structure"))


def tell(meeting: Meeting, *, subject: str, now: dt.datetime) -> int:
    """Write to each member once, at the address of the mandate or of the account."""
    members = invited(meeting)
    addresses = {row.email or (row.user.email if row.user else "") for row in members}
    mails = [(to, subject, notice_text(meeting)) for to in sorted(addresses - {""})]
    write_mails(mails, now=now)
    return len(mails)


def notice_text(meeting: Meeting) -> str:
    """The notice: when, where, agenda, and the address of the page and its calendar."""
    start = timezone.localtime(meeting.starts_at)
    url = settings.SITE_URL + meeting.get_absolute_url()
    lines = [
        meeting.committee.name,
        _("%(title)s, le %(day)s à %(hour)s") % {
            "title": meeting.title, "day": day_words(start.date(), "l j F Y"),
            "hour": date_format(start, "H:i"),
        },
        *([_("SÉANCE ANNULÉE")] if meeting.state == MeetingState.CANCELLED else []),
        " ".join(word for word in (meeting.venue, meeting.online_url) if word),
        meeting.notice,
        _("Ordre du jour :"),
        *(f"{item.rank}. {item.title}" for item in meeting.items.order_by("rank", "pk")),
        _("Documents et fichier pour votre agenda, avec votre compte : %s") % url,
    ]  # fmt: skip
    return "\n\n".join(line for line in lines if line)
