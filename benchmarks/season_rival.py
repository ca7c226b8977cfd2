"""CP-SAT of OR-Tools on the same season, in a process of its own.

    echo '{"size": [20, 300], "seed": 1, "seconds": 30}' | python -m benchmarks.season_rival

One multiple circuit for each group; its nodes are the options, optional; an arc is a
leg, or a leg with maintenance; starts and wear are integer variables that grow along
the arcs; loans of a group are also a cumulative, which helps the bound. Money is
counted in hundredths, as the solver wants integers. ``hint`` is a plan to start from,
rows of copy, option, start and whether maintained before. Only what the benchmark's seasons
have: no fixed loans, no wear from before, no further limits, one depot for a group.
"""

import json
import os
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from ortools.sat.python import cp_model

from benchmarks.season_checker import verify_stops
from benchmarks.season_instances import from_module, generate
from maillage.kernels.season.problem import Ints, Problem, Stops

CENTS = 100

Windows = tuple[tuple[int, int], ...]


@dataclass
class Leg:
    """An arc of a group's circuit; -1 is the depot."""

    before: int
    after: int
    maintained: bool
    taken: Any


@dataclass
class Nodes:
    """The options of a group that have a window, and their variables."""

    option: list[int]
    taken: list[Any] = field(default_factory=list)
    wear: list[Any] = field(default_factory=list)


@dataclass
class Rival:
    """The model of a season, made group by group."""

    problem: Problem
    model: Any = field(default_factory=cp_model.CpModel)
    windows: dict[int, Windows] = field(default_factory=dict)
    starts: dict[tuple[int, Windows], Any] = field(default_factory=dict)
    served: dict[int, list[Any]] = field(default_factory=dict)
    legs: dict[int, list[Leg]] = field(default_factory=dict)
    nodes: dict[int, Nodes] = field(default_factory=dict)
    terms: list[tuple[int, Any]] = field(default_factory=list)

    def build(self) -> None:
        problem, model = self.problem, self.model
        for option, first, last in zip(
            problem.window_option.tolist(),
            problem.window_first.tolist(),
            problem.window_last.tolist(),
            strict=True,
        ):
            self.windows[option] = (*self.windows.get(option, ()), (first, last))
        for group in range(problem.groups):
            self.add_group(group)
        hosts: dict[int, list[Any]] = {}
        for request, literals in self.served.items():
            model.add_at_most_one(literals)
            hosts.setdefault(int(problem.host[request]), []).extend(literals)
        for host, literals in hosts.items():
            model.add(sum(literals) <= int(problem.host_limit[host]))
        model.maximize(sum(weight * literal for weight, literal in self.terms))

    def start(self, option: int) -> Any:
        """Options of one request with the same windows share their start."""
        key = (int(self.problem.option_request[option]), self.windows[option])
        if key not in self.starts:
            days = cp_model.Domain.from_intervals([list(w) for w in key[1]])
            self.starts[key] = self.model.new_int_var_from_domain(days, "")
        return self.starts[key]

    def add_group(self, group: int) -> None:
        problem, model = self.problem, self.model
        own = np.flatnonzero(problem.option_group == group)
        nodes = [option for option in own.tolist() if option in self.windows]
        owned = np.flatnonzero(problem.copy_group == group)
        if not nodes or not len(owned):
            return
        depot = int(problem.copy_depot[owned[0]])
        limit = int(problem.wear_limit[group])
        request = problem.option_request[nodes]
        place, lasts = problem.place[request], problem.duration[request]
        legs: list[Leg] = []
        mine = self.nodes[group] = Nodes(nodes)
        taken, wears, spans = mine.taken, mine.wear, []
        for rank, option in enumerate(nodes):
            literal = model.new_bool_var("")
            taken.append(literal)
            self.served.setdefault(int(request[rank]), []).append(literal)
            value = round(CENTS * float(problem.option_value[option]))
            self.terms.append((value, literal))
            wears.append(model.new_int_var(int(lasts[rank]), limit, ""))
            legs += [
                Leg(-1, rank, False, model.new_bool_var("")),
                Leg(rank, -1, False, model.new_bool_var("")),
            ]
        legs += self.between(group, nodes, place, lasts, depot)
        for leg in legs:
            self.rule(group, leg, nodes, place, lasts, depot, wears)
        arcs = [(leg.before + 1, leg.after + 1, leg.taken) for leg in legs]
        arcs += [(rank + 1, rank + 1, ~literal) for rank, literal in enumerate(taken)]
        model.add_multiple_circuit(arcs)
        model.add(sum(leg.taken for leg in legs if leg.before < 0) <= len(owned))
        for rank, option in enumerate(nodes):
            ways = np.delete(problem.travel[place[rank], place], rank)
            rest = int(problem.changeover[group]) + int(ways.min(initial=0))
            if len(ways) == 0:
                rest = 0
            spans.append(
                model.new_optional_fixed_size_interval_var(
                    self.start(option), int(lasts[rank]) + rest, taken[rank], ""
                )
            )
        model.add_cumulative(spans, [1] * len(spans), len(owned))
        self.legs[group] = legs

    def between(
        self, group: int, nodes: list[int], place: Ints, lasts: Ints, depot: int
    ) -> list[Leg]:
        """Legs from loan to loan that the windows leave."""
        problem = self.problem
        changeover = int(problem.changeover[group])
        first = np.array([min(self.windows[each])[0] for each in nodes])
        last = np.array([max(each[1] for each in self.windows[n]) for n in nodes])
        to, back = problem.travel[place, depot], problem.travel[depot, place]
        straight = problem.travel[np.ix_(place, place)] + changeover
        over = to[:, None] + int(problem.maintenance[group]) + back + changeover
        found = []
        for wait, maintained in ((straight, False), (over, True)):
            fits = (first + lasts)[:, None] + wait <= last
            np.fill_diagonal(fits, val=False)
            found += [
                Leg(int(i), int(j), maintained, self.model.new_bool_var(""))
                for i, j in np.argwhere(fits)
            ]
        return found

    def rule(
        self,
        group: int,
        leg: Leg,
        nodes: list[int],
        place: Ints,
        lasts: Ints,
        depot: int,
        wears: list[Any],
    ) -> None:
        """What a leg asks of the starts and of wear, and its cost."""
        problem, model = self.problem, self.model
        i, j = leg.before, leg.after
        here = depot if i < 0 else int(place[i])
        there = depot if j < 0 else int(place[j])
        km = problem.km
        if leg.maintained:
            way = float(km[here, depot]) + float(km[depot, there])
            wait = int(problem.travel[here, depot]) + int(problem.maintenance[group])
            wait += int(problem.travel[depot, there])
        else:
            way, wait = float(km[here, there]), int(problem.travel[here, there])
        cost = round(CENTS * way * float(problem.km_cost[group]))
        self.terms.append((-cost, leg.taken))
        if j < 0:
            return
        start = self.start(nodes[j])
        if i < 0:
            model.add(start >= wait).only_enforce_if(leg.taken)
            return
        wait += int(lasts[i]) + int(problem.changeover[group])
        before = self.start(nodes[i])
        model.add(start >= before + wait).only_enforce_if(leg.taken)
        if not leg.maintained:
            more = wears[i] + int(lasts[j])
            model.add(wears[j] >= more).only_enforce_if(leg.taken)

    def hint(self, rows: list[tuple[int, int, int, int]]) -> None:
        """Begin with a plan: rows of copy, option, start, maintained, in order."""
        problem, model = self.problem, self.model
        used: set[tuple[int, int, int, bool]] = set()  # group, before, after, rests
        wear: dict[int, int] = {}
        last: dict[int, tuple[int, int]] = {}  # copy: group, node
        for copy, option, start, rests in rows:
            group = int(problem.copy_group[copy])
            node = self.nodes[group].option.index(option)
            before = last.get(copy, (group, -1))[1]
            lasts = int(problem.duration[problem.option_request[option]])
            behind = self.nodes[group].option[before] if before >= 0 else -1
            wear[option] = lasts + (0 if rests or behind < 0 else wear[behind])
            used.add((group, before, node, bool(rests)))
            last[copy] = (group, node)
            model.add_hint(self.start(option), start)
        used |= {(group, node, -1, False) for group, node in last.values()}
        for group, legs in self.legs.items():
            for leg in legs:
                key = (group, leg.before, leg.after, leg.maintained)
                model.add_hint(leg.taken, key in used)
            mine = self.nodes[group]
            for option, literal, worn in zip(
                mine.option, mine.taken, mine.wear, strict=True
            ):
                model.add_hint(literal, option in wear)
                if option in wear:
                    model.add_hint(worn, wear[option])

    def stops(self, solver: Any) -> Stops:
        """The loans of the solution, group by group, copy by copy."""
        problem = self.problem
        rows: list[tuple[int, ...]] = []
        for group, legs in self.legs.items():
            nodes = self.nodes[group].option
            taken = [leg for leg in legs if solver.value(leg.taken)]
            after = {leg.before: leg for leg in taken if leg.before >= 0}
            copies = iter(np.flatnonzero(problem.copy_group == group).tolist())
            for first in (leg for leg in taken if leg.before < 0):
                copy, leg = next(copies), first
                while leg.after >= 0:
                    option = nodes[leg.after]
                    request = int(problem.option_request[option])
                    start = int(solver.value(self.start(option)))
                    end = start + int(problem.duration[request])
                    where = int(problem.place[request])
                    rows.append(
                        (copy, start, end, request, option, where, int(leg.maintained))
                    )
                    leg = after[leg.after]
        table = np.array(sorted(rows), np.int64).reshape(len(rows), 7)
        return Stops(
            copy=table[:, 0],
            start=table[:, 1],
            end=table[:, 2],
            request=table[:, 3],
            option=table[:, 4],
            place=table[:, 5],
            fixed=np.full(len(rows), -1),
            maintained=table[:, 6].astype(np.bool_),
        )


def solved(problem: Problem, ask: dict[str, Any]) -> dict[str, Any]:
    begin = time.perf_counter()
    rival = Rival(problem)
    rival.build()
    if ask.get("hint"):
        rival.hint(ask["hint"])
    built = time.perf_counter() - begin
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = max(1.0, ask["seconds"] - built)
    solver.parameters.num_workers = os.cpu_count() or 1
    solver.parameters.random_seed = ask["seed"]
    status = solver.solve(rival.model)
    found = {
        "rival_status": solver.status_name(status),
        "rival_value": None,  # it found no plan in its time
        "rival_bound": None,
        "rival_seconds": time.perf_counter() - begin,
        "rival_build_seconds": built,
    }
    if status in {cp_model.OPTIMAL, cp_model.FEASIBLE}:
        account = verify_stops(problem, rival.stops(solver))
        found["rival_value"] = account.value
        found["rival_bound"] = solver.best_objective_bound / CENTS
    return found


def main() -> None:
    ask = json.load(sys.stdin)
    groups, requests = ask["size"]
    if ask.get("instances"):
        path = Path(ask["instances"])
        problem = from_module(path, groups, requests, seed=ask["seed"])
    else:
        problem = generate(groups, requests, seed=ask["seed"])
    print(json.dumps(solved(problem, ask)))


if __name__ == "__main__":
    main()
