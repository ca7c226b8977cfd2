"""Benefits from a file and into files: imports, exports, open data, the API."""

import csv
import datetime as dt
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from maillage.core.errors import Refused
from maillage.core.intake.files import read_file
from maillage.passport.benefit_imports import apply_benefits, plan_benefits
from maillage.passport.demo_benefits import load_benefits
from maillage.passport.models import Benefit
from tests.factories.accounts import UserFactory
from tests.factories.agenda import EventFactory
from tests.factories.directory import MembershipFactory, PlaceFactory
from tests.factories.passport import BenefitFactory

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 11, 23)
HEAD = "lieu;avantage;tarif du passeport;plein tarif;passeports;ages;limite;fois\n"


@pytest.fixture
def place():
    return PlaceFactory(name="Muséum de la mer", slug="museum", listed=True)


@pytest.fixture
def member(place):
    return MembershipFactory(structure=place.structure).user


def plan(text, by):
    return plan_benefits(read_file(text.encode(), name="a.csv"), by=by, today=TODAY)


def bring(text, by):
    return apply_benefits(plan(text, by), by=by, today=TODAY)


def counts(found):
    return {name: number for name, number in found.items() if number}


def rows_of(answer):
    data = b"".join(answer.streaming_content) if answer.streaming else answer.content
    text = data.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=";"))


def test_a_file_says_what_places_give_and_again_changes_nothing(place, member):
    text = HEAD + (
        "museum;gratuit;;7;personne|foyer;6-11|12-17;n_a_season;3\n"
        "Muséum de la mer;tarif réduit;3,50;7;;;;\n"
    ).replace("gratuit", "entrée gratuite")

    assert counts(bring(text, member)) == {"create": 2}
    assert counts(bring(text, member)) == {"leave": 2}

    free, half = Benefit.objects.order_by("pk")
    assert (free.kinds, free.age_bands) == (["P", "H"], ["6-11", "12-17"])
    assert (free.limit, free.times, free.normal_cents) == ("n_a_season", 3, 700)
    assert (half.gives, half.price_cents, half.limit) == ("reduced", 350, "none")


def test_the_same_benefit_with_another_price_is_changed(place, member):
    bring(HEAD + "museum;reduced;3;7;;;;\n", member)

    assert counts(bring(HEAD + "museum;reduced;4;7;;;;\n", member)) == {"change": 1}
    assert Benefit.objects.get().price_cents == 400


@pytest.mark.parametrize(
    ("row", "column", "why"),
    [
        ("inconnu;free;;;;;;", "lieu", "Aucune fiche"),
        ("museum;cadeau;;;;;;", "avantage", "n’est pas dans la liste"),
        ("museum;reduced;8;7;;;;", "tarif du passeport", "plus bas"),
        (
            "museum;free;;;chat;;;",
            "passeports",
            "«\u00a0chat\u00a0» n’est pas dans la liste",
        ),
        ("museum;free;;;;7-8;;", "ages", "«\u00a07-8\u00a0»"),
        ("museum;free;;;;;n_a_season;", "fois", "combien de fois"),
        ("ailleurs;free;;;;;;", "lieu", "pas le vôtre"),
    ],
)
def test_a_row_that_cannot_be_is_refused_in_its_cell(place, member, row, column, why):
    PlaceFactory(slug="ailleurs", listed=True)

    found = plan(f"{HEAD}{row}\n", member)

    (problem,) = found.errors if hasattr(found, "errors") else found.problems
    assert problem.header == column
    assert why in problem.message
    with pytest.raises(Refused) as no:
        apply_benefits(found, by=member, today=TODAY)
    assert no.value.code == "errors"
    assert not Benefit.objects.exists()


def test_the_same_row_twice_is_refused(place, member):
    found = plan(HEAD + "museum;free;;;;;;\nmuseum;free;;9;;;;\n", member)

    assert found.count("refuse") == 1
    assert "ligne 2" in found.problems[0].message


def test_an_event_of_another_place_is_refused_and_its_own_is_taken(place, member):
    own = EventFactory(slug="atelier", place=place, owner=place.structure)
    EventFactory(slug="autre")
    head = "lieu;événement;avantage\n"

    bad = plan(f"{head}museum;autre;free\n", member)
    assert "n’a pas lieu ici" in bad.problems[0].message
    bring(f"{head}museum;{own.slug};free\n", member)
    assert Benefit.objects.get().event == own


def test_what_is_exported_comes_in_again_and_changes_nothing(client, place, member):
    event = EventFactory(place=place, owner=place.structure, at="2099-03-06T14:00")
    BenefitFactory(place=place, event=event, most_companions=2, normal_cents=650)
    BenefitFactory(
        place=place, gives="reduced", price_cents=350, kinds=["P", "C"], age_bands=["65-"],
        starts_on=TODAY, label="-5 € sur l’entrée",
    )  # fmt: skip
    BenefitFactory(place__listed=True)
    client.force_login(member)

    answer = client.get(reverse("passport:benefit_export", args=["csv"]))

    assert [row["place"] for row in rows_of(answer)] == ["museum", "museum"]
    assert counts(bring(answer.content.decode("utf-8-sig"), member)) == {"leave": 2}
    missing = client.get(reverse("passport:benefit_export", args=["pdf"]))
    assert missing.status_code == 404


def test_a_file_is_checked_on_the_page_then_applied(client, place, member):
    client.force_login(member)
    url = reverse("passport:benefit_import")
    text = HEAD + "museum;free;;;;;;\n"

    page = client.post(url, {"file": SimpleUploadedFile("a.csv", text.encode())})
    assert "1 avantage à ajouter" in page.content.decode()
    assert not Benefit.objects.exists()
    done = client.post(url, {"table": page.context["text"]}, follow=True)

    assert "1 avantages ajoutés, 0 modifiés." in done.content.decode()
    assert Benefit.objects.get().place == place


def test_open_data_has_what_is_given_and_nothing_that_is_over(client, place):
    BenefitFactory(place=place, kinds=["P"], normal_cents=700)
    BenefitFactory(place=place, gives="priority", ends_on=TODAY)

    (row,) = rows_of(
        client.get(reverse("interchange:dataset_file", args=["benefits", "csv"]))
    )
    answer = client.get(
        reverse("interchange:dataset_file", args=["benefits", "geojson"])
    )

    assert (row["place"], row["kinds"], row["normal_eur"]) == (
        "museum",
        "personne",
        "7",
    )
    assert row["commune"] == "59350"
    told = b"".join(answer.streaming_content).decode()
    assert '"coordinates": [3.0' in told


def test_the_api_lists_benefits_by_what_and_for_whom(client, place):
    BenefitFactory(place=place, kinds=["P"], normal_cents=700)
    other = BenefitFactory(gives="reduced", price_cents=350, age_bands=["6-11"])

    def ask(query=""):
        return client.get(f"/api/1/benefits?{query}").json()

    both = ask()
    assert both["total"] == 2
    assert both["results"][0]["kinds"] == ["personne"]
    assert both["results"][0]["place"] == "museum"
    assert both["results"][1]["price_cents"] == 350
    assert [row["number"] for row in ask("kind=foyer")["results"]] == [other.pk]
    assert ask("gives=free")["total"] == 1
    assert ask("age=65-")["total"] == 1
    assert ask("place=museum")["total"] == 1
    assert ask("size=1&page=2")["results"][0]["number"] == other.pk


def test_the_demonstration_has_varied_benefits_once(place):
    for kind in ("planetarium", "garden", "ecomuseum", "science_museum"):
        PlaceFactory(kind=kind)
    PlaceFactory(kind="museum", is_example=True)
    EventFactory(at="2099-03-06T14:00", is_free=False, place=place)

    load_benefits(today=TODAY)
    load_benefits(today=TODAY)

    rows = Benefit.objects.all()
    assert len(rows) == 6
    assert {row.gives for row in rows} == {"free", "reduced", "priority"}
    assert not any(row.place.is_example for row in rows)
    assert all("Inventé" in row.label for row in rows)
    for row in rows:
        row.full_clean()


def test_the_agency_imports_for_all_places(place):
    agency = UserFactory(role="agency")

    assert counts(bring(HEAD + "museum;free;;;;;;\n", agency)) == {"create": 1}
