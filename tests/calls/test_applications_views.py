"""Pages of applications: each sees their own, nothing typed is lost, once is enough."""

import datetime as dt
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from maillage.calls.choices import ApplicationState
from maillage.calls.models import Application, Submission
from maillage.calls.services.submitting import submit
from tests.calls.written import fill
from tests.factories.accounts import UserFactory
from tests.factories.calls import SIRET, ApplicationFactory, CallFactory
from tests.factories.directory import MembershipFactory
from tests.factories.territories import CommuneFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def member(client):
    CommuneFactory(lille=True)
    row = MembershipFactory(structure__siret=SIRET)
    client.force_login(row.user)
    return row


@pytest.fixture
def draft(member):
    row = ApplicationFactory(structure=member.structure, by=member.user)
    fill(row, by=member.user, now=timezone.now())
    return row


def address(row, name, *args):
    return reverse(f"calls:application_{name}", args=[row.number, *args])


def section(row, key):
    return f"{address(row, 'write')}?partie={key}"


def sent(row, by):
    submit(row, by=by, now=timezone.now())
    row.refresh_from_db()
    return row


# Who sees what ---------------------------------------------------------------------------

READS = ["detail", "write", "send", "withdraw", "authors"]


@pytest.mark.parametrize("name", READS)
def test_a_draft_exists_for_its_people_alone(client, member, draft, name):
    url = address(draft, name)
    assert client.get(url).status_code == 200
    for user in (
        UserFactory(),
        MembershipFactory().user,
        UserFactory(observer=True),
        UserFactory(agency=True),
        UserFactory(administrator=True),
    ):
        client.force_login(user)
        assert client.get(url).status_code == 404
    client.logout()
    assert client.get(url).status_code == 302


def test_what_was_sent_is_read_by_the_agency_and_not_by_other_applicants(
    client, member, draft
):
    sent(draft, member.user)
    names = [("detail",), ("version", 1), ("receipt", 1)]
    for user, status in (
        (member.user, 200),
        (UserFactory(agency=True), 200),
        (UserFactory(observer=True), 200),
        (UserFactory(), 404),
        (MembershipFactory().user, 404),
    ):
        client.force_login(user)
        for name, *args in names:
            assert client.get(address(draft, name, *args)).status_code == status


def test_the_agency_reads_what_was_sent_not_what_is_being_written(
    client, member, draft
):
    sent(draft, member.user)
    Application.objects.update(answers={"description": "Pas encore déposé"})
    client.force_login(UserFactory(agency=True))

    text = client.get(address(draft, "detail")).content.decode()

    assert "Dix ateliers, un bus" in text
    assert "Pas encore déposé" not in text


@pytest.mark.parametrize("name", ["write", "send", "withdraw", "save", "aside"])
def test_nobody_else_writes_even_the_agency(client, member, draft, name):
    sent(draft, member.user)
    client.force_login(UserFactory(agency=True))

    assert client.post(address(draft, name), {}).status_code == 404


def test_lists_and_files_of_the_agency_are_for_the_agency(client, member, draft):
    sent(draft, member.user)
    desk = reverse("calls:application_desk", args=[draft.call.slug])
    file = reverse("calls:application_export", args=[draft.call.slug, "csv"])

    assert client.get(desk).status_code == client.get(file).status_code == 403
    client.force_login(UserFactory(observer=True))
    assert "La science au village" in client.get(desk).content.decode()
    assert "8000" in client.get(file).content.decode()


def test_drafts_are_in_no_list_and_no_file_of_the_agency(client, member, draft):
    client.force_login(UserFactory(agency=True))
    for url in (
        reverse("calls:application_desk", args=[draft.call.slug]),
        reverse("calls:application_export", args=[draft.call.slug, "csv"]),
    ):
        assert "La science au village" not in client.get(url).content.decode()


# Writing ---------------------------------------------------------------------------------


def test_a_member_starts_writes_attaches_and_sends_by_plain_pages(client, member):
    call = CallFactory()
    start = reverse("calls:application_start", args=[call.slug])
    assert SIRET not in client.get(start).content.decode()
    client.post(start, {"structure": member.structure.pk})
    row = Application.objects.get()
    assert row.answers["siret"] == SIRET
    page = client.get(address(row, "write")).content.decode()
    assert SIRET in page

    data = {
        "-page": "p", "-go": "project", "-seen-siret": "1", "siret": SIRET,
        "-seen-is_association": "1", "is_association": "no",
        "-seen-contact_name": "1", "contact_name": "Camille",
        "-seen-contact_email": "1", "contact_email": "camille@example.org",
    }  # fmt: skip
    answer = client.post(section(row, "structure"), data)
    assert answer.url.endswith("?partie=project")
    project = {
        "-page": "p", "-go": "review", "title": "Un bus", "summary": "Court",
        "description": "Long", "themes": ["physics"], "commune": "Lille",
    }  # fmt: skip
    project |= {
        f"-seen-{key}": "0" for key in ("title", "summary", "description", "themes")
    }
    client.post(section(row, "project"), project | {"-seen-commune": "1"})
    money = {
        "-page": "p", "-go": "money", "-seen-budget": "0", "-seen-requested": "0",
        "budget-expenses-label": ["Bus", ""], "budget-expenses-amount": ["3 000,01", ""],
        "budget-resources-label": ["Aide", "Nous"],
        "budget-resources-amount": ["2000", "1000"], "requested": "2000",
    }  # fmt: skip
    client.post(section(row, "money"), money)
    page = client.get(section(row, "money")).content.decode()
    assert "0,01" in page  # what the budget lacks
    client.post(
        section(row, "money"),
        money | {"budget-expenses-amount": ["3 000", ""], "-page": "p"},
    )
    papers = {"-page": "p", "-go": "review", "-seen-agree": "0", "agree": "on"}
    assert client.post(section(row, "papers"), papers).url == address(row, "send")
    out = io.BytesIO()
    Image.new("RGB", (9, 9)).save(out, "PNG")
    file = SimpleUploadedFile("rib.png", out.getvalue())
    client.post(address(row, "attach"), {"question": "bank", "file": file})

    assert client.get(address(row, "send")).status_code == 200
    assert client.post(address(row, "send")).url == row.get_absolute_url()
    assert client.post(address(row, "send")).url == row.get_absolute_url()
    row.refresh_from_db()
    assert row.state == ApplicationState.SUBMITTED
    assert Submission.objects.get().content["files"][0]["name"] == "rib.jpg"
    detail = client.get(address(row, "detail")).content.decode()
    assert "rib.jpg" in detail
    stored = row.attachments.get()
    picture = client.get(address(row, "file", stored.pk))
    assert picture["Content-Type"] == "image/jpeg"
    assert b"".join(picture.streaming_content).startswith(b"\xff\xd8")
    client.force_login(UserFactory())
    assert client.get(address(row, "file", stored.pk)).status_code == 404


def test_what_cannot_be_read_comes_back_as_it_was_typed(client, member, draft):
    data = {"-page": "p", "-go": "", "-seen-requested": "1", "requested": "8000 balles"}
    client.post(section(draft, "money"), data | {"-page": "page-1"})

    page = client.get(section(draft, "money")).content.decode()

    assert "8000 balles" in page
    assert "Écrivez un montant" in page
    sending = client.post(address(draft, "send"))
    assert sending.status_code == 422
    assert not Submission.objects.exists()


def test_what_is_typed_is_kept_while_one_types(client, member, draft):
    url = f"{address(draft, 'save')}?partie=project"
    data = {"-page": "x", "-seen-title": "1", "title": "Un autre titre"}

    answer = client.post(url, data, headers={"HX-Request": "true"})

    assert "Enregistré à" in answer.content.decode()
    assert 'name="-seen-title" value="2.' in answer.content.decode()
    draft.refresh_from_db()
    assert draft.title == "Un autre titre"


def test_two_pages_that_write_one_answer_are_told_and_both_texts_stay(
    client, member, draft
):
    data = {"-page": "autre", "-seen-title": "0", "title": "Mon titre"}

    kept = client.post(f"{address(draft, 'save')}?partie=project", data)
    assert "choisir" in kept.content.decode()
    page = client.get(section(draft, "project")).content.decode()

    assert "Mon titre" in page
    assert "La science au village" in page
    client.post(
        address(draft, "aside"), {"question": "title", "index": "0", "do": "take"}
    )
    draft.refresh_from_db()
    assert draft.title == "Mon titre"
    client.post(
        address(draft, "aside"), {"question": "title", "index": "7", "do": "take"}
    )


def test_a_late_click_keeps_the_draft_and_says_since_when(client, member, draft):
    call = draft.call
    type(call).objects.update(closes_at=timezone.now() - dt.timedelta(seconds=1))

    answer = client.post(address(draft, "send"), follow=True)

    assert answer.status_code == 422
    assert "clos depuis le" in answer.content.decode()
    draft.refresh_from_db()
    assert draft.state == ApplicationState.DRAFT
    data = {"-page": "p", "-seen-title": "1", "title": "Encore"}
    client.post(f"{address(draft, 'save')}?partie=project", data)
    draft.refresh_from_db()
    assert draft.title == "Encore"


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("aside", {"question": "inconnue", "index": "x", "do": "take"}),
        ("attach", {"question": "inconnue"}),
        ("attach", {}),
        ("save", {"-seen-title": "99999999999999999999", "title": "A"}),
        ("save", {"-seen-inconnue": "1", "inconnue": "A"}),
        ("write", {"-seen-budget": "1", "budget-expenses-label": ["a", "b"]}),
        ("write", {"-go": "../../"}),
    ],
)
def test_odd_posts_break_nothing(client, member, draft, name, data):
    answer = client.post(address(draft, name), data)

    assert answer.status_code in {200, 302}
    draft.refresh_from_db()
    assert draft.state == ApplicationState.DRAFT


def test_an_unknown_section_is_not_found(client, member, draft):
    assert client.get(section(draft, "inconnue")).status_code == 404
