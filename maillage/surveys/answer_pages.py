"""The pages of a respondent: a section with its questions, what is proposed, what waits.

The boxes are drawn by ``surveys.shown``; here is what stands around them.
"""

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.template.loader import render_to_string
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import get_language, gettext as _

from maillage.core.dates import day_words
from maillage.surveys.choices import QuestionKind
from maillage.surveys.definition import QuestionSpec, Repeat, Section
from maillage.surveys.models import RepeatRow
from maillage.surveys.prefill import Known, Offered, offers
from maillage.surveys.running import Sheet
from maillage.surveys.services.sheets import Filled, Place, besides, mark
from maillage.surveys.shown import Shown, said, show_question, told, written


def name_of(filled: Filled, place: Place) -> str:
    """The name of a box: the code, or group, row and code with points between."""
    code, key = place
    group = filled.book.group_of(code)
    return f"{group}.{key}.{code}" if group else code


def place_of(name: str) -> Place:
    """The question that a box is for; raises ``ValueError``."""
    parts = name.split(".")
    if len(parts) == 1:
        return name, ""
    _group, key, code = parts
    return code, key


@dataclass(frozen=True)
class Version:
    """One of two answers that stand side by side."""

    words: str
    who: str
    at: str
    pick: str


@dataclass(frozen=True)
class Offer:
    """A proposal in words: the value, its rows with their sum, what became of it."""

    kept: Offered
    words: str
    newer: str
    is_number: bool
    #: What the boxes hold once it is confirmed, as JSON.
    boxes: str = "null"

    @property
    def state(self) -> str:
        return self.kept.state

    @property
    def rows(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.kept.kept.get("rows", [])
        return found

    @property
    def total(self) -> Any:
        return self.kept.value if self.is_number else None


@dataclass(frozen=True)
class Line:
    """One row of a repeated group."""

    row: RepeatRow
    title: str
    items: tuple["Item", ...]
    has_open: bool

    @property
    def html_id(self) -> str:
        return f"row-{self.row.group}-{self.row.key}"


@dataclass(frozen=True)
class Item:
    """A question, a group or a repeated group of a page."""

    sort: str
    code: str
    label: str
    hint: str = ""
    is_hidden: bool = False
    field: Shown | None = None
    seen: str = ""
    offer: Offer | None = None
    versions: tuple[Version, ...] = ()
    items: tuple["Item", ...] = ()
    lines: tuple[Line, ...] = ()
    removed: tuple[Line, ...] = ()
    may_add: bool = False
    item_label: str = ""

    @property
    def name(self) -> str:
        return self.field.name if self.field else self.code


@dataclass
class Painter:
    """Makes the items of one page."""

    filled: Filled
    sheet: Sheet
    known: Mapping[Place, Known] = field(default_factory=dict)
    language: str = field(default_factory=lambda: (get_language() or "fr")[:2])

    def __post_init__(self) -> None:
        self.offers = offers(self.filled, dict(self.known))
        self.besides = besides(self.filled.response)

    def items(self, section: Section) -> tuple[Item, ...]:
        return tuple(self.inside(section))

    def inside(self, section: Section) -> Iterator[Item]:
        for part in section.parts:
            if isinstance(part, QuestionSpec):
                yield self.question(part, (part.code, ""))
            elif isinstance(part, Repeat):
                yield self.repeat(part)
            else:
                yield Item(
                    "section", part.code,
                    said(part, "label", self.language), said(part, "hint", self.language),
                    is_hidden=not self.sheet.asks(part.code),
                    items=self.items(part),
                )  # fmt: skip

    def repeat(self, part: Repeat) -> Item:
        rows = self.filled.rows.get(part.code, [])
        kept = [row for row in rows if not row.is_removed]
        gone = [row for row in rows if row.is_removed]
        word = said(part, "item_label", self.language)
        lines = [self.line(part, row, n, word) for n, row in enumerate(kept, 1)]
        return Item(
            "repeat", part.code,
            said(part, "label", self.language), said(part, "hint", self.language),
            is_hidden=not self.sheet.asks(part.code),
            lines=tuple(lines),
            removed=tuple(self.bare(row) for row in gone),
            may_add=len(kept) < part.at_most,
            item_label=word,
        )  # fmt: skip

    def bare(self, row: RepeatRow) -> Line:
        return Line(row, self.title(row), (), has_open=False)

    def title(self, row: RepeatRow) -> str:
        """What a row is called: as the platform knows it, else its first answer."""
        part: Any = self.filled.book.steps[row.group].part
        if row.label:
            return row.label
        for spec in part.questions:
            if spec.kind == QuestionKind.TEXT:
                value = self.filled.value((spec.code, row.key))
                return str(value)[:120] if value else ""
        return ""

    def line(self, part: Repeat, row: RepeatRow, number: int, word: str) -> Line:
        items = tuple(
            self.question(spec, (spec.code, row.key)) for spec in part.questions
        )
        title = self.title(row) or f"{word or _('Ligne')} {number}"
        has_open = any(one.offer and one.offer.state == "open" for one in items)
        return Line(row, title, items, has_open)

    def question(self, spec: QuestionSpec, place: Place) -> Item:
        value = self.filled.value(place)
        if spec.kind == QuestionKind.CALCULATE:
            group = self.filled.book.group_of(spec.code)
            values = self.sheet.rows.get(group, {}).get(place[1], {})
            value = (values if group else self.sheet.values).get(spec.code)
        error = ""
        if value is not None and spec.is_answered:
            error = self.filled.remark(spec, place, self.sheet)
        shown = show_question(
            self.filled.book.definition, spec,
            name=name_of(self.filled, place), value=value, error=error,
            language=self.language, is_hidden=not self.sheet.asks(*place),
        )  # fmt: skip
        return Item(
            "question", spec.code, shown.label, shown.hint,
            is_hidden=shown.is_hidden, field=shown,
            seen=mark(self.filled.answers.get(place)),
            offer=self.offer(spec, place),
            versions=self.versions(spec, place),
        )  # fmt: skip

    def offer(self, spec: QuestionSpec, place: Place) -> Offer | None:
        kept = self.offers.get(place)
        if kept is None:
            return None
        definition = self.filled.book.definition
        newer = told(definition, spec, kept.newer)
        words = told(definition, spec, kept.value)
        held = kept.value
        boxes = held if isinstance(held, list) else written(spec, held)
        return Offer(kept, words, newer, spec.is_number, json.dumps(boxes))

    def versions(self, spec: QuestionSpec, place: Place) -> tuple[Version, ...]:
        """Both answers, when two stand side by side; the one that is there first."""
        rows = self.besides.get(place, [])
        if not rows:
            return ()
        answer = self.filled.answers[place]
        name = name_of(self.filled, place)
        return (
            self.version(spec, answer, f"{name}|"),
            *[self.version(spec, row, f"{name}|{row.pk}") for row in rows],
        )

    def version(self, spec: QuestionSpec, row: Any, pick: str) -> Version:
        words = told(self.filled.book.definition, spec, row.value)
        return Version(words or _("rien"), row.changed_by, clock(row.changed_at), pick)


def clock(at: dt.datetime | None) -> str:
    """« 10 h 12 », and the day when it is another."""
    if at is None:
        return ""
    local = localtime(at)
    words = date_format(local, _("G \\h i"))
    if local.date() == localtime().date():
        return words
    day = day_words(local.date(), "j F")
    return _("le %(day)s à %(time)s") % {"day": day, "time": words}


def versions_html(painter: Painter, place: Place) -> str:
    """The choice between two answers, for a page that is open."""
    spec = painter.filled.book.question(place[0])
    if spec is None:
        return ""
    item = painter.question(spec, place)
    if not item.versions:
        return ""
    return render_to_string("surveys/answer_versions.html", {"item": item})


def told_change(painter: Painter, place: Place) -> dict[str, Any]:
    """An answer for a page that is open: what its boxes hold, and who wrote it."""
    filled = painter.filled
    spec = filled.book.question(place[0])
    answer = filled.answers.get(place)
    value = answer.value if answer else None
    held = [str(one) for one in value] if isinstance(value, list) else None
    return {
        "name": name_of(filled, place),
        "value": held if held is not None else written(spec, value) if spec else "",
        "seen": mark(answer),
        "who": answer.changed_by if answer else "",
        "at": clock(answer.changed_at) if answer else "",
        "page": answer.page if answer else "",
        "versions": versions_html(painter, place) if place in painter.besides else "",
    }


@dataclass(frozen=True)
class Said:
    """A question with its answer in words, on the page that is read again."""

    label: str
    words: str
    page: str
    anchor: str
    is_required: bool
    state: str = ""
    proposed: str = ""
    is_wrong: bool = False


@dataclass(frozen=True)
class SaidGroup:
    """Lines under one title: a page, or a row of a repeated group."""

    title: str
    lines: list[Said]
    page: str
    level: int = 2


def said_groups(filled: Filled, sheet: Sheet) -> list[SaidGroup]:
    """Everything that is asked, with its answer, in the order of the pages."""
    painter = Painter(filled, sheet)
    found: list[SaidGroup] = []
    for section in filled.book.sections:
        if not sheet.asks(section.code):
            continue
        group = SaidGroup(said(section, "label", painter.language), [], section.code)
        found.append(group)
        for item in flat(painter.items(section)):
            if item.sort == "question":
                add_said(group, item, filled, section.code)
            elif item.sort == "repeat":
                for line in item.lines:
                    own = SaidGroup(f"{item.label} · {line.title}", [], section.code, 3)
                    for one in line.items:
                        add_said(own, one, filled, section.code)
                    found.append(own)
    return [group for group in found if group.lines or group.level == 2]


def flat(items: tuple[Item, ...]) -> Iterator[Item]:
    for item in items:
        if item.is_hidden:
            continue
        if item.sort == "section":
            yield from flat(item.items)
        else:
            yield item


def add_said(group: SaidGroup, item: Item, filled: Filled, page: str) -> None:
    shown = item.field
    if shown is None or item.is_hidden or shown.spec.kind == QuestionKind.NOTE:
        return
    place = place_of(shown.name)
    value: Any = filled.value(place)
    if shown.spec.kind == QuestionKind.CALCULATE:
        words = shown.typed
    else:
        words = told(filled.book.definition, shown.spec, value)
    group.lines.append(
        Said(
            shown.label, words, page, shown.html_id + "-part", shown.spec.required,
            item.offer.state if item.offer else "",
            item.offer.words if item.offer else "",
            bool(shown.error),
        )
    )  # fmt: skip
