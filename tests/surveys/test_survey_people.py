import datetime as dt

import pytest
from django.core.management import call_command
from django.utils import timezone

from maillage.portal.own_data import data_file, leave_for_good
from maillage.surveys.models import Answer, Response, Unit
from maillage.surveys.services.answering import Change, Writer, save_answers
from tests.factories.directory import MembershipFactory
from tests.factories.surveys import NOW, TODAY, UnitFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def member():
    return MembershipFactory(user__display_name="Camille Martin").user


@pytest.fixture
def unit(member):
    unit = UnitFactory(
        structure=member.memberships.get().structure, email=member.email.upper(),
        response__submitted_by="Camille Martin",
    )  # fmt: skip
    save_answers(
        unit.response, [Change("nom", "Forum")], writer=Writer(str(member)), now=NOW,
        today=TODAY,
    )  # fmt: skip
    namesake = UnitFactory()
    save_answers(
        namesake.response, [Change("nom", "Autre")], writer=Writer("Camille Martin"),
        now=NOW, today=TODAY,
    )  # fmt: skip
    return unit


def test_ones_data_holds_what_one_wrote_in_surveys(member, unit):
    text = data_file(member, now=NOW)

    assert "Forum" in text
    assert unit.wave.name in text
    assert "Autre" not in text  # somebody of the same name, elsewhere


def test_who_leaves_is_forgotten_and_the_answers_stay(member, unit):
    leave_for_good(member, now=NOW)

    assert Unit.objects.get(pk=unit.pk).email == ""
    assert Response.objects.get(unit=unit).submitted_by == ""
    mine = Answer.objects.get(response__unit=unit)
    assert (mine.value, mine.changed_by) == ("Forum", "")
    assert Answer.objects.filter(changed_by="Camille Martin").count() == 1


@pytest.mark.parametrize("commit", [False, True])
def test_the_daily_command_tries_unless_told(commit, capsys):
    today = timezone.localdate()
    unit = UnitFactory(
        wave__opens_on=today, wave__closes_on=today, wave__remind_days_before=3,
        invited_at=timezone.now() - dt.timedelta(9),
    )  # fmt: skip

    call_command("surveys_daily", *(["--commit"] if commit else []))

    assert "1 letter(s)" in capsys.readouterr().out
    unit.refresh_from_db()
    assert unit.reminders == int(commit)
