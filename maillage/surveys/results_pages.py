"""What the pages of results show, taken from the stored cells."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext as _

from maillage.core.charts import Chart, bars, figure
from maillage.core.disclosure import TOTAL, Figure
from maillage.surveys.results import blocks, panel, sides
from maillage.surveys.results.findings import in_words, key_findings
from maillage.surveys.results.shown import Group, Results, sections
from maillage.surveys.results.tables import DEPARTMENT, DIMENSIONS, KIND
from maillage.surveys.results.variables import TEXTS, Variable


def dimension_labels() -> dict[str, str]:
    return {KIND: _("selon la nature"), DEPARTMENT: _("selon le département")}


def common(results: Results) -> dict[str, Any]:
    wave = results.wave
    return {
        "wave": wave,
        "results": results,
        "release": results.release,
        "source": _("%(name)s, %(questionnaire)s")
        % {"name": wave.name, "questionnaire": wave.version.questionnaire.name},
        "has_panel": bool(results.data.get("panel")),
        "data_code": data_code(wave.slug),
    }


def data_code(slug: str) -> str:
    """What open data call the results of a wave."""
    return f"enquete-{slug}"


@dataclass(frozen=True)
class Choice:
    """A line of a menu."""

    value: str
    label: str
    is_on: bool = False


@dataclass(frozen=True)
class Menu:
    label: str
    choices: tuple[Choice, ...]


def group_menus(results: Results, group: Group) -> list[Menu]:
    names = {KIND: _("Par nature"), DEPARTMENT: _("Par département")}
    return [
        Menu(
            names[by],
            tuple(
                Choice(each.value, each.label, each.value == group.value)
                for each in results.groups(by)
            ),
        )
        for by in DIMENSIONS
    ]


@dataclass(frozen=True)
class Part:
    """A page of the questionnaire with the questions of it that are shown."""

    key: str
    label: str
    blocks: tuple[blocks.Block, ...]


def detail(results: Results, group: Group, *, section: str = "") -> dict[str, Any]:
    found = sections(list(results.variables.values()))
    keys = [str(rank) for rank in range(1, len(found) + 1)]
    section = section if section in keys else ""
    parts = [
        Part(
            key,
            label,
            tuple(blocks.block(results, variable, group) for variable in variables),
        )
        for key, (label, variables) in zip(keys, found, strict=True)
        if section in {"", key}
    ]
    asked = results.asked(results.everybody)
    answered = results.answered(results.everybody)
    return {
        "group": group,
        "is_everybody": group.code == TOTAL,
        "menus": group_menus(results, group),
        "all_parts": [
            Choice(key, label, key == section)
            for key, (label, _v) in zip(keys, found, strict=True)
        ],
        "section": section,
        "parts": parts,
        "findings": key_findings(results, list(results.variables.values())),
        "asked": asked,
        "answered": answered,
        "answered_words": answered_words(asked, answered),
        "rate": results.rate(results.everybody),
        "turnout": [
            (by, blocks.turnout(results, by), turnout_chart(results, by))
            for by in DIMENSIONS
        ],
    }


def turnout_chart(results: Results, by: str) -> Chart:
    """The rates; its table has the numbers too."""
    drawn = blocks.turnout_chart(results, by)
    head = drawn.table.columns[0]
    columns = (head, _("interrogées"), _("réponses"), _("taux de réponse (%)"))
    rows = tuple(
        (
            line.label, blocks.cell_text(line.asked), blocks.cell_text(line.answered),
            blocks.cell_text(line.rate),
        )
        for line in blocks.turnout(results, by)
    )  # fmt: skip
    return replace(drawn, table=replace(drawn.table, columns=columns, rows=rows))


def answered_words(asked: Figure, answered: Figure) -> str:
    if not asked.value or answered.value is None:
        return ""
    return in_words(answered.value / asked.value)


# Two questions ---------------------------------------------------------------------


@dataclass(frozen=True)
class Crossed:
    """What a page of a cross table was asked: a question, and by what."""

    variable: Variable
    by: str
    questions: tuple[Choice, ...]
    bys: tuple[Choice, ...]

    def context(self, results: Results) -> dict[str, Any]:
        if self.by in DIMENSIONS:
            grid = blocks.grid_by(results, self.variable, self.by)
        else:
            one = results.variables[self.by]
            grid = blocks.grid_cross(results, one, self.variable)
        return {
            "variable": self.variable,
            "by": self.by,
            "questions": self.questions,
            "bys": self.bys,
            "grid": grid,
            "notes": blocks.notes_of(self.variable),
            "base": blocks.base_text(results, self.variable, results.everybody),
        }


def asked_cross(results: Results, question: str, by: str) -> Crossed:
    """What is asked, or the first that there is instead of what there is not."""
    known = {v.code: v for v in results.variables.values() if v.options}
    variable = known.get(question) or next(iter(known.values()))
    labels = dimension_labels()
    for one, two in results.crossings:
        if two == variable.code:
            labels[one] = results.variables[one].label
    by = by if by in labels else KIND
    return Crossed(
        variable,
        by,
        tuple(Choice(v.code, v.label, v is variable) for v in known.values()),
        tuple(Choice(code, label, code == by) for code, label in labels.items()),
    )


# From one wave to another ----------------------------------------------------------


@dataclass(frozen=True)
class Changed:
    """A question of two waves: what changed, and why."""

    variable: Variable
    label: str
    text: str
    earlier: str
    later: str
    chart: Chart | None
    parts: tuple[tuple[str, str], ...]


def change(results: Results, waves: Sequence[Results]) -> dict[str, Any]:
    data = results.data.get("panel") or {}
    told = panel.Told.from_json(data["sides"]) if data else None
    return {
        "panel": data,
        "people": people_facts(told) if told else [],
        "changes": [
            changed(results.variables[code], option, told)
            for code, option in data.get("compared", [])
            if told and code in results.variables
        ],
        "series_breaks": [
            (results.variables[code], reason)
            for code, reason in data.get("breaks", {}).items()
            if code in results.variables
        ],
        "trends": trends(results, waves) if len(waves) > 1 else [],
    }


def people_facts(told: panel.Told) -> list[dict[str, Any]]:
    both = told.people(panel.EARLIER, sides.STAY)
    left = told.people(panel.EARLIER, sides.ALONE)
    new = told.people(panel.LATER, sides.ALONE)
    return [
        {"label": _("ont répondu aux deux éditions"), "figure": both},
        {"label": _("à la première seulement"), "figure": left},
        {"label": _("à la seconde seulement"), "figure": new},
    ]


def changed(variable: Variable, option: str, told: panel.Told) -> Changed:
    parts, figures = told.change(variable, option)
    is_share = option != "mean"
    factor, places = 100 if is_share else 1, told.decimals(variable, option)
    unit = _("points") if is_share else variable.unit
    label = variable.labels.get(option, "") if is_share else _("moyenne")
    before, after = (
        blocks.cell_text(
            figures[f"{name}/{TOTAL}/mean"], factor=factor, decimals=min(places, 1),
            unit="%" if is_share else variable.unit,
        )
        for name in (panel.EARLIER, panel.LATER)
    )  # fmt: skip
    if parts is None:
        text = _("Une partie du changement est couverte par le secret statistique")
        return Changed(variable, label, text, before, after, None, ())
    rows = [
        (_("Changement"), factor * parts.change),
        (_("Chez les mêmes structures"), factor * parts.same),
        (_("Effet des arrivées"), factor * parts.entrants),
        (_("Effet des départs"), factor * parts.leavers),
    ]
    text = changed_text(parts.change * factor, parts.same * factor, places)
    drawn = bars(
        text, rows, unit=unit, decimals=places, column=_("Part du changement"),
        marked=frozenset({rows[0][0]}),
    )  # fmt: skip
    words = tuple((name, signed(value, places, unit)) for name, value in rows)
    return Changed(variable, label, text, before, after, drawn, words)


def signed(value: float, places: int, unit: str = "") -> str:
    text = figure(value, places, unit=unit)
    return f"+{text}" if round(value, places) > 0 else text


def changed_text(whole: float, same: float, places: int) -> str:
    """What changed; the unit stands beside it."""
    if round(whole, places) == 0:
        return _("Rien ne change")
    facts = {"whole": signed(whole, places), "same": signed(same, places)}
    return _("%(whole)s au total, %(same)s chez les mêmes structures") % facts


def trends(results: Results, waves: Sequence[Results]) -> list[blocks.Trend]:
    """Each question that is in two waves at least, over all of them."""
    versions = [one.wave.version for one in waves]
    found = []
    for variable in results.variables.values():
        if variable.group or variable.sort == TEXTS:
            continue
        option, unit = blocks.scale_or_share(variable)
        history = []
        for one in waves:
            there = one.variables.get(variable.code)
            same = there is not None and there.sort == variable.sort
            value = blocks.followed(one, there, option) if same and there else None
            history.append((str(one.wave.year), value))
        if sum(value is not None for _year, value in history) < 2:
            continue
        broken = breaks_of(results, variable, waves, versions)
        found.append(
            blocks.trend(
                variable, history, broken=broken, unit=unit,
                answer=variable.labels.get(option, ""),
            )
        )  # fmt: skip
    return found


def breaks_of(
    results: Results, variable: Variable, waves: Sequence[Results], versions: Any
) -> dict[str, str]:
    """The years from which a question is another series, and why."""
    found = {}
    for rank in range(1, len(waves)):
        data = waves[rank].data.get("panel") or {}
        reason = data.get("breaks", {}).get(variable.code)
        if reason and versions[rank - 1].pk != versions[rank].pk:
            found[str(waves[rank].wave.year)] = reason
    return found
