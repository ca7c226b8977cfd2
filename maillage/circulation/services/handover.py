"""What a phone takes along, and what it sends back: handovers and reports.

The custody log keeps the fact, whatever the order in which facts arrive; the states of
loans are then worked out from the log, so that any order ends in the same ones.
"""

import datetime as dt
import hashlib
import io
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from maillage.circulation.choices import (
    OUT,
    CustodyKind,
    LoanState,
    Moment,
    Party,
)
from maillage.circulation.models import Copy, CustodyEntry, Loan
from maillage.circulation.services.custody import append, keep
from maillage.circulation.services.loans import (
    AFTER,
    come_home,
    not_back,
    rank,
    say_moment,
    widen,
)
from maillage.circulation.services.reports import add_picture, cleaned, record_report
from maillage.core.errors import Refused

#: The handovers that bring a copy to its host.
OUTWARD = (Moment.DEPARTURE, Moment.ARRIVAL)


# Coming in ---------------------------------------------------------------------


@dataclass(frozen=True)
class Answer:
    """What a phone is told of one line.

    ``kept`` and ``known``: it is in the log; ``later``: a line before it is missing;
    ``refused``: ``message`` says why and what to do. A line that is kept may have a
    message too: why its loan does not follow.
    """

    uuid: str
    state: str
    code: str = ""
    message: str = ""


def receive_all(lines: list[Any], *, by: Any, now: dt.datetime) -> list[Answer]:
    """Receive what a phone has kept, each line on its own, in whatever order."""
    answers = [answer(line, by=by, now=now) for line in lines]
    while True:
        late = [rank for rank, each in enumerate(answers) if each.state == "later"]
        again = {rank: answer(lines[rank], by=by, now=now) for rank in late}
        moved = {rank: each for rank, each in again.items() if each.state != "later"}
        if not moved:
            return answers
        for rank_, each in moved.items():
            answers[rank_] = each


def answer(line: Any, *, by: Any, now: dt.datetime) -> Answer:
    named = line.get("uuid") if isinstance(line, dict) else None
    uuid = named[:36] if isinstance(named, str) else ""
    try:
        _entry, new, message = receive(line, by=by, now=now)
    except Refused as no:
        state = "later" if no.code == "parents" else "refused"
        return Answer(uuid, state, no.code, no.message)
    return Answer(uuid, "kept" if new else "known", "", message)


@transaction.atomic
def receive(data: Any, *, by: Any, now: dt.datetime) -> tuple[CustodyEntry, bool, str]:
    """Keep one signed line and let the loan follow.

    Returns the line, whether it is new, and why the state of the loan does not follow,
    if it does not. Refuses as ``custody.keep``.
    """
    entry, new = keep(data, by=by, now=now)
    return entry, new, follow(entry, by=by, now=now) if new else ""


@transaction.atomic
def record(
    loan: Loan, *, kind: CustodyKind, payload: dict[str, Any], party: Party,
    signed_name: str, at: dt.datetime, by: Any, now: dt.datetime,
) -> tuple[CustodyEntry, str]:  # fmt: skip
    """As ``receive``, from a form of the site, which signs for the person."""
    entry = append(
        loan, kind=kind, payload=payload, party=party, signed_name=signed_name,
        at=at, by=by, now=now,
    )  # fmt: skip
    return entry, follow(entry, by=by, now=now)


def follow(entry: CustodyEntry, *, by: Any, now: dt.datetime) -> str:
    """Let reports and loans say what the log says."""
    if entry.kind == CustodyKind.REPORT:
        record_report(entry, by=by, now=now)
        return ""
    if entry.kind != CustodyKind.HANDOVER or entry.loan_id is None:
        return ""
    return settle(entry.copy, by=by, now=now).get(entry.loan_id, "")


@dataclass
class Life:
    """What the log tells of one loan: when each handover was, and when it was over."""

    times: dict[Moment, dt.datetime] = field(default_factory=dict)
    #: Every instant that was told, also by the second party: a first line may have
    #: ended another loan at an instant that an earlier line, come later, replaces.
    told: dict[Moment, set[dt.datetime]] = field(default_factory=dict)
    #: The copy was in the hands of another loan from then on.
    ousted_at: dt.datetime | None = None
    #: When the copy left for, or reached, other hosts, by any line.
    elsewhere: set[dt.datetime] = field(default_factory=set)

    @property
    def last(self) -> Moment:
        return max(self.times, key=list(Moment).index)

    @property
    def proven_at(self) -> dt.datetime:
        """When the copy is first known to be here: a departure alone may be a mistake."""
        sure = [at for moment, at in self.times.items() if moment != Moment.DEPARTURE]
        return min(sure or self.times.values())

    @property
    def latest_at(self) -> dt.datetime:
        return max(self.times.values())


def lives_of(copy: Copy) -> dict[int, Life]:
    """The lives of the loans of a copy: a function of the set of lines, not of its order.

    The first handover told for a moment counts. A loan that is not given back is over
    when the copy leaves for, or reaches, another host after its last handover.
    """
    lives: dict[int, Life] = {}
    for entry in copy.custody.filter(kind=CustodyKind.HANDOVER, loan__isnull=False):
        life = lives.setdefault(entry.loan_id or 0, Life())
        moment = Moment(entry.payload["moment"])
        life.times[moment] = min(entry.at, life.times.get(moment, entry.at))
        life.told.setdefault(moment, set()).add(entry.at)
    for loan, life in lives.items():
        rivals = [rival for other, rival in lives.items() if other != loan]
        life.elsewhere = {
            at
            for rival in rivals
            for moment in OUTWARD
            for at in rival.told.get(moment, ())
        }
        later = [
            at
            for rival in rivals
            for moment, at in rival.times.items()
            if moment in OUTWARD and at > life.latest_at
        ]
        if later and life.last != Moment.RETURN:
            life.ousted_at = min(later)
    return lives


def settle(copy: Copy, *, by: Any, now: dt.datetime) -> dict[int, str]:
    """Bring the loans of a copy to where its log says they are.

    Returns why a loan does not follow, by its key. Called with the copy locked.
    """
    lives = lives_of(copy)
    rows = Loan.objects.select_for_update(of=("self",)).filter(pk__in=lives)
    loans = rows.select_related("host__commune", "host__structure", "host__created_by")
    reasons = {}
    for loan in sorted(
        loans, key=lambda row: (min(lives[row.pk].times.values()), row.pk)
    ):
        loan.copy = copy
        life = lives[loan.pk]
        # Those that have no line, and are out or were until one of this loan's.
        others = copy.loans.exclude(pk__in=lives).filter(
            Q(state__in=OUT)
            | Q(
                state=LoanState.RETURNED,
                returned_at__in=set().union(*life.told.values()),
            )
        )
        reasons[loan.pk] = live(loan, life=life, others=list(others), by=by, now=now)
    return reasons


def live(
    loan: Loan, *, life: Life, others: list[Loan], by: Any, now: dt.datetime
) -> str:
    """Write a life on its loan; return why not. ``others`` are out without a line."""
    if loan.state == LoanState.CANCELLED:
        return _("Ce prêt est annulé.")
    if loan.state == LoanState.PROPOSED:
        return _("Les deux parties doivent d’abord confirmer ce prêt.")
    if loan.returned_at in life.elsewhere:
        # It was over because the copy was elsewhere: that is worked out anew.
        loan.returned_at = None
        told = [state for state, name in AFTER.values() if getattr(loan, name)]
        loan.state = max(told, key=rank, default=LoanState.CONFIRMED)
    if life.last == Moment.DEPARTURE and loan.state == LoanState.CONFIRMED:
        for other in others:
            if other.state in OUT and other.pk != loan.comes_from_id:
                return not_back(other).message
    for other in others:
        oust(other, at=life.proven_at)
    back = life.times.get(Moment.RETURN)
    is_back_news = back is not None and back != loan.returned_at
    if loan.state == LoanState.CONFIRMED:
        widen(loan, on=localtime(min(life.times.values())).date())
    news = [moment for moment in life.times if not getattr(loan, AFTER[moment][1])]
    for moment, at in life.times.items():
        setattr(loan, AFTER[moment][1], at)
    state = AFTER[life.last][0]
    if rank(state) > rank(loan.state):
        loan.state = state
    loan.save(update_fields=["state", *(value for _state, value in AFTER.values())])
    if back is not None and is_back_news:
        come_home(loan, at=back)
    elif life.ousted_at:
        oust(loan, at=life.ousted_at)
    for moment in news:
        say_moment(loan, moment=moment, at=life.times[moment], by=by, now=now)
    return ""


def oust(loan: Loan, *, at: dt.datetime) -> None:
    """End a loan whose copy is in other hands: that is the latest it can have ended."""
    if loan.returned_at and loan.returned_at <= at:
        return
    loan.returned_at = at
    loan.state = LoanState.RETURNED
    loan.save(update_fields=["returned_at", "state"])
    come_home(loan, at=at, checked=False)


@transaction.atomic
def record_with_pictures(
    loan: Loan, *, moment: Moment, rows: list[dict[str, Any]], note: str, party: Party,
    signed_name: str, at: dt.datetime, by: Any, now: dt.datetime,
) -> CustodyEntry:  # fmt: skip
    """Sign a report from a form of the site, whose pictures come with it.

    No device has signed them: what is signed is the picture once cleaned. Refuses as
    ``custody.keep``, and with ``picture`` when one cannot be read.
    """
    files: dict[str, bytes] = {}
    lines = []
    for row in rows:
        hashes = []
        for file in row["files"]:
            data = cleaned(file)
            sha = hashlib.sha256(data).hexdigest()
            files[sha] = data
            hashes.append(sha)
        lines.append(
            {**{key: row[key] for key in ("label", "finding", "note")},
             "pictures": list(dict.fromkeys(hashes))}
        )  # fmt: skip
    entry, _reason = record(
        loan, kind=CustodyKind.REPORT, party=party, signed_name=signed_name, at=at,
        payload={"moment": moment.value, "lines": lines, "note": note}, by=by, now=now,
    )  # fmt: skip
    for sha, data in files.items():
        add_picture(entry.uuid, sha256=sha, file=io.BytesIO(data), by=by)
    return entry
