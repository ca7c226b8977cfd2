"""What stays where it is while a season is planned: holds, loans, decisions by hand."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from maillage.circulation.choices import HoldKind, LoanState, LockKind
from maillage.circulation.models import (
    Copy,
    Hold,
    LendingRules,
    LoanRequest,
    Lock,
    Scenario,
)
from maillage.circulation.problem.facts import Facts, Taken, Wish
from maillage.circulation.problem.scores import complete
from maillage.circulation.services.holding import span_of
from maillage.circulation.services.season_facts import (
    Stock,
    center,
    is_pause,
    sound,
    what_if,
)
from maillage.core.dates import day_words
from maillage.core.errors import Refused

#: Loans that a new plan may move without being told to: nobody has said yes to both.
MOVABLE = (LoanState.PROPOSED,)


@dataclass
class Placing:
    """What stays where it is: holds, confirmed loans, decisions by hand."""

    scenario: Scenario
    stock: Stock
    requests: list[LoanRequest]
    wishes: list[Wish]
    current: Mapping[int, Hold]
    locks: Mapping[int, Lock]
    today: dt.date

    def taken(self, holds: Iterable[Hold]) -> list[Taken]:
        """Every period in which a copy is not free. Refuses with ``locks``."""
        freed = set(what_if(self.scenario, "freed", []))
        self.loose: list[Taken] = []
        mine = {hold.pk: rank for rank, hold in self.current.items()}
        found = []
        for hold in holds:
            rank = mine.get(hold.pk, -1)
            loan = hold.loan
            if rank >= 0 and loan:
                lock = self.locks.get(loan.request_id or 0)
                may_move = loan.state in MOVABLE or loan.state == LoanState.CONFIRMED
                leaves = loan.state in MOVABLE or loan.request_id in freed or lock
                if may_move and leaves and hold.starts_on > self.today:
                    if not lock and hold.copy_id in self.stock.rank_of_copy:
                        self.loose.append(self.held(hold, rank, kept=True))
                    continue
            if hold.copy_id in self.stock.rank_of_copy:
                found.append(self.held(hold, rank))
        for rank, request in enumerate(self.requests):
            lock = self.locks.get(request.pk)
            if lock and lock.kind == LockKind.PLACED:
                found.append(self.locked(lock, rank, found))
        return found

    @property
    def bonus(self) -> float:
        """What it is worth that a loan stays as it is."""
        return float(complete(self.scenario.weights)["stability"])

    def settled(self, taken: Iterable[Taken]) -> list[Wish]:
        """Wishes without the choices of those that are served already."""
        fixed = {one.wish for one in taken if one.wish >= 0}
        for rank in fixed:
            self.wishes[rank] = replace(self.wishes[rank], barred="")
        return self.wishes

    def held(self, hold: Hold, rank: int, *, kept: bool = False) -> Taken:
        season = self.scenario.season
        copy = self.stock.rank_of_copy[hold.copy_id]
        loan = hold.loan
        if is_pause(hold) or loan is None:
            return Taken(
                copy, season.tick(hold.starts_on), season.tick(hold.ends_on),
                self.stock.copies[copy].position, renews=hold.kind == HoldKind.MAINTENANCE,
            )  # fmt: skip
        starts = max(loan.starts_on, season.starts_on)
        return Taken(
            copy, season.tick(hold.starts_on), season.tick(hold.ends_on),
            sound(loan.host.position) or center(), wish=rank,
            value=self.value(rank, copy) + (self.bonus if kept else 0.0),
            wear=max(0, (loan.ends_on - starts).days),
            is_confirmed=rank >= 0 and not kept, starts=season.tick(loan.starts_on),
            ends=season.tick(loan.ends_on),
        )  # fmt: skip

    def value(self, rank: int, copy: int) -> float:
        if rank < 0:
            return 0.0
        group = self.stock.copies[copy].group
        scores = [c.score for c in self.wishes[rank].choices if c.group == group]
        return max(scores, default=0.0)

    def locked(self, lock: Lock, rank: int, others: list[Taken]) -> Taken:
        """A decision by hand as a period taken. Refuses with ``locks``."""
        season, wish = self.scenario.season, self.wishes[rank]
        copy = self.stock.rank_of_copy.get(lock.copy_id or 0)
        if copy is None or lock.copy is None or lock.starts_on is None:
            raise broken_lock(
                wish, _("l’exemplaire n’est pas en service dans ce scénario.")
            )
        end = lock.starts_on + dt.timedelta(wish.duration)
        if lock.starts_on < season.starts_on or end > season.ends_on:
            raise broken_lock(wish, _("ces jours sortent de la saison."))
        row = self.stock.rows[lock.copy_id or 0]
        owner = row.resource.owner_id
        rules = LendingRules.objects.filter(structure=owner).first() or LendingRules()
        span = span_of(
            row, host=self.requests[rank].host, start=lock.starts_on, end=end,
            calendar=self.stock.calendars[owner], buffer_days=rules.buffer_days,
        )  # fmt: skip
        start, free = season.tick(span.departs_on), season.tick(span.free_on)
        if span.departs_on < self.today:
            raise broken_lock(wish, _("l’exemplaire devrait déjà être parti."))
        for other in others:
            if other.copy == copy and other.start < free and start < other.end:
                raise broken_lock(wish, self.clash(row, other))
        return Taken(
            copy, start, free, wish.position, wish=rank, value=self.value(rank, copy),
            wear=wish.duration, starts=season.tick(lock.starts_on),
            ends=season.tick(end),
        )  # fmt: skip

    def clash(self, copy: Copy, other: Taken) -> str:
        season = self.scenario.season
        words = {
            "copy": copy.label,
            "start": day_words(season.starts_on + dt.timedelta(other.start)),
            "end": day_words(season.starts_on + dt.timedelta(other.end - 1)),
        }
        if other.wish >= 0:
            words["other"] = self.wishes[other.wish].reference
            return (
                _(
                    "%(copy)s est déjà donné à %(other)s du %(start)s au %(end)s, transport "
                    "et montage compris."
                )
                % words
            )
        return _("%(copy)s est déjà pris du %(start)s au %(end)s.") % words

    def check_limits(self, facts: Facts) -> None:
        """Refuses with ``locks`` when decisions give a host more than it may have."""
        given = Counter(
            facts.wishes[one.wish].host for one in facts.taken if one.wish >= 0
        )
        for one in facts.taken:
            if one.wish < 0 or one.is_confirmed:
                continue
            host = facts.wishes[one.wish].host
            if given[host] > facts.host_limits[host]:
                raise broken_lock(
                    facts.wishes[one.wish],
                    _("le lieu d’accueil aurait %(had)d prêts, pour %(most)d au plus.")
                    % {"had": given[host], "most": facts.host_limits[host]},
                )


def broken_lock(wish: Wish, why: str) -> Refused:
    return Refused(
        "locks",
        _("La décision prise à la main pour %(ref)s ne peut pas être tenue : %(why)s")
        % {"ref": wish.reference, "why": why},
    )
