"""Random tables of every shape that a region publishes."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from scipy import sparse

from benchmarks.secrecy_attacker import Published
from maillage.kernels.secrecy.problem import Problem

Codes = list[list[str]]


@dataclass(frozen=True)
class Instance:
    """The same tables for the kernel and for the attacker."""

    name: str
    problem: Problem
    published: Published


def instance(name: str, tables: list[list[Codes]], values: Any) -> Instance:
    """Tables by (dimension) of the codes of each unit; totals are added.

    ``tables`` has for each table, for each dimension, the codes of each unit.
    """
    members: dict[frozenset[tuple[int, str]], set[int]] = {}
    for dimensions in tables:
        count = len(dimensions[0])
        for unit in range(count):
            sides = [[*one[unit], "*"] for one in dimensions]
            for codes in product(*sides):
                key = frozenset(
                    (id(one), code)
                    for one, code in zip(dimensions, codes, strict=True)
                    if code != "*"
                )
                members.setdefault(key, set()).add(unit)
    return made(name, [*dict.fromkeys(map(frozenset, members.values()))], values)


def made(name: str, members: list[frozenset[int]], values: Any) -> Instance:
    """Cells as sets of units."""
    units = values.shape[1]
    inside: list[list[int]] = [[] for _ in range(units)]
    for rank, cell in enumerate(members):
        for unit in cell:
            inside[unit].append(rank)
    atoms: dict[tuple[int, ...], int] = {}
    atom = [atoms.setdefault(tuple(ranks), len(atoms)) for ranks in inside]
    cells = [frozenset(atom[unit] for unit in cell) for cell in members]
    return of(name, cells, np.array(atom), values, atoms=len(atoms))


def of(
    name: str, cells: list[frozenset[int]], atom: Any, values: Any, *, atoms: int
) -> Instance:
    pairs = [(rank, one) for rank, cell in enumerate(cells) for one in sorted(cell)]
    rows, columns = zip(*pairs, strict=True)
    matrix = sparse.csr_matrix(
        (np.ones(len(pairs)), (rows, columns)), (len(cells), atoms)
    )
    units = [
        (int(one), tuple(float(v) for v in values[:, rank]))
        for rank, one in enumerate(atom)
    ]
    return Instance(
        name,
        Problem(cells=matrix, atom=np.array(atom, np.int64), values=values),
        Published(cells=cells, units=units, atoms=atoms),
    )


def amounts(draw: np.random.Generator, units: int) -> Any:
    """(k, units) what units add: none, visits, euros, or much of nothing."""
    kind = draw.integers(5)
    if kind == 0:
        return np.zeros((0, units))
    if kind == 1:
        return np.rint(draw.lognormal(6, 1.5, (1, units)))
    if kind == 2:
        return np.round(draw.gamma(0.5, 1000, (1, units)), 2)
    if kind == 3:
        return draw.integers(0, 4, (1, units)).astype(float)
    return np.stack([np.rint(draw.lognormal(5, 1, units)), draw.random(units)])


def spread(draw: np.random.Generator, codes: int, units: int) -> list[int]:
    chances = draw.dirichlet(np.full(codes, draw.choice([0.3, 1.0, 5.0])))
    found: list[int] = draw.choice(codes, units, p=chances).tolist()
    return found


def plain(draw: np.random.Generator, codes: int, units: int, name: str) -> Codes:
    return [[f"{name}{code}"] for code in spread(draw, codes, units)]


def two_way(draw: np.random.Generator) -> Instance:
    """Rows by columns; cells without units are published as zeros."""
    rows, columns = (int(n) for n in draw.integers(2, 8, 2))
    units = int(draw.integers(2, 15 * rows))
    return rectangle(draw, rows, columns, units, amounts(draw, units))


def rectangle(
    draw: np.random.Generator, rows: int, columns: int, units: int, values: Any
) -> Instance:
    row, column = spread(draw, rows, units), spread(draw, columns, units)
    grid = np.arange(rows * columns).reshape(rows, columns)
    cells = [frozenset([int(one)]) for one in grid.ravel()]
    cells += [frozenset(line.tolist()) for line in grid]
    cells += [frozenset(line.tolist()) for line in grid.T]
    cells.append(frozenset(grid.ravel().tolist()))
    atom = grid[row, column]
    return of("two ways", [*dict.fromkeys(cells)], atom, values, atoms=grid.size)


def three_way(draw: np.random.Generator) -> Instance:
    units = int(draw.integers(4, 60))
    sides = [plain(draw, int(draw.integers(2, 4)), units, name) for name in "abc"]
    return instance("three ways", [sides], amounts(draw, units))


def hierarchy(draw: np.random.Generator) -> Instance:
    """Communes in EPCI in departments, by kind."""
    units = int(draw.integers(4, 80))
    commune = spread(draw, int(draw.integers(3, 12)), units)
    place = [[f"c{c}", f"e{c // 2}", f"d{c // 4}"] for c in commune]
    kind = plain(draw, int(draw.integers(1, 4)), units, "k")
    return instance("hierarchy", [[place, kind]], amounts(draw, units))


def overlap(draw: np.random.Generator) -> Instance:
    """EPCI, departments, parks: territories that cut one another, in two tables."""
    units = int(draw.integers(4, 70))
    epci = spread(draw, int(draw.integers(2, 7)), units)
    place = [[f"e{e}", f"d{e // 2}"] for e in epci]
    for one in place:
        if draw.random() < 0.1:
            one[1] = "d9"  # on the border of a department
        if draw.random() < 0.3:
            one.append(f"park{draw.integers(2)}")
    kind = plain(draw, int(draw.integers(2, 4)), units, "k")
    size = plain(draw, 2, units, "s")
    tables = [[place, kind], [place, size]] if draw.random() < 0.5 else [[place]]
    return instance("overlap", tables, amounts(draw, units))


def any_cells(draw: np.random.Generator) -> Instance:
    """Whatever sets of units somebody may ask for."""
    units = int(draw.integers(3, 40))
    count = int(draw.integers(2, 14))
    chosen = [np.flatnonzero(draw.random(units) < draw.random()) for _ in range(count)]
    members = [frozenset(one.tolist()) for one in chosen if len(one)]
    members.append(frozenset(range(units)))
    return made("any sets", [*dict.fromkeys(members)], amounts(draw, units))


SHAPES: tuple[Callable[[np.random.Generator], Instance], ...] = (
    two_way,
    three_way,
    hierarchy,
    overlap,
    any_cells,
)


def random_tables(seed: int) -> Instance:
    """One set of tables, the same for the same seed."""
    draw = np.random.default_rng(seed)
    return SHAPES[seed % len(SHAPES)](draw)
