"""Labels of a search: room for them, which of two is better, what may follow one."""

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from maillage.kernels.season.graph import Bits, Reals, Words, bare

ONE = np.uint64(1)


class Labels(NamedTuple):
    """Room for labels, one a row."""

    node: Words
    end: Words
    wear: Words
    value: Reals
    parent: Words
    is_kept: NDArray[np.uint8]  # 1: maintained just before; 2: given up
    seen: Bits  # (most, W) requests remembered
    odd: Bits  # cuts entered an odd number of times
    behind: Words  # the next label that ends at the same time
    below: Words  # the next settled label of the node, by falling value


@njit(cache=True, nogil=True)
def room(most: int, words: int) -> Any:
    return Labels(
        np.empty(most, np.int32),
        np.empty(most, np.int32),
        np.empty(most, np.int32),
        np.empty(most, np.float64),
        np.empty(most, np.int32),
        np.empty(most, np.uint8),
        np.empty((most, words), np.uint64),
        np.empty(most, np.uint64),
        np.empty(most, np.int32),
        np.empty(most, np.int32),
    )


@bare
def penalty(bits: Any, duals: Any) -> float:
    total = 0.0
    for b in range(len(duals)):
        if (bits >> np.uint64(b)) & ONE:
            total += duals[b]
    return total


@bare
def covers(labels: Any, one: int, other: int, exact: bool, duals: Any) -> bool:
    """Say whether whatever may follow ``other`` is no worse after ``one``.

    ``one`` is known to end no later and to be worth no less.
    """
    if labels.wear[one] > labels.wear[other]:
        return False
    if exact:
        for a in range(labels.seen.shape[1]):
            if labels.seen[one, a] & ~labels.seen[other, a]:
                return False
        if len(duals):
            more = labels.odd[one] & ~labels.odd[other]
            if more:
                left = labels.value[one] - penalty(more, duals)
                return bool(left >= labels.value[other] - 1e-9)
    return True


@njit(cache=True, nogil=True)
def gains(graph: Any, arcs: Any, worth: Any) -> Any:
    """Give what each request brings at most, over the cheapest way to it; by bit."""
    gain = np.zeros(64 * graph.memory.shape[1])
    gain_most(graph, arcs, worth, gain)
    return gain


@bare
def gain_most(graph: Any, arcs: Any, worth: Any, gain: Any) -> None:
    m = len(arcs.loan)
    for j in range(m):
        bit = graph.bit[arcs.loan[j]]
        if bit < 0:
            continue
        least = np.inf
        for i in range(m + 1):
            if i != j:
                least = min(least, arcs.cost[i, j], arcs.home[i] + arcs.out[j])
        gain[bit] = max(gain[bit], worth[j] - least)


@bare
def remaining(reach: Any, cell: int, seen: Any, label: int, gain: Any) -> float:
    """Bound what may follow a label: each request once that it may still serve."""
    total = 0.0
    for a in range(reach.shape[1]):
        left = reach[cell, a]
        if label >= 0:
            left &= ~seen[label, a]
        at = a * 64
        while left:
            if left & ONE:
                total += gain[at]
            left >>= ONE
            at += 1
    return total


@njit(cache=True, nogil=True)
def in_turn(labels: Any, first: int) -> Any:
    """Give the labels that end together, the best first."""
    count = linked(labels, first)
    turn = np.empty(count, np.int32)
    down = np.empty(count)
    follow_links(labels, first, turn, down)
    if count > 1:
        turn = turn[np.argsort(down, kind="mergesort")]
    return turn


@bare
def linked(labels: Any, first: int) -> int:
    """Count the labels that end together."""
    count = 0
    label = first
    while label >= 0:
        count += 1
        label = labels.behind[label]
    return count


@bare
def follow_links(labels: Any, first: int, turn: Any, down: Any) -> None:
    """List the labels that end together, and their values turned over."""
    label = first
    for q in range(len(turn)):
        turn[q] = label
        down[q] = -labels.value[label]
        label = labels.behind[label]


@njit(cache=True, nogil=True)
def trace(
    arcs: Any, labels: Any, best: Any, best_at: Any, threshold: float, columns: int
) -> Any:
    """Follow the best label of each last loan back to the depot."""
    order = np.argsort(-best, kind="mergesort")
    found = 0
    longest = 0
    for q in range(min(columns, len(order))):
        if best[order[q]] <= threshold:
            break
        found += 1
        length = 0
        label = best_at[order[q]]
        while label >= 0:
            length += 1
            label = labels.parent[label]
        longest = max(longest, length)
    steps = np.full((found, longest + 1), -1, np.int32)
    for q in range(found):
        length = 0
        label = best_at[order[q]]
        while label >= 0:
            length += 1
            label = labels.parent[label]
        label = best_at[order[q]]
        while label >= 0:
            length -= 1
            steps[q, length] = 2 * arcs.loan[labels.node[label]] + (
                labels.is_kept[label] & 1
            )
            label = labels.parent[label]
    return steps
