"""Forms of structures and places: mistakes, attacks, what others changed meanwhile."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from PIL import Image

from maillage.directory.choices import PositionQuality
from maillage.directory.forms import PlaceForm, StructureForm
from tests.factories.accounts import UserFactory
from tests.factories.directory import (
    MembershipFactory,
    PlaceFactory,
    StructureFactory,
)
from tests.factories.territories import CommuneFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def lille():
    return CommuneFactory(lille=True)


@pytest.fixture
def member():
    return UserFactory()


def sent(**values):
    data = QueryDict(mutable=True)
    for name, value in values.items():
        data.setlist(name, value if isinstance(value, list) else [value])
    return data


def structure_form(member, **values):
    typed = {"name": "Les Amis", "kind": "association", "commune": "Lille"} | values
    return StructureForm(sent(**typed), user=member)


def place_form(member, instance=None, files=None, **values):
    typed = {"name": "Le Moulin", "kind": "mill", "commune": "Lille"} | values
    return PlaceForm(sent(**typed), files, user=member, instance=instance)


def picture():
    out = io.BytesIO()
    Image.new("RGB", (30, 20), "teal").save(out, "PNG")
    return SimpleUploadedFile("photo.png", out.getvalue(), "image/png")


def test_a_name_a_kind_and_a_commune_are_enough(member, lille):
    form = structure_form(member)
    assert form.is_valid(), form.errors
    assert form.instance.commune == lille
    assert form.values()["commune"] == "59350"


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("name", "", "obligatoire"),
        ("name", "a" * 201, "200"),
        ("name", "a" * 1_000_000, "200"),
        ("kind", "licorne", "n’en fait pas partie"),
        ("kind", "", "obligatoire"),
        ("themes", ["physics", "magie"], "magie"),
        ("summary", "a" * 401, "400"),
        ("description", "a" * 20_001, "20"),
        ("commune", "Atlantide", "ne connaissons pas"),
        ("siret", "123", "14 chiffres"),
        ("website", "javascript:alert(1)", "www.musee.fr"),
        ("email", "moi", "e-mail"),
        ("phone", "bonjour", "03 20 00 00 00"),
        ("postcode", "5900", "cinq chiffres"),
        ("lat", "91", "90"),
        ("lon", "1e999", "nombre"),
        ("version", "x", "entier"),
    ],
)
def test_a_mistake_is_said_in_french_beside_its_box(member, name, value, said):
    form = structure_form(member, **{name: value})
    assert not form.is_valid()
    text = " ".join(form.errors[name]).replace("\u202f", " ")
    assert said in text.replace("n'est", "n’est").replace("courriel", "e-mail")


def test_script_emoji_and_other_writings_are_kept_as_text(member):
    name = "<script>alert(1)</script> 👩‍🔬 مرحبا"
    form = structure_form(member, name=f"{name}\x00\x08", description="a\x0bb")
    assert form.is_valid(), form.errors
    assert form.instance.name == name
    assert form.instance.description == "ab"


def test_forged_fields_change_nothing(member):
    form = structure_form(
        member,
        state="published",
        slug="x",
        created_by="1",
        id="99",
        verified_on="2020-01-01",
    )
    assert form.is_valid()
    assert form.instance.state == "draft"
    assert form.instance.slug == ""
    assert form.instance.pk is form.instance.verified_on is None


@pytest.mark.parametrize(
    ("lon", "lat", "field", "said"),
    [
        ("3.06", "", "lat", "deux coordonnées"),
        ("", "50.63", "lon", "deux coordonnées"),
        ("2.3", "49.89", "lon", "loin de Lille"),
        ("50.63", "3.06", "lon", "échangées"),
    ],
)
def test_a_position_that_makes_no_sense_is_pointed_out(member, lon, lat, field, said):
    form = structure_form(member, lon=lon, lat=lat)
    assert said in form.errors[field][0]


def test_a_position_typed_by_hand_is_exact_and_taking_it_away_says_so(member):
    form = place_form(member, lon="3,06", lat="50,63")
    assert form.is_valid(), form.errors
    assert form.instance.position_quality == PositionQuality.EXACT

    known = PlaceFactory(lon=3.06, lat=50.63, position_quality=PositionQuality.STREET)
    same = place_form(member, instance=known, lon="3.06", lat="50.63")
    assert same.is_valid()
    assert same.instance.position_quality == PositionQuality.STREET
    without = place_form(member, instance=known)
    assert without.is_valid()
    assert without.instance.position_quality == PositionQuality.COMMUNE


def test_a_picture_is_cleaned_stored_and_needs_words(member):
    files = MultiValueDict({"picture": [picture()]})
    form = place_form(member, files=files)
    assert "phrase" in form.errors["picture_alt"][0]
    assert "de nouveau" in form.errors["picture"][0]

    files = MultiValueDict({"picture": [picture()]})
    form = place_form(member, files=files, picture_alt="Un moulin")
    assert form.is_valid(), form.errors
    kept = form.values()["picture"]
    assert kept.startswith("images/")
    assert kept.endswith(".jpg")


def test_a_file_that_is_no_picture_is_refused(member):
    fake = SimpleUploadedFile("photo.png", b"<svg onload=alert(1)>", "image/png")
    form = place_form(member, files=MultiValueDict({"picture": [fake]}))
    assert "JPEG" in form.errors["picture"][0]


def test_a_picture_can_be_taken_away(member):
    known = PlaceFactory(picture="images/a.jpg", picture_alt="Un moulin")
    form = place_form(member, instance=known, **{"picture-clear": "on"})
    assert form.is_valid(), form.errors
    assert form.values()["picture"] == ""


# Accessibility


def test_answers_on_accessibility_are_kept_by_the_names_of_the_schema(member):
    form = place_form(
        member,
        access_entree_plain_pied="true",
        access_entree_pmr="false",
        access_entree_marches="0",
        access_entree_largeur_mini="",
        access_labels=["th"],
        access_registre_url="musee.fr/registre",
        access_cheminement_ext_rampe="",
    )
    assert form.is_valid(), form.errors
    assert form.values()["access"] == {
        "entree_plain_pied": True,
        "entree_pmr": False,
        "entree_marches": 0,
        "labels": ["th"],
        "registre_url": "https://musee.fr/registre",
    }


def test_what_is_known_of_accessibility_is_in_the_boxes(member):
    known = PlaceFactory(
        access={"entree_plain_pied": True, "entree_pmr": False, "labels": ["th"]}
    )
    form = PlaceForm(user=member, instance=known)
    assert form["access_entree_plain_pied"].value() == "true"
    assert form["access_entree_pmr"].value() == "false"
    assert form["access_labels"].value() == ["th"]
    access = next(part for part in form.sections() if part.more)
    assert [part.has_answers for part in access.more] == [False] * len(access.more)
    assert access.has_answers


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("access_entree_plain_pied", "peut-être"),
        ("access_entree_marches", "-1"),
        ("access_labels", ["licorne"]),
    ],
)
def test_an_answer_outside_the_schema_is_refused(member, name, value):
    form = place_form(member, **{name: value})
    assert name in form.errors
    assert any(
        part.has_errors or any(m.has_errors for m in part.more)
        for part in form.sections()
    )


# The structure of a place


def test_a_place_names_its_structure(member):
    structure = StructureFactory(name="Les Amis du Moulin")
    form = place_form(member, structure="les amis du moulin")
    assert form.is_valid(), form.errors
    assert form.instance.structure == structure
    assert (
        "proposez-la" in place_form(member, structure="Inconnue").errors["structure"][0]
    )


def test_a_structure_that_one_may_not_see_does_not_exist(member):
    StructureFactory(name="Secrète", state="draft")
    assert "structure" in place_form(member, structure="Secrète").errors


def test_a_member_does_not_move_their_place_into_a_structure_of_others(member):
    own = PlaceFactory()
    MembershipFactory(user=member, structure=own.structure)
    other = StructureFactory()
    form = place_form(member, instance=own, structure=other.name)
    assert "pas membre" in form.errors["structure"][0]

    MembershipFactory(user=member, structure=other)
    assert place_form(member, instance=own, structure=other.name).is_valid()


def test_a_stranger_may_propose_another_structure_and_the_agency_may_set_it(member):
    place, other = PlaceFactory(), StructureFactory()
    assert place_form(member, instance=place, structure=other.name).is_valid()
    agency = UserFactory(agency=True)
    assert place_form(agency, instance=place, structure=other.name).is_valid()


# What others did meanwhile


def test_boxes_that_were_left_alone_take_what_others_have_written(member):
    place = PlaceFactory(prices="3 €", themes=["physics"], is_free=False)
    form = place_form(member, instance=PlaceFactory(), opening="Le lundi", prices="2 €")
    assert form.is_valid(), form.errors
    place.version = 7
    form.keep_up(place, touched=["name", "opening"])
    assert form["prices"].value() == "3 €"
    assert form["themes"].value() == ["physics"]
    assert form["is_free"].value() is False
    assert form["opening"].value() == "Le lundi"
    assert form["name"].value() == "Le Moulin"
    assert form["commune"].value() == "Lille (Nord)"
    assert form["version"].value() == "7"


def test_only_those_whose_words_are_checked_write_to_the_agency(member):
    assert "note" in structure_form(member).fields
    assert "note" not in structure_form(UserFactory(agency=True)).fields
    own = MembershipFactory(user=member).structure
    form = StructureForm(user=member, instance=own)
    assert form.may_write
    assert "note" not in form.fields
    assert [str(part.title) for part in form.sections()][-1] == "Image"
