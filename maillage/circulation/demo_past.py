"""Loans that are over, those under way, and what they left: figures, incidents, bills."""

import datetime as dt
from typing import Any

import numpy as np
from django.utils.translation import gettext as _

from maillage.catalogue.models import Resource
from maillage.circulation.choices import (
    ChargeKind,
    CopyState,
    ExpenseKind,
    HoldKind,
    LoanState,
    MaintenanceState,
    Severity,
)
from maillage.circulation.demo_hosts import KINDS
from maillage.circulation.models import (
    Attendance,
    Charge,
    Copy,
    Expense,
    Host,
    Incident,
    Loan,
    Maintenance,
    Season,
)
from maillage.circulation.services.holding import (
    hold,
    km_between,
    make_loan,
    release,
    span_for,
)
from maillage.territories.models import Commune

YEARS = 2
DAY = dt.timedelta(1)
WORN = 400
SOME = 0.25
MISHAPS = (
    ("Un panneau rayé pendant le montage.", Severity.MINOR, 8_000),
    ("Une ampoule à remplacer.", Severity.MINOR, 2_500),
    ("Une fixation cassée.", Severity.MAJOR, 12_000),
    ("Une manipulation bloquée.", Severity.MAJOR, 18_000),
    ("Une pièce égarée.", Severity.MINOR, 4_000),
)
LENGTHS = {"exhibition": (14, 21, 28, 42), "mobile_planetarium": (2, 3, 5),
           "mobile_unit": (2, 3, 5)}  # fmt: skip


def at(day: dt.date, hour: int = 9) -> dt.datetime:
    return dt.datetime(day.year, day.month, day.day, hour, tzinfo=dt.UTC)


def fee_of(resource: Resource, *, kind: str, days: int) -> int:
    """Cents of the scale for a borrower: the first line that is long enough."""
    if kind in resource.free_for:
        return 0
    lines = [fee for fee in resource.fees if fee["borrower"] in {kind, "tous"}]
    if not lines:
        return 0
    lines.sort(key=lambda fee: (fee["borrower"] == "tous", fee["days"]))
    long_enough = [fee for fee in lines if fee["days"] >= days]
    return int((long_enough or lines[-1:])[0]["cents"])


def costs(copy: Copy, host: Host, *, days: int, km: float) -> dict[str, Any]:
    resource = copy.resource
    return {
        "fee_cents": fee_of(resource, kind=host.kind, days=days),
        "transport_cents": int(km * (copy.km_cents or 60)),
        "deposit_cents": resource.deposit_cents or 0,
        "insurance_value_cents": resource.insurance_value_cents or 0,
    }


def make_past(demo: Any, *, hosts: list[Host], season: Season) -> None:
    """Two years of loans of each copy, one after the other, up to today."""
    rows = Copy.objects.select_related("resource__owner", "depot__commune")
    for copy in rows.order_by("pk"):
        if copy.resource.parent_id is None:  # the modules have a tour of their own
            loans = finished(demo, copy, hosts)
            tell_of(demo, copy, loans)
        under_way(demo, copy, hosts)
    trouble(demo)


def finished(demo: Any, copy: Copy, hosts: list[Host]) -> list[Loan]:
    rng: np.random.Generator = demo.rng
    day = demo.today - dt.timedelta(365 * YEARS) + dt.timedelta(int(rng.integers(60)))
    busy = rng.uniform(20, 120)  # days between two loans: some are loved, some rest
    loans = []
    while True:
        day += dt.timedelta(int(rng.exponential(busy)) + 4)
        days = int(rng.choice(LENGTHS.get(copy.resource.kind, (7, 14, 21))))
        start = day + dt.timedelta(3)
        end = start + dt.timedelta(days)
        if end + dt.timedelta(5) >= demo.today - dt.timedelta(30):
            break
        host = hosts[int(rng.integers(len(hosts)))]
        loans.append(past_loan(copy, host, start=start, end=end))
        day = end + dt.timedelta(5)
    return Loan.objects.bulk_create(loans)


def past_loan(
    copy: Copy, host: Host, *, start: dt.date, end: dt.date, is_example: bool = True
) -> Loan:
    km = 2 * km_between(copy.depot.position or host.position, host.position)
    known = costs(copy, host, days=(end - start).days, km=km) if is_example else {}
    return Loan(
        copy=copy, host=host, departs_on=start - 2 * DAY, starts_on=start, ends_on=end,
        free_on=end + 3 * DAY, state=LoanState.RETURNED, km=round(km, 1),
        departed_at=at(start - 2 * DAY), arrived_at=at(start - DAY), left_at=at(end),
        returned_at=at(end + DAY, 15), owner_confirmed_at=at(start - 30 * DAY),
        host_confirmed_at=at(start - 30 * DAY), agreement_signed_on=start - 20 * DAY,
        created_at=at(start - 60 * DAY), is_example=is_example, **known,
    )  # fmt: skip


def tell_of(demo: Any, copy: Copy, loans: list[Loan]) -> None:
    """Who came, what was paid, what broke."""
    rng: np.random.Generator = demo.rng
    figures, charges, incidents = [], [], []
    pieces = list(copy.components.filter(kind="piece"))
    weak = pieces[0] if pieces else None  # what breaks once breaks again
    for loan in loans:
        _odds, _name, pupils, public = KINDS[loan.host.kind]
        figures += (
            [
                Attendance(
                    loan=loan, pupils=int(rng.integers(*pupils)),
                    public=int(rng.integers(*public)) if public[1] else 0,
                    classes=int(rng.integers(1, 8)), declared_at=at(loan.ends_on + 9 * DAY),
                )
            ]
            if rng.random() < 0.85
            else []
        )  # fmt: skip
        lines = [(ChargeKind.FEE, _("Location"), loan.fee_cents)]
        lines += [(ChargeKind.TRANSPORT, _("Transport"), loan.transport_cents)]
        charges += [
            Charge(
                loan=loan, kind=kind, text=text, cents=cents,
                paid_on=loan.ends_on + 30 * DAY,
            )
            for kind, text, cents in lines if cents
        ]  # fmt: skip
        if rng.random() < (0.25 if copy.days_out_before > WORN else 0.07):
            text, severity, cents = MISHAPS[int(rng.integers(len(MISHAPS)))]
            incidents.append(
                Incident(
                    copy=copy, loan=loan, noticed_on=loan.ends_on, severity=severity,
                    component=weak,
                    text=text, cost_cents=cents, mended_on=loan.ends_on + 6 * DAY,
                )
            )  # fmt: skip
    Attendance.objects.bulk_create(figures)
    Charge.objects.bulk_create(charges)
    Incident.objects.bulk_create(incidents)
    spend(demo, copy, loans)


def spend(demo: Any, copy: Copy, loans: list[Loan]) -> None:
    """What the copy has cost: its making, its upkeep, its kilometres."""
    made = copy.purchased_on or demo.today
    lines = [
        (ExpenseKind.PRODUCTION, made, copy.purchase_value_cents or 1, _("Fabrication"))
    ]
    for year in range(YEARS):
        day = demo.today - dt.timedelta(365 * year + 40)
        lines.append((ExpenseKind.INSURANCE, day, 6_000, _("Assurance annuelle")))
        lines.append((ExpenseKind.STORAGE, day, 9_000, _("Stockage")))
    for loan in loans:
        lines.append(
            (
                ExpenseKind.TRANSPORT,
                loan.starts_on,
                max(1, int(loan.km * 45)),
                loan.host.name,
            )
        )
    if len(loans) > 4:
        day = loans[len(loans) // 2].free_on
        Maintenance.objects.create(
            copy=copy, starts_on=day, ends_on=day + 5 * DAY, state=MaintenanceState.DONE,
            text=_("Entretien courant"), cost_cents=14_000, done_on=day + 5 * DAY,
        )  # fmt: skip
        lines.append((ExpenseKind.MAINTENANCE, day, 14_000, _("Entretien courant")))
    Expense.objects.bulk_create(
        Expense(
            resource=copy.resource, copy=copy, kind=kind, spent_on=day, cents=cents,
            text=text,
        )
        for kind, day, cents, text in lines
    )  # fmt: skip


def under_way(demo: Any, copy: Copy, hosts: list[Host]) -> None:
    """Some copies are out today, some leave next week."""
    rng: np.random.Generator = demo.rng
    draw = rng.random()
    if draw > 0.45:
        return
    shift = int(rng.integers(-12, -4)) if draw < 0.28 else int(rng.integers(6, 16))
    days = int(rng.choice(LENGTHS.get(copy.resource.kind, (14, 21))))
    start = demo.today + dt.timedelta(shift)
    end = max(start + dt.timedelta(days), demo.today + 3 * DAY)
    host = hosts[int(rng.integers(len(hosts)))]
    if draw < 0.06:
        host = hosts[int(rng.integers(3))]  # those whom an account speaks for
    span = span_for(copy, host=host, start=start, end=end)
    state = LoanState.ON_SITE if shift < 0 else LoanState.CONFIRMED
    known = costs(copy, host, days=(end - start).days, km=span.km)
    loan = make_loan(
        copy, host=host, span=span, by=None, now=at(start - 40 * DAY), state=state,
        is_example=True, owner_confirmed_at=at(start - 40 * DAY),
        host_confirmed_at=at(start - 38 * DAY), **known,
    )  # fmt: skip
    vary(demo, loan)
    Charge.objects.create(
        loan=loan, kind=ChargeKind.FEE, text=_("Location"), cents=loan.fee_cents
    )


def vary(demo: Any, loan: Loan) -> None:
    """Put each loan at one of the steps that its pages show, papers included."""
    start, draw = loan.starts_on, demo.rng.random()
    if loan.state == LoanState.ON_SITE:
        loan.departed_at, loan.arrived_at = at(loan.departs_on), at(start - DAY)
        loan.agreement_signed_on = start - 20 * DAY
        loan.deposit_received_on = start - 10 * DAY if loan.deposit_cents else None
        loan.insurance_until = loan.free_on + 10 * DAY
        if draw < SOME and loan.ends_on <= demo.today + 4 * DAY:
            loan.state, loan.left_at = LoanState.RETURNING, demo.now
    elif draw < SOME:
        loan.state, loan.host_confirmed_at = LoanState.PROPOSED, None
    elif draw < 2 * SOME:
        loan.agreement_signed_on = demo.today
        loan.deposit_received_on = demo.today if loan.deposit_cents else None
    elif draw < 3 * SOME:
        loan.state, loan.cancelled_at = LoanState.CANCELLED, demo.now
        loan.cancel_reason = _("La salle est en travaux.")
        release(loan)
    loan.save()


def trouble(demo: Any) -> None:
    """One copy is late, one is broken, one is in the workshop, one is at home."""
    free = list(
        Copy.objects.filter(holds=None, resource__kind="exhibition")
        .exclude(resource__parent__isnull=False)
        .order_by("pk")[:4]
    )
    if late := Loan.objects.filter(state=LoanState.ON_SITE).order_by("pk").first():
        back = {
            "departs_on": demo.today - 32 * DAY, "starts_on": demo.today - 30 * DAY,
            "ends_on": demo.today - 9 * DAY, "free_on": demo.today - 4 * DAY,
        }  # fmt: skip
        Loan.objects.filter(pk=late.pk).update(**back)
        late.hold.starts_on = back["departs_on"]
        late.hold.ends_on = demo.today + DAY
        late.hold.save(update_fields=["starts_on", "ends_on"])
    for copy, kind, days in zip(
        free, (HoldKind.BREAKDOWN, HoldKind.MAINTENANCE, HoldKind.OWN_USE),
        (60, 12, 40), strict=False,
    ):  # fmt: skip
        work = None
        if kind == HoldKind.MAINTENANCE:
            work = Maintenance.objects.create(
                copy=copy, starts_on=demo.today - 2 * DAY,
                ends_on=demo.today + dt.timedelta(days), text=_("Révision complète"),
            )  # fmt: skip
        hold(
            copy, kind=kind, start=demo.today - 2 * DAY,
            end=demo.today + dt.timedelta(days), by=None, maintenance=work,
        )  # fmt: skip
        if kind == HoldKind.BREAKDOWN:
            Copy.objects.filter(pk=copy.pk).update(state=CopyState.BROKEN)
            Incident.objects.create(
                copy=copy, noticed_on=demo.today - 2 * DAY, severity=Severity.TOTAL,
                text=_("Structure pliée pendant le transport."),
            )  # fmt: skip


def write_tours(rows: list[dict[str, Any]], *, now: dt.datetime) -> None:
    """The loans of a published tour; one loan for each module and stop."""
    copies = {
        copy.resource.source_key: copy
        for copy in Copy.objects.select_related("resource", "depot__commune").filter(
            rank=1
        )
        if copy.resource.source_key
    }
    for row in rows:
        commune = Commune.objects.filter(insee=row["commune"]).first()
        if commune is None:
            continue
        host, _made = Host.objects.get_or_create(
            name=row["host"], commune=commune, defaults={"kind": row["kind"]}
        )
        start, end = (dt.date.fromisoformat(row[d]) for d in ("starts_on", "ends_on"))
        for number, key in enumerate(row["resources"].split("|")):
            if key not in copies or end >= now.date():
                continue
            loan = past_loan(copies[key], host, start=start, end=end, is_example=False)
            loan.save()
            if row["visitors"] and number == 0:  # told for the whole, not for a module
                Attendance.objects.create(
                    loan=loan, public=int(row["visitors"]), declared_at=at(end),
                    comment=row["source_url"],
                )  # fmt: skip
