import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from maillage.core.errors import Refused
from maillage.core.models import Mail
from maillage.core.pdf import page_count
from maillage.studio.assessment_pages import visit_pdf
from maillage.studio.models import (
    OVERALL,
    PeerVisit,
    SelfAssessment,
    VisitPoint,
    VisitReviewer,
    VisitSlot,
)
from maillage.studio.services import peer_reports as reports
from maillage.studio.services.assessing import Written
from maillage.studio.services.visiting import (
    add_slot,
    answer_invitation,
    ask_visit,
    invite_reviewer,
    remove_reviewer,
    set_days,
    take_step,
)
from tests.factories.accounts import UserFactory
from tests.factories.assessment import (
    PeerVisitFactory,
    SelfAssessmentFactory,
    VisitPointFactory,
    VisitReviewerFactory,
)
from tests.factories.directory import MembershipFactory

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 9, 14, 9, tzinfo=dt.UTC)


def code_of(verb, *args, **kwargs):
    with pytest.raises(Refused) as no:
        verb(*args, **kwargs)
    return no.value.code


def agency():
    return UserFactory(role="agency")


@pytest.fixture
def member(db):
    return MembershipFactory(manager=True)


@pytest.fixture
def visit(member):
    done = SelfAssessmentFactory(structure=member.structure, finished=True)
    return PeerVisitFactory(assessment=done)


@pytest.fixture
def peer(visit):
    return VisitReviewerFactory(visit=visit).user


def written(visit, peer, today):
    """The visit with all that its report needs."""
    for slug in ("mission", OVERALL):
        wanted = Written(slug, level=2, comment="Vu")
        reports.save_reading(visit, wanted, by=peer, now=NOW, today=today)
    visit.answers.exclude(standard=OVERALL).delete()
    for slug in visit.assessment.answers.values_list("standard", flat=True):
        visit.answers.create(standard=slug, level=3, changed_at=NOW)
    return visit


def test_the_structure_asks_and_the_agency_accepts(member):
    row = SelfAssessmentFactory(structure=member.structure)
    desk = agency()
    assert code_of(ask_visit, row, aim="x", by=member.user, now=NOW) == "draft"
    done = SelfAssessmentFactory(structure=member.structure, finished=True)
    assert code_of(ask_visit, done, aim="x", by=UserFactory(), now=NOW) == "not_yours"
    visit = ask_visit(done, aim="x", by=member.user, now=NOW)

    assert visit.state == "asked"
    assert Mail.objects.filter(to=desk.email).count() == 1
    assert code_of(ask_visit, done, aim="x", by=member.user, now=NOW) == "open"
    wrong = code_of(take_step, visit, step="accepter", by=member.user, now=NOW)
    assert wrong == "not_yours"
    assert take_step(visit, step="accepter", by=desk, now=NOW).state == "planned"
    assert code_of(take_step, visit, step="accepter", by=desk, now=NOW) == "state"


def test_the_agency_proposes_and_the_structure_declines(member):
    done = SelfAssessmentFactory(structure=member.structure, finished=True)
    desk = agency()
    visit = ask_visit(done, aim="x", by=desk, now=NOW)
    assert visit.state == "proposed"
    assert code_of(take_step, visit, step="accepter", by=desk, now=NOW) == "not_yours"
    assert (
        take_step(visit, step="decliner", by=member.user, now=NOW).state == "declined"
    )
    assert ask_visit(done, aim="x", by=member.user, now=NOW).state == "asked"


def test_a_peer_comes_from_another_structure_and_has_no_tie(visit, member):
    desk = agency()

    def invite(user, by=desk):
        return invite_reviewer(visit, email=user.email, is_lead=False, by=by, now=NOW)

    colleague = MembershipFactory(structure=member.structure).user
    MembershipFactory(user=colleague)  # even with a second structure
    writer = MembershipFactory().user
    visit.assessment.answers.filter(standard="mission").update(changed_by=writer)
    assert code_of(invite, colleague) == "conflict"
    assert code_of(invite, writer) == "conflict"
    assert code_of(invite, UserFactory()) == "no_structure"
    assert code_of(invite_reviewer, visit, email="x@y.fr", is_lead=False, by=desk, now=NOW) == "unknown"  # fmt: skip
    free = MembershipFactory()
    assert code_of(invite, free.user, by=member.user) == "forbidden"
    assert invite(free.user).structure == free.structure
    assert code_of(invite, free.user) == "twice"


def test_who_prepares_a_visit_is_not_of_the_structure(visit, member):
    member.user.role = "agency"
    member.user.save()
    days = {"starts_on": NOW.date(), "last_day": NOW.date()}
    assert code_of(set_days, visit, **days, by=member.user) == "forbidden"


def test_a_peer_who_joins_the_structure_loses_the_visit(visit, peer, member):
    rows = PeerVisit.objects.all()
    assert [*rows.reviewed_by(peer)] == [visit]
    MembershipFactory(user=peer, structure=member.structure)
    assert not rows.reviewed_by(peer)
    assert not rows.told_to(peer)  # the report is not written yet


def test_an_invitation_opens_the_self_assessment_once_accepted(visit):
    row = VisitReviewerFactory(visit=visit, state="invited")
    seen = SelfAssessment.objects.all()
    assert PeerVisit.objects.all().visible_to(row.user).exists()
    assert not seen.visible_to(row.user)
    assert not PeerVisit.objects.all().told_to(row.user)
    answer_invitation(visit, accepts=True, reason="", by=row.user, now=NOW)
    assert [*seen.visible_to(row.user)] == [visit.assessment]
    answer_invitation(visit, accepts=False, reason="Ma sœur y travaille", by=row.user, now=NOW)  # fmt: skip
    row.refresh_from_db()
    assert row.reason == "Ma sœur y travaille"
    assert not seen.visible_to(row.user)
    again = code_of(answer_invitation, visit, accepts=True, reason="", by=row.user, now=NOW)  # fmt: skip
    assert again == "gone"


def test_the_programme_stays_within_the_days(visit):
    def slot(day):
        return add_slot(visit, VisitSlot(day=day, starts_at=dt.time(9), label="Tour"))

    assert code_of(slot, visit.ends_on) == "outside"
    assert slot(visit.starts_on).visit == visit
    visit.starts_on = visit.ends_on = None
    visit.save()
    assert code_of(slot, NOW.date()) == "undated"


def test_the_report_goes_back_and_forth_before_it_is_final(visit, peer, member):
    today = visit.ends_on
    early = visit.starts_on - dt.timedelta(1)
    assert code_of(reports.send_report, visit, by=peer, now=NOW, today=early) == "early"
    assert code_of(reports.send_report, visit, by=peer, now=NOW, today=today) == "incomplete"  # fmt: skip
    written(visit, peer, today)
    assert not PeerVisit.objects.all().told_to(member.user)
    assert code_of(reports.send_report, visit, by=member.user, now=NOW, today=today) == "forbidden"  # fmt: skip
    sent = reports.send_report(visit, by=peer, now=NOW, today=today)

    assert sent.reply_due_on == today + dt.timedelta(21)
    assert PeerVisit.objects.all().told_to(member.user).exists()
    words = Written("mission", level=4)
    when = {"by": peer, "now": NOW, "today": today}
    assert code_of(reports.save_reading, visit, words, **when) == "frozen"
    assert code_of(reports.finalise_report, visit, **when) == "waiting"
    assert code_of(reports.reply_to_report, visit, text="x", by=peer, now=NOW) == "not_yours"  # fmt: skip
    assert code_of(reports.reply_to_report, visit, text=" ", by=member.user, now=NOW) == "empty"  # fmt: skip
    reports.reply_to_report(visit, text="41 classes", by=member.user, now=NOW)
    reports.save_reading(visit, words, **when)  # the fact is corrected
    final = reports.finalise_report(visit, **when)

    assert (final.state, final.reply) == ("final", "41 classes")
    assert code_of(reports.save_reading, visit, words, **when) == "frozen"
    assert code_of(reports.reply_to_report, visit, text="x", by=member.user, now=NOW) == "state"  # fmt: skip


def test_a_structure_that_does_not_answer_does_not_hold_the_report(visit, peer):
    written(visit, peer, visit.ends_on)
    sent = reports.send_report(visit, by=peer, now=NOW, today=visit.ends_on)
    day = sent.reply_due_on
    assert code_of(reports.finalise_report, visit, by=peer, now=NOW, today=day) == "waiting"  # fmt: skip
    later = day + dt.timedelta(1)
    assert reports.finalise_report(visit, by=peer, now=NOW, today=later).final_at == NOW


def test_peers_do_not_write_over_each_other(visit, peer):
    other = VisitReviewerFactory(visit=visit).user
    when = {"now": NOW, "today": visit.ends_on}
    reports.save_reading(visit, Written("mission", comment="a"), by=peer, **when)
    late = Written("mission", comment="b", seen=0)
    assert code_of(reports.save_reading, visit, late, by=other, **when) == "stale"


def test_only_a_manager_makes_a_report_public(member, client):
    done = SelfAssessmentFactory(structure=member.structure, finished=True)
    visit = PeerVisitFactory(assessment=done, final=True)
    done.answers.filter(standard="mission").update(comment="Notre secret")
    VisitPointFactory(visit=visit, text="Aller plus loin")
    url = reverse("studio:visit_report", args=[visit.pk])
    editor = MembershipFactory(structure=member.structure).user
    publish = {"is_public": True, "now": NOW}

    assert client.get(url).status_code == 404
    for user in (editor, agency()):
        assert code_of(reports.set_published, visit, by=user, **publish) == "not_yours"
    reports.set_published(visit, by=member.user, **publish)
    text = client.get(url).content.decode()
    assert "Aller plus loin" in text
    assert "Notre secret" not in text
    page = client.get(member.structure.get_absolute_url())
    assert page.status_code == 404 or url in page.content.decode()
    reports.set_published(visit, is_public=False, by=member.user, now=NOW)
    assert client.get(url).status_code == 404


def test_observers_read_the_report_once_it_is_final(visit):
    eye = UserFactory(role="observer")
    rows = PeerVisit.objects.all()
    for state, told in (("planned", False), ("check", False), ("final", True)):
        PeerVisit.objects.update(state=state)
        assert rows.visible_to(eye).exists()
        assert rows.told_to(eye).exists() is told
    assert PeerVisit.objects.all().told_to(agency()).exists()


def test_a_year_later_the_recommendations_are_looked_at_again(member):
    done = SelfAssessmentFactory(structure=member.structure, finished=True)
    visit = PeerVisitFactory(assessment=done, final=True)
    point = VisitPointFactory(visit=visit)
    praise = VisitPointFactory(visit=visit, kind="commendation")
    newer = SelfAssessmentFactory(
        structure=member.structure, finished=True,
        started_at=timezone.now() + dt.timedelta(1),
        finished_at=timezone.now() + dt.timedelta(2),
    )  # fmt: skip
    follow = reports.ask_follow_up(visit, by=member.user, now=NOW)
    assert (follow.follows, follow.assessment) == (visit, newer)
    assert code_of(reports.ask_follow_up, visit, by=member.user, now=NOW) == "twice"
    take_step(follow, step="accepter", by=agency(), now=NOW)
    peer = VisitReviewerFactory(visit=follow).user
    when = {"by": peer, "today": NOW.date()}

    note = reports.note_outcome
    assert code_of(note, follow, praise, outcome="done", note="", **when) == "elsewhere"
    assert code_of(note, follow, point, outcome="x", note="", **when) == "unknown"
    note(follow, point, outcome="done", note="Quatre ateliers", **when)
    assert VisitPoint.objects.get(pk=point.pk).outcome == "done"


def test_a_peer_who_is_taken_out_reads_nothing_more(visit, peer):
    remove_reviewer(VisitReviewer.objects.get(user=peer), by=agency())
    assert not PeerVisit.objects.all().visible_to(peer)


def test_the_pages_of_a_visit_follow_who_looks(visit, peer, member, client):
    today = timezone.localdate()
    written(visit, peer, today)
    VisitPointFactory(visit=visit, text="Aller plus loin")
    url = visit.get_absolute_url()
    send = reverse("studio:visit_send", args=[visit.pk])

    client.force_login(member.user)
    assert "Aller plus loin" not in client.get(url).content.decode()
    assert client.get(reverse("studio:visit_paper", args=[visit.pk])).status_code == 404
    client.force_login(peer)
    page = client.get(url).content.decode()
    assert "Aller plus loin" in page
    assert send in page
    assert client.post(send).status_code == 302
    client.force_login(member.user)
    assert "Aller plus loin" in client.get(url).content.decode()
    reply = reverse("studio:visit_reply", args=[visit.pk])
    assert client.post(reply, {"text": "Merci"}).status_code == 302
    client.force_login(peer)
    client.post(send)
    visit.refresh_from_db()
    assert visit.state == "final"
    for form in ("csv", "ods"):
        export = reverse("studio:visit_export", args=[visit.pk, form])
        assert client.get(export).status_code == 200
    assert page_count(visit_pdf(visit)) >= 1


def test_the_agency_prepares_a_visit_on_its_pages(visit, client):
    free = MembershipFactory()
    client.force_login(agency())
    days = reverse("studio:visit_days", args=[visit.pk])
    wrong = client.post(days, {"starts_on": "2026-10-02", "last_day": "2026-10-01"})
    assert wrong.status_code == 422
    client.post(days, {"starts_on": "2026-10-01", "last_day": "2026-10-02"})
    new = reverse("studio:visit_peer_new", args=[visit.pk])
    client.post(new, {"email": free.user.email, "is_lead": "on"})
    slot = reverse("studio:visit_slot_new", args=[visit.pk])
    client.post(slot, {"day": "2026-10-02", "starts_at": "09:30", "label": "Tour"})
    visit.refresh_from_db()

    assert visit.ends_on == dt.date(2026, 10, 3)
    assert visit.slots.get().label == "Tour"
    client.force_login(free.user)
    assert "Répondre" in client.get(visit.get_absolute_url()).content.decode()
    client.post(reverse("studio:visit_join", args=[visit.pk]), {"accepts": "1"})
    text = client.get(
        reverse("studio:visit_answer", args=[visit.pk, "mission"])
    ).content.decode()
    assert "Ce qu’en dit la structure" in text
