"""Results of a wave: what they are made of, and making their cells.

``services.releases`` has the verbs: prepare, compute, publish, withdraw.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from maillage.core import disclosure
from maillage.kernels.secrecy.problem import SecrecyError
from maillage.surveys.definition import from_json
from maillage.surveys.models import Release, ReleaseQuerySet, Wave
from maillage.surveys.results import panel
from maillage.surveys.results.gate import Gate
from maillage.surveys.results.people import (
    Person,
    department_labels,
    kind_groups,
    kind_labels,
    numbers_of,
    people_of,
    respondents,
    themes_of,
)
from maillage.surveys.results.variables import Variable, variables_of
from maillage.surveys.services.comparing import (
    changed_wave,
    gate_told,
    has_changed,
    panel_of,
    told,
    wave_before,
)

#: Told before each step: how many are done, of how many, what comes next.
Tell = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Material:
    """All that tables are made of; read once."""

    wave: Wave
    people: list[Person]
    variables: list[Variable]

    @property
    def by_code(self) -> dict[str, Variable]:
        return {variable.code: variable for variable in self.variables}


def material_of(wave: Wave) -> Material:
    """The answers of a wave and what can be counted of them; four queries."""
    definition = from_json(wave.version.definition)
    people = people_of(wave)
    found = variables_of(
        definition,
        themes=themes_of(definition, wave),
        numbers=numbers_of(respondents(people)),
    )
    return Material(wave, people, found)


def releases(wave: Wave) -> ReleaseQuerySet:
    return Release.objects.filter(wave=wave).order_by("-number")


def published(wave: Wave) -> Release | None:
    """The results of a wave as they are read today."""
    return Release.objects.filter(wave=wave).published().order_by("-number").first()


def nobody(_done: int, _total: int, _what: str) -> None:
    """Nobody is told how far it is."""


def figures_of(
    release: Release,
    found: Material,
    *,
    effort: int | None = None,
    tell: Tell = nobody,
) -> dict[str, Any]:
    """Everything that is stored: what the cells are about, and the cells."""
    earlier = told(release.wave)
    was = earlier.figures if earlier else {}
    groups = was.get("groups") or kind_groups(found.people)
    known = {v["code"]: Variable.from_json(v) for v in was.get("variables", [])}
    known = {**found.by_code, **known}
    gate = Gate(found.people, groups, known)
    if effort is not None:
        gate.effort = effort
    for name, data in was.get("families", {}).items():
        gate.decided[name] = disclosure.Release.from_json(data)
    crossings = unique(
        [*was.get("crossings", []), *release.tables.get("crossings", [])]
    )
    wanted = {
        *release.tables.get("questions", []),
        *(v["code"] for v in was.get("variables", [])),
        *(code for pair in crossings for code in pair),
    }
    chosen = [known[v.code] for v in found.variables if v.code in wanted]
    before = wave_before(found.wave) if release.tables.get("panel") else None
    steps = Steps(len(chosen) * (2 if before else 1) + len(crossings), tell)
    gate.who()
    for variable in chosen:
        steps.next(variable.label)
        gate.question(variable)
    closed = [v.code for v in chosen if v.code not in gate.asked]
    chosen = [variable for variable in chosen if variable.code in gate.asked]
    crossings = [pair for pair in crossings if not {*pair} & {*closed}]
    kept = []
    for pair in crossings:
        one, two = (known[code] for code in pair)
        steps.next(f"{one.label} × {two.label}")
        if crossed(gate, one, two):
            kept.append(pair)
    closed += [" × ".join(pair) for pair in crossings if pair not in kept]
    crossings = kept
    figures = {
        "groups": dict(groups),
        "labels": {
            "kind": [list(pair) for pair in kind_labels(groups)],
            "department": [list(pair) for pair in department_labels(found.people)],
        },
        "variables": [variable.as_json() for variable in chosen],
        "crossings": crossings,
        "closed": closed,
        "families": panel.as_json(gate.decided),
        "panel": was.get("panel"),
    }
    if before and not figures["panel"]:
        other = gate_before(before, effort=gate.effort)
        figures["panel"] = panel_of(
            gate, found.wave, before, other=other, chosen=chosen, tell=steps.next
        )
    return figures


def gate_before(wave: Wave, *, effort: int) -> Gate:
    """The gate of the wave before, as its results were told."""
    found = material_of(wave)
    gate = gate_told(wave, found.people, found.by_code, effort=effort)
    if gate is None or changed_wave(wave) or has_changed(wave, found.people):
        raise SecrecyError("published_unsafe", f"{wave.slug} has changed")
    return gate


@dataclass
class Steps:
    """How far a computation is."""

    total: int
    tell: Tell
    done: int = 0

    def next(self, what: str) -> None:
        self.tell(self.done, self.total, what)
        self.done = min(self.done + 1, self.total)


def crossed(gate: Gate, one: Variable, two: Variable) -> bool:
    """Decide a crossing; false where no cell of it can be told."""
    try:
        gate.cross(one, two)
    except SecrecyError:
        return False
    return True


def unique(pairs: Sequence[Sequence[str]]) -> list[list[str]]:
    return [list(pair) for pair in dict.fromkeys(tuple(pair) for pair in pairs)]


def history(wave: Wave) -> list[Release]:
    """The results of each wave of the questionnaire, the first one first; this the last."""
    rows = (
        Release.objects.filter(
            wave__version__questionnaire=wave.version.questionnaire_id,
            wave__year__lte=wave.year,
        )
        .published()
        .select_related("wave__version")
    )
    found: dict[int, Release] = {}
    for release in rows.order_by("wave__year", "wave", "number"):
        found[release.wave_id] = release
    return list(found.values())
