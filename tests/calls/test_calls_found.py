"""Calls where people look: the first page, the search, its suggestions, the site map."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from maillage.calls.choices import CallState
from maillage.calls.models import FundingProgramme
from tests.factories.accounts import UserFactory
from tests.factories.calls import CallFactory

pytestmark = pytest.mark.django_db
HOME, SEARCH = reverse("portal:home"), reverse("portal:search")
NOT_OPEN = [
    {"coming": True},
    {"closed": True},
    {"draft": True},
    {"state": CallState.CANCELLED},
]


def text(client, url, **asked):
    return client.get(url, asked).content.decode()


def test_the_first_page_shows_an_open_call_with_its_closing(client):
    now = timezone.now()
    CallFactory(title="Sciences en partage", closes_at=now + dt.timedelta(9, 60))

    page = text(client, HOME)

    assert "Appel à projets ouvert<" in page
    assert "Sciences en partage" in page
    assert "encore 9 jours" in page


@pytest.mark.parametrize("traits", NOT_OPEN)
def test_the_first_page_says_nothing_without_an_open_call(client, traits):
    CallFactory(title="Sciences en partage", **traits)

    page = text(client, HOME)

    assert "Sciences en partage" not in page
    assert "home-calls" not in page


def test_the_first_page_shows_three_the_first_to_close_first(client):
    now = timezone.now()
    for days in (4, 1, 3, 2):
        CallFactory(title=f"Appel {days}", closes_at=now + dt.timedelta(days))

    page = text(client, HOME)

    places = [page.find(f"Appel {days}<") for days in (1, 2, 3)]
    assert places == sorted(places)
    assert -1 not in places
    assert "Appel 4" not in page


@pytest.mark.parametrize("rows", [1, 3])
def test_the_first_page_costs_the_same_for_one_call_or_three(
    client, rows, django_assert_max_num_queries
):
    CallFactory.create_batch(rows)
    client.get(HOME)

    with django_assert_max_num_queries(11):
        client.get(HOME)


@pytest.mark.parametrize(
    "asked",
    ["sciences partage", "appel à projets", "astronomie", "subvention", "villag"],
)
def test_the_search_finds_a_call_by_what_it_says(client, asked):
    CallFactory(
        title="Sciences en partage", themes=["astronomy"], text="Dans dix villages."
    )

    page = text(client, SEARCH, q=asked)

    assert "Sciences en partage" in page
    assert "jusqu’au" in page


def test_the_search_finds_no_other_call(client):
    CallFactory(title="Sciences en partage")
    CallFactory(title="Sciences cachées", draft=True)

    assert "Sciences en partage" not in text(client, SEARCH, q="botanique")
    assert "Sciences cachées" not in text(client, SEARCH, q="sciences")
    client.force_login(UserFactory(agency=True))
    assert "Sciences cachées" not in text(client, SEARCH, q="sciences")


def test_open_calls_are_found_before_closed_ones(client):
    CallFactory(title="Sciences closes", closed=True)
    CallFactory(title="Sciences à venir", coming=True)
    CallFactory(title="Sciences ouvertes")

    page = text(client, SEARCH, q="sciences")

    places = [
        page.find(f"Sciences {word}") for word in ("ouvertes", "à venir", "closes")
    ]
    assert -1 not in places
    assert places == sorted(places)


def test_a_call_that_is_not_over_is_suggested_by_its_name(client):
    CallFactory(title="Sciences en partage")
    CallFactory(title="Sciences en partage, avant", closed=True)

    found = client.get(reverse("portal:search_suggest"), {"q": "scien par"}).json()

    assert found["results"] == [
        {
            "label": "Sciences en partage",
            "kind": "appel à projets",
            "url": found["results"][0]["url"],
        }
    ]


def test_programmes_of_others_are_found_beside(client):
    now = timezone.now()
    for name, shown in (("Fonds des rivières", True), ("Fonds des secrets", False)):
        FundingProgramme.objects.create(
            name=name, slug=f"fonds-{shown}".lower(), family="feder", manager="Agence",
            is_published=shown, changed_at=now,
        )  # fmt: skip

    page = text(client, SEARCH, q="fonds FEDER")

    assert "Fonds des rivières" in page
    assert "Fonds des secrets" not in page


@pytest.mark.parametrize("rows", [1, 6])
def test_the_search_costs_the_same_for_one_call_or_six(
    client, rows, django_assert_max_num_queries
):
    CallFactory.create_batch(rows, title="Sciences")
    client.get(SEARCH, {"q": "sciences"})

    with django_assert_max_num_queries(10):
        client.get(SEARCH, {"q": "sciences"})


def test_search_engines_are_told_of_calls_and_programmes(client):
    CallFactory(slug="un-appel")
    FundingProgramme.objects.create(
        name="Fonds", slug="un-fonds", family="other", manager="x",
        changed_at=timezone.now(),
    )  # fmt: skip

    for section, slug in (("calls", "un-appel"), ("funding", "un-fonds")):
        assert slug in text(client, reverse("portal:sitemap_section", args=[section]))
