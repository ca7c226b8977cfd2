"""The cheapest pattern under all that is known of safe ones."""

from collections.abc import Sequence

import highspy
import numpy as np

from maillage.kernels.secrecy.attack import solver
from maillage.kernels.secrecy.guard import Cut
from maillage.kernels.secrecy.problem import Flags, Floats

#: With more cells than this, patterns are rounded from the relaxation.
FEW = 500


class Master:
    """Binary columns of cells, rows of cuts; ``bound`` is proven, and only rises."""

    def __init__(self, weight: Floats, *, must: Flags, never: Flags) -> None:
        self.weight, self.must, self.count = weight, must, len(weight)
        self.highs = solver()
        self.highs.setOptionValue("simplex_strategy", 1)
        self.highs.setOptionValue("presolve", "choose")
        self.highs.setOptionValue("mip_rel_gap", 0.0)
        self.highs.addVars(
            self.count, np.where(must, 1.0, 0.0), np.where(never, 0.0, 1.0)
        )
        every = np.arange(self.count, dtype=np.int32)
        self.highs.changeColsCost(self.count, every, weight)
        self.is_whole = bool((weight == np.rint(weight)).all())
        self.is_small = self.count - int((must | never).sum()) <= FEW
        if self.is_small:
            kind = np.full(self.count, 1, np.uint8)
            self.highs.changeColsIntegrality(self.count, every, kind)
        self.bound = float(weight[must].sum())
        self.is_exact = False

    def add(self, cuts: Sequence[Cut]) -> None:
        for cells, share in cuts:
            self.highs.addRow(1.0, np.inf, len(cells), cells.astype(np.int32), share)

    def choose(self) -> Flags:
        """A pattern that obeys the cuts; ``is_exact`` when none is cheaper."""
        self.highs.run()
        solution = np.array(self.highs.getSolution().col_value)
        info = self.highs.getInfo()
        status = self.highs.getModelStatus()
        self.is_exact = status == highspy.HighsModelStatus.kOptimal and self.is_small
        if self.is_small:
            bound = float(info.mip_dual_bound)
        elif status == highspy.HighsModelStatus.kOptimal:
            bound = float(info.objective_function_value)
        else:
            bound = self.bound
        if self.is_whole:
            bound = float(np.ceil(bound - 1e-6))
        self.bound = max(self.bound, bound)
        if len(solution) != self.count:
            return self.must.copy()
        chosen: Flags = (solution > 0.5) | self.must
        return chosen
