"""Drafts: what is typed, by several people at once, across versions of the form."""

import datetime as dt
from dataclasses import replace

import pytest
from django.utils import timezone

from maillage.calls.choices import ApplicationState, QuestionKind
from maillage.calls.definition import Question, starting_definition
from maillage.calls.models import Application
from maillage.calls.reading import is_fitting, read, wrong
from maillage.calls.services.drafts import (
    Change,
    save_answers,
    settle_aside,
)
from maillage.calls.services.rules import faults_of
from maillage.calls.services.starting import follow_form, start_application
from maillage.core.errors import Refused
from tests.calls.written import fill
from tests.factories.accounts import UserFactory
from tests.factories.calls import (
    SIRET,
    ApplicationFactory,
    CallFactory,
    FormVersionFactory,
)
from tests.factories.directory import MembershipFactory
from tests.factories.territories import CommuneFactory

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2027, 1, 10, 12, tzinfo=dt.UTC)


def save(application, text, *, by, page, seen=0, question="summary", now=NOW):
    change = Change(question, text, seen)
    return save_answers(application, [change], by=by, page=page, now=now)


@pytest.mark.parametrize(
    ("kind", "typed", "value"),
    [
        ("siret", "732 829 320 00074", "73282932000074"),
        ("rna", "w595001234", "W595001234"),
        ("uai", "0750654 d", "0750654D"),
        ("amount", "1 250,5 €", 125050),
        ("number", "12,5", 12.5),
        ("yes_no", "yes", "yes"),
        ("day", "2027-03-01", "2027-03-01"),
        ("line", "  deux   mots ", "deux mots"),
        ("phone", "03.20.00.00.00", "03 20 00 00 00"),
        ("line", "   ", None),
    ],
)
def test_what_is_typed_becomes_a_value(kind, typed, value):
    assert read(Question("q", kind, "Question"), typed) == value


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        ("siret", "73282932000075"),
        ("siret", "7328293200007"),
        ("rna", "595001234"),
        ("uai", "0750654E"),
        ("amount", "1,2,3"),
        ("amount", "-5"),
        ("number", "beaucoup"),
        ("yes_no", "peut-être"),
        ("day", "31/02"),
        ("email", "camille@"),
        ("web", "https://exa mple"),
        ("choice", "c"),
    ],
)
def test_what_cannot_be_read_is_kept_as_it_was_typed_with_a_reason(kind, typed):
    question = Question("q", kind, "Question", options=(("a", "A"), ("b", "B")))

    value = read(question, typed)

    assert value == {"typed": typed}
    assert wrong(question, value)


def test_a_budget_keeps_each_cent_and_each_line_that_cannot_be_read():
    question = Question("b", QuestionKind.BUDGET, "Budget")

    value = read(
        question,
        {
            "expenses": [
                {"label": "Bus", "amount": "0,01"},
                {"label": "Repas", "amount": "beaucoup"},
                {"label": "", "amount": ""},
            ],
            "resources": [],
        },
    )

    assert value["expenses"] == [
        {"label": "Bus", "cents": 1},
        {"label": "Repas", "cents": None, "typed": "beaucoup"},
    ]
    assert "beaucoup" in wrong(question, value)


def test_a_budget_that_lacks_a_cent_says_so_and_is_not_rounded():
    CommuneFactory(lille=True)
    application = ApplicationFactory()
    even = {"expenses": [{"label": "Bus", "amount": "10000,01"}]}
    uneven = even | {"resources": [{"label": "Aide", "amount": "10000"}]}

    fill(application, by=UserFactory(), budget=uneven)

    (fault,) = faults_of(application)
    assert fault.question == "budget"
    assert "0,01" in fault.message


def test_nothing_is_missing_in_a_whole_application_and_columns_are_read():
    commune = CommuneFactory(lille=True)
    application = ApplicationFactory()

    fill(application, by=UserFactory())

    assert faults_of(application) == []
    assert application.title == "La science au village"
    assert application.requested_cents == 800_000
    assert application.total_cents == 1_200_050
    assert application.commune == commune
    assert application.departments == [commune.department_id]
    assert application.themes == ["physics"]


def test_a_question_is_missed_only_where_its_condition_holds():
    CommuneFactory(lille=True)
    application = ApplicationFactory()
    fill(application, by=UserFactory(), is_association="yes")

    assert [fault.question for fault in faults_of(application)] == ["rna"]


@pytest.mark.parametrize(
    ("asked", "is_refused"),
    [("1000", False), ("999,99", True), ("9600,40", False), ("9600,41", True)],
)
def test_the_amount_stays_within_the_bounds_of_the_call_to_the_cent(asked, is_refused):
    CommuneFactory(lille=True)
    application = ApplicationFactory()  # from 1,000 €, at most 80 % of 12,000.50 €

    fill(application, by=UserFactory(), requested=asked)

    assert bool(faults_of(application)) == is_refused


def test_two_authors_of_two_questions_both_write():
    application = ApplicationFactory()
    save(application, "Ici", by=UserFactory(), page="a")

    outcome = save(application, "Titre", by=UserFactory(), page="b", question="title")

    assert outcome.beside == []
    assert outcome.application.answers == {"summary": "Ici", "title": "Titre"}


def test_words_written_over_words_unseen_are_put_aside_and_none_are_lost():
    application = ApplicationFactory()
    ada, zoe = UserFactory(display_name="Ada"), UserFactory(display_name="Zoé")
    save(application, "Le texte d’Ada", by=ada, page="a")

    outcome = save(application, "Le texte de Zoé", by=zoe, page="b")

    row = outcome.application
    assert outcome.beside == ["summary"]
    assert row.answers["summary"] == "Le texte d’Ada"
    (aside,) = row.asides["summary"]
    assert (aside["value"], aside["by"]) == ("Le texte de Zoé", "Zoé")


def test_words_that_were_seen_are_replaced():
    application = ApplicationFactory()
    save(application, "Un", by=UserFactory(), page="a")

    outcome = save(application, "Deux", by=UserFactory(), page="b", seen=1)

    assert outcome.beside == []
    assert outcome.application.answers["summary"] == "Deux"


def test_a_page_that_goes_on_typing_is_never_beside_itself():
    application, ada = ApplicationFactory(), UserFactory()
    for text in ("L", "La", "La science"):
        outcome = save(application, text, by=ada, page="a")

    assert outcome.application.answers["summary"] == "La science"
    assert outcome.application.asides == {}


def test_who_goes_on_typing_beside_another_has_one_text_aside():
    application, zoe = ApplicationFactory(), UserFactory()
    save(application, "Déjà là", by=UserFactory(), page="a")
    for text in ("L", "La", "La science"):
        row = save(application, text, by=zoe, page="b").application

    assert [one["value"] for one in row.asides["summary"]] == ["La science"]


def test_taking_words_from_aside_puts_the_others_there():
    application, zoe = ApplicationFactory(), UserFactory()
    save(application, "Un", by=UserFactory(display_name="Ada"), page="a")
    save(application, "Deux", by=zoe, page="b")

    row = settle_aside(application, "summary", 0, take=True, by=zoe, now=NOW)
    assert row.answers["summary"] == "Deux"
    assert row.asides["summary"][0]["value"] == "Un"

    row = settle_aside(application, "summary", 0, take=False, by=zoe, now=NOW)
    assert row.asides == {}
    with pytest.raises(Refused) as no:
        settle_aside(application, "summary", 0, take=True, by=zoe, now=NOW)
    assert no.value.code == "gone"


def test_a_draft_is_still_written_after_the_hour():
    application = ApplicationFactory()
    late = application.call.closes_at + dt.timedelta(1)

    row = save(application, "Trop tard", by=UserFactory(), page="a", now=late)

    assert row.application.answers["summary"] == "Trop tard"


def test_what_was_sent_is_not_written_any_more():
    application = ApplicationFactory(sent=True)

    with pytest.raises(Refused) as no:
        save(application, "Encore", by=UserFactory(), page="a")
    assert no.value.code == "sent"


def changed_form():
    """The description is gone, the summary is a number, the title is the same."""
    start = starting_definition()
    project = start.section("project")
    questions = [
        replace(one, kind=QuestionKind.NUMBER, role="") if one.id == "summary" else one
        for one in project.questions
        if one.id != "description"
    ]
    return start.put(replace(project, questions=tuple(questions)))


def test_drafts_follow_a_new_form_and_answers_that_no_longer_fit_are_kept_aside():
    CommuneFactory(lille=True)
    application = ApplicationFactory()
    fill(application, by=UserFactory())
    form = FormVersionFactory(
        call=application.call, number=2, definition=changed_form().as_json()
    )

    assert follow_form(form, now=NOW) == 1
    assert follow_form(form, now=NOW) == 0

    row = Application.objects.get()
    assert row.form == form
    assert row.answers["title"] == "La science au village"
    assert row.answers["summary"] is None
    assert row.summary == ""
    values = {key: kept[0]["value"] for key, kept in row.asides.items()}
    assert values == {
        "summary": "Des ateliers dans dix villages.",
        "description": "Dix ateliers, un bus, deux médiatrices.",
    }
    assert [fault.question for fault in faults_of(row)] == ["summary"]


def test_a_page_open_on_the_old_form_loses_nothing_of_what_it_still_sends():
    application = ApplicationFactory()
    ada = UserFactory()
    save(application, "Une description", by=ada, page="a", question="description")
    form = FormVersionFactory(
        call=application.call, number=2, definition=changed_form().as_json()
    )
    follow_form(form, now=NOW)

    save(
        application, "Une description longue", by=ada, page="a", question="description"
    )

    application.refresh_from_db()
    texts = [one["value"] for one in application.asides["description"]]
    assert "Une description longue" in texts


def test_what_was_sent_keeps_its_form():
    sent = ApplicationFactory(sent=True)
    form = FormVersionFactory(call=sent.call, number=2)

    assert follow_form(form, now=NOW) == 0


def test_a_draft_starts_with_what_is_known_of_the_structure_and_of_an_earlier_one():
    CommuneFactory(lille=True)
    member = MembershipFactory(structure__siret=SIRET)
    earlier = ApplicationFactory(structure=member.structure, sent=True)
    Application.objects.filter(pk=earlier.pk).update(state=ApplicationState.DRAFT)
    fill(earlier, by=member.user, contact_name="Quelqu’un d’autre")
    call = CallFactory()

    row = start_application(
        call,
        structure=member.structure,
        by=member.user,
        now=timezone.now(),
        earlier=earlier,
    )

    assert row.answers["siret"] == SIRET
    assert row.answers["description"] == "Dix ateliers, un bus, deux médiatrices."
    assert row.answers["contact_name"] == member.user.display_name
    assert row.answers["budget"]["expenses"][0]["cents"] == 1_200_050
    assert "agree" not in row.answers


@pytest.mark.parametrize(
    ("trait", "code"), [("coming", "closed"), ("closed", "closed"), ("draft", "closed")]
)
def test_a_draft_starts_only_while_the_call_is_open(trait, code):
    member = MembershipFactory()
    call = CallFactory(**{trait: True})

    with pytest.raises(Refused) as no:
        start_application(
            call, structure=member.structure, by=member.user, now=timezone.now()
        )
    assert no.value.code == code


def test_who_may_apply_is_checked_before_a_word_is_written():
    member = MembershipFactory()
    start = {"structure": member.structure, "by": member.user, "now": timezone.now()}

    with pytest.raises(Refused) as no:
        start_application(CallFactory(structure_kinds=["university"]), **start)
    assert no.value.code == "kind"
    with pytest.raises(Refused) as no:
        start_application(CallFactory(), **start | {"by": UserFactory()})
    assert no.value.code == "not_yours"
    call = CallFactory()
    start_application(call, **start)
    with pytest.raises(Refused) as no:
        start_application(call, **start)
    assert no.value.code == "enough"


@pytest.mark.parametrize(
    ("kind", "value", "fits"),
    [
        ("line", "un", True), ("line", 12, False), ("number", 12, True),
        ("number", True, False), ("choice", "a", True), ("choice", "z", False),
        ("choices", ["a"], True), ("choices", ["z"], False), ("choices", "a", False),
        ("budget", {"expenses": [], "resources": []}, True), ("budget", [], False),
        ("partners", [{"name": "A"}], True), ("partners", ["A"], False),
        ("agree", True, True), ("agree", "on", False), ("day", "2027-01-01", True),
        ("day", "demain", False), ("line", {"typed": "x"}, True),
        ("budget", {"typed": "x"}, False), ("line", None, True),
    ],
)  # fmt: skip
def test_an_answer_fits_another_kind_of_question_or_not(kind, value, fits):
    question = Question("q", kind, "Question", options=(("a", "A"),))

    assert is_fitting(question, value) == fits
