"""Figures keep their vintages, add up, and are read only as far as they may be."""

import datetime as dt

import pytest

from maillage.core.errors import Refused
from maillage.observatory.choices import Aggregation, Secrecy, Status
from maillage.observatory.models import Observation
from maillage.observatory.services.aggregating import Part
from maillage.observatory.services.indicators import (
    corrections,
    figures_of,
    publish,
    retire,
    save_indicator,
)
from maillage.observatory.services.observations import Given, record, withdraw
from tests.factories.accounts import UserFactory
from tests.factories.observatory import NOW, IndicatorFactory
from tests.factories.territories import CommuneFactory, DepartmentFactory

pytestmark = pytest.mark.django_db
FIRST, LATER = dt.date(2025, 3, 1), dt.date(2026, 3, 1)


@pytest.fixture
def lille():
    return CommuneFactory(lille=True)


@pytest.fixture
def amiens():
    return CommuneFactory(amiens=True)


def give(indicator, *figures, vintage=FIRST, period="2024", **more):
    given = [
        Given(
            "commune" if len(code) == 5 else "region",
            code,
            period,
            Part(value=v, **more),
        )
        for code, v in figures
    ]
    return record(indicator, given=given, vintage=vintage)


def values(indicator, **where):
    rows = Observation.objects.filter(indicator=indicator, is_current=True, **where)
    return {(row.level, row.code): row.value for row in rows}


def test_one_figure_makes_those_of_the_larger_territories(lille, amiens):
    indicator = IndicatorFactory()
    give(indicator, ("59350", 10.0), ("80021", 5.0))

    assert values(indicator) == {
        ("commune", "59350"): 10,
        ("commune", "80021"): 5,
        ("epci", "200093201"): 10,
        ("department", "59"): 10,
        ("department", "80"): 5,
        ("region", "32"): 15,
    }


def test_a_final_figure_that_is_corrected_stays_as_an_older_vintage(lille):
    indicator = IndicatorFactory()
    give(indicator, ("59350", 10.0))
    written = give(indicator, ("59350", 12.0), vintage=LATER)

    old, new = indicator.observations.filter(level="commune").order_by("vintage")
    assert (old.value, old.is_current, old.vintage) == (10, False, FIRST)
    assert (new.value, new.is_current, new.status) == (12, True, Status.CORRECTED)
    assert written.corrected == 4  # the commune and what is made of it
    (told,) = corrections(indicator)
    assert (told.before, told.after, told.vintage) == (10, 12, LATER)


def test_a_provisional_figure_gives_way(lille):
    indicator = IndicatorFactory()
    give(indicator, ("59350", 10.0), status=Status.PROVISIONAL)
    give(indicator, ("59350", 12.0), vintage=LATER)

    assert indicator.observations.filter(level="commune").count() == 1
    assert indicator.observations.get(level="region").value == 12


def test_the_same_figures_again_change_nothing(lille, amiens):
    indicator = IndicatorFactory()
    give(indicator, ("59350", 10.0), ("80021", 5.0))
    rows = set(indicator.observations.values_list("pk", "vintage", "value"))

    written = give(indicator, ("59350", 10.0), ("80021", 5.0), vintage=LATER)

    assert written.changed == 0
    assert set(indicator.observations.values_list("pk", "vintage", "value")) == rows


def test_a_figure_taken_back_is_not_in_the_sums_any_more(lille, amiens):
    indicator = IndicatorFactory()
    give(indicator, ("59350", 10.0), ("80021", 5.0))
    withdraw(indicator, level="commune", code="80021", period="2024", today=LATER)

    assert values(indicator, level="region") == {("region", "32"): 10}
    assert ("department", "80") not in values(indicator)
    with pytest.raises(Refused) as no:
        withdraw(indicator, level="commune", code="80021", period="2024", today=LATER)
    assert no.value.code == "unknown"


@pytest.mark.parametrize(
    ("level", "code", "part", "refusal"),
    [
        ("commune", "99999", Part(value=1), "territory"),
        ("commune", "59350", Part(value=float("nan")), "value"),
        ("commune", "59350", Part(value=float("inf")), "value"),
        ("commune", "59350", Part(value=1, denominator=-1), "value"),
        ("planet", "59350", Part(value=1), "level"),
    ],
)
def test_what_makes_no_sense_is_refused(lille, level, code, part, refusal):
    with pytest.raises(Refused) as no:
        record(
            IndicatorFactory(), given=[Given(level, code, "2024", part)], vintage=FIRST
        )
    assert no.value.code == refusal


def test_one_territory_twice_is_refused(lille):
    with pytest.raises(Refused) as no:
        give(IndicatorFactory(), ("59350", 1.0), ("59350", 2.0))
    assert no.value.code == "twice"


def test_a_rate_is_stored_with_its_two_sums(lille, amiens):
    indicator = IndicatorFactory(
        aggregation=Aggregation.RATE, scale=100, weight_name="places"
    )
    given = [
        Given("commune", "59350", "2024", Part(numerator=10, denominator=20)),
        Given("commune", "80021", "2024", Part(numerator=0, denominator=60)),
    ]
    record(indicator, given=given, vintage=FIRST)

    region = indicator.observations.get(level="region")
    assert (region.value, region.numerator, region.denominator) == (12.5, 10, 80)


def secret_indicator(**more):
    """Four communes of four museums and one of a single museum."""
    indicator = IndicatorFactory(secrecy=Secrecy.VALUE, **more)
    department = DepartmentFactory()
    for n in range(5):
        CommuneFactory(insee=f"5990{n}", department=department, epci=None)
    given = [
        Given("commune", f"5990{n}", "2024", Part(value=100, units=4, largest=0.3))
        for n in range(4)
    ] + [Given("commune", "59904", "2024", Part(value=77, units=1, largest=1.0))]
    record(indicator, given=given, vintage=FIRST)
    return indicator


def test_a_secret_figure_is_kept_for_sums_and_read_by_nobody():
    indicator = secret_indicator()
    row = indicator.observations.get(code="59904")

    assert row.value == 77
    assert row.shown is None
    found = figures_of([indicator], [("commune", "59904"), ("region", "32")])
    assert found[indicator.pk, "commune", "59904"]["2024"].value is None
    assert found[indicator.pk, "commune", "59904"]["2024"].is_hidden
    assert found[indicator.pk, "region", "32"]["2024"].value == 477
    assert indicator.observations.exclude(hidden="").count() >= 2


def test_a_correction_of_a_secret_figure_says_neither_before_nor_after():
    indicator = secret_indicator()
    part = Part(value=80, units=1, largest=1.0)
    record(indicator, given=[Given("commune", "59904", "2024", part)], vintage=LATER)

    told = [one for one in corrections(indicator) if one.territory[1] == "59904"]
    assert [(one.before, one.after) for one in told] == [(None, None)]


def test_publishing_needs_a_figure_and_a_method(lille):
    agency = UserFactory(role="agency")
    empty = IndicatorFactory(state="draft")
    with pytest.raises(Refused) as no:
        publish(empty, by=agency, now=NOW)
    assert no.value.code == "empty"
    give(empty, ("59350", 1.0))
    assert publish(empty, by=agency, now=NOW).is_public
    assert not retire(empty, by=agency, now=NOW).is_public


def test_a_published_secret_is_not_given_up_by_a_change_of_definition():
    indicator = secret_indicator()
    indicator.secrecy = Secrecy.NONE
    with pytest.raises(Refused) as no:
        save_indicator(indicator, by=None, now=NOW)
    assert no.value.code == "published"


def test_a_new_rule_of_secrecy_is_applied_to_what_is_there(lille):
    indicator = IndicatorFactory()
    give(indicator, ("59350", 10.0), units=1)
    indicator.secrecy = Secrecy.VALUE
    save_indicator(indicator, by=None, now=NOW)

    assert set(indicator.observations.values_list("hidden", flat=True)) == {"few"}
