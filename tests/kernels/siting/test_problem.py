"""What a question may look like, and what is refused."""

from time import monotonic

import numpy as np
import pytest
from hypothesis import given

from maillage.kernels.siting import problem
from maillage.kernels.siting.centre import centre
from maillage.kernels.siting.covering import covering
from maillage.kernels.siting.median import median
from maillage.kernels.siting.pareto import front
from maillage.kernels.siting.problem import SitingError, from_pairs, from_table
from tests.kernels.siting.oracles import questions

PAIR = {"demands": 1, "candidates": 1}


@pytest.mark.parametrize(
    ("code", "call"),
    [
        ("shape", lambda: from_table([1, 2])),
        ("no_demand", lambda: from_table(np.zeros((0, 3)))),
        ("no_candidate", lambda: from_table(np.zeros((3, 0)))),
        ("not_finite", lambda: from_table([[np.nan]])),
        ("not_finite", lambda: from_table([[-np.inf]], penalty=1)),
        ("negative", lambda: from_table([[-1]])),
        ("negative", lambda: from_table([[1]], weight=[-1])),
        ("not_finite", lambda: from_table([[1]], weight=[np.nan])),
        ("shape", lambda: from_table([[1]], weight=[1, 2])),
        ("not_finite", lambda: from_table([[1]], opening=[np.inf])),
        ("unknown_site", lambda: from_table([[1]], fixed=[1])),
        ("unknown_site", lambda: from_table([[1]], fixed=[-1])),
        ("penalty", lambda: from_table([[np.inf, 1]])),
        ("penalty", lambda: from_table([[np.inf, 5]], penalty=4)),
        ("penalty", lambda: from_table([[1]], penalty=np.nan)),
        ("shape", lambda: from_pairs([0], [0], [1, 2], **PAIR)),
        ("twice", lambda: from_pairs([0, 0], [0, 0], [1, 2], **PAIR)),
        ("unknown_site", lambda: from_pairs([1], [0], [1], **PAIR)),
        ("unknown_site", lambda: from_pairs([0], [-1], [1], **PAIR)),
        ("not_finite", lambda: from_pairs([0], [0], [np.inf], **PAIR)),
        ("no_demand", lambda: from_pairs([], [], [], demands=0, candidates=1)),
        ("no_candidate", lambda: from_pairs([], [], [], demands=1, candidates=0)),
        ("penalty", lambda: from_pairs([], [], [], **PAIR)),
    ],
)
def test_bad_questions_are_refused_by_name(code, call):
    with pytest.raises(SitingError) as raised:
        call()
    assert raised.value.code == code


@pytest.mark.parametrize(
    "ask",
    [
        lambda sites, new: median(sites, new, clock=monotonic),
        lambda sites, new: centre(sites, new, clock=monotonic),
        lambda sites, new: covering(sites, new, within=1, clock=monotonic),
        lambda sites, new: front(sites, new, within=1, clock=monotonic),
    ],
)
@pytest.mark.parametrize(
    ("code", "fixed", "new"),
    [
        ("too_many", [], 3),
        ("too_many", [0], 2),
        ("too_few", [], 0),
        ("too_few", [], -1),
    ],
)
def test_there_must_be_something_to_choose(ask, code, fixed, new):
    with pytest.raises(SitingError) as raised:
        ask(from_table(np.ones((2, 2)), fixed=fixed), new)
    assert raised.value.code == code


@pytest.mark.parametrize(
    "call",
    [
        lambda sites: median(sites, 1, seconds=0, clock=monotonic),
        lambda sites: centre(sites, 1, seconds=np.nan, clock=monotonic),
        lambda sites: covering(sites, 1, within=-1, clock=monotonic),
        lambda sites: covering(sites, 1, within=np.nan, clock=monotonic),
        lambda sites: front(sites, 1, within=np.inf, clock=monotonic),
        lambda sites: front(sites, 1, within=1, seconds=-1, clock=monotonic),
        lambda sites: front(sites, 1, within=1, levels=[np.nan], clock=monotonic),
    ],
)
def test_limits_must_make_sense(call):
    with pytest.raises(SitingError) as raised:
        call(from_table(np.ones((2, 2))))
    assert raised.value.code == "limit"


def test_more_pairs_than_memory_holds_are_refused(monkeypatch):
    monkeypatch.setattr(problem, "MOST_PAIRS", 3)
    for ask in (
        lambda: from_table(np.ones((2, 2))),
        lambda: from_pairs([0] * 4, range(4), [1] * 4, demands=1, candidates=4),
    ):
        with pytest.raises(SitingError) as raised:
            ask()
        assert raised.value.code == "size"


@given(question=questions())
def test_a_table_and_its_pairs_are_one_question(question):
    sites, table, _ = question
    demand, site = np.nonzero(np.isfinite(table))
    pairs = from_pairs(
        demand,
        site,
        table[demand, site],
        demands=len(table),
        candidates=table.shape[1],
        weight=sites.weight,
        fixed=sites.fixed,
        opening=sites.opening,
        penalty=sites.penalty,
    )
    for name in ("start", "site", "cost", "weight", "fixed", "opening"):
        np.testing.assert_array_equal(getattr(pairs, name), getattr(sites, name))


def test_nobody_at_all_is_served_for_nothing():
    sites = from_table(np.ones((3, 2)), weight=[0, 0, 0])
    assert median(sites, 1, clock=monotonic).value == 0
    assert covering(sites, 1, within=5, clock=monotonic).value == 0
    assert centre(sites, 1, clock=monotonic).value == 0
