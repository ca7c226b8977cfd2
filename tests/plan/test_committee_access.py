"""Who reads what of the committee: pages, files, lists, calendar, mail, search."""

import csv
import datetime as dt
import io

import pytest
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar
from pypdf import PdfReader

from maillage.plan.committee_choices import Audience, MeetingState
from maillage.plan.models import Attendance, Mandate, Meeting
from tests.factories.accounts import UserFactory
from tests.factories.plan_governance import (
    CommitteeFactory,
    DecisionFactory,
    DocumentFactory,
    ItemFactory,
    MandateFactory,
    MeetingFactory,
    SeatFactory,
)

pytestmark = pytest.mark.django_db
PEOPLE = ("anonymous", "stranger", "former", "member", "observer", "agency")


@pytest.fixture
def people():
    """Somebody of each sort; a former member is a stranger."""
    found = {name: UserFactory() for name in ("stranger", "former", "member")}
    today = timezone.localdate()
    MandateFactory(user=found["member"], person_name="Ada Membre")
    MandateFactory(
        user=found["former"], state="resigned", starts_on=today - dt.timedelta(90),
        ends_on=today - dt.timedelta(10),
    )  # fmt: skip
    MandateFactory(user=found["stranger"], proposed=True)  # not validated: no member
    return found | {
        "observer": UserFactory(observer=True),
        "agency": UserFactory(agency=True),
    }


def url(name, *args):
    return reverse(f"plan:{name}", args=args)


def sees(client, people, address):
    """Who gets an answer; everybody else gets 404."""
    found = set()
    for name in PEOPLE:
        client.logout()
        if name != "anonymous":
            client.force_login(people[name])
        answer = client.get(address)
        if answer.streaming:
            list(answer.streaming_content)
        assert answer.status_code in {200, 404}, (name, answer.status_code)
        if answer.status_code == 200:
            found.add(name)
    return found


INSIDE = {"member", "observer", "agency"}


@pytest.mark.parametrize(
    ("facts", "who"),
    [
        ({"planned": True}, {"agency"}),
        ({}, INSIDE),
        ({"state": MeetingState.HELD}, INSIDE),
        ({"published": True}, {*PEOPLE}),
    ],
)
def test_a_meeting_exists_for_those_who_may_know_of_it(client, people, facts, who):
    meeting = MeetingFactory(**facts)
    for name in ("meeting_detail", "meeting_calendar"):
        assert sees(client, people, url(name, meeting.pk)) == who


@pytest.mark.parametrize(
    ("audience", "facts", "who"),
    [
        (Audience.PUBLIC, {"published": True}, {*PEOPLE}),
        (Audience.PUBLIC, {}, INSIDE),  # not before the record is published
        (Audience.MEMBERS, {"published": True}, INSIDE),
        (Audience.MEMBERS, {"planned": True}, {"agency"}),
        (Audience.AGENCY, {}, {"agency"}),
        (Audience.AGENCY, {"published": True}, {"agency"}),
    ],
)
def test_a_document_follows_its_audience(client, people, audience, facts, who):
    paper = DocumentFactory(
        audience=audience, meeting=MeetingFactory(**facts), title="Secret"
    )
    assert sees(client, people, url("committee_document", paper.pk)) == who

    page = url("meeting_detail", paper.meeting_id)
    for name in PEOPLE:  # nor is it named to the others
        client.logout()
        if name != "anonymous":
            client.force_login(people[name])
        answer = client.get(page)
        named = answer.status_code == 200 and b"Secret" in answer.content
        assert named == (name in who)


def test_no_typed_address_of_the_file_gives_it(client, people):
    paper = DocumentFactory(audience=Audience.AGENCY)
    name = paper.file.name.rsplit("/", 1)[-1]
    for person in ("anonymous", "stranger", "member", "agency"):
        client.logout()
        if person != "anonymous":
            client.force_login(people[person])
        for address in (
            f"/fichiers/{paper.file.name}", f"/fichiers/documents/{name}",
            f"/media/{paper.file.name}", f"/fichiers/documents/../{paper.file.name}",
        ):  # fmt: skip
            assert client.get(address).status_code == 404
        shown = client.get("/" + reverse("file", args=["documents/x.pdf"]).lstrip("/").replace("documents/x.pdf", paper.file.name))  # fmt: skip
        assert shown.status_code == 404


def test_search_finds_no_meeting_and_no_document(client, people):
    DocumentFactory(title="Zygomorphe", meeting__title="Zygomorphe")
    client.force_login(people["stranger"])
    page = client.get(reverse("portal:search") + "?q=Zygomorphe").content.decode()
    assert "/comite/" not in page.split("<main", 1)[-1].split("</main>")[0]


def test_decisions_and_their_file_follow_their_meeting(client, people):
    DecisionFactory(text="Cachée", meeting=MeetingFactory())
    DecisionFactory(text="Publique", meeting=MeetingFactory(published=True))
    for name in PEOPLE:
        client.logout()
        if name != "anonymous":
            client.force_login(people[name])
        page = client.get(url("decision_list")).content.decode()
        text = client.get(url("decision_export", "csv")).content.decode("utf-8-sig")
        rows = [
            row["decision"] for row in csv.DictReader(io.StringIO(text), delimiter=";")
        ]
        assert ("Cachée" in page) == ("Cachée" in rows) == (name in INSIDE)
        assert "Publique" in page
        assert "Publique" in rows


def test_names_are_public_with_consent_only(client, people):
    today = timezone.localdate()
    MandateFactory(person_name="Bob Discret", position="conservateur")
    MandateFactory(person_name="Eve Publique", shows_name=True, shows_name_since=today)
    meeting = MeetingFactory(published=True)
    for row in Mandate.objects.filter(state="seated"):
        Attendance.objects.create(meeting=meeting, mandate=row, presence="present")
    pages = (url("committee"), url("meeting_detail", meeting.pk))
    for name in ("anonymous", "stranger", "member"):
        client.logout()
        if name != "anonymous":
            client.force_login(people[name])
        for address in pages:
            text = client.get(address).content.decode()
            assert "Eve Publique" in text
            assert ("Bob Discret" in text) == (name == "member")
            assert "@example.org" not in text.split("<main", 1)[-1].split("</main>")[0]
    client.logout()
    pdf = client.get(url("meeting_minutes", meeting.pk))
    paper = "".join(
        one.extract_text() for one in PdfReader(io.BytesIO(pdf.content)).pages
    )
    assert "Bob Discret" not in paper
    assert "Eve Publique" in paper


def test_a_draft_of_the_minutes_is_for_the_agency_alone(client, people):
    meeting = MeetingFactory(state=MeetingState.HELD, minutes="Projet de texte")
    assert sees(client, people, url("meeting_minutes", meeting.pk)) == {"agency"}
    client.force_login(people["member"])
    assert (
        "Projet de texte" not in client.get(meeting.get_absolute_url()).content.decode()
    )


def test_the_calendar_entry_is_read_back_and_tells_members_the_link(client, people):
    meeting = MeetingFactory(
        published=True, online_url="https://visio.example/secret", sequence=4
    )
    ItemFactory(meeting=meeting, title="Bilan")
    for name, told in (("anonymous", False), ("member", True)):
        client.logout()
        if name != "anonymous":
            client.force_login(people[name])
        entry = Calendar.from_ical(client.get(url("meeting_calendar", meeting.pk)).content).walk("VEVENT")[0]  # fmt: skip
        assert str(entry["uid"]).startswith(str(meeting.uid))
        assert entry["sequence"] == 4
        assert ("secret" in str(entry["location"])) == told
        assert "Bilan" in str(entry["description"])
    meeting.state = MeetingState.CANCELLED
    meeting.save()
    entry = Calendar.from_ical(client.get(url("meeting_calendar", meeting.pk)).content)
    assert entry.walk("VEVENT")[0]["status"] == "CANCELLED"


def test_members_find_their_meetings_in_their_space(client, people):
    MeetingFactory(
        title="Séance de printemps", starts_at=timezone.now() + dt.timedelta(3)
    )
    MeetingFactory(title="Séance en préparation", planned=True)
    for name, told in (("member", True), ("stranger", False), ("former", False)):
        client.force_login(people[name])
        text = client.get(reverse("portal:my_space")).content.decode()
        assert ("Séance de printemps" in text) == told
        assert "Séance en préparation" not in text


# The agency at work -------------------------------------------------------------


def test_the_agency_takes_a_nomination_to_a_seat(client, people):
    client.force_login(people["agency"])
    seat = SeatFactory()
    page = client.post(url("mandate_new", seat.pk), {"person_name": "Ada"})
    assert page.status_code == 422

    sent = {"person_name": "Ada Neuve", "position": "directrice", "body": "Musée",
            "account": people["stranger"].email, "starts_on": timezone.localdate().isoformat()}  # fmt: skip
    assert client.post(url("mandate_new", seat.pk), sent).status_code == 302
    mandate = Mandate.objects.get(seat=seat)
    for side in ("state", "region"):
        letter = {"side": side, "accepts": "yes", "decided_on": timezone.localdate().isoformat(),
                  "signed_by": "préfet", "reference": "A-1"}  # fmt: skip
        client.post(url("mandate_answer", mandate.pk), letter)
        again = client.post(url("mandate_answer", mandate.pk), letter)  # a double click
        assert again.status_code == 422
    mandate.refresh_from_db()
    assert mandate.state == "seated"
    assert mandate.validations.count() == 2
    assert mandate.user == people["stranger"]


def test_a_wrong_sum_is_told_beside_the_number_and_nothing_is_lost(client, people):
    client.force_login(people["agency"])
    item = ItemFactory()
    member = Mandate.objects.get(person_name="Ada Membre")
    sheet = {"version": 1, f"presence_{member.pk}": "present", f"proxy_{member.pk}": ""}
    assert client.post(url("meeting_sheet", item.meeting_id), sheet).status_code == 302

    numbers = {"question": "Adopter ?", "rule": "simple", "present": 1, "proxies": 0,
               "apart": 0, "votes_for": 0, "against": 0, "abstained": 0}  # fmt: skip
    page = client.post(url("vote_count", item.meeting_id, item.pk), numbers)
    assert page.status_code == 422
    text = page.content.decode()
    assert "il en manque 1" in text
    assert "Adopter ?" in text
    done = client.post(
        url("vote_count", item.meeting_id, item.pk), numbers | {"votes_for": 1}
    )
    assert done.status_code == 302
    assert (
        "1 + 0 − 0 = 1 = 1 + 0 + 0"
        in client.get(item.meeting.get_absolute_url()).content.decode()
    )


def test_two_people_who_edit_a_meeting_keep_what_they_typed(client, people):
    client.force_login(people["agency"])
    meeting = MeetingFactory(planned=True)
    start = (timezone.localtime() + dt.timedelta(9)).replace(hour=9, minute=0)
    sent = {"version": 1, "title": "Titre du premier", "starts_at": f"{start:%Y-%m-%dT%H:%M}",
            "ends_at": f"{start:%Y-%m-%dT}12:00", "venue": "Ici"}  # fmt: skip
    assert client.post(url("meeting_edit", meeting.pk), sent).status_code == 302
    page = client.post(
        url("meeting_edit", meeting.pk), sent | {"title": "Titre du second"}
    )
    assert page.status_code == 422
    assert "Titre du second" in page.content.decode()
    meeting.refresh_from_db()
    assert meeting.title == "Titre du premier"


def test_a_file_that_is_no_pdf_is_told_in_the_form(client, people):
    client.force_login(people["agency"])
    meeting = MeetingFactory(planned=True)
    file = io.BytesIO(b"PK\x03\x04 vbaProject")
    file.name = "budget.docm"
    sent = {"title": "Budget", "audience": "agency", "file": file}
    page = client.post(url("document_add", meeting.pk), sent)
    assert page.status_code == 422
    assert "pas un PDF" in page.content.decode()
    empty = io.BytesIO(b"")
    empty.name = "vide.pdf"
    assert (
        client.post(url("document_add", meeting.pk), sent | {"file": empty}).status_code
        == 422
    )


def test_observers_read_the_desk_and_change_nothing(client, people):
    client.force_login(people["observer"])
    CommitteeFactory()
    mandate = Mandate.objects.get(person_name="Ada Membre")
    assert client.get(url("committee_desk")).status_code == 200
    page = client.get(url("mandate_detail", mandate.pk))
    assert page.status_code == 200
    assert (
        b"<form class=" not in page.content.split(b"<main", 1)[-1].split(b"</main>")[0]
    )
    meeting = MeetingFactory(planned=True)
    for name in ("convoquer", "annuler"):
        assert client.post(url("meeting_step", meeting.pk, name)).status_code == 403
    assert Meeting.objects.get(pk=meeting.pk).state == MeetingState.PLANNED


def test_a_meeting_goes_from_its_notice_to_its_minutes(client, people):
    client.force_login(people["agency"])
    meeting = MeetingFactory(planned=True)
    client.post(url("meeting_items", meeting.pk), {"title": "Bilan"})
    client.post(url("meeting_items", meeting.pk), {"title": "Bilan"})  # a double click
    assert meeting.items.count() == 1
    client.post(url("meeting_step", meeting.pk, "convoquer"))
    Meeting.objects.filter(pk=meeting.pk).update(
        starts_at=timezone.now() - dt.timedelta(hours=1)
    )
    member = Mandate.objects.get(person_name="Ada Membre")
    version = Meeting.objects.get(pk=meeting.pk).version
    client.post(
        url("meeting_sheet", meeting.pk),
        {"version": version, f"presence_{member.pk}": "present"},
    )
    client.post(
        url("decision_new", meeting.pk),
        {"text": "Écrire le bilan", "owner_words": "agence"},
    )
    client.post(url("meeting_step", meeting.pk, "cloturer"))
    version = Meeting.objects.get(pk=meeting.pk).version
    item = meeting.items.get()
    client.post(url("minutes_edit", meeting.pk), {"version": version, "intro": "Ouverte à 9 h.", f"said_{item.pk}": "Le bilan est bon."})  # fmt: skip
    paper = client.get(url("meeting_minutes", meeting.pk))
    text = "".join(
        one.extract_text() for one in PdfReader(io.BytesIO(paper.content)).pages
    )
    assert "Le bilan est bon" in text
    assert "PROJET" in text

    later = MeetingFactory(state=MeetingState.HELD, starts_at=timezone.now())
    client.post(url("minutes_approve", meeting.pk), {"at": later.pk})
    client.post(url("meeting_step", meeting.pk, "publier"))
    client.logout()
    page = client.get(meeting.get_absolute_url())
    assert page.status_code == 200
    assert "Le bilan est bon." in page.content.decode()
    assert "Écrire le bilan" in client.get(url("decision_list")).content.decode()
