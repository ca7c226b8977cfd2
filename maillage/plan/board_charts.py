"""Drawings of the plan, from the plain values of its board."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from maillage.core.charts import Branch, Chart, Leaf, Mark, Table, figure, treemap
from maillage.core.charts.drawing import LETTER, PHONE, Key, mark, nothing, words
from maillage.core.dates import day_words
from maillage.core.money import format_cents
from maillage.plan.action_choices import Status

ROW = 22.0
WIDE = 900.0
#: The place of names at the left of the time line.
NAMES = 330.0
COLOURS = {
    Status.PLANNED: "cat-6", Status.UNDER_WAY: "cat-1", Status.DONE: "cat-3",
    Status.SUSPENDED: "cat-5", Status.ABANDONED: "rest",
}  # fmt: skip
#: Never colour alone: each status has its letter.
LETTERS = {
    Status.PLANNED: "P", Status.UNDER_WAY: "C", Status.DONE: "R",
    Status.SUSPENDED: "S", Status.ABANDONED: "A",
}  # fmt: skip
#: As many as fit on one page of paper; the table says all of them.
MOST_ROWS = 50


def percent_words(percent: int | None) -> str:
    return _("aucune action") if percent is None else figure(percent, unit="%")


def leaves_of(
    data: dict[str, Any],
) -> list[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """The axes and chapters of a board, each with what actions hang under."""
    by_code = {node["code"]: node for node in data["nodes"]}
    tops = [node for node in data["nodes"] if node["parent"] is None]
    found: dict[str, list[dict[str, Any]]] = {top["code"]: [] for top in tops}
    for node in data["nodes"]:
        top = node
        while top["parent"] in by_code:
            top = by_code[top["parent"]]
        if node["is_workable"] and top["code"] in found:
            found[top["code"]].append(node)
    return [(top, found[top["code"]]) for top in tops]


def own_actions(data: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Actions by the node that they hang under, without those below it."""
    found: dict[str, list[dict[str, Any]]] = {}
    for action in data["actions"]:
        found.setdefault(action["node"], []).append(action)
    return found


def tree_table(data: dict[str, Any]) -> Table:
    rows = [
        (
            f"{node['code']} {node['name']}",
            str(node["actions"]),
            percent_words(node["percent"]),
            format_cents(node["forecast_cents"]),
            format_cents(node["spent_cents"]),
        )
        for _top, nodes in leaves_of(data)
        for node in nodes
    ]
    columns = (_("Piste"), _("Actions"), _("Avancement calculé"), _("Prévu"), _("Dépensé"))  # fmt: skip
    return Table(columns, tuple(rows))


def progress_tree(data: dict[str, Any]) -> Chart:
    """One rectangle a lead, all of one size, shaded by what is computed."""
    branches = [
        Branch(
            f"{top['code']} {top['name']}",
            tuple(
                Leaf(
                    n["code"], n["name"], 1.0, n["percent"], percent_words(n["percent"])
                )
                for n in nodes
            ),
        )
        for top, nodes in leaves_of(data)
    ]
    total = data["total"]
    title = _("%(taken)s pistes sur %(all)s ont une action") % {
        "taken": figure(total["leads_taken"]), "all": figure(total["leads"]),
    }  # fmt: skip
    return treemap(
        title, branches, table=tree_table(data), unit=_("avancement calculé")
    )


def money_tree(data: dict[str, Any]) -> Chart:
    """One rectangle a lead that has money, its area what is forecast, no cent twice."""
    own = own_actions(data)
    branches = []
    for top, nodes in leaves_of(data):
        leaves = []
        for node in nodes:
            cents = sum(a["forecast_cents"] for a in own.get(node["code"], []))
            told = format_cents(cents)
            leaves.append(Leaf(node["code"], node["name"], float(cents), node["percent"], told))  # fmt: skip
        branches.append(Branch(f"{top['code']} {top['name']}", tuple(leaves)))
    title = _("%s sont prévus pour les actions du plan") % format_cents(
        data["total"]["forecast_cents"]
    )
    return treemap(title, branches, table=tree_table(data), unit=_("euros prévus"))


def days_of(data: dict[str, Any]) -> tuple[dt.date, dt.date]:
    today = dt.date.fromisoformat(data["day"])
    days = [today]
    for action in data["actions"]:
        days.append(dt.date.fromisoformat(action["starts_on"]))
        if action["ends_on"]:
            days.append(dt.date.fromisoformat(action["ends_on"]))
    return min(days).replace(month=1, day=1), max(days)


def time_line(data: dict[str, Any]) -> Chart:
    """A bar an action, from its first to its last day; the day of the figures as a line."""
    actions = data["actions"][:MOST_ROWS]
    table = Table(
        (_("Action"), _("Début"), _("Fin"), _("Déclaré"), _("Calculé")),
        tuple(
            (
                f"{a['node']} {a['title']}",
                day_words(dt.date.fromisoformat(a["starts_on"])),
                end_words(a["ends_on"]),
                str(Status(a["status"]).label),
                percent_words(a["percent"]),
            )
            for a in data["actions"]
        ),
    )
    title = _("Les actions dans le temps")
    if not actions:
        return nothing(title, table, unit="")
    first, last = days_of(data)
    today = dt.date.fromisoformat(data["day"])
    desc = _("%(number)s actions ; la ligne verticale est le %(day)s.") % {
        "number": figure(len(actions)), "day": day_words(today),
    }  # fmt: skip
    left = len(data["actions"]) - len(actions)
    note = _("%s autres actions sont dans le tableau.") % figure(left) if left else ""
    facts = (actions, first, last, today)
    narrow = Lines(width=PHONE, names=0.0, row=ROW + 18.0, bar=16.0)
    wide = Lines(width=WIDE, names=NAMES, row=ROW, bar=0.0)
    small = Chart(title, desc, narrow.marks(*facts), PHONE, narrow.height(actions), table)  # fmt: skip
    return Chart(
        title, desc, wide.marks(*facts), WIDE, wide.height(actions), table,
        legend=status_legend(), sort="wide", note=note, narrow=small,
    )  # fmt: skip


@dataclass(frozen=True)
class Lines:
    """How the time line is laid out; ``bar`` is how far a bar stands below its name."""

    width: float
    #: The place of names at the left; 0: they stand above their bars.
    names: float
    row: float
    bar: float

    def height(self, actions: list[dict[str, Any]]) -> float:
        return ROW + self.row * len(actions)

    def marks(
        self,
        actions: list[dict[str, Any]],
        first: dt.date,
        last: dt.date,
        today: dt.date,
    ) -> tuple[Mark, ...]:
        span = max((last - first).days, 1)

        def at(day: dt.date) -> float:
            return self.names + (self.width - self.names) * (day - first).days / span

        height = self.height(actions)
        most = 8 if self.names else 4
        marks = years(first, last, at, height, most=most)
        marks.append(mark("line", x1=at(today), x2=at(today), y1=ROW - 4, y2=height, stroke_="cat-2", stroke_width=2.0, hint=day_words(today)))  # fmt: skip
        for n, action in enumerate(actions):
            marks += bar(action, ROW + self.row * n, at, last, lines=self)
        return tuple(marks)


def end_words(day: str | None) -> str:
    if day is None:
        return _("sans fin prévue")
    return day_words(dt.date.fromisoformat(day) - dt.timedelta(1))


def years(
    first: dt.date, last: dt.date, at: Any, height: float, *, most: int
) -> list[Mark]:
    found = []
    step = max(-(-(last.year - first.year) // most), 1)
    for year in range(first.year, last.year + 1, step):
        x = at(dt.date(year, 1, 1))
        found += [
            mark("line", x1=x, x2=x, y1=ROW - 4, y2=height, stroke_="grid"),
            words(x + 2, 13, str(year)),
        ]
    return found


def bar(
    action: dict[str, Any], top: float, at: Any, last: dt.date, *, lines: Lines
) -> list[Mark]:
    status = Status(action["status"])
    start = at(dt.date.fromisoformat(action["starts_on"]))
    end = at(dt.date.fromisoformat(action["ends_on"]) if action["ends_on"] else last)
    low = top + lines.bar
    name = f"{action['node']} {action['title']}"
    most = int((lines.names or lines.width) / LETTER) - 1
    said = name if len(name) <= most else f"{name[: most - 1]}…"
    hint = f"{name} : {status.label}, {percent_words(action['percent'])}"
    return [
        words(0, top + 14, said, fill="ink", halo=not lines.names),
        mark("rect", x=start, y=low + 3, width=max(end - start, 3.0), height=14.0, fill_=COLOURS[status], hint=hint),
        mark("rect", x=start, y=low + 3, width=LETTER + 6, height=14.0, fill_="paper", stroke_="rest"),
        words(start + 3, low + 14, LETTERS[status], fill="ink", strong=True),
    ]  # fmt: skip


def status_legend() -> tuple[Key, ...]:
    return tuple(
        Key(
            f"{LETTERS[status]} : {status.label}",
            (
                mark(
                    "rect", x=6.0, y=1.0, width=20.0, height=14.0, fill_=COLOURS[status]
                ),
            ),
        )
        for status in Status
    )
