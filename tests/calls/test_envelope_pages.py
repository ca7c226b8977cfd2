"""Proposals of the committee: moved by hand, by two people, kept."""

import pytest
from django.urls import reverse
from django.utils import timezone

from maillage.accounts.choices import Role
from maillage.calls.models import EnvelopePlan
from maillage.calls.services.envelopes import (
    copy_plan,
    drop_plan,
    keep_plan,
    make_plan,
    move_line,
    set_rules,
)
from maillage.core.errors import Refused
from tests.factories.accounts import UserFactory
from tests.factories.calls import ApplicationFactory, CallFactory
from tests.factories.directory import MembershipFactory
from tests.factories.reviews import ReviewFactory, ReviewRoundFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent():
    return UserFactory(role=Role.AGENCY)


@pytest.fixture
def plan(agent):
    """Three dossiers at 8,000 € each, scored 5, 4 and 1, and 16,000 €."""
    held = ReviewRoundFactory(call=CallFactory(closed=True, budget_cents=16_000_00))
    for value, place in ((5, "59"), (4, "59"), (1, "02")):
        row = ApplicationFactory(call=held.call, eligible=True, departments=[place])
        ReviewFactory(round=held, application=row, points=[value] * 3)
    return make_plan(held.call, name="Essai", by=agent, now=timezone.now())


def chosen(plan):
    return sorted(
        one.application.departments[0] for one in plan.lines.filter(is_granted=True)
    )


def rules(plan, agent, **more):
    values = {
        "budget_cents": 16_000_00,
        "weighing": "score",
        "uses_raw": True,
        "least_percent": 0,
        "minimums": [],
        "seen": plan.revision,
    }
    return set_rules(plan, **values | more, by=agent, now=timezone.now())


def test_the_best_scores_are_proposed_and_a_minimum_costs_what_it_displaces(
    plan, agent
):
    plan = rules(plan, agent)
    assert chosen(plan) == ["59", "59"]

    plan = rules(plan, agent, minimums=[("department", "02", 50)])

    assert chosen(plan) == ["02", "59"]
    (told,) = plan.result["minimums"]
    assert (told["got"], told["short"]) == (8_000_00, 0)
    assert told["cost"] == 6000  # 80 points become 20


def test_an_impossible_minimum_is_named_on_the_page(plan, agent, client):
    plan = rules(plan, agent, minimums=[("theme", "water", 10)])
    assert plan.result["minimums"][0]["clashes"]
    client.force_login(agent)
    assert "impossible à tenir" in client.get(plan.get_absolute_url()).content.decode()


def test_below_the_least_score_only_a_person_grants(plan, agent):
    plan = rules(plan, agent, budget_cents=24_000_00, least_percent=50)
    assert chosen(plan) == ["59", "59"]


def test_a_line_is_moved_by_hand_and_the_others_make_room(plan, agent, client):
    plan = rules(plan, agent)
    line = plan.lines.get(application__departments=["02"])
    client.force_login(agent)
    url = reverse("calls:envelope_line", args=[plan.pk, line.pk])
    form = {"seen": plan.revision, "lock": 1, "cents": "5 000,50", "note": "seul"}

    answer = client.post(url, form, follow=True)

    assert "de moins" in answer.content.decode()
    line.refresh_from_db()
    assert (line.cents, line.is_granted, line.lock) == (5_000_50, True, 1)
    plan.refresh_from_db()
    assert plan.result["spent"] == 13_000_50


def test_two_people_do_not_write_over_one_another(plan, agent):
    seen = plan.revision
    rules(plan, agent)
    line = plan.lines.first()
    with pytest.raises(Refused) as no:
        move_line(
            line, lock=0, cents=1, note="", seen=seen, by=agent, now=timezone.now()
        )
    assert no.value.code == "stale"


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"lock": 1, "cents": 17_000_00}, "over"),
        ({"lock": 1, "cents": 0}, "amount"),
        ({"lock": 1, "cents": 21_000_00}, "amount"),
    ],
)
def test_what_cannot_be_granted_by_hand_is_refused(plan, agent, values, code):
    line = plan.lines.first()
    with pytest.raises(Refused) as no:
        move_line(
            line, note="", seen=plan.revision, by=agent, now=timezone.now(), **values
        )
    assert no.value.code == code
    line.refresh_from_db()
    assert line.lock == -1


def test_nobody_moves_the_line_of_a_friend(plan, agent):
    line = plan.lines.first()
    MembershipFactory(user=agent, structure=line.application.structure)
    with pytest.raises(Refused) as no:
        move_line(
            line, lock=1, cents=1, note="", seen=plan.revision, by=agent,
            now=timezone.now(),
        )  # fmt: skip
    assert no.value.code == "conflict"


def test_one_proposal_is_kept_and_then_never_changes(plan, agent):
    now = timezone.now()
    kept = keep_plan(plan, seen=plan.revision, by=agent, now=now)
    other = copy_plan(kept, name="Autre", by=agent, now=now)
    for call, code in (
        (lambda: rules(kept, agent), "kept"),
        (lambda: drop_plan(kept), "kept"),
        (lambda: keep_plan(other, seen=other.revision, by=agent, now=now), "one"),
    ):
        with pytest.raises(Refused) as no:
            call()
        assert no.value.code == code
    assert chosen(other) == chosen(kept)


def test_the_pages_of_the_committee(plan, agent, client):
    client.force_login(agent)
    slug = plan.call.slug
    page = client.get(reverse("calls:committee_detail", args=[slug])).content.decode()
    assert "100,0" in page
    form = {
        "seen": plan.revision, "budget_cents": "20 000", "weighing": "count",
        "least_percent": 0, "part_0": "rural:", "percent_0": "10",
    }  # fmt: skip
    assert client.post(plan.get_absolute_url(), form).status_code == 302
    plan.refresh_from_db()
    assert plan.budget_cents == 20_000_00
    assert plan.minimums.get().percent == 10
    bad = form | {"part_1": "rural:", "percent_1": "5", "seen": plan.revision}
    assert client.post(plan.get_absolute_url(), bad).status_code == 422
    for step, left in (("copier", 2), ("effacer", 1)):
        url = reverse("calls:envelope_step", args=[plan.pk, step])
        assert client.post(url, {"seen": plan.revision}).status_code == 302
        assert EnvelopePlan.objects.count() == left
