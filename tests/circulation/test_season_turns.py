"""The days around a loan in a season are those that the loan will really take."""

import datetime as dt

import pytest

from maillage.circulation.models import Closure, LendingRules, Scenario
from maillage.circulation.problem.facts import NEVER
from maillage.circulation.services.holding import KM_A_DAY, span_of
from maillage.circulation.services.season_facts import read_stock
from tests.circulation.seasons import day, make_copy, make_season
from tests.factories.circulation import HostFactory
from tests.factories.directory import PlaceFactory
from tests.factories.territories import CommuneFactory

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(1)


def stock_of(season, *, to):
    scenario = Scenario(season=season, name="x", created_at=None)
    return read_stock(scenario, hosts=[to])


@pytest.mark.parametrize("shuttle", [[], [1, 3]])
@pytest.mark.parametrize("setup", [0, 2])
def test_turns_are_those_of_the_loan_itself(shuttle, setup):
    """Whatever the week, the holidays, a closure or the way there."""
    season = make_season()
    copy = make_copy(setup_days=setup, takedown_days=1)
    owner = copy.resource.owner
    LendingRules.objects.create(
        structure=owner, buffer_days=2, shuttle_weekdays=shuttle
    )
    Closure.objects.create(
        structure=owner, starts_on=day("2026-12-19"), ends_on=day("2027-01-04")
    )
    home = copy.depot.position
    away = (home[0], home[1] - 3.2)  # a second day on the road
    host = HostFactory(
        place=PlaceFactory(
            commune=CommuneFactory(lon=away[0], lat=away[1]), lon=away[0], lat=away[1]
        ),
    )
    stock = stock_of(season, to=away)

    (group,) = stock.groups
    for far, place in ((0, None), (1, host)):
        for tick in range(0, season.days, 5):
            start = season.starts_on + tick * DAY
            span = span_of(
                copy, host=place or HostFactory.build(place=copy.depot, commune=copy.depot.commune),
                start=start, end=start + DAY, calendar=stock.calendars[owner.pk],
                buffer_days=2,
            )  # fmt: skip
            assert int(span.km / 2 // KM_A_DAY) == far
            turn = group.turns[far]
            assert turn.before[tick] == (start - span.departs_on).days, start
            assert turn.after[tick + 1] == (span.free_on - start - DAY).days, start


def test_an_owner_closed_for_months_lends_nothing_around_them():
    season = make_season()
    copy = make_copy()
    Closure.objects.create(
        structure=copy.resource.owner,
        starts_on=season.starts_on + 60 * DAY, ends_on=season.starts_on + 200 * DAY,
    )  # fmt: skip

    (group,) = stock_of(season, to=copy.depot.position).groups

    turn = group.turns[0]
    assert turn.before[30] < 10
    assert turn.before[199] == turn.after[62] == NEVER
    assert turn.before[210] < 15
