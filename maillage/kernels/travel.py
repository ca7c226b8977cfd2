"""Road distances and times between points, when no routing server says them."""

import numpy as np

from maillage.kernels.geo import Floats, great_circle_km

#: A road is longer than the crow's flight: 1.30 ± 0.1 (doi:10.1038/s44260-024-00023-x).
DETOUR = 1.30
#: Minutes by car for great-circle kilometres, free flow, linear in between.
KM = np.array(
    [0, 2.6, 4, 6.3, 8.8, 12.7, 17.5, 22.5, 27.4, 34.7, 44.4, 60.2, 80.6, 99.6, 120.2,
     140.4, 162.8, 186.5, 209.8, 231.5]
)  # fmt: skip
MINUTES = np.array(
    [0, 5.5, 8.4, 12.3, 16.2, 21.6, 28.4, 34.9, 40.8, 49, 60.5, 70.1, 85, 98.4, 115.3,
     129.8, 147.3, 153.6, 172.6, 187.8]
)  # fmt: skip


def road_km(lon: Floats, lat: Floats, to_lon: Floats, to_lat: Floats) -> Floats:
    """Kilometres by road between points in degrees; the shapes broadcast.

    Raises ``ValueError`` for coordinates off the globe, as ``great_circle_km`` does.
    """
    return DETOUR * great_circle_km(lon, lat, to_lon, to_lat)


def car_minutes(crow_km: Floats) -> Floats:
    """Minutes by car for great-circle km, any shape, >= 0; beyond 231.5 km in proportion.

    Increasing, and zero for no distance.
    """
    crow = np.asarray(crow_km, dtype=float)
    beyond = np.maximum(crow - KM[-1], 0.0) * MINUTES[-1] / KM[-1]
    minutes: Floats = np.interp(crow, KM, MINUTES) + beyond
    return minutes
