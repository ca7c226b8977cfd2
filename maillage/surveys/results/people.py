"""Those who answered a wave, with what counts of their answers."""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from maillage.core import vocab
from maillage.surveys.choices import ResponseState
from maillage.surveys.definition import Definition
from maillage.surveys.models import Answer, TextTheme, Unit, Wave
from maillage.surveys.results.variables import number_of
from maillage.territories.models import Department

ANSWERED = (ResponseState.SUBMITTED, ResponseState.ACCEPTED)
#: Kinds with fewer respondents are shown together.
KIND_LEAST = 12
OTHERS = "others"
NOTHING: tuple[object, ...] = (None, "", [])


@dataclass(frozen=True)
class Person:
    """One who is in the field of a wave; ``rows`` are answers in repeated groups."""

    key: str
    kind: str
    department: str
    weight: float
    has_answered: bool
    answers: Mapping[str, Any] = field(default_factory=dict)
    rows: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    themes: Mapping[str, Sequence[str]] = field(default_factory=dict)


def people_of(wave: Wave) -> list[Person]:
    """Everybody in the field, those outside left out; two queries."""
    answers: dict[int, dict[str, Any]] = defaultdict(dict)
    rows: dict[int, dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
    themes: dict[int, dict[str, list[str]]] = defaultdict(dict)
    found = Answer.objects.filter(
        response__unit__wave=wave, response__state__in=ANSWERED, is_counted=True
    ).order_by("pk")
    for unit, code, instance, value, given in found.values_list(
        "response__unit_id", "question", "instance", "value", "themes"
    ):
        if value in NOTHING:
            continue
        if instance:
            rows[unit][code].append(value)
        else:
            answers[unit][code] = value
            if given:
                themes[unit][code] = given
    units = Unit.objects.filter(wave=wave).exclude(
        response__state=ResponseState.OUTSIDE
    )
    return [
        Person(
            key, kind, department or "", 1.0 if weight is None else weight,
            state in ANSWERED, answers[pk], dict(rows[pk]), themes[pk],
        )
        for pk, key, kind, department, weight, state in units.order_by(
            "panel_key"
        ).values_list(
            "pk", "panel_key", "kind", "department_id", "weight", "response__state"
        )
    ]  # fmt: skip


def respondents(people: Iterable[Person]) -> list[Person]:
    return [person for person in people if person.has_answered]


def numbers_of(people: Iterable[Person]) -> dict[str, list[float]]:
    """The numbers that were answered, by question."""
    found: dict[str, list[float]] = defaultdict(list)
    for person in people:
        for code, value in person.answers.items():
            number = number_of(value)
            if number is not None:
                found[code].append(number)
    return found


def themes_of(definition: Definition, wave: Wave) -> dict[str, list[tuple[str, str]]]:
    """(code, label) of the themes of each free question."""
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    rows = TextTheme.objects.filter(questionnaire=wave.version.questionnaire)
    for question, code, label in rows.values_list("question", "code", "label"):
        found[question].append((code, label))
    return found


def kind_groups(people: Sequence[Person]) -> dict[str, str]:
    """The code that each kind is shown under: its own, or that of all small ones."""
    number = Counter(person.kind for person in respondents(people))
    small = [kind for kind in number if number[kind] < KIND_LEAST or not kind]
    if len(small) == 1 and small[0]:
        small = []
    return {
        person.kind: OTHERS
        if person.kind in small or person.kind not in number
        else person.kind
        for person in people
    }


def kind_labels(groups: Mapping[str, str]) -> list[tuple[str, str]]:
    """(code, label) in the order of the page: by name, the others last."""
    shown = sorted(set(groups.values()) - {OTHERS})
    found = sorted(
        ((kind, vocab.label("structure_kinds", kind)) for kind in shown),
        key=lambda pair: pair[1],
    )
    named = [(code, label[:1].upper() + label[1:]) for code, label in found]
    return (
        [*named, (OTHERS, _("Autres natures"))] if OTHERS in groups.values() else named
    )


def department_labels(people: Iterable[Person]) -> list[tuple[str, str]]:
    there = {person.department for person in people} - {""}
    rows = Department.objects.filter(pk__in=there).order_by("name")
    return [(pk, name) for pk, name in rows.values_list("pk", "name")]


def digest(people: Iterable[Person]) -> str:
    """What changes whenever an answer, a theme, a weight or the field does."""
    told = [
        [p.key, p.kind, p.department, round(p.weight, 9), p.has_answered,
         dict(p.answers), dict(p.rows), dict(p.themes)]
        for p in people
    ]  # fmt: skip
    text = json.dumps(told, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
