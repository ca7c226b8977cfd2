"""An attacker reads every published cell of a question and solves linear programmes.

They know how many answered in each kind and department. They do not use the gate's code.
"""

import itertools
from collections import Counter

import numpy as np
import pytest
from scipy.optimize import linprog

from maillage.core.disclosure import TOTAL
from maillage.surveys.results.people import kind_groups, people_of, respondents
from maillage.surveys.results.shown import Group, results_of
from maillage.surveys.results.variables import option_of
from tests.surveys.results import answered_wave, tell

pytestmark = pytest.mark.django_db


def truth_of(wave, variable, groups):
    """Respondents by (kind, department, option)."""
    found = Counter()
    for person in respondents(people_of(wave)):
        option = option_of(variable, person.answers.get(variable.code))
        if option is not None:
            found[groups[person.kind], person.department, option] += 1
    return found


def inside(group, place):
    if group.code == TOTAL:
        return True
    return place[0 if group.by == "kind" else 1] == group.code


def attack(found, variable, truth, *, groups):
    """(true number, least, most) of each hidden cell that holds anybody."""
    options = [code for code, _label in variable.options]
    places = sorted({(kind, department) for kind, department, _o in truth})
    columns = [(*place, option) for place in places for option in options]
    rank = {column: number for number, column in enumerate(columns)}
    rows, sums, hidden = [], [], []

    def row_of(cells):
        row = np.zeros(len(columns))
        row[[rank[cell] for cell in cells]] = 1
        return row

    for place in places:  # known without any table
        rows.append(row_of([(*place, option) for option in options]))
        sums.append(sum(truth[(*place, option)] for option in options))
    for group, option in itertools.product(groups, [*options, None]):
        cells = [
            column
            for column in columns
            if inside(group, column) and option in {None, column[2]}
        ]
        figure = (
            found.base(variable, group)
            if option is None
            else found.option(variable, option, group)["weighted"]
        )
        number = sum(truth[cell] for cell in cells)
        if figure.is_hidden:
            hidden.append((row_of(cells), number))
        else:
            assert figure.units == number
            rows.append(row_of(cells))
            sums.append(number)
    bounds = []
    for row, number in hidden:
        least, most = (
            sign * linprog(sign * row, A_eq=np.array(rows), b_eq=sums).fun
            for sign in (1, -1)
        )
        bounds.append((number, least, most))
    return bounds


@pytest.mark.parametrize("seed", [3, 4])
def test_nobody_tells_from_all_cells_that_fewer_than_three_gave_an_answer(seed):
    wave = answered_wave(slug=f"attaque-{seed}", seed=seed, number=70, asked=90)
    found = results_of(tell(wave, questions=["colour", "active", "mark"]))
    groups = kind_groups(people_of(wave))
    small = 0
    for variable in found.variables.values():
        truth = truth_of(wave, variable, groups)
        for number, least, most in attack(
            found, variable, truth, groups=found.all_groups
        ):
            assert least <= number <= most + 1e-6
            if 0 < number < 3:
                small += 1
                assert most >= number + 1 - 1e-6, (variable.code, number, least, most)
    assert small


def test_the_attacker_finds_what_one_hidden_cell_leaves():
    """The attack itself works: with one cell hidden alone it tells its number."""
    wave = answered_wave(slug="attaque-seule", number=40, asked=50)
    found = results_of(tell(wave, questions=["active"]))
    variable = found.variables["active"]
    groups = kind_groups(people_of(wave))
    truth = truth_of(wave, variable, groups)
    everybody = found.everybody
    assert not found.option(variable, "yes", everybody)["weighted"].is_hidden
    secret = found.option(variable, "yes", Group("kind", "no-such"))
    found._rows["active", "active/kind"][TOTAL, "yes"] = secret
    bounds = attack(found, variable, truth, groups=[everybody])

    assert [least for _n, least, _m in bounds] == [
        pytest.approx(most) for _n, _l, most in bounds
    ]
