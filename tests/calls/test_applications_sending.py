"""Sending to the second and once; withdrawal, delays, revisions, eligibility."""

import datetime as dt
import io

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from maillage.calls.choices import ApplicationState, CallState
from maillage.calls.models import Application, Submission
from maillage.calls.services.authors import (
    invite_author,
    join_application,
    remove_author,
)
from maillage.calls.services.drafts import Change, save_answers
from maillage.calls.services.files import attach, detach, path_of
from maillage.calls.services.people import forget_person
from maillage.calls.services.rules import eligibility_rules
from maillage.calls.services.submitting import (
    Incomplete,
    ask_revision,
    check_application,
    close_revision,
    digest_of,
    grant_delay,
    submit,
    withdraw,
)
from maillage.core.errors import Refused
from tests.calls.written import fill
from tests.factories.accounts import UserFactory
from tests.factories.calls import ApplicationFactory, CallFactory
from tests.factories.directory import StructureFactory
from tests.factories.territories import CommuneFactory

pytestmark = pytest.mark.django_db
SECOND = dt.timedelta(seconds=1)
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def ada(db):
    CommuneFactory(lille=True)
    return UserFactory(display_name="Ada", email="ada@example.org")


@pytest.fixture
def ready(ada):
    application = ApplicationFactory(by=ada)
    fill(application, by=ada)
    return application


@pytest.fixture
def in_time(ready):
    return ready.call.closes_at - HOUR


def refused(work, *args, **kwargs):
    with pytest.raises(Refused) as no:
        work(*args, **kwargs)
    return no.value.code


@pytest.mark.parametrize(
    ("ago", "code"),
    [
        (SECOND, ""),
        (dt.timedelta(microseconds=1), ""),
        (dt.timedelta(0), "late"),
        (-dt.timedelta(microseconds=1), "late"),
        (dt.timedelta(days=41), "early"),
    ],
)
def test_the_hour_of_closing_holds_to_the_microsecond(ready, ada, ago, code):
    now = ready.call.closes_at - ago
    if code:
        assert refused(submit, ready, by=ada, now=now) == code
        ready.refresh_from_db()
        assert ready.state == ApplicationState.DRAFT
        assert ready.answers["title"] == "La science au village"
        assert not Submission.objects.exists()
    else:
        assert submit(ready, by=ada, now=now).submitted_at == now


def test_a_closing_hour_moved_meanwhile_counts_as_it_is_now(ready, ada, in_time):
    call = ready.call
    type(call).objects.filter(pk=call.pk).update(closes_at=in_time)

    assert refused(submit, ready, by=ada, now=in_time) == "late"


def test_a_cancelled_call_takes_nothing(ready, ada, in_time):
    type(ready.call).objects.update(state=CallState.CANCELLED)

    assert refused(submit, ready, by=ada, now=in_time) == "closed"


def test_what_is_missing_is_listed_and_nothing_is_sent(ready, ada, in_time):
    save_answers(ready, [Change("title", "", 1)], by=ada, page="page-1", now=in_time)

    with pytest.raises(Incomplete) as no:
        submit(ready, by=ada, now=in_time)
    assert [fault.question for fault in no.value.faults] == ["title"]
    assert not Submission.objects.exists()


def test_it_is_sent_once_with_a_digest_a_mail_and_its_partners(
    ready, ada, in_time, django_capture_on_commit_callbacks
):
    known = StructureFactory(name="Forum des sciences")
    lines = [
        {"name": "Forum des sciences", "role": "atelier", "amount": "500"},
        {"name": "Le café", "role": "", "amount": ""},
    ]
    change = Change("partners", lines, 0)
    save_answers(ready, [change], by=ada, page="page-1", now=in_time)

    with django_capture_on_commit_callbacks(execute=True):
        sent = submit(ready, by=ada, now=in_time)
    assert refused(submit, ready, by=ada, now=in_time) == "sent"

    ready.refresh_from_db()
    assert Submission.objects.count() == 1
    assert (ready.state, ready.submitted_at) == (ApplicationState.SUBMITTED, in_time)
    assert sent.digest == digest_of(Submission.objects.get().content)
    assert sent.content["answers"]["requested"] == 800_000
    assert "rna" not in sent.content["answers"]
    partners = list(ready.partners.values_list("name", "structure", "cents"))
    assert partners == [
        ("Forum des sciences", known.pk, 50_000), ("Le café", None, None)
    ]  # fmt: skip
    (letter,) = mail.outbox
    assert letter.to == ["ada@example.org"]
    assert sent.digest in letter.body
    assert ready.number in letter.subject


def test_a_withdrawn_application_is_out_for_good(ready, ada, in_time):
    submit(ready, by=ada, now=in_time)

    withdraw(ready, by=ada, now=in_time)
    withdraw(ready, by=ada, now=in_time)

    ready.refresh_from_db()
    assert ready.state == ApplicationState.WITHDRAWN
    assert not Application.objects.all().standing().exists()
    assert refused(submit, ready, by=ada, now=in_time) == "sent"


def test_a_decided_application_is_not_withdrawn(ada):
    row = ApplicationFactory(sent=True, state=ApplicationState.GRANTED)

    assert refused(withdraw, row, by=ada, now=row.call.closes_at) == "decided"


def test_a_delay_is_for_one_application_and_holds_to_the_second(ready, ada):
    agency, end = UserFactory(agency=True), ready.call.closes_at
    until = end + HOUR
    delay = {"why": "Panne du site", "by": agency, "now": end}

    assert refused(grant_delay, ready, until=end, **delay) == "past"
    grant_delay(ready, until=until, **delay)

    assert refused(submit, ready, by=ada, now=until) == "late"
    assert submit(ready, by=ada, now=until - SECOND)
    assert refused(grant_delay, ready, until=until, **delay) == "sent"


def test_a_revision_opens_only_what_is_asked_and_both_versions_stay(
    ready, ada, in_time
):
    agency = UserFactory(agency=True)
    submit(ready, by=ada, now=in_time)
    end = ready.call.closes_at + HOUR
    ask_revision(
        ready, sections=["project"], reason="Précisez les dates.",
        until=end, by=agency, now=ready.call.closes_at,
    )  # fmt: skip
    changes = [
        Change("description", "Dix ateliers en mars.", 1),
        Change("requested", "9000", 1),
    ]
    now = end - SECOND

    outcome = save_answers(ready, changes, by=ada, page="p", now=now)
    assert outcome.states == {"description": "saved"}
    assert refused(submit, ready, by=ada, now=end) == "late"
    second = submit(ready, by=ada, now=now)

    assert second.number == 2
    first = Submission.objects.get(number=1)
    assert first.content["answers"]["description"].startswith("Dix ateliers, un bus")
    assert second.content["answers"]["description"] == "Dix ateliers en mars."
    assert second.content["answers"]["requested"] == 800_000
    ready.refresh_from_db()
    assert ready.submitted_at == in_time
    assert not ready.revision_requests.filter(ended_at=None).exists()


def test_a_revision_that_never_came_leaves_what_was_sent(ready, ada, in_time):
    agency = UserFactory(agency=True)
    submit(ready, by=ada, now=in_time)
    now = ready.call.closes_at
    ask_revision(ready, sections=[], reason="?", until=now + HOUR, by=agency, now=now)
    change = Change("title", "À moitié écrit", 1)
    save_answers(ready, [change], by=ada, page="p", now=now)

    close_revision(ready, by=agency, now=now + HOUR)

    ready.refresh_from_db()
    assert ready.state == ApplicationState.SUBMITTED
    assert ready.title == ready.answers["title"] == "La science au village"
    assert refused(close_revision, ready, by=agency, now=now) == "state"


def test_who_is_turned_down_is_told_why(ready, ada, in_time):
    agency = UserFactory(agency=True)
    check = {"by": agency, "now": in_time}
    assert refused(
        check_application, ready, is_eligible=True, reason="", **check
    ) == "state"  # fmt: skip
    submit(ready, by=ada, now=in_time)

    assert refused(
        check_application, ready, is_eligible=False, reason=" ", **check
    ) == "reason"  # fmt: skip
    row = check_application(ready, is_eligible=False, reason="Hors région", **check)
    assert row.state == ApplicationState.INELIGIBLE
    row = check_application(ready, is_eligible=True, reason="", **check)
    assert row.state == ApplicationState.ELIGIBLE


def test_the_rules_of_the_call_are_told_one_by_one(ready, ada, in_time):
    call = ready.call
    call.departments, call.structure_kinds = ["02"], ["university"]
    call.save()
    submit_free = Application.objects.get(pk=ready.pk)
    submit_free.submitted_at = in_time

    broken = [rule.label for rule in eligibility_rules(submit_free) if not rule.holds]

    assert len(broken) == 2  # neither its kind nor its department


# Files ----------------------------------------------------------------------------


def picture(name="rib.png"):
    out = io.BytesIO()
    Image.new("RGB", (20, 20), "white").save(out, "PNG")
    return SimpleUploadedFile(name, out.getvalue())


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("vide.pdf", b""),
        ("note.docm", b"PK\x03\x04word/vbaProject.bin"),
        ("budget.xlsm", b"PK\x03\x04xl/vbaProject.bin"),
        ("programme.exe", b"MZ\x90\x00"),
        ("faux.pdf", b"%PDF-1.7 rien de plus"),
        ("page.html", b"<script>alert(1)</script>"),
        ("image.png", b"\x89PNG\r\n\x1a\n rien"),
    ],
)
def test_files_that_are_no_pdf_or_picture_are_refused(ready, ada, name, content):
    file = SimpleUploadedFile(name, content)
    now = ready.call.opens_at

    assert refused(attach, ready, "bank", file=file, by=ada, now=now) == "file"
    assert not ready.attachments.exists()


def test_a_file_of_200_megabytes_is_refused_before_it_is_read(ready, ada):
    class Big(io.BytesIO):
        name = "gros.pdf"

        def tell(self):
            return 200 * 1024 * 1024

        def read(self, *args):
            raise AssertionError("read")

    now = ready.call.opens_at
    assert refused(attach, ready, "bank", file=Big(), by=ada, now=now) == "file"


def test_a_file_is_kept_once_and_a_version_that_was_sent_still_has_it(
    ready, ada, in_time
):
    kept = {"by": ada, "now": in_time}
    first = attach(ready, "bank", file=picture(), **kept)
    again = attach(ready, "bank", file=picture("autre.png"), **kept)
    assert first == again
    assert first.name == "rib.jpg"
    sent = submit(ready, **kept)
    ask_revision(
        ready, sections=["papers"], reason="Un RIB lisible",
        until=in_time + HOUR, by=ada, now=in_time,
    )  # fmt: skip

    detach(first, now=in_time)

    assert sent.content["files"][0]["sha256"] == first.sha256
    assert path_of(first).exists()
    assert not ready.attachments.all().present().exists()
    assert refused(attach, ready, "title", file=picture(), **kept) == "gone"


# Authors --------------------------------------------------------------------------


def test_an_invited_person_joins_once_by_their_link(ready, ada, in_time):
    zoe, now = UserFactory(), {"now": in_time}
    assert not Application.objects.all().visible_to(zoe).exists()
    author = invite_author(ready, email="Zoe@example.org", by=ada, **now)
    assert refused(invite_author, ready, email="zoe@example.org", by=ada, **now) == (
        "again"
    )

    join_application(author.token, by=zoe, **now)

    assert Application.objects.all().visible_to(zoe).get() == ready
    assert refused(join_application, author.token, by=UserFactory(), **now) == "gone"
    assert refused(join_application, "", by=UserFactory(), **now) == "gone"


def test_the_last_author_stays(ready, ada, in_time):
    mine = ready.authors.get()

    assert refused(remove_author, mine, by=ada, now=in_time) == "last"
    author = invite_author(ready, email="zoe@example.org", by=ada, now=in_time)
    remove_author(author, by=ada, now=in_time)
    assert ready.authors.get() == mine


def test_only_its_people_see_a_draft_and_the_agency_what_was_sent():
    draft, sent = (
        ApplicationFactory(),
        ApplicationFactory(sent=True, call=CallFactory()),
    )
    rows = Application.objects.all()

    assert set(rows.visible_to(UserFactory(agency=True))) == {sent}
    assert set(rows.visible_to(UserFactory(observer=True))) == {sent}
    assert not rows.visible_to(UserFactory()).exists()
    author = UserFactory()
    draft.authors.create(user=author, added_at=draft.created_at)
    assert set(rows.visible_to(author)) == {draft}


def test_who_leaves_the_site_leaves_no_name_on_what_they_wrote(ready, ada, in_time):
    zoe = UserFactory(display_name="Zoé")
    author = invite_author(ready, email=zoe.email, by=ada, now=in_time)
    change = Change("title", "Le titre de Zoé", 0)
    join_application(author.token, by=zoe, now=in_time)
    save_answers(ready, [change], by=zoe, page="z", now=in_time)
    other = ApplicationFactory()
    invite_author(other, email=zoe.email, by=ada, now=in_time)

    forget_person(zoe)

    ready.refresh_from_db()
    assert "Zoé" not in str(ready.marks)
    assert ready.asides["title"][0] | {"at": ""} == {
        "value": "Le titre de Zoé", "by": "", "at": "", "label": "Titre du projet",
        "kind": "line",
    }  # fmt: skip
    assert not other.authors.exists()
