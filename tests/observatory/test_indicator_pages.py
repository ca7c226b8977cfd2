"""The page of an indicator: its map and table by level, its seasons; finding it."""

import re

import pytest
from django.urls import reverse

from maillage.observatory.choices import Aggregation
from maillage.observatory.services.finding import find_indicators
from maillage.observatory.services.indicators import latest_of, levels_known
from tests.factories.accounts import UserFactory
from tests.factories.observatory import IndicatorFactory, ObservationFactory
from tests.factories.territories import CommuneFactory, DepartmentFactory, EpciFactory

pytestmark = pytest.mark.django_db
LILLE, AMIENS, BEAUVAIS = "200093201", "248000531", "200067999"


def write(indicator, level, values, period="2024", **more):
    for code, value in values.items():
        ObservationFactory(
            indicator=indicator, level=level, code=code, period=period, value=value,
            **more,
        )  # fmt: skip


def read(client, indicator, **query):
    answer = client.get(indicator.get_absolute_url(), query)
    assert answer.status_code == 200
    return answer.content.decode()


def cells(page):
    """Names and figures of the table beside the map."""
    table = page[page.index("around-table") :].split("</table>")[0]
    rows = re.findall(r"<tr><th scope=\"row\">(.*?)</th><td.*?>(.*?)</td></tr>", table)
    return [tuple(re.sub("<.*?>", "", cell) for cell in row) for row in rows]


@pytest.fixture
def groups():
    for siren, name in ((LILLE, "Lille"), (AMIENS, "Amiens"), (BEAUVAIS, "Beauvais")):
        EpciFactory(siren=siren, name=name)
    indicator = IndicatorFactory(name="Entrées")
    write(indicator, "region", {"32": 40.0})
    write(indicator, "epci", {LILLE: 12.0, AMIENS: 28.0})
    write(indicator, "epci", {BEAUVAIS: 98765.0}, hidden="few")
    return indicator


def test_the_map_of_groups_stands_beside_its_table_and_a_secret_one_is_hatched(
    client, groups
):
    page = read(client, groups)

    assert cells(page) == [("Amiens", "28"), ("Lille", "12"), ("Beauvais", "secret")]
    hatch = re.search(r'<pattern id="(p[0-9a-f]+-1)"', page)[1]
    assert f'fill="url(#{hatch})"' in page
    assert "Beauvais : secret</title>" in page.replace("CA du Beauvaisis", "Beauvais")
    assert "secret statistique" in page
    assert 'class="figure-secret"' in page
    assert "98765" not in re.sub(r"\s", "", page)


def test_a_map_without_a_secret_has_no_hatch(client, groups):
    groups.observations.filter(code=BEAUVAIS).update(hidden="")

    page = read(client, groups)
    assert "<pattern" not in page
    assert cells(page)[0] == ("Beauvais", "98\u202f765")


def test_the_period_and_the_level_are_in_the_address(client, groups):
    write(groups, "epci", {LILLE: 5.0}, period="2023")
    DepartmentFactory(code="59", name="Nord")
    write(groups, "department", {"59": 12.0})
    write(groups, "department", {"59": 9.0}, period="2023")

    page = read(client, groups, niveau="department", periode="2023")
    assert ("Nord", "9") in cells(page)
    assert re.search(r'value="department" selected', page)
    assert cells(read(client, groups, niveau="planet", periode="1999"))[0][1] == "28"
    assert cells(read(client, groups, periode="2023"))[0] == ("Lille", "5")


def test_htmx_gets_the_map_and_its_table_only(client, groups):
    answer = client.get(groups.get_absolute_url(), headers={"HX-Request": "true"})
    page = answer.content.decode()

    assert page.lstrip().startswith("<div")
    assert 'id="around"' in page
    assert "<h1" not in page
    assert ("Amiens", "28") in cells(page)


@pytest.fixture
def communes():
    indicator = IndicatorFactory(name="Entrées", decimals=1)
    found = [CommuneFactory(name=f"Commune {n:03d}") for n in range(120)]
    write(indicator, "region", {"32": 7.0})
    write(indicator, "commune", {one.insee: float(n) for n, one in enumerate(found)})
    indicator.observations.filter(code=found[7].insee).update(hidden="few", value=4321)
    return indicator, found


def test_communes_are_in_the_table_page_by_page_the_secret_ones_last(client, communes):
    indicator, _found = communes
    CommuneFactory(name="Sans valeur")
    first = cells(read(client, indicator, niveau="commune"))
    last = cells(read(client, indicator, niveau="commune", page=2))

    assert first[0] == ("Commune 119", "119,0")
    assert len(first) == 100
    assert last[-2:] == [("Commune 000", "0,0"), ("Commune 007", "secret")]
    page = read(client, indicator, niveau="commune", page="beaucoup")
    assert cells(page) == first
    assert "1 commune sans valeur connue" in page
    assert "Sans valeur" not in str(first + last)


def test_the_map_of_communes_has_classes_and_no_secret_figure(client, communes):
    indicator, found = communes
    url = reverse("observatory:indicator_map", args=[indicator.code])
    answer = client.get(url, {"periode": "2024"})
    told = answer.json()

    assert told["hidden"] == [found[7].insee]
    assert found[7].insee not in told["values"]
    assert "4321" not in answer.content.decode()
    assert told["values"][found[119].insee] == 119.0
    painted = [code for each in told["classes"] for code in each["codes"]]
    assert sorted(painted) == sorted(told["values"])
    assert found[119].insee in told["classes"][4]["codes"]
    assert found[0].insee in told["classes"][0]["codes"]
    nothing = client.get(url, {"periode": "1900"}).json()
    assert (nothing["values"], nothing["hidden"]) == ({}, [])


def test_communes_that_are_not_published_have_no_map(client, communes):
    indicator, _found = communes
    indicator.shown_from = "epci"
    indicator.save()
    url = reverse("observatory:indicator_map", args=[indicator.code])

    assert client.get(url, {"periode": "2024"}).status_code == 404
    assert "Commune 119" not in read(client, indicator, niveau="commune")
    indicator.shown_from, indicator.state = "commune", "draft"
    indicator.save()
    assert client.get(url, {"periode": "2024"}).status_code == 404
    client.force_login(UserFactory(role="observer"))
    assert client.get(url, {"periode": "2024"}).status_code == 200


def test_a_commune_that_a_complete_census_does_not_name_has_zero(client, communes):
    indicator, _found = communes
    CommuneFactory(name="Rien")
    indicator.zero_if_absent = True
    indicator.save()

    page = read(client, indicator, niveau="commune", page=2)
    assert ("Rien", "0,0") in cells(page)
    assert "sans valeur connue" not in page


def test_a_rate_shows_how_communes_are_spread(client, communes):
    indicator, _found = communes
    indicator.aggregation, indicator.weight_name = Aggregation.RATE, "habitants"
    indicator.save()

    page = read(client, indicator, niveau="commune")
    assert "119 communes ont une valeur connue en 2024" in page
    assert "région : 7,0" in page


def test_a_monthly_indicator_shows_the_months_of_each_year(client):
    indicator = IndicatorFactory(period_kind="month")
    for year in (2024, 2025):
        for month in range(1, 13):
            period = f"{year}-{month:02d}"
            write(indicator, "region", {"32": 90.0 if month == 10 else 5.0}, period)
    page = read(client, indicator)

    assert "le plus souvent, le plus haut est en octobre" in page
    panels = re.findall(r'chart-panel-title">(\d{4})<', page)
    assert panels == ["2024", "2025"]
    assert re.search(
        r"<tr><th scope=\"row\">oct.</th><td.*?>90</td><td.*?>90</td>", page
    )


def test_a_yearly_indicator_has_no_season(client, groups):
    assert "Mois par mois" not in read(client, groups)


def test_the_last_figure_of_each_indicator_is_found_at_once(
    django_assert_num_queries,
):
    some = [IndicatorFactory() for _n in range(5)]
    for n, one in enumerate(some[:4]):
        write(one, "region", {"32": float(n)}, "2022")
        write(one, "region", {"32": 10.0 + n}, "2023")
        write(one, "region", {"32": 99.0}, "2024", is_current=False)
    some[0].observations.filter(period="2023").update(hidden="few")

    with django_assert_num_queries(1):
        found = latest_of(some, level="region", code="32")
    assert {pk: (one.period, one.value) for pk, one in found.items()} == {
        some[0].pk: ("2023", None),
        some[1].pk: ("2023", 11.0),
        some[2].pk: ("2023", 12.0),
        some[3].pk: ("2023", 13.0),
    }


@pytest.mark.parametrize("count", [1, 12])
def test_the_list_costs_the_same_for_one_indicator_or_twelve(
    client, count, django_assert_num_queries
):
    for _n in range(count):
        write(IndicatorFactory(), "region", {"32": 3.0})

    with django_assert_num_queries(2):  # indicators, their last figures
        client.get(reverse("observatory:indicator_list"))


@pytest.mark.parametrize("periods", [1, 9])
def test_the_page_costs_the_same_for_one_period_or_nine(
    client, groups, periods, django_assert_num_queries
):
    for n in range(periods):
        period = str(2010 + n)
        write(groups, "region", {"32": 1.0}, period)
        write(groups, "epci", {LILLE: 1.0, AMIENS: 2.0}, period)

    # indicator, region, levels, periods, groups, their names, departments,
    # corrections, notes
    with django_assert_num_queries(9):
        client.get(groups.get_absolute_url())


def test_levels_are_those_with_a_figure_from_the_one_that_is_published(groups):
    write(groups, "commune", {"59350": 3.0})

    assert levels_known(groups) == ["region", "epci", "commune"]
    groups.shown_from = "epci"
    assert levels_known(groups) == ["region", "epci"]


def test_indicators_are_found_without_accents_by_their_first_letters():
    census = IndicatorFactory.build(
        name="Acteurs ayant répondu à l’enquête", unit="acteurs"
    )
    visits = IndicatorFactory.build(
        name="Visiteurs", family="Fête", about="une enquête"
    )
    rows = [visits, census]

    assert find_indicators(rows, "enquete") == [census, visits]
    assert find_indicators(rows, "visiteur fete") == [visits]
    assert find_indicators(rows, "visi") == [visits]
    assert find_indicators(rows, "visiteurs planète") == []
    assert find_indicators(rows, " ?! ") == []


def test_the_search_of_the_site_finds_indicators(client):
    IndicatorFactory(name="Visiteurs de la fête", code="fete")
    IndicatorFactory(name="Visiteurs cachés", state="draft")
    page = client.get(reverse("portal:search"), {"q": "visiteurs"}).content.decode()

    assert reverse("observatory:indicator_detail", args=["fete"]) in page
    assert "1 indicateur de l’observatoire" in page
    assert "cachés" not in page
    other = client.get(reverse("portal:search"), {"q": "zzz"}).content.decode()
    assert "indicateur de l’observatoire" not in other


def test_the_sitemap_holds_published_indicators(client):
    IndicatorFactory(code="montre")
    IndicatorFactory(code="cache", state="draft")
    url = reverse("portal:sitemap_section", args=["indicators"])
    page = client.get(url).content.decode()

    assert "/observer/indicateurs/montre/" in page
    assert "cache/" not in page
    index = client.get(reverse("portal:sitemap")).content.decode()
    assert "sitemap-indicators.xml" in index
