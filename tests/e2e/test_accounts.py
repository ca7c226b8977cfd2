"""Accounts in a real browser: sign up, passkey, a session that ends, axe."""

import os
import re

import pytest
from allauth.account.models import EmailAddress
from django.core import mail as outbox
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from maillage.core.models import Mail, Proposal
from maillage.core.services import change
from maillage.directory.models import Claim, Invitation
from tests.factories.accounts import PASSWORD, UserFactory
from tests.factories.directory import MembershipFactory, PlaceFactory, StructureFactory
from tests.factories.territories import CommuneFactory


@pytest.fixture
def member(db):
    user = UserFactory(email="zoe@example.org", display_name="Zoé")
    EmailAddress.objects.create(
        user=user, email=user.email, verified=True, primary=True
    )
    return user


def enter_password(page, email="zoe@example.org"):
    page.locator("#id_login").fill(email)
    page.locator("#id_password").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter").click()


def test_a_person_signs_up_confirms_and_comes_in(page, live_server):
    page.goto(live_server.url + reverse("account_signup"))
    page.locator("#id_email").fill("lea@example.org")
    page.locator("#id_password1").fill(PASSWORD)
    page.get_by_role("button", name="Créer mon compte").click()
    page.wait_for_url("**/confirm-email/")

    link = re.search(r"http://\S+/confirm-email/\S+", outbox.outbox[0].body)
    page.goto(link[0])
    page.get_by_role("button").filter(has_text="Confirmer").click()

    page.wait_for_url("**/mon-espace/")
    expect(page.get_by_role("heading", level=1)).to_contain_text("lea@example.org")


def virtual_key(page):
    """A security key that the browser plays, with a finger always on it."""
    client = page.context.new_cdp_session(page)
    client.send("WebAuthn.enable")
    client.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )


def test_a_passkey_is_added_and_opens_the_door(page, live_server, member):
    base = live_server.url
    virtual_key(page)
    page.goto(base + reverse("account_login"))
    enter_password(page)
    page.wait_for_url("**/mon-espace/")
    page.goto(base + reverse("mfa_add_webauthn"))
    page.locator("#id_password").fill(PASSWORD)
    page.locator("main form .button").first.click()
    page.locator("#id_passwordless").check()
    page.locator("#mfa_webauthn_add").click()
    page.wait_for_url("**/recovery-codes/**")

    page.context.clear_cookies()
    page.goto(base + reverse("account_login"))
    page.get_by_role("button", name="Utiliser une clé d’accès").click()

    page.wait_for_url("**/mon-espace/")


def test_a_passkey_that_fails_is_said(page, live_server):
    page.route("**/2fa/webauthn/login/", lambda route: route.fulfill(status=429))
    page.goto(live_server.url + reverse("account_login"))

    page.get_by_role("button", name="Utiliser une clé d’accès").click()

    expect(page.locator("#passkey-error")).to_be_visible()


@pytest.mark.parametrize("look", ["page", "plain"])
def test_an_expired_session_loses_nothing_of_a_long_form(
    request, live_server, sign_in, member, look
):
    page = request.getfixturevalue(look)
    CommuneFactory(lille=True)
    sign_in(page, member)
    page.goto(live_server.url + reverse("directory:structure_new"))
    page.locator("#id_name").fill("Atelier des étoiles")
    page.locator("#id_kind").select_option("association")
    page.locator("#id_commune").fill("59350")
    page.locator("#id_description").fill("Une longue\ndescription, « accentuée ».")
    page.context.clear_cookies(name="sessionid")

    page.get_by_role("button", name="Envoyer à l’agence").click()
    page.wait_for_url("**/compte/login/**")
    expect(page.get_by_text("Ce que vous avez écrit est gardé")).to_be_visible()
    enter_password(page)
    page.wait_for_url("**/compte/reprendre/")
    page.get_by_role("button", name="Envoyer ce que j’ai saisi").click()

    page.wait_for_url("**/structures/atelier-des-etoiles/")
    said = Proposal.objects.get().after
    assert said["description"].splitlines() == [
        "Une longue",
        "description, « accentuée ».",
    ]


@pytest.mark.parametrize("look", ["page", "plain"])
def test_a_form_that_is_too_old_is_sent_again(
    request, live_server, sign_in, member, look
):
    page = request.getfixturevalue(look)
    sign_in(page, member)
    structure = StructureFactory(listed=True)
    url = reverse("directory:structure_claim", args=[structure.slug])
    page.goto(live_server.url + url)
    page.locator("#id_position").fill("Directrice")
    page.locator("#id_proof").fill("Page de l’équipe")
    page.context.clear_cookies(name="csrftoken")

    page.get_by_role("button", name="Envoyer la demande").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("trop longtemps")
    page.get_by_role("button", name="Envoyer ce que j’ai saisi").click()

    page.wait_for_url(f"**{structure.get_absolute_url()}")
    assert Claim.objects.get().position == "Directrice"


PAGES = [
    ("anonymous", "account_login"),
    ("anonymous", "account_signup"),
    ("anonymous", "account_reset_password"),
    ("anonymous", "account_email_verification_sent"),
    ("member", "portal:my_space"),
    ("member", "portal:my_account"),
    ("member", "portal:my_account_erase"),
    ("member", "portal:my_proposal"),
    ("member", "portal:my_proposal_edit"),
    ("member", "directory:structure_claim"),
    ("member", "directory:invitation_accept"),
    ("member", "account_email"),
    ("member", "account_change_password"),
    ("member", "mfa_index"),
    ("member", "mfa_list_webauthn"),
    ("member", "usersessions_list"),
    ("agency", "directory:structure_team"),
    ("agency", "directory:team_member"),
    ("agency", "portal:agency_desk"),
    ("agency", "portal:moderation_list"),
    ("agency", "portal:moderation_proposal"),
    ("agency", "portal:moderation_claim"),
    ("agency", "portal:suspect_list"),
    ("agency", "portal:mail_list"),
    ("agency", "portal:record_history"),
    ("agency", "portal:merge_choose"),
    ("agency", "portal:merge_compare"),
    ("administrator", "portal:user_list"),
    ("administrator", "portal:user_role"),
]


@pytest.fixture
def scene(member):
    structure = StructureFactory(name="Forum des sciences", slug="forum", listed=True)
    team = MembershipFactory(structure=structure, manager=True)
    place = PlaceFactory(
        name="Palais de l’Univers",
        slug="palais",
        structure=structure,
        description="Le musée présente mille objets rares, tous les jours de l’année.",
        listed=True,
    )
    PlaceFactory(name="Palais de l’Univers", slug="bis", summary="Autre", listed=True)
    now = timezone.now()
    for values in ({"name": "Palais des sciences"}, {"themes": ["astronomy"]}):
        place.refresh_from_db()
        change(place, values=values, version=place.version, by=team.user, now=now)
    place.refresh_from_db()
    proposal = change(
        place,
        values={
            "description": place.description.replace("mille", "deux mille"),
            "themes": ["physics", "astronomy"],
            "is_free": True,
        },
        version=place.version,
        by=member,
        now=now,
        note="Vu sur place",
    )
    Proposal.objects.update(state="changes_asked", answer="Quel jour ?", decided_at=now)
    claim = Claim.objects.create(
        structure=structure, user=UserFactory(), position="Médiateur", proof="Le site",
        asked_at=now,
    )  # fmt: skip
    Invitation.objects.create(
        structure=structure, email=member.email, token="jeton", invited_at=now
    )
    Mail.objects.create(
        to="a@example.org", subject="Sujet", body="", written_at=now, attempts=1,
        error="plus de serveur",
    )  # fmt: skip
    return {
        "portal:my_proposal": [proposal.pk],
        "portal:my_proposal_edit": [proposal.pk],
        "portal:moderation_proposal": [proposal.pk],
        "portal:moderation_claim": [claim.pk],
        "portal:record_history": ["place", place.slug],
        "portal:merge_choose": ["place", place.slug],
        "portal:merge_compare": ["place", place.slug, "bis"],
        "portal:user_role": [member.pk],
        "directory:structure_claim": ["forum"],
        "directory:structure_team": ["forum"],
        "directory:team_member": ["forum", team.pk],
        "directory:invitation_accept": ["jeton"],
    }


def test_the_pages_of_members_and_the_agency_have_no_fault(
    screen, live_server, sign_in, faults, scene, member
):
    found = {}
    current = "anonymous"
    for role, name in PAGES:
        if role != current:
            user = member if role == "member" else UserFactory(role=role)
            sign_in(screen, user)
            current = role
        screen.goto(live_server.url + reverse(name, args=scene.get(name, [])))
        if folder := os.environ.get("SHOTS"):
            size = screen.viewport_size["width"]
            dark = screen.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
            screen.screenshot(
                path=f"{folder}/{name.replace(':', '_')}-{size}-{'d' if dark else 'l'}.png",
                full_page=True,
            )
        if wrong := faults(screen):
            found[name] = wrong
        wide = screen.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        if wide > 0:
            found[f"{name} overflows"] = wide
    assert found == {}
