"""A whole call: forty applications, twelve readers, decisions, payments, reports."""

import datetime as dt
from itertools import cycle

import pytest
from django.utils import timezone

from maillage.accounts.choices import Role
from maillage.calls.choices import ApplicationState
from maillage.calls.models import (
    Application,
    Decision,
    Grant,
    PartnerStructure,
    Review,
)
from maillage.calls.review_choices import Outcome
from maillage.calls.services import envelopes
from maillage.calls.services.committee import committee_table
from maillage.calls.services.deciding import decide_as_kept, notify, promised
from maillage.calls.services.envelopes import keep_plan, make_plan, move_line, set_rules
from maillage.calls.services.granting import (
    close_grant,
    pay_instalment,
    sign_agreement,
)
from maillage.calls.services.reporting import answer_report, file_report
from maillage.calls.services.reviewing import Written, save_review, submit_review
from maillage.calls.services.rounds import (
    assign_round,
    close_round,
    conflicts_in,
    declare_conflict,
    make_round,
    open_round,
)
from maillage.core.models import Mail
from tests.factories.accounts import UserFactory
from tests.factories.calls import ApplicationFactory, CallFactory
from tests.factories.directory import MembershipFactory, StructureFactory
from tests.factories.reviews import ReviewerFactory

pytestmark = pytest.mark.django_db
THEMES = ["astronomy", "physics", "biodiversity"]
DEPARTMENTS = ["02", "59", "60", "62", "80"]


def applications(call):
    """Forty, of forty structures; every fourth is rural, the cheapest asks 3,000 €."""
    found = []
    for rank, theme, department in zip(
        range(40), cycle(THEMES), cycle(DEPARTMENTS), strict=False
    ):
        one = ApplicationFactory(
            call=call,
            eligible=True,
            themes=[theme],
            departments=[department],
            is_rural=rank % 4 == 0,
            requested_cents=3_000_00 + rank * 271_33,
            total_cents=40_000_00,
        )
        MembershipFactory(structure=one.structure)
        found.append(one)
    return found


def readers(found):
    """Twelve: one works for an applicant, one for a partner, one shared a project."""
    made = [
        ReviewerFactory(themes=[THEMES[rank % 3], THEMES[rank // 2 % 3]], most=15)
        for rank in range(12)
    ]
    MembershipFactory(user=made[0].user, structure=found[0].structure)
    partner = StructureFactory()
    PartnerStructure.objects.create(application=found[1], structure=partner, name="P")
    made[1].structures.add(partner)
    shared = StructureFactory()
    earlier = ApplicationFactory(call=CallFactory(closed=True), eligible=True, structure=shared)  # fmt: skip
    PartnerStructure.objects.create(
        application=earlier, structure=found[2].structure, name="Q"
    )
    made[2].structures.add(shared)
    return made


def read_all(review_round, now):
    """Each reader gives the quality of the file, plus a habit of their own."""
    criteria = list(review_round.call.criteria.all())
    for review in Review.objects.filter(round=review_round):
        level = review.application_id % 4 + (review.reviewer_id % 2)
        written = Written(
            scores={one.pk: min(level, one.max_score) for one in criteria},
            comments={},
            opinion="for",
        )
        save_review(review, written, seen=0, now=now)
        submit_review(review, now=now)


def test_a_call_from_its_readers_to_the_last_report(monkeypatch):
    monkeypatch.setattr(envelopes, "SECONDS", 120)  # proven, however busy the machine
    now = timezone.now()
    today = now.date()
    agency = UserFactory(role=Role.AGENCY)
    call = CallFactory(closed=True, budget_cents=120_000_00, reviews_each=3)
    found = applications(call)
    panel = readers(found)

    # Readers: by skills, three each, never in a conflict.
    review_round = make_round(call, name="Lecture", each=3, due_on=today)
    drawn = assign_round(review_round, now=now)
    assert drawn.added == 120
    assert not drawn.missing
    conflicts = conflicts_in(call, panel)
    assert found[0].pk in conflicts[panel[0].pk]
    assert found[1].pk in conflicts[panel[1].pk]
    assert found[2].pk in conflicts[panel[2].pk]
    given = set(Review.objects.values_list("reviewer", "application"))
    assert not any((pk, one) in given for pk, held in conflicts.items() for one in held)
    loads = [one.reviews.count() for one in panel]
    assert max(loads) <= 15
    assert min(loads) >= 6
    assert not Review.objects.all().assigned_to(panel[3].user).exists()  # not open yet
    open_round(review_round, now=now)
    assert Mail.objects.filter(to=panel[3].user.email).count() == 1

    # One declares an interest: the dossier is gone at once, someone else gets it.
    mine = Review.objects.all().assigned_to(panel[3].user)
    dropped = mine[0].application
    declare_conflict(
        dropped, reviewer=panel[3], reason="ami", by=panel[3].user, now=now
    )
    assert not mine.filter(application=dropped).exists()
    assert dropped.reviews.count() == 2
    assert assign_round(review_round, now=now).added == 1
    assert not dropped.reviews.filter(reviewer=panel[3]).exists()

    read_all(review_round, now)
    close_round(review_round)
    table = committee_table(call)
    assert table.returned == 120
    assert all(row.count == 3 and row.rank for row in table.rows)

    # The envelope: least shares are met, a line is moved by hand, the proposal kept.
    plan = make_plan(call, name="Comité", by=agency, now=now)
    plan = set_rules(
        plan,
        budget_cents=120_000_00,
        weighing="score",
        uses_raw=False,
        least_percent=0,
        minimums=[
            ("rural", "", 25),
            ("department", "59", 15),
            ("theme", "physics", 20),
        ],
        seen=plan.revision,
        by=agency,
        now=now,
    )
    assert plan.result["is_proven"]
    assert plan.result["spent"] <= 120_000_00
    assert all(one["got"] >= one["least"] for one in plan.result["minimums"])
    refused = plan.lines.filter(is_granted=False).first()
    before = plan.result["value"]
    plan = move_line(
        refused,
        lock=1,
        cents=refused.cents,
        note="Projet unique dans ce canton",
        seen=plan.revision,
        by=agency,
        now=now,
    )
    assert plan.lines.get(pk=refused.pk).is_granted
    assert plan.result["locks_cost"] == before - plan.result["value"]
    plan = keep_plan(plan, seen=plan.revision, by=agency, now=now)

    # Decisions are told to nobody before they are notified.
    done = decide_as_kept(plan, by=agency, now=now, reason="L’enveloppe est épuisée.")
    assert done == 40
    granted = plan.result["granted"]
    assert Decision.objects.filter(outcome=Outcome.GRANTED).count() == granted
    assert set(Application.objects.filter(call=call).values_list("state", flat=True)) == {"eligible"}  # fmt: skip
    mails = Mail.objects.count()
    assert notify(call, by=agency, now=now) == 40
    assert notify(call, by=agency, now=now) == 0
    assert Mail.objects.count() == mails + 41  # one structure has two members
    states = Application.objects.filter(call=call).values_list("state", flat=True)
    assert sorted(set(states)) == [ApplicationState.DECLINED, ApplicationState.GRANTED]
    assert promised(call) == plan.result["spent"]

    # Agreement, payments to the cent, report, end.
    grants = list(Grant.objects.all())
    assert len(grants) == granted
    assert sum(one.cents for one in grants) == plan.result["spent"]
    for grant in grants:
        sign_agreement(
            grant,
            agreed_on=today,
            starts_on=today,
            last_on=today + dt.timedelta(365),
            act="DEL-1",
            conditions="",
            is_told_to_europe=False,
            by=agency,
            now=now,
        )
        assert sum(one.cents for one in grant.instalments.all()) == grant.cents
        for one in grant.instalments.all():
            pay_instalment(one, paid_on=today, by=agency, now=now)
        report = file_report(
            grant.reports.get(),
            text="Deux mille enfants ont vu les étoiles.",
            spent_cents=grant.cents,
            people=2000,
            file=None,
            by=agency,
            now=now,
        )
        answer_report(report, reason="", by=agency, now=now)
        assert close_grant(grant, by=agency, now=now).state == "closed"
    paid = sum(one.cents for grant in grants for one in grant.instalments.all().paid())
    assert paid == plan.result["spent"]
