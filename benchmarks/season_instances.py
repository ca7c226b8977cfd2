"""Seasons to plan of any size, made up after a real region, the same for a seed.

Days from 1 September; a country of 200 by 150 km with six towns; exhibitions, kits and
planetariums in few copies with depots in the towns; schools, libraries and other venues
that ask for one resource, or for any of a theme, in one to three windows. Schools are
closed in the holidays. What a loan is worth grows with the public that it reaches, more
so where towns are far, and with its fee.

Where the instances that published figures rest on lie beside the project,
``from_module`` reads those instead (``generate(K, R, seed)`` of that module).
"""

import sys
from dataclasses import dataclass
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maillage.kernels.season.problem import Floats, Ints, Problem

DAYS = 364
#: Autumn, Christmas, winter, spring, summer: first day, first day of school after it.
HOLIDAYS = ((47, 63), (110, 126), (166, 182), (222, 238), (307, 364))
WIDTH_KM, HEIGHT_KM = 200.0, 150.0
TOWNS = 6
DETOUR = 1.25  # km of road for a km as the crow flies
LONG_KM = 120.0  # beyond, a day goes by on the road
QUOTA = 4  # loans of one host in a season
THEMED = 0.35  # requests that take any resource of a theme


@dataclass(frozen=True)
class Kind:
    """What resources of a kind have in common; ranges are half-open."""

    share: float
    changeover: tuple[int, int]
    km_cost: tuple[float, float]
    wear_limit: tuple[int, int]
    maintenance: tuple[int, int]
    durations: dict[int, float]  # days, and how often they are asked for
    weekly_fee: float


KINDS = (
    Kind(
        share=0.55,  # exhibitions
        changeover=(1, 4),
        km_cost=(1.2, 3.0),
        wear_limit=(100, 180),
        maintenance=(7, 15),
        durations={14: 0.25, 21: 0.3, 28: 0.35, 42: 0.1},
        weekly_fee=60,
    ),
    Kind(
        share=0.30,  # kits
        changeover=(0, 2),
        km_cost=(0.4, 0.8),
        wear_limit=(60, 120),
        maintenance=(2, 5),
        durations={7: 1 / 3, 14: 1 / 3, 21: 1 / 3},
        weekly_fee=15,
    ),
    Kind(
        share=0.15,  # planetariums
        changeover=(1, 2),
        km_cost=(1.0, 2.0),
        wear_limit=(25, 60),
        maintenance=(3, 8),
        durations=dict.fromkeys(range(1, 6), 0.2),
        weekly_fee=120,
    ),
)
COPIES = {1: 0.6, 2: 0.3, 3: 0.1}
WINDOWS = {1: 0.5, 2: 0.3, 3: 0.2}
SCHOOL = 0
#: Schools, libraries, other venues: how often, and the public that a loan reaches.
HOSTS = ((0.45, (30, 300)), (0.35, (80, 600)), (0.20, (200, 2500)))


@dataclass(frozen=True)
class Region:
    """Where everything is; the first locations are depots, then come the hosts."""

    points: Floats  # (L, 2) km
    depots: int
    need: Floats  # (H,) weight of the public of each host, 1 in the middle
    kind: Ints  # (H,)


def draw(rng: np.random.Generator, odds: dict[int, float]) -> int:
    return int(rng.choice(list(odds), p=np.array(list(odds.values()))))


def region(rng: np.random.Generator, *, groups: int, requests: int) -> Region:
    """Towns, communes around them and between them, depots in towns, hosts anywhere."""
    communes, hosts = max(80, requests // 4), max(60, int(requests * 0.6))
    towns = rng.uniform((20, 20), (WIDTH_KM - 20, HEIGHT_KM - 20), (TOWNS, 2))
    places = rng.uniform((0, 0), (WIDTH_KM, HEIGHT_KM), (communes, 2))
    people = rng.lognormal(6.6, 1.0, communes)
    near = np.flatnonzero(rng.random(communes) < 0.08 * TOWNS)
    own = rng.integers(0, TOWNS, len(near))
    places[near] = towns[own] + rng.normal(0, 9, (len(near), 2))
    places = np.clip(places, 0, (WIDTH_KM, HEIGHT_KM))
    people[near] *= 3
    people[:TOWNS] = rng.uniform(3e4, 2.5e5, TOWNS)
    away = np.linalg.norm(places[:, None] - towns[None], axis=2)
    access = np.exp(-((away / 25) ** 2)).sum(axis=1) + 0.05
    need = np.clip(np.sqrt(np.median(access) / access), 0.5, 3.0)
    odds = np.sqrt(people)
    commune = rng.choice(communes, hosts, p=odds / odds.sum())
    count = max(2, groups // 25)
    depots = towns[:count]
    if count > TOWNS:
        depots = rng.uniform((10, 10), (WIDTH_KM - 10, HEIGHT_KM - 10), (count, 2))
    spots = places[commune] + rng.normal(0, 0.8, (hosts, 2))
    return Region(
        points=np.vstack([depots, spots]),
        depots=count,
        need=need[commune],
        kind=rng.choice(len(HOSTS), hosts, p=np.array([share for share, _ in HOSTS])),
    )


def windows(
    rng: np.random.Generator, *, duration: int, school: bool
) -> list[tuple[int, int]]:
    """First and last days on which a loan may start, in order; perhaps none."""
    allowed = np.zeros(DAYS + 1, np.bool_)
    for _ in range(draw(rng, WINDOWS)):
        first = int(rng.integers(0, DAYS - 14))
        allowed[first : first + int(rng.integers(7, 50)) + 1] = True
    if school:
        for closes, opens in HOLIDAYS:
            allowed[max(0, closes - duration + 1) : opens] = False
    allowed[DAYS - duration + 1 :] = False
    return runs(allowed)


def runs(allowed: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First and last rank of each run of true values."""
    edges = np.diff(np.concatenate([[0], allowed.astype(np.int8), [0]]))
    firsts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    return [(int(a), int(b) - 1) for a, b in zip(firsts, ends, strict=True)]


def generate(groups: int, requests: int, *, seed: int) -> Problem:
    """Make up a season; demand is uneven, like that of a real catalogue."""
    rng = np.random.default_rng([groups, requests, seed])
    land = region(rng, groups=groups, requests=requests)
    kind = rng.choice(len(KINDS), groups, p=np.array([each.share for each in KINDS]))
    copies = np.array([draw(rng, COPIES) for _ in range(groups)])
    theme = rng.integers(0, max(3, groups // 8), groups)
    fame = rng.permutation((1.0 + np.arange(groups)) ** -0.6)
    host = rng.integers(0, len(land.kind), requests)
    wanted = rng.choice(groups, requests, p=fame / fame.sum())
    duration = np.empty(requests, np.int64)
    options: list[tuple[int, int, float]] = []
    starts: list[tuple[int, int, int]] = []
    for rank in range(requests):
        best, who = int(wanted[rank]), int(land.kind[host[rank]])
        sort = KINDS[kind[best]]
        duration[rank] = lasts = draw(rng, sort.durations)
        allowed = windows(rng, duration=lasts, school=who == SCHOOL)
        public = float(rng.integers(*HOSTS[who][1])) ** 0.85 * land.need[host[rank]]
        fee = lasts / 7 * sort.weekly_fee
        same = np.flatnonzero((theme == theme[best]) & (kind == kind[best]))
        for group in same.tolist() if rng.random() < THEMED else [best]:
            liked = 1.0 if group == best else rng.uniform(0.7, 0.95)
            starts += [(len(options), first, last) for first, last in allowed]
            options.append((rank, group, public * liked + fee))
    table = DETOUR * np.linalg.norm(land.points[:, None] - land.points[None], axis=2)
    km = np.round(table, 1)
    return season(
        km=km,
        travel=(km > LONG_KM).astype(np.int64),
        copies=copies,
        depot=rng.integers(0, land.depots, groups),
        place=land.depots + host,
        host=host,
        hosts=len(land.kind),
        quota=QUOTA,
        duration=duration,
        options=options,
        starts=starts,
        changeover=each(rng.integers, kind, "changeover"),
        km_cost=each(rng.uniform, kind, "km_cost"),
        wear_limit=each(rng.integers, kind, "wear_limit"),
        maintenance=each(rng.integers, kind, "maintenance"),
    )


def each(draw_one: Any, kind: Ints, name: str) -> Any:
    """One draw for each group from the range of its kind."""
    return np.array([draw_one(*getattr(KINDS[rank], name)) for rank in kind])


def season(
    *,
    km: Floats,
    travel: Ints,
    copies: Ints,
    depot: Ints,
    place: Ints,
    host: Ints,
    hosts: int,
    quota: int,
    duration: Ints,
    options: list[tuple[int, int, float]],
    starts: list[tuple[int, int, int]],
    **groups: Any,
) -> Problem:
    """The arrays of a season from counts of copies and rows of options and windows."""
    request, group, value = zip(*options, strict=True)
    option, first, last = zip(*starts, strict=True) if starts else ((), (), ())
    owner = np.repeat(np.arange(len(copies)), copies)
    return Problem(
        horizon=DAYS,
        group_key=np.arange(len(copies)),
        copy_group=owner,
        copy_depot=np.asarray(depot, np.int64)[owner],
        copy_wear=np.zeros(len(owner), np.int64),
        place=np.asarray(place, np.int64),
        host=np.asarray(host, np.int64),
        duration=np.asarray(duration, np.int64),
        request_key=np.arange(len(duration)),
        option_request=np.array(request, np.int64),
        option_group=np.array(group, np.int64),
        option_value=np.array(value, np.float64),
        window_option=np.array(option, np.int64),
        window_first=np.array(first, np.int64),
        window_last=np.array(last, np.int64),
        km=np.asarray(km, np.float64),
        travel=np.asarray(travel, np.int64),
        host_limit=np.full(hosts, quota, np.int64),
        **groups,
    )


def from_module(path: Path, groups: int, requests: int, *, seed: int) -> Problem:
    """An instance of the generator that lies at ``path``, outside of the project."""
    spec = spec_from_file_location("instances_beside", path)
    if spec is None or spec.loader is None:
        raise SystemExit(f"{path} is no module")
    module = module_from_spec(spec)
    sys.modules[spec.name] = module  # its dataclass looks for itself there
    spec.loader.exec_module(module)
    made = module.generate(groups, requests, seed)
    options = [
        (int(rank), group, float(value))
        for group in range(made.K)
        for rank, value in zip(made.cand_k[group], made.cand_v[group], strict=True)
    ]
    starts = [
        (option, first, last)
        for option, (rank, _, _) in enumerate(options)
        for first, last in made.starts[rank]
    ]
    return season(
        km=made.dist,
        travel=made.tday,
        copies=made.copies,
        depot=made.depot,
        place=made.loc,
        host=made.host,
        hosts=made.nhost,
        quota=made.hostcap,
        duration=made.dur,
        options=options,
        starts=starts,
        changeover=np.asarray(made.gap, np.int64),
        km_cost=np.asarray(made.ckm, np.float64),
        wear_limit=np.asarray(made.wear, np.int64),
        maintenance=np.asarray(made.maint, np.int64),
    )
