"""Writing answers: one by one or a page at once, by several people at the same time.

A page says what it had seen of an answer (``sheets.mark``). What it writes over a value
that it had not seen does not replace it: both are kept, the later one *beside*, and the
people who answer choose. What one page sends twice is written once.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from maillage.core.context import region
from maillage.core.dates import day_words
from maillage.core.errors import Refused
from maillage.directory.fields import readable
from maillage.surveys.accepting import MAX_LONG, Wrong, read
from maillage.surveys.choices import ResponseState, WaveState
from maillage.surveys.definition import QuestionSpec
from maillage.surveys.models import Answer, AnswerChange, Response, Wave
from maillage.surveys.running import Sheet
from maillage.surveys.services.sheets import (
    Filled,
    Place,
    fill,
    responses,
    seal,
)

SAVED, SAME, BESIDE, UNKNOWN = "saved", "same", "beside", "unknown"
#: A text that only grew within this time is one change.
TYPING = dt.timedelta(seconds=30)
#: Answers that one request may bring.
MOST = 1000


@dataclass(frozen=True)
class Writer:
    """Who writes: a name to show, and the open page, which is one at a time.

    The agency types what came on paper, also after the last day.
    """

    name: str = ""
    page: str = ""
    is_agency: bool = False


@dataclass(frozen=True)
class Change:
    """What was typed in one field; ``seen`` is the mark that its page had."""

    question: str
    raw: Any
    instance: str = ""
    seen: str = ""

    @property
    def place(self) -> Place:
        return self.question, self.instance

    @property
    def seen_revision(self) -> int:
        number = self.seen.partition("-")[0]
        return int(number) if number.isascii() and number.isdigit() else 0


@dataclass
class Outcome:
    """What became of each change; ``errors`` are remarks, nothing is lost for them."""

    filled: Filled
    sheet: Sheet
    states: dict[Place, str] = field(default_factory=dict)
    errors: dict[Place, str] = field(default_factory=dict)

    @property
    def torn(self) -> list[Place]:
        return [place for place, state in self.states.items() if state == BESIDE]


def hold(response: Response) -> Response:
    """The sheet as it is now, held until the transaction ends. Refuses with ``gone``."""
    row = responses().select_for_update(of=("self",)).filter(pk=response.pk).first()
    if row is None:
        raise Refused("gone", _("Cette réponse n’est plus attendue."))
    return row


def need_time(wave: Wave, *, writer: Writer, today: dt.date) -> None:
    """Refuses with ``early``, ``late`` or ``closed``, kindly."""
    words = {
        "day": day_words(wave.closes_on, "l j F Y"),
        "start": day_words(wave.opens_on, "l j F Y"),
        "agency": region()["agency"]["name"],
    }
    if wave.state == WaveState.PREPARING or (
        today < wave.opens_on and not writer.is_agency
    ):
        raise Refused(
            "early", _("L’enquête ouvre le %(start)s : revenez ce jour-là.") % words
        )
    if wave.state != WaveState.OPEN:
        raise Refused(
            "closed",
            _(
                "L’enquête est close depuis le %(day)s. Ce que vous aviez écrit est "
                "gardé. Si votre réponse doit encore arriver, écrivez à %(agency)s."
            )
            % words,
        )
    if today > wave.closes_on and not writer.is_agency:
        raise Refused(
            "late",
            _(
                "Le dernier jour pour répondre était le %(day)s. Ce que vous aviez écrit "
                "est gardé. Si votre réponse doit encore arriver, écrivez à %(agency)s."
            )
            % words,
        )


def need_writable(response: Response, *, writer: Writer, today: dt.date) -> None:
    """Refuses with ``early``, ``late``, ``closed`` or ``sent``."""
    need_time(response.unit.wave, writer=writer, today=today)
    if response.counts:
        raise Refused(
            "sent", _("Cette réponse est envoyée : rouvrez-la pour la modifier.")
        )


def typed(spec: QuestionSpec, raw: Any, filled: Filled) -> Any:
    """The value of what was typed; as it was typed when it cannot be read."""
    if isinstance(raw, str):
        raw = readable(raw)[: MAX_LONG + 1000]
    elif isinstance(raw, list):
        raw = [readable(str(one))[:200] for one in raw[:500]]
    elif not isinstance(raw, int | float | bool) and raw is not None:
        raw = str(raw)[:MAX_LONG]
    try:
        return read(spec, raw, filled.book.definition, kept=False)
    except Wrong:
        if isinstance(raw, list):
            return [one for one in raw if one] or None
        return str(raw).strip() or None


@transaction.atomic
def save_answers(
    response: Response,
    changes: Sequence[Change],
    *,
    writer: Writer,
    now: dt.datetime,
    today: dt.date,
) -> Outcome:
    """Write what a page sends; what others wrote meanwhile is never replaced.

    Refuses with ``early``, ``late``, ``closed``, ``sent`` or ``too_many``.
    """
    row = hold(response)
    need_writable(row, writer=writer, today=today)
    if len(changes) > MOST:
        raise Refused("too_many", _("Trop de réponses à la fois."))
    filled = fill(row)
    work = Work(filled, writer=writer, now=now)
    states = {change.place: work.take(change) for change in changes}
    work.finish()
    outcome = Outcome(filled, filled.run(today=today), states)
    for place, state in states.items():
        spec = filled.book.question(place[0])
        if spec is None or state == UNKNOWN:
            continue
        if message := filled.remark(spec, place, outcome.sheet):
            outcome.errors[place] = message
    return outcome


class Work:
    """Writes the changes of one request."""

    def __init__(self, filled: Filled, *, writer: Writer, now: dt.datetime) -> None:
        self.filled, self.writer, self.now = filled, writer, now
        self.number = filled.response.revision + 1
        self.new: list[Answer] = []
        self.changed: dict[Place, Answer] = {}
        self.past: list[AnswerChange] = []
        self.did_work = False

    def take(self, change: Change) -> str:
        """Write one change, unless the page had not seen what is there."""
        spec = self.filled.book.question(change.question)
        if spec is None or not spec.is_answered or not self.has_row(change):
            return UNKNOWN
        value = typed(spec, change.raw, self.filled)
        answer = self.filled.answers.get(change.place)
        if answer is None:
            return self.create(change.place, value)
        if seal(answer.value) == seal(value) or self.is_untouched(
            answer, change, value
        ):
            return SAME
        if self.is_unseen(answer, change):
            return self.put_beside(answer, value)
        self.replace(answer, value)
        return SAVED

    def has_row(self, change: Change) -> bool:
        group = self.filled.book.group_of(change.question)
        keys = {row.key for row in self.filled.rows.get(group, [])}
        return change.instance in keys if group else not change.instance

    def is_untouched(self, answer: Answer, change: Change, value: Any) -> bool:
        """The page sends back what it had seen: it has changed nothing.

        Unless it wrote in between, and only the answer to that was lost.
        """
        own = answer.page == self.writer.page and answer.revision > change.seen_revision
        return change.seen.partition("-")[2] == seal(value) and not own

    def is_unseen(self, answer: Answer, change: Change) -> bool:
        mine = bool(self.writer.page) and answer.page == self.writer.page
        return answer.revision > change.seen_revision and not mine

    def create(self, place: Place, value: Any) -> str:
        if value is None:
            return SAME
        answer = Answer(
            response=self.filled.response,
            question=place[0],
            instance=place[1],
            revision=1,
        )
        self.put(answer, value)
        self.filled.answers[place] = answer
        self.new.append(answer)
        return SAVED

    def replace(self, answer: Answer, value: Any) -> None:
        """Give an answer another value; what it was is kept."""
        if not self.goes_on(answer, value):
            self.past.append(
                AnswerChange(
                    answer=answer,
                    revision=answer.revision,
                    value=answer.value,
                    changed_at=answer.changed_at,
                    changed_by=answer.changed_by,
                    page=answer.page,
                )
            )
        answer.revision += 1
        self.put(answer, value)
        self.changed[answer.question, answer.instance] = answer

    def goes_on(self, answer: Answer, value: Any) -> bool:
        """The same page goes on typing the same text."""
        old = answer.value
        if old is None and not answer.changed_by and not answer.page:
            return True  # the platform's proposal, to which nobody had answered
        return (
            isinstance(old, str)
            and isinstance(value, str)
            and value.startswith(old)
            and bool(self.writer.page)
            and answer.page == self.writer.page
            and self.now - answer.changed_at < TYPING
        )

    def put(self, answer: Answer, value: Any) -> None:
        answer.value = value
        answer.is_confirmed = value is not None
        answer.changed_at, answer.changed_by = self.now, self.writer.name
        answer.page, answer.at_revision = self.writer.page, self.number
        self.did_work = True

    def put_beside(self, answer: Answer, value: Any) -> str:
        """Keep what was typed beside what somebody else wrote meanwhile."""
        rows = answer.changes.filter(was_beside=True, revision=answer.revision)
        known = {seal(row.value): row for row in rows}
        if seal(value) in known:
            return BESIDE
        if self.is_past(answer, value):
            return SAME  # sent again, because its first answer was lost on the way
        mine = rows.filter(page=self.writer.page).first() if self.writer.page else None
        beside = mine or AnswerChange(answer=answer, was_beside=True)
        beside.revision, beside.value = answer.revision, value
        beside.changed_at, beside.changed_by = self.now, self.writer.name
        beside.page = self.writer.page
        beside.save()
        answer.at_revision = self.number
        self.changed[answer.question, answer.instance] = answer
        self.did_work = True
        return BESIDE

    def is_past(self, answer: Answer, value: Any) -> bool:
        """The same page wrote the same before, and somebody has changed it since."""
        if not self.writer.page:
            return False
        rows = answer.changes.filter(page=self.writer.page, was_beside=False)
        return any(seal(row.value) == seal(value) for row in rows)

    def finish(self) -> None:
        """Write it all, and say that the sheet has changed."""
        if not self.did_work:
            return
        Answer.objects.bulk_create(self.new)
        Answer.objects.bulk_update(
            self.changed.values(),
            ["value", "is_confirmed", "revision", "at_revision", "changed_at",
             "changed_by", "page"],
            batch_size=100,
        )  # fmt: skip
        AnswerChange.objects.bulk_create(self.past)
        touch(self.filled.response, number=self.number, now=self.now)


def touch(response: Response, *, number: int, now: dt.datetime) -> None:
    """Note that a sheet has changed; who had declined has changed their mind."""
    response.revision, response.changed_at = number, now
    if not response.counts:
        response.state = ResponseState.STARTED
        response.started_at = response.started_at or now
    response.save(update_fields=["revision", "changed_at", "state", "started_at"])


@transaction.atomic
def choose(
    response: Response,
    place: Place,
    *,
    change: int | None,
    writer: Writer,
    now: dt.datetime,
    today: dt.date,
) -> Filled:
    """Settle two answers to one question: what stands beside, or what was there.

    ``change`` is the number of the ``AnswerChange`` to take; None keeps what is there.
    Refuses with ``gone`` when there is nothing to choose any more, and as above.
    """
    row = hold(response)
    need_writable(row, writer=writer, today=today)
    filled = fill(row)
    answer = filled.answers.get(place)
    if answer is None:
        raise Refused("gone", _("Ce choix a déjà été fait."))
    rows = answer.changes.filter(was_beside=True, revision=answer.revision)
    if not rows.exists():
        raise Refused("gone", _("Ce choix a déjà été fait."))
    taken = rows.filter(pk=change).first() if change is not None else None
    if change is not None and taken is None:
        raise Refused("gone", _("Ce choix a déjà été fait."))
    work = Work(filled, writer=writer, now=now)
    work.replace(answer, taken.value if taken else answer.value)
    work.finish()
    return filled


def changed_since(filled: Filled, since: int) -> list[Answer]:
    """Answers that are newer than what a page has seen."""
    return [one for one in filled.answers.values() if one.at_revision > since]
