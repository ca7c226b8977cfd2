"""A copy breaks: its next loans move to another copy, or are cancelled with a choice.

All of it happens at once or not at all; the preview does it too, then takes it back.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from maillage.circulation.choices import CopyState, HoldKind, LoanState
from maillage.circulation.models import Copy, Hold, Loan
from maillage.circulation.services.alternatives import Alternative, alternatives
from maillage.circulation.services.changes import put_on
from maillage.circulation.services.copies import set_copy_state
from maillage.circulation.services.holding import (
    free_days,
    hold,
    lock_copy,
    move_hold,
    release,
)
from maillage.circulation.services.letters import day, tell
from maillage.circulation.services.loans import call_off
from maillage.circulation.services.sides import BOTH, lock_loan
from maillage.core.errors import Refused

DAY = dt.timedelta(1)
NOT_YET_OUT = (LoanState.PROPOSED, LoanState.CONFIRMED)


@dataclass(frozen=True)
class Fate:
    """What becomes of one loan of a copy that breaks."""

    loan: Loan
    moved_to: Copy | None = None
    alternatives: tuple[Alternative, ...] = ()


@transaction.atomic
def break_copy(
    copy: Copy,
    *,
    until: dt.date | None,
    reason: str,
    by: Any,
    now: dt.datetime,
    today: dt.date,
) -> list[Fate]:
    """Take a copy out of service until a day, excluded, or for good.

    The loans that follow move to a free copy of the same resource on the same days;
    where there is none they are cancelled, and their hosts read what else is free.
    Refuses with ``forbidden``, ``gone``, ``past``, ``reason`` or ``state``.
    """
    if not Copy.objects.filter(pk=copy.pk).editable_by(by).exists():
        raise Refused("forbidden", _("Cet exemplaire n’est pas le vôtre."))
    if until is not None and until <= today:
        raise Refused(
            "past", _("Choisissez un jour à venir pour la remise en service.")
        )
    if not reason.strip():
        raise Refused(
            "reason", _("Dites ce qui est cassé : les emprunteurs le liront.")
        )
    lock_family(copy)
    copy = lock_copy(copy)
    if copy.state != CopyState.IN_SERVICE:
        raise Refused("state", _("Cet exemplaire n’est déjà plus en service."))
    if until is None:
        set_copy_state(copy, state=CopyState.BROKEN, by=by, today=today, why=reason)
    moved: dict[int, Copy | None] = {}
    loans = followers(copy, until=until, today=today)
    for loan in loans:
        moved[loan.pk] = elsewhere(loan, but=copy, by=by)
    for loan in loans:
        if moved[loan.pk] is None:
            release(loan)
    if until is not None:
        keep_out(copy, start=today, until=until, note=reason, by=by)
    return [
        settle(loan, to=moved[loan.pk], reason=reason, by=by, now=now, today=today)
        for loan in loans
    ]


def lock_family(copy: Copy) -> None:
    """Hold all copies of a resource, always in the same order.

    Loans go from one to another: two breakdowns at once would wait for each other.
    """
    rows = Copy.objects.select_for_update(of=("self",)).filter(
        resource=copy.resource_id
    )
    list(rows.order_by("pk").values_list("pk", flat=True))


def preview_break(
    copy: Copy,
    *,
    until: dt.date | None,
    reason: str,
    by: Any,
    now: dt.datetime,
    today: dt.date,
) -> list[Fate]:
    """What ``break_copy`` would do, with nothing written. Refuses as it does."""
    with transaction.atomic():
        fates = break_copy(
            copy, until=until, reason=reason, by=by, now=now, today=today
        )
        transaction.set_rollback(True)
    return fates


def followers(copy: Copy, *, until: dt.date | None, today: dt.date) -> list[Loan]:
    """Loans that have not left and would need the copy while it is out of service."""
    rows = copy.loans.filter(state__in=NOT_YET_OUT, hold__ends_on__gt=today)
    if until is not None:
        rows = rows.filter(hold__starts_on__lt=until)
    rows = rows.order_by("departs_on", "pk").select_related(
        "copy__resource__owner", "copy__depot__commune"
    )
    return [lock_loan(loan) for loan in rows]


def elsewhere(loan: Loan, *, but: Copy, by: Any) -> Copy | None:
    """Put a loan on another copy of its resource that is free on its days."""
    copies = Copy.objects.all().lendable().filter(resource=but.resource_id)
    for copy in copies.exclude(pk=but.pk).order_by("rank"):
        try:
            with transaction.atomic():
                put_on(loan, copy=copy, by=by)
        except Refused:
            continue
        return copy
    return None


def keep_out(copy: Copy, *, start: dt.date, until: dt.date, note: str, by: Any) -> None:
    """Hold the copy in every gap that is left until it is mended."""
    rows = copy.holds.all().overlapping(start, until).order_by("starts_on")
    for begins, ends in [*rows.values_list("starts_on", "ends_on"), (until, until)]:
        if start < begins:
            hold(
                copy, kind=HoldKind.BREAKDOWN, start=start, end=begins, by=by,
                note=note.strip()[:200],
            )  # fmt: skip
        start = max(start, ends)


def settle(
    loan: Loan, *, to: Copy | None, reason: str, by: Any, now: dt.datetime,
    today: dt.date,
) -> Fate:  # fmt: skip
    """Tell both sides what becomes of a loan."""
    if to is not None:
        tell(
            loan, parties=BOTH, by=by, now=now,
            subject=_("Autre exemplaire : %(name)s")
            % {"name": loan.copy.resource.name},
            text=_(
                "L’exemplaire prévu est en panne. Le prêt est maintenu aux mêmes dates "
                "avec un autre exemplaire de la même ressource, %(label)s. Il part le "
                "%(day)s."
            ) % {"label": to.label, "day": day(loan.departs_on)},
        )  # fmt: skip
        return Fate(loan, moved_to=to)
    choice = alternatives(loan, today=today)
    lines = "\n".join(f"- {one}" for one in choice)
    more = f"{_('Voici ce qui est libre :')}\n{lines}" if lines else ""
    why = _("exemplaire en panne : %(reason)s") % {"reason": reason.strip()}
    loan = call_off(loan, reason=why, by=by, now=now, more=more)
    return Fate(loan, alternatives=tuple(choice))


@transaction.atomic
def mend(copy: Copy, *, by: Any, today: dt.date) -> Copy:
    """Put a copy back in service from today on. Refuses with ``forbidden``, ``nothing``."""
    if not Copy.objects.filter(pk=copy.pk).editable_by(by).exists():
        raise Refused("forbidden", _("Cet exemplaire n’est pas le vôtre."))
    copy = lock_copy(copy)
    held = list(
        Hold.objects.filter(copy=copy, kind=HoldKind.BREAKDOWN, ends_on__gt=today)
    )
    if copy.state != CopyState.BROKEN and not held:
        raise Refused("nothing", _("Cet exemplaire est déjà en service."))
    for row in held:
        if row.starts_on < today:
            move_hold(row, start=row.starts_on, end=today)
        else:
            free_days(row)
    if copy.state == CopyState.BROKEN:
        copy = set_copy_state(copy, state=CopyState.IN_SERVICE, by=by, today=today)
    return copy
