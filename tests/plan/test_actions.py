"""Actions: who writes them, what is computed of them, their files."""

import datetime as dt

import pytest

from maillage.core.choices import State
from maillage.core.errors import Refused
from maillage.core.intake.files import read_file
from maillage.core.tables.writing import csv_lines
from maillage.plan.action_choices import Scope, Status, Why
from maillage.plan.action_files import ACTION_COLUMNS, apply_actions, plan_actions
from maillage.plan.models import Action, BudgetLine
from maillage.plan.services.actions import save_action, set_state
from maillage.plan.services.progress import (
    half_of,
    months_after,
    progress_of,
    reasons,
)
from tests.factories.accounts import UserFactory
from tests.factories.directory import MembershipFactory, StructureFactory
from tests.factories.plan import (
    ActionFactory,
    BudgetLineFactory,
    EvidenceFactory,
    MilestoneFactory,
    NodeFactory,
)
from tests.factories.territories import CommuneFactory

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 11, 23)


@pytest.fixture
def agency():
    return UserFactory(role="agency")


@pytest.fixture
def editor():
    return MembershipFactory().user


def owned(user):
    return user.memberships.get().structure


def values(**changes):
    return {
        "title": "Ateliers des collines", "starts_on": dt.date(2026, 1, 1),
        "ends_on": dt.date(2027, 1, 1), "scope": Scope.REGION, "status": Status.PLANNED,
        **changes,
    }  # fmt: skip


# Writing ---------------------------------------------------------------------------


def test_an_action_of_the_agency_is_public_at_once_one_of_a_structure_waits(
    agency, editor
):
    node = NodeFactory()
    by_agency = save_action(
        Action(), values=values(node=node, owner=StructureFactory()), by=agency
    )
    by_editor = save_action(
        Action(), values=values(node=node, owner=owned(editor)), by=editor
    )

    assert by_agency.state == State.PUBLISHED
    assert by_editor.state == State.PROPOSED
    assert (by_agency.slug, by_editor.slug) == (
        "ateliers-des-collines",
        "ateliers-des-collines-2",
    )
    assert by_editor.history.get().history_user == editor


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"ends_on": dt.date(2026, 1, 1)}, "dates"),
        ({"scope": Scope.COMMUNE}, "territory"),
        ({"owner": None}, "forbidden"),
    ],
)
def test_an_action_that_cannot_be_is_refused(agency, changes, code):
    given = values(node=NodeFactory(), owner=StructureFactory()) | changes
    given["owner"] = given["owner"] or None
    if given["owner"] is None:
        given.pop("owner")
        given["owner"] = StructureFactory()
        agency = UserFactory()

    with pytest.raises(Refused) as no:
        save_action(Action(), values=given, by=agency)
    assert no.value.code == code
    assert not Action.objects.exists()


def test_an_action_hangs_under_a_lead_in_force_and_stays_when_it_is_withdrawn(agency):
    given = {"owner": StructureFactory()}
    for node in (NodeFactory(kind="axis"), NodeFactory(withdrawn_on=TODAY)):
        with pytest.raises(Refused) as no:
            save_action(Action(), values=values(node=node, **given), by=agency)
        assert no.value.code == "lead"

    old = ActionFactory(node=NodeFactory(withdrawn_on=TODAY))
    assert (
        save_action(old, values={"title": "Autre titre"}, by=agency).title
        == "Autre titre"
    )


def test_only_the_people_of_its_owner_and_the_agency_change_an_action(agency, editor):
    action = ActionFactory(owner=owned(editor))

    assert save_action(action, values={"title": "Mieux"}, by=editor).title == "Mieux"
    assert save_action(action, values={"title": "Bien"}, by=agency).version == 3
    for stranger in (UserFactory(), MembershipFactory().user):
        with pytest.raises(Refused) as no:
            save_action(action, values={"title": "Volé"}, by=stranger)
        assert no.value.code == "forbidden"
    with pytest.raises(Refused):  # nor give it to a structure of others
        save_action(action, values={"owner": StructureFactory()}, by=editor)


def test_two_people_who_change_an_action_do_not_undo_each_other(agency):
    action = ActionFactory()
    save_action(action, values={"title": "Premier"}, version=1, by=agency)

    with pytest.raises(Refused) as no:
        save_action(action, values={"title": "Second"}, version=1, by=agency)
    assert no.value.code == "changed"
    action.refresh_from_db()
    assert action.title == "Premier"


def test_the_territory_is_the_one_of_its_scope_and_no_other(agency):
    commune = CommuneFactory()
    action = ActionFactory()
    saved = save_action(
        action,
        values={
            "scope": Scope.COMMUNE,
            "commune": commune,
            "establishment": action.owner,
        },
        by=agency,
    )

    assert saved.territory == commune
    assert saved.establishment is None
    assert saved.territory_key == f"commune:{commune.pk}"
    assert (
        save_action(saved, values={"scope": Scope.REGION}, by=agency).territory is None
    )


def test_cents_of_a_budget_are_kept_and_a_gap_is_shown(agency):
    action = ActionFactory(cost_cents=10_000_01)
    lines = [
        {
            "year": 2026,
            "funder": "Région",
            "forecast_cents": 3_333_33,
            "spent_cents": 1,
        },
        {"year": 2026, "funder": "État", "forecast_cents": 3_333_33, "spent_cents": 0},
        {
            "year": 2027,
            "funder": "Région",
            "forecast_cents": 3_333_34,
            "spent_cents": 0,
        },
    ]
    save_action(action, values={}, budget=lines, by=agency)

    action.refresh_from_db()
    assert action.forecast_cents == 10_000_00
    assert action.spent_cents == 1
    assert action.gap_cents == 1
    assert Why.UNBALANCED in reasons(action, today=TODAY)


def test_a_funder_has_one_line_a_year(agency):
    action = ActionFactory()
    line = {"year": 2026, "funder": "Région", "forecast_cents": 1, "spent_cents": 0}

    with pytest.raises(Refused) as no:
        save_action(action, values={}, budget=[line, line], by=agency)
    assert no.value.code == "twice"
    assert not BudgetLine.objects.exists()


def test_what_is_not_given_stays(agency):
    action = ActionFactory()
    MilestoneFactory(action=action)
    BudgetLineFactory(action=action)
    save_action(action, values={"title": "Autre"}, by=agency)

    assert action.milestones.count() == action.budget.count() == 1
    save_action(action, values={}, milestones=[], budget=[], by=agency)
    assert action.milestones.count() == action.budget.count() == 0


def test_the_agency_publishes_the_owner_archives(agency, editor):
    action = ActionFactory(owner=owned(editor), state=State.PROPOSED)

    with pytest.raises(Refused):
        set_state(action, state=State.PUBLISHED, by=editor)
    assert set_state(action, state=State.PUBLISHED, by=agency).is_public
    assert set_state(action, state=State.ARCHIVED, by=editor).state == State.ARCHIVED


# What is computed ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "months", "found"),
    [
        ("2026-01-31", 1, "2026-02-28"),
        ("2024-01-31", 1, "2024-02-29"),
        ("2026-08-31", 6, "2027-02-28"),
        ("2026-12-15", 1, "2027-01-15"),
        ("2026-05-31", 1, "2026-06-30"),
    ],
)
def test_months_later_is_the_same_day_or_the_last_of_the_month(day, months, found):
    assert months_after(dt.date.fromisoformat(day), months) == dt.date.fromisoformat(
        found
    )


@pytest.mark.parametrize(
    ("day", "half"),
    [("2025-12-01", 0), ("2026-01-15", 0), ("2026-07-14", 0), ("2026-07-15", 1), ("2027-01-15", 2)],
)  # fmt: skip
def test_half_years_begin_on_the_day_of_the_action(day, half):
    assert half_of(dt.date.fromisoformat(day), dt.date(2026, 1, 15)) == half


def made(*, steps=(), shown=(), **changes):
    """A two-year action, four half-years, with steps done or not and traces."""
    action = ActionFactory(**changes)
    for number, day in enumerate(steps):
        MilestoneFactory(action=action, title=f"É{number}", done_on=day and dt.date.fromisoformat(day))  # fmt: skip
    for day in shown:
        EvidenceFactory(action=action, happened_on=dt.date.fromisoformat(day))
    return Action.objects.with_all().get(pk=action.pk)


@pytest.mark.parametrize(
    ("steps", "shown", "percent"),
    [
        ((), (), 0),
        ((), ("2026-02-01",), 25),
        ((), ("2026-02-01", "2026-03-01"), 25),  # the same half-year counts once
        ((), ("2026-02-01", "2026-08-01"), 50),
        ((), ("2026-02-01", "2027-02-01"), 25),  # what is to come shows nothing
        ((), ("2025-06-01",), 25),  # prepared before the first day
        (("2026-03-01", None), (), 37),  # half of the steps, one trace of four: 37.5
        (("2026-03-01", "2026-09-01"), (), 75),
        (("2026-03-01", "2027-09-01"), (), 37),  # a step done tomorrow is not done
        ((None, None), ("2026-02-01",), 12),
    ],
)
def test_progress_is_half_steps_done_half_half_years_with_a_trace(
    steps, shown, percent
):
    assert progress_of(made(steps=steps, shown=shown), today=TODAY).percent == percent


def test_a_hundred_percent_means_that_nothing_is_missing():
    days = ("2024-02-01", "2024-08-01", "2025-02-01", "2025-08-01")
    dates = {"starts_on": dt.date(2024, 1, 1), "ends_on": dt.date(2026, 1, 1)}
    full = made(steps=("2024-03-01",), shown=days, **dates)
    short = made(steps=("2024-03-01",), shown=days[:3], **dates)

    assert progress_of(full, today=TODAY).percent == 100
    assert progress_of(short, today=TODAY).percent == 87


def test_an_action_without_end_is_judged_on_its_last_two_years():
    old = {"starts_on": dt.date(2018, 1, 1), "ends_on": None}
    lately = ("2025-02-01", "2025-08-01", "2026-02-01", "2026-08-01")

    assert progress_of(made(shown=lately, **old), today=TODAY).percent == 100
    assert progress_of(made(shown=("2019-02-01",), **old), today=TODAY).percent == 0


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"status": Status.DONE}, {Why.NO_EVIDENCE}),
        ({"status": Status.DONE, "shown": ("2026-02-01",)}, set()),
        ({"status": Status.DONE, "shown": ("2026-02-01",), "steps": (None,)}, {Why.OPEN_MILESTONES}),
        ({"shown": ("2026-05-24",)}, set()),  # five months and 30 days ago
        ({"shown": ("2026-05-23",)}, {Why.SILENT}),
        ({}, {Why.SILENT}),
        ({"starts_on": dt.date(2026, 6, 1)}, set()),  # not yet six months old
        ({"shown": ("2026-10-01",), "ends_on": dt.date(2026, 11, 23)}, {Why.LATE}),
        ({"status": Status.PLANNED}, {Why.LATE_START}),
        ({"status": Status.PLANNED, "starts_on": dt.date(2026, 11, 1)}, set()),
        ({"status": Status.ABANDONED}, set()),
        ({"status": Status.SUSPENDED}, set()),
    ],
)  # fmt: skip
def test_contradictions_are_found_and_nothing_else(given, found):
    assert {*reasons(made(**given), today=TODAY)} == found


def test_a_step_that_is_due_and_not_done_is_late_the_day_after():
    action = ActionFactory(starts_on=dt.date(2026, 10, 1))
    step = MilestoneFactory(action=action, due_on=TODAY)

    assert reasons(action, today=TODAY) == []
    assert reasons(action, today=TODAY + dt.timedelta(1)) == [Why.LATE_MILESTONE]
    assert step.is_late(TODAY + dt.timedelta(1))


def test_spending_more_than_forecast_is_told():
    line = BudgetLineFactory(
        action__starts_on=TODAY, forecast_cents=100, spent_cents=101
    )

    assert reasons(line.action, today=TODAY) == [Why.OVERSPENT]


# Files -----------------------------------------------------------------------------


def table(rows, **changes):
    return read_file(
        "".join(csv_lines(rows, ACTION_COLUMNS)).encode(), name="actions.csv"
    )


def all_actions():
    return list(Action.objects.with_all().order_by("pk"))


def test_a_file_that_was_exported_comes_back_without_a_change(agency):
    action = ActionFactory(cost_cents=12_345_67, status_note="=1+1", ends_on=None)
    action.partners.add(StructureFactory())
    MilestoneFactory(action=action, title="Cahier | charges", due_on=TODAY)
    BudgetLineFactory(
        action=action, funder="Région : culture", forecast_cents=12_345_67
    )
    ActionFactory(scope=Scope.COMMUNE, commune=CommuneFactory())
    plan = plan_actions(table(all_actions()), by=agency)

    assert not plan.problems, [str(p) for p in plan.problems]
    assert plan.counts == {"create": 0, "change": 0, "leave": 2, "refuse": 0}


def test_a_file_adds_and_changes_actions_with_their_money(agency):
    owner, node = StructureFactory(), NodeFactory(code="I.9")
    old = ActionFactory(node=NodeFactory())
    text = (
        "action;lead;title;owner;starts_on;last_on;budget;milestones\n"
        f";I.9;Neuve;{owner.name};2026-01-01;2026-12-31;"
        "2026 : Région : 1200,50 / 0|2027 : État : 1 / 0;2026-05-01 / : Cahier\n"
        f"{old.slug};{old.node.code};Changée;{old.owner.slug};2026-01-01;2027-12-31;;\n"
    )
    plan = plan_actions(read_file(text.encode(), name="a.csv"), by=agency)
    assert not plan.problems, [p.message for p in plan.problems]
    counts = apply_actions(plan, by=agency)

    assert (counts["create"], counts["change"]) == (1, 1)
    new = Action.objects.get(title="Neuve")
    assert (new.node, new.owner, new.last_day) == (node, owner, dt.date(2026, 12, 31))
    assert new.forecast_cents == 1_201_50
    assert new.milestones.get().due_on == dt.date(2026, 5, 1)
    old.refresh_from_db()
    assert old.title == "Changée"


def test_every_bad_cell_of_a_file_is_told_with_its_line(editor):
    NodeFactory(code="I.9")
    other = StructureFactory()
    text = (
        "lead;title;owner;starts_on;last_on;scope;territory;budget\n"
        f"I.8;A;{owned(editor).slug};2026-01-01;;;;\n"
        f"I.9;B;{other.slug};2026-01-01;;;;\n"
        f"I.9;C;{owned(editor).slug};2026-02-01;2026-01-01;;;\n"
        f"I.9;D;{owned(editor).slug};2026-02-01;;commune;99999;\n"
        f"I.9;E;{owned(editor).slug};2026-02-01;;;;beaucoup\n"
    )
    plan = plan_actions(read_file(text.encode(), name="a.csv"), by=editor)

    assert [(p.line, p.header) for p in plan.problems] == [
        (2, "lead"), (3, "owner"), (4, "last_on"), (5, "territory"), (6, "budget"),
    ]  # fmt: skip
    with pytest.raises(Refused):
        apply_actions(plan, by=editor)
    assert not Action.objects.exists()


def test_a_person_s_file_does_not_reach_the_actions_of_others(editor):
    theirs = ActionFactory()
    plan = plan_actions(table([theirs]), by=editor)

    assert plan.counts["refuse"] == 1
