"""Passages at the doors: recorded once, whatever is sent again and in whatever order.

A door decides by itself when it has no network: what it accepted stays accepted, and is
flagged when the site finds that it was against the rules. With a network it asks first,
and limits of use hold.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import (
    IntegrityError,
    InterfaceError,
    OperationalError,
    connection,
    transaction,
)
from django.utils import timezone

from maillage.directory.models import Place
from maillage.passport.models import Device
from maillage.passport.passages import Passage, ahead
from maillage.passport.services.desk import Answer, Desk, Sending
from maillage.passport.services.standing import Standing, devices_of, shared
from maillage.passport.together import Together
from maillage.passport.tokens import verify
from maillage.passport.turns import turn

SEEN = dt.timedelta(minutes=5)
#: Sendings of one transaction, and how often it is begun again when another desk has
#: just written the same passage.
MOST, TRIES = 16, 5


@dataclass(frozen=True)
class Letter:
    """What one request brought: passages, and the token of who sends them."""

    token: str
    rows: Sequence[Passage]
    now: dt.datetime


def device_of(token: str) -> Device | None:
    return devices_of([token]).get(token)


def receive_from(
    token: str, passages: Iterable[Passage], *, now: dt.datetime
) -> list[Answer] | None:
    """Record passages that somebody sends; nothing for whoever has no device.

    Requests that threads get at the same instant share what they read, and a transaction.
    """
    letter = Letter(token, list(passages), now)
    if connection.in_atomic_block:  # which is not for others
        return received([letter], Standing())[0]
    return together(letter)


def received(
    letters: Sequence[Letter], standing: Standing
) -> list[list[Answer] | None]:
    devices = standing.devices({letter.token for letter in letters})
    now = max(letter.now for letter in letters)
    sendings = [
        Sending(device.place, device, letter.rows)
        for letter in letters
        if (device := devices.get(letter.token))
    ]
    answers = iter(written(sendings, standing, now=now) if sendings else [])
    if unseen := [row for row in devices.values() if is_unseen(row, now)]:
        Device.objects.filter(pk__in=[row.pk for row in unseen]).update(seen_at=now)
        for row in unseen:
            row.seen_at = now
    return [next(answers) if letter.token in devices else None for letter in letters]


def received_by_threads(letters: Sequence[Letter]) -> list[list[Answer] | None]:
    """The same for what threads got at one instant; after an error all is read anew.

    The connection is not asked beforehand whether it still holds, which would cost as much
    as a passage: if it does not, all is done once more on a new one.
    """
    connection.health_check_done = True  # type: ignore[attr-defined]
    try:
        return in_turn(letters)
    except (InterfaceError, OperationalError):
        if connection.is_usable():
            raise
        connection.close()
        return in_turn(letters)


def in_turn(letters: Sequence[Letter]) -> list[list[Answer] | None]:
    try:
        with turn():
            return received(letters, shared())
    except Exception:
        shared.forget()
        raise


def is_unseen(device: Device, now: dt.datetime) -> bool:
    return device.seen_at is None or now - device.seen_at > SEEN


def receive(
    device: Device, passages: Iterable[Passage], *, now: dt.datetime
) -> list[Answer]:
    """Record passages of a device; each is answered, in their order.

    The same passage sent again changes nothing. One that the door accepted by itself is
    never refused afterwards: it is flagged.
    """
    sending = Sending(device.place, device, list(passages))
    return written([sending], Standing(), now=now)[0]


def receive_file(
    place: Place, passages: Iterable[Passage], *, now: dt.datetime
) -> list[Answer]:
    """The same for passages that somebody of the place brings in a file."""
    return written([Sending(place, None, list(passages))], Standing(), now=now)[0]


def written(
    sendings: Sequence[Sending], standing: Standing, *, now: dt.datetime
) -> list[list[Answer]]:
    """All in one transaction, once their codes are verified."""
    trust = standing.trust(now=now)
    standing.learn_month(f"{timezone.localdate(now):%Y-%m}")
    verdicts = [
        [
            verify(row.code, trust=trust, now=int(ahead(row, now).timestamp()))
            for row in sending.rows
        ]
        for sending in sendings
    ]
    for again in range(TRIES):
        try:
            with transaction.atomic():
                return Desk(sendings, verdicts, standing, now=now).answers()
        except IntegrityError:  # another process has written one of them just now
            if again == TRIES - 1:
                raise
    raise AssertionError("unreachable")


together = Together(received_by_threads, most=MOST)


def parse(rows: Iterable[Any]) -> tuple[list[Passage], dict[str, str]]:
    """Passages that a device sent, and the ones that make no sense, by their nonce."""
    good, bad = [], {}
    for row in rows:
        try:
            good.append(Passage.of(row))
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            bad[str(row.get("nonce", ""))[:64] if isinstance(row, dict) else ""] = str(error)  # fmt: skip
    return good, bad
