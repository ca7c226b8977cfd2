"""What kernels refuse to count with, said with a code."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

#: The product of two of these can still be written down.
MOST = 1e150


class UnusableError(ValueError):
    """Arrays that no honest figure can come from.

    ``code`` is for programs: ``misshaped``, ``empty``, ``not_a_number``, ``infinite``,
    ``negative``, ``nobody`` or ``unordered``.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def amounts(
    values: ArrayLike, *, name: str, shape: tuple[int, ...] | None = None
) -> Floats:
    """Finite numbers >= 0, one or more of them, of ``shape`` if that is given."""
    found = numbers(values, name=name)
    if shape is None and found.ndim != 1:
        raise UnusableError("misshaped", f"{name} must be a list of numbers")
    if shape is not None and found.shape != shape:
        raise UnusableError(
            "misshaped", f"{name} must have shape {shape}, not {found.shape}"
        )
    if found.size == 0:
        raise UnusableError("empty", f"{name} must not be empty")
    if (np.abs(found) > MOST).any():
        raise UnusableError("infinite", f"{name} must be finite")
    if (found < 0).any():
        raise UnusableError("negative", f"{name} must not be negative")
    return found


def numbers(values: ArrayLike, *, name: str) -> Floats:
    """Floats of any shape, without NaN."""
    try:
        found = np.asarray(values, dtype=np.float64, order="C")
    except (TypeError, ValueError) as fault:
        raise UnusableError("misshaped", f"{name} must be numbers") from fault
    if np.isnan(found).any():
        raise UnusableError("not_a_number", f"{name} must not hold NaN")
    return found
