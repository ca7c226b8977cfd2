"""A finished month is counted once, then nobody can tell whose its passages are."""

import datetime as dt
from io import StringIO

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from maillage.passport.choices import Limit, Outcome
from maillage.passport.models import CheckIn, FigureRelease, MonthFigure, MonthKey, Use
from maillage.passport.passages import Passage
from maillage.passport.pseudonyms import pseudonym
from maillage.passport.services import months
from maillage.passport.services.checking import receive
from maillage.passport.services.devices import add_device
from maillage.passport.services.holding import (
    erase_pass,
    forget_passages,
    holder_data,
    passages_of,
)
from maillage.passport.services.months import (
    close_due,
    close_month,
    counted_on,
    due_months,
    month_key,
    sweep,
)
from maillage.passport.services.trust import sign_list
from tests.factories.accounts import UserFactory
from tests.factories.directory import PlaceFactory
from tests.factories.passport import BenefitFactory, PassFactory
from tests.passport.passages_made import came, crowd
from tests.together import at_once

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 10, 8, 3, tzinfo=dt.UTC)
TODAY = dt.date(2026, 10, 8)


@pytest.fixture
def place():
    return PlaceFactory()


@pytest.mark.parametrize(
    ("day", "due"),
    [
        ("2026-09-30", []),
        ("2026-10-07", []),  # queues of offline doors may still come
        ("2026-10-08", ["2026-09"]),
        ("2026-11-09", ["2026-09", "2026-10"]),
    ],
)
def test_a_month_is_due_some_days_after_its_end(day, due):
    for month in ("2026-09", "2026-10"):
        month_key(month)

    assert due_months(today=dt.date.fromisoformat(day)) == due
    assert counted_on("2026-09") == TODAY
    assert counted_on("2026-12") == dt.date(2027, 1, 8)


def test_how_long_one_waits_is_a_setting(settings):
    month_key("2026-09")
    settings.PASS_WAIT_DAYS = 30

    assert due_months(today=dt.date(2026, 10, 30)) == []
    assert due_months(today=dt.date(2026, 10, 31)) == ["2026-09"]


def test_a_month_is_counted_then_its_key_is_gone(place):
    other = PlaceFactory()
    for number in ("aa" * 12, "aa" * 12, "bb" * 12):
        came(place, number=number)
    came(other, number="aa" * 12)
    came(place, outcome=Outcome.REFUSED, reason="expired", pseudonym="")

    (closed,) = close_due(today=TODAY, now=NOW)

    assert (closed.passes, closed.visits) == (2, 4)
    here, everywhere = MonthFigure.objects.get(place=place), MonthFigure.objects.get(place=None)  # fmt: skip
    assert (here.passes, here.passes_of_two_places, here.visits) == (2, 1, 3)
    assert (everywhere.passes, everywhere.passes_of_two_places) == (2, 1)
    key = MonthKey.objects.get()
    assert (key.secret, key.counted_at, key.destroyed_at) == ("", NOW, NOW)
    assert not CheckIn.objects.exclude(pseudonym="").exists()
    assert CheckIn.objects.count() == 5


def test_nothing_that_is_left_leads_to_a_pass(place):
    holder = PassFactory()
    came(place, number=holder.number)
    secret = MonthKey.objects.get().secret
    name = pseudonym(holder.number, secret=secret)
    assert passages_of(holder).count() == 1

    close_due(today=TODAY, now=NOW)

    assert not passages_of(holder).exists()
    out = StringIO()
    call_command("dumpdata", "passport", stdout=out)
    assert secret not in out.getvalue()
    assert name not in out.getvalue()


def test_counting_twice_changes_nothing(place):
    crowd([place], number=12)
    close_due(today=TODAY, now=NOW)
    kept = list(MonthFigure.objects.order_by("pk").values())

    assert close_due(today=TODAY, now=NOW + dt.timedelta(1)) == []
    assert close_month("2026-09", now=NOW) is None
    assert list(MonthFigure.objects.order_by("pk").values()) == kept
    assert MonthKey.objects.get().destroyed_at == NOW


def test_a_run_that_dies_in_the_middle_has_done_nothing(place, monkeypatch):
    crowd([place], number=12)
    keep = months.keep

    def dies(*args, **kwargs):
        keep(*args, **kwargs)
        raise KeyboardInterrupt

    monkeypatch.setattr(months, "keep", dies)
    with pytest.raises(KeyboardInterrupt):
        close_month("2026-09", now=NOW)

    assert not MonthFigure.objects.exists()
    assert not FigureRelease.objects.exists()
    assert MonthKey.objects.get().secret
    assert CheckIn.objects.exclude(pseudonym="").exists()
    monkeypatch.undo()
    assert close_month("2026-09", now=NOW).passes == 12


def test_what_comes_in_while_it_is_counted_is_counted_too(place, monkeypatch):
    crowd([place], number=5)
    count = months.count_month

    def slow(month):
        found = count(month)
        if CheckIn.objects.count() < 30:
            came(place, number="cc" * 12)
            return found
        return found

    monkeypatch.setattr(months, "count_month", slow)
    before = CheckIn.objects.count()
    assert close_month("2026-09", now=NOW) is None  # always something new: tomorrow
    assert MonthKey.objects.get().secret
    monkeypatch.undo()

    assert close_month("2026-09", now=NOW).visits == before + months.TRIES


@pytest.mark.django_db(transaction=True)
def test_two_runs_at_once_count_it_once(on_a_file):
    crowd([PlaceFactory()], number=9)

    found = at_once([lambda: close_month("2026-09", now=NOW)] * 2)

    assert sum(one is not None for one in found) == 1
    assert MonthFigure.objects.filter(place=None).count() == 1
    assert FigureRelease.objects.filter(place=None).count() == 1


def test_a_late_passage_is_kept_as_nobodys_and_counted_as_a_visit():
    place, holder = PlaceFactory(listed=True), PassFactory()
    BenefitFactory(place=place)
    sign_list(now=timezone.now())
    device, _token = add_device(
        place, name="Accueil", by=UserFactory(agency=True), now=timezone.now()
    )
    at = timezone.now() - dt.timedelta(20)
    month = f"{timezone.localdate(at):%Y-%m}"
    month_key(month)
    assert close_month(month, now=timezone.now()).visits == 0

    row = Passage(
        nonce="ab" * 16, at=at, code=holder.code, is_offline=True, is_accepted=True
    )
    (answer,) = receive(device, [row], now=timezone.now())

    late = CheckIn.objects.get()
    assert answer.outcome == Outcome.ACCEPTED
    assert (late.month, late.pseudonym, late.age_band) == (month, "", holder.age_band)
    assert not passages_of(holder).exists()


def test_a_passage_that_slipped_through_is_swept(place):
    came(place)
    close_month("2026-09", now=NOW)
    came(place, pseudonym="ab" * 16)

    assert sweep(today=TODAY) == 1
    assert not CheckIn.objects.exclude(pseudonym="").exists()


def test_uses_are_forgotten_when_no_door_can_send_any_more():
    season = PassFactory().offer.season
    Use.objects.create(season=season, token="ab" * 16, times=1)

    sweep(today=season.ends_on + dt.timedelta(120))
    assert Use.objects.exists()
    sweep(today=season.ends_on + dt.timedelta(121))
    assert not Use.objects.exists()


def test_the_night_counts_what_is_due(place):
    came(place, month="2020-02")
    out = StringIO()

    call_command("tidy", stdout=out)

    assert "1 month(s) of the pass counted" in out.getvalue()
    assert not CheckIn.objects.exclude(pseudonym="").exists()


# Whose it is -----------------------------------------------------------------------


@pytest.fixture
def holder():
    found = PassFactory()
    sign_list(now=timezone.now())
    return found


def test_holders_see_their_own_passages_and_nobody_elses(client, holder, place):
    this = f"{timezone.localdate():%Y-%m}"
    came(place, month=this, day=1, number=holder.number)
    came(PlaceFactory(name="Musée du voisin"), month=this, day=1, number="dd" * 12)

    page = client.get(reverse("passport:pass_visits", args=[holder.secret]))

    text = page.content.decode()
    assert place.name in text
    assert "Musée du voisin" not in text
    assert (
        client.get(reverse("passport:pass_visits", args=["x" * 32])).status_code == 404
    )


def test_holders_forget_their_passages_and_keep_their_pass(client, holder, place):
    this = f"{timezone.localdate():%Y-%m}"
    came(place, month=this, day=1, number=holder.number)
    stranger = came(place, month=this, day=1, number="dd" * 12)
    url = reverse("passport:pass_visits", args=[holder.secret])

    client.post(url)

    assert not passages_of(holder).exists()
    assert CheckIn.objects.count() == 2
    stranger.refresh_from_db()
    assert stranger.pseudonym
    assert place.name not in client.get(url).content.decode()
    assert forget_passages(holder) == 0


def test_uses_of_limited_benefits_are_told_and_erased(holder):
    place = PlaceFactory(listed=True)
    once = BenefitFactory(place=place, limit=Limit.ONCE_A_DAY)
    device, _token = add_device(
        place, name="Accueil", by=UserFactory(agency=True), now=timezone.now()
    )
    row = Passage(nonce="ab" * 16, at=timezone.now(), code=holder.code)
    receive(device, [row], now=timezone.now())
    other = Use.objects.create(season=holder.offer.season, token="cd" * 16, times=1)
    assert once.checkins.count() == 1

    told = holder_data(holder)
    erase_pass(holder, now=timezone.now())

    assert [(one["place"], one["times"]) for one in told["uses"]] == [(place.name, 1)]
    assert [one["place__name"] for one in told["passages"]] == [place.name]
    assert list(Use.objects.all()) == [other]
    assert not CheckIn.objects.exclude(pseudonym="").exists()
