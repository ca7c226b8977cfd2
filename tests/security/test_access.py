"""Every address of the site, opened by everybody, compared with ``access.toml``."""

import datetime as dt
import tomllib
from pathlib import Path

import pytest
from django.db import transaction
from django.urls import URLPattern, get_resolver, reverse
from django.utils import timezone

from maillage.accounts.choices import Role
from maillage.core.mail import write_mail
from maillage.core.services import change, propose_new
from maillage.directory.models import Claim, Invitation, Place
from maillage.interchange.models import ImportRun
from maillage.observatory.models import Alert, AlertRule, SitingScenario
from tests.factories.accounts import UserFactory
from tests.factories.catalogue import AttachmentFactory, ResourceFactory
from tests.factories.directory import MembershipFactory, PlaceFactory, StructureFactory
from tests.factories.observatory import IndicatorFactory
from tests.security.agendas import follow_agenda
from tests.security.calls import POSTED_CALLS, apply
from tests.security.circulation import circulate
from tests.security.events import happen
from tests.security.governance import GOVERNANCE_POSTED, govern
from tests.security.passport import give, hold
from tests.security.plan_scene import planned
from tests.security.programmes import label
from tests.security.progress import POSTED_PROGRESS, assess
from tests.security.questionnaires import POSTED, write
from tests.security.reviews import POSTED_REVIEWS, read_and_grant
from tests.security.settling import settle
from tests.security.studio import POSTED_STUDIO, evaluate
from tests.security.surveys import ask

NOW = dt.datetime(2026, 9, 14, 9, tzinfo=dt.UTC)
ROLES = [
    "anonymous", "stranger", "author", "editor", "manager",
    "observer", "agency", "administrator",
]  # fmt: skip
AGENCY = {"agency", "administrator"}
SIGNED_IN = {*ROLES} - {"anonymous"}
# Who gets in, and what the others are told.
RULES = {
    "all": ({*ROLES}, 404),
    "guest": ({*ROLES}, 404),
    "member": (SIGNED_IN, 404),
    "author": ({"author"}, 404),
    "team": ({"editor", "manager"}, 404),
    "editor": ({"editor", "manager", *AGENCY}, 404),
    "manager": ({"manager", *AGENCY}, 404),
    "history": ({"editor", "manager", "observer", *AGENCY}, 404),
    "reader": ({"observer", *AGENCY}, 403),
    "agency": (AGENCY, 403),
    "admin": ({"administrator"}, 403),
    "absent": (set(), 404),
    "parties": ({*ROLES} - {"anonymous", "stranger"}, 404),
    "hands": ({"author", "editor", "manager", *AGENCY}, 404),
    "borrower": ({"author", *AGENCY}, 404),
    "desk": (AGENCY, 404),
    "reading_area": ({"observer", *AGENCY}, 404),
}
POSTS = {
    "set_language", "my_proposal_withdraw", "mail_retry", "record_restore",
    "record_confirm", "record_state", "team_leave", "team_member_remove",
    "invitation_cancel", "import_check", "import_apply", "attachment_delete",
    "maintenance_cancel", "expense_delete",
    "board_refuse", "board_free", "board_undo",
    "season_state", "scenario_start", "scenario_stop", "scenario_delete", "lock_delete",
    "copy_keep", "copy_free", "closure_delete",
    "loan_confirm", "loan_step", "loan_extend_decline", "loan_paper", "charge_delete",
    "request_answer", "request_withdraw", "request_message", "offer_answer",
    "field_send", "field_picture",
    "wave_state", "wave_send", "wave_weights_keep", "unit_change", "unit_enter",
    "response_change", "answer_save", "answer_reopen", "release_decide", "text_code",
    "loan_first_lines", "loan_bill", "loan_payment", "copy_mend",
    "indicator_state", "indicator_refresh", "observation_withdraw",
    "alert_answer", "alert_rule_delete",
    "siting_step", "siting_undo", "siting_propose", "siting_try", "siting_decide",
    "siting_pick",
    "feed_read", "remote_picture", "door_send", "door_number", "device_revoke",
    "coordinator_remove", "label_withdraw", "programme_remind", "programme_close",
    "benefit_state", "batch_close", "pass_wallet", "pass_revoke", "issuer_state", "key_rotate",
    "key_revoke", "root_renew",
    "signup_came", "signup_cancel",
    "settlement_keep", "settlement_decide", "settlement_delete",
    "settlement_rule_delete",
    "action_state", "evidence_link", "evidence_delete", "declination_state",
    "frozen_new",
    "stop_stamp", "pass_stamp", "stamps_keep", "stamps_forget",
    *POSTED,
    *GOVERNANCE_POSTED,
    *POSTED_REVIEWS,
    *POSTED_CALLS,
    *POSTED_STUDIO,
    *POSTED_PROGRESS,
}  # fmt: skip
# allauth may say in its own way that there is nothing to show.
NOTHING_HERE = {"account", "mfa", "socialaccount", "openid", "usersessions"}


def table():
    text = (Path(__file__).parent / "access.toml").read_text(encoding="utf-8")
    found = {}
    for name, value in tomllib.loads(text).items():
        if isinstance(value, str):
            found[name] = value
        else:
            prefix = "" if name == "allauth" else f"{name}:"
            found |= {f"{prefix}{one}": group for one, group in value.items()}
    return found


def addresses(resolver=None, namespace=""):
    """The name of every address; those without one only lead to another."""
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLPattern):
            if pattern.name:
                yield f"{namespace}{pattern.name}"
        else:
            inner = f"{pattern.namespace}:" if pattern.namespace else ""
            yield from addresses(pattern, f"{namespace}{inner}")


TABLE = table()


@pytest.fixture
def scene(db):
    """One thing of each sort, and one person of each role."""
    structure = StructureFactory(slug="forum", listed=True)
    people = {role: UserFactory() for role in ("stranger", "author")}
    for role in (Role.OBSERVER, Role.AGENCY, Role.ADMINISTRATOR):
        people[role.value] = UserFactory(role=role)
    MembershipFactory(structure=structure, manager=True)
    members = {
        "editor": MembershipFactory(structure=structure),
        "manager": MembershipFactory(structure=structure, manager=True),
    }
    people |= {role: member.user for role, member in members.items()}
    place = PlaceFactory(slug="palais", structure=structure, listed=True)
    other = PlaceFactory(slug="palais-bis", structure=structure, listed=True)
    resource = ResourceFactory(slug="malle", owner=structure, listed=True)
    file = AttachmentFactory(resource=resource, size=1)
    proposal = change(
        place,
        values={"summary": "Autre"},
        version=1,
        by=people["author"],
        now=timezone.now(),
    )
    propose_new(
        Place(name="Neuf", kind="museum"), by=people["author"], now=timezone.now()
    )
    claim = Claim.objects.create(
        structure=structure, user=people["stranger"], position="x", proof="y",
        asked_at=NOW,
    )  # fmt: skip
    invitation = Invitation.objects.create(
        structure=structure, email="a@example.org", token="jeton", invited_at=NOW
    )
    mail = write_mail("a@example.org", subject="a", body="b", now=NOW)
    run = ImportRun.objects.create(
        kind="places", source="x", file="private/imports/x.csv", file_name="x.csv",
        size=1, at=NOW, beat_at=NOW,
    )  # fmt: skip
    past = place.history.first().history_id
    args = {
        "thumbnail": [480, "images/none.png"],
        "file": ["images/none.png"],
        "sitemap_section": ["place"],
        "my_proposal": [proposal.pk],
        "my_proposal_edit": [proposal.pk],
        "my_proposal_withdraw": [proposal.pk],
        "moderation_proposal": [proposal.pk],
        "moderation_claim": [claim.pk],
        "mail_retry": [mail.pk],
        "user_role": [people["stranger"].pk],
        "merge_choose": ["place", "palais"],
        "merge_compare": ["place", "palais", other.slug],
        "record_history": ["place", "palais"],
        "record_restore": ["place", "palais", past],
        "record_confirm": ["place", "palais"],
        "record_state": ["place", "palais"],
        "structure_detail": ["forum"],
        "structure_edit": ["forum"],
        "structure_claim": ["forum"],
        "structure_team": ["forum"],
        "team_leave": ["forum"],
        "team_member": ["forum", members["editor"].pk],
        "team_member_remove": ["forum", members["editor"].pk],
        "invitation_cancel": ["forum", invitation.pk],
        "invitation_accept": ["jeton"],
        "place_detail": ["palais"],
        "place_edit": ["palais"],
        "resource_detail": ["malle"],
        "resource_sheet": ["malle"],
        "resource_edit": ["malle"],
        "attachment_list": ["malle"],
        "attachment_delete": ["malle", file.pk],
        "export": ["place", "csv"],
        "dataset_file": ["places", "csv"],
        "dataset_schema": ["places", "csv"],
        "dataset_detail": ["places"],
        "catalogue_file": ["ttl"],
        "import_detail": [run.pk],
        "import_check": [run.pk],
        "import_apply": [run.pk],
        "import_problems": [run.pk, "csv"],
        "structure": ["forum"],
        "place": ["palais"],
        "resource": ["malle"],
        "availability": ["malle"],
        "commune": ["59350"],
        "vocabulary": ["themes"],
        "account_confirm_email": ["cle"],
        "account_reset_password_from_key": ["1", "cle"],
        "mfa_remove_webauthn": [1],
        "mfa_edit_webauthn": [1],
        "openid_connect_login": ["oidc"],
        "openid_connect_callback": ["oidc"],
    }
    asked = (
        ask(structure)
        | write(people["agency"])
        | follow_agenda(structure)
        | label(structure)
        | happen(structure, place)
    )
    asked |= settle(place) | hold() | give(place) | planned(structure)
    asked |= evaluate(structure) | assess(structure, people)
    asked |= apply(structure) | govern()
    asked |= read_and_grant(structure, people)
    return people, args | circulate(resource, people) | asked | observe()


def observe():
    """A published indicator with a rule and its alert."""
    indicator = IndicatorFactory(code="lieux-essai")
    rule = AlertRule.objects.create(
        indicator=indicator, kind="threshold", level="region", below=1, created_at=NOW
    )
    alert = Alert.objects.create(
        rule=rule, level="region", code="32", period="2025", raised_at=NOW, seen_at=NOW
    )
    scenario = SitingScenario.objects.create(
        name="Essai", choice={"month": "2026-09-01"}, made_at=NOW
    )
    sited = ("detail", "step", "try", "map", "propose", "decide", "front", "pick")
    names = ("indicator_detail", "indicator_edit", "indicator_state",
             "indicator_refresh", "indicator_map", "observation_new",
             "observation_withdraw", "alert_rule_new")  # fmt: skip
    return {name: [indicator.code] for name in names} | {
        "indicator_export": [indicator.code, "csv"],
        "observations": [indicator.code],
        "territory_detail": ["region", "32"],
        "territory_paper": ["region", "32"],
        "alert_answer": [alert.pk],
        "alert_rule_edit": [rule.pk],
        "alert_rule_delete": [rule.pk],
        "access_file": ["csv"],
        "white_file": ["csv"],
        "siting_undo": [scenario.pk, 0],
        **{f"siting_{name}": [scenario.pk] for name in sited},
    }


def outcome(client, name, args):
    """What a person is told: in, login, 403 or 404. Never an accident."""
    short = name.split(":")[-1]
    url = reverse(name, args=args.get(name, args.get(short, [])))
    with transaction.atomic():
        answer = client.post(url) if short in POSTS else client.get(url)
        if answer.streaming:
            list(answer.streaming_content)
        transaction.set_rollback(True)
    assert answer.status_code < 500, name
    to_login = answer.get("Location", "").startswith(reverse("account_login") + "?next")
    if answer.status_code == 302 and to_login:
        return "login"
    if answer.status_code in {403, 404}:
        return answer.status_code
    return "in"


def test_the_table_names_every_address_and_no_other():
    assert set(TABLE) == set(addresses())


@pytest.mark.parametrize("role", ROLES)
def test_each_person_opens_what_the_table_says(role, client, scene):
    people, args = scene
    if role != "anonymous":
        client.force_login(people[role])
    wrong = {}
    for name, group in TABLE.items():
        allowed, refusal = RULES[group]
        seen = outcome(client, name, args)
        if role in allowed:
            wanted = "in"
            if seen == 404 and name.split("_")[0] in NOTHING_HERE:
                continue
        elif role == "anonymous" and group != "absent":
            wanted = "login"
        else:
            wanted = refusal
        if seen != wanted:
            wrong[name] = (seen, wanted)
    assert wrong == {}


def test_what_is_not_published_does_not_exist_for_others(client, scene):
    people, _args = scene
    hidden = Place.objects.get(name="Neuf")
    names = ["directory:place_detail", "directory:place_edit"]

    for role in ("stranger", "editor"):
        client.force_login(people[role])
        for name in names:
            assert client.get(reverse(name, args=[hidden.slug])).status_code == 404
    for role in ("author", "agency"):
        client.force_login(people[role])
        assert client.get(hidden.get_absolute_url()).status_code == 200


def test_observers_read_and_do_not_decide(client, scene):
    people, args = scene
    client.force_login(people["observer"])
    for name in ("moderation_proposal", "moderation_claim"):
        url = reverse(f"portal:{name}", args=args[name])
        page = client.post(url, {"decision": "refuse", "answer": "Non"})
        assert page.status_code == 200
        assert b'name="decision"' not in page.content
    assert Claim.objects.get().state == "waiting"


def test_htmx_is_sent_to_sign_in_as_a_whole_page(client, db):
    answer = client.get(
        reverse("portal:moderation_list"),
        headers={
            "HX-Request": "true",
            "HX-Current-URL": "http://testserver/agence/?a=1",
        },
    )

    assert answer["HX-Redirect"] == f"{reverse('account_login')}?next=/agence/%3Fa%3D1"
