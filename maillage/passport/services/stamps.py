"""Stamps: for holders who asked for them, one a stop, nobody's but theirs."""

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from maillage.agenda.models import Stop, Trail
from maillage.core.choices import State
from maillage.core.dates import day_words
from maillage.core.errors import Refused
from maillage.passport.models import Pass, Stamp

CODE = re.compile(r"[A-Z0-9]{4,16}")
#: A whole address may be pasted in the box of the code.
LONGEST = 300


@dataclass(frozen=True)
class Visit:
    """A pass let in at a door; what is met there may be a stop."""

    number: str
    place: int
    event: int | None
    day: dt.date


@dataclass(frozen=True)
class Progress:
    """A trail that a pass has begun: its stops, and which have their stamp."""

    trail: Trail
    stops: tuple[Stop, ...]
    stamped: frozenset[int]

    @property
    def total(self) -> int:
        return len(self.stops)

    @property
    def done(self) -> int:
        return len([stop for stop in self.stops if stop.pk in self.stamped])

    @property
    def is_done(self) -> bool:
        """All the stops that the trail has today."""
        return bool(self.stops) and self.done == self.total

    @property
    def next(self) -> Stop | None:
        """The first stop without a stamp; stops may be stamped in any order."""
        return next((one for one in self.stops if one.pk not in self.stamped), None)


def month_of(day: dt.date) -> dt.date:
    return day.replace(day=1)


# Stamping ----------------------------------------------------------------------------


def stop_told_by(text: str) -> Stop:
    """The stop of a published trail whose code, or whose address, somebody tells.

    Refuses with ``unknown_code``.
    """
    said = text.strip()[:LONGEST].rstrip("/").rpartition("/")[2]
    code = re.sub(r"[\s.-]", "", said).upper()
    stops = Stop.objects.filter(trail__state=State.PUBLISHED).select_related("trail")
    stop = stops.filter(code=code).first() if CODE.fullmatch(code) else None
    if stop is None:
        raise Refused(
            "unknown_code",
            _(
                "Aucune étape n’a ce code. Relisez-le sur l’affiche : dix lettres et "
                "chiffres, sous le carré à scanner."
            ),
        )
    return stop


@transaction.atomic
def stamp_pass(holder: Pass, *, stop: Stop, today: dt.date) -> bool:
    """Stamp a pass; ``False`` when it had this stamp already.

    Refuses with ``not_kept``, ``withdrawn``, ``too_early``, ``over``, ``trail_closed``
    or ``gone``.
    """
    row = locked(holder)
    if not row.keeps_stamps:
        raise Refused(
            "not_kept",
            _("Ce passeport ne garde pas de tampons : demandez-le d’abord."),
        )
    check_days(row, today=today)
    if stop.trail.state != State.PUBLISHED:
        raise Refused("trail_closed", _("Ce parcours n’est pas ouvert."))
    _row, is_new = Stamp.objects.get_or_create(
        holder=row, stop=stop, defaults={"stamped_on": month_of(today)}
    )
    return is_new


@transaction.atomic
def keep_stamps(holder: Pass) -> Pass:
    """Keep the stamps of a pass from now on. Refuses with ``gone``."""
    row = locked(holder)
    row.keeps_stamps = True
    row.save(update_fields=["keeps_stamps"])
    return row


def locked(holder: Pass) -> Pass:
    row = Pass.objects.select_for_update(of=("self",)).filter(pk=holder.pk).first()
    if row is None:
        raise Refused("gone", _("Ce passeport a été effacé."))
    return row


def check_days(holder: Pass, *, today: dt.date) -> None:
    if not holder.is_active:
        raise Refused("withdrawn", _("Ce passeport a été retiré."))
    if today < holder.valid_from:
        raise Refused(
            "too_early",
            _("Ce passeport vaut à partir du %(day)s : revenez ce jour-là.")
            % {"day": day_words(holder.valid_from)},
        )
    if today >= holder.valid_until:
        raise Refused(
            "over",
            _("La saison de ce passeport est finie : demandez celui de cette saison."),
        )


@dataclass(frozen=True)
class Stops:
    """The stops of the trails that are published, by where they are."""

    of_places: dict[int, list[int]]
    of_events: dict[int, list[int]]

    @classmethod
    def read(cls) -> "Stops":
        stops = cls(defaultdict(list), defaultdict(list))
        rows = Stop.objects.filter(trail__state=State.PUBLISHED).order_by()
        for pk, place, event in rows.values_list("pk", "place_id", "event_id"):
            if place is not None:
                stops.of_places[place].append(pk)
            if event is not None:
                stops.of_events[event].append(pk)
        return stops

    def met(self, visit: Visit) -> list[int]:
        found = list(self.of_places.get(visit.place, ()))
        if visit.event is not None:
            found += self.of_events.get(visit.event, ())
        return list(dict.fromkeys(found))


def stamp_visits(visits: Sequence[Visit], stops: Stops) -> None:
    """Stamp the passes let in at a place that is a stop, for those who keep stamps.

    Called while the number of the pass is known, inside the transaction of the
    passages; what is kept of a passage says nothing of it. A pass that is just being
    changed is left out rather than waited for.
    """
    met = {row: stops.met(row) for row in visits}
    numbers = {row.number for row, found in met.items() if found}
    if not numbers:
        return
    keeping = Pass.objects.select_for_update(of=("self",), skip_locked=True).active()
    keeping = keeping.filter(number__in=numbers, keeps_stamps=True).order_by("pk")
    holders = {holder.number: holder for holder in keeping}
    made = [
        Stamp(holder=holders[row.number], stop_id=stop, stamped_on=month_of(row.day))
        for row, found in met.items()
        if row.number in holders and is_good(holders[row.number], day=row.day)
        for stop in found
    ]
    Stamp.objects.bulk_create(made, ignore_conflicts=True)


def is_good(holder: Pass, *, day: dt.date) -> bool:
    return holder.valid_from <= day < holder.valid_until


# How far one is ----------------------------------------------------------------------


def progress_of(holder: Pass) -> list[Progress]:
    """The trails that a pass has begun, the last stamped first."""
    stamps = list(holder.stamps.order_by("-pk").values_list("stop", "stop__trail"))
    stamped = frozenset(stop for stop, _trail in stamps)
    trails = (
        Trail.objects.filter(pk__in={trail for _stop, trail in stamps})
        .select_related("owner", "commune")
        .prefetch_related("stops")
    )
    found = {
        trail.pk: Progress(trail, tuple(trail.stops.all()), stamped) for trail in trails
    }
    return [found[pk] for pk in dict.fromkeys(trail for _stop, trail in stamps)]


def progress_on(holder: Pass, *, trail: Trail) -> Progress:
    """How far a pass is on one trail, begun or not."""
    stops = tuple(trail.stops.all())
    stamped = holder.stamps.filter(stop__trail=trail).values_list("stop", flat=True)
    return Progress(trail, stops, frozenset(stamped))


def finished(holder: Pass, *, trail: Trail) -> Progress:
    """The trail, once all its stops are stamped. Refuses with ``not_done``."""
    progress = progress_on(holder, trail=trail)
    if not progress.is_done:
        raise Refused(
            "not_done",
            _("Le diplôme vient avec le dernier tampon : %(done)s sur %(total)s.")
            % {"done": progress.done, "total": progress.total},
        )
    return progress
