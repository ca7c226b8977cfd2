"""Why cells are hidden: for the agency only, as the reason itself tells of the answers."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _

from maillage.core.disclosure import TOTAL
from maillage.surveys.results.people import Person, respondents
from maillage.surveys.results.shown import Cell, Group, Results
from maillage.surveys.results.variables import MANY, TEXTS, Variable, option_of


@dataclass(frozen=True)
class Hidden:
    """A question in the preview: how many cells are shown, and why others are not."""

    variable: Variable
    #: Respondents whose answer to it counts.
    answered: int
    shown: int
    cells: tuple[tuple[str, str], ...]

    @property
    def number(self) -> int:
        return len(self.cells)


def hidden_tables(results: Results, people: Sequence[Person]) -> list[Hidden]:
    groups = results.data["groups"]
    answered = respondents(people)
    found = []
    for variable in results.variables.values():
        counted = counts(variable, answered, groups)
        shown, cells = 0, []
        for group in results.all_groups:
            for cell in results.cells_of(variable, group):
                if cell.value.is_hidden:
                    cells.append((name_of(cell, group), reason(cell, group, counted)))
                else:
                    shown += 1
        number = counted["kind", TOTAL, ""]
        found.append(Hidden(variable, number, shown, tuple(cells)))
    return found


def name_of(cell: Cell, group: Group) -> str:
    what = cell.option_label or _("moyenne et total")
    return f"{group.label} · {what}"


def counts(
    variable: Variable, answered: Sequence[Person], groups: dict[str, str]
) -> Counter[tuple[str, str, str]]:
    """Respondents of each (dimension, code, option)."""
    found: Counter[tuple[str, str, str]] = Counter()
    for person in answered:
        own = {("kind", groups[person.kind]), ("department", person.department)}
        for option in {*options(variable, person)}:
            for by, code in {*own, ("kind", TOTAL)}:
                found[by, code, option] += 1
    return found


def options(variable: Variable, person: Person) -> list[str]:
    if variable.group:
        rows = person.rows.get(variable.code, ())
        given = [
            one for row in rows for one in (row if isinstance(row, list) else [row])
        ]
        return (
            ["", *(option_of(variable, one) or str(one) for one in given)]
            if rows
            else []
        )
    if variable.sort == TEXTS:
        return [*person.themes.get(variable.code, ()), ""]
    value = person.answers.get(variable.code)
    if variable.sort == MANY:
        return [*value, ""] if isinstance(value, list) else []
    found = option_of(variable, value)
    return [] if value is None else [found or "", ""]


def reason(cell: Cell, group: Group, counted: Counter[tuple[str, str, str]]) -> str:
    number = counted[group.by, group.code, cell.option]
    if 0 < number < settings.SECRECY_MINIMUM:
        return _("moins de %d réponses") % settings.SECRECY_MINIMUM
    if cell.measure != "share":
        return _("une réponse pèse presque tout, ou protège une autre case")
    return _("protège une autre case, que l’on trouverait par différence")
