"""What becomes of passages that came in: which benefit, whose, once too often, where."""

import datetime as dt
import hmac
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings
from django.utils import timezone

from maillage.directory.models import Place
from maillage.passport.choices import Limit, Outcome, Reason
from maillage.passport.models import Benefit, CheckIn, Device, Use
from maillage.passport.passages import Passage, ahead, best, suits
from maillage.passport.pseudonyms import pseudonym
from maillage.passport.services.desk_rows import insert, passages, save_uses, uses
from maillage.passport.services.stamps import Visit, stamp_visits
from maillage.passport.services.standing import Standing
from maillage.passport.tokens import Claims, Verdict
from maillage.territories.models import Commune

#: A pass seen at two places within so little time was copied or lent.
APART = dt.timedelta(minutes=20)
EARTH_KM = 6371.0088


@dataclass(frozen=True)
class Sending:
    """Passages of one place that came in together; without a device from a file."""

    place: Place
    device: Device | None
    rows: Sequence[Passage]


@dataclass(frozen=True)
class Answer:
    """What a door is told of one passage; ``state`` is ``recorded`` or ``again``."""

    nonce: str
    state: str
    outcome: str
    reason: str = ""
    flag: str = ""

    def as_json(self) -> dict[str, str]:
        return {
            "nonce": self.nonce,
            "state": self.state,
            "outcome": self.outcome,
            "reason": self.reason,
            "flag": self.flag,
        }


@dataclass
class Case:
    """A passage with what was found out about it."""

    row: Passage
    sending: Sending
    verdict: Verdict
    at: dt.datetime
    day: dt.date
    name: str = ""  # pseudonym of the month
    benefit: Benefit | None = None

    @property
    def month(self) -> str:
        return f"{self.day:%Y-%m}"


class Desk:
    """What is read once for all the passages of some sendings, and written once.

    To be used inside one transaction. Rows are locked and written in the order of their
    keys, so that two desks never wait for each other.
    """

    def __init__(
        self,
        sendings: Sequence[Sending],
        verdicts: Sequence[Sequence[Verdict]],
        standing: Standing,
        *,
        now: dt.datetime,
    ) -> None:
        self.now, self.standing = now, standing
        self.benefits = standing.benefits({one.place.pk for one in sendings})
        self.secrets: dict[str, str] = {}
        self.cases = [
            [
                self.case(row, sending, verdict)
                for row, verdict in zip(sending.rows, judged, strict=True)
            ]
            for sending, judged in zip(sendings, verdicts, strict=True)
        ]
        self.uses: dict[tuple[int, str], Use] = {}
        self.counted: dict[str, Use] = {}  # those that changed, by token
        self.hold_uses()
        self.known: dict[str, CheckIn] = {}
        self.seen: dict[str, list[tuple[int, dt.datetime]]] = {}
        self.read_passages()
        self.fresh: list[CheckIn] = []
        self.visits: list[Visit] = []

    def answers(self) -> list[list[Answer]]:
        """Judge all of them in their order, and write what is new."""
        found = [[self.answer(case) for case in cases] for cases in self.cases]
        self.write()
        return found

    def answer(self, case: Case) -> Answer:
        earlier = self.known.get(case.row.nonce)
        if earlier is None:
            row = self.known[case.row.nonce] = self.judge(case)
            self.fresh.append(row)
        else:
            row = self.again(case, earlier)
        state = "recorded" if earlier is None else "again"
        return Answer(row.nonce, state, row.outcome, row.reason, row.flag)

    # Reading ----------------------------------------------------------------------

    def all_cases(self) -> list[Case]:
        return [case for cases in self.cases for case in cases]

    def case(self, row: Passage, sending: Sending, verdict: Verdict) -> Case:
        at = ahead(row, self.now)
        case = Case(row, sending, verdict, at, timezone.localdate(at))
        if claims := verdict.claims:
            case.name = self.name(claims, case.month)
            case.benefit = self.benefit(case, claims)
        return case

    def name(self, claims: Claims, month: str) -> str:
        """The pseudonym of the month; nothing once the month is counted and closed."""
        if month not in self.secrets:
            self.secrets[month] = self.standing.secret(month)
        secret = self.secrets[month]
        return pseudonym(claims.cti, secret=secret) if secret else ""

    def benefit(self, case: Case, claims: Claims) -> Benefit | None:
        """The one that the door named, if it suits; else the best that does."""
        here = self.benefits.get(case.sending.place.pk, [])
        fit = [one for one in here if suits(one, claims, day=case.day)]
        named = next((one for one in fit if one.pk == case.row.benefit), None)
        return named or best(fit)

    def read_passages(self) -> None:
        """Those that are here already, and where their passes were a moment before."""
        cases = self.all_cases()
        if not cases:
            return
        nonces = {case.row.nonce for case in cases}
        names = {case.name for case in cases} - {""}
        moments = [case.at for case in cases]
        rows = passages(
            nonces, months=[*self.secrets], names=names,
            between=(min(moments) - APART, max(moments) + APART),
        )  # fmt: skip
        for row in rows:
            if row.nonce in nonces:
                self.known[row.nonce] = row
            if row.outcome == Outcome.ACCEPTED and row.pseudonym in names:
                self.note(row)

    # Judging ----------------------------------------------------------------------

    def judge(self, case: Case) -> CheckIn:
        """The passage as it is kept; nothing of the pass but what figures need."""
        row, claims, benefit = case.row, case.verdict.claims, case.benefit
        reason = case.verdict.reason
        if not reason and benefit is None:
            reason = Reason.NOT_HERE.value
        if not reason and self.is_used_up(case):
            reason = Reason.LIMIT_REACHED.value
        accepted = row.is_accepted if row.is_offline else not reason
        made = CheckIn(
            nonce=row.nonce,
            device=case.sending.device,
            place=case.sending.place,
            event_id=benefit.event_id if benefit else None,
            benefit=benefit,
            month=case.month,
            outcome=Outcome.ACCEPTED if accepted else Outcome.REFUSED,
            was_offline=row.is_offline,
            happened_at=case.at,
            happened_on=case.day,
            received_at=self.now,
        )
        if not accepted:
            made.reason = reason or Reason.NOT_HERE.value
            return made
        made.flag = reason or self.flag(made, case.name)
        if claims:
            self.fill(made, case, claims)
        return made

    def fill(self, made: CheckIn, case: Case, claims: Claims) -> None:
        """What figures need of an accepted passage, and its use of the benefit."""
        made.pseudonym = case.name
        made.kind, made.age_band = claims.kind, claims.age_band
        made.commune = claims.commune
        made.distance_km = distance(claims.commune, case.sending.place)
        made.companions = case.row.companions
        made.people = min(case.row.members, claims.people) + case.row.companions
        if benefit := made.benefit:
            made.paid_cents = benefit.price_cents * (made.people - made.companions)
            self.count_use(claims, benefit, made.happened_on)
        self.note(made)
        if not case.verdict.reason:  # a good pass; stamps are for those who keep them
            visit = Visit(claims.cti, made.place_id, made.event_id, made.happened_on)
            self.visits.append(visit)

    def again(self, case: Case, earlier: CheckIn) -> CheckIn:
        """A door that waited too long for our no has let people in: it is recorded."""
        let_in = case.row.is_offline and case.row.is_accepted
        if not let_in or earlier.outcome == Outcome.ACCEPTED:
            return earlier
        if earlier.pk:
            earlier = CheckIn.objects.select_for_update(of=("self",)).get(pk=earlier.pk)
            self.known[earlier.nonce] = earlier
            if earlier.outcome == Outcome.ACCEPTED:
                return earlier
        earlier.outcome, earlier.flag = Outcome.ACCEPTED, earlier.reason
        earlier.reason, earlier.was_offline = "", True
        if claims := case.verdict.claims:
            case.name = self.name(claims, earlier.month)
            self.fill(earlier, case, claims)
        if earlier.pk:
            earlier.save()
        return earlier

    def note(self, row: CheckIn) -> None:
        self.seen.setdefault(row.pseudonym, []).append((row.place_id, row.happened_at))

    def flag(self, made: CheckIn, name: str) -> str:
        """A pass that was at another place a moment before or after."""
        here, at = made.place_id, made.happened_at
        seen = self.seen.get(name, []) if name else []
        if any(place != here and abs(at - then) < APART for place, then in seen):
            return Reason.ELSEWHERE.value
        return ""

    # Uses of limited benefits -----------------------------------------------------

    def use_key(
        self, claims: Claims, benefit: Benefit, day: dt.date
    ) -> tuple[int, str] | None:
        """Season and token of the use; nothing where there is no limit."""
        if benefit.limit == Limit.NONE or (season := self.standing.season(day)) is None:
            return None
        daily = day if benefit.limit == Limit.ONCE_A_DAY else None
        token = use_token(claims.cti, benefit=benefit.pk, season=season.pk, day=daily)
        return season.pk, token

    def hold_uses(self) -> None:
        """The uses of all passages, locked until the transaction ends."""
        found = (
            self.use_key(case.verdict.claims, case.benefit, case.day)
            for case in self.all_cases()
            if case.verdict.claims and case.benefit
        )
        self.read_uses({key for key in found if key})

    def read_uses(self, keys: set[tuple[int, str]]) -> None:
        if not keys:
            return
        for row in uses([token for _season, token in keys]):
            self.uses[row.season_id, row.token] = row
        for season, token in keys - self.uses.keys():
            self.uses[season, token] = Use(season_id=season, token=token)

    def use(self, claims: Claims, benefit: Benefit, day: dt.date) -> Use | None:
        """How often this pass used this benefit; nothing where there is no limit."""
        key = self.use_key(claims, benefit, day)
        if key is None:
            return None
        if key not in self.uses:  # of a benefit that was taken at first, not now
            self.read_uses({key})
        return self.uses[key]

    def count_use(self, claims: Claims, benefit: Benefit, day: dt.date) -> None:
        if used := self.use(claims, benefit, day):
            self.counted[used.token] = used
            used.times += 1
            used.last_on = max(day, used.last_on or day)

    def is_used_up(self, case: Case) -> bool:
        claims, benefit = case.verdict.claims, case.benefit
        if claims is None or benefit is None:
            return False
        used = self.use(claims, benefit, case.day)
        most = benefit.times if benefit.limit == Limit.N_A_SEASON else 1
        return used is not None and used.times >= (most or 1)

    # Writing ----------------------------------------------------------------------

    def write(self) -> None:
        save_uses(self.counted.values())
        if self.fresh:
            self.fresh.sort(key=lambda row: row.nonce)
            insert(self.fresh)
        if self.visits:
            stamp_visits(self.visits, self.standing.stops())


def distance(insee: str, place: Place) -> float | None:
    """Kilometres as the crow flies from the commune of a pass, to a tenth."""
    home, here = point_of(insee), place.position
    if home is None or here is None:
        return None
    lon, lat, lon2, lat2 = map(math.radians, (*home, *here))
    half = math.sin((lat2 - lat) / 2) ** 2
    half += math.cos(lat) * math.cos(lat2) * math.sin((lon2 - lon) / 2) ** 2
    return round(2 * EARTH_KM * math.asin(math.sqrt(half)), 1)


@lru_cache(maxsize=8192)
def point_of(insee: str) -> tuple[float, float] | None:
    """Where a commune is; communes do not move."""
    rows = Commune.objects.filter(insee=insee).order_by()
    return rows.values_list("lon", "lat").first()


def use_token(
    number: str, *, benefit: int, season: int, day: dt.date | None = None
) -> str:
    """Names the use of a benefit by a pass, in a season or on a day.

    Nobody without the secret of the site can tell that two are of the same pass.
    """
    secret = str(settings.SECRET_KEY).encode()
    said = f"use {season} {benefit} {day or ''} {number}".encode()
    return hmac.digest(secret, said, "sha256").hex()[:32]
