"""The committee votes, a member contributes; axe looks on."""

import datetime as dt

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from maillage.plan.models import Committee, Mandate, Seat, Vote
from maillage.plan.services.governance_loading import load_governance
from tests.factories.accounts import UserFactory
from tests.factories.plan_governance import (
    AxisFactory,
    ConsultationFactory,
    ContributionFactory,
    DecisionFactory,
    DocumentFactory,
    ItemFactory,
    MandateFactory,
    MeetingFactory,
)


def url(name, *args):
    return reverse(f"plan:{name}", args=args)


@pytest.fixture
def committee(db):
    """The region's own committee, with three members: one of them has an account."""
    load_governance(settings.REGION_DATA, now=timezone.now())
    for code, name in (
        ("academique-1", "Ada Un"),
        ("culture-1", "Bob Deux"),
        ("tourisme-1", "Eve Trois"),
    ):
        MandateFactory(seat=Seat.objects.get(code=code), person_name=name)
    return Committee.objects.get(code="suivi")


def test_axe_finds_nothing_on_the_committee(
    screen, live_server, sign_in, committee, faults
):
    meeting = MeetingFactory(committee=committee, title="Réunion annuelle")
    item = ItemFactory(meeting=meeting, title="Programme")
    DocumentFactory(meeting=meeting, item=item)
    record = MeetingFactory(
        committee=committee, published=True, approved_at__committee=committee
    )
    DecisionFactory(meeting=record, due_on=timezone.localdate() - dt.timedelta(3))
    waiting = MandateFactory(seat=Seat.objects.get(code="associatif-1"), proposed=True)
    for address in (
        url("committee"),
        url("meeting_detail", record.pk),
        url("decision_list"),
    ):
        screen.goto(live_server.url + address)
        assert faults(screen) == [], address

    sign_in(screen, role="agency")
    for address in (
        url("committee_desk"),
        url("mandate_detail", waiting.pk),
        url("mandate_new", Seat.objects.get(code="associatif-2").pk),
        url("meeting_detail", meeting.pk),
        url("meeting_items", meeting.pk),
        url("meeting_sheet", meeting.pk),
        url("vote_count", meeting.pk, item.pk),
        url("vote_names", meeting.pk, item.pk),
        url("decision_new", meeting.pk),
    ):
        screen.goto(live_server.url + address)
        assert faults(screen) == [], address


def test_axe_finds_nothing_on_a_consultation(
    screen, live_server, sign_in, committee, faults
):
    row = ConsultationFactory(open=True)
    node = AxisFactory(plan=row.plan)
    ContributionFactory(consultation=row, outcome="kept", node=node)
    waiting = ContributionFactory(consultation=row, waiting=True)
    for address in (
        url("consultation"),
        url("consultation_detail", "2017"),
        url("consultation_detail", row.code),
        url("contribution_list", row.code),
    ):
        screen.goto(live_server.url + address)
        assert faults(screen) == [], address

    sign_in(screen, role="agency")
    for address in (
        url("contribution_new", row.code),
        url("consultation_desk"),
        url("consultation_edit", row.code),
        url("contribution_edit", waiting.pk),
        url("contribution_import", row.code),
        url("synthesis_edit", "2017", "diffusion"),
    ):
        screen.goto(live_server.url + address)
        assert faults(screen) == [], address


def test_the_agency_holds_a_vote_without_javascript(
    plain, live_server, sign_in, committee
):
    sign_in(plain, role="agency")
    meeting = MeetingFactory(committee=committee)
    item = ItemFactory(meeting=meeting, title="Programme d’actions")
    plain.goto(live_server.url + url("meeting_sheet", meeting.pk))
    plain.get_by_label("Présence de Ada Un").select_option("present")
    plain.get_by_label("Présence de Eve Trois").select_option("excused")
    plain.get_by_label("Présence de Bob Deux").select_option("proxy")
    plain.get_by_role("button", name="Enregistrer").click()
    expect(plain.get_by_text("Dites à qui Bob Deux donne pouvoir")).to_be_visible()
    plain.get_by_label("Pouvoir de Bob Deux").select_option(label="Ada Un")
    plain.get_by_label("Présence de Ada Un").select_option("present")
    plain.get_by_role("button", name="Enregistrer").click()

    expect(plain.get_by_text("non atteint")).to_be_visible()  # one of three
    Mandate.objects.filter(person_name="Eve Trois").update(ends_on=timezone.localdate())
    meeting.attendances.filter(presence="excused").delete()
    plain.goto(live_server.url + url("vote_count", meeting.pk, item.pk))
    plain.locator("#id_votes_for").fill("3")
    plain.get_by_role("button", name="Enregistrer").click()
    expect(plain.get_by_text("dépasse les 2 voix possibles").first).to_be_visible()
    plain.locator("#id_votes_for").fill("2")
    plain.get_by_role("button", name="Enregistrer").click()

    expect(plain.get_by_text("1 + 1 − 0 = 2 = 2 + 0 + 0")).to_be_visible()
    assert Vote.objects.get().is_adopted


def test_a_member_contributes(page, live_server, sign_in):
    row = ConsultationFactory(open=True)
    sign_in(page, UserFactory(display_name="Camille"))
    page.goto(live_server.url + url("consultation_detail", row.code))
    page.get_by_role("link", name="Contribuer").click()
    page.get_by_label("Votre contribution").fill("Plus de malles dans le sud")
    page.get_by_label("Thème").select_option("production")
    page.get_by_role("button", name="Envoyer ma contribution").click()
    expect(page.get_by_text("L’agence relit votre contribution")).to_be_visible()
    assert row.contributions.get().author_name == "Camille"
