"""The life of a grant: agreement, instalments, reports, amendments, end."""

import datetime as dt
from collections.abc import Sequence

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from maillage.accounts.models import User
from maillage.calls.models import (
    Amendment,
    Decision,
    Grant,
    GrantStep,
    Instalment,
    ReportDue,
)
from maillage.calls.review_choices import GrantState
from maillage.core.dates import day_words
from maillage.core.errors import Refused
from maillage.core.money import format_cents
from maillage.kernels.shares import split_exactly

#: How a grant is paid when nobody says otherwise: percent, months after the start.
FIRST_PARTS = ((70, 1), (30, 12))
#: Months that a project lasts, and until its report.
MONTHS, REPORT_MONTHS = 12, 14


def months_after(day: dt.date, months: int) -> dt.date:
    """The same day some months later, the last of the month where it has no such day."""
    year, month = divmod(day.month - 1 + months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return dt.date(day.year + year, month + 1, last)
        except ValueError:
            continue
    raise AssertionError  # every month has a 28th


def grant_note(grant: Grant, text: str, *, by: User | None, now: dt.datetime) -> None:
    GrantStep.objects.create(grant=grant, text=text[:400], at=now, by=by)


def make_grant(decision: Decision, *, by: User, now: dt.datetime) -> Grant:
    """The grant of a decision, with the usual instalments and one report."""
    row = decision.application
    today = now.date()
    grant = Grant.objects.create(
        application=row,
        reference=f"{now.year}-{row.number}",
        cents=decision.cents,
        object=str(row)[:300],
        starts_on=today,
        ends_on=months_after(today, MONTHS),
        act=decision.reference,
        created_at=now,
    )
    write_instalments(grant, [percent for percent, _months in FIRST_PARTS], [
        months_after(today, months) for _percent, months in FIRST_PARTS
    ])  # fmt: skip
    ReportDue.objects.create(
        grant=grant, name=_("Bilan final"), due_on=months_after(today, REPORT_MONTHS)
    )
    grant_note(grant, _("Subvention créée : %(amount)s") % {"amount": format_cents(grant.cents)}, by=by, now=now)  # fmt: skip
    return grant


def write_instalments(
    grant: Grant, percents: Sequence[int], days: Sequence[dt.date]
) -> None:
    """Split what is not paid; the cents add up, whatever the percents."""
    kept = list(grant.instalments.all().paid())
    left = grant.cents - sum(one.cents for one in kept)
    grant.instalments.all().unpaid().delete()
    first = (grant.instalments.aggregate(most=Max("number"))["most"] or 0) + 1
    parts = split_exactly(left, list(percents)) if left else []
    Instalment.objects.bulk_create(
        Instalment(grant=grant, number=first + rank, cents=cents, due_on=day)
        for rank, (cents, day) in enumerate(zip(parts, days, strict=False))
        if cents
    )


def hold_grant(grant: Grant) -> Grant:
    """The grant as it is now. Refuses with ``ended``."""
    row = Grant.objects.select_for_update(of=("self",)).get(pk=grant.pk)
    if row.state != GrantState.ACTIVE:
        raise Refused("ended", _("Cette subvention est soldée ou annulée."))
    return row


def touch(row: Grant) -> None:
    row.revision += 1
    row.save()


@transaction.atomic
def sign_agreement(
    grant: Grant,
    *,
    agreed_on: dt.date,
    starts_on: dt.date,
    last_on: dt.date,
    act: str,
    conditions: str,
    is_told_to_europe: bool,
    by: User,
    now: dt.datetime,
) -> Grant:
    """Note the agreement and its period. Refuses with ``period`` or ``ended``."""
    row = hold_grant(grant)
    if last_on < starts_on:
        raise Refused("period", _("Le dernier jour vient après le premier."))
    row.agreed_on, row.starts_on = agreed_on, starts_on
    row.ends_on = last_on + dt.timedelta(1)
    row.act, row.conditions = act, conditions
    row.is_told_to_europe = is_told_to_europe
    touch(row)
    grant_note(row, _("Convention du %(day)s") % {"day": day_words(agreed_on)}, by=by, now=now)  # fmt: skip
    return row


@transaction.atomic
def plan_instalments(
    grant: Grant,
    *,
    parts: Sequence[tuple[int, dt.date]],
    seen: int,
    by: User,
    now: dt.datetime,
) -> Grant:
    """Split anew what is not paid yet, as (percent, day).

    Refuses with ``parts``, ``stale`` or ``ended``.
    """
    row = hold_grant(grant)
    if row.revision != seen:
        raise Refused("stale", _("Cette subvention vient d’être modifiée : la voici à jour."))  # fmt: skip
    if sum(percent for percent, _day in parts) != 100:
        raise Refused("parts", _("Les parts doivent faire 100 % de ce qui reste à payer."))  # fmt: skip
    write_instalments(row, [one for one, _day in parts], [day for _one, day in parts])
    touch(row)
    grant_note(row, _("Échéancier modifié"), by=by, now=now)
    return row


@transaction.atomic
def pay_instalment(
    instalment: Instalment, *, paid_on: dt.date, by: User, now: dt.datetime
) -> Instalment:
    """Note a payment. Refuses with ``agreement``, ``paid`` or ``ended``."""
    grant = hold_grant(instalment.grant)
    row = Instalment.objects.select_for_update(of=("self",)).get(pk=instalment.pk)
    if grant.agreed_on is None:
        raise Refused("agreement", _("Notez d’abord la convention signée."))
    if row.paid_on or row.cancelled_on:
        raise Refused("paid", _("Ce versement est déjà noté."))
    row.paid_on = paid_on
    row.save(update_fields=["paid_on"])
    touch(grant)
    grant_note(
        grant,
        _("Versement %(n)s de %(amount)s payé le %(day)s")
        % {
            "n": row.number,
            "amount": format_cents(row.cents),
            "day": day_words(paid_on),
        },
        by=by,
        now=now,
    )
    return row


@transaction.atomic
def unpay_instalment(instalment: Instalment, *, by: User, now: dt.datetime) -> None:
    """Take back a payment noted by mistake. Refuses with ``ended``."""
    grant = hold_grant(instalment.grant)
    Instalment.objects.filter(pk=instalment.pk).update(paid_on=None)
    touch(grant)
    grant_note(grant, _("Versement %(n)s : paiement annulé") % {"n": instalment.number}, by=by, now=now)  # fmt: skip


@transaction.atomic
def amend(
    grant: Grant,
    *,
    cents: int,
    last_on: dt.date,
    reason: str,
    agreed_on: dt.date,
    by: User,
    now: dt.datetime,
) -> Amendment:
    """Change amount or end by an amendment; what is not paid is split anew.

    Refuses with ``paid`` (less than what was paid), ``nothing``, ``period``,
    ``reason`` or ``ended``.
    """
    row = hold_grant(grant)
    paid = sum(row.instalments.all().paid().values_list("cents", flat=True))
    ends_on = last_on + dt.timedelta(1)
    if not reason.strip():
        raise Refused("reason", _("Dites pourquoi."))
    if cents < paid or cents <= 0:
        raise Refused("paid", _("%(amount)s sont déjà payés.") % {"amount": format_cents(paid)})  # fmt: skip
    if ends_on <= row.starts_on:
        raise Refused("period", _("Le dernier jour vient après le premier."))
    if (cents, ends_on) == (row.cents, row.ends_on):
        raise Refused("nothing", _("Cet avenant ne change rien."))
    made = Amendment.objects.create(
        grant=row,
        number=row.amendments.count() + 1,
        agreed_on=agreed_on,
        reason=reason.strip(),
        cents_before=row.cents,
        cents_after=cents,
        ends_before=row.ends_on,
        ends_after=ends_on,
        by=by,
        at=now,
    )
    unpaid = list(row.instalments.all().unpaid())
    row.cents, row.ends_on = cents, ends_on
    days = [one.due_on for one in unpaid] or [now.date()]
    parts = [one.cents for one in unpaid] or [1]
    write_instalments(row, parts, days)
    touch(row)
    grant_note(row, _("Avenant n° %(n)s : %(reason)s") % {"n": made.number, "reason": made.reason}, by=by, now=now)  # fmt: skip
    return made


@transaction.atomic
def cancel_grant(
    grant: Grant, *, reason: str, cancelled_on: dt.date, by: User, now: dt.datetime
) -> Grant:
    """Stop a grant: what is not paid will not be. Refuses with ``reason`` or ``ended``."""
    row = hold_grant(grant)
    if not reason.strip():
        raise Refused("reason", _("Dites pourquoi."))
    row.state, row.cancelled_on = GrantState.CANCELLED, cancelled_on
    row.cancel_reason = reason.strip()[:300]
    row.instalments.all().unpaid().update(cancelled_on=cancelled_on)
    touch(row)
    grant_note(row, _("Subvention annulée : %(reason)s") % {"reason": reason.strip()}, by=by, now=now)  # fmt: skip
    return row


@transaction.atomic
def close_grant(grant: Grant, *, by: User, now: dt.datetime) -> Grant:
    """End a grant that is paid and reported. Refuses with ``unpaid`` or ``report``."""
    row = hold_grant(grant)
    if row.instalments.all().unpaid().exists():
        raise Refused("unpaid", _("Il reste un versement à payer."))
    if row.reports.filter(accepted_at=None).exists():
        raise Refused("report", _("Il reste un bilan à accepter."))
    row.state = GrantState.CLOSED
    touch(row)
    grant_note(row, _("Subvention soldée"), by=by, now=now)
    return row
