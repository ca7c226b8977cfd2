"""What seasons show on the pages of other apps."""

import datetime as dt
from typing import Any

from django.utils import timezone

from maillage.circulation.choices import LoanState, ScenarioState, SeasonState
from maillage.circulation.models import LoanRequest, Scenario, Season
from maillage.circulation.season_pages import state_of
from maillage.core.panels import Maker, Panel

#: A published season is told in « Mon espace » for so long.
NEWS = dt.timedelta(60)


def my_results(_thing: Any, user: Any) -> list[Panel]:
    """The seasons in which the person's requests have got an answer."""
    now = timezone.now()
    mine = LoanRequest.objects.all().made_for(user).values("pk")
    published = Scenario.objects.filter(
        state=ScenarioState.PUBLISHED, published_at__gte=now - NEWS
    )
    rows = []
    for scenario in published.select_related("season").defer("inputs", "trace"):
        served = scenario.planned_loans.filter(request__in=mine)
        refused = scenario.refusals.filter(request__in=mine).count()
        number = served.count()
        if number or refused:
            waiting = served.filter(request__loans__state=LoanState.PROPOSED).count()
            rows.append(
                {"season": scenario.season, "served": number, "refused": refused,
                 "waiting": waiting}
            )  # fmt: skip
    return [Panel("circulation/season_mine.html", {"rows": rows})] if rows else []


def seasons_at_work(_thing: Any, user: Any) -> list[Panel]:
    """Seasons that are not over, with their last scenario."""
    now = timezone.now()
    rows = []
    for season in Season.objects.exclude(state=SeasonState.CLOSED):
        last = season.scenarios.defer("inputs", "trace").first()
        rows.append(
            {
                "season": season,
                "requests": season.requests.count(),
                "last": last,
                "state": state_of(last, now=now) if last else None,
            }
        )
    return [Panel("circulation/season_desk.html", {"rows": rows})] if rows else []


MAKERS: list[tuple[str, Maker]] = [
    ("my_space.sections", my_results),
    ("agency_desk.sections", seasons_at_work),
]
