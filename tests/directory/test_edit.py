"""Propose and change: who may, what a mistake costs, what two people do at once."""

import pytest
from django.urls import reverse

from maillage.core.choices import ProposalKind, State
from maillage.core.errors import Refused
from maillage.core.models import Entry, Proposal
from maillage.directory.models import Place, Structure
from maillage.directory.views import edit
from tests.factories.accounts import UserFactory
from tests.factories.directory import (
    MembershipFactory,
    PlaceFactory,
    StructureFactory,
)
from tests.factories.territories import CommuneFactory

pytestmark = pytest.mark.django_db

NEW_STRUCTURE = "directory:structure_new"
NEW_PLACE = "directory:place_new"


@pytest.fixture(autouse=True)
def lille():
    return CommuneFactory(lille=True)


@pytest.fixture
def member(client):
    user = UserFactory()
    client.force_login(user)
    return user


@pytest.fixture
def agency(client):
    user = UserFactory(agency=True)
    client.force_login(user)
    return user


def typed(**values):
    return {"name": "Le Moulin", "kind": "mill", "commune": "Lille"} | values


def edit_url(thing):
    return reverse(f"directory:{thing.code}_edit", args=[thing.slug])


def typed_again(client, thing, **values):
    """What a browser sends when a person opens the form and changes some boxes."""
    form = client.get(edit_url(thing)).context["form"]
    found = {}
    for box in form:
        value = box.value()
        if value not in (None, "", False, []) and box.name != "picture":
            found[box.name] = value
    return found | values


def text_of(page):
    return page.content.decode()


@pytest.mark.parametrize("view", [NEW_STRUCTURE, NEW_PLACE])
def test_a_stranger_signs_in_first(client, view):
    page = client.get(reverse(view))
    assert page.status_code == 302
    assert page["Location"].startswith("/compte/")


def test_a_member_proposes_and_the_agency_is_asked(client, member):
    page = client.post(reverse(NEW_PLACE), typed(note="Vu sur place"), follow=True)
    place = Place.objects.get()
    assert page.redirect_chain[-1][0] == place.get_absolute_url()
    assert "agence va vérifier" in text_of(page)
    assert place.state == State.PROPOSED
    assert place.created_by == member
    proposal = Proposal.objects.get()
    assert (proposal.kind, proposal.note) == (ProposalKind.NEW, "Vu sur place")
    assert not Entry.objects.public().exists()


def test_the_agency_publishes_at_once(client, agency):
    page = client.post(reverse(NEW_STRUCTURE), typed(kind="association"), follow=True)
    structure = Structure.objects.get()
    assert "enregistré et visible" in text_of(page)
    assert structure.state == State.PUBLISHED
    assert Entry.objects.public().get().name == "Le Moulin"


def test_a_mistake_keeps_what_was_typed(client, member):
    page = client.post(
        reverse(NEW_PLACE), typed(commune="Atlantide", description="Un texte rare")
    )
    assert page.status_code == 422
    assert "Un texte rare" in text_of(page)
    assert 'value="Atlantide"' in text_of(page)
    assert 'href="#id_commune"' in text_of(page)
    assert not Place.objects.exists()


def test_a_megabyte_in_a_box_is_refused_in_words(client, member):
    page = client.post(reverse(NEW_PLACE), typed(description="a" * 1_000_000))
    assert page.status_code == 422
    assert "20" in page.context["form"].errors["description"][0]
    assert not Place.objects.exists()


def test_script_in_every_box_is_shown_as_text(client, agency):
    attack = '"><script>alert(1)</script>'
    boxes = ("summary", "description", "street", "opening", "prices", "host_notes")
    page = client.post(
        reverse(NEW_PLACE),
        typed(name=f"Moulin {attack}", **dict.fromkeys(boxes, attack)),
        follow=True,
    )
    assert page.status_code == 200
    assert "<script>alert" not in text_of(page)
    assert Place.objects.get().summary == attack
    assert "<script>alert" not in text_of(client.get(edit_url(Place.objects.get())))


def test_a_place_starts_with_the_structure_it_was_asked_from(client, member):
    structure = StructureFactory(name="Les Amis")
    page = client.get(reverse(NEW_PLACE), {"structure": structure.slug})
    assert page.context["form"]["structure"].value() == "Les Amis"
    hidden = StructureFactory(state=State.DRAFT)
    for slug in (hidden.slug, "\x00"):
        page = client.get(reverse(NEW_PLACE), {"structure": slug})
        assert page.context["form"]["structure"].value() in (None, "")


def test_what_the_service_refuses_is_said_above_the_form(client, member, monkeypatch):
    def refuse(*args, **kwargs):
        raise Refused("invalid", "Cela ne va pas.")

    monkeypatch.setattr(edit, "propose_new", refuse)
    page = client.post(reverse(NEW_PLACE), typed())
    assert page.status_code == 422
    assert "Cela ne va pas." in text_of(page)


# Duplicates


def test_a_duplicate_is_pointed_out_before_it_is_created(client, agency):
    known = PlaceFactory(name="Le Moulin", slug="le-moulin")
    page = client.post(reverse(NEW_PLACE), typed())
    assert page.status_code == 422
    assert "existe peut-être déjà" in text_of(page)
    assert known.get_absolute_url() in text_of(page)
    assert Place.objects.count() == 1

    page = client.post(reverse(NEW_PLACE), typed(confirm="on"))
    assert page.status_code == 302
    assert Place.objects.count() == 2


def test_a_form_that_is_sent_twice_makes_one_thing(client, member):
    client.post(reverse(NEW_PLACE), typed(confirm="on"))
    again = client.post(reverse(NEW_PLACE), typed(confirm="on"))
    assert again["Location"] == Place.objects.get().get_absolute_url()
    assert Proposal.objects.count() == 1


# Change


@pytest.mark.parametrize("factory", [StructureFactory, PlaceFactory])
def test_a_member_changes_at_once_and_a_stranger_proposes(client, factory):
    thing = factory(listed=True)
    structure = getattr(thing, "structure", thing)
    client.force_login(UserFactory())
    page = client.post(
        edit_url(thing), typed_again(client, thing, summary="Proposé"), follow=True
    )
    assert "agence va vérifier" in text_of(page)
    thing.refresh_from_db()
    assert thing.summary == ""
    assert Proposal.objects.get().after == {"summary": "Proposé"}

    client.force_login(MembershipFactory(structure=structure).user)
    page = client.post(
        edit_url(thing), typed_again(client, thing, summary="Changé"), follow=True
    )
    assert "enregistré et visible" in text_of(page)
    thing.refresh_from_db()
    assert (thing.summary, thing.version) == ("Changé", 2)
    assert Entry.objects.get(kind=thing.code, object_id=thing.pk).summary == "Changé"


def test_what_one_may_not_see_one_may_not_change(client, member):
    hidden = PlaceFactory(state=State.DRAFT)
    assert client.get(edit_url(hidden)).status_code == 404
    assert client.post(edit_url(hidden), typed()).status_code == 404


def test_a_form_sent_without_a_change_says_so(client, agency):
    place = PlaceFactory(listed=True)
    page = client.post(edit_url(place), typed_again(client, place))
    assert page.status_code == 422
    assert "Rien n’a changé" in text_of(page)


def test_a_new_name_gives_a_new_address_and_the_old_one_still_leads_there(
    client, agency
):
    place = PlaceFactory(listed=True)
    old = place.get_absolute_url()
    page = client.post(edit_url(place), typed_again(client, place, name="La Roue"))
    assert page["Location"] == "/lieux/la-roue/"
    assert client.get(old)["Location"] == "/lieux/la-roue/"


def test_two_people_who_change_different_boxes_both_keep_their_change(client, agency):
    place = PlaceFactory(summary="Avant", listed=True)
    first = typed_again(client, place, summary="Après")
    second = typed_again(client, place, prices="3 €")
    client.post(edit_url(place), first)
    page = client.post(edit_url(place), second)
    assert page.status_code == 302
    place.refresh_from_db()
    assert (place.summary, place.prices) == ("Après", "3 €")


def test_two_people_who_change_the_same_box_are_shown_both_texts(client, agency):
    place = PlaceFactory(summary="Avant", listed=True)
    mine = typed_again(client, place, summary="Le mien")
    client.post(
        edit_url(place), typed_again(client, place, summary="Le sien", prices="3 €")
    )
    page = client.post(edit_url(place), mine)
    assert page.status_code == 422
    assert "entre-temps" in text_of(page)
    assert [(c.label, c.after) for c in page.context["conflict"]] == [
        ("résumé", "Le sien"),
        ("tarifs", "3 €"),
    ]
    form = page.context["form"]
    assert form["summary"].value() == "Le mien"
    assert form["prices"].value() == "3 €"

    again = mine | {"prices": "3 €", "version": form["version"].value()}
    assert client.post(edit_url(place), again).status_code == 302
    place.refresh_from_db()
    assert (place.summary, place.prices) == ("Le mien", "3 €")


def test_a_thing_that_went_away_meanwhile_is_not_found(client, agency):
    place = PlaceFactory()
    form = typed_again(client, place)
    Place.objects.all().delete()
    assert client.post(edit_url(place), form).status_code == 404


@pytest.mark.parametrize("rows", [1, 3])
def test_the_form_costs_the_same_for_one_structure_or_three(
    client, member, rows, django_assert_num_queries
):
    StructureFactory.create_batch(rows)
    client.get(reverse(NEW_PLACE))
    with django_assert_num_queries(2):  # session, person
        client.get(reverse(NEW_PLACE))
