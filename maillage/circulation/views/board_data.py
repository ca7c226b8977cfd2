"""The board as plain values: for the script, for the table, for the words it says."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _, ngettext

from maillage.circulation.choices import HoldKind, LockKind
from maillage.circulation.models import PlannedRefusal
from maillage.circulation.services.board import KIND_LABELS, Bar, Board, bands_of
from maillage.circulation.services.season_results import reason_label
from maillage.core import vocab
from maillage.core.dates import day_words

DAY = dt.timedelta(1)


@dataclass(frozen=True)
class Asked:
    """A request in the tray: who asks for what, and why it is not served."""

    pk: int
    reference: str
    host: str
    commune: str
    what: str
    reason: str
    is_set_aside: bool


def tray_of(board: Board) -> list[Asked]:
    """Requests that are not served, those set aside by hand last."""
    found = [asked(refusal, board) for refusal in board.refusals]
    return sorted(found, key=lambda one: (one.is_set_aside, one.pk))


def asked(refusal: PlannedRefusal, board: Board) -> Asked:
    request, host = refusal.request, board.hosts[refusal.request.host_id]
    aside = board.locks.get(request.pk) == LockKind.REFUSED
    reason = reason_label("set_aside" if aside else refusal.reason)
    what = (
        request.resource.name
        if request.resource
        else vocab.label("themes", request.theme)
    )
    days = ngettext("%(n)s jour", "%(n)s jours", request.duration_days)
    what += " · " + days % {"n": request.duration_days}
    return Asked(
        request.pk, request.reference, host.name, host.commune.name, what, reason, aside
    )


def columns(
    board: Board, *, today: dt.date, stamp: str, editable: bool
) -> dict[str, Any]:
    """All of the board for the script: rows without names, days from the first."""

    def tick(day: dt.date) -> int:
        return (day - board.starts_on).days

    resources = {copy.resource_id: copy.resource for copy in board.copies.values()}
    owners = {resource.owner_id: resource.owner.name for resource in resources.values()}
    days = tick(board.ends_on)
    return {
        "stamp": stamp,
        "editable": editable,
        "start": board.starts_on.isoformat(),
        "days": days,
        "today": tick(today) if 0 <= tick(today) < days else None,
        "bands": bands_of(board.starts_on, board.ends_on),
        "groups": [[pk, one.name, one.owner_id] for pk, one in resources.items()],
        "owners": sorted(owners.items(), key=lambda row: row[1]),
        "copies": [
            [pk, copy.label, copy.resource_id, copy.depot.name, copy.state,
             copy.resource.get_absolute_url()]
            for pk, copy in board.copies.items()
        ],
        "hosts": host_rows(board, board.hosts),
        "bars": bar_rows(board, board.bars),
        "holds": [
            [hold.copy_id, tick(hold.starts_on), tick(hold.ends_on), hold.kind, hold.note]
            for hold in board.holds
        ],
    }  # fmt: skip


def host_rows(board: Board, pks: Iterable[int]) -> list[list[Any]]:
    hosts = ((pk, board.hosts[pk]) for pk in pks)
    return [[pk, host.name, host.commune.name] for pk, host in hosts]


def bar_rows(board: Board, bars: Iterable[Bar]) -> list[list[Any]]:
    first = board.starts_on
    return [
        [
            bar.pk, bar.copy, bar.host, bar.request, (bar.leaves_on - first).days,
            (bar.starts_on - first).days, (bar.ends_on - first).days,
            (bar.free_on - first).days, bar.kind, bar.maintained,
            round(bar.worth, 2), round(bar.km, 1),
        ]
        for bar in bars
    ]  # fmt: skip


def words() -> dict[str, Any]:
    """What the script says, in the language of the page."""
    return {
        "kinds": {kind.value: str(label) for kind, label in KIND_LABELS.items()},
        "holds": {kind.value: str(kind.label) for kind in HoldKind},
        "corner": _("Exemplaire"),
        "first": _("1er"),
        "grid": _("Prêts de chaque exemplaire, semaine par semaine"),
        "from_to": _("du {from} au {to}"),
        "days": _("{n} jours"),
        "shown": _("{n} exemplaires affichés"),
        "failed": _(
            "Le serveur n’a pas répondu. Vérifiez la connexion, puis recommencez."
        ),
        "carrying": _(
            "Places possibles sur {n} exemplaires. Flèches pour choisir, Entrée pour "
            "poser, Échap pour annuler"
        ),
        "no_more": _("Pas d’autre place de ce côté"),
        "nowhere": _("Pas de place ici"),
        "here": _("Sa place actuelle"),
        "change": _("valeur du plan : {value}"),
        "km": _("kilomètres : {km}"),
        "shift": _("à {days} jours des dates demandées"),
        "loser": _("perd sa place : {name}"),
        "cancelled": _("Déplacement annulé"),
        "fixed": {
            "confirmed": _(
                "Ce prêt est confirmé : il se déplace depuis sa propre page."
            ),
            "other": _("Ce prêt ne se déplace pas ici."),
        },
    }


@dataclass(frozen=True)
class Line:
    """One loan in the table of all loans."""

    bar: Bar
    copy: Any
    host: Any
    kind: str

    @property
    def last_day(self) -> dt.date:
        return self.bar.ends_on - DAY

    @property
    def can_move(self) -> bool:
        return self.bar.kind in {"planned", "locked"} and bool(self.bar.request)


def lines_of(board: Board) -> list[Line]:
    found = [
        Line(
            bar,
            board.copies[bar.copy],
            board.hosts[bar.host],
            str(KIND_LABELS[bar.kind]),
        )
        for bar in board.bars
    ]
    return sorted(found, key=lambda line: (line.bar.starts_on, line.copy.label))


def owners_of(board: Board) -> list[tuple[int, str]]:
    """Those who lend, by name."""
    owners = {
        copy.resource.owner_id: copy.resource.owner.name
        for copy in board.copies.values()
    }
    return sorted(owners.items(), key=lambda row: row[1].casefold())


def hosts_of(board: Board) -> list[tuple[str, str]]:
    """Those who borrow, by commune."""
    busy = {bar.host for bar in board.bars}
    names = [
        (str(pk), f"{board.hosts[pk].commune.name}, {board.hosts[pk].name}")
        for pk in busy
    ]
    return sorted(names, key=lambda row: row[1].casefold())


def weeks_of(board: Board) -> list[tuple[str, str]]:
    """Each week of the board: its Monday, and how it is called."""
    monday = board.starts_on - board.starts_on.weekday() * DAY
    found = []
    while monday < board.ends_on:
        found.append((monday.isoformat(), week_name(monday)))
        monday += 7 * DAY
    return found


def week_name(monday: dt.date) -> str:
    return _("semaine du %(day)s") % {"day": day_words(monday, "j F Y")}


def request_url(names: Sequence[Any], verb: str) -> str:
    """An address with 0 in the place of the request, for the script."""
    return reverse(f"circulation:{verb}", args=[*names, 0])
