"""What people type into one box, and what is made of it."""

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import QueryDict
from hypothesis import given, strategies as st

from maillage.directory.fields import (
    CommuneField,
    DegreesField,
    PhoneField,
    SiretField,
    WebField,
    is_siret,
    label_of,
    readable,
    readable_data,
)
from maillage.territories.models import Commune
from maillage.territories.services import load_territories
from tests.factories.territories import CommuneFactory, DepartmentFactory


def message(field, text):
    with pytest.raises(ValidationError) as no:
        field.clean(text)
    return " ".join(no.value.messages)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("un\x00deux\x07", "undeux"),
        ("a\r\nb\rc", "a\nb\nc"),
        ("a\tb", "a b"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("👩‍🔬 مرحبا", "👩‍🔬 مرحبا"),
        ("e\u0301", "é"),
    ],
)
def test_control_characters_go_and_any_script_stays(typed, kept):
    assert readable(typed) == kept


@given(st.text())
def test_what_is_readable_is_left_as_it_is(text):
    assert readable(readable(text)) == readable(text)


def test_what_a_form_sent_is_made_readable_whole():
    data = readable_data(QueryDict("a=1%00&a=2&b=%07"))
    assert data.getlist("a") == ["1", "2"]
    assert data["b"] == ""
    assert readable_data(None) is None


# Communes


@pytest.fixture
def lille(db):
    return CommuneFactory(lille=True)


@pytest.mark.parametrize(
    "text",
    [
        "Lille",
        "lille",
        "59000 Lille",
        "Lille 59800",
        "59350",
        "Lille (Nord)",
        "LILLE (59)",
    ],
)
def test_a_commune_is_understood_as_people_write_it(lille, text):
    assert CommuneField().clean(text) == lille


def test_nothing_typed_is_no_commune_where_it_may_be(lille):
    assert CommuneField(required=False).clean("  ") is None
    assert "obligatoire" in message(CommuneField(), "")


def test_a_postal_code_of_several_communes_asks_which(lille):
    CommuneFactory(insee="59512", name="Roubaix", slug="roubaix", postal_codes="59000")
    said = message(CommuneField(), "59000")
    assert "Lille (59350)" in said
    assert "Roubaix (59512)" in said


def test_a_code_that_is_both_of_one_commune_and_the_post_of_another_asks_which(lille):
    CommuneFactory(insee="59527", name="Saint-André", slug="sa", postal_codes="59350")
    assert "précisez" in message(CommuneField(), "59350")


def test_namesakes_are_told_apart_by_their_department(lille):
    somme = DepartmentFactory(code="80", name="Somme")
    other = CommuneFactory(insee="80999", name="Lille", slug="l80", department=somme)
    assert "précisez" in message(CommuneField(), "Lille")
    assert CommuneField().clean("Lille (Somme)") == other


def test_a_misspelled_commune_gets_suggestions_and_an_unknown_one_a_way_out(lille):
    assert "Est-ce" in message(CommuneField(), "Lile")
    assert "code postal" in message(CommuneField(), "Zzzzzzzz")
    assert "code postal" in message(CommuneField(), "99999")


def test_a_text_that_is_too_long_is_refused_at_once(lille):
    assert "120" in message(CommuneField(), "a" * 1_000_000)


@pytest.mark.django_db
def test_every_commune_of_the_region_is_understood_as_the_box_writes_it():
    load_territories(settings.BASE / "data" / "hauts-de-france")
    field = CommuneField()
    for commune in Commune.objects.select_related("department").order_by("insee")[::97]:
        assert field.prepare_value(commune) == label_of(commune)
        assert field.clean(label_of(commune)) == commune


# SIRET


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("", ""),
        ("130 025 265 00013", "13002526500013"),
        ("732.829.320-00074", "73282932000074"),
        ("356\u202f000\u202f000\u202f00048", "35600000000048"),
        ("356 000 000 49837", "35600000049837"),
    ],
)
def test_a_siret_is_kept_as_fourteen_digits(text, kept):
    assert SiretField(required=False).clean(text) == kept


@pytest.mark.parametrize(
    "text",
    ["123", "13002526500014", "35600000049838", "1300252650001A", "١" * 14, "1" * 15],
)
def test_a_number_that_is_no_siret_is_refused(text):
    assert "14 chiffres" in message(SiretField(), text)


@given(st.integers(0, 10**13 - 1).filter(lambda n: n // 10**4 != 356000000))
def test_one_last_digit_in_ten_makes_a_siret(start):
    assert sum(is_siret(f"{start:013d}{last}") for last in range(10)) == 1


# Addresses and numbers


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("", ""),
        ("www.musee.fr", "https://www.musee.fr"),
        ("HTTP://Musee.FR/Page?x=1", "http://musee.fr/Page?x=1"),
        ("musée.fr", "https://musée.fr"),
    ],
)
def test_a_web_address_is_completed(text, kept):
    assert WebField(required=False).clean(text) == kept


@pytest.mark.parametrize(
    "text",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "ftp://a.fr",
        "un musée",
        "http://[",
        "mailto:a@b.fr",
    ],
)
def test_what_is_no_web_address_is_refused(text):
    assert "www.musee.fr" in message(WebField(), text)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("", ""),
        ("0320000000", "03 20 00 00 00"),
        ("+33 (0)3.20-00/00 00", "03 20 00 00 00"),
        ("0033320000000", "03 20 00 00 00"),
        ("+32 2 123 45 67", "+3221234567"),
        ("3949", "3949"),
    ],
)
def test_a_phone_number_is_written_the_same_way_everywhere(text, kept):
    assert PhoneField(required=False).clean(text) == kept


@pytest.mark.parametrize("text", ["12345678", "poste 12", "00 00 00 00 00", "+33"])
def test_what_is_no_phone_number_is_refused(text):
    assert "03 20 00 00 00" in message(PhoneField(), text)


def test_a_coordinate_may_have_a_comma_and_stays_on_earth():
    field = DegreesField(most=90, required=False)
    assert field.clean("50,63") == 50.63
    assert field.clean("") is field.clean(None) is None
    assert "90" in message(field, "90,1")
    assert message(field, "nord")
    assert message(field, "nan")
