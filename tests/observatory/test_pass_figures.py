"""Passages of the pass as indicators: nothing of one place, nothing that months hide."""

import datetime as dt

import numpy as np
import pytest
from scipy.optimize import linprog

from maillage.observatory.models import Indicator, Observation
from maillage.observatory.services.perimeters import load_ground
from maillage.observatory.services.refreshing import make_known, refresh
from maillage.passport.models import FigureRelease, MonthFigure
from tests.factories.directory import PlaceFactory
from tests.factories.passport import IssuerFactory
from tests.factories.territories import CommuneFactory, DepartmentFactory, EpciFactory

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 11, 20, 9, tzinfo=dt.UTC)
#: Visits of the places of each commune: two EPCI cut two departments.
VISITS = {
    "59350": [120, 340, 90, 210], "59009": [80, 160, 70], "59017": [45],
    "02381": [60, 75, 130], "02408": [33],
}  # fmt: skip


@pytest.fixture
def places():
    aisne = DepartmentFactory(code="02", name="Aisne")
    other = EpciFactory(siren="240200444", name="Trois Rivières")
    made = {}
    for insee, visits in VISITS.items():
        fields = {"department": aisne} if insee.startswith("02") else {}
        if insee in {"59017", "02381", "02408"}:
            fields["epci"] = other
        commune = CommuneFactory(insee=insee, name=f"Commune {insee}", **fields)
        for number in visits:
            place = PlaceFactory(commune=commune)
            made[place] = number
            for month, part in (("2025-03", number // 3), ("2025-11", number - number // 3)):  # fmt: skip
                MonthFigure.objects.create(month=month, place=place, passes=part, visits=part)  # fmt: skip
    return made


def computed(code):
    make_known(now=NOW)
    indicator = Indicator.objects.get(code=code)
    refresh(indicator, now=NOW, ground=load_ground())
    return indicator


def test_passages_add_up_from_the_places_and_hide_communes(places):
    indicator = computed("passages-passeport")

    rows = indicator.observations.all().current().filter(period="2025")
    region = rows.get(level="region")
    assert (region.value, region.hidden) == (sum(places.values()), "")
    assert not rows.filter(level="commune", hidden="").exists()


def test_nobody_tells_the_visits_of_a_place_from_what_is_public(places):
    """The attacker knows who takes part, and that no number is below zero."""
    indicator = computed("passages-passeport")
    people = list(places)
    truth = np.array([places[place] for place in people], float)
    rows, sums = [], []
    for one in indicator.observations.all().current().filter(period="2025", hidden=""):
        rows.append([float(inside(place, one)) for place in people])
        sums.append(one.value)
        assert rows[-1] @ truth == pytest.approx(one.value)

    for rank, place in enumerate(people):
        least, most = bounds(rows, sums, rank, len(people))
        assert most - least > 0.15 * truth[rank], place.commune
    # A department more, and one place could be told.
    alone = [float(place.commune_id == "02408") for place in people]
    rank = alone.index(1.0)
    least, most = bounds([*rows, alone], [*sums, truth[rank]], rank, len(people))
    assert most - least < 1e-6


def inside(place, one: Observation):
    commune = place.commune
    own = {
        "commune": commune.pk, "epci": commune.epci_id,
        "department": commune.department_id, "region": one.code,
    }  # fmt: skip
    return own[one.level] == one.code


def bounds(rows, sums, rank, number):
    goal = np.zeros(number)
    goal[rank] = 1
    return [
        sign * linprog(sign * goal, A_eq=np.array(rows), b_eq=sums).fun
        for sign in (1, -1)
    ]


def home(month, rows):
    """What a month has published of departments."""
    told = [
        {"codes": [f"dep:{code}"], "figures": {"visits": figure}}
        for code, figure in rows.items()
    ]
    table = {"name": "home", "by": ["home"], "asks": ["visits"], "needs": ["visits"], "sums": [], "rows": told}  # fmt: skip
    FigureRelease.objects.create(
        month=month, tables={"people": {"rules": {}, "tables": [table]}}, made_at=NOW
    )


def test_homes_are_those_of_the_published_months(places):
    shown = {"status": "shown", "value": 40, "units": 30}
    home("2025-03", {"59": shown, "02": shown, "elsewhere": shown})
    home("2025-11", {"59": shown, "02": {"status": "hidden"}})

    indicator = computed("passages-passeport-residence")

    rows = indicator.observations.all().current().filter(level="department")
    assert list(rows.values_list("code", "period", "value")) == [("59", "2025", 80.0)]


@pytest.mark.parametrize("is_invented", [True, False])
def test_figures_of_invented_issuers_say_so(places, is_invented):
    IssuerFactory(structure__is_example=is_invented)

    rows = computed("passages-passeport").observations.filter(level="commune")

    assert rows.exists()
    assert {bool(row.note) for row in rows} == {is_invented}
