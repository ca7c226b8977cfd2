"""What could be answered to a request: free days, other days, other resources."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from maillage.catalogue.models import Resource
from maillage.circulation.models import Copy, LoanRequest
from maillage.circulation.services.answers import lendable_for, modules_of
from maillage.circulation.services.letters import period
from maillage.circulation.services.slots import (
    Shelf,
    Slot,
    Window,
    first_free,
    free_slots,
    stock_up,
)
from maillage.core.choices import State

MOST_PROPOSALS = 12
MOST_ALTERNATIVES = 3
#: Resources whose calendars are looked at for an alternative.
MOST_LOOKED_AT = 40


@dataclass(frozen=True)
class Answers:
    """The free days in the windows, best first, and others to offer."""

    copies: list[Copy]
    slots: list[Slot]
    others: list[Slot]


@dataclass(frozen=True)
class Alternative:
    """Another resource of the same theme that is free in the windows."""

    resource: Resource
    slot: Slot

    @property
    def words(self) -> str:
        return period(self.slot.span.starts_on, self.slot.span.ends_on)


def windows_of(request: LoanRequest) -> list[Window]:
    return [(row.starts_on, row.ends_on) for row in request.windows.all()]


def answers_for(request: LoanRequest, *, by: Any, today: dt.date) -> Answers:
    """All that an owner may choose from."""
    copies = lendable_for(request, by=by)
    windows = windows_of(request)
    if not copies or not windows:
        return Answers(copies, [], [])
    start, end = windows[0][0], max(end for _start, end in windows)
    shelf = stock_up(copies, start=start, end=end + dt.timedelta(400))
    days, host = request.duration_days, request.host
    inside: list[Slot] = []
    others: list[Slot] = []
    for part in families(request, shelf):
        inside += free_slots(part, host=host, windows=windows, days=days, today=today)
        for after in (max(start, today), end):
            slot = first_free(part, host=host, start=after, days=days, today=today)
            if slot is not None and not is_inside(slot, windows):
                others.append(slot)
    values = {slot.value for slot in inside}
    seen = {slot.value: slot for slot in others if slot.value not in values}
    return Answers(copies, inside[:MOST_PROPOSALS], list(seen.values())[:4])


def families(request: LoanRequest, shelf: Shelf) -> list[Shelf]:
    """The shelf in parts: what was asked, with all its modules; then each other."""
    own = {*modules_of(request), request.resource_id}
    groups: dict[int, list[Copy]] = {}
    for copy in shelf.copies:
        key = 0 if copy.resource_id in own else copy.resource_id
        groups.setdefault(key, []).append(copy)
    return [replace(shelf, copies=groups[key]) for key in sorted(groups)]


def is_inside(slot: Slot, windows: Sequence[Window]) -> bool:
    span = slot.span
    return any(s <= span.starts_on and span.ends_on <= e for s, e in windows)


def alternatives_to(request: LoanRequest, *, today: dt.date) -> list[Alternative]:
    """Others of the same theme that could come in the windows, the nearest first."""
    themes = {request.theme} if request.theme else set()
    if request.resource is not None:
        themes |= set(request.resource.themes)
    windows = [window for window in windows_of(request) if window[1] > today]
    if not themes or not windows:
        return []
    rows = Copy.objects.all().lendable().filter(
        resource__state=State.PUBLISHED, resource__parent=None
    )  # fmt: skip
    rows = rows.exclude(resource=request.resource_id).select_related(
        "resource__owner", "depot__commune", "depot__structure"
    )
    groups: dict[int, list[Copy]] = {}
    for copy in rows.order_by("resource__name", "rank"):
        if themes & set(copy.resource.themes) and lasts(copy.resource, request):
            groups.setdefault(copy.resource_id, []).append(copy)
    few = list(groups.values())[:MOST_LOOKED_AT]
    start, end = windows[0][0], max(end for _start, end in windows)
    shelf = stock_up([c for group in few for c in group], start=start, end=end)
    found = []
    for group in few:
        slot = in_time(replace(shelf, copies=group), request, windows, today=today)
        if slot is not None:
            found.append(Alternative(group[0].resource, slot))
    found.sort(key=lambda one: one.slot.span.km)
    return found[:MOST_ALTERNATIVES]


def lasts(resource: Resource, request: LoanRequest) -> bool:
    """Whether the resource is lent for as long as was asked."""
    days = request.duration_days
    low, high = resource.loan_days_min or 1, resource.loan_days_max or days
    return low <= days <= high


def in_time(
    shelf: Shelf, request: LoanRequest, windows: Sequence[Window], *, today: dt.date
) -> Slot | None:
    for start, end in windows:
        slot = first_free(
            shelf, host=request.host, start=max(start, today),
            days=request.duration_days, today=today, until=end,
        )  # fmt: skip
        if slot is not None:
            return slot
    return None
