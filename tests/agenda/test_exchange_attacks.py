"""Calendars that are broken or made to break: said in words, nothing lost, soon over."""

import copy
import datetime as dt
import json

import pytest
from hypothesis import given, strategies as st

from maillage.agenda.services.exchange_ics_read import read_icalendar
from maillage.agenda.services.exchange_openagenda import read_openagenda
from maillage.core.errors import Refused

NOW = dt.datetime(2026, 11, 23, 9, tzinfo=dt.UTC)
GOOD = ["BEGIN:VEVENT", "UID:bon@x", "SUMMARY:Bon", "DTSTART:20261201T130000Z", "END:VEVENT"]  # fmt: skip


def calendar(*lines, name="Étoiles"):
    entry = ["BEGIN:VEVENT", "UID:a@x", f"SUMMARY:{name}", *lines, "END:VEVENT"]
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", *entry, *GOOD, "END:VCALENDAR", ""]
    return "\r\n".join(lines).encode()


def read(*lines, **kwargs):
    return read_icalendar(calendar(*lines, **kwargs), now=NOW)


def names(reading):
    return [event.name for event in reading.events]


def times(reading):
    return [
        (f"{one.starts_at:%Y-%m-%d %H:%M}", f"{one.ends_at:%H:%M}")
        for one in reading.events[0].times
    ]


def said(reading):
    return " ".join(trouble.message for trouble in reading.troubles)


@pytest.mark.parametrize("width", [1, 2, 3, 7, 75])
@pytest.mark.parametrize("end", [b"\r\n", b"\n"])
def test_lines_folded_in_the_middle_of_a_letter_are_read(width, end):
    whole = calendar("DTSTART:20261201T130000Z", name="Été à l’œil nu, au télescope")
    lines = [
        (end + b" ").join(line[n : n + width] for n in range(0, len(line), width))
        for line in whole.split(b"\r\n")
        if line
    ]

    reading = read_icalendar(end.join(lines), now=NOW)

    assert names(reading) == ["Été à l’œil nu, au télescope", "Bon"]
    assert reading.troubles == ()


@pytest.mark.parametrize("bad", [b"\xff\xfe", b"\xc3", b"\xed\xa0\x80", b"\x00"])
def test_bytes_that_are_no_letters_lose_no_event(bad):
    data = calendar("DTSTART:20261201T130000Z", name="Nuit @").replace(b"@", bad, 1)

    reading = read_icalendar(data, now=NOW)

    assert len(reading.events) == 2
    assert names(reading)[0].startswith("Nuit")
    assert reading.events[0].times == reading.events[1].times


@pytest.mark.parametrize(
    ("zone", "start"),
    [
        ("Romance Standard Time", "12:00"),
        ("/freeassociation.sourceforge.net/Europe/Paris", "12:00"),
        ('"(UTC+01:00) Bruxelles, Paris"', "12:00"),
        ("Mars/Olympus", "12:00"),
        ("../../etc/passwd", "12:00"),
        ("", "12:00"),
    ],
)
@pytest.mark.filterwarnings("ignore::icalendar.error.GloballyUniqueTZIDGuessed")
def test_a_zone_that_nobody_knows_is_the_time_of_paris(zone, start):
    reading = read(f"DTSTART;TZID={zone}:20261201T130000", "RRULE:FREQ=DAILY;COUNT=2")

    assert [one[0][11:] for one in times(reading)] == [start, start]


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        # 25 October 2026: the clocks show 02:30 twice, an hour apart.
        (["DTSTART:20261025T003000Z", "DTEND:20261025T013000Z"], ("00:30", "01:30")),
        (["DTSTART:20261025T013000Z", "DTEND:20261025T020000Z"], ("01:30", "02:00")),
        (
            ["DTSTART;TZID=Europe/Paris:20261025T013000", "DURATION:PT2H"],
            ("23:30", "01:30"),
        ),
        # 28 March 2027: they go from 02:00 to 03:00.
        (
            ["DTSTART;TZID=Europe/Paris:20270328T023000", "DURATION:PT1H"],
            ("01:30", "02:30"),
        ),
    ],
)
def test_once_is_when_it_is_said_whatever_the_clocks_do(lines, found):
    ((start, end),) = times(read(*lines))

    assert (start[11:], end) == found


def test_a_night_repeated_ends_by_the_clock_of_its_own_zone():
    reading = read(
        "DTSTART;TZID=America/New_York:20261030T220000",
        "DTEND;TZID=America/New_York:20261031T040000",
        "RRULE:FREQ=DAILY;COUNT=3",
    )

    assert times(reading) == [
        ("2026-10-31 02:00", "08:00"),
        ("2026-11-01 02:00", "09:00"),  # New York leaves summer time that night
        ("2026-11-02 03:00", "09:00"),
    ]


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY;BYHOUR=" + ",".join(map(str, range(24))) + ";BYMINUTE="
        + ",".join(map(str, range(60))),
        "FREQ=DAILY;BYSECOND=" + ",".join(map(str, range(60))) + ";BYMINUTE="
        + ",".join(map(str, range(60))),
        "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYHOUR="
        + ",".join(map(str, range(24))) + ";COUNT=999999999",
        "FREQ=SECONDLY;COUNT=999999999",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;INTERVAL=-1",
        "FREQ=DAILY;UNTIL=99999999",
        "FREQ=DAILY;COUNT=-1;UNTIL=20261201",
        "FREQ=YEARLY;BYWEEKNO=53;BYMONTH=6",
        "FREQ=MONTHLY;BYDAY=99MO",
        "FREQ=;;=",
        "",
    ],
)  # fmt: skip
def test_a_repetition_without_measure_is_said_and_the_rest_is_read(rule):
    reading = read("DTSTART;TZID=Europe/Paris:20261001T140000", f"RRULE:{rule}")

    assert names(reading)[-1] == "Bon"
    assert all(len(event.times) <= 800 for event in reading.events)
    assert len(reading.events) == 2 or reading.troubles


@pytest.mark.parametrize("year", ["0001", "1582", "1900"])
@pytest.mark.parametrize("rule", ["FREQ=DAILY;COUNT=999999999", "FREQ=DAILY"])
def test_a_repetition_since_ever_is_soon_read_or_said(year, rule):
    reading = read(f"DTSTART:{year}0101T130000Z", f"RRULE:{rule}")

    assert "Bon" in names(reading)
    assert len(reading.events) == 2 or reading.troubles


def test_ten_thousand_moved_occurrences_end_with_those_that_fit():
    first = dt.datetime(2026, 12, 1, 14, tzinfo=dt.UTC)
    moved = []
    for number in range(10_000):
        slot = first + dt.timedelta(hours=number)
        moved += [
            "END:VEVENT", "BEGIN:VEVENT", "UID:a@x", "SUMMARY:Étoiles",
            f"RECURRENCE-ID:{slot:%Y%m%dT%H%M%SZ}",
            f"DTSTART:{slot + dt.timedelta(minutes=30):%Y%m%dT%H%M%SZ}",
        ]  # fmt: skip

    reading = read("DTSTART:20261201T140000Z", "RRULE:FREQ=DAILY", *moved)

    assert names(reading) == ["Étoiles", "Bon"]
    assert len(reading.events[0].times) == 800
    assert "800" in said(reading)


def test_ten_thousand_exceptions_on_one_line_are_left_out():
    first = dt.datetime(2026, 12, 1, 14, tzinfo=dt.UTC)
    out = ",".join(f"{first + dt.timedelta(n):%Y%m%dT%H%M%SZ}" for n in range(10_000))
    extra = ",".join(
        f"{first + dt.timedelta(n, hours=2):%Y%m%dT%H%M%SZ}" for n in range(10_000)
    )

    reading = read("DTSTART:20261201T140000Z", "RRULE:FREQ=DAILY", f"EXDATE:{out}", f"RDATE:{extra}")  # fmt: skip

    assert {start[11:] for start, _end in times(reading)} == {"16:00"}
    assert len(reading.events[0].times) <= 800


def test_an_occurrence_moved_out_of_the_calendar_is_said():
    reading = read(
        "DTSTART:20261201T140000Z", "RRULE:FREQ=WEEKLY;COUNT=2",
        "END:VEVENT", "BEGIN:VEVENT", "UID:a@x", "SUMMARY:Étoiles",
        "RECURRENCE-ID:20261208T140000Z", "DTSTART:99991231T230000Z",
    )  # fmt: skip

    assert names(reading) == ["Étoiles", "Bon"]
    assert all(one.starts_at.year < 2100 for one in reading.events[0].times)
    assert "hors du calendrier" in said(reading)


def test_a_rule_in_universal_time_stays_there():
    reading = read("DTSTART:20270326T140000Z", "RRULE:FREQ=DAILY;COUNT=4")

    assert {start[11:] for start, _end in times(reading)} == {"14:00"}


def test_entries_inside_entries_hold_no_event():
    nested = b"BEGIN:VCALENDAR\r\n" + b"BEGIN:VEVENT\r\n" * 20_000
    nested += b"END:VEVENT\r\n" * 20_000 + b"END:VCALENDAR\r\n"

    reading = read_icalendar(nested, now=NOW)

    assert reading.events == ()
    assert "UID" in said(reading)


@pytest.mark.parametrize(
    ("begin", "end"),
    [
        ("9999-12-31T10:00:00+00:00", "9999-12-31T12:00:00+00:00"),
        ("0001-01-01T00:00:00+14:00", "0001-01-01T02:00:00+14:00"),
        ("2026-12-01T10:00:00+00:00", "2026-11-30T10:00:00+00:00"),
        ("2026-12-01T10:00:00+00:00", "2026-12-02T16:00:01+00:00"),
        (0, 1),
        (None, []),
        ("demain", {}),
    ],
)
def test_a_timing_that_is_none_is_said_and_the_others_are_read(begin, end):
    good = {"begin": "2026-12-01T20:00:00+01:00", "end": "2026-12-01T23:00:00+01:00"}
    row = {"uid": 1, "title": "Nuit", "timings": [{"begin": begin, "end": end}, good]}

    reading = read_openagenda(json.dumps([row]).encode(), now=NOW)

    assert [len(event.times) for event in reading.events] == [1]
    assert len(reading.troubles) == 1


def test_a_thousand_overlapping_timings_are_one():
    first = dt.datetime(2026, 12, 1, 9, tzinfo=dt.UTC)
    timings = [
        {
            "begin": (first + dt.timedelta(minutes=n)).isoformat(),
            "end": (first + dt.timedelta(minutes=n, hours=1)).isoformat(),
        }
        for n in range(1000)
    ]

    reading = read_openagenda(
        json.dumps([{"uid": 1, "title": "Nuit", "timings": timings}]).encode(), now=NOW
    )

    assert len(reading.events[0].times) == 1
    assert "chevauchent" in said(reading)
    assert "800" in said(reading)


def outcome(reader, data):
    """What a file says, or why it was refused; anything else is a fault of ours."""
    try:
        return reader(data, now=NOW)
    except Refused as no:
        return no


#: Pieces that calendars are made of, well or badly put together.
PIECES = [
    b"BEGIN:VCALENDAR", b"END:VCALENDAR", b"BEGIN:VEVENT", b"END:VEVENT", b"UID:a",
    b"SUMMARY:x", b"SUMMARY", b"DTSTART:20261201T130000Z", b"DTSTART:20261201",
    b"DTSTART;VALUE=DATE:20261201T130000", b"DTSTART;TZID=:20261201T130000",
    b"DTEND;VALUE=DATE:20261203", b"DTEND:20261201", b"DURATION:-P1D", b"DURATION:x",
    b"RRULE:FREQ=DAILY;COUNT=3", b"RRULE:FREQ=WEEKLY;UNTIL=20261301",
    b"RECURRENCE-ID:20261202T130000Z", b"RECURRENCE-ID;VALUE=DATE:20261202",
    b"RDATE;VALUE=PERIOD:20261205T130000Z/PT2H", b"EXDATE;VALUE=DATE:20261202",
    b"EXDATE:x", b"SEQUENCE:-4", b"SEQUENCE:x", b"STATUS:CANCELLED", b"GEO:50;x",
    b"GEO:50.6;3.1", b"URL:javascript:alert(1)", b"CONFERENCE:https://exemple.fr/s",
    b"DESCRIPTION:<b", b" suite", b"\xff\xfe", b":", b";", b"", b"BEGIN:VALARM",
    b"END:VALARM", b"BEGIN:VTIMEZONE", b"TZID:Europe/Paris", b"END:VTIMEZONE",
]  # fmt: skip


@given(pieces=st.lists(st.sampled_from(PIECES), max_size=25))
def test_whatever_a_calendar_is_made_of_it_is_read_or_refused(pieces):
    whole = [b"BEGIN:VCALENDAR", b"BEGIN:VEVENT", *pieces, b"END:VEVENT", b"END:VCALENDAR"]  # fmt: skip
    reading = outcome(read_icalendar, b"\r\n".join(whole))

    if isinstance(reading, Refused):
        assert reading.code == "not_a_calendar"
    else:
        assert all(event.uid and event.name and event.times for event in reading.events)


ROW = {
    "uid": 1, "title": {"fr": "Nuit"}, "description": {"fr": "x"}, "age": {"min": 6},
    "timings": [{"begin": "2026-12-01T20:00:00+01:00", "end": "2026-12-01T23:00:00+01:00"}],
    "location": {"insee": "59350", "latitude": 50.6, "longitude": 3.0, "name": "Parc"},
    "registration": [{"type": "link", "value": "https://exemple.fr"}], "status": 1,
    "keywords": {"fr": ["nuit"]}, "conditions": {"fr": "Gratuit"}, "attendanceMode": 1,
}  # fmt: skip
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["fr", "value", "begin", "min", "x"]), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


@given(changes=st.dictionaries(st.sampled_from([*ROW]), VALUES, max_size=6))
def test_whatever_an_openagenda_is_made_of_it_is_read_or_refused(changes):
    row = copy.deepcopy(ROW) | changes
    reading = outcome(read_openagenda, json.dumps([row]).encode())

    if isinstance(reading, Refused):
        assert reading.code == "not_openagenda"
    else:
        assert all(event.uid and event.name and event.times for event in reading.events)
        assert len(reading.events) == 1 or reading.troubles
