"""Threads that come at the same time have their work done in one go.

Whoever is first does the work of all who wait by then; it is as fast as alone when
nobody else is there, and the busier it gets the less each one costs.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class Ticket(Generic[T, R]):
    """One thread's work, and what came of it when it was done with that of others."""

    def __init__(self, work: T) -> None:
        self.work = work
        self.found: list[R] = []
        self.is_alone = False


class Together(Generic[T, R]):
    """``do`` gets the work of several threads and gives one result for each, in order.

    When it fails for several, each is done again alone, by the thread that asked:
    nobody gets another's error.
    """

    def __init__(self, do: Callable[[Sequence[T]], Sequence[R]], *, most: int) -> None:
        self.do, self.most = do, most
        self.waiting: deque[Ticket[T, R]] = deque()
        self.turn = threading.Lock()

    def __call__(self, work: T) -> R:
        mine: Ticket[T, R] = Ticket(work)
        self.waiting.append(mine)
        with self.turn:
            while not (mine.found or mine.is_alone):
                self.answer()
            found = mine.found or self.do([work])
        (result,) = found
        return result

    def answer(self) -> None:
        """Do what waits; who gets no result is to do it alone."""
        count = min(len(self.waiting), self.most)
        tickets = [self.waiting[rank] for rank in range(count)]
        if count > 1:
            with suppress(Exception):  # whose it is comes out when each is alone
                found = self.do([ticket.work for ticket in tickets])
                for ticket, result in list(zip(tickets, found, strict=True)):
                    ticket.found.append(result)
        for ticket in tickets:  # not before: a thread that dies leaves them to the next
            ticket.is_alone = not ticket.found
            self.waiting.popleft()
