import pytest

from maillage.accounts.models import User
from maillage.surveys.demo_questionnaires import load_questionnaires
from maillage.surveys.demo_waves import load_waves
from maillage.surveys.models import Answer, Unit, Wave
from maillage.surveys.services.sheets import fill, responses
from tests.factories.accounts import UserFactory
from tests.factories.directory import MembershipFactory, PlaceFactory, StructureFactory
from tests.factories.surveys import NOW
from tests.factories.territories import CommuneFactory

pytestmark = pytest.mark.django_db


def keys(slug, *states):
    rows = Unit.objects.filter(wave__slug=slug, response__state__in=states)
    return set(rows.values_list("panel_key", flat=True))


def test_the_demonstration_has_a_panel_newcomers_and_an_open_wave():
    UserFactory(agency=True)
    CommuneFactory(lille=True)
    CommuneFactory(amiens=True)
    for _time in range(12):
        PlaceFactory(structure=StructureFactory())
    MembershipFactory()
    load_questionnaires(by=User.objects.first())

    load_waves(now=NOW)
    total = Answer.objects.count()
    load_waves(now=NOW)  # once is enough

    assert Answer.objects.count() == total > 1000
    assert dict(Wave.objects.values_list("slug", "is_example")) == {
        "2017": False, "2019": False, "2021": True, "2023": True, "2025": True,
    }  # fmt: skip
    before, after = keys("2021", "accepted"), keys("2023", "accepted")
    assert len(after) == 174
    assert before & after  # the panel
    assert before - after  # those who left
    assert after - before  # those who came
    assert keys("2025", "submitted", "accepted")
    assert Answer.objects.filter(response__unit__wave__slug="2025").exclude(
        prefilled=None
    )


def test_invented_answers_obey_the_questionnaire():
    UserFactory(agency=True)
    CommuneFactory(lille=True)
    load_questionnaires(by=User.objects.first())
    load_waves(now=NOW)

    rows = responses().filter(unit__wave__slug="2023", state="accepted")
    for response in rows[:5]:
        filled = fill(response)
        sheet = filled.run(today=response.submitted_at.date())
        wrong = [
            fault
            for fault in filled.faults(sheet)
            if filled.value(fault.place) is not None
        ]
        assert wrong == []
