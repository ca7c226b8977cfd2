import json

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from maillage.accounts.models import User
from maillage.core.choices import ProposalState, State
from maillage.core.models import Mail, Proposal
from maillage.core.services import ask_for_change, change, propose_new
from maillage.directory.models import Claim, Invitation, Membership, Place
from tests.factories.accounts import UserFactory
from tests.factories.directory import MembershipFactory, PlaceFactory, StructureFactory
from tests.factories.territories import CommuneFactory

pytestmark = pytest.mark.django_db


def url(name, *args):
    return reverse(f"portal:{name}", args=args)


@pytest.fixture
def member(client):
    user = UserFactory(email="zoe@example.org", display_name="Zoé")
    client.force_login(user)
    return user


@pytest.fixture
def place():
    return PlaceFactory(name="Palais", summary="Un musée", listed=True)


@pytest.fixture
def proposal(place, member):
    return change(
        place,
        values={"summary": "Un grand musée"},
        version=1,
        by=member,
        now=timezone.now(),
    )


def ask(proposal):
    return ask_for_change(
        proposal,
        answer="Et les horaires ?",
        by=UserFactory(agency=True),
        now=timezone.now(),
    )


def text(answer):
    return answer.content.decode()


def test_an_empty_space_says_what_to_do(client, member):
    page = text(client.get(url("my_space")))

    assert "Ce qui vous attend<" not in page
    assert "Chercher ma structure" in page


def test_what_waits_comes_first(client, member, proposal):
    ask(proposal)
    structure = StructureFactory(name="Forum")
    Invitation.objects.create(
        structure=structure,
        email="ZOE@example.org",
        token="t",
        invited_at=timezone.now(),
    )
    MembershipFactory(user=member, structure__name="Mon association")
    Claim.objects.create(
        structure=structure, user=member, position="x", proof="y",
        asked_at=timezone.now(),
    )  # fmt: skip
    page = text(client.get(url("my_space")))

    words = ["Ce qui vous attend", "Et les horaires ?", "invité", "Mon association"]
    places = [page.index(word) for word in words]
    assert places == sorted(places)
    assert "demande en cours" in page


@pytest.mark.parametrize("things", [1, 3])
def test_the_space_costs_the_same_for_one_thing_or_three(
    client, member, things, django_assert_max_num_queries
):
    structure = MembershipFactory(user=member).structure
    PlaceFactory.create_batch(things, structure=structure)

    # Ten of ours, the others of loans, surveys, the agenda, the pass, calls,
    # evaluations, works made together and the plan: one or two each.
    with django_assert_max_num_queries(53):
        client.get(url("my_space"))


def test_an_author_follows_and_withdraws_a_proposal(client, member, proposal):
    page = client.get(url("my_proposal", proposal.pk))
    assert "Un grand musée" in text(page)

    client.post(url("my_proposal_withdraw", proposal.pk))
    answer = client.post(url("my_proposal_withdraw", proposal.pk), follow=True)

    assert "déjà reçu une réponse" in text(answer)
    proposal.refresh_from_db()
    assert proposal.state == ProposalState.WITHDRAWN


def filled(page):
    """What a browser would send back from the form of a page."""
    form = page.context["form"]
    sent = {}
    for name in form.fields:
        value = form[name].value()
        if value not in (None, "", False) and name != "picture":
            sent[name] = value
    return sent


def test_an_author_completes_a_change(client, member, proposal):
    ask(proposal)
    page = client.get(url("my_proposal_edit", proposal.pk))
    assert "Et les horaires ?" in text(page)
    sent = filled(page)
    assert sent["summary"] == "Un grand musée"

    sent |= {"opening": "Tous les jours", "note": "Voilà", "commune": "59350"}
    answer = client.post(url("my_proposal_edit", proposal.pk), sent)

    assert answer["Location"] == url("my_proposal", proposal.pk)
    proposal.refresh_from_db()
    assert proposal.state == ProposalState.WAITING
    assert proposal.after["opening"] == "Tous les jours"
    assert proposal.note == "Voilà"
    assert Place.objects.get().opening == ""


def test_a_mistake_in_a_completion_loses_nothing(client, member, proposal):
    answer = client.post(
        url("my_proposal_edit", proposal.pk), {"name": "", "summary": "Très grand"}
    )

    assert answer.status_code == 422
    assert "Très grand" in text(answer)


def test_a_completion_without_a_change_is_told(client, member, proposal):
    sent = filled(client.get(url("my_proposal_edit", proposal.pk)))
    sent |= {"summary": "Un musée", "commune": "59350"}

    answer = client.post(url("my_proposal_edit", proposal.pk), sent)

    assert answer.status_code == 422
    assert "Rien n’a changé" in text(answer)


def test_a_proposal_about_a_lost_record_is_not_completed(client, proposal, place):
    place.delete()

    assert client.get(url("my_proposal_edit", proposal.pk)).status_code == 404
    assert client.get(url("my_proposal", proposal.pk)).status_code == 200


def test_a_person_chooses_a_name(client, member):
    client.post(url("my_account"), {"display_name": "Zoé M."})
    member.refresh_from_db()
    assert str(member) == "Zoé M."
    too_long = client.post(url("my_account"), {"display_name": "z" * 81})
    assert too_long.status_code == 422


def test_a_person_takes_their_data_away(client, member, proposal):
    structure = MembershipFactory(user=member).structure
    change(
        structure,
        values={"summary": "À nous"},
        version=1,
        by=member,
        now=timezone.now(),
    )
    Mail.objects.create(
        to=member.email, subject="Sujet", body="", written_at=timezone.now()
    )
    answer = client.get(url("my_data"))
    data = json.loads(answer.content)

    assert "attachment" in answer["Content-Disposition"]
    assert data["account"]["email"] == "zoe@example.org"
    assert "password" not in data["account"]
    assert data["core.proposal.author"][0]["after"] == {"summary": "Un grand musée"}
    history = data["directory.historicalstructure.history_user"]
    assert history[0]["summary"] == "À nous"
    assert data["mails"][0]["subject"] == "Sujet"


def test_an_erased_person_leaves_what_they_published(client, member, proposal):
    own = MembershipFactory(user=member, manager=True).structure
    now = timezone.now()
    new = propose_new(Place(name="Neuf", kind="museum"), by=member, now=now)
    change(own, values={"summary": "À nous"}, version=1, by=member, now=now)
    Mail.objects.create(to=member.email, subject="s", body="", written_at=now)
    Invitation.objects.create(
        structure=own, email=member.email, token="t", invited_at=now
    )
    page = client.get(url("my_account_erase"))
    assert own.name in text(page)
    assert client.post(url("my_account_erase")).status_code == 422

    client.post(url("my_account_erase"), {"sure": "on"})

    assert not User.objects.filter(pk=member.pk).exists()
    assert not Membership.objects.exists()
    assert not Mail.objects.exists()
    assert not Invitation.objects.exists()
    assert own.history.filter(summary="À nous").get().history_user is None
    assert [p.state for p in Proposal.objects.all()] == ["withdrawn"] * 2
    new.refresh_from_db()
    assert (new.created_by, new.state) == (None, State.DRAFT)
    assert client.get(url("my_space")).status_code == 302


def test_the_last_administrator_stays(client):
    client.force_login(UserFactory(administrator=True))

    answer = client.post(url("my_account_erase"), {"sure": "on"})

    assert answer.status_code == 422
    assert User.objects.count() == 1


def test_a_form_sent_without_a_session_is_kept_until_the_person_is_back(client, member):
    CommuneFactory(lille=True)
    client.logout()
    sent = {"name": "Neuf", "description": "Une longue description\nen deux lignes"}
    answer = client.post("/lieux/proposer/", sent)
    assert answer["Location"].endswith("?next=/compte/reprendre/")

    client.force_login(member)
    page = client.get("/compte/reprendre/")
    assert 'action="/lieux/proposer/"' in text(page)
    assert "Une longue description" in text(page)


def test_passwords_and_huge_texts_are_not_kept(client, member):
    client.logout()
    for sent in ({"password": "secret"}, {"name": "x" * 1_000_001}, {}):
        answer = client.post("/lieux/proposer/", sent)
        assert answer["Location"].endswith("?next=/mon-espace/")


def test_what_is_kept_is_forgotten_after_an_hour(client, member):
    client.logout()
    client.post("/lieux/proposer/", {"name": "Neuf"})
    client.force_login(member)
    session = client.session
    kept = session["kept_form"]
    session["kept_form"] = kept | {"at": kept["at"] - 3700}
    session.save()

    assert client.get("/compte/reprendre/")["Location"] == url("my_space")
    assert client.get("/compte/reprendre/")["Location"] == url("my_space")


@pytest.mark.parametrize(
    ("headers", "kept"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Origin": "http://testserver"}, True),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://testserver"}, False),
        ({"Origin": "https://evil.example"}, False),
        ({}, False),
    ],
)
def test_an_old_form_is_offered_again_to_this_site_only(member, headers, kept):

    strict = Client(enforce_csrf_checks=True)
    strict.force_login(member)
    answer = strict.post(
        "/lieux/proposer/", {"name": "Neuf"}, headers=headers | {"HX-Request": "true"}
    )

    assert answer.status_code == 403
    assert ('value="Neuf"' in text(answer)) is kept
    assert answer["HX-Retarget"] == "#main"
