"""What the platform proposes, section by section, before a respondent begins."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import get_language, ngettext

from maillage.surveys import prefill
from maillage.surveys.definition import QuestionSpec, Repeat, Section
from maillage.surveys.running import Sheet
from maillage.surveys.services.sheets import Filled, Place, seal
from maillage.surveys.shown import said, told

#: Names of rows that a line shows before « et 12 autres ».
NAMES = 4


@dataclass(frozen=True)
class Line:
    """A proposal in words; ``state`` is open, confirmed or corrected."""

    label: str
    words: str
    state: str = "open"
    #: Answers that it stands for: one, or those of all rows of a group.
    number: int = 1


@dataclass(frozen=True)
class SectionOffers:
    """The proposals of one section."""

    code: str
    label: str
    lines: tuple[Line, ...]

    @property
    def number(self) -> int:
        return sum(line.number for line in self.lines)


@dataclass(frozen=True)
class Offers:
    """All that is proposed, and what became of it."""

    sections: tuple[SectionOffers, ...]
    confirmed: int
    corrected: int

    @property
    def number(self) -> int:
        return sum(section.number for section in self.sections)

    @property
    def waiting(self) -> int:
        return self.number - self.confirmed - self.corrected


def offers_of(filled: Filled, sheet: Sheet, *, may_answer: bool) -> Offers:
    """What was proposed already, and what would be on pages that nobody has opened.

    Nothing is written: a proposal is kept when its page is opened.
    """
    finder = Finder(filled, sheet, may_answer=may_answer)
    sections = [
        SectionOffers(
            section.code,
            said(section, "label", finder.language),
            tuple(finder.lines(section)),
        )
        for section in filled.book.sections
        if sheet.asks(section.code)
    ]
    return Offers(
        tuple(section for section in sections if section.lines),
        finder.found.count("confirmed"),
        finder.found.count("corrected"),
    )


class Finder:
    """Puts proposals in words, and counts their states."""

    def __init__(self, filled: Filled, sheet: Sheet, *, may_answer: bool) -> None:
        self.filled, self.sheet, self.may_answer = filled, sheet, may_answer
        self.language = (get_language() or "fr")[:2]
        self.found: list[str] = []

    def values(self, section: Section) -> dict[Place, Any]:
        """What is proposed on a page: as it was seen, else as it is known now."""
        known = prefill.known_now(self.filled, section) if self.may_answer else {}
        values = {place: one.value for place, one in known.items()}
        codes = set(self.filled.book.codes_on(section))
        for place, answer in self.filled.answers.items():
            if answer.prefilled and place[0] in codes:
                values[place] = answer.prefilled["value"]
        return values

    def lines(self, section: Section) -> Iterator[Line]:
        values = self.values(section)
        for part in prefill.parts_of(section):
            if not self.sheet.asks(part.code):
                continue
            if isinstance(part, Repeat):
                if line := self.rows(part, values):
                    yield line
            elif (part.code, "") in values:
                yield self.one(part, values[part.code, ""])

    def state(self, place: Place, value: Any) -> str:
        answer = self.filled.answers.get(place)
        if answer is None or answer.value is None:
            state = "open"
        else:
            state = "confirmed" if seal(answer.value) == seal(value) else "corrected"
        self.found.append(state)
        return state

    def one(self, spec: QuestionSpec, value: Any) -> Line:
        return Line(
            said(spec, "label", self.language),
            told(self.filled.book.definition, spec, value),
            self.state((spec.code, ""), value),
        )

    def rows(self, part: Repeat, values: dict[Place, Any]) -> Line | None:
        """The rows of a group on one line: how many, and the first names."""
        codes = {spec.code for spec in part.questions}
        removed = {
            row.key for row in self.filled.rows.get(part.code, []) if row.is_removed
        }
        there = {
            place: value
            for place, value in values.items()
            if place[0] in codes and place[1] not in removed
        }
        keys = list(dict.fromkeys(key for _code, key in there))[: part.at_most]
        if not keys:
            return None
        kept = {place: value for place, value in there.items() if place[1] in keys}
        states = {self.state(place, value) for place, value in kept.items()}
        state = "open" if "open" in states else max(states)
        words = ", ".join(self.names(part, kept, keys[:NAMES]))
        if rest := len(keys) - NAMES if len(keys) > NAMES else 0:
            more = ngettext("et %d autre", "et %d autres", rest) % rest
            words = f"{words} {more}"
        label = said(part, "label", self.language)
        return Line(f"{label} ({len(keys)})", words, state, len(kept))

    def names(
        self, part: Repeat, kept: dict[Place, Any], keys: list[str]
    ) -> Iterator[str]:
        """What rows are called: what their first proposed question says."""
        definition = self.filled.book.definition
        for key in keys:
            for spec in part.questions:
                if (spec.code, key) in kept:
                    yield told(definition, spec, kept[spec.code, key])
                    break
