"""Nominations, terms, meetings: the rules and the codes of what is refused."""

import datetime as dt
import io

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.utils import timezone
from pypdf import PdfWriter

from maillage.core.errors import Refused
from maillage.core.models import Mail
from maillage.plan.committee_choices import Audience, MandateState, MeetingState
from maillage.plan.models import Committee, Consultation, Mandate, PublicVote, Seat
from maillage.plan.services import attendance, mandates, meetings, minutes
from maillage.plan.services.governance_loading import load_governance
from maillage.plan.services.tally import Tally, faults
from tests.factories.accounts import UserFactory
from tests.factories.plan_governance import (
    CollegeFactory,
    CommitteeFactory,
    DecisionFactory,
    ItemFactory,
    MandateFactory,
    MeetingFactory,
    SeatFactory,
)

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 3, 10)
NOW = dt.datetime(2026, 3, 10, 9, tzinfo=dt.UTC)
PERSON = {
    "person_name": "Ada", "position": "directrice", "body": "Musée", "structure": None,
    "email": "ada@example.org", "user": None, "shows_name": False, "note": "",
}  # fmt: skip


@pytest.fixture
def agency():
    return UserFactory(agency=True)


class Told:
    """``with Told("code")``: what is inside is refused with that code."""

    def __init__(self, code):
        self.code = code

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        assert kind is Refused, f"nothing was refused with {self.code}"
        assert value.code == self.code
        return True


def propose(seat, by, *, start=TODAY, end=None, **values):
    return mandates.propose(seat, values=PERSON | values, starts_on=start, ends_on=end,
                            by=by, today=TODAY)  # fmt: skip


def answer(mandate, side, by, *, accepts=True, on=TODAY, today=TODAY):
    return mandates.record_answer(
        mandate, side=side, accepts=accepts, decided_on=on, signed_by="préfet",
        reference=f"{side}-12", by=by, now=NOW, today=today,
    )  # fmt: skip


def test_both_the_state_and_the_region_validate_a_nomination(agency):
    mandate = propose(SeatFactory(), agency)
    assert mandate.ends_on == dt.date(2029, 3, 10)  # three years, as the committee says

    mandate = answer(mandate, "state", agency)
    assert mandate.state == MandateState.PROPOSED
    mandate = answer(mandate, "region", agency, on=TODAY + dt.timedelta(9),
                     today=TODAY + dt.timedelta(9))  # fmt: skip

    assert mandate.state == MandateState.SEATED
    assert mandate.starts_on == dt.date(2026, 3, 19)  # the day of the last letter
    assert not Mandate.objects.all().sitting_on(TODAY).exists()
    assert Mandate.objects.all().sitting_on(dt.date(2026, 3, 19)).get() == mandate


def test_one_answer_against_ends_a_nomination(agency):
    mandate = answer(propose(SeatFactory(), agency), "region", agency, accepts=False)
    assert mandate.state == MandateState.REFUSED
    with Told("closed"):
        answer(mandate, "state", agency)


def test_each_side_answers_once_and_not_before_it_is_asked(agency):
    mandate = answer(propose(SeatFactory(), agency), "state", agency)
    with Told("answered"):
        answer(mandate, "state", agency, accepts=False)
    with Told("future"):
        answer(mandate, "region", agency, on=TODAY + dt.timedelta(1))
    with Told("early"):
        answer(mandate, "region", agency, on=TODAY - dt.timedelta(1))


def test_who_leads_by_right_is_not_validated(agency):
    mandate = propose(SeatFactory(college__by_right=True), agency)
    assert mandate.state == MandateState.SEATED


def test_who_sits_stays_until_the_successor_is_validated(agency):
    seat = SeatFactory()
    first = MandateFactory(
        seat=seat, starts_on=dt.date(2025, 1, 1), ends_on=dt.date(2028, 1, 1)
    )
    second = propose(seat, agency, start=dt.date(2026, 4, 1))
    with Told("waiting"):
        propose(seat, agency)
    assert list(Mandate.objects.all().sitting_on(TODAY)) == [first]

    answer(second, "state", agency)
    second = answer(second, "region", agency)
    first.refresh_from_db()

    assert (first.state, first.ends_on) == (MandateState.REPLACED, dt.date(2026, 4, 1))
    assert second.replaces == first
    for day, who in ((dt.date(2026, 3, 31), first), (dt.date(2026, 4, 1), second)):
        assert Mandate.objects.all().sitting_on(day).get() == who


def test_a_resignation_ends_the_mandate_on_its_day(agency):
    mandate = MandateFactory(starts_on=dt.date(2025, 1, 1), ends_on=dt.date(2028, 1, 1))
    with Told("days"):
        mandates.end_mandate(mandate, on=dt.date(2029, 1, 1), why="", by=agency)
    mandates.end_mandate(mandate, on=TODAY, why="Mutation", by=agency)
    assert Mandate.objects.get().state == MandateState.RESIGNED
    assert not Mandate.objects.all().sitting_on(TODAY).exists()
    assert Mandate.objects.all().sitting_on(TODAY - dt.timedelta(1)).exists()


def test_terms_that_end_within_six_months_are_listed(agency):
    committee = CommitteeFactory()
    start = dt.date(2024, 1, 1)
    for end in (dt.date(2026, 3, 1), dt.date(2026, 9, 10), dt.date(2026, 9, 11)):
        MandateFactory(starts_on=start, ends_on=end)
    found = [row.ends_on for row in mandates.ending_soon(committee, today=TODAY)]
    assert found == [
        dt.date(2026, 3, 1),
        dt.date(2026, 9, 10),
    ]  # past, then the nearest


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [((2024, 2, 29), 12, (2025, 2, 28)), ((2026, 8, 31), 6, (2027, 2, 28)), ((2026, 1, 5), 36, (2029, 1, 5))],
)  # fmt: skip
def test_months_are_added_without_leaving_the_month(day, months, then):
    assert mandates.add_months(dt.date(*day), months) == dt.date(*then)


def test_a_name_is_public_only_with_consent(agency):
    mandate = MandateFactory(person_name="Ada", position="directrice")
    assert "Ada" not in mandate.public_label
    assert mandate.structure.name in mandate.public_label
    mandates.change_person(mandate, values={"shows_name": True}, by=agency, today=TODAY)
    mandate.refresh_from_db()
    assert mandate.shows_name_since == TODAY
    assert "Ada" in mandate.public_label


def test_only_the_agency_proposes():
    for person in (UserFactory(), UserFactory(observer=True)):
        with Told("forbidden"):
            propose(SeatFactory(), person)


# Meetings ----------------------------------------------------------------------


def pdf():
    out = io.BytesIO()
    writer = PdfWriter()
    writer.add_blank_page(200, 200)
    writer.write(out)
    return out.getvalue()


def send(meeting, data, by, *, title="Note", audience=Audience.MEMBERS):
    return meetings.add_document(
        meeting, file=io.BytesIO(data), title=title, audience=audience, item=None, by=by,
        now=timezone.now(),
    )  # fmt: skip


def test_the_notice_goes_once_to_each_member_with_the_agenda(agency):
    MandateFactory.create_batch(2)
    MandateFactory(email="", user=UserFactory(email="compte@example.org"))
    MandateFactory(proposed=True)  # not a member yet
    meeting = MeetingFactory(planned=True)
    with Told("agenda"):
        meetings.convene(meeting, by=agency, now=timezone.now())
    ItemFactory(meeting=meeting, title="Bilan de l’année")

    assert meetings.convene(meeting, by=agency, now=timezone.now()) == 3
    assert Mail.objects.filter(to="compte@example.org").exists()
    assert Mail.objects.count() == 3
    assert "Bilan de l’année" in Mail.objects.first().body
    with Told("convened"):  # a double click
        meetings.convene(meeting, by=agency, now=timezone.now())
    assert Mail.objects.count() == 3


def test_members_are_told_when_a_meeting_moves_and_the_calendar_follows(agency):
    MandateFactory()
    meeting = MeetingFactory(starts_at=timezone.now() + dt.timedelta(9))
    values = {name: getattr(meeting, name) for name in meetings.WHEN}
    meetings.change_meeting(
        meeting, values=values, version=1, by=agency, now=timezone.now()
    )
    assert not Mail.objects.exists()

    values["venue"] = "Ailleurs"
    moved = meetings.change_meeting(meeting, values=values, version=2, by=agency, now=timezone.now())  # fmt: skip
    assert (moved.sequence, moved.version) == (1, 3)
    assert Mail.objects.count() == 1
    with Told("stale"):
        meetings.change_meeting(
            meeting, values=values, version=2, by=agency, now=timezone.now()
        )


def test_a_second_click_makes_no_second_meeting(agency):
    committee = CommitteeFactory()
    start = timezone.now()
    values = {"title": "Séance", "starts_at": start, "ends_at": start + dt.timedelta(hours=1),
              "venue": "Ici", "online_url": "", "notice": ""}  # fmt: skip
    first = meetings.plan_meeting(committee, values=values, by=agency)
    assert meetings.plan_meeting(committee, values=values, by=agency) == first


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b"PK\x03\x04 word/vbaProject.bin", "not_pdf"),  # a text with macros
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old text with macros", "not_pdf"),
        (b"MZ\x90\x00", "not_pdf"),
        (b"%PDF-1.7 broken", "unreadable"),
        (b"%PDF-1.7" + b"0" * (21 * 1024 * 1024), "too_big"),
    ],
)  # fmt: skip
def test_what_is_no_sound_pdf_is_not_kept(agency, data, code):
    meeting = MeetingFactory()
    with pytest.raises(ValidationError) as no:
        send(meeting, data, agency)
    assert no.value.code == code
    assert not meeting.documents.exists()


def test_the_same_file_sent_twice_is_one_document(agency):
    meeting = MeetingFactory()
    data = pdf()
    first = send(meeting, data, agency)
    assert send(meeting, data, agency) == first
    with Told("same"):
        send(meeting, data, agency, title="Autre titre")
    assert meeting.documents.count() == 1
    assert first.file.name.startswith("private/committee/")
    assert (settings.MEDIA_ROOT / first.file.name).is_file()


def test_points_keep_an_order_without_holes(agency):
    meeting = MeetingFactory(planned=True)
    for title in ("Un", "Deux", "Trois"):
        meetings.write_item(meeting, values={"title": title, "text": "", "is_voted": False}, by=agency)  # fmt: skip
    last = meeting.items.get(title="Trois")
    meetings.move_item(last, up=True, by=agency)
    meetings.move_item(
        meeting.items.get(title="Un"), up=True, by=agency
    )  # already first
    titles = list(meeting.items.order_by("rank").values_list("rank", "title"))
    assert titles == [(1, "Un"), (2, "Trois"), (3, "Deux")]


def test_a_record_is_public_once_its_minutes_are_approved_at_a_later_meeting(agency):
    MandateFactory()
    now = timezone.now()
    first = MeetingFactory(starts_at=now - dt.timedelta(40))
    sheet = {row.pk: ("present", None) for row in meetings.invited(first)}
    assert sheet == {}  # the mandate began later
    Mandate.objects.update(starts_on=timezone.localdate(now) - dt.timedelta(60))
    sheet = {row.pk: ("present", None) for row in meetings.invited(first)}
    item = ItemFactory(meeting=first)
    attendance.write_sheet(first, sheet=sheet, version=1, by=agency, now=now)
    first = attendance.close_meeting(first, by=agency, now=now)
    later = MeetingFactory(state=MeetingState.HELD)

    with Told("empty"):
        minutes.approve_minutes(first, at=later, by=agency)
    first = minutes.write_minutes(first, intro="", said={item.pk: "Dit."}, version=first.version, by=agency)  # fmt: skip
    with Told("order"):
        minutes.approve_minutes(first, at=first, by=agency)
    with Told("not_approved"):
        minutes.publish_record(first, by=agency, now=now)
    first = minutes.approve_minutes(first, at=later, by=agency)
    with Told("approved"):
        minutes.write_minutes(
            first, intro="Autre", said={}, version=first.version, by=agency
        )
    assert minutes.publish_record(first, by=agency, now=now).is_public


def test_open_decisions_are_listed_the_late_ones_first():
    meeting = MeetingFactory()
    day = timezone.localdate()
    for days in (None, 5, -3):
        DecisionFactory(
            meeting=meeting, due_on=day + dt.timedelta(days) if days else None
        )
    found = [
        row.due_on for row in type(meeting.decisions.first()).objects.all().late_first()
    ]
    assert found == [day - dt.timedelta(3), day + dt.timedelta(5), None]


def test_a_decision_is_followed_with_dated_notes(agency):
    decision = DecisionFactory()
    with Told("note"):
        minutes.follow_decision(
            decision, state="dropped", note="", version=1, by=agency, today=TODAY
        )
    decision = minutes.follow_decision(decision, state="done", note="Envoyé", version=1, by=agency, today=TODAY)  # fmt: skip
    assert (decision.closed_on, decision.notes.get().text) == (TODAY, "Envoyé")
    with Told("stale"):
        minutes.follow_decision(
            decision, state="open", note="", version=1, by=agency, today=TODAY
        )


# The region's files -------------------------------------------------------------


def test_the_files_of_the_region_load_and_load_again_without_change():
    first = load_governance(settings.REGION_DATA, now=NOW)
    CollegeFactory._meta.model.objects.get(code="agence")
    seat = Seat.objects.get(code="academique-1")
    held = MandateFactory(seat=seat)
    assert load_governance(settings.REGION_DATA, now=NOW) == first

    committee = Committee.objects.get(code="suivi")
    assert committee.colleges.count() == 9
    assert set(committee.colleges.filter(by_right=True).values_list("code", flat=True)) == {
        "etat", "region", "agence",
    }  # fmt: skip
    assert Mandate.objects.get() == held
    vote = PublicVote.objects.get()
    assert list(faults(Tally.of(vote))) == []
    assert (vote.present, vote.proxies, vote.apart) == (127, 42, 6)
    assert (vote.votes_for, vote.against, vote.abstained) == (162, 0, 1)


def test_the_consultation_of_2017_has_three_moments_and_47_structures():
    load_governance(settings.REGION_DATA, now=NOW)
    row = Consultation.objects.get(code="2017")
    assert [one.held_on for one in row.sessions.all()] == [
        dt.date(2017, 6, 19), dt.date(2017, 11, 7), dt.date(2017, 12, 6),
    ]  # fmt: skip
    assert row.participants.count() == 47
    assert row.contributions.count() == 0  # the plan gives none, and none is invented


def test_another_region_is_another_folder_and_a_wrong_vote_is_refused(tmp_path):
    assert load_governance(tmp_path, now=NOW)["committees"] == 0
    (tmp_path / "governance.toml").write_text(
        '[[vote]]\ncode="x"\nassembly="A"\ntitle="T"\nsource="S"\npresent=3\nproxies=0\n'
        "apart=0\nvotes_for=2\nagainst=0\nabstained=0\n",
        encoding="utf-8",
    )
    with Told("arithmetic"):
        load_governance(tmp_path, now=NOW)
    (tmp_path / "governance.toml").write_text(
        '[[committee]]\ncode="x"\n', encoding="utf-8"
    )
    with Told("incomplete"):
        load_governance(tmp_path, now=NOW)


def test_a_seat_that_the_file_has_lost_keeps_its_history(tmp_path):
    text = '[[committee]]\ncode="c"\nname="C"\n[[committee.college]]\ncode="k"\nname="K"\nseats=[{0}]\n'
    file = tmp_path / "governance.toml"
    file.write_text(text.format('{code="s", label="S"}'), encoding="utf-8")
    load_governance(tmp_path, now=NOW)
    held = MandateFactory(seat=Seat.objects.get())
    file.write_text(text.format(""), encoding="utf-8")
    load_governance(tmp_path, now=NOW)
    assert not Seat.objects.get().is_active
    assert Mandate.objects.get() == held


def test_a_document_is_dropped_with_its_file(
    agency, django_capture_on_commit_callbacks
):
    meeting = MeetingFactory()
    document = send(meeting, ContentFile(pdf()).read(), agency)
    path = settings.MEDIA_ROOT / document.file.name
    with django_capture_on_commit_callbacks(execute=True):
        meetings.drop_document(document, by=agency)
    assert not path.exists()
