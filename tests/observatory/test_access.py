"""Who reaches what, month by month, and how unequally; white zones."""

import csv
import datetime as dt
import http.server
import io
import itertools
import json
import threading

import numpy as np
import pytest
from django.utils import timezone

from maillage.circulation.choices import LoanState
from maillage.core.errors import Refused
from maillage.observatory.access_charts import epci_rows
from maillage.observatory.choices import Aggregation, IndicatorState, Level
from maillage.observatory.models import Indicator, Observation
from maillage.observatory.month_maps import month_maps
from maillage.observatory.problem.border import land_border
from maillage.observatory.problem.supply import months_from, share
from maillage.observatory.services.access import (
    Choice,
    equity_of,
    find_access,
    find_months,
)
from maillage.observatory.services.whites import find_whites, whites_near
from tests.factories.circulation import CopyFactory, HostFactory, LoanFactory
from tests.factories.directory import PlaceFactory
from tests.factories.territories import CommuneFactory

pytestmark = pytest.mark.django_db
OCTOBER = dt.date(2026, 10, 1)
NOW = dt.datetime(2026, 10, 1, tzinfo=dt.UTC)


def access(choice=None, month=OCTOBER):
    found = find_access(choice or Choice(), month=month)
    return dict(zip(found.territory.insee, found.access, strict=True))


def test_a_place_serves_who_reaches_it_and_is_handed_out_entirely(region):
    found = find_access(Choice(), month=OCTOBER)
    got = dict(zip(found.territory.insee, found.access, strict=True))

    assert got["59350"] > 0
    assert got["59009"] > 0
    assert got["02381"] == 0
    assert found.access @ found.people == pytest.approx(100_000.0)


@pytest.mark.parametrize("method", ["two_step", "three_step", "gravity"])
@pytest.mark.parametrize("reach", [15, 30, 45])
def test_every_method_hands_out_all_that_is_reached(region, method, reach):
    found = find_access(Choice(method=method, reach=reach), month=OCTOBER)

    assert found.access @ found.people == pytest.approx(100_000.0)


def test_by_raam_less_is_better_and_nothing_in_reach_is_told(region):
    found = find_access(Choice(method="raam"), month=OCTOBER)
    figures = equity_of(found)

    assert np.isinf(found.access[found.territory.insee.index("02381")])
    assert figures["none"] == pytest.approx(40_000 / found.people.sum())
    assert "gini" not in figures


def test_the_theme_and_the_public_choose_the_places(region):
    assert access(Choice(theme="astronomy"))["59350"] == 0
    assert access(Choice(theme="life"))["59350"] > 0
    PlaceFactory(
        kind="museum", commune=region[2], lon=4.08, lat=49.92, audiences=["children"]
    )
    assert access(Choice(audience="children"))["02381"] > 0
    assert access(Choice(audience="seniors"))["02381"] == 0


def test_a_loan_counts_where_it_is_for_the_part_of_the_month_it_is_open(region):
    host = HostFactory(commune=region[2], place=None)
    LoanFactory(
        host=host, departs_on=dt.date(2026, 10, 15), starts_on=dt.date(2026, 10, 17),
        ends_on=dt.date(2026, 11, 9), free_on=dt.date(2026, 11, 12),
    )  # fmt: skip

    october, november, december = (
        find_access(Choice(kind="loans"), month=month)
        for month in (OCTOBER, dt.date(2026, 11, 1), dt.date(2026, 12, 1))
    )

    assert october.access @ october.people == pytest.approx(100_000 * 15 / 31)
    assert november.access @ november.people == pytest.approx(100_000 * 8 / 30)
    assert december.access.max() == 0


@pytest.mark.parametrize(
    ("kind", "visitors", "size"),
    [
        ("museum", None, 1.0),
        ("zoo_aquarium", None, 5.0),
        ("mill", 24_000, 2.0),
        ("zoo_aquarium", 6_000, 0.5),
        ("museum", 0, 0.1),
        ("museum", 3_000_000, 10.0),
    ],
)
def test_a_place_counts_as_many_as_it_receives_else_the_usual_of_its_kind(
    region, kind, visitors, size
):
    PlaceFactory(
        kind=kind, commune=region[2], lon=4.08, lat=49.92, yearly_visitors=visitors
    )

    found = find_access(Choice(), month=OCTOBER)
    same = find_access(Choice(size="equal"), month=OCTOBER)

    got = dict(zip(found.territory.insee, found.access * found.people, strict=True))
    assert got["02381"] == pytest.approx(100_000 * size)
    assert same.access @ same.people == pytest.approx(200_000)


@pytest.mark.parametrize("method", ["two_step", "three_step", "gravity"])
def test_whatever_places_count_all_of_it_is_handed_out(region, method):
    sizes = [None, 0, 1, 700, 12_000, 55_555, 9_999_999]
    for rank, (commune, came) in enumerate(itertools.product(region, sizes)):
        kind = ("science_centre", "mill", "garden")[rank % 3]
        PlaceFactory(kind=kind, commune=commune, yearly_visitors=came)

    found = find_access(Choice(method=method), month=OCTOBER)

    assert len(found.supply) == 22
    assert found.access @ found.people == pytest.approx(
        100_000 * found.supply.capacity.sum()
    )


def test_the_border_is_land_and_whose_figure_it_makes_unsure_is_marked(region, client):
    inland = CommuneFactory(insee="80021", name="Amiens", lon=2.30, lat=49.89)
    CommuneFactory(insee="62767", name="Saint-Pol-sur-Ternoise", lon=2.34, lat=50.38)
    seaside = CommuneFactory(insee="62108", name="Berck", lon=1.58, lat=50.41)

    found = find_access(Choice(), month=OCTOBER)
    near = {
        name
        for name, is_near in zip(found.territory.names, found.at_border, strict=True)
        if is_near
    }
    page = client.get("/observer/acces/?month=2026-10").content.decode()
    told = client.get("/observer/acces/carte.json?month=2026-10").json()

    assert {"Lille", "Hirson"} <= near
    assert not {inland.name, seaside.name, "Saint-Pol-sur-Ternoise"} & near
    assert "limite de la région (Île-de-France, Normandie, Grand Est, Belgique)" in page
    assert "59350" in told["border"]
    assert inland.insee not in told["border"]


def test_a_region_without_an_outline_has_no_border(tmp_path):
    assert len(land_border(tmp_path, ())) == 0


def test_the_page_says_how_much_places_count(client, region):
    PlaceFactory(kind="museum", commune=region[0], yearly_visitors=40_000)

    page = client.get("/observer/acces/").content.decode()
    same = client.get("/observer/acces/?size=equal").content.decode()

    assert "12\u202f000 visiteurs par an" in page
    assert "1 lieu sur 2 l’a dit" in page
    assert "Planétarium, observatoire" in page
    assert "Tous les lieux comptent autant" in same
    assert "l’a dit" not in same


def test_a_loan_that_was_cancelled_serves_nobody(region):
    host = HostFactory(commune=region[2], place=None)
    LoanFactory(host=host, state=LoanState.CANCELLED)

    assert max(access(Choice(kind="loans")).values()) == 0


def test_the_year_is_its_months(region):
    host = HostFactory(commune=region[2], place=None)
    LoanFactory(host=host)

    year = find_months(Choice(), first=dt.date(2026, 9, 1)).totals()

    alone = equity_of(find_access(Choice(), month=OCTOBER))
    assert len(year) == 12
    assert year[1]["mean"] == pytest.approx(alone["mean"])
    assert year[1]["none"] < year[0]["none"]


def test_a_month_has_its_map_where_travelling_things_are(region):
    host = HostFactory(commune=region[2], place=None)
    LoanFactory(host=host)
    months = find_months(Choice(), first=dt.date(2026, 9, 1))

    chart = month_maps(months, month=OCTOBER, address={"kind": "all"})

    assert len(chart.panels) == 12
    told = [panel.desc for panel in chart.panels]
    assert told[:3] == ["rien de passage", "1 de passage", "rien de passage"]
    assert [panel.is_current for panel in chart.panels].index(True) == 1
    assert "month=2026-10" in chart.panels[1].url
    assert chart.table.rows[0] == ("De passage ce mois-ci", "0", "1", *["0"] * 10)
    assert len(chart.table.columns) == 13


def test_the_mean_of_a_group_in_a_month_is_that_of_its_people(region):
    months = find_months(Choice(), first=OCTOBER)
    found = find_access(Choice(), month=OCTOBER)

    means = months.means(months.territory.epci)

    for row in epci_rows(found):
        assert means[row["code"]][0] == pytest.approx(row["mean"])


def test_the_title_of_the_months_says_where_most_changes(region):
    steady = find_months(Choice(kind="places"), first=OCTOBER)
    assert month_maps(steady, month=OCTOBER, address={}).title == (
        "D’un mois à l’autre, l’accès ne change guère"
    )
    LoanFactory(host=HostFactory(commune=region[2], place=None))
    moving = find_months(Choice(), first=dt.date(2026, 9, 1))

    title = month_maps(moving, month=OCTOBER, address={}).title

    name = moving.territory.epci_names[region[2].epci_id]
    assert title.startswith(f"Où l’accès change le plus\u00a0: {name}, de 0,0 en ")
    assert title.endswith("en octobre 2026")


def test_the_page_shows_the_months_with_their_table(client, region):
    today = timezone.localdate()
    day = dt.timedelta(1)
    LoanFactory(
        host=HostFactory(commune=region[2], place=None),
        departs_on=today - 9 * day, starts_on=today - 8 * day,
        ends_on=today + 8 * day, free_on=today + 9 * day,
    )  # fmt: skip
    page = client.get("/observer/acces/?kind=loans").content.decode()

    assert "Mois par mois" in page
    assert page.count("chart-panel-title") == 12
    assert page.count('#mois" aria-current="true"') == 1
    assert "De passage ce mois-ci" in page


def test_months_are_not_drawn_where_less_is_better(client, region):
    page = client.get("/observer/acces/?method=raam").content.decode()

    assert "Mois par mois" not in page


@pytest.mark.parametrize("number", [1, 4])
def test_months_cost_the_same_for_one_loan_or_more(
    region, number, django_assert_num_queries
):
    for _ in range(number):
        LoanFactory(host=HostFactory(commune=region[2], place=None))
    find_months(Choice(), first=OCTOBER)

    with django_assert_num_queries(3):  # communes, places, loans
        found = find_months(Choice(), first=OCTOBER)
        month_maps(found, month=OCTOBER, address={})


def test_the_parts_of_inequality_sum_to_the_whole(region):
    figures = equity_of(find_access(Choice(), month=OCTOBER))

    parts = [figures[f"theil_{key}"] for key in ("epci", "density", "within")]
    assert sum(parts) == pytest.approx(figures["theil"])
    assert figures["palma"] is None or figures["palma"] > 0.25


def test_who_is_counted_may_be_what_an_indicator_counts(region):
    pupils = Indicator.objects.create(
        code="pupils", name="Élèves", unit="élèves", method="rectorat",
        aggregation=Aggregation.SUM, finest=Level.COMMUNE,
        state=IndicatorState.PUBLISHED, changed_at=NOW,
    )  # fmt: skip
    for code, value in (("59350", 100.0), ("02381", 300.0)):
        Observation.objects.create(
            indicator=pupils, level=Level.COMMUNE, code=code, period="2025", value=value,
            vintage=dt.date(2026, 1, 1),
        )  # fmt: skip

    found = find_access(Choice(demand="pupils"), month=OCTOBER)

    assert found.people.sum() == 400
    assert equity_of(found)["none"] == pytest.approx(0.75)


def test_nobody_to_count_is_refused_in_words(region):
    with pytest.raises(Refused) as refusal:
        find_access(Choice(demand="unknown"), month=OCTOBER)

    assert refusal.value.code == "nobody"


def test_without_any_place_all_is_zero_and_no_figure_is_nan(db):
    CommuneFactory(lille=True)

    figures = equity_of(find_access(Choice(), month=OCTOBER))

    assert figures["none"] == 1.0
    assert figures["gini"] == 0.0
    assert json.dumps(figures, allow_nan=False)


def test_white_zones_are_the_worst_served_with_what_is_nearest(region):
    whites = find_whites(find_access(Choice(), month=OCTOBER))

    assert [row.name for row in whites.rows] == ["Hirson"]
    assert whites.rows[0].nearest == "Muséum"
    assert 60 < whites.rows[0].minutes < 120
    assert whites.people == 40_000


def test_what_is_free_could_go_to_a_white_zone(region):
    copy = CopyFactory(resource__themes=["astronomy"])
    whites = find_whites(find_access(Choice(), month=OCTOBER))

    near = whites_near(whites, "02381", theme="astronomy", today=OCTOBER)
    other = whites_near(whites, "02381", theme="life", today=OCTOBER)

    assert [offer.resource for offer in near.offers] == [copy.resource]
    assert other.offers == []
    assert whites_near(whites, "59350", theme="", today=OCTOBER) is None


def test_months_go_over_the_year():
    assert months_from(dt.date(2026, 11, 20), count=2) == [
        dt.date(2026, 11, 1), dt.date(2026, 12, 1), dt.date(2027, 1, 1),
    ]  # fmt: skip
    assert (
        share(dt.date(2026, 9, 1), dt.date(2027, 1, 1), *months_from(OCTOBER, count=1))
        == 1
    )


class Osrm(http.server.BaseHTTPRequestHandler):
    """A routing server that answers as the documentation says; or breaks down."""

    broken = False

    def do_GET(self):
        query = self.path.partition("?")[2]
        sizes = [len(part.partition("=")[2].split(";")) for part in query.split("&")]
        told = {"code": "Ok", "durations": [[120.0] * sizes[1]] * sizes[0]}
        told["durations"][0] = [None] * sizes[1]  # the first has no road
        self.send_response(500 if self.broken else 200)
        self.end_headers()
        self.wfile.write(json.dumps(told).encode())

    def log_message(self, *args):
        pass


@pytest.fixture
def routing(settings):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Osrm)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    settings.OSRM = f"http://127.0.0.1:{server.server_port}"
    yield Osrm
    Osrm.broken = False
    server.shutdown()
    server.server_close()


def test_a_routing_server_says_the_minutes(region, routing):
    got = access(
        Choice(reach=15)
    )  # two minutes, but no road for the first that is asked

    assert got["59009"] == 0
    assert got["59350"] == pytest.approx(100_000 / 236_710)


def test_when_the_routing_server_breaks_down_the_model_serves(
    region, routing, settings
):
    routing.broken = True
    told = access(Choice(reach=15))
    settings.OSRM = ""

    assert told == pytest.approx(access(Choice(reach=15)))


def test_the_page_says_who_reaches_nothing_and_where(client, region):
    page = client.get("/observer/acces/?month=2026-10").content.decode()

    assert "n’ont rien à moins de 30 minutes" in page
    assert "Trois Rivières" in page
    assert "Comment c’est calculé" in page


@pytest.mark.parametrize(
    "address",
    ["", "?theme=zzz&reach=1&method=x&month=1999-99", "?method=raam", "?kind=loans"],
)
def test_whatever_is_asked_the_pages_answer(client, region, address):
    for path in ("acces/", "zones-blanches/", "acces/carte.json", "acces/communes.csv"):
        answer = client.get(f"/observer/{path}{address}")
        assert answer.status_code == 200
        # What comes after has a random token, which may hold these letters.
        told = answer.content.lower().split(b"<main")[-1].split(b"</main")[0]
        assert b"nan" not in told.replace(b"nance", b"")


def test_pages_without_anybody_say_what_to_do(client, db):
    for path in ("acces/", "zones-blanches/"):
        assert "Personne à compter" in client.get(f"/observer/{path}").content.decode()
    assert client.get("/observer/acces/carte.json").status_code == 422
    assert client.get("/observer/acces/communes.csv").status_code == 422


def test_map_table_and_file_tell_the_same(client, region):
    told = client.get("/observer/acces/carte.json?month=2026-10").json()
    text = client.get("/observer/acces/communes.csv?month=2026-10").content.decode(
        "utf-8-sig"
    )
    rows = list(csv.DictReader(io.StringIO(text), delimiter=";"))

    assert rows[0]["insee"] == "02381"
    for row in rows:
        name, value, people, at_border = told["values"][row["insee"]]
        assert (name, str(value), str(people), "oui" if at_border else "non") == (
            row["name"], row["access"], row["people"], row["at_border"],
        )  # fmt: skip
    painted = [code for one in told["classes"] for code in one["codes"]]
    assert sorted(painted) == ["59009", "59350"]


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_costs_the_same_for_one_place_or_three(
    client, region, count, django_assert_max_num_queries
):
    for _ in range(count):
        PlaceFactory(kind="museum", commune=region[1])
        LoanFactory(host=HostFactory(commune=region[2], place=None))
    client.get("/observer/acces/")

    with django_assert_max_num_queries(12):
        client.get("/observer/acces/")
