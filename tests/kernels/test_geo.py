import numpy as np
import pytest
from hypothesis import given, strategies as st

from maillage.kernels.geo import EARTH_KM, Near, great_circle_km

lons = st.floats(-180, 180)
lats = st.floats(-90, 90)
points = st.tuples(lons, lats)
clouds = st.lists(points, min_size=1, max_size=30)


def km(a, b):
    return float(great_circle_km(*np.array(a), *np.array(b)))


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ((2.29541, 49.89342), (3.07086, 50.63089), 98.9),  # Amiens to Lille
        ((0, 0), (0, 90), EARTH_KM * np.pi / 2),
        ((0, 0), (180, 0), EARTH_KM * np.pi),
        ((179.5, 0), (-179.5, 0), EARTH_KM * np.pi / 180),  # over the date line
        ((12, 90), (-55, 90), 0),  # one pole, whatever the longitude
    ],
)
def test_known_distances_are_found(start, end, expected):
    assert km(start, end) == pytest.approx(expected, abs=0.3)


@given(a=points, b=points, c=points)
def test_distance_is_a_metric(a, b, c):
    assert km(a, a) == 0
    assert km(a, b) == pytest.approx(km(b, a), abs=1e-6)
    assert 0 <= km(a, b) <= EARTH_KM * np.pi + 1e-6
    assert km(a, c) <= km(a, b) + km(b, c) + 1e-3


def test_a_table_of_distances_comes_from_broadcasting():
    lon, lat = np.array([2.3, 3.07, 1.6]), np.array([49.9, 50.6, 50.7])
    table = great_circle_km(lon[:, None], lat[:, None], lon, lat)
    assert table.shape == (3, 3)
    np.testing.assert_allclose(table, table.T)
    assert not table.diagonal().any()


@given(cloud=clouds, here=points, count=st.integers(1, 40))
def test_the_nearest_are_those_that_a_full_scan_finds(cloud, here, count):
    lon, lat = np.array(cloud).T
    places, distance = Near(lon, lat).nearest(*here, count=count)

    everyone = np.sort(great_circle_km(np.array(here[0]), np.array(here[1]), lon, lat))
    assert len(places) == min(count, len(cloud)) == len(set(places.tolist()))
    np.testing.assert_allclose(np.sort(distance), everyone[: len(places)], atol=0.2)


@given(cloud=clouds, here=points, radius=st.floats(0, 21_000))
def test_those_within_a_radius_are_those_that_a_full_scan_finds(cloud, here, radius):
    lon, lat = np.array(cloud).T
    places, distance = Near(lon, lat).within(*here, km=radius)

    every = great_circle_km(np.array(here[0]), np.array(here[1]), lon, lat)
    assert (distance <= radius).all()
    assert (np.diff(distance) >= 0).all()
    assert set(np.flatnonzero(every <= radius - 0.2)) <= set(places.tolist())


@given(cloud=clouds, there=clouds)
def test_how_far_many_points_are_is_how_far_each_is(cloud, there):
    near = Near(*np.array(cloud).T)

    found = near.km_from(*np.array(there).T)

    each = [near.nearest(*point)[1][0] for point in there]
    np.testing.assert_allclose(found, each, atol=0.2)


def test_an_empty_index_answers_with_nothing():
    near = Near(np.empty(0), np.empty(0))
    assert len(near) == 0
    assert [len(part) for part in near.nearest(2, 50, count=3)] == [0, 0]
    assert [len(part) for part in near.within(2, 50, km=10)] == [0, 0]
    assert near.km_from(np.zeros(2), np.zeros(2)).tolist() == [np.inf, np.inf]


@pytest.mark.parametrize("point", [(0.0, 90.1), (np.nan, 0.0), (0.0, np.inf)])
def test_an_impossible_point_is_refused(point):
    with pytest.raises(ValueError, match=r"latitude|finite"):
        great_circle_km(*np.array(point), np.array(0.0), np.array(0.0))
    with pytest.raises(ValueError, match=r"latitude|finite"):
        Near(np.array([point[0]]), np.array([point[1]]))


def test_lists_of_two_lengths_are_refused():
    with pytest.raises(ValueError, match="one length"):
        Near(np.zeros(2), np.zeros(3))
