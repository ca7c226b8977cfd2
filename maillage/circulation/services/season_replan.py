"""Plan again after a publication: what is there stays unless it must move."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from maillage.circulation.choices import LoanState, ScenarioState
from maillage.circulation.models import Loan, Scenario, Season
from maillage.circulation.services.scenarios import new_scenario
from maillage.core.errors import Refused

#: A plan that starts from one that holds needs seconds.
REPLAN_SECONDS = 10


def current_loans(season: Season) -> dict[int, Loan]:
    """The loans that a published plan of the season holds, by request."""
    rows = (
        Loan.objects.all()
        .holding()
        .filter(scenario__season=season, request__isnull=False)
        .select_related(
            "host__commune", "copy__resource__owner", "copy__depot__commune", "request"
        )
        .order_by("pk")
    )
    return {loan.request_id: loan for loan in rows if loan.request_id}


def confirmed_loans(season: Season) -> list[Loan]:
    """Loans that stay unless they are freed by hand."""
    return [
        loan
        for loan in current_loans(season).values()
        if loan.state == LoanState.CONFIRMED
    ]


def replan(
    published: Scenario, *, name: str, freed: Iterable[int], broken: Iterable[int],
    with_waiting: bool, weights: Mapping[str, Any], by: Any, now: dt.datetime,
) -> Scenario:  # fmt: skip
    """A new scenario that follows a published one. Refuses with ``not_published``."""
    if published.state != ScenarioState.PUBLISHED:
        raise Refused("not_published", _("Ce scénario n’est pas publié."))
    what_if = {
        **{k: v for k, v in published.what_if.items() if k != "extra"},
        "freed": sorted(freed),
        "broken": sorted(broken),
        "with_waiting": with_waiting,
    }
    return new_scenario(
        published.season, name=name, weights=weights, what_if=what_if,
        effort=REPLAN_SECONDS, by=by, now=now, based_on=published,
    )  # fmt: skip
