"""The seats of an occurrence: how many are taken, who gets those that come free."""

import datetime as dt

from django.db.models import Sum

from maillage.agenda.choices import OccurrenceState, SignUpState
from maillage.agenda.models import Occurrence
from maillage.agenda.services import letters


def taken(occurrence: Occurrence) -> int:
    """Seats that are promised."""
    found = occurrence.signups.all().holding().aggregate(seats=Sum("seats"))["seats"]
    return int(found or 0)


def left(occurrence: Occurrence) -> int | None:
    """Seats that nobody has; None without a limit."""
    most = occurrence.seats
    return None if most is None else max(0, most - taken(occurrence))


def settle(occurrence: Occurrence, *, now: dt.datetime) -> bool:
    """Give seats to those who wait, and say whether it is full; the row is locked.

    First come, first served; a family of four that does not fit in the last two seats
    keeps its rank, and the couple behind it gets them. Tells whether the state changed.
    """
    if occurrence.is_cancelled:
        return False
    free = left(occurrence)
    for waiting in occurrence.signups.all().waiting():
        if free is not None and waiting.seats > free:
            continue
        waiting.state, waiting.promoted_at = SignUpState.CONFIRMED, now
        waiting.save(update_fields=["state", "promoted_at"])
        waiting.occurrence = occurrence
        letters.promoted(waiting, now=now)
        free = None if free is None else free - waiting.seats
    state = OccurrenceState.FULL if free == 0 else OccurrenceState.SCHEDULED
    if state == occurrence.state:
        return False
    occurrence.state = state
    occurrence.save(update_fields=["state"])
    return True
