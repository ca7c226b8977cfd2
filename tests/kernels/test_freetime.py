"""Windows between busy intervals, against a search that tries every day."""

import datetime as dt

import numpy as np
import pytest
from hypothesis import given, strategies as st

from maillage.circulation.calendars import Calendar
from maillage.kernels.freetime import (
    first_windows,
    spells,
    turn_around,
    turn_arounds,
)

MONDAY = dt.date(2026, 9, 7)
DAYS = 60


def day(number):
    return MONDAY + dt.timedelta(number)


@st.composite
def calendars(draw):
    closed = draw(st.sets(st.integers(0, DAYS - 1), max_size=12))
    shuttle = draw(st.sets(st.integers(0, 4), max_size=3))
    return Calendar(frozenset(map(day, closed)), frozenset(shuttle))


def masks(calendar):
    days = [day(n) for n in range(DAYS)]
    return (
        np.array([calendar.is_open(one) for one in days]),
        np.array([calendar.ships(one) for one in days]),
    )


def small():
    return st.integers(0, 3)


@given(calendar=calendars(), before=small(), after=small(), buffer=small())
def test_a_turn_around_is_what_the_calendar_counts_day_by_day(
    calendar, before, after, buffer
):
    leaves, free = turn_around(
        *masks(calendar), before=before, after=after, buffer=buffer
    )
    for number in range(20, 35):  # far from both ends, where days are not known
        ready = calendar.back(day(number), open_days=before)
        expected = (calendar.shipping(ready) - MONDAY).days
        if expected >= 0:
            assert leaves[number] == expected
        down = calendar.forth(day(number), open_days=after)
        home = calendar.collecting(down - dt.timedelta(1)) + dt.timedelta(1)
        gone = calendar.forth(max(home, day(number)), open_days=buffer)
        expected = (gone - MONDAY).days
        assert free[number] == expected or (expected > DAYS and free[number] > DAYS)


@given(calendar=calendars(), before=small(), after=small(), buffer=small())
def test_a_later_loan_never_leaves_or_ends_sooner(calendar, before, after, buffer):
    leaves, free = turn_around(
        *masks(calendar), before=before, after=after, buffer=buffer
    )

    assert (np.diff(leaves) >= 0).all()
    assert (np.diff(free) >= 0).all()


@st.composite
def fleets(draw):
    kinds = draw(st.lists(st.integers(0, 1), min_size=1, max_size=4))
    rows = []
    for copy in range(len(kinds)):
        edges = sorted(draw(st.sets(st.integers(0, DAYS), max_size=8)))
        pairs = zip(edges[::2], edges[1::2], strict=False)
        rows += [(copy, start, end) for start, end in pairs]
    earliest = [draw(st.integers(0, 20)) for _ in kinds]
    allowed = draw(st.lists(st.booleans(), min_size=DAYS, max_size=DAYS))
    return np.array(kinds), rows, np.array(earliest), np.array(allowed)


def by_trying(rows, leaves, free, kinds, allowed, duration, earliest):
    found = []
    for copy, kind in enumerate(kinds):
        mine = [(start, end) for owner, start, end in rows if owner == copy]
        for start in range(DAYS - duration + 1):
            begin, end = leaves[kind, start], free[kind, start + duration]
            clear = all(end <= busy or begin >= over for busy, over in mine)
            inside = begin >= max(0, earliest[copy]) and end <= DAYS
            if allowed[start] and inside and clear:
                found.append(start)
                break
        else:
            found.append(-1)
    return found


@given(
    fleet=fleets(), one=calendars(), other=calendars(),
    duration=st.integers(1, 25), days=st.tuples(small(), small(), small()),
)  # fmt: skip
def test_the_first_window_is_the_one_that_trying_every_day_finds(
    fleet, one, other, duration, days
):
    kinds, rows, earliest, allowed = fleet
    before, after, buffer = days
    lines = [
        turn_around(*masks(calendar), before=before, after=after, buffer=buffer)
        for calendar in (one, other)
    ]
    leaves, free = (np.stack(part) for part in zip(*lines, strict=True))
    table = np.array(rows, dtype=np.int64).reshape(-1, 3)

    found = first_windows(
        table[:, 1], table[:, 2], table[:, 0], leaves=leaves, free=free, kinds=kinds,
        allowed=allowed, duration=duration, earliest=earliest,
    )  # fmt: skip

    expected = by_trying(rows, leaves, free, kinds, allowed, duration, earliest)
    assert found.tolist() == expected


@given(st.lists(st.booleans(), max_size=30), st.integers(1, 10))
def test_a_spell_is_days_in_a_row(holds, duration):
    found = spells(np.array(holds, bool), duration=duration)

    assert found.tolist() == [
        len(holds[n : n + duration]) == duration and all(holds[n : n + duration])
        for n in range(len(holds))
    ]


def test_no_copy_has_no_window_and_no_day_has_none_either():
    none = np.zeros(0, np.int64)
    leaves, free = np.zeros((1, 5), np.int64), np.zeros((1, 6), np.int64)

    assert not len(
        first_windows(
            none, none, none, leaves=leaves, free=free, kinds=none,
            allowed=np.ones(5, bool), duration=1, earliest=none,
        )
    )  # fmt: skip
    assert first_windows(
        none, none, none, leaves=np.zeros((1, 0), np.int64),
        free=np.zeros((1, 1), np.int64), kinds=np.zeros(1, np.int64),
        allowed=np.ones(0, bool), duration=1, earliest=np.zeros(1, np.int64),
    ).tolist() == [-1]  # fmt: skip


def windows(**changed):
    one = np.array([1])
    facts = {
        "leaves": np.zeros((1, 5), np.int64), "free": np.zeros((1, 6), np.int64),
        "kinds": np.zeros(1, np.int64), "allowed": np.ones(5, bool), "duration": 1,
        "earliest": np.zeros(1, np.int64),
    }  # fmt: skip
    arrays = {"starts": one, "ends": one + 1, "copies": one - 1}
    given = arrays | facts | changed
    intervals = [given.pop(name) for name in arrays]
    return first_windows(*intervals, **given)


@pytest.mark.parametrize(
    "changed",
    [
        {"duration": 0},
        {"ends": np.array([1])},
        {"starts": np.array([1, 2])},
        {"allowed": np.ones(4, bool)},
        {"earliest": np.zeros(2, np.int64)},
    ],
)
def test_what_makes_no_sense_is_an_error(changed):
    with pytest.raises(ValueError, match=r"day|interval|leaves"):
        windows(**changed)


@given(
    one=calendars(), other=calendars(),
    copies=st.lists(st.tuples(st.integers(0, 1), small(), small(), small()), min_size=1),
)  # fmt: skip
def test_many_turn_arounds_are_those_of_each(one, other, copies):
    is_open, ships = (
        np.stack(both) for both in zip(masks(one), masks(other), strict=True)
    )
    owner, before, after, buffer = np.array(copies).T

    leaves, free, kinds = turn_arounds(
        is_open, ships, owner, before=before, after=after, buffer=buffer
    )

    assert len(leaves) == len(free) == len(set(copies))
    for line, (which, early, late, checks) in enumerate(copies):
        alone = turn_around(
            is_open[which], ships[which], before=early, after=late, buffer=checks
        )
        assert (leaves[kinds[line]] == alone[0]).all()
        assert (free[kinds[line]] == alone[1]).all()


def test_nothing_leaves_and_nothing_is_free_where_no_day_is_open():
    closed = np.zeros(10, bool)

    leaves, free = turn_around(closed, closed, before=1, after=1, buffer=0)

    assert (leaves == -1).all()
    assert (free == 11).all()
    assert [len(days) for days in turn_around(
        closed[:0], closed[:0], before=1, after=0, buffer=1
    )] == [0, 1]  # fmt: skip


def test_a_turn_around_wants_days_that_agree():
    mask = np.ones(5, bool)

    with pytest.raises(ValueError, match="alike"):
        turn_around(mask, mask[:4], before=1, after=1, buffer=1)
    with pytest.raises(ValueError, match="negative"):
        turn_around(mask, mask, before=-1, after=1, buffer=1)
