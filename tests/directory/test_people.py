import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from maillage.core.errors import Refused
from maillage.core.models import Entry, Mail
from maillage.directory import people
from maillage.directory.choices import ClaimState, MemberRole
from maillage.directory.models import Claim, Invitation, Membership
from tests.factories.accounts import UserFactory
from tests.factories.directory import MembershipFactory, PlaceFactory, StructureFactory

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 9, 14, 9, tzinfo=dt.UTC)
TODAY = NOW.date()


def the(code, call, *args, **kwargs):
    with pytest.raises(Refused) as no:
        call(*args, **kwargs)
    assert no.value.code == code


@pytest.fixture
def structure():
    return StructureFactory(verified_on=None, listed=True)


@pytest.fixture
def manager(structure):
    return MembershipFactory(structure=structure, manager=True)


@pytest.fixture
def agency():
    return UserFactory(agency=True)


def claim(structure, by):
    return people.claim_structure(
        structure, position="Directrice", proof="Site", by=by, now=NOW
    )


def invite(structure, by, email="lea@example.org", role=MemberRole.EDITOR):
    return people.invite(structure, email=email, role=role, by=by, now=NOW)


# Claims -------------------------------------------------------------------------


def test_an_accepted_claim_makes_a_manager_and_verifies(structure, agency):
    place = PlaceFactory(structure=structure, verified_on=None, listed=True)
    person = UserFactory()
    asked = claim(structure, person)

    people.accept_claim(asked, by=agency, now=NOW, today=TODAY, answer="Bienvenue")

    assert Membership.objects.get(user=person).role == MemberRole.MANAGER
    place.refresh_from_db()
    structure.refresh_from_db()
    assert structure.verified_on == place.verified_on == TODAY
    assert Entry.objects.filter(is_verified=True).count() == 2
    assert "Bienvenue" in Mail.objects.get(to=person.email).body


def test_a_claim_sent_twice_is_one(structure):
    person = UserFactory()

    assert claim(structure, person) == claim(structure, person)


def test_members_need_no_claim(manager):
    the("member", claim, manager.structure, manager.user)


def test_a_claim_is_refused_with_a_reason_and_once(structure, agency):
    asked = claim(structure, UserFactory())
    no = {"by": agency, "now": NOW}

    the("reason", people.refuse_claim, asked, answer=" ", **no)
    people.refuse_claim(asked, answer="Inconnue au standard", **no)
    the("decided", people.refuse_claim, asked, answer="Non", **no)
    the("decided", people.accept_claim, asked, today=TODAY, **no)
    assert Claim.objects.get().state == ClaimState.REFUSED
    assert "Inconnue au standard" in Mail.objects.get().body


def test_only_the_agency_answers_claims(structure, manager):
    asked = claim(structure, UserFactory())

    for by in (manager.user, UserFactory(observer=True)):
        the("forbidden", people.accept_claim, asked, by=by, now=NOW, today=TODAY)


# Invitations --------------------------------------------------------------------


def test_an_invitation_serves_once_whoever_uses_it(structure, manager):
    invitation = invite(structure, manager.user)
    assert invitation.token in Mail.objects.get().body

    member = people.accept_invitation(invitation, by=UserFactory(), now=NOW)

    assert member.role == MemberRole.EDITOR
    the("used", people.accept_invitation, invitation, by=UserFactory(), now=NOW)


@pytest.mark.parametrize(("days", "expired"), [(13.9, False), (14, True)])
def test_an_invitation_lasts_two_weeks(structure, manager, days, expired):
    invitation = invite(structure, manager.user)
    later = NOW + dt.timedelta(days)
    if expired:
        the(
            "expired", people.accept_invitation, invitation, by=UserFactory(), now=later
        )
    else:
        assert people.accept_invitation(invitation, by=UserFactory(), now=later)


def test_inviting_again_replaces_the_first_link(structure, manager):
    first = invite(structure, manager.user)
    second = invite(structure, manager.user, email="LEA@example.org ")

    assert Invitation.objects.get() == second
    the("used", people.accept_invitation, first, by=UserFactory(), now=NOW)


def test_an_invitation_can_raise_a_role_and_never_lowers_it(structure, manager):
    editor = MembershipFactory(structure=structure)
    up = invite(structure, manager.user, role=MemberRole.MANAGER)
    assert people.accept_invitation(up, by=editor.user, now=NOW).role == "manager"

    down = invite(structure, manager.user)
    assert people.accept_invitation(down, by=manager.user, now=NOW).role == "manager"


def test_members_are_not_invited_and_strangers_do_not_invite(structure, manager):
    the("member", invite, structure, manager.user, email=manager.user.email)
    the("forbidden", invite, structure, UserFactory())
    editor = MembershipFactory(structure=structure).user
    the("forbidden", invite, structure, editor)


def test_an_invitation_is_taken_back(structure, manager):
    invitation = invite(structure, manager.user)

    people.cancel_invitation(invitation, by=manager.user)

    the("used", people.accept_invitation, invitation, by=UserFactory(), now=NOW)


# Teams --------------------------------------------------------------------------


def test_the_last_manager_stays(structure, manager, agency):
    the("last_manager", people.remove_member, manager, by=manager.user)
    the("last_manager", people.remove_member, manager, by=agency)
    the(
        "last_manager",
        people.set_member_role,
        manager,
        role=MemberRole.EDITOR,
        by=manager.user,
    )
    people.set_member_role(manager, role=MemberRole.MANAGER, by=manager.user)
    MembershipFactory(structure=structure, manager=True)
    people.remove_member(manager, by=manager.user)
    assert Membership.objects.count() == 1


def test_an_editor_leaves_and_is_gone(structure, manager):
    editor = MembershipFactory(structure=structure)

    people.remove_member(editor, by=editor.user)

    the(
        "gone",
        people.remove_member,
        Membership(pk=999, structure=structure, user=UserFactory()),
        by=manager.user,
    )


def test_editors_do_not_manage_the_team(structure, manager):
    editor = MembershipFactory(structure=structure)

    the("forbidden", people.remove_member, manager, by=editor.user)
    the("forbidden", people.set_member_role, editor, role="manager", by=editor.user)


def test_structures_with_one_manager_are_known(structure, manager):
    assert people.managed_alone(manager.user) == [structure]
    MembershipFactory(structure=structure, manager=True)
    assert people.managed_alone(manager.user) == []


# Pages --------------------------------------------------------------------------


def url(name, *args):
    return reverse(f"directory:{name}", args=args)


def test_a_person_claims_by_the_page(client, structure):
    client.force_login(UserFactory())
    page = url("structure_claim", structure.slug)

    assert client.post(page, {"position": ""}).status_code == 422
    answer = client.post(page, {"position": "Directrice", "proof": "Le site"})
    assert answer["Location"] == structure.get_absolute_url()
    assert "en cours d’examen" in client.get(page).content.decode()
    people.refuse_claim(
        Claim.objects.get(),
        answer="Autre preuve ?",
        by=UserFactory(agency=True),
        now=NOW,
    )
    assert "Autre preuve ?" in client.get(page).content.decode()


def test_a_member_is_told_on_the_claim_page(client, manager):
    client.force_login(manager.user)
    answer = client.post(
        url("structure_claim", manager.structure.slug), {"position": "x", "proof": "y"}
    )

    assert answer.status_code == 422
    assert "déjà partie" in answer.content.decode()


def test_a_manager_runs_the_team_by_the_page(client, manager):
    slug = manager.structure.slug
    client.force_login(manager.user)
    team = url("structure_team", slug)

    client.post(team, {"email": "lea@example.org", "role": "editor"})
    invitation = Invitation.objects.get()
    assert "lea@example.org" in client.get(team).content.decode()
    assert (
        client.post(team, {"email": manager.user.email, "role": "editor"}).status_code
        == 422
    )
    client.post(url("invitation_cancel", slug, invitation.pk))
    assert not Invitation.objects.exists()

    editor = MembershipFactory(structure=manager.structure)
    page = url("team_member", slug, editor.pk)
    client.post(page, {"role": "manager"})
    editor.refresh_from_db()
    assert editor.role == "manager"
    client.post(url("team_member_remove", slug, editor.pk))
    assert client.get(page).status_code == 404

    alone = url("team_member", slug, manager.pk)
    assert client.post(alone, {"role": "editor"}).status_code == 422
    answer = client.post(url("team_member_remove", slug, manager.pk), follow=True)
    assert "un autre responsable" in answer.content.decode()


def test_a_manager_who_leaves_loses_the_page(client, manager):
    MembershipFactory(structure=manager.structure, manager=True)
    client.force_login(manager.user)

    answer = client.post(url("team_member_remove", manager.structure.slug, manager.pk))

    assert answer["Location"] == manager.structure.get_absolute_url()
    assert client.get(url("structure_team", manager.structure.slug)).status_code == 404


def test_members_leave_by_their_space(client, manager):
    editor = MembershipFactory(structure=manager.structure)
    page = url("team_leave", manager.structure.slug)
    for user, left in ((editor.user, True), (manager.user, False)):
        client.force_login(user)
        client.post(page)
        assert Membership.objects.filter(user=user).exists() is not left


def test_an_invited_person_joins_by_the_link(client, structure, manager):
    invitation = people.invite(
        structure, email="lea@example.org", role="editor", by=manager.user, now=NOW
    )
    page = url("invitation_accept", invitation.token)
    client.force_login(UserFactory())
    Invitation.objects.update(invited_at=NOW - dt.timedelta(60))
    assert "a expiré" in client.post(page).content.decode()

    Invitation.objects.update(invited_at=timezone.now())
    assert client.post(page)["Location"] == structure.get_absolute_url()
    assert "déjà servi" in client.get(page).content.decode()
    assert client.get(url("invitation_accept", "inconnu")).status_code == 404


@pytest.mark.parametrize("members", [1, 3])
def test_the_team_page_costs_the_same_for_one_or_three(
    client, manager, members, django_assert_num_queries
):
    MembershipFactory.create_batch(members, structure=manager.structure)
    client.force_login(manager.user)

    with django_assert_num_queries(5):  # session, user, structure, team, invitations
        client.get(url("structure_team", manager.structure.slug))
