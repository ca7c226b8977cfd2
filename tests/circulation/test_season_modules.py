"""Resources in modules in a season: one module is planned, several are not."""

import datetime as dt

import pytest
from django.urls import reverse

from maillage.circulation.choices import CopyState, LockKind, RequestState
from maillage.circulation.services.answers import leave_to_season
from maillage.circulation.services.scenarios import decide
from maillage.circulation.services.season_results import reason_label
from maillage.core.errors import Refused
from tests.circulation.seasons import (
    NOW,
    ask,
    compute,
    make_copy,
    make_scenario,
    make_season,
    served,
)
from tests.factories.accounts import UserFactory
from tests.factories.catalogue import ResourceFactory
from tests.factories.territories import CommuneFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def season():
    CommuneFactory(amiens=True)
    return make_season()


@pytest.fixture
def series():
    """A whole of three modules, one copy of each."""
    whole = ResourceFactory(name="Pop’up", slug="popup")
    for number in range(3):
        name = f"popup-{number}"
        make_copy(
            ResourceFactory(owner=whole.owner, parent=whole, name=name, slug=name)
        )
    return whole


def reasons(scenario):
    return dict(scenario.refusals.values_list("request", "reason"))


def test_one_module_is_planned_and_several_together_are_left_to_people(season, series):
    one, two, _three = series.modules.order_by("pk")
    chosen = ask(season, series)
    chosen.modules.set([two])
    several = ask(season, series)
    several.modules.set([one, two])
    whole = ask(season, series)
    alone = ask(season, one)

    scenario = compute(make_scenario(season))

    given = {pk: row.copy.resource for pk, row in served(scenario).items()}
    assert given == {chosen.pk: two, alone.pk: one}
    assert reasons(scenario) == {several.pk: "modules", whole.pk: "modules"}
    assert "à la main" in reason_label("modules")


def test_a_module_that_a_scenario_breaks_does_not_make_the_whole_smaller(
    season, series
):
    one, two, _three = series.modules.order_by("pk")
    asked = ask(season, series)
    asked.modules.set([one, two])
    ask(season, two)

    broken = [two.copies.get().pk]
    scenario = compute(make_scenario(season, what_if={"broken": broken}))

    assert reasons(scenario)[asked.pk] == "modules"


def test_a_whole_with_a_copy_of_its_own_is_planned_as_that_copy(season, series):
    copy = make_copy(series)
    asked = ask(season, series)

    scenario = compute(make_scenario(season))

    assert served(scenario)[asked.pk].copy == copy


def test_a_whole_of_which_one_module_is_in_service_is_that_module(season, series):
    one, *others = series.modules.order_by("pk")
    for module in others:
        module.copies.update(state=CopyState.RETIRED)
    asked = ask(season, series)

    scenario = compute(make_scenario(season))

    assert served(scenario)[asked.pk].copy.resource == one


def test_several_modules_cannot_be_left_to_a_season_nor_placed_in_it(season, series):
    agency = UserFactory(agency=True)
    asked = ask(season, series)
    asked.state = RequestState.WAITING
    asked.save()

    with pytest.raises(Refused) as no:
        leave_to_season(asked, season=season, by=agency, now=NOW)
    assert no.value.code == "modules"
    with pytest.raises(Refused) as no:
        decide(
            make_scenario(season), request=asked, kind=LockKind.PLACED, by=agency,
            now=NOW, copy=series.modules.first().copies.get(),
            starts_on=dt.date(2027, 1, 12),
        )  # fmt: skip
    assert no.value.code == "modules"


def test_who_answers_reads_why_the_plan_is_not_offered(client, season, series):
    client.force_login(UserFactory(agency=True))
    whole, alone = ask(season, series), ask(season, series.modules.first())
    for asked in (whole, alone):
        asked.state = RequestState.WAITING
        asked.save()

    def page(asked):
        url = reverse("circulation:request_detail", args=[asked.pk])
        return client.get(url).content.decode()

    assert "plusieurs modules ensemble" in page(whole)
    assert "Confier au plan" not in page(whole)
    assert "Confier au plan" in page(alone)
