import math

import pytest
from hypothesis import given, strategies as st

from maillage.core.errors import Refused
from maillage.surveys.services.weights import LEAST, Asked, merged, set_weights, weigh
from tests.factories.accounts import UserFactory
from tests.factories.surveys import UnitFactory, WaveFactory

KINDS = ["association", "museum", "library", "university", "company", ""]


@st.composite
def populations(draw):
    rows = draw(
        st.lists(
            st.tuples(
                st.sampled_from(KINDS), st.sampled_from(["59", "62", "80", ""]),
                st.booleans(),
            ),
            min_size=1, max_size=120,
        )
    )  # fmt: skip
    return [Asked(pk, *row) for pk, row in enumerate(rows)]


@given(populations())
def test_weights_sum_to_the_population_and_go_to_those_who_answered(units):
    answered = {one.pk for one in units if one.has_answered}
    if not answered:
        with pytest.raises(Refused) as no:
            weigh(units)
        assert no.value.code == "nobody"
        return
    found = weigh(units)

    assert found.weights.keys() == answered
    assert math.isclose(sum(found.weights.values()), len(units), rel_tol=1e-9)
    assert all(weight > 0 for weight in found.weights.values())
    assert 0 < found.effective <= len(answered) + 1e-9


@given(populations())
def test_cells_hold_everybody_once_with_enough_respondents(units):
    cells = merged(units)

    assert sorted(one.pk for cell in cells for one in cell) == [one.pk for one in units]
    if len(cells) > 1:
        assert all(sum(one.has_answered for one in cell) >= LEAST for cell in cells)


def test_a_kind_that_answers_less_weighs_more():
    units = [Asked(n, "museum", "59", n < 20) for n in range(40)]
    units += [Asked(100 + n, "library", "59", n < 10) for n in range(40)]

    weights = weigh(units).weights

    assert weights[0] == pytest.approx(2)
    assert weights[100] == pytest.approx(4)


def test_small_cells_join_their_family_in_their_department_first():
    units = [Asked(n, "library", "59", n < 3) for n in range(6)]
    units += [Asked(50 + n, "archives", "59", n < 3) for n in range(6)]
    units += [Asked(100 + n, "library", "62", n < 6) for n in range(9)]

    cells = merged(units)

    assert sorted(len(cell) for cell in cells) == [9, 12]


def test_margins_by_department_are_met_where_they_can_be():
    units = [Asked(n, "museum", "59", n % 2 == 0) for n in range(60)]
    units += [Asked(100 + n, "museum", "62", n % 3 == 0) for n in range(30)]
    units += [Asked(200 + n, "association", "62", n % 2 == 0) for n in range(30)]

    weights = weigh(units).weights

    nord = sum(w for pk, w in weights.items() if pk < 100)
    assert nord == pytest.approx(60)


@pytest.mark.django_db
def test_the_agency_keeps_weights_and_those_outside_do_not_count():
    wave = WaveFactory()
    for state in ("submitted", "accepted", "waiting", "declined", "outside"):
        UnitFactory(wave=wave, response__state=state)

    found = set_weights(wave, by=UserFactory(agency=True))

    kept = list(
        wave.units.filter(weight__isnull=False).values_list("weight", flat=True)
    )
    assert found.population == 4
    assert kept == [pytest.approx(2), pytest.approx(2)]
    with pytest.raises(Refused):
        set_weights(wave, by=UserFactory())
