"""Passages that come in after their days were paid: the next payment pays them, once."""

import datetime as dt
import importlib

import pytest
from django.apps import apps
from django.db.models import Sum
from django.urls import reverse
from hypothesis import HealthCheck, given, settings as laws, strategies as st

from maillage.core.errors import Refused
from maillage.core.merging import merge
from maillage.passport.models import CheckIn, Settlement, SettlementLine
from maillage.passport.services import settling
from maillage.passport.services.settling_counts import simulate
from tests.factories.accounts import UserFactory
from tests.factories.directory import MembershipFactory, PlaceFactory
from tests.factories.passport import BenefitFactory
from tests.factories.settling import (
    CheckInFactory,
    SettlementFactory,
    SettlementRuleFactory,
)
from tests.together import at_once

pytestmark = pytest.mark.django_db
FIRST = dt.datetime(2026, 5, 4, 9, tzinfo=dt.UTC)
SECOND = dt.datetime(2026, 8, 3, 9, tzinfo=dt.UTC)
FEBRUARY, MAY, AUGUST = dt.date(2026, 2, 14), dt.date(2026, 5, 20), dt.date(2026, 8, 8)


@pytest.fixture
def agency():
    return UserFactory(agency=True)


@pytest.fixture
def places():
    return [PlaceFactory(name=name) for name in ("Musée", "Planétarium", "Jardin")]


def decide(draft, by, *, now=FIRST, seen=None):
    if seen is None:
        seen = settling.digest_of(draft, settling.computed(draft))
    return settling.decide(draft, seen=seen, by=by, now=now, today=now.date())


def second(**values):
    """A draft of the second quarter."""
    values = {"name": "Deuxième trimestre", "budget_cents": 70_01} | values
    return SettlementFactory(
        starts_on=dt.date(2026, 4, 1), ends_on=dt.date(2026, 7, 1), **values
    )


@pytest.fixture
def paid(places, agency):
    """The first quarter, decided with one passage; then three more come in."""
    CheckInFactory(place=places[0])
    done = decide(SettlementFactory(), agency)
    CheckInFactory(place=places[0], people=2)
    CheckInFactory.create_batch(2, place=places[1])
    return done


def test_the_next_payment_pays_what_came_late(places, agency, paid):
    CheckInFactory(place=places[2], happened_on=MAY, people=4)

    done = decide(second(), agency, now=SECOND)

    lines = {
        line.place.name: line for line in SettlementLine.objects.filter(settlement=done)
    }
    assert {name: line.people for name, line in lines.items()} == {
        "Musée": 2, "Planétarium": 2, "Jardin": 4,
    }  # fmt: skip
    assert sum(line.cents for line in lines.values()) == 70_01
    assert lines["Planétarium"].inputs == {
        "units": 2, "flagged": 0, "late": [[paid.pk, 2, 2]],
    }  # fmt: skip
    assert "late" not in lines["Jardin"].inputs
    assert settling.digest_of(done, settling.kept(done)) == done.digest
    assert settling.late_of(paid) == (0, [settling.Late(done, 3, 4)])
    assert settling.waiting_late(today=SECOND.date()) == 0


def test_it_pays_them_once(places, agency, paid):
    decide(second(), agency, now=SECOND)
    CheckInFactory(place=places[2], happened_on=AUGUST)
    third = SettlementFactory(
        name="Été", starts_on=dt.date(2026, 7, 1), ends_on=dt.date(2026, 10, 1)
    )

    decide(third, agency, now=dt.datetime(2026, 11, 2, tzinfo=dt.UTC))

    assert third.lines.get().place == places[2]
    told = SettlementLine.objects.aggregate(visits=Sum("visits"))["visits"]
    assert told == CheckIn.objects.count() == 5
    assert not CheckIn.objects.filter(settlement=None).exists()


def test_the_other_draft_pays_them_no_more_and_must_be_read_again(places, agency, paid):
    CheckInFactory(place=places[2], happened_on=MAY)
    CheckInFactory(place=places[2], happened_on=AUGUST)
    third = SettlementFactory(
        name="Été", starts_on=dt.date(2026, 7, 1), ends_on=dt.date(2026, 10, 1)
    )
    seen = settling.digest_of(third, settling.computed(third))
    decide(second(), agency, now=SECOND)
    later = dt.datetime(2026, 11, 2, tzinfo=dt.UTC)

    with pytest.raises(Refused) as no:
        decide(third, agency, now=later, seen=seen)

    assert no.value.code == "changed"
    assert not CheckIn.objects.filter(settlement=third).exists()  # nothing was taken
    assert decide(third, agency, now=later).lines.count() == 1


def test_a_flagged_passage_that_was_not_paid_does_not_come_back(places, agency):
    CheckInFactory(place=places[0])
    CheckInFactory(place=places[1], flagged=True)
    decide(SettlementFactory(), agency)
    CheckInFactory(place=places[2], flagged=True)

    draft = second(pays_flagged=True)

    assert settling.computed(draft).cents == {places[2].pk: 70_01}


def test_a_refusal_that_a_door_corrects_is_late(places, agency):
    CheckInFactory(place=places[0])
    refused = CheckInFactory(place=places[1], refused=True)
    done = decide(SettlementFactory(), agency)
    CheckIn.objects.filter(pk=refused.pk).update(outcome="accepted")

    assert settling.late_of(done) == (1, [])
    assert settling.computed(second()).cents == {places[1].pk: 70_01}


def test_a_place_has_one_amount_for_both_rounded_once(places, agency):
    one = BenefitFactory(place=places[0], normal_cents=101)
    rule = SettlementRuleFactory(share=True)
    CheckInFactory(place=places[0], benefit=one)
    decide(SettlementFactory(rule=rule), agency)
    CheckInFactory(place=places[0], benefit=one)
    CheckInFactory(place=places[0], benefit=one, happened_on=MAY)

    (line,) = settling.computed(second(rule=rule)).lines

    assert line.inputs == {"prices": [[101, 2, 0]]}
    assert line.due_cents == 101  # half of 2.02 €, not twice half a cent up


def test_distance_counts_for_what_came_late(places, agency):
    rule = SettlementRuleFactory(equity=True)
    CheckInFactory(place=places[0])
    decide(SettlementFactory(rule=rule), agency)
    CheckInFactory(place=places[1], distance_km=31)

    (line,) = settling.computed(second(rule=rule)).lines

    assert line.inputs == {"units": 1, "far": 1}


def test_days_that_are_paid_can_be_looked_at_and_take_nothing_late(places, paid):
    rule = SettlementRuleFactory()
    days = {"start": dt.date(2026, 3, 1), "end": dt.date(2026, 5, 1)}

    (found,) = simulate(
        [rule], **days, budget_cents=None, is_capped=False, pays_flagged=False
    )

    assert found.lines == ()


def test_passages_before_every_payment_are_nobodys(places, agency, paid):
    CheckInFactory(place=places[2], happened_on=dt.date(2025, 12, 31))

    assert places[2].pk not in settling.computed(second()).cents


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("on_a_file")
def test_two_that_are_decided_at_once_pay_them_once(places, agency, paid):
    CheckInFactory(place=places[2], happened_on=MAY)
    CheckInFactory(place=places[2], happened_on=AUGUST)
    drafts = [
        second(),
        SettlementFactory(
            name="Été", starts_on=dt.date(2026, 7, 1), ends_on=dt.date(2026, 10, 1)
        ),
    ]
    seen = [settling.digest_of(one, settling.computed(one)) for one in drafts]
    later = dt.datetime(2026, 11, 2, tzinfo=dt.UTC)

    def one(number):
        try:
            decide(drafts[number], agency, now=later, seen=seen[number])
        except Refused as no:
            return no.code
        return "done"

    found = at_once([lambda: one(0), lambda: one(1)])

    assert sorted(found) == ["changed", "done"]
    late = CheckIn.objects.filter(happened_on=FEBRUARY)
    assert late.values("settlement").distinct().count() == 2  # the first, and one more


def test_what_a_door_sends_while_it_is_decided_is_late(
    places, agency, paid, monkeypatch
):
    """Between taking passages and counting them, a door sends one more."""
    draft = second()
    seen = settling.digest_of(draft, settling.computed(draft))
    known = settling.computed

    def slow(row, **rest):
        CheckInFactory(place=places[2], happened_on=MAY)
        return known(row, **rest)

    monkeypatch.setattr(settling, "computed", slow)
    done = decide(draft, agency, now=SECOND, seen=seen)
    monkeypatch.undo()

    assert settling.late_of(done) == (1, [])
    assert places[2].pk not in settling.kept(done).cents


def test_a_merged_place_keeps_what_came_late(places, agency, paid):
    CheckInFactory(place=places[2], happened_on=MAY)
    done = decide(second(), agency, now=SECOND)

    merge(places[2], dropped=places[1], take=[], by=agency, now=SECOND)
    merge(places[2], dropped=places[0], take=[], by=agency, now=SECOND)

    (line,) = settling.kept(done).lines
    assert line.late[paid.pk].people == 4
    assert line.cents == 70_01


@pytest.mark.parametrize("many", [1, 4])
def test_what_came_late_costs_two_queries_more(
    places, agency, paid, many, django_assert_num_queries
):
    CheckInFactory.create_batch(many, place=places[2])
    draft = second()

    with django_assert_num_queries(3):
        settling.computed(draft)


def test_passages_known_at_the_decision_are_told_apart_by_the_migration(
    places, agency, paid
):
    CheckIn.objects.update(settlement=None)
    CheckIn.objects.filter(place=places[1]).update(
        received_at=FIRST + dt.timedelta(hours=1)
    )
    step = importlib.import_module("maillage.passport.migrations.0005_passages_paid")

    step.tell_what_was_paid(apps, None)

    assert CheckIn.objects.filter(settlement=paid).count() == 2
    assert settling.late_of(paid) == (2, [])


@laws(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    waves=st.lists(
        st.lists(st.tuples(st.integers(0, 2), st.integers(0, 3)), max_size=6),
        min_size=4,
        max_size=4,
    )
)
def test_whatever_comes_when_each_is_paid_once_and_cents_are_the_budget(
    places, agency, waves
):
    """Passages of four quarters come in at any time before four decisions."""
    SettlementLine.objects.all().delete()
    CheckIn.objects.all().delete()
    Settlement.objects.all().delete()
    starts = [dt.date(2026, month, 1) for month in (1, 4, 7, 10)]
    ends = [*starts[1:], dt.date(2027, 1, 1)]
    came = 0
    for rank, wave in enumerate(waves):
        for place, quarter in wave:
            if quarter <= rank:  # nothing comes before its days
                CheckInFactory(place=places[place], happened_on=starts[quarter])
                came += 1
        draft = SettlementFactory(
            name=str(rank), starts_on=starts[rank], ends_on=ends[rank],
            budget_cents=10_01 + rank,
        )  # fmt: skip
        now = dt.datetime(2027, 1, 10 + rank, tzinfo=dt.UTC)
        result = settling.computed(draft)
        assert result.paid_cents + result.left_cents == draft.budget_cents
        if result.due_cents:
            decide(draft, agency, now=now)
            paid = draft.lines.aggregate(cents=Sum("cents"))["cents"]
            assert paid == draft.budget_cents

    counted = SettlementLine.objects.aggregate(visits=Sum("visits"))["visits"] or 0
    left = CheckIn.objects.filter(settlement=None).count()
    assert counted + left == came
    days = [*Settlement.objects.all().decided().values_list("starts_on", "ends_on")]
    last = settling.waiting_late(today=dt.date(2027, 2, 1))
    assert last == 0 or not days or left >= last


# Pages ------------------------------------------------------------------------------


def page(client, name, *args, query=""):
    answer = client.get(reverse(f"passport:{name}", args=args) + query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_pages_say_what_came_after_the_decision(client, places, agency, paid):
    client.force_login(agency)
    draft = second()

    told = page(client, "settlement_detail", paid.pk)
    assert "3 passages de ces jours sont arrivés après l’arrêté" in told
    assert "3 passages sont arrivés après la décision" in page(
        client, "settlement_list"
    )
    told = page(client, "settlement_detail", draft.pk)
    assert "Arrivés après la décision de" in told
    assert "Premier trimestre" in told
    assert "dont 2 arrivés tard" in told
    query = f"?starts_on=2026-04-01&last_on=2026-06-30&rules={draft.rule_id}"
    told = page(client, "settlement_simulate", query=query)
    assert "3 passages sont arrivés après la décision de «\u00a0Premier" in told

    done = decide(draft, agency, now=SECOND)
    told = page(client, "settlement_detail", paid.pk)
    assert "ils sont payés par «\u00a0Deuxième trimestre\u00a0»" in told
    assert "le prochain paiement" not in told
    assert "dont 2 arrivés tard" in page(client, "settlement_detail", done.pk)
    table = page(client, "settlement_places_export", done.pk, "csv")
    assert "arrives_tard" in table.splitlines()[0]


def test_a_place_is_told_which_of_its_passages_came_late(client, places, agency, paid):
    done = decide(second(), agency, now=SECOND)
    client.force_login(MembershipFactory(structure=places[1].structure).user)

    told = page(client, "settlement_line", done.pk, places[1].slug)

    assert "Dont 2 passages arrivés après la décision de «\u00a0Premier" in told
    assert "recalculé à l’instant : le même montant".replace(" :", "\u00a0:") in told
