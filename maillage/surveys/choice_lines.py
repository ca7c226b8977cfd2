"""Choices as people write them: one a line, its code between brackets at the end.

    Musée [museum]
    Bibliothèque

A line without brackets gets a code of its own; codes tie answers of several editions.
"""

import re

from django.utils.translation import gettext as _

from maillage.surveys.definition import Choice, ChoiceList
from maillage.surveys.names import code_from, good_choice_code

LINE = re.compile(r"(?P<label>.*?)\s*(?:\[(?P<code>[^\[\]]*)\])?\s*")


class BadLine(ValueError):  # noqa: N818 -- an answer, not an accident
    """A line that gives no choice; carries the message for the person."""


def as_lines(held: ChoiceList | None) -> str:
    choices = held.choices if held else ()
    return "\n".join(f"{choice.label} [{choice.code}]" for choice in choices)


def from_lines(text: str, *, code: str, old: ChoiceList | None = None) -> ChoiceList:
    """The list that the lines say; languages of codes that stay are kept.

    Raises ``BadLine``.
    """
    languages = {
        choice.code: choice.languages for choice in (old.choices if old else ())
    }
    by_label = {choice.label: choice.code for choice in (old.choices if old else ())}
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    parts = [(match["label"], match["code"]) for line in lines if (match := read(line))]
    given = {code for _label, code in parts if code}
    found: list[Choice] = []
    taken = set(given)
    for label, said in parts:
        code_ = (said or "").strip() or by_label.get(label, "")
        if not said and (not code_ or code_ in taken):
            code_ = code_from(label, taken, otherwise="choix")
        taken.add(code_)
        if not good_choice_code(code_):
            raise BadLine(_("« %s » ne peut coder un choix.") % code_)
        if not label:
            raise BadLine(_("Il manque le texte avant [%s].") % code_)
        if code_ in {choice.code for choice in found}:
            raise BadLine(_("Le code [%s] est là deux fois.") % code_)
        found.append(Choice(code_, label, languages.get(code_, {})))
    return ChoiceList(code, tuple(found))


def read(line: str) -> re.Match[str] | None:
    return LINE.fullmatch(line)
