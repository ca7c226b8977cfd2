"""The seasons of the benchmark: made up, or read from public files."""

import dataclasses

import numpy as np
import pytest

from benchmarks.season_instances import DAYS, HOLIDAYS, generate, runs
from benchmarks.season_public import files, problem_of, published, read, verify_file
from tests.kernels.season.small import stops

# Two tours, three vertices; vertex 2 is for odd tours in its first and third window.
FILE = """\
2 3 20 1 2 2 2 2 2 2 2 2 2
0 0.0 0.0 0.0 0.0 0 100
2 3.0 4.0 10.0 5.0 0 20 40 60 80 1 8 1 0 0 0 0 0 0 0 0 0
3 6.0 8.0 10.0 7.0 0 20 40 60 80 1 7 1 0 0 0 0 0 0 0 0 0
4 1.0 1.0 10.0 9.0 0 20 40 60 80 0 9 0 0 0 0 0 0 0 0 0 0
"""


def test_a_season_is_the_same_for_a_seed():
    one, same, other = (generate(8, 60, seed=seed) for seed in (1, 1, 2))

    for field in dataclasses.fields(one):
        np.testing.assert_array_equal(
            getattr(one, field.name), getattr(same, field.name)
        )
    assert one.option_value.tolist() != other.option_value.tolist()


def test_seasons_look_like_those_that_published_figures_rest_on():
    season = generate(60, 1500, seed=1)

    assert 80 <= season.copies <= 110  # 1.5 a group
    assert 2500 <= season.options <= 4500  # a third are for a theme
    asked = season.duration.sum() / (season.copies * DAYS)
    assert 0.5 <= asked <= 1.1
    assert (season.km == season.km.T).all()


def test_some_hosts_are_closed_in_the_holidays():
    season = generate(20, 300, seed=1)
    owner = season.option_request[season.window_option]
    ends = season.window_last + season.duration[owner]
    touched = np.zeros(season.requests, np.bool_)
    for closes, opens in HOLIDAYS:
        touched[owner[(season.window_first < opens) & (ends > closes)]] = True

    assert 0.3 < touched[np.unique(owner)].mean() < 0.9


def test_runs_of_true_values():
    assert runs(np.array([True, True, False, True])) == [(0, 1), (3, 3)]
    assert runs(np.zeros(3, np.bool_)) == []


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "mctopmtw").mkdir()
    (tmp_path / "mctopmtw/MCTOPMTW-2-tiny.txt").write_text(FILE, encoding="utf-8")
    return tmp_path


def tour(copy, vertex, start):
    return (copy, vertex, -1, -1, vertex + 1, start, start + 100)


def test_a_public_file_is_a_season(folder):
    (path,) = files(folder, which="2-tiny")
    problem = problem_of(read(path))

    assert (problem.copies, problem.requests, problem.horizon) == (2, 3, 1000)
    assert problem.travel[0].tolist() == [0, 50, 100, 14]
    assert problem.limit_capacity.tolist() == [20, 1, *[2] * 9]
    windows = {
        (int(problem.option_request[o]), int(problem.option_group[o]), int(a), int(b))
        for o, a, b in zip(
            problem.window_option,
            problem.window_first,
            problem.window_last,
            strict=True,
        )
    }
    assert {w for w in windows if w[0] == 0} == {
        (0, 0, 0, 200),
        (0, 0, 400, 600),
        (0, 1, 200, 400),
        (0, 1, 600, 800),
    }
    assert {w[1:] for w in windows if w[0] == 2} == {
        (1, 0, 200),
        (1, 400, 600),
        (0, 200, 400),
        (0, 600, 800),
    }


def test_right_tours_have_the_score_of_the_file(folder):
    (path,) = files(folder, which="all")
    problem = problem_of(read(path))

    assert verify_file(path, problem, stops(tour(0, 0, 50), tour(0, 2, 201))) == 14


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([tour(0, 0, 49)], "too early"),
        ([tour(0, 0, 50), tour(0, 1, 199)], "too early"),
        ([tour(0, 0, 250)], "closed"),
        ([tour(1, 0, 50)], "closed"),
        ([tour(0, 0, 50), tour(1, 0, 250)], "visited twice"),
        ([tour(0, 0, 50), tour(1, 1, 250)], "vertices of type 1"),
    ],
)
def test_wrong_tours_are_found_in_the_file(folder, rows, words):
    (path,) = files(folder, which="all")
    with pytest.raises(AssertionError, match=words):
        verify_file(path, problem_of(read(path)), stops(*rows))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("2 3 20 1", "2 3 16 1", "fees of 17.0"),
        ("0.0 0 100", "0.0 0 32", "home late"),
        ("2 3 20 1", "0 3 20 1", "odd tours"),
    ],
)
def test_limits_of_the_file_are_read(folder, old, new, words):
    (path,) = files(folder, which="all")
    problem = problem_of(read(path))
    path.write_text(FILE.replace(old, new), encoding="utf-8")
    with pytest.raises(AssertionError, match=words):
        verify_file(path, problem, stops(tour(0, 0, 50), tour(0, 2, 220)))


def test_published_values_are_read_where_they_are(folder):
    assert published(folder) == {}
    table = "vehicles,instance,published_best,published_average\n2,tiny,21,20.5\n"
    (folder / "mctopmtw_published.csv").write_text(table, encoding="utf-8")

    assert published(folder) == {"2-tiny": 21.0}
    assert files(folder, which="some") == []
