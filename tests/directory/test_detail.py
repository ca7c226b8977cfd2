"""The pages of one structure and of one place."""

import json
import re

import pytest
from django.conf import settings
from django.urls import reverse

from maillage.core import listing
from maillage.core.choices import State
from maillage.core.jsonld import embedded
from maillage.core.models import Alias
from maillage.core.templatetags.json_ld import json_ld
from tests.factories.accounts import UserFactory
from tests.factories.directory import (
    MembershipFactory,
    PlaceFactory,
    StructureFactory,
)
from tests.factories.territories import CommuneFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_remembered():
    listing.forget()
    yield
    listing.forget()


def text_of(page):
    return page.content.decode()


def data_of(page):
    found = re.search(
        r'<script type="application/ld\+json">(.*?)</script>', text_of(page)
    )
    return json.loads(found[1])


@pytest.mark.parametrize("factory", [StructureFactory, PlaceFactory])
@pytest.mark.parametrize("state", [State.DRAFT, State.PROPOSED, State.ARCHIVED])
def test_what_is_not_published_is_for_its_author_its_members_and_the_agency(
    client, factory, state
):
    author = UserFactory()
    thing = factory(state=state, created_by=author)
    structure = getattr(thing, "structure", thing)
    url = thing.get_absolute_url()
    assert client.get(url).status_code == 404
    client.force_login(UserFactory())
    assert client.get(url).status_code == 404
    for person in (
        author,
        MembershipFactory(structure=structure).user,
        UserFactory(agency=True),
        UserFactory(observer=True),
    ):
        client.force_login(person)
        page = client.get(url)
        assert page.status_code == 200
        assert "public ne la voit" in text_of(page)
        assert "ld+json" not in text_of(page)


@pytest.mark.parametrize("factory", [StructureFactory, PlaceFactory])
def test_an_old_address_leads_to_the_new_one_for_good(client, factory):
    thing = factory()
    Alias.objects.create(kind=thing.code, slug="ancien-nom", object_id=thing.pk)
    old = reverse(f"directory:{thing.code}_detail", args=["ancien-nom"])
    page = client.get(old)
    assert (page.status_code, page["Location"]) == (301, thing.get_absolute_url())

    type(thing).objects.filter(pk=thing.pk).update(state=State.DRAFT)
    assert client.get(old).status_code == 404
    Alias.objects.update(object_id=0)
    assert client.get(old).status_code == 404


def test_a_structure_shows_what_it_does_and_where(client):
    structure = StructureFactory(
        name="Les Amis",
        description="Un **moulin**.\n\n<script>alert(1)</script>",
        chain_roles=["formats", "diffusion"],
        production_tools=["laser_cutter"],
        know_how=["scenography"],
        networks=["amcsti"],
        siret="13002526500013",
        website="https://www.amis.fr/page",
        phone="03 20 00 00 00",
        email="a@amis.fr",
        street="1 rue des Arts",
        listed=True,
    )
    PlaceFactory(name="Le Moulin", structure=structure, listed=True)
    PlaceFactory(name="La Cave", structure=structure, state=State.DRAFT)
    page = client.get(structure.get_absolute_url())
    text = text_of(page)
    assert [
        link["term"].slug for link in page.context["chain"] if link["is_covered"]
    ] == [
        "formats",
        "diffusion",
    ]
    assert len(page.context["chain"]) == 7
    assert "<strong>moulin</strong>" in text
    assert "<script>alert" not in text
    for words in (
        "découpe",
        "scénographie",
        "Amcsti",
        "130 025 265 00013",
        "amis.fr",
        'href="tel:0320000000"',
        "1 rue des Arts",
        "Le Moulin",
        "vérifiée par sa structure le 2 mars 2026",
    ):
        assert words in text, words
    assert "La Cave" not in text
    assert [thing.title for thing in page.context["nearby"]] == ["Le Moulin"]
    assert "Proposer une correction" in text


def test_an_unverified_structure_says_so_and_can_be_claimed(client):
    structure = StructureFactory(verified_on=None)
    text = text_of(client.get(structure.get_absolute_url()))
    assert "Fiche à vérifier" in text
    assert reverse("directory:structure_claim", args=[structure.slug]) in text


def test_a_structure_without_anything_still_has_its_page(client):
    structure = StructureFactory(
        commune=None, themes=[], audiences=[], is_active=False, is_example=True
    )
    page = client.get(structure.get_absolute_url())
    assert page.status_code == 200
    assert "Adresse non renseignée" in text_of(page)
    assert page.context["missing"] == ["une description", "un contact"]
    assert page.context["nearby"] == []


def test_a_place_shows_how_to_come_in_and_what_it_hosts(client):
    place = PlaceFactory(
        kind="mill",
        lon=3.06,
        lat=50.63,
        position_quality="exact",
        opening="- mardi\n- mercredi",
        prices="5 €",
        is_free=False,
        can_host=True,
        host_surface_m2=120,
        host_power="socket",
        host_is_level=False,
        host_staff=0,
        host_notes="Quai à gauche.",
        access={"entree_plain_pied": True, "registre_url": "https://a.fr/r"},
        networks=["aram"],
        picture="images/x.jpg",
        picture_alt="Un moulin",
        picture_credit="Moi",
        source="base",
        source_url="https://a.fr",
        listed=True,
    )
    page = client.get(place.get_absolute_url())
    text = text_of(page)
    for words in (
        "<li>mardi</li>",
        "5 €",
        "120\u00a0m²",
        "prise 230 V",
        "Quai à gauche",
        "Entrée de plain-pied",
        "lire le registre",
        place.structure.name,
        'alt="Un moulin"',
        "© Moi",
        "Source\u00a0: base",
        "mlat=50.630000&amp;mlon=3.060000",
        'data-shape="triangle"',
    ):
        assert words in text, words
    facts = {fact["label"]: fact["value"] for fact in page.context["hosting"]}
    assert facts["De plain-pied ou avec monte-charge"] == "non"
    assert facts["Personnes pour aider au montage"] == "0"
    assert "Porte la plus étroite" not in facts


def test_a_place_of_which_nothing_is_known_asks_for_help(client):
    place = PlaceFactory(structure=None, verified_on=None)
    page = client.get(place.get_absolute_url())
    assert len(page.context["missing"]) == 5
    assert "Le point est à la commune" in text_of(page)
    assert "La revendiquer" not in text_of(page)


def test_where_a_thing_comes_from_is_said_in_words(client):
    place = PlaceFactory(source=settings.REGION)
    assert "données de départ de la région" in text_of(
        client.get(place.get_absolute_url())
    )


def test_a_place_does_not_tell_the_name_of_a_hidden_structure(client):
    place = PlaceFactory(structure__name="Secrète", structure__state=State.DRAFT)
    page = client.get(place.get_absolute_url())
    assert page.context["owner"] is None
    assert "Secrète" not in text_of(page)
    client.force_login(UserFactory(agency=True))
    assert client.get(place.get_absolute_url()).context["owner"] == place.structure


def test_members_are_offered_to_edit(client):
    place = PlaceFactory()
    editor = MembershipFactory(structure=place.structure).user
    client.force_login(editor)
    page = client.get(place.get_absolute_url())
    assert page.context["may_edit"] is True
    assert "informations sont à jour" in text_of(page)
    assert f"{place.get_absolute_url()}historique/" in text_of(page)


@pytest.mark.parametrize(
    ("person", "words", "absent"),
    [
        ({}, [], ["Historique", "Équipe", "Fusionner", "à jour"]),
        ({"observer": True}, ["Historique"], ["Équipe", "Fusionner", "à jour"]),
        ({"agency": True}, ["Historique", "Équipe", "Fusionner", "à jour"], []),
    ],
)
def test_tools_are_shown_to_those_who_may_use_them(client, person, words, absent):
    structure = StructureFactory()
    client.force_login(UserFactory(**person))
    text = text_of(client.get(structure.get_absolute_url()))
    assert [word for word in words if word not in text] == []
    assert [word for word in absent if word in text] == []


def test_a_manager_reaches_the_team_and_an_editor_does_not(client):
    structure = StructureFactory()
    team = reverse("directory:structure_team", args=[structure.slug])
    client.force_login(MembershipFactory(structure=structure, manager=True).user)
    assert team in text_of(client.get(structure.get_absolute_url()))
    client.force_login(MembershipFactory(structure=structure).user)
    assert team not in text_of(client.get(structure.get_absolute_url()))


@pytest.mark.parametrize("rows", [1, 3])
def test_a_structure_costs_the_same_with_one_place_or_three(
    client, rows, django_assert_num_queries
):
    structure = StructureFactory(listed=True)
    PlaceFactory.create_batch(rows, structure=structure, listed=True)
    client.get(structure.get_absolute_url())
    # it, its places, stamp twice, what is near, what is on tour
    # six, its events to come, its actions of the plan, reports of its peers, works made with others
    with django_assert_num_queries(10):
        client.get(structure.get_absolute_url())


@pytest.mark.parametrize("rows", [1, 3])
def test_a_place_costs_the_same_with_one_neighbour_or_three(
    client, rows, django_assert_num_queries
):
    place = PlaceFactory(listed=True)
    PlaceFactory.create_batch(rows, listed=True)
    client.get(place.get_absolute_url())
    with django_assert_num_queries(
        7
    ):  # it, the stamp, what is near; trails that stop, near ones; events; benefits
        client.get(place.get_absolute_url())


# What machines read


@pytest.mark.parametrize(
    ("kind", "type_"),
    [
        ("museum", "Museum"),
        ("library", "Library"),
        ("company", "Corporation"),
        ("other", "Organization"),
    ],
)
def test_a_structure_is_an_organisation_of_its_kind_for_machines(client, kind, type_):
    structure = StructureFactory(
        kind=kind,
        networks=["amcsti"],
        know_how=["scenography"],
        siret="13002526500013",
        website="https://a.fr",
    )
    data = data_of(client.get(structure.get_absolute_url()))
    assert data["@context"] == "https://schema.org"
    assert data["@type"] == type_
    assert (
        data["@id"]
        == data["url"]
        == f"{settings.SITE_URL}{structure.get_absolute_url()}"
    )
    assert data["sameAs"] == "https://a.fr"
    assert data["address"]["addressLocality"] == "Lille"
    assert data["memberOf"][0]["name"] == "Amcsti"
    assert data["identifier"]["value"] == "13002526500013"
    assert "telephone" not in data


def test_a_bare_structure_says_only_what_is_known(client):
    data = data_of(client.get(StructureFactory(commune=None).get_absolute_url()))
    assert {"address", "identifier", "memberOf", "image"}.isdisjoint(data)


@pytest.mark.parametrize(
    ("kind", "type_"),
    [
        ("museum", "Museum"),
        ("library", "Library"),
        ("mill", "TouristAttraction"),
        ("fablab", "Place"),
    ],
)
def test_a_place_is_a_place_of_its_kind_for_machines(client, kind, type_):
    place = PlaceFactory(
        kind=kind,
        lon=3.06,
        lat=50.63,
        position_quality="exact",
        is_free=True,
        picture="images/x.jpg",
    )
    data = data_of(client.get(place.get_absolute_url()))
    assert data["@type"] == type_
    assert data["geo"]["longitude"] == 3.06
    assert data["isAccessibleForFree"] is True
    assert data["parentOrganization"]["name"] == place.structure.name
    assert data["image"].startswith(settings.SITE_URL)


def test_a_position_of_the_commune_is_not_given_as_that_of_the_place(client):
    place = PlaceFactory(
        lon=3.06, lat=50.63, position_quality="commune", structure__state=State.DRAFT
    )
    data = data_of(client.get(place.get_absolute_url()))
    assert "geo" not in data
    assert "parentOrganization" not in data


def test_nothing_written_in_a_name_ends_the_block_of_data(client):
    name = "</script><script>alert(1)</script>&\u2028"
    structure = StructureFactory(name=name)
    page = client.get(structure.get_absolute_url())
    assert data_of(page)["name"] == name
    assert "<script>alert" not in text_of(page)
    assert "<" not in embedded({"a": "<!--"})
    assert json_ld(StructureFactory(state=State.DRAFT)) == ""


def test_a_structure_in_another_department_keeps_its_own_address(client):
    structure = StructureFactory(commune=CommuneFactory(amiens=True), postcode="80090")
    data = data_of(client.get(structure.get_absolute_url()))
    assert data["address"]["postalCode"] == "80090"
    assert data["address"]["addressRegion"] == "Somme"
