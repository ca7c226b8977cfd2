"""Publish a plan: loans are proposed to both sides, everybody is told, or nothing is.

A plan that follows a published one changes as little as it says: loans that stay are
left alone, moved ones must be confirmed again, dropped ones are cancelled.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from maillage.circulation.choices import (
    OPEN_REQUESTS,
    HoldKind,
    LoanState,
    RequestState,
    ScenarioState,
    SeasonState,
)
from maillage.circulation.models import (
    Hold,
    Loan,
    LoanRequest,
    Maintenance,
    PlannedLoan,
    Scenario,
    Season,
)
from maillage.circulation.problem.answers import MOST_WAIT
from maillage.circulation.services.answers import charged, money_of
from maillage.circulation.services.chains import meeting, recount, set_ends
from maillage.circulation.services.holding import (
    Span,
    hold,
    make_loan,
    max_day,
    release,
)
from maillage.circulation.services.publication_bulk import (
    Lent,
    OddError,
    lend_all,
    link_all,
    maintain_all,
    owners_of,
)
from maillage.circulation.services.season_letters import tell_season
from maillage.circulation.services.season_replan import current_loans
from maillage.core.dates import day_words
from maillage.core.errors import Refused

FINISHED = (ScenarioState.DONE, ScenarioState.STOPPED)
#: What stands in the way is told; beyond so many lines the rest is only counted.
MOST_TOLD = 6


@dataclass
class Outcome:
    """What a publication has done, by loan."""

    added: list[Loan] = field(default_factory=list)
    moved: list[Loan] = field(default_factory=list)
    kept: list[Loan] = field(default_factory=list)
    dropped: list[Loan] = field(default_factory=list)
    waiting: list[LoanRequest] = field(default_factory=list)


@transaction.atomic
def publish(
    scenario: Scenario, *, by: Any, now: dt.datetime, today: dt.date
) -> Outcome:
    """Propose the loans of a plan, all of them or none.

    Refuses with ``state``, ``what_if``, ``other`` (another plan is published, and this
    one does not follow it), ``empty`` or ``changed`` (what stands in the way is told).
    """
    season = Season.objects.select_for_update(of=("self",)).get(pk=scenario.season_id)
    rows = Scenario.objects.select_for_update(of=("self",))
    row = rows.select_related("season", "based_on").get(pk=scenario.pk)
    before = check_publishable(row, season=season)
    planned = list(planned_loans(row))
    if not planned:
        raise Refused("empty", _("Ce scénario ne sert aucune demande."))
    work = Publishing(row, by=by, now=now, today=today)
    outcome = work.carry_out(planned)
    if before is not None:
        Scenario.objects.filter(pk=before.pk).update(state=ScenarioState.DONE)
    row.state, row.published_at = ScenarioState.PUBLISHED, now
    row.save(update_fields=["state", "published_at"])
    season.state = SeasonState.PUBLISHED
    season.save(update_fields=["state"])
    tell_season(row, outcome, is_first=before is None, now=now)
    return outcome


def check_publishable(scenario: Scenario, *, season: Season) -> Scenario | None:
    """The plan that this one replaces, if any. Refuses as ``publish``."""
    if scenario.state not in FINISHED:
        raise Refused("state", _("Seul un scénario calculé peut être publié."))
    if any(scenario.what_if.get("extra", {}).values()):
        raise Refused(
            "what_if",
            _(
                "Ce scénario compte un exemplaire qui n’existe pas : il sert à comparer."
            ),
        )
    if season.state == SeasonState.CLOSED:
        raise Refused("state", _("Cette saison est terminée."))
    published: Scenario | None = season.scenarios.filter(
        state=ScenarioState.PUBLISHED
    ).first()
    if published and scenario.based_on_id != published.pk:
        raise Refused(
            "other",
            _("« %(name)s » est déjà publié : partez de lui avec « Replanifier ».")
            % {"name": published.name},
        )
    return published


def planned_loans(scenario: Scenario) -> Iterable[PlannedLoan]:
    return scenario.planned_loans.select_related(
        "request__host__place__commune", "request__host__commune",
        "request__host__created_by", "request__asked_by", "request__resource__owner", "copy__resource__owner", "copy__depot__commune",
    ).order_by("copy", "starts_on")  # fmt: skip


class Publishing:
    """One publication under way; what stands in its way is gathered, then told."""

    def __init__(
        self, scenario: Scenario, *, by: Any, now: dt.datetime, today: dt.date
    ) -> None:
        self.scenario, self.by, self.now, self.today = scenario, by, now, today
        self.outcome = Outcome()
        self.against: list[str] = []

    def carry_out(self, planned: list[PlannedLoan]) -> Outcome:
        """Change the loans to what is planned. Refuses with ``changed``."""
        self.owners = owners_of(planned)
        loans = current_loans(self.scenario.season)
        wanted = {one.request_id: one for one in planned}
        self.check(planned, loans)
        fresh: list[PlannedLoan] = []
        for pk, loan in loans.items():
            one = wanted.get(pk)
            if one is None:
                self.drop(loan)
            elif (one.copy_id, one.starts_on) == (loan.copy_id, loan.starts_on):
                self.outcome.kept.append(loan)
            else:
                self.give_up(loan)
                fresh.append(one)
        self.refuse_if_any()
        new = [one for one in planned if one.request_id not in loans]
        made = self.place_all(new, fresh, loans)
        self.refuse_if_any()
        try:
            maintain_all(planned, owners=self.owners, by=self.by)
        except OddError:
            self.maintain(planned)
        self.hand_over(planned, made)
        self.refuse_if_any()
        served = set(wanted)
        rest = LoanRequest.objects.filter(
            season=self.scenario.season, state=RequestState.SEASON
        ).exclude(pk__in=served)
        self.outcome.waiting = list(
            rest.select_related(
                "host__commune", "host__created_by", "resource", "asked_by"
            )
        )
        return self.outcome

    def check(self, planned: Iterable[PlannedLoan], loans: Mapping[int, Loan]) -> None:
        """What changed since the computation, request by request."""
        pks = [one.request_id for one in planned]
        rows = LoanRequest.objects.select_for_update(of=("self",)).filter(pk__in=pks)
        states = dict(rows.values_list("pk", "state"))
        for one in planned:
            state = states.get(one.request_id, "")
            if one.request_id not in loans and state not in OPEN_REQUESTS:
                self.against.append(
                    _("%(ref)s (%(host)s) n’attend plus de réponse.")
                    % {"ref": one.request.reference, "host": one.request.host}
                )

    def noting(self, one: PlannedLoan) -> "Noting":
        return Noting(self.against, one)

    def refuse_if_any(self) -> None:
        if not self.against:
            return
        more = len(self.against) - MOST_TOLD
        told = " ".join(self.against[:MOST_TOLD])
        if more > 0:
            told += _(" Et %(more)d autres points.") % {"more": more}
        raise Refused(
            "changed",
            _("Rien n’est publié, car depuis le calcul : %(what)s Recalculez.")
            % {"what": told},
        )

    def drop(self, loan: Loan) -> None:
        """Cancel a loan that the new plan has no place for; its request waits again."""
        loan.state, loan.cancelled_at = LoanState.CANCELLED, self.now
        loan.cancel_reason = _("Le plan de la saison a changé.")
        loan.sequence += 1
        loan.save(update_fields=["state", "cancelled_at", "cancel_reason", "sequence"])
        release(loan)
        LoanRequest.objects.filter(loans=loan).update(
            state=RequestState.SEASON, season=self.scenario.season
        )
        self.outcome.dropped.append(loan)

    def give_up(self, loan: Loan) -> None:
        """Free the days of a loan that moves."""
        release(loan)
        Loan.objects.filter(comes_from=loan).update(comes_from=None)

    def place_all(
        self, new: list[PlannedLoan], moved: list[PlannedLoan],
        loans: Mapping[int, Loan],
    ) -> dict[int, Loan]:  # fmt: skip
        """New loans at once if all go through, those that move one by one."""
        new = sorted(new, key=lambda row: (row.copy_id, row.starts_on))
        one_by_one = moved
        self.lent = Lent()
        try:
            self.lent = lend_all(
                new, scenario=self.scenario, owners=self.owners, by=self.by,
                now=self.now, today=self.today,
            )  # fmt: skip
            self.outcome.added += self.lent.loans.values()
        except OddError:
            one_by_one = moved + new
        made = dict(self.lent.loans)
        for one in sorted(one_by_one, key=lambda row: (row.copy_id, row.starts_on)):
            with self.noting(one):
                made[one.request_id] = self.place(one, loans.get(one.request_id))
        return made

    def place(self, one: PlannedLoan, loan: Loan | None) -> Loan:
        """Make a loan, or give one its new copy and days. Refuses with ``taken``."""
        request = one.request
        span = self.owners.span(one)
        if span.departs_on < self.today:
            raise Refused("past", _("Le départ serait déjà passé."))
        if loan is not None:
            return self.move(loan, one, span)
        made = make_loan(
            one.copy, host=request.host, span=span, by=self.by, now=self.now,
            request=request, state=LoanState.PROPOSED, scenario=self.scenario,
            **money_of(request, [(one.copy, span)])[0],
        )  # fmt: skip
        charged(made)
        LoanRequest.objects.filter(pk=request.pk).update(
            state=RequestState.ACCEPTED, season=self.scenario.season,
            answered_by_user=self.by, answered_at=self.now,
        )  # fmt: skip
        self.outcome.added.append(made)
        return made

    def move(self, loan: Loan, one: PlannedLoan, span: Span) -> Loan:
        hold(
            one.copy, kind=HoldKind.LOAN, start=span.departs_on, end=max_day(span),
            by=self.by, loan=loan,
        )  # fmt: skip
        loan.copy, loan.state = one.copy, LoanState.PROPOSED
        loan.departs_on, loan.starts_on = span.departs_on, span.starts_on
        loan.ends_on, loan.free_on = span.ends_on, span.free_on
        loan.owner_confirmed_at = loan.host_confirmed_at = loan.comes_from = None
        loan.scenario, loan.km = self.scenario, round(span.km, 1)
        loan.sequence += 1
        loan.save()
        self.outcome.moved.append(loan)
        return loan

    def maintain(self, planned: Iterable[PlannedLoan]) -> None:
        """Take the days of maintenance that the plan puts before a loan."""
        for one in planned:
            if not one.maintained_before:
                continue
            copy = one.copy
            calendar = self.owners.calendar(copy)
            held = Hold.objects.filter(copy=copy, loan__request=one.request_id).first()
            if held is None:
                continue
            end = held.starts_on
            start = calendar.back(end, open_days=copy.maintenance_days)
            known = Maintenance.objects.filter(copy=copy, starts_on=start, ends_on=end)
            if known.exists():
                continue
            with self.noting(one):
                work = Maintenance.objects.create(
                    copy=copy, starts_on=start, ends_on=end,
                    text=_("Entretien prévu par le plan de saison"),
                )  # fmt: skip
                hold(
                    copy, kind=HoldKind.MAINTENANCE, start=start, end=end, by=self.by,
                    maintenance=work,
                )  # fmt: skip

    def hand_over(self, planned: list[PlannedLoan], made: Mapping[int, Loan]) -> None:
        """Let a copy go straight on where the next loan follows soon."""
        pairs = list(self.followed(planned, made))
        try:
            if len(self.lent.loans) < len(made):
                raise OddError  # some have moved
            link_all(pairs, lent=self.lent, owners=self.owners)
        except OddError:
            for _source, loan in pairs:
                with suppress(Refused):
                    self.join(loan)

    def followed(
        self, planned: list[PlannedLoan], made: Mapping[int, Loan]
    ) -> Iterator[tuple[Loan, Loan]]:
        for before, after in pairwise(planned):
            loan = made.get(after.request_id)
            if before.copy_id != after.copy_id or loan is None:
                continue
            source = made.get(before.request_id)
            if source is None or after.maintained_before:
                continue
            if (loan.departs_on - source.free_on).days > MOST_WAIT:
                continue
            yield source, loan

    def join(self, loan: Loan) -> None:
        met = meeting(loan)
        met.source.copy = loan.copy
        set_ends(met.source, loan, leaves=met.day, departs=met.day)
        loan.comes_from = met.source
        loan.save(update_fields=["comes_from"])
        recount(met.source)
        recount(loan)


class Noting:
    """Turns the refusal of one loan into a line of what stands in the way."""

    def __init__(self, against: list[str], one: PlannedLoan) -> None:
        self.against, self.one = against, one

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, _tb: object) -> bool:
        if not isinstance(error, Refused):
            return False
        self.against.append(
            _("%(ref)s (%(host)s, à partir du %(day)s) : %(why)s")
            % {
                "ref": self.one.request.reference,
                "host": self.one.request.host,
                "day": day_words(self.one.starts_on),
                "why": error.message,
            }
        )
        return True
