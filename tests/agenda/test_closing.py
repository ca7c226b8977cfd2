"""Organisers are told before proposals end, and asked who came, each once."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from maillage.agenda.choices import LabelState
from maillage.agenda.models import Labelling, Programme
from maillage.agenda.services.closing import remind_before_closing
from maillage.agenda.services.programme_report import ask_who_came
from maillage.core.models import Mail
from tests.factories.accounts import UserFactory
from tests.factories.agenda import EventFactory, ProgrammeFactory
from tests.factories.directory import MembershipFactory, StructureFactory
from tests.factories.territories import CommuneFactory

NEAR = dt.datetime(2027, 8, 27, 3, tzinfo=dt.UTC)  # proposals until 31 August
DAY = dt.timedelta(1)


@pytest.fixture
def programme(db):
    return ProgrammeFactory(year=2027)


@pytest.fixture
def before(db):
    return ProgrammeFactory(year=2026)


def organiser(**facts):
    return MembershipFactory(structure=StructureFactory(**facts)).user


def propose(programme, user, state, *, at="2027-10-02T14:00", name="Nuit"):
    event = EventFactory(
        name=name, owner=user.memberships.get().structure, at=at,
        commune=CommuneFactory(lille=True),
    )  # fmt: skip
    return Labelling.objects.create(
        programme=programme, event=event, state=state, asked_at=NEAR, asked_by=user
    )


def told():
    return sorted(Mail.objects.values_list("to", flat=True))


def test_who_came_last_year_and_has_proposed_nothing_is_told_once(programme, before):
    absent, back = organiser(), organiser()
    propose(before, absent, LabelState.GRANTED, at="2026-10-03T14:00")
    propose(before, back, LabelState.GRANTED, at="2026-10-03T14:00")
    propose(programme, back, LabelState.ASKED)

    assert remind_before_closing(now=NEAR) == 1
    assert remind_before_closing(now=NEAR + DAY) == 0

    mail = Mail.objects.get()
    assert mail.to == absent.email
    assert "31 août 2027" in mail.subject
    assert programme.propose_url in mail.body


def test_who_has_something_to_complete_is_told_of_it(programme):
    user = organiser()
    propose(programme, user, LabelState.CHANGES_ASKED, name="Fusées à eau")
    propose(programme, user, LabelState.CHANGES_ASKED, name="Bulles")

    assert remind_before_closing(now=NEAR) == 1

    body = Mail.objects.get(to=user.email).body
    assert body.index("- Bulles") < body.index("- Fusées à eau")


@pytest.mark.parametrize(
    ("now", "number"),
    [
        (dt.datetime(2027, 8, 24, 21, tzinfo=dt.UTC), 0),  # the 24th in Paris
        (dt.datetime(2027, 8, 24, 22, 30, tzinfo=dt.UTC), 1),  # the 25th
        (dt.datetime(2027, 8, 31, 21, tzinfo=dt.UTC), 1),  # the last evening
        (dt.datetime(2027, 8, 31, 22, 30, tzinfo=dt.UTC), 0),  # closed
    ],
)
def test_it_is_told_in_the_last_week_only(programme, now, number):
    propose(programme, organiser(), LabelState.CHANGES_ASKED)

    assert remind_before_closing(now=now) == number


def test_a_programme_that_is_not_published_tells_nobody(programme):
    propose(programme, organiser(), LabelState.CHANGES_ASKED)
    programme.is_published = False
    programme.save()

    assert remind_before_closing(now=NEAR) == 0
    assert told() == []


def test_all_who_speak_for_a_structure_are_told_and_only_those_active(programme):
    first = organiser()
    structure = first.memberships.get().structure
    second = MembershipFactory(structure=structure).user
    MembershipFactory(structure=structure, user=UserFactory(is_active=False))
    propose(programme, first, LabelState.CHANGES_ASKED)

    assert remind_before_closing(now=NEAR) == 1
    assert told() == sorted([first.email, second.email])


def test_a_structure_without_members_is_told_once_it_has_one(programme, before):
    lone = StructureFactory()
    event = EventFactory(owner=lone, at="2026-10-03T14:00")
    Labelling.objects.create(
        programme=before, event=event, state=LabelState.GRANTED, asked_at=NEAR
    )

    assert remind_before_closing(now=NEAR) == 0
    MembershipFactory(structure=lone)
    assert remind_before_closing(now=NEAR + DAY) == 1


def test_telling_costs_the_same_for_one_organiser_or_four(programme):
    history, costs = Programme.history.count(), []
    for day, number in enumerate((1, 4)):
        for _n in range(number):
            propose(programme, organiser(), LabelState.CHANGES_ASKED)
        with CaptureQueriesContext(connection) as queries:
            assert remind_before_closing(now=NEAR + day * DAY) == number
        costs.append(len(queries))

    assert costs[0] == costs[1]
    assert Programme.history.count() == history


def test_organisers_are_asked_who_came_once_when_it_is_over(before):
    label = propose(before, organiser(), LabelState.GRANTED, at="2026-10-03T14:00")
    before.refresh_from_db()
    evening = dt.datetime.combine(before.last_on, dt.time(20), tzinfo=dt.UTC)

    assert ask_who_came(now=evening) == 0
    assert ask_who_came(now=evening + DAY) == 1
    assert ask_who_came(now=evening + 5 * DAY) == 0
    label.refresh_from_db()
    assert label.reminded_at == evening + DAY
    assert label.token in Mail.objects.get().body


@pytest.mark.parametrize("change", ["declared", "reported", "long ago"])
def test_nobody_is_asked_for_what_is_known_or_long_over(before, change):
    label = propose(before, organiser(), LabelState.GRANTED, at="2026-10-03T14:00")
    now = dt.datetime(2026, 11, 2, 9, tzinfo=dt.UTC)
    if change == "declared":
        label.declared_at = now
        label.save()
    elif change == "reported":
        before.reported_on = now.date()
        before.save()
    else:
        now += 90 * DAY

    assert ask_who_came(now=now) == 0
