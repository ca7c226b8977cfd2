"""Room for the bounds of what may follow a loan, and time and wear as they count there."""

from threading import local
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from maillage.kernels.season.graph import LOST, Arcs, Graph, Reals, Words, bare
from maillage.kernels.season.problem import Ints


class Table(NamedTuple):
    """Room for the bounds of one family."""

    go_on: Reals  # (units, cells, m)
    other: Reals  # (units, cells, m), not going on with ``then`` directly
    then: Words  # (units, cells, m) bit of what goes on best, -1 for none
    after: Reals  # (m, cells + 1, units), as above, once a loan has ended
    after_other: Reals
    after_then: Words
    ends: NDArray[np.uint8]  # (m, cells + 1) whether a loan may end there
    adds: Ints  # (m,) units of wear of each


class Grid(NamedTuple):
    """Time in cells, wear in units, and the ways between loans in cells, rounded down."""

    step: int  # ticks of a cell, not more than the shortest duration
    unit: int  # ticks of a unit of wear, 0 forgets wear
    direct: Words  # (m + 1, m)
    over: Words  # (m + 1, m) over the depot


@njit(cache=True, nogil=True)
def in_cells(graph: Any, arcs: Any, step: int, unit: int) -> Any:
    """Lay out a ``Grid``. From one fixed loan to the next the direct way takes none."""
    m = len(arcs.loan)
    direct = np.empty((m + 1, m), np.int32)
    over = np.empty((m + 1, m), np.int32)
    for i in range(m + 1):
        is_fact = i == m or arcs.loan[i] >= graph.free
        for j in range(m):
            direct[i, j] = arcs.time[i, j] // step
            over[i, j] = (arcs.rest[i] + arcs.set_out[j]) // step
            if is_fact and arcs.loan[j] >= graph.free:
                direct[i, j] = 0
    return Grid(step, unit, direct, over)


class Desk(local):
    """Memory that each thread keeps for its tables: to get it anew costs more than to fill it."""

    def __init__(self) -> None:
        self.sheets: dict[str, NDArray[Any]] = {}

    def sheet(self, name: str, shape: tuple[int, ...], kind: Any) -> NDArray[Any]:
        """An array with whatever was left there."""
        size = int(np.prod(shape))
        flat = self.sheets.get(name)
        if flat is None or len(flat) < size:
            flat = self.sheets[name] = np.empty(size + size // 4, kind)
        return flat[:size].reshape(shape)


desk = Desk()


def table_of(graph: Graph, arcs: Arcs, grid: Grid) -> Table:
    """Make room for a table of bounds, the last one of the thread, and note when loans may end."""
    m = len(arcs.loan)
    cells = graph.horizon // grid.step + 1
    units = graph.wear_limit // grid.unit + 1 if grid.unit else 1
    before, behind = (units, cells, m), (m, cells + 1, units)
    room = Table(
        desk.sheet("go_on", before, np.float64),
        desk.sheet("other", before, np.float64),
        desk.sheet("then", before, np.int32),
        desk.sheet("after", behind, np.float64),
        desk.sheet("after_other", behind, np.float64),
        desk.sheet("after_then", behind, np.int32),
        np.zeros((m, cells + 1), np.uint8),
        np.zeros(m, np.int64),
    )
    room.go_on.fill(LOST)
    room.then.fill(-1)
    endings(graph, arcs, grid, room)
    return room


@bare
def endings(graph: Any, arcs: Any, grid: Any, room: Any) -> None:
    """Note when loans may end, and their wear."""
    step, unit = grid.step, grid.unit
    for a in range(len(arcs.loan)):
        loan = arcs.loan[a]
        if unit:
            room.adds[a] = graph.wears[loan] // unit
        for w in range(graph.window_at[loan], graph.window_at[loan + 1]):
            low = graph.first[w] + graph.duration[loan]
            high = graph.last[w] + graph.duration[loan]
            for cell in range(low // step, high // step + 1):
                room.ends[a, cell] = 1
