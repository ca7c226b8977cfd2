"""Where copies go from week to week, and the rounds of those who drive them."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from django.utils.translation import gettext as _

from maillage.circulation.choices import ComponentKind
from maillage.circulation.models import Component, Copy, Host
from maillage.circulation.services.board import Bar, Board
from maillage.kernels.travel import road_km

WEEK = dt.timedelta(7)
#: A copy waits so long at a host for the next one; longer, and it comes home first.
MOST_WAIT = dt.timedelta(14)


class MoveKind(StrEnum):
    OUT = "out"
    DIRECT = "direct"
    HOME = "home"


@dataclass(frozen=True)
class Stop:
    """Where a copy is fetched or brought."""

    name: str
    address: str
    commune: str
    contact: str
    lon: float
    lat: float

    @property
    def at(self) -> str:
        return f"{self.lon:.5f},{self.lat:.5f}"


@dataclass(frozen=True)
class Move:
    """One way of one copy: to be done on ``day``, at the latest on ``until``."""

    day: dt.date
    until: dt.date
    kind: MoveKind
    copy: Copy
    origin: Stop
    to: Stop
    km: float
    #: The loan that it serves; on the way home, the one that has ended.
    bar: Bar


@dataclass(frozen=True)
class Way:
    """What a move is made of: hosts by primary key, ``None`` for the depot."""

    kind: MoveKind
    copy: int
    origin: int | None
    to: int | None
    bar: Bar

    @property
    def day(self) -> dt.date:
        return self.bar.ends_on if self.kind is MoveKind.HOME else self.bar.leaves_on


@dataclass(frozen=True)
class Spot:
    """Where a copy is in a week."""

    copy: Copy
    stop: Stop
    bar: Bar | None


def host_stop(host: Host) -> Stop:
    """The address of delivery, else that of the place in the directory."""
    street, lon, lat = host.address, *host.position
    commune = host.commune.name
    if not street and host.place:
        parts = (host.place.street, host.place.postcode)
        street = ", ".join(part for part in parts if part)
    contact = ", ".join(
        part for part in (host.contact_name, host.contact_phone) if part
    )
    return Stop(host.name, street, commune, contact, lon, lat)


def depot_stop(copy: Copy) -> Stop:
    place = copy.depot
    lon, lat = place.position or (0.0, 0.0)
    commune = place.commune.name if place.commune else ""
    street = ", ".join(part for part in (place.street, place.postcode) if part)
    return Stop(place.name, street, commune, place.phone, lon, lat)


def moves_of(board: Board) -> list[Move]:
    """All moves of all copies, in the order of the days on which they are due."""
    return measured(board, ways_of(board))


def ways_of(board: Board) -> list[Way]:
    """All ways of all copies.

    A copy goes straight from one host to the next, unless it is maintained in between
    or the next is due later than ``MOST_WAIT`` after: then it goes home.
    """
    rows: dict[int, list[Bar]] = defaultdict(list)
    for bar in board.bars:
        rows[bar.copy].append(bar)
    found: list[Way] = []
    for pk, bars in rows.items():
        before: Bar | None = None
        for bar in sorted(bars, key=lambda each: each.starts_on):
            if before is not None and is_straight(before, bar):
                found.append(Way(MoveKind.DIRECT, pk, before.host, bar.host, bar))
            else:
                if before is not None:
                    found.append(Way(MoveKind.HOME, pk, before.host, None, before))
                found.append(Way(MoveKind.OUT, pk, None, bar.host, bar))
            before = bar
        if before is not None:
            found.append(Way(MoveKind.HOME, pk, before.host, None, before))
    return found


def measured(board: Board, ways: Sequence[Way]) -> list[Move]:
    """Ways with their days, their addresses and their kilometres, day by day."""
    if not ways:
        return []
    ends = {pk for way in ways for pk in (way.origin, way.to) if pk is not None}
    hosts = {pk: host_stop(board.hosts[pk]) for pk in ends}
    depots = {pk: depot_stop(board.copies[pk]) for pk in {way.copy for way in ways}}
    pairs = [
        tuple(depots[way.copy] if pk is None else hosts[pk] for pk in (way.origin, way.to))
        for way in ways
    ]  # fmt: skip
    points = np.array([[a.lon, a.lat, b.lon, b.lat] for a, b in pairs])
    moves = [
        Move(
            way.day, bar.free_on if way.kind is MoveKind.HOME else bar.starts_on,
            way.kind, board.copies[way.copy], origin, to, km, bar,
        )
        for way, (origin, to), km in zip(
            ways, pairs, road_km(*points.T).tolist(), strict=True
        )
        for bar in (way.bar,)
    ]  # fmt: skip
    return sorted(moves, key=lambda move: (move.day, move.copy.label))


def is_straight(before: Bar, bar: Bar) -> bool:
    if bar.comes_from is not None:
        return before.comes_from is not None and bar.comes_from == before.pk
    if before.comes_from is not None:
        return False
    return not bar.maintained and bar.leaves_on - before.free_on <= MOST_WAIT


def km_of(board: Board, copies: Collection[int]) -> dict[int, float]:
    """The km of each planned bar of some copies: its way in, and home if it ends there."""
    found: dict[int, float] = defaultdict(float)
    ways = [way for way in ways_of(board) if way.copy in copies]
    for move in measured(board, ways):
        if move.bar.comes_from is None:
            found[move.bar.pk] += move.km
    return {pk: round(km, 1) for pk, km in found.items()}


def week_of(day: dt.date) -> dt.date:
    """The Monday of a day's week."""
    return day - dt.timedelta(day.weekday())


def moves_in(board: Board, monday: dt.date) -> list[Move]:
    here = [way for way in ways_of(board) if monday <= way.day < monday + WEEK]
    return measured(board, here)


def spots_in(board: Board, monday: dt.date) -> list[Spot]:
    """Where each copy is in a week; a loan counts from its first day to its last."""
    now: dict[int, Bar] = {}
    for bar in board.bars:
        if bar.starts_on < monday + WEEK and bar.ends_on > monday:
            now[bar.copy] = bar
    return [
        Spot(copy, host_stop(board.hosts[now[pk].host]), now[pk])
        if pk in now
        else Spot(copy, depot_stop(copy), None)
        for pk, copy in board.copies.items()
    ]


KINDS = {
    MoveKind.OUT: lambda: _("départ du dépôt"),
    MoveKind.DIRECT: lambda: _("d’un lieu au suivant"),
    MoveKind.HOME: lambda: _("retour au dépôt"),
}


def crates_of(copies: Iterable[int]) -> dict[int, list[str]]:
    """The labels of the crates of each copy."""
    rows = Component.objects.filter(
        copy__in=copies, kind=ComponentKind.CRATE, retired_on=None
    )
    found: dict[int, list[str]] = defaultdict(list)
    for copy, label in rows.values_list("copy", "label"):
        found[copy].append(label)
    return found


def load_of(copy: Copy, crates: Mapping[int, list[str]]) -> str:
    """What there is to carry, in a few words."""
    resource, labels = copy.resource, crates.get(copy.pk, [])
    count = len(labels) or resource.crates or 0
    parts = []
    if count:
        parts.append(_("%(n)s caisses") % {"n": count} if count > 1 else _("1 caisse"))
    if labels:
        parts.append(" ".join(labels))
    if resource.weight_kg:
        parts.append(f"{resource.weight_kg} kg")
    if resource.volume_m3:
        parts.append(f"{str(resource.volume_m3.normalize()).replace('.', ',')} m³")
    return " · ".join(parts)


def as_data(moves: Iterable[Move]) -> list[dict[str, Any]]:
    """Moves as plain values, for the printed rounds."""
    moves = list(moves)
    crates = crates_of({move.copy.pk for move in moves})
    return [
        {
            "day": move.day,
            "until": move.until,
            "kind": str(KINDS[move.kind]()),
            "what": move.copy.resource.name,
            "copy": move.copy.label,
            "load": load_of(move.copy, crates),
            "origin": move.origin,
            "to": move.to,
            "km": move.km,
        }
        for move in moves
    ]
