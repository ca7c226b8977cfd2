"""What doors need that seldom changes, read once a second by each process.

At a busy door most of the work would else be to read the same rows again: devices,
benefits, the list of keys. A device that was withdrawn, a benefit that was changed or a
pass that was revoked is known to every process a second later at most.
"""

import datetime as dt
import time
from collections.abc import Collection, Iterable
from functools import lru_cache
from hashlib import sha256

from maillage.agenda.models import Event
from maillage.passport.models import Benefit, Device, PassSeason, TrustList
from maillage.passport.services.months import month_key
from maillage.passport.services.stamps import Stops
from maillage.passport.services.trust import current_list, payload_of
from maillage.passport.tokens import Trust

#: Seconds after which all is read again.
LIFE = 1.0


def token_hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()


class Standing:
    """Rows as they were when somebody first asked for them."""

    def __init__(self) -> None:
        self.made_at = time.monotonic()
        self._devices: dict[str, Device] = {}
        self._benefits: dict[int, list[Benefit]] = {}
        self._seasons: list[PassSeason] | None = None
        self._trust: Trust | None = None
        self._stops: Stops | None = None
        self._months: dict[str, str] = {}

    def devices(self, tokens: Collection[str]) -> dict[str, Device]:
        """The devices that hold these tokens and may still be used."""
        if unknown := {*tokens} - self._devices.keys():
            self._devices |= devices_of(unknown)
        return {token: self._devices[token] for token in tokens if token in self._devices}  # fmt: skip

    def trust(self, *, now: dt.datetime) -> Trust:
        """What doors trust; the list is taken apart anew when its digest has changed."""
        if self._trust is None:
            rows = TrustList.objects.filter(name="current").exclude(body="").order_by()
            digest = next(iter(rows.values_list("digest", flat=True)[:1]), "")
            self._trust = trust_told(digest or current_list(now=now).digest)
        return self._trust

    def benefits(self, places: Collection[int]) -> dict[int, list[Benefit]]:
        """All that some places give or gave, by place."""
        if unknown := {*places} - self._benefits.keys():
            self._benefits |= {place: [] for place in unknown} | benefits_at(unknown)
        return {place: self._benefits[place] for place in places}

    def season(self, day: dt.date) -> PassSeason | None:
        if self._seasons is None:
            rows = PassSeason.objects.only("starts_on", "ends_on")
            self._seasons = list(rows.order_by("-starts_on"))
        return next((one for one in self._seasons if one.starts_on <= day < one.ends_on), None)  # fmt: skip

    def stops(self) -> Stops:
        if self._stops is None:
            self._stops = Stops.read()
        return self._stops

    def learn_month(self, month: str) -> None:
        """Have the key of the month that runs at hand; outside any transaction."""
        if month not in self._months:
            self._months[month] = month_key(month).secret

    def secret(self, month: str) -> str:
        """The key of a month, empty once it was destroyed.

        That of a month which is over is read each time: it may just be destroyed.
        """
        return self._months[month] if month in self._months else month_key(month).secret


class Shared:
    """The standing that the threads of a process share."""

    def __init__(self) -> None:
        self.last: Standing | None = None

    def __call__(self) -> Standing:
        last = self.last
        if last is None or time.monotonic() - last.made_at > LIFE:
            last = self.last = Standing()
        return last

    def forget(self) -> None:
        self.last = None


shared = Shared()


def devices_of(tokens: Iterable[str]) -> dict[str, Device]:
    hashes = {token_hash(token): token for token in tokens}
    rows = Device.objects.all().active().filter(token_hash__in=[*hashes])
    rows = rows.select_related("place__commune").only(
        "token_hash", "name", "seen_at", "place__name", "place__lon", "place__lat",
        "place__commune__name", "place__commune__lon", "place__commune__lat",
    ).order_by()  # fmt: skip
    return {hashes[row.token_hash]: row for row in rows}


def benefits_at(places: Collection[int]) -> dict[int, list[Benefit]]:
    rows = list(Benefit.objects.filter(place__in=places).order_by("pk"))
    events = {row.event_id for row in rows} - {None}
    known = Event.objects.in_bulk(events) if events else {}
    found: dict[int, list[Benefit]] = {}
    for row in rows:
        if row.event_id:
            row.event = known[row.event_id]
        found.setdefault(row.place_id, []).append(row)
    return found


@lru_cache(maxsize=2)
def trust_told(digest: str) -> Trust:
    body = TrustList.objects.values_list("body", flat=True).get(digest=digest)
    return Trust.from_list(payload_of(body))
