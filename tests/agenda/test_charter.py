"""Each rule of a charter has an event that keeps it and one that breaks it."""

import datetime as dt

import pytest

from maillage.agenda.choices import Booking, Mode
from maillage.agenda.services.charter import (
    RULES,
    Facts,
    charter_lines,
    charter_of,
    check,
    facts_of,
    period,
)
from tests.factories.agenda import EventFactory, ProgrammeFactory
from tests.factories.directory import StructureFactory

IN = (dt.date(2027, 10, 2), dt.date(2027, 10, 3))
LATE = (dt.date(2027, 10, 20), dt.date(2027, 10, 21))
#: An event that keeps every rule; each case changes one thing.
GOOD = {
    "is_free": True,
    "summary": "On regarde le ciel.",
    "description": "Des étoiles et des planètes. " * 10,
    "access": ["wheelchair"],
    "min_age": 6,
    "booking": Booking.HERE,
    "capacity": 20,
    "booking_contact": "03 20 00 00 00",
    "picture": "images/ciel.webp",
    "picture_alt": "Le ciel",
    "picture_credit": "Association",
    "audiences": ["families", "school_groups"],
    "levels": ["cycle_3"],
    "themes": ["astronomy"],
}
CASES = [
    ("inside_dates", {}, [LATE], "Aucune séance n’a lieu du 1er au 11 octobre 2027"),
    ("inside_dates", {}, [], "Aucune séance n’est indiquée"),
    ("free", {"is_free": False}, [IN], "payant"),
    ("free", {"is_free": None}, [IN], "cochez «\u00a0gratuit\u00a0»"),
    ("place", {"place": None, "commune": None}, [IN], "au moins la commune"),
    ("place", {"place": None, "commune": None, "mode": Mode.ONLINE}, [IN], "le lien"),
    ("science", {"themes": []}, [IN], "au moins un thème"),
    ("audience", {"audiences": []}, [IN], "au moins un public"),
    ("contact", {"booking": Booking.NONE, "booking_contact": ""}, [IN], "un téléphone"),
    ("summary", {"summary": "  "}, [IN], "une ou deux phrases"),
    ("description", {"description": "x" * 199}, [IN], "il manque 1 caractère."),
    ("description", {"description": "x" * 150}, [IN], "il manque 50 caractères."),
    ("accessibility", {"access": []}, [IN], "à qui l’événement est accessible"),
    ("picture", {"picture": ""}, [IN], "une image"),
    ("picture", {"picture_alt": ""}, [IN], "Décrivez l’image"),
    ("credit", {"picture_credit": ""}, [IN], "le crédit"),
    ("ages", {"min_age": None}, [IN], "dès quel âge"),
    ("school", {"levels": []}, [IN], "les niveaux scolaires"),
    ("seats", {"capacity": None}, [IN], "le nombre de places"),
    ("only_inside", {}, [IN, LATE], "La séance du 20 octobre 2027"),
    ("only_inside", {}, [LATE, LATE], "2 séances sont hors des dates"),
    (
        "few_dates",
        {},
        [(dt.date(2027, 10, day), dt.date(2027, 10, day + 1)) for day in range(1, 12)]
        + [(dt.date(2027, 9, 29), dt.date(2027, 10, 2))],
        "Plus de 11 dates",
    ),
]  # fmt: skip


@pytest.fixture
def programme(db):
    return ProgrammeFactory.build(year=2027, charter=charter_lines(RULES))


@pytest.fixture
def event(db):
    return EventFactory(**GOOD)


def findings(event, programme, days):
    found = check(Facts(event, programme, tuple(days)))
    return {one.rule.code: one.message for one in found.findings}


def test_every_rule_has_a_case_that_breaks_it():
    assert {code for code, *_rest in CASES} == set(RULES)


@pytest.mark.parametrize("code", RULES)
def test_a_complete_event_keeps_each_rule(code, event, programme):
    assert findings(event, programme, [IN])[code] == ""


@pytest.mark.parametrize(("code", "change", "days", "message"), CASES)
def test_what_is_missing_breaks_its_rule_and_says_what_to_do(
    code, change, days, message, event, programme
):
    for name, value in change.items():
        setattr(event, name, value)

    assert message in findings(event, programme, days)[code]


def test_the_contact_of_the_organiser_is_enough(event, programme):
    event.booking, event.booking_contact = Booking.NONE, ""
    event.owner = StructureFactory(phone="03 20 00 00 00")

    assert findings(event, programme, [IN])["contact"] == ""


def test_the_number_of_a_rule_is_that_of_the_programme(event, programme):
    line = next(one for one in programme.charter if one["code"] == "description")
    line["parameters"] = {"letters": 1000}

    assert "il manque" in findings(event, programme, [IN])["description"]


def test_an_advised_rule_does_not_stop_a_proposal(event, programme):
    event.picture = ""

    found = check(Facts(event, programme, (IN,)))

    assert found.passes
    assert [one.rule.code for one in found.advice] == ["picture"]
    assert "picture" not in found.broken


def test_a_waived_rule_does_not_block_and_its_reason_is_told(event, programme):
    event.is_free = False

    found = check(Facts(event, programme, (IN,)), waived={"free": "un euro symbolique"})

    assert found.passes
    assert found.broken.keys() == {"free"}
    one = next(line for line in found.findings if line.rule.code == "free")
    assert (one.is_kept, one.waived) == (False, "un euro symbolique")


def test_a_cancelled_occurrence_is_no_date(programme):
    event = EventFactory(at=["2027-10-02T14:00"])
    event.occurrences.update(state="cancelled")

    assert facts_of(event, programme).days == ()


def test_a_rule_of_a_later_version_is_left_aside(event, programme):
    programme.charter = [{"code": "of_tomorrow", "is_required": True}]

    assert check(Facts(event, programme, ())).findings == ()
    assert charter_of(programme) == []


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        ((2026, 10, 2), (2026, 10, 13), "du 2 au 12 octobre 2026"),
        ((2026, 9, 25), (2026, 10, 3), "du 25 septembre au 2 octobre 2026"),
        ((2026, 12, 30), (2027, 1, 3), "du 30 décembre 2026 au 2 janvier 2027"),
        ((2026, 9, 25), (2026, 9, 26), "le 25 septembre 2026"),
    ],
)
def test_a_period_is_said_in_words(start, end, words):
    programme = ProgrammeFactory.build(starts_on=dt.date(*start), ends_on=dt.date(*end))

    assert period(programme) == words
