"""The first page of a respondent says what is proposed already, section by section."""

import pytest
from django.urls import reverse
from django.utils import timezone

from maillage.surveys import prefill
from maillage.surveys.answer_offers import offers_of
from maillage.surveys.models import Answer, RepeatRow
from maillage.surveys.services.answering import Change, Writer, save_answers
from maillage.surveys.services.sheets import fill, responses
from tests.factories.catalogue import ResourceFactory
from tests.factories.directory import PlaceFactory
from tests.factories.surveys import UnitFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def unit():
    today = timezone.localdate()
    unit = UnitFactory(
        wave__opens_on=today, wave__closes_on=today, wave__year=2025,
        structure__website="https://vieux.example.org",
    )  # fmt: skip
    PlaceFactory(structure=unit.structure)
    for rank in range(5):
        ResourceFactory(owner=unit.structure, name=f"Malle {rank}")
    return unit


def found(unit, **given):
    filled = fill(responses().get(unit=unit))
    sheet = filled.run(today=timezone.localdate())
    return offers_of(filled, sheet, **{"may_answer": True, **given})


def open_sections(unit):
    """As if the respondent had opened every page."""
    for section in fill(responses().get(unit=unit)).book.sections:
        filled = fill(responses().get(unit=unit))
        prefill.propose(filled, section, now=timezone.now(), today=timezone.localdate())


def test_what_is_known_is_proposed_before_any_page_is_opened(unit):
    offers = found(unit)

    assert [section.code for section in offers.sections] == ["vous", "lieux"]
    you, places = offers.sections
    assert [(line.label, line.words) for line in you.lines] == [
        ("Votre site", "https://vieux.example.org")
    ]
    assert places.lines[0].words == "1"
    assert places.lines[1].label == "Vos outils (5)"
    assert places.lines[1].words.endswith("et 1 autre")
    assert offers.waiting == offers.number
    assert not Answer.objects.exists()
    assert not RepeatRow.objects.exists()


def test_opening_the_pages_proposes_what_was_announced(unit):
    before = found(unit)
    open_sections(unit)
    after = found(unit)

    assert after == before
    assert Answer.objects.exclude(prefilled=None).count() == after.number


def test_what_was_confirmed_and_corrected_is_told(unit):
    open_sections(unit)
    filled = fill(responses().get(unit=unit))
    writer, now, today = Writer(), timezone.now(), timezone.localdate()
    prefill.confirm(filled, [("site", "")], writer=writer, now=now, today=today)
    save_answers(
        filled.response, [Change("lieux_nombre", "7")], writer=writer, now=now,
        today=today,
    )  # fmt: skip
    offers = found(unit)

    assert (offers.confirmed, offers.corrected) == (1, 1)
    assert offers.waiting == offers.number - 2
    states = {line.label: line.state for s in offers.sections for line in s.lines}
    assert states["Votre site"] == "confirmed"
    assert states["Combien de lieux ?"] == "corrected"


def test_a_row_that_was_removed_is_no_longer_proposed(unit):
    open_sections(unit)
    RepeatRow.objects.filter(pk=RepeatRow.objects.first().pk).update(is_removed=True)
    labels = [line.label for s in found(unit).sections for line in s.lines]

    assert "Vos outils (4)" in labels


def test_nothing_more_is_looked_up_once_it_is_closed(unit):
    assert found(unit, may_answer=False).number == 0


def test_the_page_lists_them_with_a_way_to_each_section(unit, client):
    number = found(unit).number
    page = client.get(reverse("surveys:answer_start", args=[unit.token]))
    text = page.content.decode()

    assert f"{number} réponses sont déjà proposées" in text
    assert "https://vieux.example.org" in text
    assert reverse("surveys:answer_section", args=[unit.token, "lieux"]) in text
    unit.structure = None
    unit.save()
    page = client.get(reverse("surveys:answer_start", args=[unit.token]))
    assert "déjà propos" not in page.content.decode()
