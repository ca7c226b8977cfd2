"""One use of a pass as a door tells it, and which benefit it may be of."""

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from maillage.passport.choices import Gives
from maillage.passport.models import Benefit
from maillage.passport.tokens import LONGEST, Claims

NONCE = re.compile(r"[0-9a-f]{32}")
#: What a door may say of itself; more is a mistake or an attack.
MOST_PEOPLE = 200
OLDEST = dt.timedelta(days=120)
RANKS = {Gives.FREE: 0, Gives.REDUCED: 1, Gives.PRIORITY: 2}


@dataclass(frozen=True)
class Passage:
    """``nonce`` is the random number that the door gave it, for ever."""

    nonce: str
    at: dt.datetime
    code: str
    benefit: int | None = None
    members: int = 1
    companions: int = 0
    is_offline: bool = False
    is_accepted: bool = False

    @classmethod
    def of(cls, row: Any) -> "Passage":
        """From JSON; raises ``ValueError``, ``KeyError`` or ``TypeError``."""
        nonce, code = row["nonce"], row["code"]
        members, companions = row.get("members", 1), row.get("companions", 0)
        if not isinstance(nonce, str) or not NONCE.fullmatch(nonce):
            raise ValueError("nonce")
        if not isinstance(code, str):
            raise TypeError("code")
        for number, least in ((members, 1), (companions, 0)):
            if type(number) is not int or not least <= number <= MOST_PEOPLE:
                raise ValueError("people")
        benefit = row.get("benefit")
        if benefit is not None and type(benefit) is not int:
            raise TypeError("benefit")
        return cls(
            nonce=nonce,
            at=dt.datetime.fromtimestamp(int(row["at"]) / 1000, dt.UTC),
            code=code[: LONGEST + 1],
            benefit=benefit,
            members=members,
            companions=companions,
            is_offline=row.get("offline") is True,
            is_accepted=row.get("accepted") is True,
        )


def ahead(row: Passage, now: dt.datetime) -> dt.datetime:
    """When it happened, by a clock that may be wrong: never later than it came in."""
    return min(max(row.at, now - OLDEST), now)


def suits(benefit: Benefit, claims: Claims, *, day: dt.date) -> bool:
    """Whether a benefit is for this pass on this day."""
    start, end = benefit.days
    return (
        benefit.is_offered
        and (start is None or start <= day)
        and (end is None or day < end)
        and (not benefit.kinds or claims.kind in benefit.kinds)
        and (not benefit.age_bands or claims.age_band in benefit.age_bands)
    )


def best(benefits: Iterable[Benefit]) -> Benefit | None:
    """What gives most: free before reduced before priority, then the lowest price."""
    ranked = sorted(
        benefits, key=lambda one: (RANKS[Gives(one.gives)], one.price_cents, one.pk)
    )
    return ranked[0] if ranked else None
