"""Calls, grants and programmes of others by the API: what is public, and nobody's name."""

import csv
import datetime as dt
import io

import pytest
from django.utils import timezone

from maillage.calls.choices import CallState
from maillage.calls.models import FundingProgramme
from tests.calls.written import fill
from tests.factories.accounts import UserFactory
from tests.factories.calls import (
    SIRET,
    ApplicationFactory,
    CallFactory,
    CallQuestionFactory,
)
from tests.factories.directory import StructureFactory
from tests.factories.reviews import ReviewerFactory, ReviewFactory, granted

pytestmark = pytest.mark.django_db
API = "/api/1"


def ask(client, path, **asked):
    return client.get(f"{API}{path}", asked)


def slugs(client, **asked):
    return [row["slug"] for row in ask(client, "/calls", **asked).json()["results"]]


@pytest.fixture
def calls():
    return {
        "open": CallFactory(slug="ouvert"),
        "coming": CallFactory(slug="a-venir", coming=True),
        "closed": CallFactory(slug="clos", closed=True),
        "cancelled": CallFactory(slug="annule", state=CallState.CANCELLED),
        "draft": CallFactory(slug="brouillon", draft=True),
    }


def test_the_list_tells_published_calls_with_their_phase(client, calls):
    answer = ask(client, "/calls")

    told = {row["slug"]: row["phase"] for row in answer.json()["results"]}
    assert told == {
        "ouvert": "open", "a-venir": "coming", "clos": "closed", "annule": "cancelled",
    }  # fmt: skip
    assert answer["Access-Control-Allow-Origin"] == "*"
    row = answer.json()["results"][0]
    assert row["url"].endswith(f"/appels/{row['slug']}/")
    closes = dt.datetime.fromisoformat(row["closes_at"])
    assert closes.utcoffset() is not None


@pytest.mark.parametrize(
    ("phase", "found"),
    [("open", ["ouvert"]), ("coming", ["a-venir"]), ("closed", ["clos", "annule"])],
)
def test_the_list_is_narrowed_by_phase(client, calls, phase, found):
    assert sorted(slugs(client, phase=phase)) == sorted(found)


@pytest.mark.parametrize(
    "asked", [{"phase": "bientot"}, {"size": 0}, {"size": 101}, {"page": "x"}]
)
def test_nonsense_is_refused(client, asked):
    assert ask(client, "/calls", **asked).status_code == 422


@pytest.mark.parametrize("who", ["nobody", "agency"])
def test_a_draft_is_not_told_even_to_the_agency(client, calls, who):
    if who == "agency":
        client.force_login(UserFactory(agency=True))

    assert ask(client, "/calls/brouillon").status_code == 404
    assert "brouillon" not in slugs(client)


def test_a_call_tells_its_rules_criteria_and_public_answers(client, calls):
    call = calls["open"]
    person = UserFactory(display_name="Camille Dupont")
    now = timezone.now()
    CallQuestionFactory(
        call=call, text="Et les collèges ?", answer="Oui.", is_public=True,
        answered_at=now, asked_by=person,
    )  # fmt: skip
    CallQuestionFactory(call=call, text="En privé ?", answer="Non.", is_public=False)
    CallQuestionFactory(call=call, text="Sans réponse ?")

    answer = ask(client, "/calls/ouvert")

    told = answer.json()
    assert told["text"] == call.text
    assert [one["weight"] for one in told["criteria"]] == [3, 2, 1]
    assert [one["question"] for one in told["questions"]] == ["Et les collèges ?"]
    words = answer.content.decode()
    for secret in ("Dupont", "En privé", "Sans réponse"):
        assert secret not in words


def test_nothing_of_applications_and_reviews_is_told(client, calls):
    structure = StructureFactory(name="Candidate secrète", siret=SIRET)
    row = ApplicationFactory(call=calls["open"], structure=structure)
    fill(row, by=UserFactory(), title="Projet secret")
    review = ReviewFactory(
        round__call=calls["closed"], reviewer=ReviewerFactory(), points=[3, 3, 3]
    )
    for path in ("/calls", "/calls/ouvert", "/calls/clos", "/grants"):
        words = ask(client, path).content.decode()
        for secret in (row.number, "Projet secret", "Candidate secrète", review.reviewer.email):  # fmt: skip
            assert secret not in words


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_costs_the_same_for_one_call_or_three(
    client, rows, django_assert_num_queries
):
    CallFactory.create_batch(rows)

    with django_assert_num_queries(2):  # count, page
        ask(client, "/calls")


# Grants ----------------------------------------------------------------------------------


def signed(**structure):
    home = StructureFactory(**{"name": "Les Curieux", "siret": SIRET} | structure)
    now = timezone.now()
    grant = granted(structure=home, by=UserFactory(agency=True), now=now)
    grant.agreed_on = now.date()
    grant.save()
    return grant


def test_grants_are_told_as_the_open_data_tells_them(client):
    grant = signed()

    (row,) = ask(client, "/grants").json()["results"]

    assert row["nomBeneficiaire"] == "Les Curieux"
    assert row["idBeneficiaire"] == SIRET
    assert row["montant"] == f"{grant.cents / 100:.2f}"
    assert row["dateConvention"] == grant.agreed_on.isoformat()
    text = b"".join(client.get("/donnees/subventions.csv")).decode("utf-8-sig")
    (line,) = csv.DictReader(io.StringIO(text), delimiter=";")
    assert line == row


def test_grants_that_are_not_signed_or_have_no_siret_are_not_told(client):
    signed(siret="")
    granted(
        structure=StructureFactory(siret=SIRET), by=UserFactory(agency=True),
        now=timezone.now(),
    )  # fmt: skip

    assert ask(client, "/grants").json()["total"] == 0


def test_an_example_says_that_it_is_one(client):
    grant = signed()
    call = grant.application.call
    call.is_example = True
    call.save()

    (row,) = ask(client, "/grants").json()["results"]

    assert row["objet"].startswith("Exemple : ")


# Programmes of others --------------------------------------------------------------------


def programme(**fields):
    wanted = {"name": "Fonds", "slug": "fonds", "family": "other", "manager": "x"}
    return FundingProgramme.objects.create(**wanted | fields, changed_at=timezone.now())


def test_programmes_are_told_with_their_dates(client):
    row = programme(url="https://example.org/", themes=["water"])
    row.dates.create(label="Dépôt", closes_on=dt.date(2030, 3, 1))

    (told,) = ask(client, "/funding-programmes").json()["results"]

    assert told["official_url"] == "https://example.org/"
    assert told["dates"] == [
        {"label": "Dépôt", "opens_on": None, "closes_on": "2030-03-01"}
    ]
    assert ask(client, "/funding-programmes/fonds").json() == told


def test_programmes_are_narrowed_by_family_and_hidden_ones_are_not_told(client):
    programme()
    programme(slug="feder", family="feder")
    programme(slug="cache", is_published=False)

    def found(**asked):
        rows = ask(client, "/funding-programmes", **asked).json()["results"]
        return {row["slug"] for row in rows}

    assert found() == {"fonds", "feder"}
    assert found(family="feder") == {"feder"}
    assert found(family="inconnue") == set()
    assert ask(client, "/funding-programmes/cache").status_code == 404


@pytest.mark.parametrize("path", ["/calls", "/grants", "/funding-programmes"])
@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_it_only_reads(client, path, method):
    assert getattr(client, method)(f"{API}{path}").status_code == 405
