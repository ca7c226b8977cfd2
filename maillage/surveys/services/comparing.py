"""A wave beside the one before: two gates, each with all that was told of its wave.

A wave may be in two comparisons, with the one before and with the one after: each is
decided with what the other has told. Where the answers of a wave have changed since they
were told, nothing is compared with it: the difference would say what the change was.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from maillage.core import disclosure
from maillage.surveys.models import Release, Wave
from maillage.surveys.results import panel, sides
from maillage.surveys.results.gate import Gate
from maillage.surveys.results.people import Person, digest, people_of, respondents
from maillage.surveys.results.variables import Variable


def told(wave: Wave) -> Release | None:
    """The last results that somebody may have read, withdrawn since or not."""
    return Release.objects.filter(wave=wave).told().order_by("-number").first()


def wave_before(wave: Wave) -> Wave | None:
    """The wave of the same questionnaire that it is compared with: the last published."""
    rows = Wave.objects.filter(
        version__questionnaire=wave.version.questionnaire_id,
        year__lt=wave.year,
        releases__in=Release.objects.all().published(),
    )
    return rows.select_related("version").order_by("-year", "-pk").first()


def has_changed(wave: Wave, people: Sequence[Person]) -> bool:
    """Whether the answers of a wave are others than those that were told."""
    last = told(wave)
    return last is not None and last.digest != digest(people)


def changed_wave(wave: Wave) -> Wave | None:
    """The first wave whose changed answers forbid a comparison of this one."""
    before = wave_before(wave)
    near = {} if before is None else {before.slug: before}
    for one in (wave, before):
        if one is not None:
            near |= {other.slug: other for other, _side in comparisons(one)}
    others = (other for other in near.values() if other.pk != wave.pk)
    return next((one for one in others if has_changed(one, people_of(one))), None)


def comparisons(wave: Wave) -> list[tuple[Wave, Mapping[str, Any]]]:
    """Waves that this one was compared with in what was told, and what was told of it."""
    rows = Release.objects.filter(
        wave__version__questionnaire=wave.version.questionnaire_id
    )
    waves = {}
    for release in rows.told().select_related("wave__version").order_by("number"):
        waves[release.wave.slug] = release
    found = []
    for slug, release in waves.items():
        data = release.figures.get("panel") or {}
        if not data:
            continue
        if slug == wave.slug and data["wave"] in waves:
            found.append((waves[data["wave"]].wave, data["sides"][panel.LATER]))
        elif data["wave"] == wave.slug:
            found.append((release.wave, data["sides"][panel.EARLIER]))
    return found


def gate_told(
    wave: Wave, people: Sequence[Person], known: Mapping[str, Variable], *, effort: int
) -> Gate | None:
    """The gate of a wave as it was when its results were told."""
    last = told(wave)
    if last is None:
        return None
    data = last.figures
    own = {v["code"]: Variable.from_json(v) for v in data["variables"]}
    gate = Gate(people, data["groups"], {**known, **own}, effort=effort)
    for name, one in data["families"].items():
        gate.decided[name] = disclosure.Release.from_json(one)
    gate.asked = {*own}
    return gate


def split(gate: Gate, wave: Wave, others: Mapping[str, Sequence[Person]]) -> None:
    """Split a wave by all that it was compared with; ``others`` are people by wave."""
    for other, side in comparisons(wave):
        gate.decided.update(panel.families(side))
        keys = keys_of(others.get(other.slug) or people_of(other))
        sides.split(gate, side["by"], keys)


def keys_of(people: Sequence[Person]) -> set[str]:
    return {person.key for person in respondents(people)}


def panel_of(
    gate: Gate,
    wave: Wave,
    before: Wave,
    *,
    other: Gate,
    chosen: Sequence[Variable],
    tell: Callable[[str], None],
) -> dict[str, Any]:
    """The comparison with the wave before, of what results tell of both."""
    people = {wave.slug: gate.people, before.slug: other.people}
    split(gate, wave, people)
    split(other, before, people)
    pair = panel.Pair(other, gate, sides.side_of(wave.slug), sides.side_of(before.slug))
    sides.split(gate, pair.later_by, keys_of(other.people))
    sides.split(other, pair.earlier_by, keys_of(gate.people))
    breaks = panel.breaks_between(before.version, wave.version)
    found = []
    for variable in chosen:
        tell(variable.label)
        if variable.code in breaks or variable.code not in other.asked:
            continue
        if panel.compared(variable, other.variables[variable.code]):
            found += [[variable.code, option] for option in pair.decide(variable)]
    return {
        "wave": before.slug,
        "name": before.name,
        "year": before.year,
        "sides": pair.as_json(),
        "compared": found,
        "breaks": {v.code: breaks[v.code] for v in chosen if v.code in breaks},
    }
