import datetime as dt

import pytest

from maillage.agenda.models import Series
from maillage.agenda.rule_words import series_words
from maillage.agenda.services.recurrence import MOST, bounds, days_of, unroll
from maillage.core.errors import Refused

START = dt.datetime.fromisoformat("2027-03-03T14:00")  # a Wednesday


def days(rule, start=START, **kwargs):
    return [f"{time:%m-%d}" for time in unroll(start, rule, **kwargs).times]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("FREQ=DAILY;COUNT=3", ["03-03", "03-04", "03-05"]),
        ("FREQ=WEEKLY;COUNT=3", ["03-03", "03-10", "03-17"]),
        ("RRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=2", ["03-03", "03-17"]),
        (
            "FREQ=WEEKLY;BYDAY=WE,SA;UNTIL=20270313",
            ["03-03", "03-06", "03-10", "03-13"],
        ),
        ("FREQ=MONTHLY;BYDAY=1WE;COUNT=3", ["03-03", "04-07", "05-05"]),
        ("FREQ=MONTHLY;BYMONTHDAY=31;UNTIL=20270601", ["03-03", "03-31", "05-31"]),
        ("FREQ=YEARLY;COUNT=2", ["03-03", "03-03"]),
    ],
)
def test_a_rule_gives_its_days(rule, expected):
    assert days(rule) == expected


def test_the_last_day_is_of_it():
    assert days("FREQ=DAILY;UNTIL=20270304") == ["03-03", "03-04"]


def test_days_and_times_are_left_out():
    rule = "FREQ=WEEKLY;COUNT=4"

    assert days(rule, left_out=["2027-03-10"]) == ["03-03", "03-17", "03-24"]
    assert days(rule, left_out=["2027-03-17T14:00"]) == ["03-03", "03-10", "03-24"]
    assert days(rule, left_out=["2027-03-17T15:00"])[2] == "03-17"


@pytest.mark.parametrize(
    ("rule", "is_cut"),
    [
        ("FREQ=DAILY", True),
        ("FREQ=WEEKLY", True),
        ("FREQ=WEEKLY;COUNT=60", False),
        ("FREQ=WEEKLY;COUNT=900", True),
        ("FREQ=DAILY;UNTIL=20990101", True),
        ("FREQ=DAILY;UNTIL=20270501", False),
    ],
)
def test_what_has_no_end_near_is_cut_and_says_so(rule, is_cut):
    slots = unroll(START, rule)

    assert slots.is_cut == is_cut
    assert len(slots.times) <= MOST
    assert slots.times[-1] <= START + dt.timedelta(731)


def test_a_day_that_never_comes_ends():
    assert days("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30") == ["03-03"]


@pytest.mark.parametrize(
    "rule",
    [
        "", "hier", "FREQ=HOURLY;COUNT=3", "FREQ=SECONDLY", "FREQ=WEEKLY;INTERVAL=0",
        "FREQ=WEEKLY;COUNT=2;UNTIL=20270401", "FREQ=WEEKLY;COUNT=x", "FREQ=DAILY;BYDAY=ZZ",
        "FREQ=DAILY;FREQ=WEEKLY", "FREQ=DAILY;UNTIL=20271399", "FREQ=DAILY;UNTIL=demain",
        "FREQ=DAILY;X-A=1",
    ],
)  # fmt: skip
def test_what_is_no_rule_is_refused(rule):
    with pytest.raises(Refused) as no:
        unroll(START, rule)
    assert no.value.code == "bad_rule"


def test_a_rule_that_gives_nothing_is_refused():
    with pytest.raises(Refused) as no:
        unroll(START, "FREQ=DAILY;COUNT=1", left_out=["2027-03-03"])
    assert no.value.code == "no_date"


# Clocks ---------------------------------------------------------------------------


def test_two_in_the_afternoon_stays_so_when_the_clocks_change():
    times = unroll(
        dt.datetime.fromisoformat("2027-03-24T14:00"), "FREQ=WEEKLY;COUNT=2"
    ).times

    instants = [bounds(local, 60)[0] for local in times]

    assert [f"{one:%d %H:%M}" for one in instants] == ["24 13:00", "31 12:00"]


def test_a_time_that_the_clocks_skip_is_an_hour_later():
    start, end = bounds(dt.datetime.fromisoformat("2027-03-28T02:30"), 15)

    assert f"{start:%H:%M}" == "01:30"  # 3:30 on the clock
    assert end - start == dt.timedelta(minutes=15)


def test_of_two_times_of_one_name_it_is_the_first():
    start, _end = bounds(dt.datetime.fromisoformat("2027-10-31T02:30"), 15)

    assert f"{start:%H:%M}" == "00:30"  # still summer time


def test_a_night_ends_by_the_clock_on_the_wall():
    start, end = bounds(dt.datetime.fromisoformat("2027-03-27T22:00"), 8 * 60)

    assert end - start == dt.timedelta(hours=7)
    assert f"{end:%H:%M}" == "04:00"  # six o'clock


@pytest.mark.parametrize(
    ("start", "minutes", "expected"),
    [
        ("2027-03-06T14:00", 120, (6, 7)),
        ("2027-03-06T22:00", 120, (6, 7)),  # midnight is still Saturday
        ("2027-03-06T22:00", 180, (6, 8)),
        ("2027-03-06T00:00", 24 * 60, (6, 7)),
        ("2027-03-06T00:00", 3 * 24 * 60, (6, 9)),
        ("2027-03-06T14:00", 0, (6, 7)),
    ],
)
def test_local_days_of_an_occurrence(start, minutes, expected):
    first, past = days_of(*bounds(dt.datetime.fromisoformat(start), minutes))

    assert (first.day, past.day) == expected


# Words ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "left_out", "words"),
    [
        (
            "FREQ=WEEKLY;BYDAY=WE;UNTIL=20270630",
            ["2027-05-01"],
            "tous les mercredis à 14 h jusqu’au 30 juin 2027, sauf le 1er mai",
        ),
        ("FREQ=WEEKLY", [], "tous les mercredis à 14 h"),
        ("FREQ=WEEKLY;COUNT=3", [], "tous les mercredis à 14 h (3 fois)"),
        ("FREQ=WEEKLY;BYDAY=SA,WE", [], "tous les mercredis et samedis à 14 h"),
        ("FREQ=WEEKLY;INTERVAL=2", [], "un mercredi sur deux à 14 h"),
        ("FREQ=WEEKLY;INTERVAL=3", [], "toutes les 3 semaines, le mercredi à 14 h"),
        ("FREQ=DAILY", [], "tous les jours à 14 h"),
        ("FREQ=DAILY;INTERVAL=2", [], "tous les 2 jours à 14 h"),
        ("FREQ=MONTHLY;BYDAY=1WE", [], "le premier mercredi de chaque mois à 14 h"),
        ("FREQ=MONTHLY;BYDAY=-1WE", [], "le dernier mercredi de chaque mois à 14 h"),
        ("FREQ=MONTHLY", [], "le 3 de chaque mois à 14 h"),
        ("FREQ=YEARLY", [], "chaque année le 3 mars à 14 h"),
    ],
)
def test_a_rule_is_said_in_french(rule, left_out, words):
    series = Series(starts="2027-03-03T14:00", minutes=60, rule=rule, left_out=left_out)

    assert series_words(series) == words


def test_a_rule_of_others_that_we_do_not_know_has_words_too():
    series = Series(starts="2027-03-03T14:30", minutes=60, rule="FREQ=HOURLY")

    assert (
        series_words(series) == "selon une règle particulière, à partir du 3 mars 2027"
    )
