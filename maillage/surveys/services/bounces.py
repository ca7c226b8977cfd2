"""Letters that came back: noted on those asked, who get no more until it is mended.

What mail servers refuse is seen in the outbox; what comes back later, as a mail to the
agency, is noted by hand or from a list of addresses. Why is kept without the address.
"""

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from maillage.core.errors import Refused
from maillage.core.models import Mail
from maillage.surveys.choices import ResponseState, WaveState
from maillage.surveys.models import Unit, Wave
from maillage.surveys.services.population import lock_unit
from maillage.surveys.services.waves import lock_wave

WAITING = (ResponseState.WAITING, ResponseState.STARTED)
#: What stands around an address; an address has 254 characters at most.
AROUND = re.compile(r"[\s<>\"',;:()\[\]]+")
LONGEST = 254
#: A refusal for good, as smtplib tells it: ``(550, b'…')``.
FOR_GOOD = re.compile(r"\((5\d\d), ")
MOST = 5000


@dataclass
class Noted:
    """What became of a list of addresses."""

    marked: list[Unit] = field(default_factory=list)
    known: int = 0
    unknown: list[str] = field(default_factory=list)


def addresses_in(texts: Iterable[str]) -> list[str]:
    """The addresses that stand in texts, each once. Refuses with ``too_many``."""
    found: dict[str, None] = {}
    for text in texts:
        for word in AROUND.split(text):
            if not is_address(word):
                continue
            found[word.rstrip(".").casefold()] = None
            if len(found) > MOST:
                raise Refused(
                    "too_many", _("Pas plus de %d adresses à la fois.") % MOST
                )
    return list(found)


def is_address(word: str) -> bool:
    name, _at, host = word.rpartition("@")
    return bool(name) and "." in host.strip(".") and len(word) <= LONGEST


@transaction.atomic
def note_bounces(
    wave: Wave, addresses: Iterable[str], *, why: str, by: Any, now: dt.datetime
) -> Noted:
    """Note that letters to some addresses came back. Refuses with ``forbidden``."""
    row = lock_wave(wave, by=by)
    asked: dict[str, list[Unit]] = {}
    for unit in row.units.exclude(email="").select_for_update(of=("self",)):
        asked.setdefault(unit.email.casefold(), []).append(unit)
    noted = Noted()
    for address in addresses:
        units = asked.get(address.casefold(), [])
        if not units:
            noted.unknown.append(address)
        for unit in units:
            if unit.bounced_at:
                noted.known += 1
            else:
                mark(unit, why=why, now=now)
                noted.marked.append(unit)
    save(noted.marked)
    return noted


@transaction.atomic
def note_bounce(unit: Unit, *, why: str, by: Any, now: dt.datetime) -> Unit:
    """Note that the letter to one came back. Refuses with ``forbidden``, ``address``."""
    row = lock_unit(unit, by=by)
    if not row.email:
        raise Refused("address", _("Cette structure n’a pas d’adresse e-mail."))
    mark(row, why=why, now=now)
    save([row])
    return row


@transaction.atomic
def forget_bounce(unit: Unit, *, by: Any) -> Unit:
    """The address is good after all. Refuses with ``forbidden``."""
    row = lock_unit(unit, by=by)
    row.bounced_at, row.bounced_why = None, ""
    save([row])
    return row


@transaction.atomic
def note_refused(*, now: dt.datetime, wave: Wave | None = None) -> int:
    """Note what the mail servers refused for good; returns how many."""
    rows = Unit.objects.filter(wave__state=WaveState.OPEN, bounced_at=None)
    rows = rows.exclude(email="").filter(wave=wave) if wave else rows.exclude(email="")
    failed = refusals()
    held = [
        unit
        for unit in rows.select_for_update(of=("self",)).order_by("pk")
        if (unit.email, unit.invited_at) in failed
        or (unit.email, unit.reminded_at) in failed
    ]
    for unit in held:
        sent = unit.reminded_at or unit.invited_at
        mark(unit, why=failed.get((unit.email, sent), ""), now=now)
    save(held)
    return len(held)


def refusals() -> Mapping[tuple[str, dt.datetime | None], str]:
    """Letters that will not leave any more, by address and time of writing: why."""
    rows = Mail.objects.filter(sent_at=None).exclude(error="")
    rows = rows.filter(Q(attempts__gte=Mail.MAX_ATTEMPTS) | Q(error__contains="(5"))
    found: dict[tuple[str, dt.datetime | None], str] = {}
    for to, written, attempts, error in rows.values_list(
        "to", "written_at", "attempts", "error"
    ):
        code = FOR_GOOD.search(error)
        if code:
            why = _("le serveur de messagerie a refusé l’adresse (%s)") % code[1]
        elif attempts >= Mail.MAX_ATTEMPTS:
            why = _("le courrier n’a pas pu partir")
        else:
            continue
        found[to, written] = why
    return found


def mark(unit: Unit, *, why: str, now: dt.datetime) -> None:
    words = ("…" if "@" in word else word for word in why.split())
    unit.bounced_at, unit.bounced_why = now, " ".join(words)[:200]


def save(units: list[Unit]) -> None:
    Unit.objects.bulk_update(units, ["bounced_at", "bounced_why"], batch_size=200)


def bounced(wave: Wave) -> QuerySet[Unit]:
    """Those who wait, and whose letter came back."""
    rows = Unit.objects.filter(wave=wave, bounced_at__isnull=False)
    rows = rows.filter(response__state__in=WAITING).exclude(email="")
    return rows.select_related("structure", "response").order_by(
        F("bounced_at").desc(), "name"
    )


def need_address(unit: Unit) -> None:
    """Refuses with ``address`` or ``bounced``."""
    if not unit.email:
        raise Refused("address", _("Donnez d’abord une adresse e-mail."))
    if unit.bounced_at:
        raise Refused(
            "bounced",
            _("Le dernier courrier est revenu : corrigez d’abord l’adresse."),
        )
