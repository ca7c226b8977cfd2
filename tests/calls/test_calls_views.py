"""Pages of calls: everybody reads, the agency writes, the form is built."""

import datetime as dt

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from maillage.calls.call_pages import hour_words, left_words
from maillage.calls.choices import CallState
from maillage.calls.models import Call, CallQuestion
from maillage.calls.services.editing import (
    answer_question,
    ask,
    cancel_call,
    change_call,
    create_call,
    publish_call,
    write_criteria,
)
from maillage.core.errors import Refused
from tests.factories.accounts import UserFactory
from tests.factories.calls import (
    ApplicationFactory,
    CallFactory,
    CallQuestionFactory,
)

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2027, 1, 10, 12, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def agency(client):
    user = UserFactory(agency=True)
    client.force_login(user)
    return user


def posted(**others):
    return {
        "title": "Sciences au bout du champ",
        "edition": "2027",
        "text": "Un texte.",
        "opens_at": "2027-01-04T09:00:00",
        "closes_at": "2027-02-01T12:00:30",
        "budget_cents": "150 000",
        "max_percent": "80",
        "most_applications": "1",
        "reviews_each": "2",
    } | others


# Reading --------------------------------------------------------------------------------


def test_calls_are_listed_by_where_they_stand_and_drafts_are_not(client):
    CallFactory(title="Ouvert en ce moment")
    CallFactory(title="Bientôt", coming=True)
    CallFactory(title="Passé", closed=True)
    CallFactory(title="En préparation", draft=True)

    text = client.get(reverse("calls:call_list")).content.decode()

    assert text.index("Ouvert en ce moment") < text.index("Bientôt")
    assert text.index("Bientôt") < text.index("Passé")
    assert "En préparation" not in text


def test_a_draft_is_read_by_the_agency_alone(client):
    call = CallFactory(draft=True)

    assert client.get(call.get_absolute_url()).status_code == 404
    client.force_login(UserFactory())
    assert client.get(call.get_absolute_url()).status_code == 404
    client.force_login(UserFactory(agency=True))
    assert client.get(call.get_absolute_url()).status_code == 200


def test_a_page_tells_the_rules_the_criteria_and_the_answers(client):
    call = CallFactory(structure_kinds=["association"], departments=["59"])
    CallQuestionFactory(call=call, answer="Oui, avec un SIRET.", is_public=True)
    CallQuestionFactory(call=call, text="Sans réponse encore")
    CallQuestionFactory(call=call, text="Pas publiée", answer="Non")

    text = client.get(call.get_absolute_url()).content.decode()

    assert "15 points sur 30" in text
    assert "Oui, avec un SIRET." in text
    assert "Sans réponse encore" not in text
    assert "Pas publiée" not in text
    assert "Candidater" in text


def test_a_closed_call_offers_neither_to_apply_nor_to_ask(client):
    call = CallFactory(closed=True)

    text = client.get(call.get_absolute_url()).content.decode()

    assert "Candidater" not in text
    assert "Poser une question" not in text


@pytest.mark.parametrize(
    ("when", "words"),
    [
        ("2027-02-01T12:00:00+01:00", "lundi 1er février 2027 à 12\u00a0h"),
        ("2027-02-01T12:30:00+01:00", "lundi 1er février 2027 à 12\u00a0h 30"),
        (
            "2027-07-02T23:59:59+02:00",
            "vendredi 2 juillet 2027 à 23\u00a0h 59 min 59 s",
        ),
    ],
)
def test_an_hour_is_said_in_the_time_of_the_site(when, words):
    said = hour_words(dt.datetime.fromisoformat(when))

    assert said.replace("\u00a0", " ") == words.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (dt.timedelta(days=2, hours=23), "2 jours"),
        (dt.timedelta(days=1), "1 jour"),
        (dt.timedelta(minutes=119), "1 heure"),
        (dt.timedelta(seconds=119), "1 minute"),
        (dt.timedelta(seconds=59), "moins d’une minute"),
        (dt.timedelta(0), ""),
    ],
)
def test_what_is_left_is_never_said_longer_than_it_is(left, words):
    assert left_words(NOW + left, now=NOW) == words


def test_the_hours_are_a_calendar_that_other_programs_read(client):
    call = CallFactory(title="Sciences ; partage, et suite" + " très longue" * 9)

    answer = client.get(reverse("calls:call_calendar", args=[call.slug]))

    events = Calendar.from_ical(answer.content).walk("VEVENT")
    assert [event.decoded("dtstart") for event in events] == [
        call.opens_at.replace(microsecond=0),
        call.closes_at.replace(microsecond=0),
    ]
    assert call.title in str(events[1]["summary"])


def test_published_calls_are_news(client):
    CallFactory(title="Nouvel appel")
    CallFactory(title="Brouillon", draft=True)

    text = client.get(reverse("calls:call_feed")).content.decode()

    assert "Nouvel appel" in text
    assert "Brouillon" not in text


# Questions -------------------------------------------------------------------------------


def test_who_is_signed_in_asks_and_the_agency_answers_everybody(client, agency):
    call, asker = CallFactory(), UserFactory()
    client.force_login(asker)
    url = reverse("calls:call_ask", args=[call.slug])
    assert client.post(url, {"text": ""}).status_code == 422
    client.post(url, {"text": "Un lycée peut-il candidater ?"})
    question = CallQuestion.objects.get()
    client.force_login(agency)

    client.post(
        reverse("calls:call_question", args=[question.pk]),
        {"text": "Un lycée peut-il candidater ?", "answer": "Oui.", "is_public": "on"},
    )

    client.logout()
    text = client.get(call.get_absolute_url()).content.decode()
    assert "Oui." in text
    assert str(asker) not in text


def test_questions_stop_in_time_and_are_not_doubled():
    call, user = CallFactory(), UserFactory()
    now = timezone.now()
    assert ask(call, text="Quand ?", by=user, now=now) == ask(
        call, text="Quand ?", by=user, now=now
    )
    with pytest.raises(Refused) as no:
        ask(call, text="Encore", by=user, now=call.closes_at)
    assert no.value.code == "closed"
    for number in range(9):
        ask(call, text=f"Et {number} ?", by=user, now=now)
    with pytest.raises(Refused) as no:
        ask(call, text="Et puis ?", by=user, now=now)
    assert no.value.code == "enough"


def test_the_first_answer_is_written_to_who_asked(django_capture_on_commit_callbacks):
    question, by = CallQuestionFactory(), UserFactory(agency=True)
    told = {"text": "Q", "is_public": False, "by": by, "now": NOW}

    with django_capture_on_commit_callbacks(execute=True):
        answer_question(question, answer="Oui.", **told)
        answer_question(question, answer="Oui, bien sûr.", **told)

    assert [letter.to for letter in mail.outbox] == [[question.asked_by.email]]


# Writing -------------------------------------------------------------------------------


def test_the_agency_writes_a_call_and_its_hours_are_kept_to_the_second(client, agency):
    url = reverse("calls:call_new")
    assert client.post(url, posted(closes_at="2027-01-01T00:00")).status_code == 422

    client.post(url, posted())

    call = Call.objects.get()
    assert call.state == CallState.DRAFT
    assert call.closes_at == dt.datetime(2027, 2, 1, 11, 0, 30, tzinfo=dt.UTC)
    assert call.budget_cents == 150_000_00
    assert call.forms.get().published_at is None
    edit = reverse("calls:call_edit", args=[call.slug])
    text = client.get(edit).content.decode()
    assert "2027-02-01T12:00:30" in text
    client.post(edit, posted(budget_cents="12,50"))
    call.refresh_from_db()
    assert call.budget_cents == 1250


def test_two_calls_of_one_title_have_two_addresses():
    by = UserFactory(agency=True)
    first = create_call(CallFactory.build(title="Questions"), by=by)
    second = create_call(CallFactory.build(title="Questions"), by=by)

    assert first.slug != second.slug
    assert "questions" not in {first.slug, second.slug}


def test_a_call_is_published_once_it_is_whole(client, agency):
    call = create_call(
        CallFactory.build(text="", budget_cents=0, opens_at=NOW), by=agency
    )
    now = call.opens_at
    with pytest.raises(Refused) as no:
        publish_call(call, by=agency, now=now)
    assert no.value.code == "missing"
    call.text, call.budget_cents = "Un texte", 100
    call.save()
    client.post(
        reverse("calls:call_criteria", args=[call.slug]),
        {"c0-title": "Intérêt", "c0-weight": "3", "c0-max_score": "5",
         "c1-title": "", "c1-weight": "1", "c1-max_score": "5",
         "c2-title": "Lieu", "c2-weight": "1", "c2-max_score": "5"},
    )  # fmt: skip
    assert list(call.criteria.values_list("title", flat=True)) == ["Intérêt", "Lieu"]
    with pytest.raises(Refused) as no:
        publish_call(call, by=agency, now=call.closes_at)
    assert no.value.code == "past"

    published = publish_call(call, by=agency, now=now)

    assert published.is_open(now)
    assert published.form.number == 1


def test_another_closing_hour_is_told_to_who_writes_a_draft(
    django_capture_on_commit_callbacks,
):
    author = UserFactory()
    call = ApplicationFactory(by=author).call
    call.closes_at += HOUR

    with django_capture_on_commit_callbacks(execute=True):
        change_call(call, now=NOW)
        change_call(call, now=NOW)

    assert [letter.to for letter in mail.outbox] == [[author.email]]


def test_a_call_that_is_called_off_stays_to_be_read(client, agency):
    call = CallFactory()
    url = reverse("calls:call_state", args=[call.slug])

    client.post(url, {"to": "cancelled"})

    call.refresh_from_db()
    assert call.is_cancelled
    client.logout()
    assert "annulé" in client.get(call.get_absolute_url()).content.decode()
    with pytest.raises(Refused):
        cancel_call(call, now=NOW)


def test_criteria_keep_their_order_and_those_left_out_go():
    call = CallFactory()
    first, second, _third = call.criteria.all()

    write_criteria(call, [second, first])

    assert list(call.criteria.all()) == [second, first]


@pytest.mark.parametrize(
    "name",
    ["call_new", "call_edit", "call_criteria", "call_builder", "call_delay"],
)
def test_only_the_agency_writes(client, name):
    args = [] if name == "call_new" else [CallFactory().slug]
    url = reverse(f"calls:{name}", args=args)
    for user in (UserFactory(), UserFactory(observer=True)):
        client.force_login(user)
        assert client.get(url).status_code == 403
        assert client.post(url, {}).status_code in {403, 405}
