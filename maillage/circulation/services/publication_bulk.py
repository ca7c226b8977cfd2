"""What a publication writes, many loans at a time: the same rows as one by one.

Each step costs the same number of queries for ten loans and for a thousand. When one of
them does not go through, ``OddError`` is raised, nothing of the step has been written, and
the caller goes one by one, which finds out which loan it is and says why.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from maillage.circulation.calendars import Calendar, calendars_of
from maillage.circulation.choices import (
    ChargeKind,
    CopyState,
    HoldKind,
    LoanState,
    RequestState,
)
from maillage.circulation.models import (
    Charge,
    Copy,
    Hold,
    LendingRules,
    Loan,
    LoanRequest,
    Maintenance,
    PlannedLoan,
    Scenario,
)
from maillage.circulation.services.answers import charges_of, money_of
from maillage.circulation.services.chains import meeting_day
from maillage.circulation.services.estimates import transport_of
from maillage.circulation.services.holding import Span, km_between, max_day, span_of

DAY = dt.timedelta(1)


class OddError(Exception):
    """Not all of them at once: one by one will tell."""


@dataclass(frozen=True)
class Owners:
    """When each owner works and how it lends, read once."""

    calendars: Mapping[int, Calendar]
    rules: Mapping[int, LendingRules]

    def calendar(self, copy: Copy) -> Calendar:
        return self.calendars[copy.resource.owner_id]

    def span(self, one: PlannedLoan) -> Span:
        owner = one.copy.resource.owner_id
        return span_of(
            one.copy, host=one.request.host, start=one.starts_on, end=one.ends_on,
            calendar=self.calendars[owner], buffer_days=self.rules[owner].buffer_days,
        )  # fmt: skip


def owners_of(planned: Sequence[PlannedLoan]) -> Owners:
    owners = {one.copy.resource.owner_id: one.copy.resource.owner for one in planned}
    calendars = calendars_of(
        owners.values(),
        start=min(one.starts_on for one in planned),
        end=max(one.ends_on for one in planned),
    )
    known = LendingRules.objects.filter(structure__in=owners)
    rules = {row.structure_id: row for row in known}
    defaults = {
        pk: LendingRules(structure=owner)
        for pk, owner in owners.items()
        if pk not in rules
    }
    return Owners(calendars, rules | defaults)


@dataclass(frozen=True)
class Lent:
    """Loans that were made together, with their holds and the lines of their invoices."""

    loans: Mapping[int, Loan] = field(default_factory=dict)
    holds: Mapping[int, Hold] = field(default_factory=dict)
    transport: Mapping[int, Charge] = field(default_factory=dict)


def lend_all(
    planned: Sequence[PlannedLoan], *, scenario: Scenario, owners: Owners, by: Any,
    now: dt.datetime, today: dt.date,
) -> Lent:  # fmt: skip
    """Make the loans of requests that have none, by request; raises ``OddError``."""
    try:
        with transaction.atomic():
            need_in_service(planned)
            spans = [owners.span(one) for one in planned]
            if any(span.departs_on < today for span in spans):
                raise OddError
            return written(
                planned, spans, scenario=scenario, owners=owners, by=by, now=now
            )
    except (IntegrityError, ValueError) as error:
        raise OddError from error


def need_in_service(planned: Sequence[PlannedLoan]) -> None:
    """Hold the copies, in one order for everybody; raises ``OddError`` if one is not lent."""
    pks = {one.copy_id for one in planned}
    rows = Copy.objects.select_for_update(of=("self",)).filter(pk__in=pks)
    states = list(rows.order_by("pk").values_list("state", flat=True))
    if len(states) < len(pks) or set(states) - {CopyState.IN_SERVICE}:
        raise OddError


def written(
    planned: Sequence[PlannedLoan], spans: Sequence[Span], *, scenario: Scenario,
    owners: Owners, by: Any, now: dt.datetime,
) -> Lent:  # fmt: skip
    loans = Loan.objects.bulk_create(
        Loan(
            copy=one.copy, host=one.request.host, request=one.request,
            state=LoanState.PROPOSED, departs_on=span.departs_on,
            starts_on=span.starts_on, ends_on=span.ends_on, free_on=span.free_on,
            km=round(span.km, 1), created_by=by, created_at=now, scenario=scenario,
            **money_of(one.request, [(one.copy, span)], rules=owners.rules)[0],
        )
        for one, span in zip(planned, spans, strict=True)
    )  # fmt: skip
    holds = Hold.objects.bulk_create(
        Hold(
            copy=loan.copy, kind=HoldKind.LOAN, starts_on=span.departs_on,
            ends_on=max_day(span), loan=loan, made_by=by,
        )
        for loan, span in zip(loans, spans, strict=True)
    )  # fmt: skip
    charges = Charge.objects.bulk_create(
        charge for loan in loans for charge in charges_of(loan)
    )
    LoanRequest.objects.filter(pk__in=[one.request_id for one in planned]).update(
        state=RequestState.ACCEPTED, season=scenario.season, answered_by_user=by,
        answered_at=now,
    )  # fmt: skip
    return Lent(
        {one.request_id: loan for one, loan in zip(planned, loans, strict=True)},
        {loan.pk: hold for loan, hold in zip(loans, holds, strict=True)},
        {row.loan_id: row for row in charges if row.kind == ChargeKind.TRANSPORT},
    )


def maintain_all(planned: Iterable[PlannedLoan], *, owners: Owners, by: Any) -> None:
    """Take the days of maintenance before loans; raises ``OddError``."""
    wanted = [one for one in planned if one.maintained_before]
    if not wanted:
        return
    copies = {one.copy_id for one in wanted}
    held = Hold.objects.filter(copy__in=copies, loan__isnull=False).order_by(
        "-starts_on"
    )
    starts = {
        (copy, request): day
        for copy, request, day in held.values_list("copy", "loan__request", "starts_on")
    }
    rows = Maintenance.objects.filter(copy__in=copies)
    known = set(rows.values_list("copy", "starts_on", "ends_on"))
    text = _("Entretien prévu par le plan de saison")
    works = []
    for one in wanted:
        end = starts.get((one.copy_id, one.request_id))
        if end is None:
            continue
        days = one.copy.maintenance_days
        start = owners.calendar(one.copy).back(end, open_days=days)
        if (one.copy_id, start, end) not in known:
            works.append(
                Maintenance(copy=one.copy, starts_on=start, ends_on=end, text=text)
            )
    try:
        with transaction.atomic():
            Hold.objects.bulk_create(
                Hold(
                    copy=work.copy, kind=HoldKind.MAINTENANCE, starts_on=work.starts_on,
                    ends_on=work.ends_on, maintenance=work, made_by=by,
                )
                for work in Maintenance.objects.bulk_create(works)
            )  # fmt: skip
    except IntegrityError as error:
        raise OddError from error


def link_all(pairs: Sequence[tuple[Loan, Loan]], *, lent: Lent, owners: Owners) -> None:
    """Let copies go straight on from one loan to the next; raises ``OddError``.

    All loans were just made. Where no day does, the copy goes home as it was to.
    """
    need_neighbours(pairs)
    links = []
    days = {pk: [hold.starts_on, hold.ends_on] for pk, hold in lent.holds.items()}
    for source, loan in pairs:
        km = km_between(source.host.position, loan.host.position)
        met = meeting_day(
            owners.calendar(loan.copy), copy=loan.copy, end=source.ends_on,
            start=loan.starts_on, km=km,
        )  # fmt: skip
        if met is None:
            continue
        if met <= days[source.pk][0] or met >= days[loan.pk][1]:
            raise OddError
        days[source.pk][1] = days[loan.pk][0] = met
        links.append((source, loan, met, km))
    if not links:
        return
    try:
        with transaction.atomic():
            move_all([lent.holds[pk] for pk in days], days)
    except IntegrityError as error:
        raise OddError from error
    note_links(links, lent=lent, owners=owners)


def need_neighbours(pairs: Sequence[tuple[Loan, Loan]]) -> None:
    """Raise ``OddError`` if another loan of the copy lies between two that follow."""
    copies = {loan.copy_id for _source, loan in pairs}
    rows = Loan.objects.all().holding().filter(copy__in=copies)
    ends: dict[int, list[tuple[dt.date, int]]] = {}
    for copy, end, pk in rows.values_list("copy", "ends_on", "pk"):
        ends.setdefault(copy, []).append((end, pk))
    for source, loan in pairs:
        earlier = [one for one in ends[loan.copy_id] if one[0] <= loan.starts_on]
        if not earlier or max(earlier)[1] != source.pk:
            raise OddError


def move_all(holds: Sequence[Hold], days: Mapping[int, Sequence[dt.date]]) -> None:
    """Give holds other days. They shrink first: no two share a day at any moment."""
    fields = ["starts_on", "ends_on"]
    before = [(hold.starts_on, hold.ends_on) for hold in holds]
    try:
        for hold in holds:
            start, end = days[hold.loan_id or 0]
            hold.starts_on = max(hold.starts_on, start)
            hold.ends_on = min(hold.ends_on, end)
        Hold.objects.bulk_update(holds, fields)
        for hold in holds:
            hold.starts_on, hold.ends_on = days[hold.loan_id or 0]
        Hold.objects.bulk_update(holds, fields)
    except IntegrityError:
        for hold, (start, end) in zip(holds, before, strict=True):
            hold.starts_on, hold.ends_on = start, end
        raise


def note_links(
    links: Sequence[tuple[Loan, Loan, dt.date, float]], *, lent: Lent, owners: Owners
) -> None:
    """Write days, kilometres and transport of the loans that are linked."""
    legs: dict[int, list[float]] = {}
    changed: dict[int, Loan] = {}
    for source, loan, met, km in links:
        for one in (source, loan):
            home = km_between(
                one.copy.depot.position or one.host.position, one.host.position
            )
            legs.setdefault(one.pk, [home, home])
            changed[one.pk] = one
            one.sequence += 1
        source.free_on, loan.departs_on, loan.comes_from = met, met, source
        legs[source.pk][1], legs[loan.pk][0] = 0.0, km
    lines = []
    for pk, loan in changed.items():
        loan.km = round(sum(legs[pk]), 1)
        if not loan.transport_cents:
            continue
        rules = owners.rules[loan.copy.resource.owner_id]
        loan.transport_cents = transport_of(loan.copy, km=loan.km, rules=rules)
        line = lent.transport[pk]
        line.cents = loan.transport_cents
        lines.append(line)
    Loan.objects.bulk_update(
        list(changed.values()),
        ["free_on", "departs_on", "comes_from", "km", "transport_cents", "sequence"],
    )
    Charge.objects.bulk_update(lines, ["cents"])
