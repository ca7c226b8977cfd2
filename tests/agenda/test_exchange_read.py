"""Calendars of other sites: what is understood, and what is said of the rest."""

import datetime as dt
import json

import pytest

from maillage.agenda.choices import Mode, Status
from maillage.agenda.services.exchange_ics_read import read_icalendar
from maillage.agenda.services.exchange_openagenda import read_openagenda
from maillage.core.errors import Refused

NOW = dt.datetime(2026, 11, 23, 9, tzinfo=dt.UTC)


def calendar(*lines):
    entry = ["BEGIN:VEVENT", "UID:a@x", "SUMMARY:Atelier", *lines, "END:VEVENT"]
    return wrapped(entry)


def wrapped(entries):
    return "\r\n".join(
        ["BEGIN:VCALENDAR", "VERSION:2.0", *entries, "END:VCALENDAR", ""]
    ).encode()


def starts(reading):
    (event,) = reading.events
    return [f"{one.starts_at:%Y-%m-%d %H:%M}" for one in event.times]


def said(reading):
    return " ".join(trouble.message for trouble in reading.troubles)


@pytest.mark.parametrize(
    ("line", "start"),
    [
        ("DTSTART:20261201T130000Z", "2026-12-01 13:00"),
        ("DTSTART;TZID=Europe/Paris:20261201T130000", "2026-12-01 12:00"),
        ("DTSTART;TZID=Romance Standard Time:20261201T130000", "2026-12-01 12:00"),
        ("DTSTART;TZID=Mars/Olympus:20261201T130000", "2026-12-01 12:00"),
        ("DTSTART:20261201T130000", "2026-12-01 12:00"),
        ("DTSTART;TZID=America/New_York:20261201T080000", "2026-12-01 13:00"),
        ("DTSTART;VALUE=DATE:20261201", "2026-11-30 23:00"),
    ],
)
def test_a_start_is_an_instant_whatever_its_zone(line, start):
    assert starts(read_icalendar(calendar(line), now=NOW)) == [start]


def test_an_hour_stays_the_same_on_the_clock_when_the_clocks_change():
    reading = read_icalendar(
        calendar(
            "DTSTART;TZID=Europe/Paris:20270321T140000",
            "DTEND;TZID=Europe/Paris:20270321T160000",
            "RRULE:FREQ=WEEKLY;COUNT=2",
        ),
        now=NOW,
    )

    assert starts(reading) == ["2027-03-21 13:00", "2027-03-28 12:00"]
    assert {one.ends_at - one.starts_at for one in reading.events[0].times} == {
        dt.timedelta(hours=2)
    }


def test_folded_lines_and_html_are_read():
    reading = read_icalendar(
        calendar(
            "DTSTART:20261201T130000Z",
            "DESCRIPTION:<p>Fusées à e",
            " au</p><script>alert(1)</script>",
        ),
        now=NOW,
    )

    assert reading.events[0].summary == "Fusées à eau"


@pytest.mark.parametrize(
    ("rule", "count"),
    [
        ("FREQ=WEEKLY;BYDAY=TH", 113),  # endless: a year behind, two ahead
        ("FREQ=WEEKLY;UNTIL=20261210", 11),
        ("FREQ=DAILY;COUNT=5", 5),
        ("FREQ=MONTHLY;BYDAY=1TH;COUNT=4", 4),
    ],
)
def test_a_repetition_becomes_its_occurrences(rule, count):
    reading = read_icalendar(
        calendar("DTSTART;TZID=Europe/Paris:20261001T140000", f"RRULE:{rule}"), now=NOW
    )

    assert len(starts(reading)) == count


def test_a_repetition_that_has_run_for_a_century_is_read_from_last_year_on():
    reading = read_icalendar(
        calendar(
            "DTSTART;TZID=Europe/Paris:19010101T140000", "RRULE:FREQ=WEEKLY;INTERVAL=2"
        ),
        now=NOW,
    )

    found = starts(reading)
    first = dt.date.fromisoformat(found[0][:10])
    assert dt.date(2025, 11, 1) < first < dt.date(2025, 12, 31)
    assert (first - dt.date(1901, 1, 1)).days % 14 == 0


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("FREQ=SECONDLY", "plus fréquente"),
        ("FREQ=WHATEVER", "ne se lit pas"),
        ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "Aucune séance"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "Aucune séance"),
    ],
)
def test_a_repetition_without_end_or_sense_is_said_and_the_rest_is_read(rule, words):
    bad = ["BEGIN:VEVENT", "UID:b@x", "SUMMARY:Mauvais", "DTSTART:20261201T130000Z", f"RRULE:{rule}", "END:VEVENT"]  # fmt: skip
    good = [
        "BEGIN:VEVENT",
        "UID:c@x",
        "SUMMARY:Bon",
        "DTSTART:20261201T130000Z",
        "END:VEVENT",
    ]

    reading = read_icalendar(wrapped(bad + good), now=NOW)

    assert [event.name for event in reading.events] == ["Bon"]
    assert words in said(reading)
    assert "Mauvais" in reading.troubles[0].where


def test_ten_thousand_exceptions_are_left_out():
    first = dt.datetime(2026, 12, 1, 14, tzinfo=dt.UTC)
    out = [f"EXDATE:{first + dt.timedelta(n):%Y%m%dT%H%M%SZ}" for n in range(10_000)]
    out.remove("EXDATE:20261224T140000Z")

    reading = read_icalendar(
        calendar("DTSTART:20261201T140000Z", "RRULE:FREQ=DAILY", *out), now=NOW
    )

    assert starts(reading)[0] == "2026-12-24 14:00"


def test_a_moved_and_a_cancelled_occurrence_take_the_place_of_theirs():
    reading = read_icalendar(
        wrapped(
            [
                "BEGIN:VEVENT", "UID:a@x", "SUMMARY:Atelier", "SEQUENCE:1",
                "DTSTART;TZID=Europe/Paris:20261201T140000",
                "RRULE:FREQ=WEEKLY;COUNT=3", "END:VEVENT",
                "BEGIN:VEVENT", "UID:a@x", "SUMMARY:Atelier", "SEQUENCE:3",
                "RECURRENCE-ID;TZID=Europe/Paris:20261208T140000",
                "DTSTART;TZID=Europe/Paris:20261209T100000", "END:VEVENT",
                "BEGIN:VEVENT", "UID:a@x", "SUMMARY:Atelier", "STATUS:CANCELLED",
                "RECURRENCE-ID;TZID=Europe/Paris:20261215T140000",
                "DTSTART;TZID=Europe/Paris:20261215T140000", "END:VEVENT",
            ]
        ),
        now=NOW,
    )  # fmt: skip

    assert starts(reading) == [
        "2026-12-01 13:00",
        "2026-12-09 09:00",
        "2026-12-15 13:00",
    ]
    assert [one.is_cancelled for one in reading.events[0].times] == [False, False, True]
    assert reading.events[0].sequence == 3


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (["DESCRIPTION:rien"], "DTSTART"),
        (["DTSTART:20261201T130000Z", "DTEND:20261201T120000Z"], "avant le début"),
        (["DTSTART:20261201T130000Z", "DTEND:20291201T120000Z"], "plus d’un an"),
        (["DTSTART:2026-12-01 13h"], "ne se lit pas"),
        (["DTSTART:20150101T130000Z"], "Aucune séance"),
    ],
)
def test_dates_that_make_no_sense_are_said(lines, words):
    reading = read_icalendar(calendar(*lines), now=NOW)

    assert reading.events == ()
    assert words in said(reading)


def test_letters_of_another_encoding_are_kept_and_said():
    data = calendar("DTSTART:20261201T130000Z").decode().replace("Atelier", "Été")

    reading = read_icalendar(data.encode("cp1252"), now=NOW)

    assert reading.events[0].name == "Été"
    assert "UTF-8" in said(reading)


@pytest.mark.parametrize(
    "data", [b"", b"\x89PNG\r\n\x1a\n", b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n", b"{}"]
)
def test_a_file_that_is_no_calendar_is_refused(data):
    with pytest.raises(Refused) as no:
        read_icalendar(data, now=NOW)

    assert no.value.code == "not_a_calendar"


def test_a_cancelled_event_is_cancelled_and_an_online_one_online():
    reading = read_icalendar(
        calendar(
            "DTSTART:20261201T130000Z", "STATUS:CANCELLED",
            "CONFERENCE;VALUE=URI:https://exemple.fr/salle", "GEO:50.63;3.06",
        ),
        now=NOW,
    )  # fmt: skip

    (event,) = reading.events
    assert (event.status, event.mode) == (Status.CANCELLED, Mode.ONLINE)
    assert (event.lon, event.lat) == (3.06, 50.63)


def openagenda(**fields):
    row = {
        "uid": 12,
        "title": {"fr": "Nuit des étoiles", "en": "Night of stars"},
        "timings": [
            {"begin": "2026-12-01T20:00:00+01:00", "end": "2026-12-01T23:00:00+01:00"}
        ],
        **fields,
    }
    return json.dumps({"events": [row]}).encode()


def test_an_export_of_openagenda_is_read():
    reading = read_openagenda(
        openagenda(
            description={"fr": "Au télescope."},
            conditions={"fr": "Entrée libre"},
            keywords={"fr": ["Astronomie et espace", "nuit"]},
            age={"min": 6, "max": None},
            attendanceMode=3,
            onlineAccessLink="https://exemple.fr/direct",
            registration=[{"type": "phone", "value": "03 20 00 00 00"}, {"type": "link", "value": "https://exemple.fr/r"}],
            location={"name": "Parc", "address": "1 rue des Lilas", "insee": "59350", "latitude": 50.6, "longitude": 3.0},
        ),
        now=NOW,
    )  # fmt: skip

    (event,) = reading.events
    assert reading.troubles == ()
    assert event.name == "Nuit des étoiles"
    assert event.summary == "Au télescope."
    assert (event.is_free, event.min_age, event.mode) == (True, 6, Mode.MIXED)
    assert (event.booking_url, event.booking_contact) == (
        "https://exemple.fr/r",
        "03 20 00 00 00",
    )
    assert (event.commune, event.venue) == ("59350", "Parc, 1 rue des Lilas")
    assert event.themes == ("astronomy",)


def test_timings_that_overlap_are_joined_and_those_of_thirty_hours_left_out():
    reading = read_openagenda(
        openagenda(
            timings=[
                {
                    "begin": "2026-12-01T10:00:00+01:00",
                    "end": "2026-12-01T12:00:00+01:00",
                },
                {
                    "begin": "2026-12-01T11:00:00+01:00",
                    "end": "2026-12-01T13:00:00+01:00",
                },
                {
                    "begin": "2026-12-02T10:00:00+01:00",
                    "end": "2026-12-03T16:00:00+01:00",
                },
                {"begin": "tomorrow", "end": None},
            ]
        ),
        now=NOW,
    )

    (event,) = reading.events
    assert [(f"{one.starts_at:%H}", f"{one.ends_at:%H}") for one in event.times] == [
        ("09", "12")
    ]
    assert "chevauchent" in said(reading)
    assert "24 heures" in said(reading)
    assert "lisibles" in said(reading)


@pytest.mark.parametrize(
    "data",
    [b"", b"[]x", b'{"hello": 1}', b'{"events": [1, 2]}', b"[" * 100_000, b"\xff\xfe"],
)
def test_a_file_that_is_no_openagenda_is_refused(data):
    with pytest.raises(Refused) as no:
        read_openagenda(data, now=NOW)

    assert no.value.code == "not_openagenda"


def test_rows_without_identity_are_said_and_the_others_read():
    data = json.dumps(
        {"events": [{"uid": 1, "title": {"fr": "Sans date"}}, {"title": "x"}, "?"]}
    ).encode()

    reading = read_openagenda(data, now=NOW)

    assert reading.events == ()
    assert len(reading.troubles) == 3
