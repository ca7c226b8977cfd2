import numpy as np
import pytest
from hypothesis import example, given, strategies as st
from hypothesis.extra.numpy import arrays

from maillage.kernels.catchment import Pairs, pairs_in_blocks, pairs_within
from maillage.kernels.geo import great_circle_km
from maillage.kernels.travel import car_minutes

LON, LAT = st.floats(-200, 200), st.floats(-90, 90)


def points(most, lon=LON, lat=LAT):
    return st.lists(st.tuples(lon, lat), min_size=1, max_size=most).map(
        lambda rows: np.array(rows, dtype=float)
    )


def table(demand, supply):
    a, b = demand[:, None], supply[None, :]
    return great_circle_km(a[..., 0], a[..., 1], b[..., 0], b[..., 1])


def compare(demand, supply, km):
    """A pair is there when it is near enough, either way within some micrometres."""
    found = pairs_within(demand, supply, km=km)
    exact = table(demand, supply)
    is_there = np.zeros(exact.shape, dtype=bool)
    is_there[found.i, found.j] = True

    assert is_there[exact < km - 1e-8].all()
    assert not is_there[exact > km + 1e-8].any()
    np.testing.assert_allclose(found.km, exact[found.i, found.j], atol=1e-8)
    assert (np.diff(found.i * exact.shape[1] + found.j.astype(np.int64)) > 0).all()
    assert (found.km <= km).all()


@given(points(12), points(9), st.floats(0, 15_000))
@example(np.array([[180.0, 10.0]]), np.array([[-180.0, 10.0]]), 0.0)
@example(np.array([[179.9, 60.0]]), np.array([[-179.9, 60.0], [181.0, 60.0]]), 80.0)
@example(np.array([[0.0, 89.9]]), np.array([[180.0, 89.9], [90.0, 90.0]]), 30.0)
@example(np.array([[0.0, -90.0]]), np.array([[77.0, -90.0]]), 1.0)
def test_all_pairs_in_reach_are_found_anywhere_on_the_globe(demand, supply, km):
    compare(demand, supply, km)


@given(
    points(25, st.floats(1.4, 4.3), st.floats(48.8, 51.1)),
    points(25, st.floats(1.4, 4.3), st.floats(48.8, 51.1)),
    st.floats(0, 120),
)
def test_all_pairs_in_reach_are_found_in_a_region(demand, supply, km):
    compare(demand, supply, km)


def test_many_pairs_are_those_of_the_whole_table():
    rng = np.random.default_rng(4)
    demand = rng.uniform((1.4, 48.8), (4.3, 51.1), (700, 2))
    supply = rng.uniform((1.4, 48.8), (4.3, 51.1), (500, 2))

    found = pairs_within(demand, supply, km=35)

    i, j = np.nonzero(table(demand, supply) <= 35)
    assert len(found) > 20_000
    np.testing.assert_array_equal(found.i, i)
    np.testing.assert_array_equal(found.j, j)


def test_a_distance_just_as_long_as_the_limit_is_in():
    demand, supply = np.array([[3.0, 50.0]]), np.array([[3.31, 50.22]])
    away = table(demand, supply)[0, 0]

    assert len(pairs_within(demand, supply, km=away)) == 1
    assert len(pairs_within(demand, supply, km=away * (1 - 1e-9))) == 0


def test_as_far_as_the_other_end_of_the_world_everything_is_in():
    demand, supply = np.array([[0.0, 0.0], [5.0, 50.0]]), np.array([[180.0, 0.0]])

    assert len(pairs_within(demand, supply, km=25_000)) == 2


@given(points(30), points(6), st.floats(0, 9000), st.integers(1, 40))
def test_blocks_are_the_same_pairs_whole_rows_at_a_time(demand, supply, km, most):
    whole = pairs_within(demand, supply, km=km)
    blocks = pairs_in_blocks(demand, supply, km=km, most=most)

    for _ in range(2):  # they can be read as often as one likes
        parts = list(blocks.parts())
        for name in ("i", "j", "km"):
            joined = np.concatenate([getattr(part, name) for part in parts])
            np.testing.assert_array_equal(joined, getattr(whole, name))
        rows = [row for part in parts for row in np.unique(part.i)]
        assert len(rows) == len(set(rows))
        assert all(len(part) <= max(most, len(supply)) for part in parts)
    assert len(blocks) == len(whole)
    assert blocks.shape == whole.shape == (len(demand), len(supply))


def test_minutes_by_car_are_those_of_the_travel_model():
    demand = np.array([[2.0, 50.0], [2.5, 50.1]])
    found = pairs_within(demand, demand[::-1], km=60).by_car()
    block = next(pairs_in_blocks(demand, demand[::-1], km=60).by_car().parts())

    np.testing.assert_array_equal(found.cost, car_minutes(found.km))
    np.testing.assert_array_equal(found.cost, block.cost)
    assert found.cost is found.minutes


def test_minutes_of_a_routing_server_take_the_place_of_kilometres():
    found = pairs_within([[2.0, 50.0]], [[2.0, 50.0], [2.1, 50.0]], km=60)

    assert found.cost is found.km
    assert found.in_minutes([3, np.inf]).cost.tolist() == [3, np.inf]


SPOT = [[3.0, 50.0]]


@pytest.mark.parametrize(
    ("demand", "supply", "km", "code"),
    [
        (np.zeros((0, 2)), SPOT, 10, "empty"),
        (SPOT, np.zeros((0, 2)), 10, "empty"),
        (SPOT, [3.0, 50.0], 10, "misshaped"),
        (SPOT, [[3.0, 50.0, 1.0]], 10, "misshaped"),
        (SPOT, [["here", "there"]], 10, "misshaped"),
        ([[np.nan, 50.0]], SPOT, 10, "not_a_number"),
        ([[np.inf, 50.0]], SPOT, 10, "infinite"),
        ([[3.0, 90.5]], SPOT, 10, "infinite"),
        (SPOT, SPOT, -1, "negative"),
        (SPOT, SPOT, np.nan, "negative"),
    ],
)
def test_points_that_make_no_sense_are_refused(demand, supply, km, code):
    for search in (pairs_within, pairs_in_blocks):
        with pytest.raises(ValueError, match="must") as no:
            search(demand, supply, km=km)
        assert no.value.code == code


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"i": [0, 2]}, "misshaped"),
        ({"j": [-1, 0]}, "misshaped"),
        ({"j": [0, 2**32]}, "misshaped"),
        ({"i": [0.5, 1.0]}, "misshaped"),
        ({"i": [0]}, "misshaped"),
        ({"i": [1, 0]}, "unordered"),
        ({"i": [0, 0]}, "unordered"),
        ({"km": [-1.0, 0.0]}, "negative"),
        ({"km": [np.nan, 0.0]}, "not_a_number"),
        ({"km": [np.inf, 0.0]}, "infinite"),
        ({"minutes": [1.0, -1.0]}, "negative"),
        ({"minutes": [1.0]}, "misshaped"),
        ({"minutes": [1.0, np.nan]}, "not_a_number"),
    ],
)
def test_pairs_that_make_no_sense_are_refused(wrong, code):
    right = {"i": [0, 1], "j": [0, 0], "km": [1.0, 2.0], "shape": (2, 1)}
    values = {
        name: value if name == "shape" else np.array(value)
        for name, value in (right | wrong).items()
    }

    with pytest.raises(ValueError, match="must") as no:
        Pairs(**values)
    assert no.value.code == code


def test_a_block_without_room_is_refused():
    with pytest.raises(ValueError, match="hold a pair"):
        pairs_in_blocks(SPOT, SPOT, km=1, most=0)


@given(arrays(float, (5, 2), elements=st.floats(-89, 89)))
def test_nobody_within_reach_is_no_pair_and_no_error(spots):
    found = pairs_within(spots, [[0.0, 90.0]], km=1)

    assert len(found) == 0
    assert found.shape == (5, 1)
