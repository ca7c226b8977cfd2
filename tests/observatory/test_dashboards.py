"""The pages that everybody reads: figures, comparisons, sources, and nothing secret."""

import csv
import io
import re

import pytest
from django.urls import reverse
from pypdf import PdfReader

from maillage.observatory import periods
from maillage.observatory.cards import trend
from maillage.observatory.choices import Aggregation, Level
from maillage.observatory.services.perimeters import find_territory
from maillage.observatory.services.similar import similar
from tests.factories.accounts import UserFactory
from tests.factories.observatory import IndicatorFactory, ObservationFactory
from tests.factories.territories import CommuneFactory, DepartmentFactory, EpciFactory

pytestmark = pytest.mark.django_db


def read(client, name, *args, **query):
    answer = client.get(reverse(f"observatory:{name}", args=args), query)
    assert answer.status_code == 200, (name, answer.status_code)
    return answer.content.decode()


def figures_of(indicator, *rows, **more):
    for level, code, period, value in rows:
        ObservationFactory(
            indicator=indicator,
            level=level,
            code=code,
            period=period,
            value=value,
            **more,
        )


@pytest.fixture
def lille():
    return CommuneFactory(lille=True)


def test_the_first_page_starts_with_the_key_figures_and_their_trend(client, lille):
    indicator = IndicatorFactory(name="Visiteurs", rank=1, higher_is_better=True)
    figures_of(
        indicator, ("region", "32", "2023", 100.0), ("region", "32", "2024", 125.0)
    )
    page = read(client, "home")

    assert page.index("Visiteurs") < page.index("Et chez moi")
    assert re.search(r"<strong>125</strong>", page)
    assert "+25\xa0% depuis 2023" in page
    assert "trend-good" in page
    assert re.search(r"Source\s:", page)


def test_an_empty_observatory_says_so(client):
    assert "Aucun indicateur publié" in read(client, "home")
    assert "Aucun indicateur publié" in read(client, "territory_detail", "region", "32")


def test_a_period_that_is_not_over_is_not_compared():
    indicator = IndicatorFactory.build()
    told = trend(indicator, [("2024", 10.0), ("2025", 3.0)], is_open=True)

    assert (told.text, told.arrow, told.tone) == ("10 en 2024", "", "neutral")
    assert trend(indicator, [("2024", 10.0)]) is None
    assert trend(indicator, [("2023", 10.0), ("2024", None)]) is None
    share = IndicatorFactory.build(unit="% des lieux", higher_is_better=False)
    assert (
        trend(share, [("2023", 40.0), ("2024", 43.5)]).text == "+3,5 points depuis 2023"
    )
    assert trend(share, [("2023", 40.0), ("2024", 43.5)]).tone == "bad"


def test_what_is_not_published_is_not_there_for_others(client):
    draft = IndicatorFactory(state="draft", name="Brouillon")
    url = draft.get_absolute_url()

    assert client.get(url).status_code == 404
    assert "Brouillon" not in read(client, "indicator_list")
    assert client.get("/api/1/indicateurs").json() == []
    client.force_login(UserFactory(role="observer"))
    assert client.get(url).status_code == 200
    assert "Brouillon" in read(client, "indicator_list")


def test_a_board_compares_with_the_region_and_with_similar_territories(client, lille):
    indicator = IndicatorFactory(
        name="Taux",
        rank=1,
        aggregation=Aggregation.RATE,
        weight_name="hab.",
        decimals=1,
    )
    others = [CommuneFactory(density_class=lille.density_class) for _n in range(3)]
    figures_of(
        indicator, ("commune", "59350", "2024", 5.0), ("region", "32", "2024", 3.0)
    )
    for n, other in enumerate(others):
        figures_of(indicator, ("commune", other.insee, "2024", 1.0 + n))
    page = read(client, "territory_detail", "commune", "59350")

    assert re.search(r"région</dt><dd>3,0", page)
    assert re.search(r"semblables \(médiane\)</dt><dd>2,0", page)
    for other in others:
        assert other.name in page


def test_similar_territories_are_near_in_population_then_in_density():
    here = CommuneFactory(population=1000, area_km2=10)
    near = CommuneFactory(population=1050, area_km2=10)
    sparse = CommuneFactory(population=1050, area_km2=100)
    far = CommuneFactory(population=9000, area_km2=90)
    found = similar(find_territory(Level.COMMUNE, here.insee))

    assert [one.code for one in found] == [near.insee, sparse.insee, far.insee]


def test_an_epci_that_goes_beyond_the_region_says_so(client):
    EpciFactory(
        siren="200070001", name="CC du Bord", communes_in_region=2, communes_total=5
    )

    assert "déborde de la région" in read(
        client, "territory_detail", "epci", "200070001"
    )


def test_a_territory_that_does_not_exist_is_not_found(client):
    for level, code in (("commune", "99999"), ("planet", "32"), ("region", "99")):
        url = reverse("observatory:territory_detail", args=[level, code])
        assert client.get(url).status_code == 404


def test_a_commune_that_a_census_does_not_name_has_zero_and_a_secret_one_has_no_value(
    client, lille
):
    indicator = IndicatorFactory(name="Lieux", rank=1, zero_if_absent=True)
    figures_of(indicator, ("region", "32", "2024", 7.0))
    assert "<strong>0</strong>" in read(client, "territory_detail", "commune", "59350")

    figures_of(indicator, ("commune", "59350", "2024", 4321.0), hidden="few")
    page = read(client, "territory_detail", "commune", "59350")
    assert "4321" not in page.replace("\u202f", "")
    assert "key-secret" in page


def test_a_secret_value_is_in_no_page_no_file_and_no_answer(client, lille):
    department = DepartmentFactory()
    indicator = IndicatorFactory(name="Entrées", rank=1, weight_name="")
    secret = {"hidden": "dominance", "numerator": 987654.0, "denominator": 11.0}
    figures_of(
        indicator, ("commune", "59350", "2024", 987654.0), ("epci", "200093201", "2024", 987654.0),
        ("department", department.code, "2024", 987654.0), ("region", "32", "2023", 987654.0),
        **secret,
    )  # fmt: skip
    figures_of(indicator, ("region", "32", "2024", 5.0))
    figures_of(
        indicator,
        ("commune", "59350", "2022", 987654.0),
        is_current=False,
        hidden="few",
    )
    code = indicator.code
    urls = [
        *(reverse(f"observatory:{n}") for n in ("home", "indicator_list")),
        indicator.get_absolute_url(),
        *(
            reverse("observatory:territory_detail", args=place)
            for place in (("commune", "59350"), ("epci", "200093201"), ("department", "59"),
                          ("region", "32"))
        ),
        reverse("observatory:indicator_export", args=[code, "csv"]),
        f"/api/1/indicateurs/{code}/observations",
    ]  # fmt: skip
    for user in (None, UserFactory(role="agency")):
        if user:
            client.force_login(user)
        for url in urls:
            answer = client.get(url)
            text = re.sub(r"[\s\u202f\xa0]", "", answer.content.decode())
            assert answer.status_code == 200
            assert "987654" not in text, url
            assert "dominance" not in text, url


def test_the_file_says_why_a_cell_is_empty(client, lille):
    indicator = IndicatorFactory()
    figures_of(indicator, ("commune", "59350", "2024", 3.0), hidden="few")
    figures_of(indicator, ("region", "32", "2024", 30.0))
    text = read(client, "indicator_export", indicator.code, "csv").lstrip("\ufeff")
    rows = {
        row["code_territoire"]: row
        for row in csv.DictReader(io.StringIO(text), delimiter=";")
    }

    assert (rows["59350"]["valeur"], rows["59350"]["statut"]) == ("", "secret")
    assert rows["32"]["valeur"] in {"30", "30.0"}
    assert rows["32"]["statut"] == "final"


def test_the_answer_of_the_api_has_published_figures_only(client, lille):
    indicator = IndicatorFactory(name="Visiteurs")
    figures_of(
        indicator, ("region", "32", "2024", 30.0), ("region", "32", "2023", 20.0)
    )
    figures_of(indicator, ("commune", "59350", "2024", 3.0), hidden="few")
    base = f"/api/1/indicateurs/{indicator.code}/observations"

    assert client.get("/api/1/indicateurs").json()[0]["name"] == "Visiteurs"
    told = client.get(base, {"period": "2024"}).json()
    assert told["count"] == 2
    assert [(one["code"], one["value"], one["status"]) for one in told["items"]] == [
        ("59350", None, "secret"), ("32", 30.0, "final"),
    ]  # fmt: skip
    assert (
        client.get(base, {"level": "region", "limit": 1}).json()["items"][0]["value"]
        == 20
    )
    assert client.get("/api/1/indicateurs/inconnu/observations").status_code == 404


def test_one_indicator_in_full(client, lille):
    indicator = IndicatorFactory(
        limits="Déclaratif.", plan_ref="III.2", themes=["astronomy"]
    )
    figures_of(
        indicator, ("region", "32", "2023", 20.0), ("region", "32", "2024", 30.0)
    )
    figures_of(
        indicator,
        ("department", "59", "2023", 12.0),
        ("department", "59", "2024", 18.0),
    )
    figures_of(indicator, ("commune", "59350", "2024", 18.0))
    noted = indicator.observations.filter(level="region", period="2024")
    noted.update(note="https://example.org/source")
    page = read(client, "indicator_detail", indicator.code)

    for text in ("Déclaratif.", "III.2", "de 20 en 2023 à 30 en 2024", "Par département",
                 'href="https://example.org/source"'):  # fmt: skip
        assert text in page
    assert page.count('role="img"') >= 3
    older = read(client, "indicator_detail", indicator.code, periode="2023")
    assert re.search(r'value="2023" selected', older)


def test_filters_narrow_the_list_and_are_in_the_address(client):
    IndicatorFactory(name="Étoiles", family="Ciel", finest="region")
    IndicatorFactory(name="Marées", family="Mer", themes=["sea"])

    assert "Marées" not in read(client, "indicator_list", family="Ciel")
    assert "Étoiles" not in read(client, "indicator_list", q="marées")
    assert "Marées" not in read(client, "indicator_list", level="region")
    assert "Étoiles" in read(client, "indicator_list", level="nonsense")


def test_a_territory_is_found_by_its_name(client, lille):
    page = read(client, "territory_list", q="lil")

    assert reverse("observatory:territory_detail", args=["commune", "59350"]) in page
    assert "Aucune commune" in read(client, "territory_list", q="zzzz")


def test_the_board_on_paper_has_the_same_figures(client, lille):
    indicator = IndicatorFactory(name="Visiteurs", rank=1)
    figures_of(
        indicator, ("region", "32", "2023", 20.0), ("region", "32", "2024", 1234.0)
    )
    answer = client.get(reverse("observatory:territory_paper", args=["region", "32"]))
    text = PdfReader(io.BytesIO(answer.content)).pages[0].extract_text()

    assert "Hauts-de-France" in text
    assert "Visiteurs" in text
    assert re.search(r"1\s?234", text)


@pytest.mark.parametrize("indicators", [1, 12])
def test_a_board_costs_the_same_for_one_indicator_or_twelve(
    client, lille, indicators, django_assert_num_queries
):
    CommuneFactory(density_class=lille.density_class)
    for n in range(indicators):
        one = IndicatorFactory(rank=n)
        figures_of(
            one, ("region", "32", "2024", 3.0), ("commune", "59350", "2024", 1.0)
        )
    url = reverse("observatory:territory_detail", args=["commune", "59350"])

    # commune, indicators, similar, people, own, region, around, epci, department
    with django_assert_num_queries(9):
        client.get(url)


def test_the_agency_types_a_figure_and_corrects_it(client, lille):
    indicator = IndicatorFactory(state="draft")
    client.force_login(UserFactory(role="agency"))
    url = reverse("observatory:observation_new", args=[indicator.code])
    typed = {
        "level": "commune",
        "territory": "Lille",
        "period": "2024",
        "status": "final",
    }

    assert client.post(url, typed).status_code == 422  # no value
    assert client.post(url, typed | {"value": "1", "period": "hier"}).status_code == 422
    assert (
        client.post(url, typed | {"value": "1", "territory": "zzz"}).status_code == 422
    )
    client.post(url, typed | {"value": "12,5"})
    assert indicator.observations.get(level="region").value == 12.5
    client.post(
        reverse("observatory:indicator_state", args=[indicator.code]),
        {"state": "published"},
    )
    indicator.refresh_from_db()
    assert indicator.is_public


def test_the_agency_defines_an_indicator(client):
    client.force_login(UserFactory(role="agency"))
    url = reverse("observatory:indicator_new")
    typed = {
        "name": "Part des lieux ouverts", "code": "part-lieux", "unit": "%", "decimals": "1",
        "method": "100 × ouverts ÷ tous.", "aggregation": "rate", "scale": "100",
        "period_kind": "year", "finest": "commune", "shown_from": "commune", "secrecy": "none",
        "higher_is_better": "true",
    }  # fmt: skip

    assert client.post(url, typed).status_code == 422  # divided by what?
    answer = client.post(url, typed | {"weight_name": "lieux"})
    assert answer.status_code == 302
    assert "Part des lieux ouverts" in client.get(answer["Location"]).content.decode()


@pytest.mark.parametrize(
    ("kind", "typed", "kept", "following"),
    [
        ("year", "2024", "2024", "2025"),
        ("school_year", "2024-2025", "2024-25", "2025-26"),
        ("school_year", "2024/25", "2024-25", "2025-26"),
        ("month", "2024-12", "2024-12", "2025-01"),
        ("day", "2024-02-29", "2024-02-29", None),
    ],
)
def test_periods_are_read_and_followed(kind, typed, kept, following):
    assert periods.read(kind, typed) == kept
    assert periods.following(kind, kept) == following
    assert periods.ends_on(kind, kept).year in {2024, 2025}
