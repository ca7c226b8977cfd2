"""Minutes by road from a routing server (OSRM), where one is set.

https://project-osrm.org/docs/v5.24.0/api/#table-service: durations in seconds from
sources to destinations. Without a server, or when it does not answer, the caller uses
the travel model of ``kernels.travel``: a plan never waits for it.
"""

import json
import logging
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

log = logging.getLogger(__name__)
Floats = NDArray[np.float64]
#: Points of each side in one question: the usual limit of the server is 100 in all.
MOST = 50
TIMEOUT = 20.0


def minutes_between(
    demand: Floats, supply: Floats, i: NDArray[Any], j: NDArray[Any]
) -> Floats | None:
    """Minutes for the pairs ``i``, ``j``; None without a server that answers.

    A pair without a way is as far as can be (10,000 minutes): nobody goes there.
    """
    if not settings.OSRM:
        return None
    found = np.full(len(i), 10_000.0)
    rows, columns = i // MOST, j // MOST
    try:
        for row, column in sorted({*zip(rows.tolist(), columns.tolist(), strict=True)}):
            wanted = (rows == row) & (columns == column)
            a, b = np.unique(i[wanted]), np.unique(j[wanted])
            table = ask(demand[a], supply[b])
            at = np.searchsorted(a, i[wanted]), np.searchsorted(b, j[wanted])
            found[wanted] = table[at]
    except (URLError, OSError, ValueError, KeyError) as problem:
        log.warning("routing server: %s; the travel model serves instead", problem)
        return None
    return found


def ask(sources: Floats, destinations: Floats) -> Floats:
    """A table of minutes, (a, b)."""
    points = [f"{lon:.5f},{lat:.5f}" for lon, lat in (*sources, *destinations)]
    first = ";".join(str(k) for k in range(len(sources)))
    last = ";".join(str(k) for k in range(len(sources), len(points)))
    address = f"{settings.OSRM}/table/v1/driving/{';'.join(points)}"
    request = Request(f"{address}?sources={first}&destinations={last}")  # noqa: S310 -- the operator's own server
    with urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310 -- same
        told = json.load(answer)
    if told.get("code") != "Ok":
        raise ValueError(str(told.get("code")))
    seconds = [
        [600_000.0 if cell is None else float(cell) for cell in row]
        for row in told["durations"]
    ]
    return np.array(seconds) / 60.0
