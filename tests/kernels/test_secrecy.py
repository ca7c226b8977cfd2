import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from scipy import sparse
from scipy.optimize import linprog

from benchmarks.secrecy_attacker import Attacker, disclosures
from benchmarks.secrecy_tables import made, of, random_tables, rectangle
from maillage.kernels.secrecy.problem import Problem, Reason, SecrecyError
from maillage.kernels.secrecy.protect import protect


def grid(counts):
    """A table with totals whose inner cells have so many units, and no measure."""
    counts = np.array(counts)
    rows, columns = counts.shape
    atom = np.repeat(np.arange(rows * columns), counts.ravel())
    inner = np.arange(rows * columns).reshape(rows, columns)
    cells = [frozenset([one]) for one in inner.ravel().tolist()]
    cells += [frozenset(line.tolist()) for line in [*inner, *inner.T]]
    cells.append(frozenset(range(rows * columns)))
    values = np.zeros((0, len(atom)))
    return of("grid", cells, atom, values, atoms=rows * columns)


def line(*groups, **more):
    """Groups of units with values, side by side, with their total."""
    atom = np.repeat(np.arange(len(groups)), [len(group) for group in groups])
    cells = sparse.csr_matrix(np.vstack([np.eye(len(groups)), np.ones(len(groups))]))
    values = np.array([[value for group in groups for value in group]], float)
    return Problem(cells=cells, atom=atom, values=values, **more)


def test_one_unsafe_cell_of_a_table_takes_three_others():
    """The textbook case: two cells in two rows and two columns are the least."""
    made_up = grid([[1, 10, 10], [10, 10, 10], [10, 10, 10]])
    pattern = protect(made_up.problem)

    assert pattern.hidden.sum() == 4
    assert pattern.bound == 4
    assert pattern.reason[0] == Reason.TOO_FEW
    assert disclosures(made_up.published, pattern.hidden.tolist()) == []


def test_two_unsafe_cells_share_what_is_hidden_for_them():
    pattern = protect(grid([[1, 10, 10], [10, 2, 10], [10, 10, 10]]).problem)

    assert pattern.hidden.sum() == pattern.bound == 4


def test_a_safe_table_is_shown_whole():
    pattern = protect(grid([[9, 4], [3, 8]]).problem)

    assert not pattern.hidden.any()
    assert pattern.solved == 0


def test_cells_without_units_are_shown_and_help_to_hide_nothing():
    pattern = protect(grid([[1, 0, 9], [0, 9, 9], [9, 9, 9]]).problem)

    assert pattern.reason[1] == pattern.reason[3] == Reason.EMPTY
    assert not pattern.hidden[[1, 3]].any()
    assert pattern.hidden.sum() == 4


def test_a_hidden_sum_of_two_museums_is_not_told_to_either():
    """Two cells of one museum each: whoever knows its own would know the other's."""
    pattern = protect(line([100.0], [80.0], [50.0] * 9, [50.0] * 9))

    assert pattern.hidden[[0, 1]].all()
    assert pattern.hidden[:4].sum() >= 3 or pattern.hidden[4]


def test_the_count_hides_with_the_sum():
    """A museum of nine tenths of its cell: the cell is hidden, though it has ten units."""
    pattern = protect(line([9_000.0, *[100.0] * 9], [500.0] * 9, [500.0] * 9))

    assert pattern.reason[0] == Reason.DOMINANCE
    assert pattern.hidden.sum() == 2


def test_dominance_counts_only_where_it_applies():
    groups = [9_000.0, *[100.0] * 9], [500.0] * 9
    pattern = protect(line(*groups, dominance_applies=np.array([False])))

    assert not pattern.hidden.any()


def test_a_difference_of_overlapping_territories_is_protected():
    """A group of ten, nine of which are another group: the tenth is no cell at all."""
    ten = frozenset(range(10))
    cells = [ten, ten - {9}, frozenset(range(20))]
    pattern = protect(made("overlap", cells, np.full((1, 20), 7.0)).problem)

    assert pattern.hidden[:2].any()
    assert pattern.hidden.sum() == 1


def test_zero_is_a_secret_too():
    """Two museums without a visitor: their sum must not be known to be zero."""
    pattern = protect(line([0.0, 0.0], [5.0] * 5, [5.0] * 5))

    assert pattern.hidden[0]
    assert pattern.hidden.sum() == 2


def test_costs_choose_what_is_hidden():
    plain = grid([[1, 10, 10], [10, 10, 10], [10, 10, 10]]).problem
    weight = np.ones(16)
    weight[1] = weight[4] = 50.0
    pattern = protect(
        Problem(cells=plain.cells, atom=plain.atom, values=plain.values, weight=weight)
    )

    assert not pattern.hidden[[1, 4]].any()
    assert pattern.cost == 4


def test_what_was_shown_stays_shown_and_what_was_hidden_stays_hidden():
    groups = [5.0], [5.0] * 6, [5.0] * 7, [5.0] * 8
    shown = np.array([False, True, False, False, True])
    hidden = np.array([False, False, False, True, False])
    pattern = protect(line(*groups, published=shown, hidden=hidden))

    assert pattern.hidden.tolist() == [True, False, False, True, False]
    assert pattern.reason[3] == Reason.BEFORE


def test_what_was_shown_may_have_told_too_much():
    groups = [5.0], [5.0] * 6
    shown = np.array([False, True, True])

    with pytest.raises(SecrecyError) as error:
        protect(line(*groups, published=shown))
    assert error.value.code == "published_unsafe"


def test_the_same_problem_has_the_same_pattern():
    problem = random_tables(7).problem

    assert (protect(problem).hidden == protect(problem).hidden).all()


def test_a_cell_that_tells_nothing_of_a_measure_does_not_hide_for_it():
    groups = [9_000.0, *[100.0] * 9], [500.0] * 9
    silent = np.array([[False, True, True]])
    pattern = protect(line(*groups, publishes=silent))

    assert not pattern.hidden[0] or pattern.reason[0] != Reason.DOMINANCE
    assert pattern.hidden.sum() == 1  # the other, or the total, which tell the sum


@settings(max_examples=25, deadline=None)
@given(st.integers(10_000, 10**6))
def test_no_attacker_reads_random_tables(seed):
    made_up = random_tables(seed)
    pattern = protect(made_up.problem, effort=200)

    assert disclosures(made_up.published, pattern.hidden.tolist()) == []
    assert pattern.bound <= pattern.cost + 1e-6
    unsafe = np.isin(pattern.reason, (Reason.TOO_FEW, Reason.DOMINANCE))
    assert pattern.hidden[unsafe].all()
    assert not pattern.hidden[pattern.reason == Reason.EMPTY].any()


def test_the_attacker_does_read_what_only_hides_unsafe_cells():
    """An attacker that never finds anything would prove nothing."""
    made_up = grid([[1, 10, 10], [10, 10, 10], [10, 10, 10]])
    told = disclosures(made_up.published, [True, *[False] * 15])

    assert [(one.measure, one.atoms) for one in told] == [(-1, frozenset([0]))]
    assert told[0].high == pytest.approx(1)


def afresh(attacker, hidden, atoms, side, known):
    """The same question, asked of SciPy, which keeps nothing from the last one."""
    given_ = attacker.published
    rows = {True: [], False: []}
    for cell, is_hidden in zip(given_.cells, hidden, strict=True):
        row = np.zeros(given_.atoms)
        row[list(cell)] = 1.0
        rows[bool(is_hidden)].append(row)
    cost = np.zeros(given_.atoms)
    cost[list(atoms)] = side
    bounds = [
        (attacker.truth[a],) * 2 if a in known else (0.0, attacker.most[a])
        for a in range(given_.atoms)
    ]
    more = {}
    if rows[False]:
        shown = np.array(rows[False])
        more |= {"A_eq": shown, "b_eq": shown @ attacker.truth}
    if rows[True] and attacker.measure < 0:
        more |= {"A_ub": -np.array(rows[True]), "b_ub": -np.ones(len(rows[True]))}
    return side * linprog(cost, bounds=bounds, **more).fun


@pytest.mark.parametrize("seed", range(8))
def test_the_attacker_is_as_strong_as_one_that_begins_afresh(seed):
    made_up = random_tables(seed)
    hidden = protect(made_up.problem, effort=100).hidden
    for measure in range(-1, made_up.problem.measures):
        attacker = Attacker(made_up.published, hidden, measure)
        alone = [a for a, held in enumerate(attacker.held) if len(held) == 1][:2]
        for atoms in attacker.sets()[:25]:
            for side, known in ((1, set()), (-1, set(alone) - atoms)):
                edge, _ = attacker.extreme(atoms, side, known)
                expected = afresh(attacker, hidden, atoms, side, known)
                assert edge == pytest.approx(expected, rel=1e-6, abs=1e-4)


@pytest.mark.parametrize("columns", [1, 2, 3])
def test_small_tables_are_proven_optimal_by_enumeration(columns):
    draw = np.random.default_rng(columns)
    for _ in range(3):
        made_up = rectangle(draw, 2, columns + 1, 14, np.zeros((0, 14)))
        pattern = protect(made_up.problem)
        assert pattern.hidden.sum() == fewest(made_up, pattern)


def fewest(made_up, pattern):
    """The least number of hidden cells, by trying all patterns that hide fewer."""
    unsafe = np.isin(pattern.reason, (Reason.TOO_FEW, Reason.DOMINANCE))
    free = np.flatnonzero(~unsafe & (pattern.reason != Reason.EMPTY))
    best = int(pattern.hidden.sum())
    for number in range(2 ** len(free)):
        chosen = [one for rank, one in enumerate(free) if number >> rank & 1]
        if unsafe.sum() + len(chosen) >= best:
            continue
        hidden = unsafe.copy()
        hidden[chosen] = True
        if not disclosures(made_up.published, hidden.tolist(), first_only=True):
            best = int(hidden.sum())
    return best


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"values": np.array([[np.nan, 1.0]])}, "not_finite"),
        ({"values": np.array([[-1.0, 1.0]])}, "negative"),
        ({"values": np.ones((1, 3))}, "shape"),
        ({"atom": np.array([0, 5])}, "shape"),
        ({"weight": np.ones(2)}, "shape"),
        ({"weight": np.zeros(3)}, "parameter"),
        ({"publishes": np.ones((1, 2), np.bool_)}, "shape"),
        ({"dominance_applies": np.ones(2, np.bool_)}, "shape"),
        ({"minimum": 0}, "parameter"),
        ({"dominance": 1.0}, "parameter"),
        ({"spread": 0.0}, "parameter"),
        ({"cells": sparse.csr_matrix((0, 2))}, "empty"),
        (
            {"published": np.ones(3, np.bool_), "hidden": np.ones(3, np.bool_)},
            "published_and_hidden",
        ),
    ],
)
def test_what_is_no_problem_is_refused(change, code):
    given_ = {
        "cells": sparse.csr_matrix(np.array([[1, 0], [0, 1], [1, 1]])),
        "atom": np.array([0, 1]),
        "values": np.ones((1, 2)),
    }

    with pytest.raises(SecrecyError) as error:
        Problem(**given_ | change)
    assert error.value.code == code
