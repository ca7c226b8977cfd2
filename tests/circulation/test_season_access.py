"""The access map of a season: who has something to see near home."""

import numpy as np

from maillage.circulation.services import season_access
from maillage.circulation.services.season_access import AccessMap

LILLE, AMIENS, LAON = (3.06, 50.63), (2.3, 49.89), (3.62, 49.56)


def three_towns():
    lon, lat = np.array([LILLE, AMIENS, LAON]).T
    return AccessMap(
        ("59350", "80021", "02408"), lon, lat, np.array([230e3, 130e3, 25e3]),
        venues=((*LILLE, 250.0),),
    )  # fmt: skip


def test_a_spot_is_measured_once_however_often_it_is_asked(monkeypatch):
    asked = []

    def measured(lon, lat, to_lon, to_lat):
        asked.extend(zip(to_lon.tolist(), to_lat.tolist(), strict=True))
        return np.hypot(lon - to_lon, lat - to_lat) * 100

    monkeypatch.setattr(season_access, "road_km", measured)
    towns = three_towns()

    first = towns.km([(*AMIENS, 7.0), (*LILLE, 7.0), (*AMIENS, 21.0)])
    again = towns.km([(*LILLE, 1.0), (*LAON, 1.0)])

    assert sorted(asked) == sorted([LILLE, AMIENS, LAON])
    assert first.shape == (3, 3)
    np.testing.assert_array_equal(first[:, 0], first[:, 2])
    np.testing.assert_array_equal(first[:, 1], again[:, 0])
    assert (np.argmin(first, axis=0) == [1, 0, 1]).all()
    assert towns.km([]).shape == (3, 0)


def test_people_are_newly_reached_by_a_loan_near_them_alone():
    towns = three_towns()

    assert towns.newly_reached([], [(*LAON, 21.0)]) == 25_000
    assert towns.newly_reached([(*LAON, 21.0)], [(*LAON, 21.0)]) == 0
    assert towns.newly_reached([], [(*LILLE, 21.0)]) == 0  # has a venue
    assert towns.newly_reached([], []) == 0
