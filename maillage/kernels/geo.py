"""Distances on the globe and who is nearest to whom."""

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

EARTH_KM = 6371.0088  # mean radius of the Earth, IUGG


def great_circle_km(lon: Floats, lat: Floats, to_lon: Floats, to_lat: Floats) -> Floats:
    """Distance between pairs of points along the surface of a sphere.

    The shapes broadcast: ``lon[:, None]`` with ``to_lon[None, :]`` gives a table.
    Symmetric, zero on the diagonal, never more than half a turn of the Earth, and
    it keeps the triangle inequality up to rounding.

    Parameters
    ----------
    lon, lat : first points, degrees, WGS 84
    to_lon, to_lat : second points, degrees

    Returns
    -------
    kilometres, in the shape that the four arguments broadcast to

    Raises
    ------
    ValueError
        If a latitude is outside [-90, 90] or a coordinate is not a finite number.

    Notes
    -----
    Haversine formula: Sinnott (1984), "Virtues of the Haversine", Sky and Telescope
    68(2), 159. The Earth is a sphere here: up to 0.5 % away from the ellipsoid.
    """
    _check(lon, lat)
    _check(to_lon, to_lat)
    a, b = np.radians(lat), np.radians(to_lat)
    across = np.radians(np.subtract(to_lon, lon))
    half = np.sin((b - a) / 2) ** 2 + np.cos(a) * np.cos(b) * np.sin(across / 2) ** 2
    distance: Floats = 2 * EARTH_KM * np.arcsin(np.sqrt(np.clip(half, 0.0, 1.0)))
    return distance


class Near:
    """An index of points that answers who is nearest, in O(log n) a question.

    The points stand on the unit sphere in three dimensions, where the straight
    line between two of them grows with the great circle, so that a k-d tree finds
    the same neighbours without any trouble at the poles or the date line.

    Parameters
    ----------
    lon, lat : (n,) degrees, WGS 84; n may be 0

    Raises
    ------
    ValueError
        If the shapes differ or a coordinate is impossible.
    """

    def __init__(self, lon: Floats, lat: Floats) -> None:
        lon, lat = np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
        if lon.ndim != 1 or lon.shape != lat.shape:
            raise ValueError("lon and lat must be two lists of one length")
        self.lon, self.lat = lon, lat
        self._tree = cKDTree(_on_sphere(lon, lat)) if len(lon) else None

    def __len__(self) -> int:
        return len(self.lon)

    def nearest(self, lon: float, lat: float, *, count: int = 1) -> tuple[Ints, Floats]:
        """Return the places of the ``count`` nearest points and their km, nearest first.

        Fewer come back where the index holds fewer points.
        """
        count = min(count, len(self))
        if self._tree is None or count < 1:
            return np.empty(0, dtype=np.int64), np.empty(0)
        _, found = self._tree.query(_on_sphere(lon, lat), k=np.arange(1, count + 1))
        places = np.asarray(found, dtype=np.int64)
        return places, self._km(lon, lat, places)

    def km_from(self, lon: Floats, lat: Floats) -> Floats:
        """Return the kilometres (n,) from each of many points to the nearest one.

        Infinite where the index is empty.
        """
        here = _on_sphere(lon, lat)
        if self._tree is None:
            return np.full(len(here), np.inf)
        _, found = self._tree.query(here)
        return great_circle_km(lon, lat, self.lon[found], self.lat[found])

    def within(self, lon: float, lat: float, *, km: float) -> tuple[Ints, Floats]:
        """Return the places of all points at most ``km`` away, nearest first."""
        if self._tree is None or km < 0:
            return np.empty(0, dtype=np.int64), np.empty(0)
        half_turn = np.clip(km / (2 * EARTH_KM), 0.0, np.pi / 2)
        chord = 2 * np.sin(half_turn) * (1 + 1e-9) + 1e-12
        found = self._tree.query_ball_point(_on_sphere(lon, lat), chord)
        places = np.asarray(found, dtype=np.int64)
        distance = self._km(lon, lat, places)
        order = np.argsort(distance, kind="stable")
        order = order[distance[order] <= km]
        return places[order], distance[order]

    def _km(self, lon: float, lat: float, places: Ints) -> Floats:
        here = np.array([lon]), np.array([lat])
        return great_circle_km(*here, self.lon[places], self.lat[places])


def _on_sphere(lon: Floats | float, lat: Floats | float) -> Floats:
    """Return (..., 3) points of the unit sphere."""
    x, y = np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
    _check(x, y)
    x, y = np.radians(x), np.radians(y)
    return np.stack([np.cos(y) * np.cos(x), np.cos(y) * np.sin(x), np.sin(y)], axis=-1)


def _check(lon: Floats, lat: Floats) -> None:
    if not (np.isfinite(lon).all() and np.isfinite(lat).all()):
        raise ValueError("a coordinate is not a finite number")
    if (np.abs(lat) > 90).any():
        raise ValueError("a latitude lies outside [-90, 90]")
