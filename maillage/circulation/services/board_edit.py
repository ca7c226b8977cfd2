"""Move loans of a scenario by hand, set requests aside, free them, and take it back.

What a person decides is kept as a lock, which the computation respects; nobody's plan
changes unseen: a place is checked again on the server when the loan is dropped there.
"""

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.core import signing
from django.db import transaction
from django.utils.translation import gettext as _

from maillage.circulation.choices import LockKind
from maillage.circulation.models import (
    Copy,
    LoanRequest,
    Lock,
    PlannedLoan,
    PlannedRefusal,
    Scenario,
)
from maillage.circulation.services.board import Board, board_of, stamp_of
from maillage.circulation.services.board_ground import Ground, ground_of
from maillage.circulation.services.board_rounds import km_of
from maillage.circulation.services.board_slots import without
from maillage.circulation.services.scenarios import decide, settled, undecide
from maillage.core.dates import day_words
from maillage.core.errors import Refused
from maillage.kernels.season.problem import Stops
from maillage.kernels.season.slots import feasible_starts, placed, timeline

SALT = "board"
LOAN = (
    "copy_id",
    "starts_on",
    "ends_on",
    "maintained_before",
    "worth",
    "km",
    "was_confirmed",
)
LOCK = ("kind", "copy_id", "starts_on", "made_by_id", "made_at")
REFUSAL = (
    "reason", "rivals", "alternative_copy_id", "alternative_starts_on",
    "alternative_shift_days", "alternative_cost",
)  # fmt: skip


@dataclass(frozen=True)
class Change:
    """What a decision changed, what to say, and the way back."""

    board: Board
    copies: frozenset[int]
    message: str
    stamp: str
    undo: str = ""


@transaction.atomic
def place_request(
    scenario: Scenario, *, request: LoanRequest, copy: Copy, start: dt.date,
    gives_way: Collection[int] = (), by: Any, now: dt.datetime, today: dt.date,
) -> Change:  # fmt: skip
    """Put a request on a copy from a day on; ``gives_way`` names who loses a place.

    The requests that give way are those that the person has been shown; the plan is
    refused as ``changed`` when the place is not free, or not at that price, any more.
    Refuses as ``settled``, or with ``changed``.
    """
    row = settled(scenario, now=now)
    here = row.planned_loans.filter(request=request).first()
    if here and (here.copy_id, here.starts_on) == (copy.pk, start):
        touched = {copy.pk}
        before = remember(row, touched, [request.pk])
    else:
        ground = ground_of(row, today=today)
        stops, worth = tried(ground, request, copy, start, gives_way)
        touched = copies_of(row, [request.pk, *gives_way]) | {copy.pk}
        before = remember(row, touched, [request.pk, *gives_way])
        write(row, ground, stops, touched, request=request, worth=worth)
        for pk in gives_way:
            tell(row, pk, reason="taken", rivals=[request.pk])
    row.refusals.filter(request=request).delete()
    decide(
        row, request=request, kind=LockKind.PLACED, copy=copy, starts_on=start, by=by,
        now=now,
    )  # fmt: skip
    message = _("%(who)s : placée sur %(copy)s à partir du %(day)s.") % {
        "who": name_of(request), "copy": copy.label, "day": day_words(start, "j F Y"),
    }  # fmt: skip
    return changed(row, touched, before, message=message)


@transaction.atomic
def set_aside(
    scenario: Scenario, *, request: LoanRequest, by: Any, now: dt.datetime
) -> Change:
    """Serve a request with nothing, whatever the computation finds. As ``settled``."""
    row = settled(scenario, now=now)
    loan = row.planned_loans.filter(request=request).first()
    if loan and loan.was_confirmed:
        raise Refused("confirmed", _("Ce prêt est confirmé : annulez-le d’abord."))
    touched = copies_of(row, [request.pk])
    before = remember(row, touched, [request.pk])
    row.planned_loans.filter(request=request).delete()
    decide(row, request=request, kind=LockKind.REFUSED, by=by, now=now)
    tell(row, request.pk, reason="set_aside")
    message = _("%(who)s : écartée.") % {"who": name_of(request)}
    return changed(row, touched, before, message=message)


@transaction.atomic
def free_request(
    scenario: Scenario, *, request: LoanRequest, now: dt.datetime
) -> Change:
    """Leave a request to the computation again; a loan stays until then. As ``settled``."""
    row = settled(scenario, now=now)
    touched = copies_of(row, [request.pk])
    before = remember(row, touched, [request.pk])
    undecide(row, request=request, now=now)
    if not touched:
        tell(row, request.pk, reason="open")
    message = _("%(who)s : le calcul peut de nouveau en décider.") % {
        "who": name_of(request)
    }
    return changed(row, touched, before, message=message)


@transaction.atomic
def take_back(scenario: Scenario, *, token: str, now: dt.datetime) -> Change:
    """Undo the last change. Refuses with ``changed`` when another came after it."""
    row = settled(scenario, now=now)
    try:
        known = signing.loads(token, salt=f"{SALT}{row.pk}")
    except signing.BadSignature as error:
        raise Refused("changed", _("Il n’y a plus rien à annuler.")) from error
    if known["stamp"] != stamp_of(row):
        raise Refused("changed", _("Le plan a changé depuis : rien n’est annulé."))
    touched = set(known["copies"])
    requests = [entry["request"] for entry in known["before"]]
    row.planned_loans.filter(request__in=requests).delete()
    row.locks.filter(request__in=requests).delete()
    row.refusals.filter(request__in=requests).delete()
    for entry in known["before"]:
        for model, name in (
            (PlannedLoan, "loan"),
            (Lock, "lock"),
            (PlannedRefusal, "refusal"),
        ):
            if entry[name] is not None:
                model._default_manager.create(
                    scenario=row, request_id=entry["request"], **entry[name]
                )
    return changed(row, touched, [], message=_("C’est annulé."))


def tried(
    ground: Ground,
    request: LoanRequest,
    copy: Copy,
    start: dt.date,
    gives_way: Iterable[int],
) -> tuple[Stops, float]:
    """The plan with the loan there, and what it is worth. Refuses with ``changed``."""
    no = Refused(
        "changed",
        _("Cette place n’est plus possible : le plan a changé, ou les dates ne vont pas. "
          "Rouvrez les places proposées."),
    )  # fmt: skip
    problem, stops = ground.problem, ground.stops
    rank, target = ground.requests.get(request.pk), ground.copies.get(copy.pk)
    tick = (start - ground.gathered.facts.starts_on).days
    rivals = [ground.requests.get(pk, -1) for pk in gives_way]
    if rank is None or target is None or -1 in rivals:
        raise no
    if rank in problem.fixed_request or rank not in problem.option_request:
        raise no
    ranks = np.flatnonzero(np.isin(stops.request, rivals)).tolist()
    if len(ranks) != len(rivals) or set(rivals) & ground.settled or rank in rivals:
        raise no
    if any(stops.fixed[one] >= 0 or stops.copy[one] != target for one in ranks):
        raise no
    base, given = without(timeline(problem, stops), ranks)
    if len(given) != len(ranks):
        raise no
    slots = feasible_starts(problem, base.stops, request=rank)
    row = slots.at(copy=target, start=tick)
    if row is None:
        raise no
    option = int(slots.option[row])
    choice = int(ground.gathered.option_choice[option])
    worth = ground.gathered.facts.wishes[rank].choices[choice].score
    return placed(problem, slots, row=row, start=tick), worth


def write(
    row: Scenario, ground: Ground, stops: Stops, copies: Collection[int],
    *, request: LoanRequest, worth: float,
) -> None:  # fmt: skip
    """Make the planned loans of some copies what the stops say."""
    old = {loan.request_id: loan for loan in row.planned_loans.filter(copy__in=copies)}
    facts = ground.gathered.facts
    served = set()
    for rank in np.flatnonzero((stops.fixed < 0) & (stops.request >= 0)).tolist():
        copy, pk = (
            ground.copy(int(stops.copy[rank])),
            ground.request(int(stops.request[rank])),
        )
        if copy not in copies:
            continue
        served.add(pk)
        rests = bool(stops.maintained[rank])
        if pk == request.pk:
            row.planned_loans.filter(request=pk).delete()
            PlannedLoan.objects.create(
                scenario=row, request=request, copy_id=copy, worth=worth,
                starts_on=facts.day(int(stops.start[rank])),
                ends_on=facts.day(int(stops.end[rank])), maintained_before=rests,
            )  # fmt: skip
        elif pk in old and old[pk].maintained_before != rests:
            row.planned_loans.filter(request=pk).update(maintained_before=rests)
    known = {pk for pk in old if pk in ground.requests and not old[pk].was_confirmed}
    row.planned_loans.filter(request__in=known - served).exclude(
        request=request
    ).delete()


def changed(
    row: Scenario,
    touched: Collection[int],
    before: list[dict[str, Any]],
    *,
    message: str,
) -> Change:
    """The board after a change, with the km of its copies counted again."""
    board = board_of(row)
    km = km_of(board, touched)
    for bar in board.bars:
        if bar.copy in touched and bar.comes_from is None and bar.km != km[bar.pk]:
            bar.km = km[bar.pk]
            PlannedLoan.objects.filter(pk=bar.pk).update(km=bar.km)
    stamp = stamp_of(row)
    undo = ""
    if before:
        known = {"stamp": stamp, "copies": sorted(touched), "before": before}
        undo = signing.dumps(known, salt=f"{SALT}{row.pk}", compress=True)
    return Change(board, frozenset(touched), message, stamp, undo)


def remember(
    row: Scenario, copies: Collection[int], requests: Iterable[int]
) -> list[dict[str, Any]]:
    """How things stand for some requests, and for all loans of some copies."""
    around = row.planned_loans.filter(copy__in=copies).values_list("request", flat=True)
    wanted = sorted({*requests, *around})
    loans = by_request(row.planned_loans.filter(request__in=wanted), LOAN)
    locks = by_request(row.locks.filter(request__in=wanted), LOCK)
    refusals = by_request(row.refusals.filter(request__in=wanted), REFUSAL)
    return [
        {
            "request": pk,
            "loan": loans.get(pk),
            "lock": locks.get(pk),
            "refusal": refusals.get(pk),
        }
        for pk in wanted
    ]


def by_request(rows: Any, names: tuple[str, ...]) -> dict[int, dict[str, Any]]:
    return {
        row.request_id: {name: plain(getattr(row, name)) for name in names}
        for row in rows
    }


def plain(value: Any) -> Any:
    """As JSON keeps it; Django reads dates back from their text."""
    return value.isoformat() if isinstance(value, dt.date) else value


def copies_of(row: Scenario, requests: Iterable[int]) -> set[int]:
    loans = row.planned_loans.filter(request__in=list(requests))
    return set(loans.values_list("copy", flat=True))


def tell(
    row: Scenario, request: int, *, reason: str, rivals: Iterable[int] = ()
) -> None:
    """Say why a request is not served now."""
    PlannedRefusal.objects.update_or_create(
        scenario=row, request_id=request,
        defaults={
            "reason": reason, "rivals": list(rivals), "alternative_copy": None,
            "alternative_starts_on": None, "alternative_shift_days": 0,
            "alternative_cost": None,
        },
    )  # fmt: skip


def name_of(request: LoanRequest) -> str:
    host = request.host
    return f"{request.reference}, {host.commune.name}, {host.name}"
