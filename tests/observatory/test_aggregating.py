"""Adding up territories is right for each kind, and secrets hold at every level."""

import math

import pytest
from hypothesis import given, strategies as st

from maillage.observatory.choices import Aggregation, Level, Secrecy, Status
from maillage.observatory.services.aggregating import (
    Part,
    combine,
    completed,
    secrets,
    upwards,
)
from maillage.observatory.services.perimeters import Ground

SUM, MEAN, RATE, NONE = Aggregation
amounts = st.floats(0, 1e9)
weights = st.floats(0, 1e6)


def ground(communes=8, departments=2, epci=3):
    """Communes dealt out to departments and EPCI that straddle them."""
    codes = [f"{n:05d}" for n in range(communes)]
    return Ground(
        epci={code: f"E{n % epci}" for n, code in enumerate(codes)},
        department={code: f"D{n % departments}" for n, code in enumerate(codes)},
        population={code: 100 * (n + 1) for n, code in enumerate(codes)},
        former={},
        region="R",
    )


def communes(values, **more):
    return {
        (Level.COMMUNE, f"{n:05d}"): Part(value=v, **more)
        for n, v in enumerate(values)
        if v is not None
    }


@given(st.lists(amounts, min_size=1, max_size=20))
def test_a_sum_is_the_sum_whatever_the_order(values):
    parts = [Part(value=v) for v in values]

    assert combine(parts, kind=SUM).value == pytest.approx(math.fsum(values))
    assert combine(parts[::-1], kind=SUM).value == pytest.approx(math.fsum(values))


@given(st.lists(st.tuples(amounts, weights), min_size=1, max_size=20))
def test_a_weighted_mean_lies_between_its_values(pairs):
    parts = [
        completed(Part(value=v, denominator=w), kind=MEAN, scale=1) for v, w in pairs
    ]
    made = combine(parts, kind=MEAN)

    heavy = [v for v, w in pairs if w > 0]
    if not heavy:
        assert made.value is None
    else:
        slack = 1e-6 * max(1, *heavy)
        assert min(heavy) - slack <= made.value <= max(heavy) + slack


@given(st.lists(st.tuples(amounts, weights), min_size=1, max_size=20))
def test_a_rate_divides_the_sums_and_is_never_the_mean_of_rates(pairs):
    parts = [
        completed(Part(numerator=n, denominator=d), kind=RATE, scale=100)
        for n, d in pairs
    ]
    made = combine(parts, kind=RATE, scale=100)

    below = math.fsum(d for _n, d in pairs)
    if below == 0:
        assert made.value is None
    else:
        wanted = 100 * math.fsum(n for n, _d in pairs) / below
        assert made.value == pytest.approx(wanted, rel=1e-9, abs=1e-9)


@given(
    st.lists(st.none() | amounts, min_size=8, max_size=8), st.sampled_from([SUM, RATE])
)
def test_departments_and_epci_both_make_the_region(values, kind):
    parts = {
        (Level.COMMUNE, f"{n:05d}"): completed(
            Part(value=v, numerator=v, denominator=2.0 if kind == RATE else None),
            kind=kind, scale=10,
        )
        for n, v in enumerate(values) if v is not None
    }  # fmt: skip
    made = upwards(parts, ground=ground(), finest=Level.COMMUNE, kind=kind, scale=10)
    if not parts:
        assert made == {}
        return
    whole = made[Level.REGION, "R"]
    for level in (Level.EPCI, Level.DEPARTMENT):
        ones = [part for (at, _code), part in made.items() if at == level]
        assert combine(ones, kind=kind, scale=10).value == pytest.approx(whole.value)
    assert all(math.isfinite(part.value) for part in made.values())


def test_what_is_not_known_is_said_and_not_taken_for_zero():
    made = upwards(
        communes([4.0, None, None, 8.0]),
        ground=ground(4),
        finest=Level.COMMUNE,
        kind=SUM,
    )

    assert made[Level.REGION, "R"].value == 12
    assert made[Level.REGION, "R"].coverage == 0.5
    assert made[Level.DEPARTMENT, "D0"].coverage == 0.5


def test_where_units_are_counted_a_commune_without_any_is_not_missing():
    made = upwards(
        communes([4.0], units=2), ground=ground(4), finest=Level.COMMUNE, kind=SUM
    )

    assert made[Level.REGION, "R"].coverage is None


def test_a_complete_census_counts_those_that_it_does_not_name_as_zero():
    made = upwards(
        communes([6.0, None]), ground=ground(4), finest=Level.COMMUNE, kind=SUM,
        zero_if_absent=True,
    )  # fmt: skip

    assert made[Level.DEPARTMENT, "D1"].value == 0
    assert made[Level.REGION, "R"].coverage is None


def test_a_rate_per_inhabitant_divides_by_all_inhabitants():
    here = ground(4)  # 100, 200, 300 and 400 inhabitants
    made = upwards(
        {(Level.COMMUNE, "00000"): Part(numerator=2, denominator=100)},
        ground=here, finest=Level.COMMUNE, kind=RATE, scale=1000, zero_if_absent=True,
        weights={code: float(n) for code, n in here.population.items()},
    )  # fmt: skip

    assert made[Level.REGION, "R"].value == pytest.approx(2.0)
    assert made[Level.DEPARTMENT, "D0"].value == pytest.approx(5.0)
    assert made[Level.DEPARTMENT, "D1"].value == 0


def test_what_is_given_for_a_larger_territory_is_not_made_again():
    parts = communes([1.0, 2.0]) | {(Level.REGION, "R"): Part(value=50)}
    made = upwards(parts, ground=ground(2), finest=Level.COMMUNE, kind=SUM)

    assert (Level.REGION, "R") not in made
    assert made[Level.DEPARTMENT, "D0"].value == 1


def test_what_does_not_add_up_is_left_alone():
    assert (
        upwards(communes([1.0]), ground=ground(), finest=Level.COMMUNE, kind=NONE) == {}
    )
    assert combine([Part(value=1.0)], kind=NONE).value is None


def test_one_provisional_part_makes_the_whole_provisional():
    parts = [
        Part(value=1, status=Status.FINAL),
        Part(value=1, status=Status.PROVISIONAL),
    ]

    assert combine(parts, kind=SUM).status == Status.PROVISIONAL


def test_the_largest_unit_is_followed_up_the_levels():
    made = combine(
        [Part(value=90, units=3, largest=0.5), Part(value=10, units=1, largest=1.0)],
        kind=SUM,
    )

    assert made.units == 4
    assert made.largest == pytest.approx(0.45)


def hidden_of(parts, here, **more):
    given = {"kind": SUM, "secrecy": Secrecy.VALUE, "finest": Level.COMMUNE, **more}
    return secrets(parts, ground=here, **given)


def test_a_commune_with_one_museum_is_hidden_and_so_is_one_that_would_betray_it():
    here = ground(6, departments=2, epci=2)
    parts = communes([10.0] * 6, units=4, largest=0.3)
    parts[Level.COMMUNE, "00000"] = Part(value=10.0, units=1, largest=1.0)
    found = hidden_of(parts, here)

    assert found[Level.COMMUNE, "00000"] == "few"
    inside = [place for place in found if here.department.get(place[1]) == "D0"]
    assert len(inside) >= 2  # else the department minus the others tells it
    assert (Level.REGION, "R") not in found


def test_a_territory_that_one_museum_dominates_is_hidden():
    parts = communes([100.0, 100.0, 100.0, 100.0], units=5, largest=0.3)
    parts[Level.COMMUNE, "00001"] = Part(value=100.0, units=5, largest=0.95)

    assert hidden_of(parts, ground(4))[Level.COMMUNE, "00001"] == "dominance"


def test_a_territory_whose_units_nobody_counted_is_taken_for_one_unit():
    assert (Level.COMMUNE, "00000") in hidden_of(communes([10.0] * 4), ground(4))


def test_public_figures_are_never_hidden_and_fine_levels_may_stay_inside():
    parts = communes([10.0] * 4, units=1)

    assert hidden_of(parts, ground(4), secrecy=Secrecy.NONE) == {}
    found = hidden_of(parts, ground(4), secrecy=Secrecy.NONE, shown_from=Level.EPCI)
    assert set(found) == set(parts)


@given(st.lists(st.integers(0, 6), min_size=6, max_size=6))
def test_nothing_of_fewer_than_three_units_can_be_worked_out_by_subtraction(units):
    here = ground(6, departments=2, epci=3)
    parts = {
        (Level.COMMUNE, f"{n:05d}"): Part(value=float(u), units=u)
        for n, u in enumerate(units) if u
    }  # fmt: skip
    found = hidden_of(parts, here, secrecy=Secrecy.COUNT)

    for place, codes in here.members.items():
        gone = [c for c in codes if (Level.COMMUNE, c) in found]
        if place not in found and gone:
            inside = sum(units[int(c)] for c in gone)
            assert len(gone) > 1
            assert inside >= 3


def test_what_was_hidden_stays_hidden_when_a_figure_is_corrected():
    here = ground(6, departments=2, epci=2)
    parts = communes([10.0] * 6, units=4, largest=0.3)
    before = dict.fromkeys(parts, False) | {(Level.COMMUNE, "00004"): True}
    before |= {(Level.COMMUNE, "00002"): True}

    found = hidden_of(parts, here, before=before)

    assert {(Level.COMMUNE, "00004"), (Level.COMMUNE, "00002")} <= set(found)


def test_one_museum_more_is_not_told_by_the_vintage_before():
    """Its visits would be the new total of its commune less the former one."""
    here = ground(6, departments=2, epci=2)
    former = communes([1000.0] * 6, units=6, largest=0.3)
    parts = dict(former)
    parts[Level.COMMUNE, "00000"] = Part(value=1200.0, units=7, largest=0.25)
    first = hidden_of(former, here)
    alone = hidden_of(parts, here)
    before = {
        (level, code): False
        for level, codes in (
            (Level.COMMUNE, here.codes(Level.COMMUNE)),
            (Level.DEPARTMENT, ("D0", "D1")),
            (Level.REGION, ("R",)),
        )
        for code in codes
    }
    found = hidden_of(parts, here, before=before, former=former)

    assert not first
    assert not alone
    assert {(Level.COMMUNE, "00000"), (Level.REGION, "R")} <= set(found)
    assert (Level.COMMUNE, "00001") not in found


def test_a_museum_that_closed_is_not_told_by_the_vintage_before():
    here = ground(6, departments=2, epci=2)
    former = communes([1000.0] * 6, units=6, largest=0.3)
    parts = dict(former)
    parts[Level.COMMUNE, "00000"] = Part(value=800.0, units=5, largest=0.3)
    before = dict.fromkeys(parts, False)

    assert (Level.COMMUNE, "00000") in hidden_of(
        parts, here, before=before, former=former
    )


def test_four_museums_more_are_told_and_so_is_a_corrected_figure():
    here = ground(6, departments=2, epci=2)
    former = communes([1000.0] * 6, units=6, largest=0.3)
    parts = dict(former)
    parts[Level.COMMUNE, "00000"] = Part(value=1500.0, units=10, largest=0.2)
    parts[Level.COMMUNE, "00003"] = Part(value=1010.0, units=6, largest=0.3)
    before = dict.fromkeys(parts, False)

    assert not hidden_of(parts, here, before=before, former=former)
