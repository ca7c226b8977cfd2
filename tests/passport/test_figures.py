"""Figures of the pass: exact for who counted, through the gate for all others."""

import csv
import io
import itertools

import numpy as np
import pytest
from django.urls import reverse
from django.utils import timezone
from scipy.optimize import linprog

from maillage.core.disclosure import TOTAL
from maillage.passport.models import CheckIn, FigureRelease
from maillage.passport.services.figures import (
    Amount,
    added,
    by_home_department,
    chosen,
    months_of,
    own_days,
    periods,
    published,
    rest,
)
from maillage.passport.services.figures_counting import holders_of
from maillage.passport.services.months import close_month
from tests.factories.accounts import UserFactory
from tests.factories.directory import MembershipFactory, PlaceFactory, StructureFactory
from tests.factories.passport import IssuerFactory
from tests.factories.territories import CommuneFactory, DepartmentFactory
from tests.passport.passages_made import came, crowd

pytestmark = pytest.mark.django_db

MONTH = "2026-09"
COMMUNES = ("59350", "59350", "59350", "59009", "59009", "02381", "80021")
#: Some of them so rare that one or two passes come from there.
RARE = (*("59350",) * 7, *("59009",) * 3, "02381", "80021")


@pytest.fixture
def ground():
    CommuneFactory(lille=True)
    CommuneFactory(insee="59009", name="Villeneuve-d’Ascq")
    CommuneFactory(insee="02381", name="Hirson", department=DepartmentFactory(code="02", name="Aisne"))  # fmt: skip
    CommuneFactory(insee="80021", name="Amiens", department=DepartmentFactory(code="80", name="Somme"))  # fmt: skip


@pytest.fixture
def doors(ground):
    """Two places of one structure, and three others."""
    owner = StructureFactory()
    mine = [PlaceFactory(structure=owner, listed=True) for _ in range(2)]
    return [*mine, *(PlaceFactory(listed=True) for _ in range(3))]


@pytest.fixture
def counted(doors, request):
    seed = getattr(request, "param", 0)
    crowd(doors, number=60, seed=seed or 1, communes=RARE if seed else COMMUNES)
    truth = holders_of(MONTH)
    close_month(MONTH, now=timezone.now())
    return truth


@pytest.fixture
def member(doors):
    user = UserFactory()
    MembershipFactory(structure=doors[0].structure, user=user)
    return user


# What an attacker can tell ------------------------------------------------------------


def profile(one, place):
    km = one.km[place]
    band = next((bound for bound in (5, 15, 30, 60) if km < bound), "more")
    return (*one.who, f"com:{one.commune}", f"dep:{one.commune[:2]}", f"km:{band}")


def attack(truth, doors, *, subject, spots):
    """(visits, least, most) of cells of fewer than three passes, hidden or not listed.

    The attacker knows how many visits each of the spots had, as its doors counted them,
    and what was published; everything else may be any number from zero.
    """
    where = {place.pk: f"place:{place.pk}" if place.pk in spots else "rest" for place in doors}  # fmt: skip
    keep = slice(0, 2) if subject == "who" else slice(2, 5)
    columns, visits, passes = {}, {}, {}
    for one in truth.values():
        for place, number in one.visits.items():
            column = (where[place], profile(one, place)[keep])
            columns.setdefault(column, len(columns))
            visits[column] = visits.get(column, 0) + number
            passes.setdefault(column, set()).add(id(one))
    rows, sums, hidden, seen = [], [], [], set()

    def look(spot, code, figure, *, is_told=True):
        seen.add((spot, code))
        inside = [
            column for column in columns
            if spot in {TOTAL, column[0]} and code in {TOTAL, *column[1]}
        ]  # fmt: skip
        row = np.zeros(len(columns))
        row[[columns[column] for column in inside]] = 1
        number = sum(visits[column] for column in inside)
        if is_told and (figure is None or not figure.is_hidden):
            assert figure is None or (figure.value or 0) == number
            rows.append(row)
            sums.append(number)
        elif 0 < len(set().union(*(passes[column] for column in inside))) < 3:
            hidden.append((row, number))

    for spot in {*where.values()}:
        look(spot, TOTAL, None)
    region = published([MONTH])
    tables = [region.table(MONTH, "people", subject)]
    if subject == "home":
        tables.append(region.table(MONTH, "distance", "home"))
    for row in itertools.chain(*(table or () for table in tables)):
        look(TOTAL, row.codes[-1], row["visits"])
    for pk in spots:
        found = FigureRelease.objects.filter(place=pk).first()
        own = published([MONTH], place=found.place).table(MONTH, "people", subject)
        for row in own or ():
            look(row.codes[0], row.codes[-1], row["visits"])
    codes = {code for _spot, codes in columns for code in codes if "com:" in code}
    spots_known = {TOTAL, *(f"place:{pk}" for pk in spots)}
    for spot, code in sorted({*itertools.product(spots_known, codes)} - seen):
        look(spot, code, None, is_told=False)
    told = []
    for row, number in hidden:
        least, most = (
            sign * linprog(sign * row, A_eq=np.array(rows), b_eq=sums).fun
            for sign in (1, -1)
        )
        told.append((number, least, most))
    return told


@pytest.mark.parametrize("subject", ["who", "home"])
@pytest.mark.parametrize("counted", [1, 2], indirect=True)
def test_a_team_that_subtracts_its_doors_from_the_region_tells_nothing(
    counted, doors, subject
):
    told = attack(counted, doors, subject=subject, spots=[doors[0].pk, doors[1].pk])

    assert told  # something is hidden, else nothing is tried
    for number, least, most in told:
        assert least - 1e-6 <= number <= most + 1e-6
        assert most - least >= 1, told


def ages_hidden(place):
    """The release of a place, and its hidden rows by age."""
    release = FigureRelease.objects.get(place=place)
    (table,) = [t for t in release.tables["people"]["tables"] if t["name"] == "who"]
    ages = [row for row in table["rows"] if "age:" in row["codes"][1]]
    secret = [row for row in ages if row["figures"]["visits"]["status"] == "hidden"]
    return release, secret


def test_the_attacker_finds_what_one_hidden_cell_leaves(counted, doors):
    def came_to(place, row):
        code = row["codes"][1]
        return [one.visits[place] for one in counted.values() if one.visits[place] and code in one.who]  # fmt: skip

    # Which cells the gate hides beside those that it must is its own choice: the one
    # left hidden here is one that it must hide, wherever there is one.
    for place in (doors[0].pk, doors[1].pk):
        release, secret = ages_hidden(place)
        rare = [row for row in secret if 0 < len(came_to(place, row)) < 3]
        if rare:
            break
    assert rare
    assert len(secret) > 1
    for row in secret:
        if row is not rare[0]:
            row["figures"]["visits"] = {"status": "shown", "value": sum(came_to(place, row)), "units": 3}  # fmt: skip
    release.save()

    told = attack(counted, doors, subject="who", spots=[doors[0].pk, doors[1].pk])

    assert any(most - least < 1e-6 for _number, least, most in told), told


def test_who_comes_often_is_one(doors):
    """Ten visits of one person are no ten people."""
    crowd(doors[2:3], number=20)
    for day in range(1, 11):
        came(doors[2], number="ee" * 12, day=day, age_band="65-")
    close_month(MONTH, now=timezone.now())

    found = published([MONTH])
    assert found.amount("people", "who", ("age:65-",)).is_secret
    own = published([MONTH], place=doors[2])
    assert own.amount("people", "who", (f"place:{doors[2].pk}", "age:65-")).is_secret


def test_passages_without_pseudonym_may_all_be_of_one_person(doors):
    crowd(doors[2:3], number=20)
    for day in range(1, 6):
        came(doors[2], pseudonym="", day=day, age_band="65-")
    close_month(MONTH, now=timezone.now())

    assert published([MONTH]).amount("people", "who", ("age:65-",)).is_secret


def test_a_month_of_two_passes_says_nothing(doors):
    came(doors[0], number="aa" * 12)
    came(doors[0], number="bb" * 12)
    close_month(MONTH, now=timezone.now())

    stored = str(list(FigureRelease.objects.values_list("tables", flat=True)))
    assert "shown" not in stored


def test_what_is_published_stays_when_something_comes_in_late(counted, doors):
    before = list(FigureRelease.objects.order_by("pk").values("tables"))
    came(doors[0])
    close_month(MONTH, now=timezone.now())

    assert list(FigureRelease.objects.order_by("pk").values("tables")) == before
    assert own_days(doors[0], [MONTH])


# Adding up -----------------------------------------------------------------------------


def test_a_sum_over_months_says_what_it_does_not_know(counted):
    found = published([MONTH])
    whole = found.amount("people", "who", (TOTAL,))
    parts = [Amount(3), Amount(4, hidden=1)]

    assert whole == Amount(CheckIn.objects.count())
    assert (parts[1].is_least, Amount(0, 1).is_secret, Amount().is_secret) == (True, True, False)  # fmt: skip
    assert rest(Amount(10), parts) == Amount(3)
    assert rest(Amount(7), parts) is None
    assert rest(Amount(10, hidden=1), parts) is None
    assert added([None]) == Amount(0, 1)


def test_a_commune_that_a_month_does_not_list_is_not_zero(counted):
    found = published([MONTH])

    assert found.amount("people", "home", ("com:62041",)).is_secret
    assert found.amount("people", "home", ("dep:62",)) == Amount(0)


def test_readers_choose_all_months_a_season_or_a_month(counted, doors):
    found = periods(["2026-08", "2026-09"])

    assert [one.slug for one in found] == ["tout", "2026-09", "2026-08"]
    assert chosen(found, "2026-08").months == ("2026-08",)
    assert chosen(found, "' OR 1=1").slug == "tout"
    assert chosen([], "tout") is None
    assert months_of(doors[0]) == [MONTH]


def test_a_year_in_which_a_month_hides_a_department_has_no_figure_of_it(counted, doors):
    shown = {code for _year, code, _visits in by_home_department()}
    assert "59" in shown
    for _ in range(12):
        came(doors[0], month="2026-10", commune="59350")
    came(doors[0], month="2026-10", commune="02381")
    close_month("2026-10", now=timezone.now())

    assert "02" not in {code for _year, code, _visits in by_home_department()}


# Pages ---------------------------------------------------------------------------------


def rows_of(answer):
    text = answer.content.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text), delimiter=";"))


def test_a_team_sees_its_exact_counts_and_the_gates_figures(client, member, counted, doors):  # fmt: skip
    client.force_login(member)
    visits = CheckIn.objects.filter(place=doors[0]).count()

    page = client.get(reverse("passport:figures_place", args=[doors[0].slug]))

    text = page.content.decode()
    assert f'<td class="number">{visits}</td>' in text
    assert "Par âge" in text
    assert "secret statistique" in text


def test_the_agency_sees_no_ages_of_one_place(client, counted, doors):
    client.force_login(UserFactory(agency=True))

    page = client.get(reverse("passport:figures_place", args=[doors[0].slug]))
    region = client.get(reverse("passport:figures_region"))

    assert "Par âge" not in page.content.decode()
    assert "Par âge" in region.content.decode()
    assert doors[0].name in region.content.decode()


def test_files_say_what_the_page_says_and_no_more(client, member, counted, doors):
    client.force_login(member)
    who = rows_of(client.get(reverse("passport:figures_place_who", args=[doors[0].slug, "csv"])))  # fmt: skip
    days = rows_of(client.get(reverse("passport:figures_place_days", args=[doors[0].slug, "csv"])))  # fmt: skip
    client.force_login(UserFactory(role="observer"))
    region = rows_of(client.get(reverse("passport:figures_export", args=["csv"])))

    for row in who + region:
        status, value = list(row.values())[-1], list(row.values())[-2]
        assert (status == "hidden") <= (value == "")
    assert any("hidden" in row.values() for row in who)
    assert len(days) == len(own_days(doors[0], [MONTH]))
    for form in ("xlsx", "ods"):
        assert client.get(reverse("passport:figures_export", args=[form])).status_code == 200  # fmt: skip
    assert client.get(reverse("passport:figures_export", args=["exe"])).status_code == 404  # fmt: skip


def test_an_empty_site_says_when_figures_come(client):
    client.force_login(UserFactory(role="observer"))

    page = client.get(reverse("passport:figures_region"))

    assert "Pas encore de chiffres" in page.content.decode()


def test_a_longer_list_of_months_asks_the_database_no_more_often(
    client, doors, django_assert_max_num_queries
):
    client.force_login(UserFactory(role="observer"))
    for seed, month in enumerate(("2026-07", "2026-08", "2026-09")):
        crowd(doors[3:4], number=9, month=month, seed=seed)
        close_month(month, now=timezone.now())

    with django_assert_max_num_queries(16):
        client.get(reverse("passport:figures_region"))


def test_panels_lead_to_the_figures_of_ones_places(client, member, counted, doors):
    client.force_login(member)

    space = client.get(reverse("portal:my_space")).content.decode()
    place = client.get(doors[0].get_absolute_url()).content.decode()

    link = reverse("passport:figures_place", args=[doors[0].slug])
    assert link in space
    assert link in place
    assert reverse("passport:figures_place", args=[doors[3].slug]) not in space


@pytest.mark.parametrize("invented", [True, False])
def test_figures_of_invented_issuers_say_so(client, counted, member, doors, invented):
    IssuerFactory(structure__is_example=invented)
    client.force_login(member)

    answer = client.get(reverse("passport:figures_place", args=[doors[0].slug]))

    assert ("inventés, pour essayer" in answer.text) is invented
