"""CP-SAT of OR-Tools on the same p-median: who opens, who goes where.

    echo '{"path": "pmed1.txt", "seconds": 9}' | python -m benchmarks.siting_rival

A process of its own, for its library and that of HiGHS do not go together.
The textbook model of Balinski (1965), doi:10.1287/mnsc.12.3.253: each demand goes to one
candidate, which is open; so many are open. All cores, no hint. Costs are whole numbers.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

from ortools.sat.python import cp_model

from benchmarks import pmed
from maillage.kernels.siting.problem import Floats


def median(table: Floats, new: int, *, seconds: float) -> dict[str, Any]:
    """Value, bound and seconds of the search; the model is built before they count."""
    model = cp_model.CpModel()
    is_open = [model.new_bool_var("") for _ in range(table.shape[1])]
    model.add(sum(is_open) == new)
    terms, costs = [], []
    for row in table.astype(int).tolist():
        goes = [model.new_bool_var("") for _ in range(table.shape[1])]
        model.add_exactly_one(goes)
        for there, opened in zip(goes, is_open, strict=True):
            model.add_implication(there, opened)
        terms += goes
        costs += row
    model.minimize(cp_model.LinearExpr.weighted_sum(terms, costs))
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = seconds
    start = time.perf_counter()
    status = solver.solve(model)
    has_any = status in (cp_model.OPTIMAL, cp_model.FEASIBLE)
    return {
        "value": solver.objective_value if has_any else None,
        "bound": solver.best_objective_bound,
        "seconds": time.perf_counter() - start,
    }


def main() -> None:
    ask = json.load(sys.stdin)
    table, new = pmed.read(Path(ask["path"]))
    print(json.dumps(median(table, new, seconds=ask["seconds"])))


if __name__ == "__main__":
    main()
