"""Proposals under the budget: computed, moved by hand, kept by the committee."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from maillage.accounts.models import User
from maillage.calls.models import (
    Application,
    Call,
    EnvelopeLine,
    EnvelopeMinimum,
    EnvelopePlan,
)
from maillage.calls.models.conflicts import conflicting
from maillage.calls.problem import gather_envelope
from maillage.calls.review_choices import Lock, PartKind, Weighing
from maillage.calls.services.committee import scores_of
from maillage.core.errors import Refused
from maillage.kernels.envelope import EnvelopeError, choose, costs

#: Seconds for each programme of the search: pages wait for it.
SECONDS = 1.5


@transaction.atomic
def make_plan(call: Call, *, name: str, by: User, now: dt.datetime) -> EnvelopePlan:
    """A proposal with a line for each eligible application, at what it asks.

    Refuses with ``budget`` or ``nothing``.
    """
    if not call.budget_cents:
        raise Refused("budget", _("Dites d’abord l’enveloppe de l’appel."))
    applications = list(call.applications.all().eligible())
    if not applications:
        raise Refused("nothing", _("Aucune candidature recevable."))
    plan = EnvelopePlan.objects.create(
        call=call,
        name=name,
        budget_cents=call.budget_cents,
        changed_by=by,
        changed_at=now,
    )
    EnvelopeLine.objects.bulk_create(
        EnvelopeLine(plan=plan, application=one, cents=first_amount(one, call))
        for one in applications
    )
    compute(plan)
    return plan


def first_amount(application: Application, call: Call) -> int:
    """What is asked, under the limits of the call."""
    asked = application.requested_cents or 0
    if call.max_grant_cents is not None:
        asked = min(asked, call.max_grant_cents)
    if call.max_percent is not None and application.total_cents is not None:
        asked = min(asked, application.total_cents * call.max_percent // 100)
    return asked


def hold_plan(plan: EnvelopePlan, *, seen: int | None = None) -> EnvelopePlan:
    """The proposal as it is now. Refuses with ``gone``, ``kept`` or ``stale``."""
    rows = EnvelopePlan.objects.select_for_update(of=("self",)).select_related("call")
    row = rows.filter(pk=plan.pk).first()
    if row is None:
        raise Refused("gone", _("Cette proposition n’existe plus."))
    if row.is_kept:
        raise Refused("kept", _("Cette proposition est celle du comité : elle ne change plus."))  # fmt: skip
    if seen is not None and row.revision != seen:
        raise Refused(
            "stale",
            _(
                "Une autre personne vient de modifier cette proposition : la voici à jour."
            ),
        )
    return row


def touch(row: EnvelopePlan, *, by: User, now: dt.datetime) -> None:
    row.revision += 1
    row.changed_by, row.changed_at = by, now
    row.save()


@transaction.atomic
def set_rules(
    plan: EnvelopePlan,
    *,
    budget_cents: int,
    weighing: str,
    uses_raw: bool,
    least_percent: int,
    minimums: Sequence[tuple[str, str, int]],
    seen: int,
    by: User,
    now: dt.datetime,
) -> EnvelopePlan:
    """Budget, what to seek, least shares as (kind, code, percent); then compute."""
    row = hold_plan(plan, seen=seen)
    row.budget_cents, row.weighing = budget_cents, Weighing(weighing)
    row.uses_raw, row.least_percent = uses_raw, least_percent
    row.minimums.all().delete()
    EnvelopeMinimum.objects.bulk_create(
        EnvelopeMinimum(plan=row, kind=PartKind(kind), code=code, percent=percent)
        for kind, code, percent in minimums
    )
    touch(row, by=by, now=now)
    compute(row)
    return row


@transaction.atomic
def move_line(
    line: EnvelopeLine,
    *,
    lock: int,
    cents: int,
    note: str,
    seen: int,
    by: User,
    now: dt.datetime,
) -> EnvelopePlan:
    """Say yes, no, or leave a line to the calculation; then compute the others.

    Refuses with ``conflict`` where the person has an interest, with ``amount``,
    ``over`` (what is granted by hand exceeds the budget), ``kept`` or ``stale``.
    """
    plan = hold_plan(line.plan, seen=seen)
    row = EnvelopeLine.objects.select_related("application").get(pk=line.pk)
    if conflicting(by.pk).filter(pk=row.application_id).exists():
        raise Refused("conflict", _("Vous avez un lien avec ce dossier."))
    if lock == Lock.GRANTED and not cents:
        raise Refused("amount", _("Écrivez le montant de ce qui est retenu."))
    most = plan.call.max_grant_cents
    if most is not None and cents > most:
        raise Refused("amount", _("C’est plus que l’aide maximale de l’appel."))
    row.lock, row.cents, row.note = Lock(lock), cents, note
    row.save(update_fields=["lock", "cents", "note"])
    held = plan.lines.filter(lock=Lock.GRANTED)
    if sum(held.values_list("cents", flat=True)) > plan.budget_cents:
        raise Refused("over", _("Les lignes retenues à la main dépassent le budget."))
    touch(plan, by=by, now=now)
    compute(plan)
    return plan


def compute(plan: EnvelopePlan) -> None:
    """Choose the lines, and keep what each constraint costs with the proposal."""
    lines = list(plan.lines.select_related("application").order_by("application", "pk"))
    minimums = list(plan.minimums.all())
    scores = scores_of(plan.call, uses_raw=plan.uses_raw)
    try:
        envelope = gather_envelope(plan, lines, minimums, scores)
    except EnvelopeError as error:
        raise Refused("over", _("Les lignes retenues à la main dépassent le budget.")) from error  # fmt: skip
    found = choose(envelope, seconds=SECONDS)
    told = costs(envelope, found, seconds=SECONDS, each=False)
    for line, is_granted in zip(lines, found.granted, strict=True):
        line.is_granted = bool(is_granted)
    EnvelopeLine.objects.bulk_update(lines, ["is_granted"])
    plan.result = {
        "value": found.value,
        "bound": found.bound,
        "is_proven": found.is_proven,
        "spent": found.spent,
        "granted": int(found.granted.sum()),
        "locks_cost": told.locks,
        "more_budget": told.more_budget,
        "minimums": [
            {
                "kind": one.kind,
                "code": one.code,
                "percent": one.percent,
                "least": int(envelope.minimum[rank]),
                "got": int(envelope.amount[envelope.part[rank] & found.granted].sum()),
                "short": int(found.short[rank]),
                "cost": int(told.minimum[rank]),
                "clashes": rank in found.clash,
            }
            for rank, one in enumerate(minimums)
        ],
    }
    plan.save(update_fields=["result"])


@transaction.atomic
def keep_plan(
    plan: EnvelopePlan, *, seen: int, by: User, now: dt.datetime
) -> EnvelopePlan:
    """Make it the proposal of the committee. Refuses with ``short``, ``one`` or ``stale``."""
    Call.objects.select_for_update(of=("self",)).get(pk=plan.call_id)
    row = hold_plan(plan, seen=seen)
    if EnvelopePlan.objects.filter(call=row.call, is_kept=True).exists():
        raise Refused("one", _("Le comité a déjà retenu une proposition."))
    row.is_kept = True
    touch(row, by=by, now=now)
    return row


@transaction.atomic
def copy_plan(
    plan: EnvelopePlan, *, name: str, by: User, now: dt.datetime
) -> EnvelopePlan:
    """A second proposal with the same rules and lines, to try something else."""
    values: dict[str, Any] = {
        field: getattr(plan, field)
        for field in ("call", "budget_cents", "weighing", "uses_raw", "least_percent")
    }
    row = EnvelopePlan.objects.create(
        **values, name=name, result=plan.result, changed_by=by, changed_at=now
    )
    EnvelopeMinimum.objects.bulk_create(
        EnvelopeMinimum(plan=row, kind=one.kind, code=one.code, percent=one.percent)
        for one in plan.minimums.all()
    )
    EnvelopeLine.objects.bulk_create(
        EnvelopeLine(
            plan=row,
            application=one.application,
            cents=one.cents,
            lock=one.lock,
            is_granted=one.is_granted,
            note=one.note,
        )
        for one in plan.lines.select_related("application")
    )
    return row


@transaction.atomic
def unkeep_plan(plan: EnvelopePlan) -> None:
    """Open the committee's proposal again. Refuses with ``decided``."""
    row = EnvelopePlan.objects.select_for_update(of=("self",)).get(pk=plan.pk)
    if Application.objects.filter(call=row.call_id, decision__isnull=False).exists():
        raise Refused("decided", _("Des décisions ont déjà été prises."))
    row.is_kept = False
    row.save(update_fields=["is_kept"])


def drop_plan(plan: EnvelopePlan) -> None:
    """Forget a proposal. Refuses with ``kept``."""
    hold = EnvelopePlan.objects.filter(pk=plan.pk, is_kept=False)
    if not hold.delete()[0]:
        raise Refused("kept", _("Cette proposition est celle du comité."))
