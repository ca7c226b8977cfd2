"""What every process keeps in memory of the database, renewed when it has changed."""

import os
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")
K = TypeVar("K")


class Keeper(Generic[T, K]):
    """Holds one thing; many threads read it, one at a time renews it.

    fits : whether what is held is as the key says.
    renew : the new one, from the old one (``None`` at first) and the key.
    """

    PATIENCE = 0.05  # seconds to wait for another thread before showing what was

    def __init__(
        self, *, fits: Callable[[T, K], bool], renew: Callable[[T | None, K], T]
    ) -> None:
        self.fits, self.renew = fits, renew
        self.held: T | None = None
        self.unlock()
        # A fork copies a lock that another thread holds, and nobody to let it go.
        os.register_at_fork(after_in_child=self.unlock)

    def unlock(self) -> None:
        self.lock = threading.Lock()

    def now(self, key: Callable[[], K]) -> T:
        """What is held, as the key is now; the key is asked once when nothing changed."""
        held = self.held
        if held is None:
            self.lock.acquire()
        elif self.fits(held, key()) or not self.lock.acquire(timeout=self.PATIENCE):
            return held
        try:
            held, wanted = self.held, key()
            if held is None or not self.fits(held, wanted):
                self.held = held = self.renew(held, wanted)
            return held
        finally:
            self.lock.release()

    def forget(self) -> None:
        with self.lock:
            self.held = None
