"""Access by theme, public and people; stops and depots; the register; the demonstration."""

import datetime as dt
import re
import subprocess
import sys

import pytest
from django.conf import settings

from maillage.accounts.choices import Role
from maillage.observatory.choices import (
    Aggregation,
    IndicatorState,
    Level,
    ScenarioState,
)
from maillage.observatory.demo_equity import load_equity
from maillage.observatory.models import Indicator, Observation, SitingScenario
from maillage.observatory.services import scenarios
from maillage.observatory.services.access import Choice, equity_of, find_access
from maillage.observatory.services.comparing import compare
from maillage.observatory.services.siting import what_if
from tests.factories.accounts import UserFactory
from tests.factories.circulation import CopyFactory
from tests.factories.directory import PlaceFactory

pytestmark = pytest.mark.django_db
OCTOBER = dt.date(2026, 10, 1)
NOW = dt.datetime(2026, 10, 1, tzinfo=dt.UTC)
HIRSON = {"lon": 4.08, "lat": 49.92}


def add(sort, key="new-0"):
    return {"act": "add", "site": key, "sort": sort, "name": "Neuf", **HIRSON}


@pytest.mark.parametrize("method", ["two_step", "three_step", "gravity"])
def test_each_row_is_what_the_page_says_once_it_is_chosen(region, method):
    PlaceFactory(
        kind="museum", commune=region[2], lon=4.08, lat=49.92,
        themes=["astronomy"], audiences=["children"],
    )  # fmt: skip
    found = compare(Choice(method=method), month=OCTOBER)

    rows = {row.slug: row for row in [*found.themes, *found.audiences]}
    for choice in (
        Choice(theme="astronomy", method=method), Choice(audience="seniors", method=method)
    ):  # fmt: skip
        figures = equity_of(find_access(choice, month=OCTOBER))
        row = rows[choice.theme or choice.audience]
        assert row.none == pytest.approx(figures["none"])
        assert row.mean == pytest.approx(figures["mean"])
    assert (rows["astronomy"].sites, rows["seniors"].sites, rows["children"].sites) == (
        1,
        1,
        2,
    )


def test_pupils_have_their_own_row_once_they_are_imported(region, client):
    assert compare(Choice(), month=OCTOBER).demands == []
    pupils = Indicator.objects.create(
        code="pupils", name="Élèves", unit="élèves", method="rectorat",
        aggregation=Aggregation.SUM, finest=Level.COMMUNE,
        state=IndicatorState.PUBLISHED, changed_at=NOW,
    )  # fmt: skip
    for code, period, value in (
        ("59350", "2025", 100.0),
        ("02381", "2025", 300.0),
        ("02381", "2020", 9.0),
    ):
        Observation.objects.create(
            indicator=pupils, level=Level.COMMUNE, code=code, period=period, value=value,
            vintage=dt.date(2026, 1, 1),
        )  # fmt: skip

    everybody, row = compare(Choice(), month=OCTOBER).demands

    assert (row.label, row.people, row.none) == ("Élèves", 400, pytest.approx(0.75))
    assert everybody.people > row.people
    assert "Selon qui est compté" in client.get("/observer/acces/").content.decode()


def test_without_any_place_nobody_has_anything(db, region):
    found = compare(Choice(kind="loans"), month=OCTOBER)

    assert {(row.mean, row.none) for row in found.themes} == {(0.0, 1.0)}


def test_a_stop_is_open_three_weeks_and_a_depot_is_for_nobody(region):
    CopyFactory(
        depot=PlaceFactory(kind="library", commune=region[0], lon=3.06, lat=50.63)
    )

    whole, stop, depot = (
        what_if(Choice(), [add(sort)], month=OCTOBER)
        for sort in ("place", "stop", "depot")
    )

    given = [one.gain @ one.before.people for one in (whole, stop, depot)]
    assert given == pytest.approx([100_000, 70_000, 0])
    before, after = depot.told()["depots"]
    assert after < before
    assert whole.told()["depots"][0] == whole.told()["depots"][1] == before


def test_a_depot_is_moved_and_closed_like_a_place(region):
    store = PlaceFactory(kind="library", commune=region[0], lon=3.06, lat=50.63)
    CopyFactory(depot=store)
    key = f"depot-{store.pk}"

    moved = what_if(Choice(), [{"act": "move", "site": key, **HIRSON}], month=OCTOBER)
    closed = what_if(Choice(), [{"act": "close", "site": key}], month=OCTOBER)

    assert moved.told()["depots"][1] > moved.told()["depots"][0]
    assert closed.told()["depots"][1] is None
    assert (moved.gain == 0).all()


def test_the_register_keeps_reasons_and_figures_of_the_day(region, client):
    agency = UserFactory(role=Role.AGENCY)
    scenario = scenarios.create(
        name="Thiérache", question="", choice=Choice(), month=OCTOBER, by=agency, now=NOW,
        changes=[add("stop")],
    )  # fmt: skip
    client.force_login(UserFactory(role=Role.OBSERVER))
    assert (
        "Aucune décision"
        in client.get("/observer/implantations/registre/").content.decode()
    )

    scenarios.decide(
        scenario, state="dropped", reasons="Trop loin", revision=1, by=agency, now=NOW
    )
    told = client.get("/observer/implantations/registre/").content.decode()
    told = told.replace("\xa0", " ")
    PlaceFactory(kind="museum", commune=region[2], lon=4.08, lat=49.92)
    later = client.get("/observer/implantations/registre/").content.decode()
    later = later.replace("\xa0", " ")

    assert "Trop loin" in told
    assert "Ajouter une étape : Neuf" in told
    assert (
        f"{region[2].population:,}".replace(",", "\u202f") + " habitants y gagnent"
        in told
    )
    tables = [re.findall(r"<td.*?</td>", one) for one in (told, later)]
    assert len(tables[0]) >= 8
    assert tables[0] == tables[1]


def test_the_demonstration_has_three_scenarios_made_once(region):
    UserFactory(role=Role.AGENCY)
    load_equity(now=NOW)
    load_equity(now=NOW)

    assert SitingScenario.objects.count() == 3
    kept = SitingScenario.objects.get(state=ScenarioState.KEPT)
    assert kept.reasons
    assert kept.results["gainers"] > 0


#: In a process of its own: what other tests have compiled would hide what is missing.
PROGRAM = """
import sys
import django
django.setup()
from dataclasses import replace
import numpy as np
from numba.core.dispatcher import Dispatcher
from maillage.observatory.services import proposing, warming
from maillage.observatory.problem.supply import Site, Supply
from maillage.observatory.services.access import Choice, METHODS, compute
from maillage.observatory.services.comparing import shared

def compiled():
    return {
        (name, each.py_func.__qualname__): list(map(str, each.signatures))
        for name, module in list(sys.modules.items()) if name.startswith("maillage.kernels.")
        for each in vars(module).values() if isinstance(each, Dispatcher)
    }

warming.warm_access()
warming.warm_siting()
before = compiled()
assert sum(map(bool, before.values())) > 5, before
territory, _supply = warming.tiny()
rng = np.random.default_rng(1)
n = 60
points = rng.uniform((2.5, 49.5), (3.5, 50.5), (n, 2))
word = np.array([str(k % 5) for k in range(n)])
many = replace(territory, insee=tuple(word), names=tuple(word), points=points,
               people=rng.integers(0, 900, n) + 0.0, epci=word, department=word, density=word)
supply = Supply(tuple(Site(str(k), "s", *points[k], (1.0,)) for k in range(9)), 1)
for method in METHODS:
    compute(Choice(method=method), many, many.people, supply)
shared(Choice(), many, many.people, supply, np.ones((3, 9), bool))
ground = proposing.ground_between(many, many.people, supply)
for goal in proposing.GOALS:
    proposing.solved(ground.sites, goal, 3, reach=15.0)
proposing.front_on(ground, 2, reach=15.0)
after = compiled()
assert after == before, [k for k in after if after[k] != before.get(k)]
"""


def test_nothing_is_left_to_compile_when_a_region_is_studied():
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=settings.ROOT,
        env={"DJANGO_SETTINGS_MODULE": "maillage.settings", "PATH": "", "PYTHONPATH": str(settings.ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr[-2000:]


@pytest.mark.parametrize("new", [1, 2, 3, 8])
def test_the_front_is_drawn_whatever_is_asked(region, client, new):
    agency = UserFactory(role=Role.AGENCY)
    scenario = scenarios.create(
        name="Thiérache",
        question="",
        choice=Choice(),
        month=OCTOBER,
        by=agency,
        now=NOW,
    )
    client.force_login(agency)

    told = client.get(
        f"/observer/implantations/{scenario.pk}/meilleurs-choix/?new={new}"
    )

    assert told.status_code == 200
    assert "des habitants à portée, contre" in told.content.decode()
