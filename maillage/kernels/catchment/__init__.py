"""Who can reach how much: floating catchments over pairs within reach."""

from maillage.kernels.catchment.decay import Decay, bands, exponential, gaussian, power
from maillage.kernels.catchment.methods import gravity, three_step, two_step
from maillage.kernels.catchment.months import by_month, monthly_access
from maillage.kernels.catchment.pairs import (
    Blocks,
    Pairs,
    pairs_in_blocks,
    pairs_within,
)
from maillage.kernels.catchment.rational import Equilibrium, equilibrium, raam

__all__ = [
    "Blocks",
    "Decay",
    "Equilibrium",
    "Pairs",
    "bands",
    "by_month",
    "equilibrium",
    "exponential",
    "gaussian",
    "gravity",
    "monthly_access",
    "pairs_in_blocks",
    "pairs_within",
    "power",
    "raam",
    "three_step",
    "two_step",
]
