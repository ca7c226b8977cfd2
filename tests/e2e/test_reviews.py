"""A reader writes and returns, the committee moves a line, and axe looks at the pages."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from maillage.calls.models import Decision, FundingProgramme, Review
from maillage.calls.review_choices import ReviewState
from maillage.calls.services.envelopes import make_plan
from tests.factories.accounts import UserFactory
from tests.factories.calls import ApplicationFactory, CallFactory
from tests.factories.directory import MembershipFactory
from tests.factories.reviews import (
    ReviewerFactory,
    ReviewFactory,
    ReviewRoundFactory,
    granted,
)


@pytest.fixture
def held():
    """A phase with one dossier to read and two that were read."""
    held = ReviewRoundFactory(call=CallFactory(closed=True, budget_cents=10_000_00))
    reader = ReviewerFactory()
    held.reviewers.add(reader)
    ReviewFactory(round=held, reviewer=reader)
    for value in (5, 2):
        row = ApplicationFactory(call=held.call, eligible=True)
        ReviewFactory(round=held, application=row, points=[value] * 3)
    return held


def at(live_server, name, *args):
    return live_server.url + reverse(f"calls:{name}", args=args)


def test_a_reader_writes_reloads_and_returns(page, live_server, sign_in, held):
    review = Review.objects.get(state=ReviewState.ASSIGNED)
    sign_in(page, review.reviewer.user)
    page.goto(at(live_server, "review_list"))
    page.get_by_role("link", name=review.application.title).click()
    for box in page.get_by_label("Note de 0 à 5").all():
        box.fill("4")
    page.get_by_label("Commentaire d’ensemble").fill("Un projet utile.")
    page.get_by_label("Commentaire d’ensemble").blur()
    expect(page.get_by_text("Gardé le")).to_be_visible()
    page.wait_for_timeout(2500)  # the last words leave a moment after they are typed
    page.wait_for_load_state("networkidle")
    page.reload()
    expect(page.get_by_label("Commentaire d’ensemble")).to_have_value(
        "Un projet utile."
    )
    page.get_by_role("radio", name="favorable", exact=True).check()
    page.get_by_role("button", name="Rendre ma lecture").click()
    expect(page.get_by_text("Votre lecture est rendue")).to_be_visible()
    review.refresh_from_db()
    assert review.state == ReviewState.SUBMITTED


def test_the_committee_moves_a_line(page, live_server, sign_in, held):
    agent = UserFactory(agency=True)
    plan = make_plan(held.call, name="Essai", by=agent, now=timezone.now())
    sign_in(page, agent)
    page.goto(live_server.url + plan.get_absolute_url())
    refused = plan.lines.filter(is_granted=False).order_by("pk").first()
    row = page.get_by_role("row").filter(has_text=refused.application.title)
    row.get_by_label("Décision").select_option("1")
    row.get_by_label("Montant en euros").fill("4 000")
    row.get_by_role("button", name="Appliquer").click()
    expect(page.get_by_text("Recalculé")).to_be_visible()
    refused.refresh_from_db()
    assert refused.is_granted


def look(screen, faults, addresses):
    found = {}
    for url in addresses:
        screen.goto(url)
        wide = screen.evaluate("document.documentElement.scrollWidth > innerWidth")
        if bad := [*faults(screen), *(["too wide"] if wide else [])]:
            found[url] = bad
    return found


def test_axe_finds_nothing_for_readers_and_beneficiaries(
    screen, live_server, sign_in, held, faults
):
    review = Review.objects.get(state=ReviewState.ASSIGNED)
    user = review.reviewer.user
    grant = granted()
    MembershipFactory(structure=grant.application.structure, user=user)
    programme = FundingProgramme.objects.create(
        name="Fonds", slug="fonds", family="cper", manager="x", summary="y",
        changed_at=timezone.now(),
    )  # fmt: skip
    programme.dates.create(label="x", closes_on=timezone.localdate() + dt.timedelta(9))
    sign_in(screen, user)
    number = grant.application.number
    paths = [
        at(live_server, "review_list"),
        at(live_server, "review_edit", review.pk),
        at(live_server, "reviewer_profile"),
        at(live_server, "decision_detail", number),
        at(live_server, "grant_detail", grant.reference),
        at(live_server, "report_file", grant.reports.get().pk),
        at(live_server, "funding_list"),
        at(live_server, "funding_detail", "fonds"),
    ]
    assert look(screen, faults, paths) == {}


def test_axe_finds_nothing_for_the_agency(screen, live_server, sign_in, held, faults):
    agent = UserFactory(agency=True)
    now = timezone.now()
    plan = make_plan(held.call, name="Essai", by=agent, now=now)
    grant = granted(by=agent)
    filed = grant.reports.create(
        name="Bilan", due_on=now.date(), filed_at=now, text="x", spent_cents=1
    )
    row = held.call.applications.first()
    Decision.objects.create(application=row, outcome="waiting", decided_at=now)
    done = Review.objects.filter(state=ReviewState.SUBMITTED).first()
    sign_in(screen, agent)
    slug = held.call.slug
    paths = [
        at(live_server, "reviewer_list"),
        at(live_server, "reviewer_edit", done.reviewer_id),
        at(live_server, "round_list", slug),
        at(live_server, "round_detail", held.pk),
        at(live_server, "committee_detail", slug),
        at(live_server, "review_detail", done.pk),
        at(live_server, "envelope_detail", plan.pk),
        at(live_server, "decision_list", slug),
        at(live_server, "decision_edit", row.number),
        at(live_server, "decision_notify", slug),
        at(live_server, "grant_desk"),
        at(live_server, "grant_detail", grant.reference),
        at(live_server, "grant_step", grant.reference, "versements"),
        at(live_server, "report_answer", filed.pk),
        at(live_server, "funding_new"),
    ]
    assert look(screen, faults, paths) == {}
