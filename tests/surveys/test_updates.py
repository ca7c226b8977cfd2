import pytest

from maillage.core.errors import Refused
from maillage.core.services import change
from maillage.surveys.models import DirectoryUpdate
from maillage.surveys.services.answering import Change, Writer, save_answers
from maillage.surveys.services.sending import accept_response, submit
from maillage.surveys.services.updates import apply_all, apply_update, leave_update
from tests.factories.accounts import UserFactory
from tests.factories.directory import StructureFactory
from tests.factories.surveys import NOW, TODAY, UnitFactory

pytestmark = pytest.mark.django_db
WRITER = Writer("Alice", "page-a")


@pytest.fixture
def structure():
    return StructureFactory(website="https://vieux.example.org")


@pytest.fixture
def agency():
    return UserFactory(agency=True)


def sent(structure, *consents):
    response = UnitFactory(structure=structure, wave__name="Enquête 2025").response
    changes = [Change("nom", "Forum"), Change("site", "https://neuf.example.org")]
    save_answers(response, changes, writer=WRITER, now=NOW, today=TODAY)
    submit(response, consents=consents, writer=WRITER, now=NOW, today=TODAY)
    response.refresh_from_db()
    return response


def test_an_answer_that_was_consented_updates_the_record_once_it_is_accepted(
    structure, agency
):
    response = sent(structure, "website")
    update = DirectoryUpdate.objects.get()
    assert (update.before, update.after, update.state) == (
        "https://vieux.example.org", "https://neuf.example.org", "consented",
    )  # fmt: skip
    with pytest.raises(Refused) as no:
        apply_update(update, by=agency, now=NOW)
    assert no.value.code == "accepted"

    accept_response(response, by=agency, now=NOW)
    assert apply_all(response, by=agency, now=NOW) == (1, 0)

    structure.refresh_from_db()
    assert structure.website == "https://neuf.example.org"
    reason = structure.history.first().history_change_reason
    assert reason.replace("\u00a0", " ") == "Enquête : Enquête 2025"
    update.refresh_from_db()
    assert update.state == "applied"


def test_without_consent_nothing_is_written(structure, agency):
    response = sent(structure)
    accept_response(response, by=agency, now=NOW)

    assert apply_all(response, by=agency, now=NOW) == (0, 0)
    structure.refresh_from_db()
    assert structure.website == "https://vieux.example.org"


def test_a_newer_change_of_the_record_is_never_overwritten_silently(structure, agency):
    response = sent(structure, "website")
    accept_response(response, by=agency, now=NOW)
    change(
        structure, values={"website": "https://autre.example.org"}, version=1,
        by=agency, now=NOW,
    )  # fmt: skip

    assert apply_all(response, by=agency, now=NOW) == (0, 1)
    structure.refresh_from_db()
    assert structure.website == "https://autre.example.org"

    apply_update(DirectoryUpdate.objects.get(), by=agency, now=NOW, over=True)
    structure.refresh_from_db()
    assert structure.website == "https://neuf.example.org"


def test_a_change_of_another_field_does_not_matter(structure, agency):
    response = sent(structure, "website")
    accept_response(response, by=agency, now=NOW)
    change(structure, values={"summary": "Autre"}, version=1, by=agency, now=NOW)

    assert apply_all(response, by=agency, now=NOW) == (1, 0)


def test_the_agency_may_leave_the_record_as_it_is(structure, agency):
    sent(structure, "website")

    update = leave_update(DirectoryUpdate.objects.get(), by=agency, now=NOW)

    assert update.state == "refused"
    with pytest.raises(Refused):
        apply_update(update, by=agency, now=NOW)


def test_the_same_answer_as_the_record_asks_for_nothing(agency):
    sent(StructureFactory(website="https://neuf.example.org"), "website")

    assert not DirectoryUpdate.objects.exists()


def test_only_the_agency_decides(structure):
    response = sent(structure, "website")
    for act in (
        lambda: accept_response(response, by=UserFactory(), now=NOW),
        lambda: apply_update(DirectoryUpdate.objects.get(), by=UserFactory(), now=NOW),
        lambda: leave_update(DirectoryUpdate.objects.get(), by=UserFactory(), now=NOW),
    ):
        with pytest.raises(Refused) as no:
            act()
        assert no.value.code == "forbidden"
