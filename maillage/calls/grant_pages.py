"""Grants as their pages show them."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db.models import Q

from maillage.accounts.models import User
from maillage.calls.models import Grant, Instalment, ReportDue
from maillage.calls.review_choices import GrantState

#: What is due within this many days is shown first.
SOON = dt.timedelta(30)


def grant_context(grant: Grant, *, user: User, today: dt.date) -> dict[str, Any]:
    instalments = list(grant.instalments.all())
    reports = list(grant.reports.all())
    own = Grant.objects.all().reported_by(user).filter(pk=grant.pk).exists()
    return {
        "grant": grant,
        "application": grant.application,
        "instalments": instalments,
        "paid": sum(one.cents for one in instalments if one.paid_on),
        "left": sum(
            one.cents
            for one in instalments
            if one.paid_on is None and one.cancelled_on is None
        ),
        "reports": [{"report": one, "is_late": one.is_late(today)} for one in reports],
        "amendments": grant.amendments.all(),
        "steps": grant.steps.select_related("by"),
        "may_file": own and grant.is_active,
        "may_keep": user.is_agency,
        "is_editable": user.is_agency and grant.is_active,
        "today": today,
    }


def desk_context(asked: Mapping[str, str], *, today: dt.date) -> dict[str, Any]:
    """Grants by state and words; what waits, first."""
    state, words = asked.get("etat", ""), asked.get("q", "").strip()
    rows = Grant.objects.select_related("application__structure", "application__call")
    if state in GrantState.values:
        rows = rows.filter(state=state)
    if words:
        rows = rows.filter(
            Q(object__icontains=words)
            | Q(reference__icontains=words)
            | Q(application__structure__name__icontains=words)
        )
    grants = list(rows)
    due = Instalment.objects.all().unpaid().filter(grant__state=GrantState.ACTIVE)
    soon = due.filter(due_on__lte=today + SOON)
    return {
        "grants": grants,
        "total": sum(one.cents for one in grants if one.state != GrantState.CANCELLED),
        "to_pay": list(soon.select_related("grant").order_by("due_on")),
        "to_check": list(ReportDue.objects.all().to_check().select_related("grant")),
        "late": list(
            ReportDue.objects.all()
            .awaited()
            .filter(due_on__lt=today)
            .select_related("grant")
        ),
        "unsigned": [one for one in grants if one.is_active and not one.agreed_on],
        "states": GrantState.choices,
        "state": state,
        "words": words,
        "today": today,
    }
