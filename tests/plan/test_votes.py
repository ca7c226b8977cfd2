"""The arithmetic of votes and of proxies; votes as a meeting records them."""

import datetime as dt
from types import SimpleNamespace

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from hypothesis import given, strategies as st

from maillage.core.errors import Refused
from maillage.plan.committee_choices import Choice, Presence, Rule
from maillage.plan.models import PublicVote, Vote
from maillage.plan.services.attendance import (
    check_proxies,
    close_meeting,
    quorum_of,
    recuse,
    write_sheet,
)
from maillage.plan.services.meetings import invited
from maillage.plan.services.tally import Tally, faults
from maillage.plan.services.voting import count_vote, drop_vote, vote_by_name
from tests.factories.accounts import UserFactory
from tests.factories.plan_governance import (
    CommitteeFactory,
    ItemFactory,
    MandateFactory,
    MeetingFactory,
    SeatFactory,
)

ADOPTION = Tally(
    present=127, proxies=42, apart=6, votes_for=162, against=0, abstained=1
)
NUMBERS = ("present", "proxies", "apart", "votes_for", "against", "abstained")
few = st.integers(0, 300)


@st.composite
def sound(draw):
    """Six numbers that agree."""
    voting = draw(st.integers(0, 300))
    votes_for = draw(st.integers(0, voting))
    against = draw(st.integers(0, voting - votes_for))
    proxies = draw(st.integers(0, 100))
    apart = draw(st.integers(0, 50))
    present = voting + apart - proxies
    if present < 1:
        present, apart = 1, 1 + proxies - voting
    if apart < 0:
        present, apart = present - apart, 0
    return Tally(
        present=present, proxies=proxies, apart=apart,
        votes_for=votes_for, against=against, abstained=voting - votes_for - against,
    )  # fmt: skip


def test_the_vote_that_adopted_the_plan_adds_up():
    assert list(faults(ADOPTION)) == []
    assert ADOPTION.voting == ADOPTION.cast == 163
    assert ADOPTION.is_adopted(Rule.SIMPLE)
    assert ADOPTION.is_adopted(Rule.TWO_THIRDS)
    assert ADOPTION.sum_words == "127 + 42 − 6 = 163 = 162 + 0 + 1"


@given(sound())
def test_numbers_that_agree_are_taken(tally):
    assert list(faults(tally)) == []
    assert tally.present + tally.proxies - tally.apart == (
        tally.votes_for + tally.against + tally.abstained
    )


@given(sound(), st.sampled_from(NUMBERS), st.integers(-40, 40).filter(bool))
def test_one_number_that_is_wrong_is_always_found(tally, name, off):
    wrong = Tally(**{n: getattr(tally, n) + (off if n == name else 0) for n in NUMBERS})

    found = list(faults(wrong))

    assert len(found) == 1
    assert found[0].field in NUMBERS
    assert found[0].message


@given(few, few, few, few, few, few)
def test_faults_are_told_if_and_only_if_the_sum_is_wrong(a, b, c, d, e, f):
    tally = Tally(a, b, c, d, e, f)
    has_holders = tally.present > 0 or tally.proxies == 0
    is_sound = has_holders and tally.present + tally.proxies - tally.apart == d + e + f
    assert (list(faults(tally)) == []) == is_sound


@given(few, few)
def test_two_thirds_is_never_easier_than_a_simple_majority(votes_for, against):
    tally = Tally(votes_for + against, 0, 0, votes_for, against, 0)
    if tally.is_adopted(Rule.TWO_THIRDS):
        assert tally.is_adopted(Rule.SIMPLE)
        assert 3 * votes_for >= 2 * (votes_for + against)


@given(st.lists(st.sampled_from(Choice.values), min_size=1, max_size=60), st.data())
def test_ballots_by_name_always_add_up(choices, data):
    proxies = data.draw(st.integers(0, len(choices) - 1))
    tally = Tally.by_name(dict(enumerate(choices)), proxies=proxies)
    assert list(faults(tally)) == []


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"votes_for": 161}, "votes_for", "«\u00a0pour\u00a0» vaut 162"),
        ({"votes_for": 200}, "votes_for", "dépasse les 163 voix"),
        ({"against": 170}, "against", "Contre"),
        ({"abstained": 2}, "votes_for", "il y en a 1 de trop"),
        ({"apart": 200}, "apart", "il n’y a que 169 voix"),
        ({"present": 0}, "proxies", "sans aucun présent"),
        ({"against": -1}, "against", "jamais négatif"),
    ],
)  # fmt: skip
def test_the_message_names_the_number_that_is_wrong(change, field, words):
    fault = next(faults(Tally(**{**ADOPTION.__dict__, **change})))
    assert fault.field == field
    assert words in fault.message


def test_one_proxy_each_is_checked_where_a_rule_says():
    tally = Tally(present=3, proxies=4, apart=0, votes_for=7, against=0, abstained=0)
    assert list(faults(tally)) == []
    assert next(faults(tally, most_proxies=1)).field == "proxies"


@pytest.mark.parametrize(
    ("votes_for", "against", "rule", "adopted"),
    [
        (5, 5, Rule.SIMPLE, False),
        (6, 5, Rule.SIMPLE, True),
        (0, 0, Rule.SIMPLE, False),
        (6, 3, Rule.TWO_THIRDS, True),
        (6, 4, Rule.TWO_THIRDS, False),
        (0, 0, Rule.TWO_THIRDS, False),
    ],
)
def test_the_rule_says_what_is_adopted(votes_for, against, rule, adopted):
    tally = Tally(votes_for + against, 0, 0, votes_for, against, 0)
    assert tally.is_adopted(rule) is adopted


# Proxies -----------------------------------------------------------------------


def member(has_vote=True):
    return SimpleNamespace(person_name="X", seat=SimpleNamespace(has_vote=has_vote))


@given(st.data())
def test_a_sheet_that_is_taken_gives_each_proxy_to_somebody_present(data):
    number = data.draw(st.integers(1, 8))
    members = {pk: member(data.draw(st.booleans())) for pk in range(number)}
    most = data.draw(st.integers(0, 3))
    line = st.tuples(
        st.sampled_from(Presence.values), st.none() | st.integers(0, number)
    )
    sheet = {pk: data.draw(line) for pk in members}
    try:
        check_proxies(sheet, members=members, most=most)
    except Refused:
        return
    given_to = [to for presence, to in sheet.values() if presence == Presence.PROXY]
    assert all(sheet[to][0] == Presence.PRESENT for to in given_to)
    assert all(given_to.count(to) <= most for to in given_to)
    for pk, (presence, to) in sheet.items():
        assert (presence == Presence.PROXY) == (to is not None)
        assert to != pk


@pytest.mark.parametrize(
    ("sheet", "code"),
    [
        ({1: ("present", 2), 2: ("present", None)}, "proxy_present"),
        ({1: ("proxy", None), 2: ("present", None)}, "proxy_nobody"),
        ({1: ("proxy", 1), 2: ("present", None)}, "proxy_self"),
        ({1: ("proxy", 2), 2: ("excused", None)}, "proxy_absent"),
        ({1: ("proxy", 3), 3: ("present", None)}, "proxy_vote"),
        ({1: ("proxy", 4), 2: ("proxy", 4), 4: ("present", None)}, "proxy_many"),
    ],
)
def test_a_proxy_that_cannot_be_is_refused(sheet, code):
    members = {1: member(), 2: member(), 3: member(has_vote=False), 4: member()}
    with pytest.raises(Refused) as no:
        check_proxies(sheet, members=members, most=1)
    assert no.value.code == code


# Votes of a meeting ------------------------------------------------------------


@pytest.fixture
def agency(db):
    return UserFactory(agency=True)


@pytest.fixture
def item(db):
    """A point to vote, at a meeting with five members: one without a vote."""
    item = ItemFactory()
    MandateFactory.create_batch(4)
    MandateFactory(seat=SeatFactory(has_vote=False))
    return item


def fill(item, by, presences):
    """The sheet, by the first letters of each member's presence; a number is a proxy."""
    members = invited(item.meeting)
    sheet = {}
    for row, word in zip(members, presences, strict=True):
        to = members[int(word)].pk if word.isdigit() else None
        name = {"p": "present", "e": "excused", "a": "absent"}.get(word, "proxy")
        sheet[row.pk] = (name, to)
    item.meeting.refresh_from_db()
    return write_sheet(item.meeting, sheet=sheet, version=item.meeting.version, by=by,
                       now=timezone.now())  # fmt: skip


def count(item, by, *numbers, question="Adopter ?", rule=Rule.SIMPLE):
    return count_vote(item, question=question, rule=rule, tally=Tally(*numbers), by=by,
                      now=timezone.now())  # fmt: skip


def test_a_vote_is_counted_with_its_proxies(item, agency):
    fill(item, agency, "pp0ep")
    vote = count(item, agency, 2, 1, 0, 2, 1, 0)
    assert vote.is_adopted
    assert Vote.objects.count() == 1


def test_a_second_click_records_no_second_vote(item, agency):
    fill(item, agency, "ppppp")
    count(item, agency, 4, 0, 0, 4, 0, 0)
    with pytest.raises(Refused) as no:
        count(item, agency, 4, 0, 0, 4, 0, 0)
    assert no.value.code == "voted"
    assert Vote.objects.count() == 1


@pytest.mark.parametrize(
    ("numbers", "field"),
    [
        ((3, 0, 0, 3, 0, 0), "present"),  # the sheet has two
        ((2, 1, 0, 2, 0, 0), "votes_for"),  # one vote is missing
        ((1, 1, 0, 2, 0, 0), None),  # somebody left before the vote: sound
        ((2, 2, 0, 4, 0, 0), "proxies"),  # the sheet has one
    ],
)
def test_numbers_are_compared_with_the_sheet(item, agency, numbers, field):
    fill(item, agency, "pp0ep")
    if field is None:
        assert count(item, agency, *numbers).is_adopted
        return
    with pytest.raises(Refused) as no:
        count(item, agency, *numbers)
    assert (no.value.code, no.value.field) == ("arithmetic", field)


def test_without_a_quorum_nothing_is_voted(item, agency):
    meeting = fill(item, agency, "peeap")
    assert quorum_of(meeting).needed == 2
    with pytest.raises(Refused) as no:
        count(item, agency, 1, 0, 0, 1, 0, 0)
    assert no.value.code == "quorum"


def test_proxies_count_for_the_quorum_only_where_the_rules_say(item, agency):
    meeting = fill(item, agency, "p0eap")
    assert not quorum_of(meeting).is_met
    CommitteeFactory().__class__.objects.update(quorum_counts_proxies=True)
    meeting.committee.refresh_from_db()
    assert quorum_of(meeting).is_met


def test_who_is_recused_does_not_vote_by_name(item, agency):
    fill(item, agency, "ppppp")
    members = invited(item.meeting)
    recuse(item, mandate=members[0], reason="Dirige la structure aidée", by=agency)
    choices = {row.pk: Choice.FOR for row in members if row.seat.has_vote}
    ask = {"question": "?", "rule": Rule.SIMPLE, "by": agency, "now": timezone.now()}

    with pytest.raises(Refused) as no:
        vote_by_name(item, choices=choices, **ask)
    assert no.value.code == "recused"

    choices[members[0].pk] = Choice.APART
    vote = vote_by_name(item, choices=choices, **ask)
    assert (vote.present, vote.apart, vote.votes_for) == (4, 1, 3)
    assert vote.ballots.count() == 4


def test_a_counted_vote_leaves_the_recused_apart(item, agency):
    fill(item, agency, "ppppp")
    recuse(item, mandate=invited(item.meeting)[0], reason="Partenaire", by=agency)
    with pytest.raises(Refused) as no:
        count(item, agency, 4, 0, 0, 4, 0, 0)
    assert no.value.field == "apart"
    assert count(item, agency, 4, 0, 1, 3, 0, 0).is_adopted


@pytest.mark.parametrize("extra", [True, False])
def test_ballots_are_those_of_the_members_there_and_no_other(item, agency, extra):
    fill(item, agency, "pp0ep")
    members = invited(item.meeting)
    choices = {row.pk: Choice.FOR for row in members[:3]}
    if extra:
        choices[members[3].pk] = Choice.FOR  # excused
    else:
        del choices[members[2].pk]  # represented, and forgotten
    with pytest.raises(Refused) as no:
        vote_by_name(item, question="?", rule=Rule.SIMPLE, choices=choices, by=agency,
                     now=timezone.now())  # fmt: skip
    assert no.value.code == "ballots"


def test_two_people_who_fill_the_sheet_do_not_overwrite_each_other(item, agency):
    seen = item.meeting.version
    fill(item, agency, "ppppp")
    sheet = {row.pk: ("absent", None) for row in invited(item.meeting)}
    with pytest.raises(Refused) as no:
        write_sheet(
            item.meeting, sheet=sheet, version=seen, by=agency, now=timezone.now()
        )
    assert no.value.code == "stale"
    assert item.meeting.attendances.filter(presence="present").count() == 5


def test_sheet_and_votes_stay_once_the_meeting_is_closed(item, agency):
    fill(item, agency, "ppppp")
    vote = count(item, agency, 4, 0, 0, 3, 1, 0)
    with pytest.raises(Refused) as no:
        fill(item, agency, "aaaaa")
    assert no.value.code == "voted"

    meeting = close_meeting(item.meeting, by=agency, now=timezone.now())
    assert (meeting.voting_seats, meeting.quorum_needed) == (4, 2)
    with pytest.raises(Refused) as no:
        drop_vote(vote, by=agency)
    assert no.value.code == "closed"
    with pytest.raises(Refused) as no:
        count(item, agency, 4, 0, 0, 4, 0, 0, question="Encore ?")
    assert no.value.code == "closed"


def test_a_meeting_of_tomorrow_has_no_sheet(agency):
    MandateFactory()
    meeting = MeetingFactory(starts_at=timezone.now() + dt.timedelta(days=1))
    sheet = {row.pk: ("present", None) for row in invited(meeting)}
    with pytest.raises(Refused) as no:
        write_sheet(meeting, sheet=sheet, version=1, by=agency, now=timezone.now())
    assert no.value.code == "early"


def test_nobody_but_the_agency_records_a_vote(item, agency):
    fill(item, agency, "ppppp")
    for person in (UserFactory(), UserFactory(observer=True)):
        with pytest.raises(Refused) as no:
            count(item, person, 4, 0, 0, 4, 0, 0)
        assert no.value.code == "forbidden"


def test_the_database_itself_refuses_numbers_that_do_not_add_up(item):
    numbers = {**ADOPTION.__dict__, "votes_for": 161}
    with pytest.raises(IntegrityError), transaction.atomic():
        Vote.objects.create(item=item, question="?", is_adopted=True,
                            recorded_at=timezone.now(), **numbers)  # fmt: skip
    with pytest.raises(IntegrityError), transaction.atomic():
        PublicVote.objects.create(code="x", assembly="x", title="x", source="x",
                                  is_adopted=True, **numbers)  # fmt: skip
