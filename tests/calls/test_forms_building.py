"""The form of a call: what may be built, what is wrong with it, its versions."""

import datetime as dt

import pytest
from django.urls import reverse

from maillage.calls.choices import QuestionKind
from maillage.calls.definition import Definition, Question, Section
from maillage.calls.services.form_editing import (
    making_of,
    moved,
    problems_of,
    publish_form,
    with_question,
    without,
    write_form,
)
from maillage.core.errors import Refused
from tests.factories.accounts import UserFactory
from tests.factories.calls import CallFactory

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2027, 1, 10, 12, tzinfo=dt.UTC)


@pytest.fixture
def agency(client):
    user = UserFactory(agency=True)
    client.force_login(user)
    return user


def question(key, kind=QuestionKind.LINE, **others):
    return Question(key, kind, key.capitalize(), **others)


TITLE = question("title", role="title")
ASKED = question("asked", QuestionKind.AMOUNT, role="requested")


def form(*questions):
    return Definition((Section("s", "Partie", questions=(TITLE, ASKED, *questions)),))


@pytest.mark.parametrize(
    ("definition", "number"),
    [
        (form(), 0),
        (Definition(), 3),
        (form(question("c", QuestionKind.CHOICE)), 1),
        (form(question("t", role="title")), 1),
        (form(question("t", QuestionKind.TEXT, role="budget")), 1),
        (form(question("a", when_question="b", when_values=("x",))), 1),
        (form(question("a", when_question="title", when_values=("x",))), 1),
        (
            form(
                question("b", QuestionKind.YES_NO),
                question("a", when_question="b", when_values=("maybe",)),
            ),
            1,
        ),
        (
            form(
                question("b", QuestionKind.YES_NO),
                question("a", when_question="b", when_values=("yes",)),
            ),
            0,
        ),
    ],
)
def test_what_is_wrong_with_a_form_is_said_before_it_is_published(definition, number):
    assert len(problems_of(definition)) == number


def test_a_definition_is_the_same_once_written_and_read_again():
    both = form(
        question("c", QuestionKind.CHOICES, options=(("a", "A"), ("b", "B")), most=3),
        question("d", when_question="c", when_values=("a",), identifies=True),
    )

    assert Definition.of(both.as_json()) == both


def test_parts_move_and_go_and_keep_their_names():
    start = form(question("a"), question("b"))

    assert [*moved(start, "b", by=-1).questions()] == ["title", "asked", "b", "a"]
    assert [*moved(start, "title", by=-1).questions()] == [*start.questions()]
    assert [*without(start, "a").questions()] == ["title", "asked", "b"]
    two = Definition((*start.sections, Section("t", "Autre")))
    there = with_question(two, question("a"), section="t")
    assert there.section_of("a").id == "t"
    assert [one.id for one in moved(two, "t", by=-1).sections] == ["t", "s"]


def test_a_question_that_depends_on_a_hidden_one_is_hidden_too():
    chain = form(
        question("a", QuestionKind.YES_NO),
        question("b", QuestionKind.YES_NO, when_question="a", when_values=("yes",)),
        question("c", when_question="b", when_values=("yes",)),
    )

    assert "c" in chain.shown({"a": "yes", "b": "yes"})
    assert "c" not in chain.shown({"a": "no", "b": "yes"})


def test_a_published_version_is_never_written_again():
    call, by = CallFactory(), UserFactory(agency=True)
    published = call.form
    with pytest.raises(Refused) as no:
        write_form(published, Definition(), seen=0, by=by)
    assert no.value.code == "published"

    version = making_of(call, by=by)
    assert (version.number, making_of(call, by=by)) == (2, version)
    written = write_form(version, form(), seen=0, by=by)
    with pytest.raises(Refused) as no:
        write_form(version, Definition(), seen=0, by=by)
    assert no.value.code == "stale"

    publish_form(call, by=by, now=NOW)
    assert call.form == written
    assert call.forms.get(number=1).definition == published.definition
    with pytest.raises(Refused) as no:
        publish_form(call, by=by, now=NOW)
    assert no.value.code == "none"


def test_a_form_is_built_by_plain_pages(client, agency):
    call = CallFactory()
    made = {"seen": "0", "title": "Publics", "help": ""}
    client.post(reverse("calls:builder_section_new", args=[call.slug]), made)
    version = making_of(call, by=agency)
    section = Definition.of(version.definition).sections[-1]
    asked = {
        "seen": "1", "label": "Pour qui ?", "kind": "choice", "section": section.id,
        "options": "Écoles\nTout public\n", "required": "on", "condition": "", "role": "",
    }  # fmt: skip
    new = reverse("calls:builder_question_new", args=[call.slug])
    assert client.post(new, asked | {"options": "Écoles"}).status_code == 422
    client.post(new, asked)
    version.refresh_from_db()
    (built,) = Definition.of(version.definition).sections[-1].questions
    assert built.options == (("ecoles", "Écoles"), ("tout-public", "Tout public"))

    edit = reverse("calls:builder_question", args=[call.slug, built.id])
    assert "Écoles" in client.get(edit).content.decode()
    client.post(edit, asked | {"seen": "2", "options": "Familles\nÉcoles"})
    stale = client.post(edit, asked | {"seen": "2", "label": "Trop tard"})
    assert stale.status_code == 422
    version.refresh_from_db()
    changed = Definition.of(version.definition).questions()[built.id]
    assert changed.options == (("familles", "Familles"), ("ecoles", "Écoles"))

    condition = asked | {
        "seen": "3", "label": "Laquelle ?", "kind": "line",
        "condition": f"{built.id}|ecoles",
    }  # fmt: skip
    client.post(new, condition)
    preview = client.get(reverse("calls:builder_preview", args=[call.slug]))
    assert "Seulement si" in preview.content.decode()
    page = client.get(reverse("calls:call_builder", args=[call.slug]))
    assert "Pour qui" in page.content.decode()
    change = reverse("calls:builder_change", args=[call.slug])
    client.post(change, {"seen": "4", "key": built.id, "do": "delete"})
    page = client.get(reverse("calls:call_builder", args=[call.slug]))
    assert "ne vient pas avant elle" in page.content.decode()
    publish = reverse("calls:builder_publish", args=[call.slug])
    client.post(publish)
    assert call.form.number == 1
    client.post(change, {"seen": "5", "key": section.id, "do": "delete"})
    client.post(publish)
    assert call.form.number == 2
