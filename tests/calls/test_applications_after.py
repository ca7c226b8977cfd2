"""After the sending: receipt, check, revision, delay, withdrawal, lists."""

import datetime as dt
import io

import pytest
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from maillage.calls.choices import ApplicationState
from maillage.calls.models import ApplicationAuthor, Submission
from maillage.calls.services.authors import invite_author
from tests.calls.test_applications_views import address, draft, member, section, sent
from tests.factories.accounts import UserFactory
from tests.factories.calls import ApplicationFactory, CallFactory
from tests.factories.territories import CommuneFactory

pytestmark = pytest.mark.django_db
__all__ = ["draft", "member"]  # fixtures


def test_the_receipt_says_the_number_the_hour_and_the_digest(client, member, draft):
    sent(draft, member.user)

    answer = client.get(address(draft, "receipt", 1))

    text = " ".join(
        page.extract_text() for page in PdfReader(io.BytesIO(answer.content)).pages
    )
    assert draft.number in text
    assert Submission.objects.get().digest[:32] in text
    assert "La science au village" in text
    assert client.get(address(draft, "receipt", 2)).status_code == 404


def test_the_agency_checks_asks_for_more_and_compares(client, member, draft):
    sent(draft, member.user)
    agency = UserFactory(agency=True)
    client.force_login(agency)
    check = address(draft, "check")
    assert "respectée" in client.get(check).content.decode()
    assert client.post(check, {"verdict": "no", "reason": ""}).status_code == 422
    until = timezone.localtime() + dt.timedelta(days=3)
    revision = address(draft, "revision")
    assert client.post(revision, {"reason": "?"}).status_code == 422
    client.post(
        revision,
        {
            "sections": ["project"],
            "reason": "Les dates ?",
            "until": f"{until:%Y-%m-%dT%H:%M}",
        },
    )
    draft.refresh_from_db()
    assert draft.state == ApplicationState.REVISION

    client.force_login(member.user)
    assert "Les dates ?" in client.get(address(draft, "detail")).content.decode()
    assert "Cette partie n’est pas à revoir" in (
        client.get(section(draft, "money")).content.decode()
    )
    data = {
        "-page": "p",
        "-go": "",
        "-seen-description": "1",
        "description": "En mars.",
    }
    client.post(section(draft, "project"), data)
    client.post(address(draft, "send"))

    client.force_login(agency)
    page = client.get(address(draft, "version", 2)).content.decode()
    assert "En mars." in page
    assert "Dix ateliers, un bus" in page
    client.post(check, {"verdict": "yes", "reason": ""})
    draft.refresh_from_db()
    assert draft.state == ApplicationState.ELIGIBLE


def test_a_delay_is_granted_by_the_number_of_the_draft(client, member, draft):
    call = draft.call
    type(call).objects.update(closes_at=timezone.now() - dt.timedelta(minutes=5))
    client.force_login(UserFactory(agency=True))
    url = reverse("calls:call_delay", args=[call.slug])
    until = timezone.localtime() + dt.timedelta(hours=2)
    data = {"until": f"{until:%Y-%m-%dT%H:%M}", "why": "Panne"}
    assert client.post(url, data | {"number": "XXXX"}).status_code == 422

    client.post(url, data | {"number": draft.number.lower()})

    client.force_login(member.user)
    client.post(address(draft, "send"))
    draft.refresh_from_db()
    assert draft.state == ApplicationState.SUBMITTED


def test_a_withdrawal_is_asked_twice_and_then_done(client, member, draft):
    sent(draft, member.user)
    assert "pour de bon" in client.get(address(draft, "withdraw")).content.decode()

    client.post(address(draft, "withdraw"))

    draft.refresh_from_db()
    assert draft.state == ApplicationState.WITHDRAWN


def test_an_author_is_invited_joins_and_leaves(client, member, draft):
    authors = address(draft, "authors")
    assert client.post(authors, {"email": "pas une adresse"}).status_code == 422
    client.post(authors, {"email": "zoe@example.org"})
    author = ApplicationAuthor.objects.get(user=None)
    zoe = UserFactory()
    client.force_login(zoe)
    join = reverse("calls:author_join", args=[author.token])
    assert client.get(join).status_code == 200
    client.post(join)
    assert client.get(join).status_code == 404
    assert client.get(address(draft, "write")).status_code == 200

    mine = draft.authors.get(user=zoe)
    leave = reverse("calls:author_remove", args=[draft.number, mine.pk])
    assert client.post(leave).url == reverse("calls:application_list")
    assert client.get(address(draft, "write")).status_code == 404


def test_an_invitation_is_for_one_application(client, member, draft):
    other = ApplicationFactory(by=UserFactory())
    author = invite_author(
        other, email="a@example.org", by=member.user, now=timezone.now()
    )
    url = reverse("calls:author_remove", args=[draft.number, author.pk])

    assert client.post(url).status_code == 404


# Lists -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, {"Bus", "Ballon"}),
        ({"mot": "BUS"}, {"Bus"}),
        ({"etat": "eligible"}, {"Ballon"}),
        ({"departement": "59"}, {"Bus"}),
        ({"theme": "physics"}, {"Ballon"}),
        ({"rural": "on"}, {"Ballon"}),
        ({"tri": "asked"}, {"Bus", "Ballon"}),
        ({"tri": "n’importe"}, {"Bus", "Ballon"}),
    ],
)
def test_the_list_follows_its_filters(client, asked, found):
    CommuneFactory(lille=True)
    call = CallFactory()
    ApplicationFactory(call=call, sent=True, title="Bus", departments=["59"])
    ApplicationFactory(
        call=call, eligible=True, title="Ballon", themes=["physics"], is_rural=True
    )
    client.force_login(UserFactory(agency=True))

    page = client.get(reverse("calls:application_desk", args=[call.slug]), asked)

    assert {row["row"].title for row in page.context["lines"]} == found


@pytest.mark.parametrize("number", [1, 3])
def test_the_list_costs_the_same_for_one_or_three(
    client, number, django_assert_num_queries
):
    call = CallFactory()
    ApplicationFactory.create_batch(number, call=call, sent=True)
    client.force_login(UserFactory(agency=True))
    url = reverse("calls:application_desk", args=[call.slug])

    with django_assert_num_queries(5):  # session, user, call, departments, applications
        client.get(url)


def test_ones_own_space_leads_to_what_one_writes(client, member, draft):
    text = client.get(reverse("portal:my_space")).content.decode()
    assert "La science au village" in text
    assert "La science au village" in (
        client.get(reverse("calls:application_list")).content.decode()
    )
    client.force_login(UserFactory(agency=True))
    desk = client.get(reverse("portal:agency_desk")).content.decode()
    assert draft.call.title in desk
