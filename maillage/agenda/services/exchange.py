"""Follow the agendas of other sites: what is new, changed, gone, or changed twice.

Each event of a feed keeps what both sides agreed upon last. What only the source has
changed since is taken; what only we have changed stays; what both have changed is shown
side by side and waits for a person. The same file read twice changes nothing.
"""

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext as _

from maillage.agenda.choices import FeedKind, RemoteState, Status
from maillage.agenda.models import Event, Feed, Remote
from maillage.agenda.services.exchange_fetch import fetch
from maillage.agenda.services.exchange_ics_read import read_icalendar
from maillage.agenda.services.exchange_openagenda import read_openagenda
from maillage.agenda.services.exchange_times import keep_times
from maillage.agenda.services.exchange_told import (
    COMPARED,
    Reading,
    Time,
    Told,
    Trouble,
    told_of,
)
from maillage.core.choices import State
from maillage.core.entries import refresh_entries
from maillage.core.errors import Refused
from maillage.core.services import propose_new
from maillage.core.slugs import save_with_slug
from maillage.core.values import remember, write_values
from maillage.territories.models import Commune

#: Fields of an event that take what a source says as it is.
PLAIN = tuple(name for name in COMPARED if name not in ("commune", "times", "status"))
KEY = 80  # letters of ``Event.source_key``

Values = dict[str, Any]


@dataclass(frozen=True)
class Step:
    """What reading a feed does with one event.

    ``action`` is ``new``, ``same``, ``changed``, ``conflict``, ``stale`` or ``gone``;
    ``taken`` and ``disputed`` name fields.
    """

    action: str
    name: str
    told: Told | None = None
    remote: Remote | None = None
    taken: tuple[str, ...] = ()
    disputed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plan:
    """What reading a feed would do, and what could not be read."""

    steps: tuple[Step, ...]
    troubles: tuple[Trouble, ...]

    @property
    def counts(self) -> dict[str, int]:
        return dict(Counter(step.action for step in self.steps))


def read(feed: Feed, data: bytes, *, now: dt.datetime) -> Reading:
    """Understand a file in the format of the feed; refuses as its reader does."""
    reader = read_openagenda if feed.kind == FeedKind.OPENAGENDA else read_icalendar
    return reader(data, now=now)


def plan_feed(feed: Feed, reading: Reading, *, now: dt.datetime) -> Plan:
    """Say what reading would do; changes nothing."""
    known = {
        remote.uid: remote
        for remote in feed.remotes.select_related("event").prefetch_related(
            "event__occurrences"
        )
    }
    steps, seen = [], set[str]()
    troubles = list(reading.troubles)
    for told in reading.events:
        if told.uid in seen:
            troubles.append(Trouble(told.name, _("Deux événements du fichier ont le même identifiant : seul le premier est lu.")))  # fmt: skip
            continue
        seen.add(told.uid)
        steps.append(step_of(told, known.get(told.uid), now=now))
    for uid, remote in known.items():
        if uid not in seen and is_missed(remote, now=now):
            steps.append(Step("gone", str(remote.event), remote=remote))
    return Plan(tuple(steps), tuple(troubles))


def is_missed(remote: Remote, *, now: dt.datetime) -> bool:
    """An event to come that the source no longer has, and that nobody was told of."""
    event = remote.event
    return (
        remote.state in (RemoteState.SAME, RemoteState.CONFLICT)
        and event is not None
        and event.last_on is not None
        and event.last_on >= now.date()
        and event.status == Status.SCHEDULED
    )


def step_of(told: Told, remote: Remote | None, *, now: dt.datetime) -> Step:
    if remote is None:
        return Step("new", told.name, told)
    came_back = remote.state == RemoteState.GONE
    if remote.event is None or remote.state == RemoteState.LEFT:
        return Step("same", told.name, told, remote)
    if told.digest() == remote.digest and not came_back:
        return Step("same", told.name, told, remote)
    if told.sequence < remote.sequence:
        return Step("stale", told.name, told, remote)
    theirs, base = still(told.values(), now), still(remote.base, now)
    ours = still(told_of(remote.event).values(), now)
    moved = [name for name in COMPARED if theirs[name] != base.get(name)]
    disputed = tuple(
        name
        for name in moved
        if ours[name] != base.get(name) and ours[name] != theirs[name]
    )
    taken = tuple(
        name for name in moved if name not in disputed and ours[name] != theirs[name]
    )
    if disputed:
        return Step("conflict", told.name, told, remote, taken, disputed)
    action = "changed" if taken or came_back else "same"
    return Step(action, told.name, told, remote, taken)


def still(values: Mapping[str, Any], now: dt.datetime) -> Values:
    """Values whose times are those to come that are held.

    A source forgets what is past, and leaves out what is cancelled: neither is a
    change that anybody made.
    """
    times = [Time.of_row(row) for row in values.get("times", [])]
    held = [time for time in times if not time.is_cancelled and time.ends_at > now]
    return {**values, "times": [time.as_row() for time in held]}


@transaction.atomic
def apply_feed(feed: Feed, reading: Reading, *, by: Any, now: dt.datetime) -> Plan:
    """Do what ``plan_feed`` says, all of it or, for an event that is refused, none.

    Returns the plan with the troubles met. What is new is published if the agency
    reads it or trusts the feed, else proposed.
    """
    feed = Feed.objects.select_for_update(of=("self",)).get(pk=feed.pk)
    plan = plan_feed(feed, reading, now=now)
    troubles = list(plan.troubles)
    done, touched = [], []
    for step in plan.steps:
        try:
            with transaction.atomic():
                event = do(feed, step, by=by, now=now)
        except Refused as no:
            troubles.append(Trouble(step.name, str(no.message)))
            continue
        done.append(step)
        if event is not None:
            touched.append(event)
    refresh_entries(touched)
    feed.read_at = now
    feed.trouble = ""
    feed.save(update_fields=["read_at", "trouble"])
    return Plan(tuple(done), tuple(troubles))


def do(feed: Feed, step: Step, *, by: Any, now: dt.datetime) -> Event | None:
    """One step; returns the event that it changed."""
    told, remote = step.told, step.remote
    if remote is None:
        return create(feed, told, by=by, now=now) if told else None
    if step.action == "gone":
        remote.state = RemoteState.GONE
        remote.save(update_fields=["state"])
        return None
    if told is None or step.action == "stale":
        return None
    if step.action == "same" and told.digest() == remote.digest:
        return None
    event = remote.event
    values = told.values()
    if event is not None and step.taken:
        take(event, told, values, step.taken, by=by, now=now)
    remote.base = {**values, **{name: remote.base.get(name) for name in step.disputed}}
    remote.current, remote.digest = told.kept(), told.digest()
    remote.sequence, remote.seen_at = told.sequence, now
    remote.state = RemoteState.CONFLICT if step.disputed else RemoteState.SAME
    remote.save()
    return event if step.taken else None


def create(feed: Feed, told: Told, *, by: Any, now: dt.datetime) -> Event:
    """The event of a source, for the first time; refuses with ``invalid``."""
    event = Event(
        owner=feed.owner,
        kind=told.kind or feed.event_kind,
        themes=list(told.themes),
        source=f"feed-{feed.pk}",
        source_key=source_key(told.uid),
        source_url=told.link,
        status=told.status,
        sequence=told.sequence,
        **{name: getattr(told, name) for name in PLAIN},
    )
    where(event, told, feed=feed)
    if feed.is_trusted and not by.is_agency:
        publish_at_once(event, by=by)
    else:
        propose_new(event, by=by, now=now)
    keep_times(event, told.times, now=now)
    event.save(update_fields=["first_on", "last_on"])
    Remote.objects.create(
        feed=feed,
        uid=told.uid,
        event=event,
        base=told.values(),
        current=told.kept(),
        digest=told.digest(),
        sequence=told.sequence,
        seen_at=now,
    )
    return event


def publish_at_once(event: Event, *, by: Any) -> None:
    try:
        event.full_clean(exclude={"slug"})
    except ValidationError as error:
        raise Refused("invalid", " ".join(error.messages)) from error
    event.created_by, event.state = by, State.PUBLISHED
    remember(event, by=by, why=_("agenda suivi"))
    save_with_slug(event)


def source_key(uid: str) -> str:
    """The identifier of a source, or what stands for one that is too long."""
    if len(uid) <= KEY:
        return uid
    return hashlib.sha256(uid.encode()).hexdigest()


def where(event: Event, told: Told, *, feed: Feed | None = None) -> None:
    """The commune of a code that we know, else the place that the feed is about."""
    event.commune = Commune.objects.filter(insee=told.commune).first()
    if feed and feed.place and not event.commune and event.lon is None:
        event.place = feed.place


def take(
    event: Event,
    told: Told,
    values: Mapping[str, Any],
    names: Iterable[str],
    *,
    by: Any,
    now: dt.datetime,
) -> None:
    """Put fields of a source into our event, as its next version."""
    wanted = {name: values[name] for name in names if name in PLAIN}
    if "commune" in names:
        known = Commune.objects.filter(insee=told.commune).exists()
        wanted["commune"] = told.commune if known else None
    if "status" in names:
        event.status = told.status
    if "times" in names:
        keep_times(event, told.times, now=now)
    event.sequence += 1
    write_values(event, wanted, by=by, why=_("agenda suivi"))


@transaction.atomic
def settle(
    remote: Remote, *, theirs: Iterable[str], by: Any, now: dt.datetime
) -> Remote:
    """Answer what both sides have changed: their version of these fields, ours of others.

    Refuses with ``settled`` when somebody has done it, ``invalid``.
    """
    remote = Remote.objects.select_for_update(of=("self",)).get(pk=remote.pk)
    if remote.state != RemoteState.CONFLICT or remote.event is None:
        raise Refused("settled", _("Quelqu’un a déjà choisi : il n’y a plus de différence à trancher."))  # fmt: skip
    wanted = [name for name in disputed_fields(remote, now=now) if name in {*theirs}]
    if wanted:
        take(remote.event, told_from(remote.current), remote.current, wanted, by=by, now=now)  # fmt: skip
        refresh_entries([remote.event])
    remote.base, remote.state = remote.current, RemoteState.SAME
    remote.save(update_fields=["base", "state"])
    return remote


@transaction.atomic
def leave(remote: Remote, *, cancel: bool, by: Any, now: dt.datetime) -> Remote:
    """Answer that an event has gone from its source: cancel ours, or keep it as ours.

    It is no longer followed either way. Refuses with ``settled``.
    """
    remote = Remote.objects.select_for_update(of=("self",)).get(pk=remote.pk)
    if remote.state != RemoteState.GONE or remote.event is None:
        raise Refused("settled", _("Quelqu’un a déjà répondu, ou l’événement est revenu dans sa source."))  # fmt: skip
    if cancel:
        event = remote.event
        event.status = Status.CANCELLED
        event.status_note = _("Retiré de l’agenda de l’organisateur.")
        event.sequence += 1
        write_values(event, {}, by=by, why=_("disparu de sa source"))
        refresh_entries([event])
    remote.state = RemoteState.LEFT
    remote.save(update_fields=["state"])
    return remote


def disputed_fields(remote: Remote, *, now: dt.datetime) -> list[str]:
    """Fields that both sides have changed, differently."""
    if remote.event is None:
        return []
    base, theirs = still(remote.base, now), still(remote.current, now)
    ours = still(told_of(remote.event).values(), now)
    return [
        name
        for name in COMPARED
        if theirs.get(name) != base.get(name) and ours[name] != theirs.get(name)
    ]


def told_from(values: Mapping[str, Any]) -> Told:
    times = tuple(Time.of_row(row) for row in values["times"])
    fields = {name: values[name] for name in COMPARED if name != "times"}
    return Told(**fields, times=times)


def receive(feed: Feed, data: bytes, *, now: dt.datetime) -> Feed:
    """Keep a file until a person says yes to its plan; refuses as its reader does."""
    read(feed, data, now=now)
    forget(feed)
    feed.pending.save(f"feed-{feed.pk}", ContentFile(data), save=False)
    feed.pending_at = now
    feed.save(update_fields=["pending", "pending_at"])
    return feed


def pending(feed: Feed, *, now: dt.datetime) -> Reading:
    """The file that waits; refuses with ``nothing``."""
    if not feed.pending:
        raise Refused("nothing", _("Il n’y a pas de fichier à reprendre : envoyez-le, ou lisez l’adresse."))  # fmt: skip
    with feed.pending.open("rb") as file:
        return read(feed, file.read(), now=now)


def accept(feed: Feed, *, by: Any, now: dt.datetime) -> Plan:
    """Do what the file that waits asks for; refuses with ``nothing``."""
    plan = apply_feed(feed, pending(feed, now=now), by=by, now=now)
    forget(feed)
    return plan


def forget(feed: Feed) -> None:
    """Throw away the file that waits."""
    if feed.pending:
        feed.pending.delete(save=False)
        feed.pending_at = None
        feed.save(update_fields=["pending", "pending_at"])


def read_again(*, now: dt.datetime) -> Counter[str]:
    """Read all feeds that have an address and were accepted once; says what it did.

    One that fails keeps its trouble for its people, and does not stop the others.
    """
    done: Counter[str] = Counter()
    rows = Feed.objects.exclude(url="").exclude(read_at=None).exclude(added_by=None)
    for feed in rows.select_related("added_by"):
        try:
            reading = read(feed, fetch(feed.url), now=now)
            plan = apply_feed(feed, reading, by=feed.added_by, now=now)
        except Refused as no:
            feed.trouble = str(no.message)
            feed.save(update_fields=["trouble"])
            done["failed"] += 1
        else:
            done.update(plan.counts)
    return done
