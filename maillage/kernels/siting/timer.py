"""How much time is left, by a clock of the caller: this package has none."""

from collections.abc import Callable
from dataclasses import dataclass

from maillage.kernels.siting.problem import SitingError

#: Seconds since whenever, ``time.monotonic`` say.
Clock = Callable[[], float]


@dataclass(frozen=True)
class Timer:
    """Runs out when the clock says ``until``."""

    clock: Clock
    until: float

    @property
    def left(self) -> float:
        """Seconds left, below zero when they are over."""
        return self.until - self.clock()

    @property
    def is_over(self) -> bool:
        return self.left <= 0

    def part(self, share: float) -> "Timer":
        """A timer for a share of what is left."""
        now = self.clock()
        return Timer(self.clock, now + (self.until - now) * share)


def timer_of(seconds: float, clock: Clock) -> Timer:
    """Raises ``SitingError`` (``limit``) unless there is some time."""
    if not seconds > 0:
        raise SitingError("limit", "seconds must be above zero")
    return Timer(clock, clock() + seconds)
