"""Work done by several threads, its results in order."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def spread(
    pool: ThreadPoolExecutor | None, work: Callable[[T], R], many: Iterable[T]
) -> list[R]:
    """Do work on many things, by the threads of a pool if there is one.

    The work must not wait for the same pool.
    """
    return list(map(work, many) if pool is None else pool.map(work, many))
