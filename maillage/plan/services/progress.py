"""How far an action is, by what is known of it; docs/methods/plan-progress.md.

Half of it is what was to be done and is: the share of milestones done. Half of it is
what shows: the share of half-years of the action with at least one dated trace.
Without milestones, traces count alone. Plain functions of rows that are loaded.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from maillage.plan.action_choices import Status, Why
from maillage.plan.models import Action

MONTHS = 6
#: An action without an end is judged on its last two years.
OPEN_HALVES = 4


@dataclass(frozen=True)
class Progress:
    """Whole percents, rounded down: a hundred only when nothing is missing."""

    percent: int
    done: int
    milestones: int
    halves_shown: int
    halves: int
    last_trace: dt.date | None


def months_after(day: dt.date, months: int) -> dt.date:
    """The same day so many months later; the last of the month where there is none."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return dt.date(year, month + 1, min(day.day, last))
        except ValueError:
            continue
    raise ValueError(day)


def half_of(day: dt.date, start: dt.date) -> int:
    """Which half-year from ``start`` a day is in; 0 for the first and before."""
    months = (day.year - start.year) * 12 + day.month - start.month
    if day < months_after(start, months):
        months -= 1
    return max(months // MONTHS, 0)


def traces(action: Action) -> list[dt.date]:
    """Days on which something shows: evidence, milestones that were done."""
    days = [one.happened_on for one in action.evidence.all()]
    return days + [m.done_on for m in action.milestones.all() if m.done_on]


def progress_of(action: Action, *, today: dt.date) -> Progress:
    """What the platform knows of an action whose evidence and milestones are loaded."""
    start = action.starts_on
    days = [day for day in traces(action) if day <= today]
    steps = list(action.milestones.all())
    done = sum(step.done_on is not None and step.done_on <= today for step in steps)
    if action.ends_on:
        first, halves = 0, half_of(action.ends_on - dt.timedelta(1), start) + 1
        shown = {min(half_of(day, start), halves - 1) for day in days}
    else:
        now = half_of(today, start)
        first = max(now - OPEN_HALVES + 1, 0)
        halves = now - first + 1
        shown = {half for day in days if (half := half_of(day, start)) >= first}
    if steps:
        percent = (
            50 * (done * halves + len(shown) * len(steps)) // (len(steps) * halves)
        )
    else:
        percent = 100 * len(shown) // halves
    return Progress(
        percent, done, len(steps), len(shown), halves, max(days, default=None)
    )


def reasons(action: Action, *, today: dt.date) -> list[Why]:
    """Why what is declared and what is known do not agree, the gravest first."""
    return [why for why, holds in CHECKS if holds(action, today)]


def has_no_evidence(action: Action, today: dt.date) -> bool:
    return action.status == Status.DONE and not action.evidence.all()


def has_open_milestones(action: Action, today: dt.date) -> bool:
    return action.status == Status.DONE and any(
        step.done_on is None for step in action.milestones.all()
    )


def is_silent(action: Action, today: dt.date) -> bool:
    """Under way, and nothing shows for six months."""
    if action.status != Status.UNDER_WAY:
        return False
    days = [day for day in traces(action) if day <= today]
    return months_after(max([action.starts_on, *days]), MONTHS) <= today


def is_late(action: Action, today: dt.date) -> bool:
    return (
        action.status in {Status.PLANNED, Status.UNDER_WAY}
        and action.ends_on is not None
        and action.ends_on <= today
    )


def starts_late(action: Action, today: dt.date) -> bool:
    """Planned, and it should have begun a month ago."""
    return (
        action.status == Status.PLANNED
        and months_after(action.starts_on, 1) <= today
        and not is_late(action, today)
    )


def has_late_milestone(action: Action, today: dt.date) -> bool:
    return action.status in {Status.PLANNED, Status.UNDER_WAY} and any(
        step.is_late(today) for step in action.milestones.all()
    )


def is_overspent(action: Action, today: dt.date) -> bool:
    return action.spent_cents > action.forecast_cents


def is_unbalanced(action: Action, today: dt.date) -> bool:
    return action.status != Status.ABANDONED and bool(action.gap_cents)


CHECKS = (
    (Why.NO_EVIDENCE, has_no_evidence),
    (Why.OPEN_MILESTONES, has_open_milestones),
    (Why.SILENT, is_silent),
    (Why.LATE, is_late),
    (Why.LATE_START, starts_late),
    (Why.LATE_MILESTONE, has_late_milestone),
    (Why.OVERSPENT, is_overspent),
    (Why.UNBALANCED, is_unbalanced),
)


def mean_percent(percents: Iterable[int]) -> int | None:
    """Rounded down, as each of them; None of nothing."""
    known = list(percents)
    return sum(known) // len(known) if known else None
