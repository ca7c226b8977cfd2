import datetime as dt

import pytest
from django.utils import timezone

from maillage.circulation.models import Attendance
from maillage.core import facts
from maillage.surveys import prefill
from maillage.surveys.services.answering import Change, Writer, save_answers
from maillage.surveys.services.rows import set_row
from maillage.surveys.services.sheets import fill, responses
from tests.factories.catalogue import ResourceFactory
from tests.factories.circulation import CopyFactory, HostFactory, LoanFactory
from tests.factories.directory import PlaceFactory, StructureFactory
from tests.factories.surveys import NOW, TODAY, UnitFactory

pytestmark = pytest.mark.django_db
YEAR = (dt.date(2026, 1, 1), dt.date(2027, 1, 1))
WRITER = Writer("Alice", "page-a")
NUMBERS = [
    "structure.places", "structure.resources", "circulation.copies",
    "circulation.loans_lent", "circulation.loans_hosted", "circulation.visitors",
    "circulation.visitors_schools",
]  # fmt: skip


def furnish(structure, number=2):
    """Places, resources, copies, loans given and taken, with who came."""
    for _time in range(number):
        PlaceFactory(structure=structure)
        resource = ResourceFactory(owner=structure, year=2019)
        copy = CopyFactory(resource=resource)
        loan = LoanFactory(copy=copy, state="returned")
        Attendance.objects.create(
            loan=loan, pupils=30, public=12, declared_at=timezone.now()
        )
        LoanFactory(host=HostFactory(structure=structure), state="returned")
    LoanFactory(copy__resource__owner=structure, state="cancelled")
    ResourceFactory(owner=structure, state="draft")


@pytest.mark.parametrize("code", NUMBERS)
def test_a_number_is_the_sum_of_its_rows_and_each_row_has_its_page(code):
    structure = StructureFactory()
    furnish(structure)

    _fact, value = facts.compute(code, structure, *YEAR)

    assert value.value == sum(row.value for row in value.rows) > 0
    assert all(row.url and row.label for row in value.rows)


@pytest.mark.parametrize("code", NUMBERS)
@pytest.mark.parametrize("number", [1, 3])
def test_a_fact_costs_one_query_whatever_it_sums(
    code, number, django_assert_num_queries
):
    structure = StructureFactory()
    furnish(structure, number)

    with django_assert_num_queries(1):
        facts.compute(code, structure, *YEAR)


def test_only_loans_of_the_year_that_took_place_count():
    structure = StructureFactory()
    furnish(structure)

    _fact, lent = facts.compute("circulation.loans_lent", structure, *YEAR)
    past = facts.compute(
        "circulation.loans_lent", structure, dt.date(2025, 1, 1), dt.date(2026, 1, 1)
    )

    assert lent.value == 2  # the third was cancelled
    assert past[1].value == 0


def test_nobody_declared_is_not_nobody_came():
    assert facts.compute("circulation.visitors", StructureFactory(), *YEAR) is None


@pytest.fixture
def structure():
    structure = StructureFactory(website="https://forum.example.org")
    PlaceFactory(structure=structure)
    PlaceFactory(structure=structure)
    ResourceFactory(owner=structure, name="Malle des nuages", year=2019)
    return structure


@pytest.fixture
def response(structure):
    return UnitFactory(structure=structure).response


def filled(response):
    return fill(responses().get(pk=response.pk))


def proposed(response, code="lieux"):
    sheet = filled(response)
    section = next(one for one in sheet.book.sections if one.code == code)
    return prefill.propose(sheet, section, now=NOW, today=TODAY), section


def test_what_is_proposed_is_kept_with_its_rows_and_source(response):
    sheet, _section = proposed(response)

    kept = sheet.answers["lieux_nombre", ""].prefilled
    assert kept["value"] == 2 == sum(row["value"] for row in kept["rows"])
    assert kept["source"] == "Annuaire de Maillage"
    assert all(row["url"] for row in kept["rows"])
    assert sheet.answers["lieux_nombre", ""].value is None
    assert filled(response).response.state == "waiting"  # to look is not to begin


def test_a_group_has_one_row_for_each_thing_of_the_platform(response):
    sheet, _section = proposed(response)

    (row,) = sheet.rows["outil"]
    assert row.label == "Malle des nuages"
    assert row.url.startswith("/ressources/")
    said = {
        code: one.prefilled["value"]
        for (code, key), one in sheet.answers.items()
        if key
    }
    assert said == {"outil_nom": "Malle des nuages", "outil_annee": 2019}


def test_a_row_that_was_taken_away_does_not_come_back_and_a_new_thing_does(
    response, structure
):
    sheet, _section = proposed(response)
    (row,) = sheet.rows["outil"]
    set_row(
        response, "outil", row.key, is_removed=True, writer=WRITER, now=NOW, today=TODAY
    )
    ResourceFactory(owner=structure, name="Planétarium")

    sheet, _section = proposed(response)

    assert [one.label for one in sheet.kept_rows("outil")] == ["Planétarium"]


def test_exact_takes_the_value_and_a_correction_stands_beside_it(response):
    sheet, _section = proposed(response)
    prefill.confirm(sheet, [("lieux_nombre", "")], writer=WRITER, now=NOW, today=TODAY)
    answer = filled(response).answers["lieux_nombre", ""]
    assert (answer.value, answer.is_confirmed) == (2, True)

    save_answers(
        response, [Change("lieux_nombre", "3", seen=f"{answer.revision}-x")],
        writer=WRITER, now=NOW, today=TODAY,
    )  # fmt: skip

    (offer,) = [
        one for place, one in prefill.offers(filled(response), {}).items()
        if place == ("lieux_nombre", "")
    ]  # fmt: skip
    assert (offer.answer.value, offer.value, offer.state) == (3, 2, "corrected")


def test_what_was_seen_first_is_kept_and_what_is_newer_is_told(response, structure):
    sheet, section = proposed(response)
    PlaceFactory(structure=structure)

    sheet, section = proposed(response)
    offers = prefill.offers(sheet, prefill.known_now(sheet, section))

    offer = offers["lieux_nombre", ""]
    assert (offer.value, offer.newer) == (2, 3)
    assert offers["outil_annee", sheet.rows["outil"][0].key].newer is None


def test_who_is_not_in_the_directory_is_proposed_nothing():
    response = UnitFactory(structure=None).response

    sheet, _section = proposed(response)

    assert sheet.answers == {}
    assert sheet.rows == {"outil": []}


@pytest.mark.parametrize("number", [1, 4])
def test_proposing_costs_the_same_for_one_place_or_four(
    response, structure, number, django_assert_num_queries
):
    for _time in range(number):
        PlaceFactory(structure=structure)
    sheet = filled(response)
    section = sheet.book.sections[1]

    # places, resources
    with django_assert_num_queries(2):
        prefill.known_now(sheet, section)
