"""What a round shows: for each question, the effect with its interval, or why not."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from maillage.kernels.effect import (
    LEAST,
    Effect,
    means,
    paired_means,
    paired_proportions,
    proportions,
)
from maillage.studio.choices import Moment
from maillage.studio.kits import is_scale
from maillage.studio.models import Answer, Round

__all__ = ["LEAST", "Finding", "findings", "numbers"]


@dataclass(frozen=True)
class Finding:
    """One question; ``level`` is the figure of a question that is asked once."""

    question: dict[str, Any]
    effect: Effect | None
    number: int
    level: float | None = None

    @property
    def is_scale(self) -> bool:
        return is_scale(self.question)


def numbers(round_: Round) -> dict[str, int]:
    """Answers at each moment, and pairs of words."""
    rows = list(round_.answers.all())
    sides = by_moment(rows)
    return {
        "before": len(sides[Moment.BEFORE]),
        "after": len(sides[Moment.AFTER]),
        "pairs": len(pairs_of(rows)),
    }


def findings(round_: Round) -> list[Finding]:
    """Every question in its order. Under ten answers a finding holds no figure."""
    rows = list(round_.answers.all())
    return [
        asked_twice(question, rows)
        if question["when"] == "both"
        else asked_once(question, rows)
        for question in round_.questions
    ]


def by_moment(rows: list[Answer]) -> dict[str, list[Answer]]:
    found: dict[str, list[Answer]] = {moment: [] for moment in Moment}
    for row in rows:
        found[row.moment].append(row)
    return found


def pairs_of(rows: list[Answer]) -> list[tuple[Answer, Answer]]:
    """The same word before and after; a word chosen twice at a moment pairs nobody."""
    sides = by_moment([row for row in rows if row.word])
    known: list[dict[str, Answer]] = []
    for moment in (Moment.BEFORE, Moment.AFTER):
        times = Counter(row.word for row in sides[moment])
        known.append({row.word: row for row in sides[moment] if times[row.word] == 1})
    first, last = known
    return [(first[word], last[word]) for word in first if word in last]


def asked_twice(question: dict[str, Any], rows: list[Answer]) -> Finding:
    """Pairs when they are ten and at least half of the smaller side, else two groups."""
    slug = question["slug"]
    told = [row for row in rows if slug in row.values]
    sides = by_moment(told)
    before = [row.values[slug] for row in sides[Moment.BEFORE]]
    after = [row.values[slug] for row in sides[Moment.AFTER]]
    pairs = pairs_of(told)
    if len(pairs) >= LEAST and 2 * len(pairs) >= min(len(before), len(after)):
        before = [first.values[slug] for first, _last in pairs]
        after = [last.values[slug] for _first, last in pairs]
        compare = paired_means if is_scale(question) else paired_proportions
    else:
        compare = means if is_scale(question) else proportions
    effect = compare(before, after)
    return Finding(question, effect, effect.after_number)


def asked_once(question: dict[str, Any], rows: list[Answer]) -> Finding:
    slug = question["slug"]
    values = [row.values[slug] for row in rows if slug in row.values]
    level = sum(values) / len(values) if len(values) >= LEAST else None
    return Finding(question, None, len(values), level)
