import datetime as dt

import pytest

from maillage.core.errors import Refused
from maillage.surveys.models import Answer, AnswerChange, Response
from maillage.surveys.services.answering import (
    BESIDE,
    SAME,
    SAVED,
    UNKNOWN,
    Change,
    Writer,
    choose,
    save_answers,
)
from maillage.surveys.services.rows import add_row, set_row
from maillage.surveys.services.sending import Incomplete, reopen, submit
from maillage.surveys.services.sheets import besides, fill, mark, responses
from tests.factories.surveys import NOW, TODAY, UnitFactory
from tests.factories.territories import CommuneFactory

pytestmark = pytest.mark.django_db
ALICE = Writer("Alice", "page-a")
BOB = Writer("Bob", "page-b")


@pytest.fixture
def response():
    return UnitFactory().response


def later(minutes=1):
    return NOW + dt.timedelta(minutes=minutes)


def save(response, *changes, writer=ALICE, now=NOW, today=TODAY):
    return save_answers(response, changes, writer=writer, now=now, today=today)


def seen(response, code, key=""):
    return mark(fill(responses().get(pk=response.pk)).answers.get((code, key)))


def value(response, code, key=""):
    return Answer.objects.get(response=response, question=code, instance=key).value


def test_an_answer_is_saved_and_starts_the_sheet(response):
    done = save(response, Change("nom", " Le  Forum "))

    response.refresh_from_db()
    assert done.states == {("nom", ""): SAVED}
    assert value(response, "nom") == "Le Forum"
    assert (response.state, response.revision, response.started_at) == (
        "started", 1, NOW,
    )  # fmt: skip


def test_an_answer_that_cannot_be_read_is_kept_as_it_was_typed(response):
    done = save(response, Change("effectif", "une douzaine"))

    assert value(response, "effectif") == "une douzaine"
    assert "nombre" in done.errors["effectif", ""]


@pytest.mark.parametrize(
    ("code", "raw", "kept"),
    [
        ("effectif", "1 200", 1200),
        ("themes", ["sea", "astronomy"], ["astronomy", "sea"]),
        ("site", "example.org", "https://example.org"),
        ("ville", "Lille", "59350"),
        ("ville", "Trifouillis", "Trifouillis"),
        ("nom", "x\x00y", "xy"),
    ],
)
def test_answers_are_kept_in_the_form_of_their_kind(response, code, raw, kept):
    CommuneFactory(lille=True)

    save(response, Change(code, raw))

    assert value(response, code) == kept


def test_what_a_page_sends_twice_is_written_once(response):
    change = Change("nom", "Forum", seen=seen(response, "nom"))
    save(response, change)
    done = save(response, change, now=later())

    response.refresh_from_db()
    assert done.states == {("nom", ""): SAME}
    assert response.revision == 1
    assert not AnswerChange.objects.exists()


def test_what_an_answer_was_is_kept(response):
    save(response, Change("nom", "Forum"))
    save(response, Change("nom", "Palais", seen=seen(response, "nom")), now=later())

    (past,) = AnswerChange.objects.all()
    assert (past.value, past.revision, past.was_beside) == ("Forum", 1, False)


def test_a_text_that_one_goes_on_typing_is_one_change(response):
    for number, text in enumerate(["Le", "Le For", "Le Forum"]):
        save(
            response, Change("nom", text, seen=seen(response, "nom")),
            now=NOW + dt.timedelta(seconds=number),
        )  # fmt: skip

    assert not AnswerChange.objects.exists()
    assert value(response, "nom") == "Le Forum"


def test_two_people_who_write_different_answers_are_both_kept(response):
    first = seen(response, "nom")
    save(response, Change("nom", "Forum", seen=first))
    done = save(response, Change("nom", "Palais", seen=first), writer=BOB)

    assert done.states == {("nom", ""): BESIDE}
    assert value(response, "nom") == "Forum"
    ((place, rows),) = besides(response).items()
    assert place == ("nom", "")
    assert [(row.value, row.changed_by) for row in rows] == [("Palais", "Bob")]


def test_two_people_who_write_the_same_agree(response):
    first = seen(response, "nom")
    save(response, Change("nom", "Forum", seen=first))
    done = save(response, Change("nom", "Forum", seen=first), writer=BOB)

    assert done.states == {("nom", ""): SAME}
    assert not besides(response)


def test_two_people_who_write_different_questions_do_not_meet(response):
    nom, effectif = seen(response, "nom"), seen(response, "effectif")
    save(response, Change("nom", "Forum", seen=nom))
    done = save(
        response, Change("nom", "", seen=nom), Change("effectif", "3", seen=effectif),
        writer=BOB,
    )  # fmt: skip

    # Bob's page sends back the empty name that it had seen: he has not changed it.
    assert done.states == {("nom", ""): SAME, ("effectif", ""): SAVED}
    assert value(response, "nom") == "Forum"


def test_who_goes_on_typing_beside_has_one_text_beside(response):
    first = seen(response, "nom")
    save(response, Change("nom", "Forum", seen=first))
    for text in ("Pal", "Palais"):
        save(response, Change("nom", text, seen=first), writer=BOB)

    (rows,) = besides(response).values()
    assert [row.value for row in rows] == ["Palais"]


@pytest.mark.parametrize(("takes_beside", "left"), [(True, "Palais"), (False, "Forum")])
def test_a_choice_settles_two_answers(response, takes_beside, left):
    first = seen(response, "nom")
    save(response, Change("nom", "Forum", seen=first))
    save(response, Change("nom", "Palais", seen=first), writer=BOB)
    (row,) = besides(response)["nom", ""]

    choose(
        response, ("nom", ""), change=row.pk if takes_beside else None,
        writer=ALICE, now=later(), today=TODAY,
    )  # fmt: skip

    assert value(response, "nom") == left
    assert not besides(response)
    with pytest.raises(Refused) as no:
        choose(response, ("nom", ""), change=None, writer=BOB, now=NOW, today=TODAY)
    assert no.value.code == "gone"


def test_two_answers_side_by_side_are_not_sent(response):
    first = seen(response, "nom")
    save(response, Change("nom", "Forum", seen=first))
    save(response, Change("nom", "Palais", seen=first), writer=BOB)

    with pytest.raises(Incomplete) as no:
        submit(response, consents=(), writer=ALICE, now=NOW, today=TODAY)
    assert [fault.place for fault in no.value.faults] == [("nom", "")]


def test_a_late_echo_of_ones_own_page_does_not_come_back(response):
    """The site took « Forum », the page never heard, a colleague corrected it."""
    first = seen(response, "nom")
    save(response, Change("nom", "Forum", seen=first))
    save(response, Change("nom", "Palais", seen=seen(response, "nom")), writer=BOB)

    done = save(response, Change("nom", "Forum", seen=first))

    assert done.states == {("nom", ""): SAME}
    assert value(response, "nom") == "Palais"
    assert not besides(response)


def test_a_question_that_does_not_exist_is_left_out(response):
    done = save(
        response, Change("rien", "x"), Change("prets", "3"), Change("nom", "x", "k")
    )

    assert set(done.states.values()) == {UNKNOWN}
    assert not Answer.objects.exists()


@pytest.mark.parametrize(
    ("today", "state", "code"),
    [
        (dt.date(2026, 2, 28), "open", "early"),
        (dt.date(2026, 4, 1), "open", "late"),
        (TODAY, "closed", "closed"),
        (TODAY, "preparing", "early"),
        (TODAY, "published", "closed"),
    ],
)
def test_dates_and_state_hold(response, today, state, code):
    wave = response.unit.wave
    wave.state = state
    wave.save()

    with pytest.raises(Refused) as no:
        save(response, Change("nom", "Forum"), today=today)
    assert no.value.code == code
    assert not Answer.objects.exists()


def test_the_agency_types_paper_after_the_last_day(response):
    agency = Writer("Alex (agence)", "page", is_agency=True)

    save(response, Change("nom", "Forum"), writer=agency, today=dt.date(2026, 4, 2))

    assert value(response, "nom") == "Forum"


def test_hidden_answers_are_kept_and_do_not_count(response):
    save(response, Change("nom", "Forum"), Change("effectif", "0"))
    save(response, Change("benevoles", "12"))
    save(
        response, Change("effectif", "4", seen=seen(response, "effectif")), now=later()
    )

    submit(response, consents=(), writer=ALICE, now=later(2), today=TODAY)

    counted = dict(Answer.objects.values_list("question", "is_counted"))
    assert counted == {"nom": True, "effectif": True, "benevoles": False}
    assert value(response, "benevoles") == 12


def test_what_is_asked_and_missing_or_wrong_is_told_with_its_question(response):
    save(response, Change("effectif", "900"), Change("ville", "Trifouillis"))

    with pytest.raises(Incomplete) as no:
        submit(response, consents=(), writer=ALICE, now=NOW, today=TODAY)

    assert [fault.place[0] for fault in no.value.faults] == ["nom", "effectif", "ville"]
    response.refresh_from_db()
    assert response.state == "started"


def test_a_sent_sheet_is_closed_until_it_is_opened_again(response):
    save(response, Change("nom", "Forum"))
    submit(response, consents=(), writer=ALICE, now=NOW, today=TODAY)

    with pytest.raises(Refused) as no:
        save(response, Change("nom", "Palais"))
    assert no.value.code == "sent"
    reopen(response, writer=ALICE, now=later(), today=TODAY)
    save(response, Change("nom", "Palais", seen=seen(response, "nom")), now=later())
    assert value(response, "nom") == "Palais"
    assert not Answer.objects.filter(is_counted=True).exists()


def test_rows_are_added_taken_away_and_brought_back_with_their_answers(response):
    when = {"writer": ALICE, "now": NOW, "today": TODAY}
    row = add_row(response, "outil", **when)
    save(
        response,
        Change("outil_nom", "Malle", row.key),
        Change("outil_prets", "3", row.key),
    )

    set_row(response, "outil", row.key, is_removed=True, **when)
    filled = fill(responses().get(pk=response.pk))
    assert filled.kept_rows("outil") == []
    assert filled.run(today=TODAY).values.get("prets") == 0

    set_row(response, "outil", row.key, is_removed=False, **when)
    filled = fill(responses().get(pk=response.pk))
    assert filled.run(today=TODAY).values["prets"] == 3
    assert value(response, "outil_nom", row.key) == "Malle"


def test_a_group_has_no_more_rows_than_it_may(response):
    when = {"writer": ALICE, "now": NOW, "today": TODAY}
    for _number in range(5):
        row = add_row(response, "outil", **when)
    with pytest.raises(Refused) as no:
        add_row(response, "outil", **when)
    assert no.value.code == "full"
    set_row(response, "outil", row.key, is_removed=True, **when)
    add_row(response, "outil", **when)
    with pytest.raises(Refused):
        set_row(response, "outil", row.key, is_removed=False, **when)


def test_who_had_declined_and_answers_has_changed_their_mind(response):
    Response.objects.filter(pk=response.pk).update(state="declined")

    save(response, Change("nom", "Forum"))

    response.refresh_from_db()
    assert response.state == "started"


@pytest.mark.parametrize("number", [1, 4])
def test_saving_costs_the_same_for_one_answer_or_four(
    response, number, django_assert_num_queries
):
    save(response, Change("nom", "Forum"))
    changes = [
        Change(code, "7") for code in ("effectif", "benevoles", "site", "themes")
    ]

    # savepoint twice, sheet, answers, rows, new answers, sheet written
    with django_assert_num_queries(7):
        save(response, *changes[:number], now=later())
