"""The same button twice at one instant: one effect, and no error for who pressed it."""

import pytest
from django.test import Client
from django.utils import timezone

from maillage.core.models import Mail
from maillage.surveys.models import DirectoryUpdate, Response
from maillage.surveys.services import releases
from maillage.surveys.services.answering import Change, Writer, save_answers
from maillage.surveys.services.invitations import invite_one
from maillage.surveys.services.sending import submit
from maillage.surveys.services.sheets import mark
from tests.factories.accounts import UserFactory
from tests.factories.surveys import NOW, TODAY, UnitFactory
from tests.surveys.results import answered_wave
from tests.surveys.test_answering_pages import at
from tests.together import at_once

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("on_a_file"),
]
ALICE = Writer("Alice", "page-a")


def filled_unit(*, day=TODAY, **given):
    unit = UnitFactory(**given)
    changes = [Change("nom", "Forum"), Change("site", "https://neuf.example.org")]
    save_answers(unit.response, changes, writer=ALICE, now=NOW, today=day)
    return unit


def test_a_sheet_sent_twice_at_once_is_sent_once():
    response = filled_unit().response

    def send():
        submit(response, consents={"website"}, writer=ALICE, now=NOW, today=TODAY)
        return "done"

    assert sorted(at_once([send] * 6)) == ["done", *["sent"] * 5]
    response.refresh_from_db()
    assert (response.state, response.revision) == ("submitted", 2)
    assert DirectoryUpdate.objects.filter(field="website").count() == 1


def test_a_double_click_on_send_ends_on_the_receipt():
    today = timezone.localdate()
    unit = filled_unit(day=today, wave__opens_on=today, wave__closes_on=today)
    url = at(unit, "review")

    found = at_once([lambda: Client().post(url, {"-send": "1"})] * 4)

    assert {(one.status_code, one.headers.get("Location")) for one in found} == {
        (302, at(unit, "receipt"))
    }
    assert Response.objects.get(unit=unit).revision == 2


def test_the_same_answer_saved_many_times_at_once_is_written_once():
    response = UnitFactory().response
    change = Change("nom", "Forum", seen=mark(None))

    def save():
        done = save_answers(response, [change], writer=ALICE, now=NOW, today=TODAY)
        return done.states["nom", ""]

    assert sorted(at_once([save] * 6)) == [*["same"] * 5, "saved"]
    response.refresh_from_db()
    assert response.revision == 1


def test_an_invitation_asked_for_twice_at_once_is_one_letter():
    unit, agency = UnitFactory(email="a@example.org"), UserFactory(agency=True)

    at_once([lambda: invite_one(unit, by=agency, now=NOW, today=TODAY)] * 5)

    assert Mail.objects.filter(to="a@example.org").count() == 1


def test_results_started_twice_at_once_are_computed_by_one_run():
    wave, agency = answered_wave(number=20, asked=25), UserFactory(agency=True)
    now = timezone.now()
    made = releases.prepare(wave, tables={"questions": ["active"]}, by=agency, now=now)

    found = at_once([lambda: releases.start(made, by=agency, now=now).run] * 5)

    assert sorted(len(one) for one in found) == [4, 4, 4, 4, 32]
    assert found.count("busy") == 4
