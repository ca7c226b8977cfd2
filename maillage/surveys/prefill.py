"""What the platform proposes to a respondent, and where it comes from.

A value is kept as it was when the respondent first saw it, with its rows and its source,
beside whatever they answer. The facts of the rows of a repeated group are proposed too.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.dateparse import parse_datetime

from maillage.core import facts
from maillage.surveys.accepting import accept
from maillage.surveys.choices import QuestionKind
from maillage.surveys.definition import Definition, QuestionSpec, Repeat, Section
from maillage.surveys.models import Answer, RepeatRow
from maillage.surveys.running import Sheet
from maillage.surveys.services.answering import (
    Work,
    Writer,
    hold,
    need_writable,
)
from maillage.surveys.services.sheets import Filled, Place, fill, seal
from maillage.surveys.services.waves import period

#: Rows of a drill-down that are kept; the others are summed in a last one.
MOST_ROWS = 300


@dataclass(frozen=True)
class Known:
    """What the platform knows now, ready for one question."""

    value: Any
    label: str
    source: str
    rows: tuple[facts.Row, ...] = ()

    def as_json(self, *, now: dt.datetime) -> dict[str, Any]:
        rows = [
            {"label": row.label, "value": row.value, "url": row.url}
            for row in self.rows[:MOST_ROWS]
        ]
        if rest := self.rows[MOST_ROWS:]:
            total = sum(row.value for row in rest)
            rows.append({"label": "…", "value": total, "url": ""})
        return {
            "value": self.value,
            "label": self.label,
            "source": self.source,
            "at": now.isoformat(),
            "rows": rows,
        }


def fitting(definition: Definition, spec: QuestionSpec, value: Any) -> Any:
    """A value of the platform as an answer to a question; None where it is none."""
    if value is None or value in ("", []):
        return None
    if spec.kind == QuestionKind.MANY:
        codes = {choice.code for choice in definition.choices_of(spec)}
        value = [one for one in value if one in codes]
    found = accept(spec, value, definition=definition, kept=True)
    return None if found.error else found.value


def parts_of(section: Section) -> Iterable[QuestionSpec | Repeat]:
    """Questions and repeated groups of a page, those of inner groups too."""
    for part in section.parts:
        if isinstance(part, Section):
            yield from parts_of(part)
        else:
            yield part


def known_of(filled: Filled, code: str) -> tuple[facts.Fact, facts.Value] | None:
    structure = filled.unit.structure
    if structure is None:
        return None
    start, end = period(filled.wave)
    return facts.compute(code, structure, start, end)


def known_now(filled: Filled, section: Section) -> dict[Place, Known]:
    """What the platform can say to the questions of a page, today."""
    found: dict[Place, Known] = {}
    for part in parts_of(section):
        if not part.prefill or (computed := known_of(filled, part.prefill)) is None:
            continue
        fact, value = computed
        if isinstance(part, Repeat):
            for row in value.rows:
                found |= known_in_row(filled, part, row, fact)
            continue
        fit = fitting(filled.book.definition, part, value.value)
        if fit is not None:
            place = (part.code, "")
            found[place] = Known(fit, str(fact.label), str(fact.source), value.rows)
    return found


def known_in_row(
    filled: Filled, group: Repeat, row: facts.Row, fact: facts.Fact
) -> dict[Place, Known]:
    """The label of a thing in the first text of its row, its facts where they are asked."""
    found: dict[Place, Known] = {}
    is_named = False
    for spec in group.questions:
        value = row.facts.get(spec.prefill.rpartition(".")[2]) if spec.prefill else None
        if value is None and spec.kind == QuestionKind.TEXT and not is_named:
            value = row.label
        is_named = is_named or spec.kind == QuestionKind.TEXT
        fit = fitting(filled.book.definition, spec, value)
        if fit is not None:
            own = facts.Row(row.label, 1, row.url)
            known = Known(fit, row.label, str(fact.source), (own,))
            found[spec.code, key_of(row)] = known
    return found


def key_of(row: facts.Row) -> str:
    return (row.key or f"row-{seal(row.label)}")[:40]


@transaction.atomic
def propose(
    filled: Filled, section: Section, *, now: dt.datetime, today: dt.date
) -> Filled:
    """Keep what a respondent is about to see of a page for the first time.

    Rows of things that are new on the platform are added; those that were taken away
    stay away. Refuses with ``early``, ``late``, ``closed`` or ``sent``.
    """
    row = hold(filled.response)
    need_writable(row, writer=Writer(is_agency=True), today=today)
    held = fill(row)
    number = row.revision + 1
    added = add_known_rows(held, section, number=number)
    known = known_now(held, section)
    kept = {one.key for rows in held.rows.values() for one in rows}
    new, late = [], []
    for place, one in known.items():
        if place[1] and place[1] not in kept:
            continue  # beyond the rows that the group may have
        answer = held.answers.get(place)
        if answer is None:
            answer = Answer(
                response=row, question=place[0], instance=place[1], revision=0,
                at_revision=number, changed_at=now,
            )  # fmt: skip
            new.append(answer)
        elif answer.prefilled is None:
            late.append(answer)
        else:
            continue
        answer.prefilled = one.as_json(now=now)
        held.answers[place] = answer
    Answer.objects.bulk_create(new)
    Answer.objects.bulk_update(late, ["prefilled"], batch_size=100)
    if added:  # pages that are open show the rows; nobody has begun for all that
        row.revision = number
        row.save(update_fields=["revision"])
    return held


def add_known_rows(held: Filled, section: Section, *, number: int) -> bool:
    """A row for each thing of the platform that has none yet."""
    made = []
    for part in parts_of(section):
        if not isinstance(part, Repeat) or not part.prefill:
            continue
        computed = known_of(held, part.prefill)
        rows = held.rows[part.code]
        there = {row.key for row in rows}
        rank = max((row.rank for row in rows), default=0)
        for one in computed[1].rows if computed else ():
            room = len(held.kept_rows(part.code)) < part.at_most
            if key_of(one) in there or not room:
                continue
            rank += 1
            row = RepeatRow(
                response=held.response, group=part.code, key=key_of(one), rank=rank,
                label=one.label[:200], url=one.url[:300], at_revision=number,
            )  # fmt: skip
            rows.append(row)
            made.append(row)
    RepeatRow.objects.bulk_create(made)
    return bool(made)


def needs_proposals(filled: Filled, section: Section, known: Iterable[Place]) -> bool:
    """The page has something to propose that was not kept yet."""
    rows = {row.key for group in filled.rows.values() for row in group}
    full = {
        part.code
        for part in parts_of(section)
        if isinstance(part, Repeat) and len(filled.kept_rows(part.code)) >= part.at_most
    }
    for place in known:
        group = filled.book.group_of(place[0])
        if group in full and place[1] not in rows:
            continue
        answer = filled.answers.get(place)
        if answer is None or answer.prefilled is None:
            return True
    return False


@transaction.atomic
def confirm(
    filled: Filled,
    places: Iterable[Place],
    *,
    writer: Writer,
    now: dt.datetime,
    today: dt.date,
) -> int:
    """« C’est exact »: take what is proposed as the answer; returns how many.

    What was answered meanwhile stays. Refuses with ``early``, ``late``, ``closed`` or
    ``sent``.
    """
    row = hold(filled.response)
    need_writable(row, writer=writer, today=today)
    held = fill(row)
    work = Work(held, writer=writer, now=now)
    number = 0
    for place in places:
        answer = held.answers.get(place)
        if answer and answer.prefilled and answer.value is None:
            work.replace(answer, answer.prefilled["value"])
            number += 1
    work.finish()
    return number


def open_places(filled: Filled, codes: Iterable[str] | None = None) -> list[Place]:
    """Answers that are proposed and neither confirmed nor corrected."""
    wanted = set(codes) if codes is not None else None
    rows = {row.key for group in filled.rows for row in filled.kept_rows(group)}
    return [
        place
        for place, answer in filled.answers.items()
        if answer.prefilled
        and answer.value is None
        and (not place[1] or place[1] in rows)
        and (wanted is None or place[0] in wanted)
    ]


def asked_places(
    filled: Filled, sheet: Sheet, codes: Iterable[str] | None = None
) -> list[Place]:
    """Those of the open proposals whose question is asked."""
    return [p for p in open_places(filled, codes) if sheet.asks(*p)]


@dataclass(frozen=True)
class Offered:
    """A proposal as the page shows it.

    ``newer`` is what the platform says today, when that is something else.
    """

    answer: Answer
    newer: Any = None

    @property
    def value(self) -> Any:
        return self.kept["value"]

    @property
    def kept(self) -> dict[str, Any]:
        found: dict[str, Any] = self.answer.prefilled or {}
        return found

    @property
    def at(self) -> dt.datetime | None:
        return parse_datetime(self.kept.get("at", ""))

    @property
    def state(self) -> str:
        """``open``, ``confirmed`` or ``corrected``."""
        if self.answer.value is None:
            return "open"
        same = seal(self.answer.value) == seal(self.value)
        return "confirmed" if same else "corrected"


def offers(filled: Filled, known: dict[Place, Known]) -> dict[Place, Offered]:
    """Proposals by question, with what has changed on the platform since."""
    found = {}
    for place, answer in filled.answers.items():
        if not answer.prefilled:
            continue
        now_ = known.get(place)
        newer = now_.value if now_ else None
        if now_ and seal(newer) == seal(answer.prefilled["value"]):
            newer = None
        found[place] = Offered(answer, newer)
    return found
