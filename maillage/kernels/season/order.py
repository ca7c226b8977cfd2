"""Work in an order that rows cannot choose: by a hash of seed and key, then map back."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from maillage.kernels.season.problem import Floats, Ints, Problem, Stops


def mixed(keys: Ints, *, seed: int) -> NDArray[np.uint64]:
    """Hash keys with the seed, one to one: two keys never meet.

    Notes
    -----
    The finaliser of splitmix64: Steele, Lea and Flood (2014), "Fast splittable
    pseudorandom number generators", OOPSLA 2014, 453-472.
    """
    with np.errstate(over="ignore"):
        start = np.uint64(seed & (2**64 - 1)) * np.uint64(0x9E3779B97F4A7C15)
        z = np.asarray(keys).astype(np.uint64) + start + np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return np.asarray(z ^ (z >> np.uint64(31)))


def inverse(order: Ints) -> Ints:
    back = np.empty(len(order), np.int64)
    back[order] = np.arange(len(order))
    return back


@dataclass(frozen=True, kw_only=True)
class Ordered:
    """A problem in its own order, and the rank that each of its rows had before."""

    problem: Problem
    group: Ints
    copy: Ints
    request: Ints
    option: Ints
    fixed: Ints

    def stops(self, stops: Stops) -> Stops:
        """Name the loans as the caller does, by copy and start."""
        copy = self.copy[stops.copy]
        rows = np.lexsort((stops.start, copy))
        return Stops(
            copy=copy[rows],
            request=renamed(stops.request, self.request)[rows],
            option=renamed(stops.option, self.option)[rows],
            fixed=renamed(stops.fixed, self.fixed)[rows],
            place=stops.place[rows],
            start=stops.start[rows],
            end=stops.end[rows],
            maintained=stops.maintained[rows],
        )

    def group_price(self, price: Floats) -> Floats:
        given = np.zeros(len(price))
        given[self.group] = price
        return given


def renamed(ranks: Ints, names: Ints) -> Ints:
    """Give each rank its name, -1 staying -1."""
    return np.append(names, -1)[ranks]


def ordered(problem: Problem, *, seed: int) -> Ordered:
    """Put groups and requests in the order of their hashes, all else behind them."""
    group = np.argsort(mixed(problem.group_key, seed=seed), kind="stable")
    request = np.argsort(mixed(problem.request_key, seed=seed), kind="stable")
    to_group, to_request = inverse(group), inverse(request)
    windows = np.lexsort(
        (problem.window_last, problem.window_first, problem.window_option)
    )
    first = np.zeros(problem.options, np.int64)
    total = np.zeros(problem.options, np.int64)
    owner = problem.window_option[windows]
    np.add.at(
        total, owner, problem.window_last[windows] - problem.window_first[windows]
    )
    first[owner[::-1]] = problem.window_first[windows][::-1]
    option = np.lexsort(
        (
            total,
            first,
            problem.option_value,
            to_request[problem.option_request],
            to_group[problem.option_group],
        )
    )
    to_option = inverse(option)
    windows = np.lexsort(
        (
            problem.window_last,
            problem.window_first,
            to_option[problem.window_option],
        )
    )
    copy = copy_order(problem, to_group)
    to_copy = inverse(copy)
    fixed = np.lexsort((problem.fixed_start, to_copy[problem.fixed_copy]))
    terms = np.lexsort((to_request[problem.limit_request], problem.limit_row))
    return Ordered(
        problem=replace(
            problem,
            changeover=problem.changeover[group],
            km_cost=problem.km_cost[group],
            wear_limit=problem.wear_limit[group],
            maintenance=problem.maintenance[group],
            group_key=problem.group_key[group],
            copy_group=to_group[problem.copy_group[copy]],
            copy_depot=problem.copy_depot[copy],
            copy_wear=problem.copy_wear[copy],
            place=problem.place[request],
            host=problem.host[request],
            duration=problem.duration[request],
            request_key=problem.request_key[request],
            option_request=to_request[problem.option_request[option]],
            option_group=to_group[problem.option_group[option]],
            option_value=problem.option_value[option],
            window_option=to_option[problem.window_option[windows]],
            window_first=problem.window_first[windows],
            window_last=problem.window_last[windows],
            limit_row=problem.limit_row[terms],
            limit_request=to_request[problem.limit_request[terms]],
            limit_weight=problem.limit_weight[terms],
            fixed_copy=to_copy[problem.fixed_copy[fixed]],
            fixed_place=problem.fixed_place[fixed],
            fixed_start=problem.fixed_start[fixed],
            fixed_end=problem.fixed_end[fixed],
            fixed_request=renamed(problem.fixed_request[fixed], to_request),
            fixed_value=problem.fixed_value[fixed],
            fixed_wear=problem.fixed_wear[fixed],
            fixed_renews=problem.fixed_renews[fixed],
        ),
        group=group,
        copy=copy,
        request=request,
        option=option,
        fixed=fixed,
    )


def copy_order(problem: Problem, to_group: Ints) -> Ints:
    """Order copies by group, depot, wear and what is fixed on them."""
    first = np.full(problem.copies, problem.horizon + 1)
    many = np.zeros(problem.copies, np.int64)
    np.minimum.at(first, problem.fixed_copy, problem.fixed_start)
    np.add.at(many, problem.fixed_copy, 1)
    return np.lexsort(
        (
            many,
            first,
            problem.copy_wear,
            problem.copy_depot,
            to_group[problem.copy_group],
        )
    )
