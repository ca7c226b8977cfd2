"""Rounds on paper: a week for drivers, a season for an owner or for a host."""

import datetime as dt
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from django.utils.formats import number_format
from django.utils.timezone import localtime
from django.utils.translation import get_language, gettext as _

from maillage.circulation.services.board import Board
from maillage.circulation.services.board_rounds import (
    KINDS,
    Move,
    Stop,
    crates_of,
    load_of,
    moves_in,
    moves_of,
    week_of,
)
from maillage.core.context import region
from maillage.core.dates import day_words
from maillage.core.numbers import number_in
from maillage.core.pdf import set_pages

TEMPLATE = Path(__file__).parents[1] / "pdf" / "rounds.typ"
DAY = dt.timedelta(1)


def print_rounds(
    board: Board, *, by: str, key: str, title: str, now: dt.datetime
) -> bytes | None:
    """A PDF by ``week`` (a day of it), ``owner`` or ``host`` (their key); None: unknown."""
    found = chosen(board, by=by, key=key)
    if found is None:
        return None
    head, moves = found
    return set_pages(TEMPLATE, data=rounds_data(head, moves, title=title, now=now))


def chosen(board: Board, *, by: str, key: str) -> tuple[str, list[Move]] | None:
    if by == "week":
        try:
            monday = week_of(dt.date.fromisoformat(key))
        except ValueError:
            return None
        words = {
            "start": day_words(monday, "j F"),
            "end": day_words(monday + 6 * DAY, "j F Y"),
        }
        return _("Tournées du %(start)s au %(end)s") % words, moves_in(board, monday)
    pk = number_in(key)
    if by == "owner":
        owners = {
            c.resource.owner_id: c.resource.owner.name for c in board.copies.values()
        }
        moves = [m for m in moves_of(board) if m.copy.resource.owner_id == pk]
        return (owners[pk], moves) if pk in owners else None
    if by == "host" and pk in board.hosts:
        host = board.hosts[pk]
        return f"{host.name}, {host.commune.name}", visits(board, pk)
    return None


def visits(board: Board, host: int) -> list[Move]:
    """What comes to a host and what leaves it, whoever it goes to next."""
    name = board.hosts[host].name
    return [m for m in moves_of(board) if m.bar.host == host or m.origin.name == name]


def rounds_data(
    head: str, moves: Sequence[Move], *, title: str, now: dt.datetime
) -> dict[str, Any]:
    crates = crates_of({move.copy.pk for move in moves})
    days = [
        {"name": day_words(day, "l j F Y"), "moves": [told(m, crates) for m in same]}
        for day, same in groupby(moves, key=lambda move: move.day)
    ]
    total = number_format(sum(move.km for move in moves), 0)
    return {
        "lang": (get_language() or "fr")[:2],
        "site": "Maillage",
        "tagline": region()["name"],
        "title": head,
        "eyebrow": title,
        "summary": summary(moves, total),
        "days": days,
        "printed": _("imprimé le %(day)s") % {"day": day_words(localtime(now), "j F Y")},
        "words": {
            "none": _("Aucun déplacement."),
            "load": _("À charger"),
            "origin": _("Prendre à"),
            "to": _("Livrer à"),
            "done": _("Fait"),
            "hour": _("Heure"),
            "page": _("page"),
        },
    }  # fmt: skip


def summary(moves: Sequence[Move], total: str) -> str:
    if len(moves) == 1:
        return _("1 déplacement, %(km)s km par la route environ") % {"km": total}
    return _("%(n)s déplacements, %(km)s km par la route environ") % {
        "n": len(moves),
        "km": total,
    }


def told(move: Move, crates: dict[int, list[str]]) -> dict[str, Any]:
    """One move in words; ``deadline`` is what must be kept."""
    kind = str(KINDS[move.kind]())
    until = day_words(move.until, "j F")
    deadline = _("à livrer avant le %(day)s") % {"day": until}
    return {
        "what": move.copy.resource.name,
        "copy": move.copy.label,
        "kind": kind,
        "deadline": deadline,
        "km": f"{number_format(move.km, 0)} km",
        "load": load_of(move.copy, crates),
        "origin": lines_of(move.origin),
        "to": lines_of(move.to),
    }


def lines_of(stop: Stop) -> list[str]:
    found: Iterable[str] = (stop.name, stop.address, stop.commune, stop.contact)
    return [line for line in found if line]
