"""Find all spots within reach on the globe, compiled.

Supply is laid out in bands of latitude, each sorted by longitude; around a place of
demand only a window of some bands is looked at, so that the work grows with the pairs.
"""

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from maillage.kernels.checks import Floats, UnusableError, numbers
from maillage.kernels.geo import EARTH_KM

Ints = NDArray[np.int64]

#: Rounding of a chord of the unit sphere: some nanometres on the ground.
ROUNDING = 1e-15
#: Room for the rounding of an angle that only limits where to look.
MARGIN = 1e-9
BANDS_PER_REACH = 3
MOST_BANDS = 4096


class Spots(NamedTuple):
    """Points on the unit sphere, angles in radians."""

    lon: Floats  # (n,) in [-pi, pi)
    lat: Floats  # (n,)
    xyz: Floats  # (n, 3)


class Index(NamedTuple):
    """Spots by band of latitude, then by longitude."""

    spots: Spots  # sorted
    order: Ints  # (m,) which spot each was before
    start: Ints  # (bands + 1,)
    height: float  # of a band


def spots(points: Any, *, name: str) -> Spots:
    """Put ``points`` (n, 2), longitude and latitude in degrees, on the sphere."""
    found = numbers(points, name=name)
    if found.ndim != 2 or found.shape[1] != 2:
        raise UnusableError(
            "misshaped", f"{name} must have two columns, longitude and latitude"
        )
    if not len(found):
        raise UnusableError("empty", f"{name} must hold a point at least")
    if np.isinf(found).any() or (np.abs(found[:, 1]) > 90).any():
        raise UnusableError("infinite", f"{name} must lie on the globe")
    turned = np.mod(found[:, 0] + 180.0, 360.0) - 180.0
    lon, lat = np.radians(turned), np.radians(found[:, 1])
    return Spots(lon, lat, _xyz(lon, lat))


def index(of: Spots, *, reach: float) -> Index:
    """Lay ``of`` out for searches as far as ``reach``, an angle in radians."""
    height = max(reach / BANDS_PER_REACH, np.pi / MOST_BANDS)
    bands = int(np.ceil(np.pi / height)) + 1
    band = ((of.lat + np.pi / 2) / height).astype(np.int64)
    order = np.lexsort((of.lon, band))
    start = np.searchsorted(band[order], np.arange(bands + 1)).astype(np.int64)
    sorted_spots = Spots(of.lon[order], of.lat[order], of.xyz[order])
    return Index(sorted_spots, order, start, height)


@njit(cache=True, nogil=True)
def _xyz(lon: Any, lat: Any) -> Any:
    """Equal angles give equal points, wherever they stand in the arrays."""
    found = np.empty((len(lon), 3))
    for row in range(len(lon)):
        found[row, 0] = np.cos(lat[row]) * np.cos(lon[row])
        found[row, 1] = np.cos(lat[row]) * np.sin(lon[row])
        found[row, 2] = np.sin(lat[row])
    return found


@njit(cache=True, nogil=True)
def count(around: Any, found: Any, reach: Any, rows: Any) -> Any:
    """How many spots are within ``reach`` of each of ``rows`` of ``around``."""
    counts = np.zeros(rows[1] - rows[0], np.int64)
    spot = np.empty(len(found.order), np.int32)
    chord2 = np.empty(len(found.order))
    for row in range(rows[0], rows[1]):
        counts[row - rows[0]] = _near(around, row, found, reach, spot, chord2)
    return counts


@njit(cache=True, nogil=True)
def fill(around: Any, found: Any, reach: Any, rows: Any, total: Any) -> Any:
    """Rows, spots and great-circle km of all pairs of ``rows``, in their order."""
    i, j, km = np.empty(total, np.int32), np.empty(total, np.int32), np.empty(total)
    spot = np.empty(len(found.order), np.int32)
    chord2 = np.empty(len(found.order))
    limit = reach * EARTH_KM
    at = 0
    for row in range(rows[0], rows[1]):
        many = _near(around, row, found, reach, spot, chord2)
        spot[:many].sort()
        for rank in range(many):
            half = np.sqrt(chord2[spot[rank]]) / 2
            i[at], j[at] = row, spot[rank]
            km[at] = min(limit, 2 * EARTH_KM * np.arcsin(min(1.0, half)))
            at += 1
    return i, j, km


@njit(cache=True, nogil=True)
def _near(around: Any, row: Any, found: Any, reach: Any, out: Any, chord2: Any) -> Any:
    """Write the spots within ``reach`` into ``out``, in no order; say how many.

    The squares of their chords go to the places of the spots in ``chord2``.
    """
    lat, lon = around.lat[row], around.lon[row]
    chord = 2 * np.sin(min(reach, np.pi) / 2) + ROUNDING
    low = max(0, int((lat - reach - MARGIN + np.pi / 2) / found.height))
    high = int((lat + reach + MARGIN + np.pi / 2) / found.height)
    high = min(len(found.start) - 2, high)
    side = np.pi  # how far east and west the cap goes; all around near a pole
    if abs(lat) + reach < np.pi / 2 - MARGIN:
        side = np.arcsin(min(1.0, np.sin(reach) / np.cos(lat))) + MARGIN
    many = 0
    for band in range(low, high + 1):
        first, last = found.start[band], found.start[band + 1]
        if first == last:
            continue
        for turn in range(-1, 2):
            west = lon - side + turn * 2 * np.pi
            east = lon + side + turn * 2 * np.pi
            if side >= np.pi:
                if turn:
                    continue
                west, east = -4.0, 4.0
            if east < -np.pi or west > np.pi:
                continue
            at = first + np.searchsorted(found.spots.lon[first:last], west)
            while at < last and found.spots.lon[at] <= east:
                square = _chord2(around.xyz, row, found.spots.xyz, at)
                if square <= chord * chord:
                    out[many] = found.order[at]
                    chord2[found.order[at]] = square
                    many += 1
                at += 1
    return many


@njit(cache=True, nogil=True, inline="always")
def _chord2(here: Any, row: Any, there: Any, other: Any) -> Any:
    x = here[row, 0] - there[other, 0]
    y = here[row, 1] - there[other, 1]
    z = here[row, 2] - there[other, 2]
    return x * x + y * y + z * z
