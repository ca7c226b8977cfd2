"""The way of an event into a programme: windows, areas, answers, mails, history."""

import datetime as dt
import threading

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from maillage.agenda.choices import LabelState, Status
from maillage.agenda.models import Coordinator, Event, Labelling
from maillage.agenda.services.charter import charter_lines
from maillage.agenda.services.labelling import (
    answer_label,
    broken_since,
    propose_event,
    withdraw_label,
)
from maillage.agenda.services.programmes import (
    dismiss_coordinator,
    name_coordinator,
    open_edition,
    write_charter,
)
from maillage.core.errors import Refused
from maillage.core.models import Entry, Mail
from tests.factories.accounts import UserFactory
from tests.factories.agenda import EventFactory, ProgrammeFactory
from tests.factories.directory import MembershipFactory, StructureFactory
from tests.factories.territories import CommuneFactory, DepartmentFactory

IN_WINDOW = dt.datetime(2027, 5, 10, 9, tzinfo=dt.UTC)
TOO_LATE = dt.datetime(2027, 9, 1, 0, 30, tzinfo=dt.UTC)
LAST_HOUR = dt.datetime(2027, 8, 31, 21, 30, tzinfo=dt.UTC)  # 23:30 in Paris
SHORT = charter_lines(["inside_dates", "free"])


@pytest.fixture
def programme(db):
    return ProgrammeFactory(year=2027, charter=SHORT)


@pytest.fixture
def organiser(db):
    return MembershipFactory(structure=StructureFactory()).user


def event_of(user, *, at="2027-10-02T14:00", **facts):
    owner = user.memberships.get().structure
    commune = facts.pop("commune", None) or CommuneFactory(lille=True)
    return EventFactory(owner=owner, at=at, commune=commune, is_free=True, **facts)


@pytest.fixture
def event(organiser):
    return event_of(organiser)


@pytest.fixture
def nord(programme):
    user = UserFactory(email="nord@example.org")
    Coordinator.objects.create(
        programme=programme, user=user, department=DepartmentFactory(code="59")
    )
    return user


@pytest.fixture
def region(programme):
    user = UserFactory(email="region@example.org")
    Coordinator.objects.create(programme=programme, user=user)
    return user


def ask(programme, event, by, *, now=IN_WINDOW, note=""):
    return propose_event(programme, event=event, note=note, by=by, now=now)


def answer(label, by, decision="grant", **facts):
    return answer_label(label, decision=decision, by=by, now=IN_WINDOW, **facts)


def refusal(call, *args, **kwargs):
    with pytest.raises(Refused) as no:
        call(*args, **kwargs)
    return no.value.code


# Proposing --------------------------------------------------------------------------


def test_the_coordination_of_the_department_is_told(
    programme, event, organiser, nord, region
):
    label = ask(programme, event, organiser, note="Avec le lycée voisin")

    assert label.state == LabelState.ASKED
    mail = Mail.objects.get()
    assert mail.to == "nord@example.org"
    assert "Avec le lycée voisin" in mail.body
    assert label.get_absolute_url() in mail.body


def test_without_a_coordination_there_the_whole_region_is_told(
    programme, organiser, nord, region
):
    ask(programme, event_of(organiser, commune=CommuneFactory(amiens=True)), organiser)

    assert [mail.to for mail in Mail.objects.all()] == ["region@example.org"]


@pytest.mark.parametrize(
    ("now", "code"),
    [
        (dt.datetime(2026, 12, 31, 12, tzinfo=dt.UTC), "closed"),
        (TOO_LATE, "closed"),
        (LAST_HOUR, ""),
        (IN_WINDOW, ""),
    ],
)
def test_the_window_holds_on_the_server_in_local_days(
    now, code, programme, event, organiser
):
    if code:
        assert refusal(ask, programme, event, organiser, now=now) == code
    else:
        assert ask(programme, event, organiser, now=now).pk


def test_somebody_elses_event_is_not_proposed(programme, event):
    assert refusal(ask, programme, event, UserFactory()) == "forbidden"


def test_a_cancelled_event_is_not_proposed(programme, organiser):
    event = event_of(organiser, status=Status.CANCELLED)

    assert refusal(ask, programme, event, organiser) == "cancelled"


def test_an_event_that_breaks_the_charter_needs_a_word(programme, organiser):
    event = event_of(organiser, at="2027-11-20T14:00")

    assert refusal(ask, programme, event, organiser) == "charter"

    label = ask(programme, event, organiser, note="Le planétarium ne vient qu’alors")
    assert label.found.keys() == {"inside_dates"}
    assert "ne vient qu’alors" in label.note


def test_an_event_is_in_one_programme_only(programme, event, organiser):
    event.programme = ProgrammeFactory(edition_of="nuit", year=2027)
    event.save()

    assert refusal(ask, programme, event, organiser) == "elsewhere"


def test_a_proposal_waits_for_its_answer(programme, event, organiser):
    ask(programme, event, organiser)

    assert refusal(ask, programme, event, organiser) == "waiting"


# Answering --------------------------------------------------------------------------


def test_a_granted_event_is_in_the_programme_for_all_to_see(
    programme, event, organiser, nord
):
    answer(ask(programme, event, organiser), nord)

    event.refresh_from_db()
    assert event.programme == programme
    assert Entry.objects.get(kind="event").facets["programme"] == [programme.slug]
    assert event.history.first().history_user == nord
    assert event.sequence == 1
    told = Mail.objects.get(to=organiser.email)
    assert "fait partie de" in told.subject


@pytest.mark.parametrize(
    ("decision", "state"),
    [("ask_changes", LabelState.CHANGES_ASKED), ("refuse", LabelState.REFUSED)],
)
def test_no_is_said_with_a_reason(decision, state, programme, event, organiser, nord):
    label = ask(programme, event, organiser)

    assert refusal(answer, label, nord, decision) == "reason"

    assert answer(label, nord, decision, answer="Précisez l’âge").state == state
    assert "Précisez l’âge" in Mail.objects.get(to=organiser.email).body
    event.refresh_from_db()
    assert event.programme is None


def test_only_the_area_answers(programme, event, organiser, nord, region):
    somme = UserFactory()
    Coordinator.objects.create(
        programme=programme, user=somme, department=DepartmentFactory(code="80")
    )
    label = ask(programme, event, organiser)

    for other in (somme, organiser, UserFactory(observer=True)):
        assert refusal(answer, label, other) == "forbidden"
    assert answer(label, region).state == LabelState.GRANTED


def test_an_event_online_is_for_those_who_answer_for_all(
    programme, organiser, nord, region
):
    owner = organiser.memberships.get().structure
    event = EventFactory(
        owner=owner, at="2027-10-02T14:00", commune=None, place=None, is_free=True
    )
    label = ask(programme, event, organiser)

    assert refusal(answer, label, nord) == "forbidden"
    assert answer(label, region).state == LabelState.GRANTED


def test_a_broken_rule_is_waived_with_a_reason_that_is_kept(programme, organiser, nord):
    event = event_of(organiser, at="2027-11-20T14:00")
    label = ask(programme, event, organiser, note="Nous ne pouvons pas avant")

    assert refusal(answer, label, nord) == "charter"
    assert refusal(answer, label, nord, waived={"inside_dates": "  "}) == "charter"

    label = answer(label, nord, waived={"inside_dates": "Seule date", "free": "x"})
    assert label.waived == {"inside_dates": "Seule date"}
    assert label.found.keys() == {"inside_dates"}


def test_an_event_that_was_answered_is_not_answered_again(
    programme, event, organiser, nord, region
):
    label = ask(programme, event, organiser)
    answer(label, nord)

    with pytest.raises(Refused) as no:
        answer(label, region, "refuse", answer="Trop tard")

    assert no.value.code == "answered"
    assert str(nord) in no.value.message
    label.refresh_from_db()
    assert label.state == LabelState.GRANTED


def test_two_coordinators_at_once_never_both_answer(on_a_file):
    programme = ProgrammeFactory(year=2027, charter=SHORT)
    organiser = MembershipFactory().user
    agency = [UserFactory(agency=True) for _n in range(2)]
    label = ask(programme, event_of(organiser), organiser)
    gate, codes = threading.Barrier(2), []

    def decide(by, decision):
        gate.wait()
        try:
            answer(label, by, decision, answer="Voilà")
            codes.append("done")
        except Refused as no:
            codes.append(no.code)
        finally:
            connection.close()

    threads = [
        threading.Thread(target=decide, args=(by, decision))
        for by, decision in zip(agency, ("grant", "refuse"), strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(codes) == ["answered", "done"]
    label.refresh_from_db()
    event = Event.objects.get()
    assert (event.programme_id is not None) == (label.state == LabelState.GRANTED)


# Afterwards -------------------------------------------------------------------------


def test_what_was_to_be_completed_comes_again_after_the_window(
    programme, event, organiser, nord
):
    label = answer(
        ask(programme, event, organiser), nord, "ask_changes", answer="L’âge"
    )

    again = ask(programme, event, organiser, now=TOO_LATE)

    assert (again.pk, again.state, again.answer) == (label.pk, LabelState.ASKED, "")
    assert again.history.count() == 3
    begun = dt.datetime(2027, 10, 1, 9, tzinfo=dt.UTC)
    answer(again, nord, "ask_changes", answer="Le lieu")
    assert refusal(ask, programme, event, organiser, now=begun) == "closed"


def test_an_organiser_withdraws_and_proposes_again(programme, event, organiser, nord):
    label = answer(ask(programme, event, organiser), nord)

    withdraw_label(label, by=organiser, now=IN_WINDOW)

    event.refresh_from_db()
    assert event.programme is None
    assert Entry.objects.get(kind="event").facets["programme"] == []
    assert ask(programme, event, organiser).state == LabelState.ASKED


def test_the_coordination_withdraws_with_a_reason(programme, event, organiser, nord):
    label = answer(ask(programme, event, organiser), nord)

    assert refusal(withdraw_label, label, by=nord, now=IN_WINDOW) == "reason"
    assert (
        refusal(withdraw_label, label, by=UserFactory(), now=IN_WINDOW) == "forbidden"
    )
    withdraw_label(label, answer="Doublon", by=nord, now=IN_WINDOW)

    assert Labelling.objects.get().state == LabelState.WITHDRAWN
    assert Mail.objects.filter(to=organiser.email, body__contains="Doublon").exists()


def test_a_labelled_event_that_breaks_the_charter_since_is_told(
    programme, event, organiser, nord
):
    answer(ask(programme, event, organiser), nord)
    assert broken_since(programme, by=nord) == []

    event.is_free = False
    Event.objects.filter(pk=event.pk).update(is_free=False)

    (row, found), = broken_since(programme, by=nord)  # fmt: skip
    assert row.event == event
    assert [one.rule.code for one in found.blocking] == ["free"]
    assert broken_since(programme, by=UserFactory()) == []


# Editions ---------------------------------------------------------------------------


def test_the_next_edition_takes_over_charter_and_coordinators(programme, nord):
    agency = UserFactory(agency=True)
    fresh = ProgrammeFactory.build(year=2028, edition_of="Fête de la science", slug="")

    row = open_edition(fresh, after=programme, by=agency)

    assert row.slug == "fete-de-la-science-2028"
    assert row.charter == SHORT
    assert [c.user for c in row.coordinators.all()] == [nord]
    twin = ProgrammeFactory.build(year=2028)
    assert refusal(open_edition, twin, by=agency) == "twice"


def test_the_charter_is_the_agencys_to_write(programme):
    agency = UserFactory(agency=True)
    lines = [
        {"code": "description", "is_required": True, "parameters": {"letters": 90}}
    ]

    assert write_charter(programme, lines=lines, by=agency).charter == lines
    assert (
        refusal(write_charter, programme, lines=lines, by=UserFactory()) == "forbidden"
    )
    wrong = [{"code": "description", "is_required": True, "parameters": {"letters": 1}}]
    assert refusal(write_charter, programme, lines=wrong, by=agency) == "unknown"
    unknown = [{"code": "x", "is_required": True}]
    assert refusal(write_charter, programme, lines=unknown, by=agency) == "unknown"


def test_a_coordinator_has_an_account_and_one_area_once(programme):
    agency, user = UserFactory(agency=True), UserFactory(email="aisne@example.org")
    facts = {"department": DepartmentFactory(code="02"), "by": agency, "now": IN_WINDOW}

    row = name_coordinator(programme, email="Aisne@example.org ", **facts)

    assert row.user == user
    assert programme.queue_url in Mail.objects.get().body
    assert refusal(name_coordinator, programme, email=user.email, **facts) == "twice"
    assert (
        refusal(name_coordinator, programme, email="no@example.org", **facts)
        == "unknown"
    )
    dismiss_coordinator(row, by=agency)
    assert not programme.coordinators.exists()


# Pages ------------------------------------------------------------------------------


def test_an_organiser_sees_the_check_and_proposes(
    client, event, organiser, freezer_day
):
    programme = ProgrammeFactory(
        **freezer_day, charter=charter_lines(["free", "picture"])
    )
    client.force_login(organiser)
    url = reverse("agenda:label_new", args=[programme.slug, event.slug])

    page = client.get(url)
    assert "La charte est respectée." in page.content.decode()
    assert "Ajoutez une image" in page.content.decode()

    assert client.post(url, {"note": ""}).status_code == 302
    label = Labelling.objects.get()
    assert label.state == LabelState.ASKED
    assert event.name in client.get(label.get_absolute_url()).content.decode()


@pytest.fixture
def freezer_day():
    """A programme whose window is open today."""
    today = timezone.localdate()
    return {
        "year": today.year + 1,
        "proposals_from": today - dt.timedelta(5),
        "proposals_until": today + dt.timedelta(5),
    }


def test_a_coordinator_answers_from_the_queue(client, programme, organiser, nord):
    event = event_of(organiser, at="2027-11-20T14:00", name="Planétarium")
    label = ask(programme, event, organiser, note="Une seule date")
    client.force_login(nord)

    queue = client.get(programme.queue_url).content.decode()
    assert "Planétarium" in queue
    assert "dates" in queue

    url = label.get_absolute_url()
    refused = client.post(url, {"decision": "grant", "answer": ""})
    assert refused.status_code == 422
    done = client.post(
        url, {"decision": "grant", "answer": "", "waive_inside_dates": "Seule date"}
    )
    assert done.status_code == 302
    label.refresh_from_db()
    assert label.waived == {"inside_dates": "Seule date"}


@pytest.mark.parametrize("number", [1, 3])
def test_the_queue_costs_the_same_for_one_proposal_or_three(
    client, programme, organiser, nord, number, django_assert_max_num_queries
):
    for _n in range(number):
        ask(programme, event_of(organiser), organiser)
    client.force_login(nord)

    with django_assert_max_num_queries(14):
        client.get(programme.queue_url)
