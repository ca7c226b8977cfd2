"""What a place gives: who may say it, what makes no sense, what doors make of it."""

import datetime as dt
import secrets

import pytest
from django.utils import timezone

from maillage.core.errors import Refused
from maillage.passport.benefit_pages import (
    badges_of,
    days_words,
    limit_words,
    line_of,
    value_words,
    who_words,
)
from maillage.passport.choices import Gives, Limit, Outcome, PassKind, Reason
from maillage.passport.door_pages import benefits_of
from maillage.passport.models import Benefit, Device
from maillage.passport.pass_pages import opened_by
from maillage.passport.passages import Passage
from maillage.passport.services.benefits import (
    add_benefit,
    change_benefit,
    resume_benefit,
    stop_benefit,
)
from maillage.passport.services.checking import receive
from maillage.passport.services.standing import token_hash
from maillage.passport.services.trust import sign_list
from tests.factories.accounts import UserFactory
from tests.factories.agenda import EventFactory
from tests.factories.directory import MembershipFactory, PlaceFactory
from tests.factories.passport import BenefitFactory, PassFactory
from tests.factories.territories import CommuneFactory

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 11, 23)
DAY = dt.timedelta(1)


@pytest.fixture
def place():
    return PlaceFactory(name="Muséum", listed=True)


@pytest.fixture
def member(place):
    return MembershipFactory(structure=place.structure).user


def add(place, by, **values):
    values = {"gives": Gives.FREE} | values
    return add_benefit(place, values=values, by=by, today=TODAY)


# Saying it --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "may"),
    [("member", True), ("agency", True), ("stranger", False), ("observer", False)],
)
def test_the_people_of_a_place_and_the_agency_say_what_it_gives(
    place, member, role, may
):
    by = member if role == "member" else UserFactory()
    if role in {"agency", "observer"}:
        by = UserFactory(role=role)

    if may:
        assert add(place, by).place == place
    else:
        with pytest.raises(Refused) as no:
            add(place, by)
        assert no.value.code == "not_yours"
        assert not Benefit.objects.exists()


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"gives": "reduced"}, "price"),
        ({"gives": "reduced", "price_cents": 700, "normal_cents": 700}, "price"),
        ({"limit": Limit.N_A_SEASON}, "times"),
        ({"limit": Limit.N_A_SEASON, "times": 0}, "times"),
        ({"starts_on": TODAY, "ends_on": TODAY}, "days"),
    ],
)
def test_what_makes_no_sense_is_refused(place, member, values, code):
    with pytest.raises(Refused) as no:
        add(place, member, **values)

    assert no.value.code == code


def test_what_is_said_is_put_in_order(place, member):
    free = add(place, member, price_cents=300, times=4, kinds=["H", "P"])
    first = add(place, member, gives=Gives.PRIORITY, normal_cents=700)

    assert (free.price_cents, free.times, free.kinds) == (0, None, ["P", "H"])
    assert first.price_cents == 700  # one pays as everybody does, and does not wait


def test_an_event_of_another_place_gives_nothing_here(place, member):
    with pytest.raises(Refused) as no:
        add(place, member, event=EventFactory())

    assert no.value.code == "event_elsewhere"


def test_the_same_to_the_same_is_said_once_unless_the_first_is_over(place, member):
    first = add(place, member, kinds=["P"])
    add(place, member, kinds=["H"])
    add(place, member, kinds=["P"], label="Les mercredis")

    with pytest.raises(Refused) as no:
        add(place, member, kinds=["P"])
    assert no.value.code == "twice"
    stop_benefit(first, by=member, today=TODAY)
    again = add(place, member, kinds=["P"])
    with pytest.raises(Refused) as no:
        resume_benefit(first, by=member, today=TODAY)
    assert no.value.code == "twice"
    assert again.pk != first.pk


def test_it_is_changed_and_the_change_is_remembered(place, member):
    benefit = add(place, member)
    values = {"gives": Gives.REDUCED, "price_cents": 300, "normal_cents": 700}

    change_benefit(benefit, values=values, by=member, today=TODAY)

    benefit.refresh_from_db()
    assert (
        value_words(benefit) == "3\N{NO-BREAK SPACE}€ au lieu de 7\N{NO-BREAK SPACE}€"
    )
    assert benefit.history.count() == 2


def test_stopped_it_ends_today_and_can_be_given_again(place, member):
    benefit = add(place, member)
    to_come = add(place, member, label="Au printemps", starts_on=TODAY + 90 * DAY)

    stop_benefit(benefit, by=member, today=TODAY)
    stop_benefit(to_come, by=member, today=TODAY)

    assert (benefit.ends_on, benefit.is_active) == (TODAY, True)
    assert not to_come.is_active
    assert not Benefit.objects.all().offered_on(TODAY).exists()
    assert list(Benefit.objects.all().running_on(TODAY - DAY)) == [benefit]
    with pytest.raises(Refused) as no:
        stop_benefit(benefit, by=member, today=TODAY)
    assert no.value.code == "over"
    resume_benefit(benefit, by=member, today=TODAY)
    resume_benefit(to_come, by=member, today=TODAY)
    assert Benefit.objects.all().offered_on(TODAY).count() == 2


def test_a_stranger_neither_changes_nor_stops_it(place):
    benefit, by = BenefitFactory(place=place), UserFactory()

    for verb in (
        lambda: change_benefit(benefit, values={"label": "x"}, by=by, today=TODAY),
        lambda: stop_benefit(benefit, by=by, today=TODAY),
        lambda: resume_benefit(benefit, by=by, today=TODAY),
    ):
        with pytest.raises(Refused) as no:
            verb()
        assert no.value.code == "not_yours"
    assert Benefit.objects.get().history.count() == 1


# Events -----------------------------------------------------------------------------


def at_an_event(**facts):
    event = EventFactory(at=["2026-12-05T14:00", "2026-12-12T14:00"], **facts)
    return BenefitFactory(place=event.place, event=event)


def test_what_an_event_gives_is_given_on_its_days(place):
    benefit = at_an_event()

    assert benefit.days == (dt.date(2026, 12, 5), dt.date(2026, 12, 13))
    assert list(Benefit.objects.all().offered_on(TODAY)) == [benefit]
    assert not Benefit.objects.all().running_on(TODAY).exists()
    assert list(Benefit.objects.all().running_on(dt.date(2026, 12, 12))) == [benefit]
    assert not Benefit.objects.all().offered_on(dt.date(2026, 12, 13)).exists()
    told = benefits_of(benefit.place, today=TODAY)
    assert [(one["from"], one["until"]) for one in told] == [
        ("2026-12-05", "2026-12-13")
    ]


@pytest.mark.parametrize("facts", [{"status": "cancelled"}, {"state": "draft"}])
def test_an_event_that_does_not_happen_gives_nothing(facts):
    benefit = at_an_event(**facts)

    assert benefit.is_over(TODAY)
    assert not Benefit.objects.all().offered_on(TODAY).exists()
    assert benefits_of(benefit.place, today=TODAY) == []


def test_what_was_stopped_with_its_event_is_not_given_again(member):
    benefit = at_an_event()
    agency = UserFactory(role="agency")
    stop_benefit(benefit, by=agency, today=TODAY)

    with pytest.raises(Refused) as no:
        resume_benefit(benefit, by=agency, today=dt.date(2027, 1, 1))

    assert no.value.code == "event_over"


# Words ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({}, "entrée gratuite"),
        ({"normal_cents": 750}, "entrée gratuite au lieu de 7,50 €"),
        ({"gives": "reduced", "label": "−20 %"}, "tarif réduit"),
        ({"gives": "reduced", "price_cents": 300}, "3 €"),
        ({"gives": "priority", "normal_cents": 700}, "entrée prioritaire"),
    ],
)
def test_a_benefit_says_what_one_pays(facts, words):
    assert (
        value_words(BenefitFactory(**facts)).replace("\N{NO-BREAK SPACE}", " ") == words
    )


def test_a_benefit_says_for_whom_how_often_and_when():
    benefit = BenefitFactory(
        kinds=["P", "H"], age_bands=["6-11"], limit=Limit.N_A_SEASON, times=3,
        starts_on=TODAY + DAY, ends_on=TODAY + 3 * DAY, most_companions=2,
    )  # fmt: skip

    assert who_words(benefit) == "une personne ou un foyer, 6 à 11 ans"
    assert limit_words(benefit) == "3 fois par saison"
    said = days_words(benefit, today=TODAY)
    assert said == "du 24 novembre 2026 au 25 novembre 2026"
    assert days_words(benefit, today=TODAY + DAY) == "jusqu’au 25 novembre 2026"
    assert "Avec 2 accompagnants" in line_of(benefit, today=TODAY).facts
    bare = line_of(BenefitFactory(), today=TODAY)
    assert bare.facts == []


def test_the_badges_of_a_place_are_one_a_sort_the_best_of_each(place):
    for cents in (500, 300):
        BenefitFactory(place=place, gives="reduced", price_cents=cents)
    BenefitFactory(place=place)

    labels = [str(badge.label) for badge in badges_of(place.benefits.all())]

    assert labels == ["entrée gratuite", "3\N{NO-BREAK SPACE}€"]


# At the door and on the pass --------------------------------------------------------


def door(place):
    return Device.objects.create(
        place=place, name="Accueil", token_hash=token_hash("t"), added_at=timezone.now()
    )


def sent(device, holder, *, offline=False, days_ago=0, now=None, **fields):
    now = now or timezone.now()
    row = Passage(
        nonce=secrets.token_hex(16), at=now - days_ago * DAY, code=holder.code,
        is_offline=offline, is_accepted=offline, **fields,
    )  # fmt: skip
    return receive(device, [row], now=now)[0]


@pytest.fixture
def holder():
    found = PassFactory()
    sign_list(now=timezone.now())
    return found


def test_uses_without_a_network_count_for_those_with_one(place, holder):
    BenefitFactory(place=place, limit=Limit.N_A_SEASON, times=3)
    device = door(place)

    two = [sent(device, holder, offline=True, days_ago=n) for n in (3, 2)]
    online = [sent(device, holder) for _ in range(2)]

    assert [(one.outcome, one.flag) for one in two] == [(Outcome.ACCEPTED, "")] * 2
    assert [one.outcome for one in online] == [Outcome.ACCEPTED, Outcome.REFUSED]
    assert online[1].reason == Reason.LIMIT_REACHED


def test_two_phones_without_a_network_let_in_twice_and_the_second_is_flagged(
    place, holder
):
    BenefitFactory(place=place, limit=Limit.ONCE)
    first, second = (
        door(place),
        Device.objects.create(
            place=place, name="B", token_hash=token_hash("b"), added_at=timezone.now()
        ),
    )

    found = [sent(one, holder, offline=True) for one in (first, second)]

    assert [one.outcome for one in found] == [Outcome.ACCEPTED] * 2
    assert [one.flag for one in found] == ["", Reason.LIMIT_REACHED]


def test_once_a_day_is_again_the_day_after(place, holder):
    BenefitFactory(place=place, limit=Limit.ONCE_A_DAY)
    device = door(place)

    before = [sent(device, holder, offline=True, days_ago=1) for _ in range(2)]
    today = [sent(device, holder) for _ in range(2)]

    assert [one.flag for one in before] == ["", Reason.LIMIT_REACHED]
    assert [one.outcome for one in today] == [Outcome.ACCEPTED, Outcome.REFUSED]


def test_the_limit_is_of_each_pass_and_of_each_benefit(place, holder):
    once = BenefitFactory(place=place, limit=Limit.ONCE)
    other = BenefitFactory(place=place, limit=Limit.ONCE, gives="priority")
    device = door(place)

    found = [
        sent(device, holder, benefit=once.pk),
        sent(device, holder, benefit=other.pk),
        sent(device, PassFactory(offer=holder.offer), benefit=once.pk),
        sent(device, holder, benefit=other.pk),
    ]

    assert [one.outcome == Outcome.ACCEPTED for one in found] == [True] * 3 + [False]


def test_what_was_given_before_it_was_stopped_is_not_flagged(place, member, holder):
    benefit = BenefitFactory(place=place)
    device = door(place)
    stop_benefit(benefit, by=member, today=timezone.localdate())

    before = sent(device, holder, offline=True, days_ago=1)
    after = sent(device, holder, offline=True)
    online = sent(device, holder)

    assert (before.outcome, before.flag) == (Outcome.ACCEPTED, "")
    assert (after.outcome, after.flag) == (Outcome.ACCEPTED, Reason.NOT_HERE)
    assert (online.outcome, online.reason) == (Outcome.REFUSED, Reason.NOT_HERE)


def test_on_another_day_the_event_is_not_the_benefit_of_the_door(place, holder):
    half = BenefitFactory(place=place, gives="reduced", price_cents=300)
    event = EventFactory(place=place, owner=place.structure, at="2099-12-05T14:00")
    BenefitFactory(place=place, event=event)

    sent(door(place), holder)

    assert place.checkins.get().benefit == half


def test_a_pass_shows_the_nearest_places_first(holder):
    far = CommuneFactory(insee="60057", name="Beauvais", lon=2.08, lat=49.43)
    BenefitFactory(place__name="A", place__commune=far)
    lost = BenefitFactory(place__name="B", place__commune=None)
    near = BenefitFactory(place__name="C", place__commune=holder.commune)
    BenefitFactory(place=near.place, gives="priority")

    told = opened_by(holder, today=timezone.localdate())

    assert [row["place"].name for row in told["opened"]] == ["C", "A", "B"]
    assert [bool(row["distance"]) for row in told["opened"]] == [False, True, False]
    assert len(told["opened"][0]["lines"]) == 2
    assert told["opened"][2]["place"] == lost.place
    assert "near=3.0" in told["all_url"]


def test_a_pass_promises_what_the_door_will_say():
    """A household's code says no age: what is kept for ages is not for it."""
    family = PassFactory(offer__household=True, kind=PassKind.HOUSEHOLD, age_band="")
    family.members.create(age_band="6-11")
    BenefitFactory(age_bands=["6-11"])

    assert opened_by(family, today=timezone.localdate())["opened"] == []
