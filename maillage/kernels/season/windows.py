"""Windows of options: joined where they touch, so that each start is in one."""

from typing import Any

import numpy as np
from numba import njit


@njit(cache=True)
def merged(count: Any, option: Any, first: Any, last: Any) -> Any:
    """Join windows of an option that touch; rows come by option, then first tick."""
    begin = np.zeros(count + 1, np.int64)
    kept = 0
    firsts, lasts = np.empty_like(first), np.empty_like(last)
    owner = -1
    for row in range(len(option)):
        if option[row] == owner and first[row] <= lasts[kept - 1] + 1:
            lasts[kept - 1] = max(lasts[kept - 1], last[row])
            continue
        owner = option[row]
        firsts[kept], lasts[kept] = first[row], last[row]
        kept += 1
        begin[owner + 1] += 1
    for each in range(count):
        begin[each + 1] += begin[each]
    return begin, firsts[:kept].copy(), lasts[:kept].copy()
