"""Pay places for the visits of holders: keep a simulation, decide it, show what it did."""

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from django.db import transaction
from django.db.models import Count, Max, Min, QuerySet, Sum
from django.utils.translation import gettext as _

from maillage.core.disclosure import Release, Table, Unit, protect, total
from maillage.core.errors import Refused
from maillage.core.records import need_agency
from maillage.passport.choices import SettlementState
from maillage.passport.models import (
    CheckIn,
    Settlement,
    SettlementLine,
    SettlementRule,
)
from maillage.passport.services.settling_counts import (
    Line,
    Result,
    come_late,
    in_days,
    simulate,
)
from maillage.passport.services.settling_rules import Counts, Rule

#: Offline passages come in late: until then an agency is told to wait.
WAIT = dt.timedelta(days=14)


#: What lines keep beside the inputs of the rule.
BESIDE = ("flagged", "late")


def late_kept(inputs: Mapping[str, Any]) -> dict[int, Counts]:
    """What came in late, as a line keeps it: payment, passages, people."""
    found: dict[int, Counts] = {}
    for pk, visits, people in inputs.get("late", ()):
        found[pk] = found.get(pk, Counts()) + Counts(visits, people)
    return found


def late_told(line: Line) -> dict[str, list[list[int]]]:
    """What came in late, to be kept; nothing where nothing did."""
    late = [[pk, one.visits, one.people] for pk, one in sorted(line.late.items())]
    return {"late": late} if late else {}


def computed(
    settlement: Settlement, *, rows: QuerySet[CheckIn] | None = None
) -> Result:
    """What a settlement gives now, from the passages as they are known now."""
    return simulate(
        [settlement.rule],
        start=settlement.starts_on,
        end=settlement.ends_on,
        budget_cents=settlement.budget_cents,
        is_capped=settlement.is_capped,
        pays_flagged=settlement.pays_flagged,
        rows=rows,
    )[0]


def kept(settlement: Settlement) -> Result:
    """What was decided, from the lines that were written."""
    lines = tuple(
        Line(
            place=row.place_id,
            counts=Counts(row.visits, row.people),
            flagged=Counts(row.inputs["flagged"]),
            due_cents=row.due_cents,
            cents=row.cents,
            inputs={k: v for k, v in row.inputs.items() if k not in BESIDE},
            late=late_kept(row.inputs),
        )
        for row in settlement.lines.order_by("place_id")
    )
    rule = Rule.read(settlement.rule.kind, settlement.numbers)
    return Result(rule, settlement.budget_cents, lines)


def result_of(settlement: Settlement) -> Result:
    is_decided = settlement.state == SettlementState.DECIDED
    return kept(settlement) if is_decided else computed(settlement)


def digest_of(settlement: Settlement, result: Result) -> str:
    """SHA-256 of all that is decided: period, rule, budget, and each line."""
    told = {
        "starts_on": settlement.starts_on.isoformat(),
        "ends_on": settlement.ends_on.isoformat(),
        "budget_cents": settlement.budget_cents,
        "is_capped": settlement.is_capped,
        "pays_flagged": settlement.pays_flagged,
        "rule": {"kind": result.rule.kind, **result.rule.numbers},
        "lines": [
            {
                "place": line.place,
                "visits": line.counts.visits,
                "people": line.counts.people,
                "flagged": line.flagged.visits,
                "inputs": line.inputs,
                "due_cents": line.due_cents,
                "cents": line.cents,
                **late_told(line),
            }
            for line in result.lines
        ],
    }
    text = json.dumps(told, sort_keys=True, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()


def overlapping(settlement: Settlement) -> Settlement | None:
    """A decided settlement that has paid passages of the same days."""
    others = Settlement.objects.all().decided().exclude(pk=settlement.pk)
    return others.filter(
        starts_on__lt=settlement.ends_on, ends_on__gt=settlement.starts_on
    ).first()


@transaction.atomic
def keep_draft(
    rule: SettlementRule,
    *,
    name: str,
    start: dt.date,
    end: dt.date,
    budget_cents: int,
    is_capped: bool,
    pays_flagged: bool,
    by: Any,
) -> Settlement:
    """Keep a simulation, to be decided later. Refuses with ``forbidden``.

    Keeping the same one again, as a double click does, gives the one that is there.
    """
    need_agency(by)
    list(SettlementRule.objects.select_for_update(of=("self",)).filter(pk=rule.pk))
    row, _made = Settlement.objects.all().drafts().get_or_create(
        rule=rule, name=name, starts_on=start, ends_on=end, budget_cents=budget_cents,
        is_capped=is_capped, pays_flagged=pays_flagged, state=SettlementState.DRAFT,
    )  # fmt: skip
    return row


def held(settlement: Settlement) -> Settlement:
    """The settlement as it is now; all of them wait until the transaction ends.

    Two that are decided at once must not pay the same days. Refuses with ``gone``.
    """
    rows = Settlement.objects.select_for_update(of=("self",)).order_by("pk")
    found = next((row for row in list(rows) if row.pk == settlement.pk), None)
    if found is None:
        raise Refused("gone", _("Ce projet n’existe plus."))
    return found


@transaction.atomic
def decide(
    settlement: Settlement, *, seen: str, by: Any, now: dt.datetime, today: dt.date
) -> Settlement:
    """Write the lines of a draft, for good; ``seen`` is the digest of what was shown.

    Refuses with ``forbidden``, ``gone``, ``decided``, ``not_over``, ``overlap``,
    ``nothing`` or ``changed``.
    """
    need_agency(by)
    row = held(settlement)
    if row.state == SettlementState.DECIDED:
        raise Refused("decided", _("Ce paiement est déjà arrêté."))
    if row.ends_on > today:
        raise Refused("not_over", _("La période n’est pas finie : attendez son dernier jour."))  # fmt: skip
    if other := overlapping(row):
        raise Refused(
            "overlap",
            _("« %(name)s » a déjà payé des passages de ces jours.") % {"name": other},
        )
    row.rule = SettlementRule.objects.select_for_update(of=("self",)).get(
        pk=row.rule_id
    )
    result = computed(row, rows=taken_by(row))
    digest = digest_of(row, result)
    if not result.due_cents:
        raise Refused("nothing", _("Aucun passage de cette période n’est à payer."))
    if digest != seen:
        raise Refused("changed", _("Des passages ou la règle ont changé depuis l’affichage : relisez les montants, puis arrêtez-les."))  # fmt: skip
    SettlementLine.objects.bulk_create(
        SettlementLine(
            settlement=row,
            place_id=line.place,
            visits=line.counts.visits,
            people=line.counts.people,
            due_cents=line.due_cents,
            cents=line.cents,
            inputs={**line.inputs, "flagged": line.flagged.visits, **late_told(line)},
        )
        for line in result.lines
    )
    row.state, row.numbers, row.digest = SettlementState.DECIDED, result.rule.numbers, digest  # fmt: skip
    row.decided_by, row.decided_at = by, now
    row.save()
    return row


def taken_by(row: Settlement) -> QuerySet[CheckIn]:
    """The passages that a payment counts, made its own: a door that sends meanwhile is late.

    Those of its days, and those of days already paid that nothing has counted.
    """
    for rows in (
        in_days(row.starts_on, row.ends_on), come_late(row.starts_on, row.ends_on)
    ):  # fmt: skip
        rows.filter(settlement=None).update(settlement=row)
    return CheckIn.objects.all().accepted().filter(settlement=row)


@transaction.atomic
def drop_draft(settlement: Settlement, *, by: Any) -> None:
    """Forget a draft. Refuses with ``forbidden``, ``gone`` or ``decided``."""
    need_agency(by)
    row = held(settlement)
    if row.state == SettlementState.DECIDED:
        raise Refused("decided", _("Un paiement arrêté ne s’efface pas."))
    row.delete()


@transaction.atomic
def save_rule(rule: SettlementRule, *, by: Any) -> SettlementRule:
    """Add or change a rule. Refuses with ``forbidden``, ``gone`` or ``used``."""
    need_agency(by)
    if rule.pk:
        free_rule(rule)
    rule.save()
    return rule


@transaction.atomic
def drop_rule(rule: SettlementRule, *, by: Any) -> None:
    """Take a rule away, with its drafts. Refuses as :func:`save_rule`."""
    need_agency(by)
    row = free_rule(rule)
    row.settlements.all().delete()
    row.delete()


def free_rule(rule: SettlementRule) -> SettlementRule:
    """The rule, held, that nothing was paid by yet."""
    rows = SettlementRule.objects.select_for_update(of=("self",))
    row = rows.filter(pk=rule.pk).first()
    if row is None:
        raise Refused("gone", _("Cette règle n’existe plus."))
    if row.settlements.all().decided().exists():
        raise Refused("used", _("Cette règle a servi à un paiement arrêté : faites-en une copie."))  # fmt: skip
    return row


@dataclass(frozen=True)
class Late:
    """Passages that came in after their days had been paid, as pages tell of them."""

    settlement: Settlement
    visits: int
    people: int


def late_told_of(late: Mapping[int, Counts]) -> list[Late]:
    """What a payment pays of the days of others, the first decided first."""
    rows = Settlement.objects.in_bulk([*late])
    return [Late(rows[pk], one.visits, one.people) for pk, one in late.items() if pk in rows]  # fmt: skip


def late_of(settlement: Settlement) -> tuple[int, list[Late]]:
    """Passages of its days that came in since: how many wait, and who has paid others."""
    rows = CheckIn.objects.all().accepted().filter(
        happened_on__gte=settlement.starts_on, happened_on__lt=settlement.ends_on
    )  # fmt: skip
    paid = rows.exclude(settlement=settlement).order_by().values("settlement")
    counts: dict[int | None, tuple[int, int]] = {
        row["settlement"]: (row["visits"], row["everybody"])
        for row in paid.annotate(visits=Count("pk"), everybody=Sum("people"))
    }
    waiting = counts.pop(None, (0, 0))[0]
    payers = Settlement.objects.filter(pk__in=[*filter(None, counts)]).order_by("pk")
    return waiting, [Late(row, *counts[row.pk]) for row in payers]


def waiting_late(*, today: dt.date) -> int:
    """Passages of paid days that the next payment will pay."""
    return come_late(today, today).count()


def span() -> tuple[dt.date | None, dt.date | None]:
    """The days of the first and the last accepted passage."""
    days = CheckIn.objects.all().accepted().aggregate(
        first=Min("happened_on"), last=Max("happened_on")
    )  # fmt: skip
    return days["first"], days["last"]


def next_period(*, today: dt.date) -> tuple[dt.date, dt.date]:
    """First and last day of what may be paid next, up to the end of last month.

    It goes on from the last payment; without one it is three months.
    """
    end = today.replace(day=1)
    paid = Settlement.objects.all().decided().filter(ends_on__lt=end)
    start = paid.aggregate(last=Max("ends_on"))["last"]
    if start is None:
        month = end.year * 12 + end.month - 1 - 3
        start = dt.date(month // 12, month % 12 + 1, 1)
    return start, end - dt.timedelta(1)


def totals_told(settlement: Settlement) -> Release:
    """The sums that a place needs to compute its part again, through the gate.

    A place knows its own line: with too few others, the sums would tell theirs.
    """
    units = [
        Unit(key=str(place), values={"due_cents": due, "cents": cents})
        for place, due, cents in settlement.lines.filter(due_cents__gt=0).values_list(
            "place", "due_cents", "cents"
        )
    ]
    table = Table("settlement", by=(), asks=(total("due_cents"), total("cents")))
    return protect([table], units=units)
