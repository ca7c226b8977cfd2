import datetime as dt

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from maillage.core.errors import Refused
from maillage.core.models import Mail
from maillage.portal.own_data import data_file, leave_for_good
from maillage.studio.models import Improvement, StudioReminder
from maillage.studio.services.improving import (
    delete_improvement,
    note_improvement,
    save_improvement,
    to_take_up,
)
from maillage.studio.services.studio_reminders import remind_studio
from tests.factories.accounts import UserFactory
from tests.factories.assessment import (
    ImprovementFactory,
    PeerVisitFactory,
    SelfAssessmentFactory,
    VisitPointFactory,
    VisitReviewerFactory,
)
from tests.factories.directory import MembershipFactory

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 9, 14, 9, tzinfo=dt.UTC)
TODAY = NOW.date()


def code_of(verb, *args, **kwargs):
    with pytest.raises(Refused) as no:
        verb(*args, **kwargs)
    return no.value.code


@pytest.fixture
def member(db):
    return MembershipFactory(manager=True)


def test_a_plan_begins_with_what_is_weak_and_what_peers_recommend(member):
    structure = member.structure
    done = SelfAssessmentFactory(structure=structure, finished=True, level=3)
    done.answers.filter(standard__in=["mission", "equilibre"]).update(level=1)
    visit = PeerVisitFactory(assessment=done, final=True)
    point = VisitPointFactory(visit=visit, standard="equilibre")
    VisitPointFactory(visit=visit, kind="commendation")
    hidden = PeerVisitFactory(assessment=done)
    VisitPointFactory(visit=hidden)  # not sent yet

    waiting = to_take_up(structure)
    assert [(one.standard.slug, one.point) for one in waiting] == [
        ("equilibre", point), ("mission", None),
    ]  # fmt: skip
    ImprovementFactory(structure=structure, point=point, standard="equilibre")
    ImprovementFactory(structure=structure, assessment=done, standard="mission")
    assert to_take_up(structure) == []


def test_an_action_is_of_the_structure_and_its_people(member):
    def save(**more):
        row = ImprovementFactory.build(structure=member.structure, **more)
        return save_improvement(row, by=member.user, now=NOW)

    assert save(owner=member.user).created_at == NOW
    assert code_of(save, owner=MembershipFactory().user) == "owner"
    assert code_of(save, point=VisitPointFactory()) == "elsewhere"
    other = SelfAssessmentFactory(finished=True)
    assert code_of(save, assessment=other) == "elsewhere"
    row = ImprovementFactory()
    assert code_of(save_improvement, row, by=member.user, now=NOW) == "not_yours"


def test_two_people_do_not_change_an_action_over_each_other(member):
    row = ImprovementFactory(structure=member.structure)
    same = Improvement.objects.get(pk=row.pk)
    row.label = "Trois ateliers"
    save_improvement(row, by=member.user, now=NOW, seen=0)
    same.label = "Quatre ateliers"
    assert code_of(save_improvement, same, by=member.user, now=NOW, seen=0) == "stale"


def test_an_action_is_followed_until_its_end(member):
    row = ImprovementFactory(structure=member.structure)

    def note(text="", state=""):
        return note_improvement(row, text=text, state=state, by=member.user, now=NOW)

    assert code_of(note) == "empty"
    assert code_of(note, state="dropped") == "why"
    assert code_of(note, state="x", text="x") == "unknown"
    assert note(text="Deux communes ont dit oui").state == ""
    assert note(state="done").state == "done"
    row.refresh_from_db()
    assert not row.is_open
    assert code_of(delete_improvement, row, by=member.user) == "noted"
    fresh = ImprovementFactory(structure=member.structure)
    delete_improvement(fresh, by=member.user)
    assert not Improvement.objects.filter(pk=fresh.pk).exists()


def test_what_is_late_is_told_once_for_each_date(member):
    editor = MembershipFactory(structure=member.structure).user
    gone = UserFactory()  # was in charge, is not of the team any more
    day = TODAY - dt.timedelta(1)
    owned = ImprovementFactory(structure=member.structure, owner=editor, due_on=day)
    ImprovementFactory(structure=member.structure, owner=gone, due_on=day)
    ImprovementFactory(structure=member.structure, due_on=TODAY)
    ImprovementFactory(structure=member.structure, due_on=day, state="done")
    ImprovementFactory(structure=member.structure, due_on=day, is_example=True)

    assert remind_studio(today=TODAY, now=NOW) == 2
    assert remind_studio(today=TODAY, now=NOW) == 0
    assert {*Mail.objects.values_list("to", flat=True)} == {editor.email, member.user.email}  # fmt: skip
    Improvement.objects.filter(pk=owned.pk).update(due_on=day - dt.timedelta(3))
    assert remind_studio(today=TODAY, now=NOW) == 1  # another date, another subject


def test_replies_and_follow_up_visits_are_told_of(member):
    done = SelfAssessmentFactory(structure=member.structure, finished=True)
    PeerVisitFactory(assessment=done, check=True, reply_due_on=TODAY + dt.timedelta(4))
    PeerVisitFactory(assessment=done, check=True, reply_due_on=TODAY + dt.timedelta(9))
    PeerVisitFactory(assessment=done, final=True, final_at=NOW - dt.timedelta(364))
    due = PeerVisitFactory(assessment=done, final=True, final_at=NOW - dt.timedelta(366))  # fmt: skip
    assert remind_studio(today=TODAY, now=NOW) == 2
    assert StudioReminder.objects.filter(key=f"follow-up-{due.pk}").count() == 1
    PeerVisitFactory(assessment=done, follows=due)
    MembershipFactory(structure=member.structure)
    assert remind_studio(today=TODAY, now=NOW) == 1  # the newcomer, of the answer


def test_the_command_tries_unless_told(member, capsys):
    ImprovementFactory(structure=member.structure, due_on=dt.date(2026, 1, 1))
    call_command("studio_daily")
    assert not Mail.objects.exists()
    call_command("studio_daily", commit=True)
    assert Mail.objects.count() == 1
    assert "1 mail(s) written" in capsys.readouterr().out


def test_a_plan_is_read_by_those_who_follow_it(member):
    row = ImprovementFactory(structure=member.structure)
    done = SelfAssessmentFactory(structure=member.structure, finished=True)
    peer = VisitReviewerFactory(visit__assessment=done).user
    rows = Improvement.objects.all()
    for user in (member.user, peer, UserFactory(role="agency"), UserFactory(role="observer")):  # fmt: skip
        assert [*rows.visible_to(user)] == [row]
    assert not rows.visible_to(MembershipFactory().user)
    assert [*rows.editable_by(member.user)] == [row]
    assert not rows.editable_by(UserFactory(role="agency"))


def test_a_weak_standard_becomes_an_action_on_the_pages(member, client):
    structure = member.structure
    SelfAssessmentFactory(structure=structure, finished=True, level=2)
    client.force_login(member.user)
    plan = reverse("studio:improvement_plan", args=[structure.slug])
    new = reverse("studio:improvement_new", args=[structure.slug]) + "?norme=mission"
    assert new in client.get(plan).content.decode()
    wrong = client.post(new, {"label": "", "due_on": "2027-01-01"})
    assert wrong.status_code == 422
    client.post(new, {"label": "Relire la mission", "due_on": "2027-01-01"})
    row = Improvement.objects.get()
    assert (row.standard, row.assessment.structure) == ("mission", structure)
    assert new not in client.get(plan).content.decode()
    note = reverse("studio:improvement_note", args=[row.pk])
    assert client.post(note, {"state": "dropped", "text": ""}).status_code == 422
    client.post(note, {"state": "doing", "text": "Réunion prévue"})
    assert "Réunion prévue" in client.get(row.get_absolute_url()).content.decode()
    edit = reverse("studio:improvement_edit", args=[row.pk])
    client.post(edit, {"label": "Relire", "due_on": "2027-02-01", "seen": "1"})
    row.refresh_from_db()
    assert (row.label, row.state) == ("Relire", "doing")
    export = reverse("studio:improvement_export", args=[structure.slug, "csv"])
    assert "Relire" in client.get(export).content.decode("utf-8-sig")


def test_my_space_shows_what_waits_for_me(member, client):
    done = SelfAssessmentFactory(structure=member.structure, finished=True)
    PeerVisitFactory(assessment=done, check=True)
    ImprovementFactory(structure=member.structure, owner=member.user, label="La mienne")
    client.force_login(member.user)
    text = client.get(reverse("portal:my_space")).content.decode()
    assert "Rapport de visite à vérifier" in text
    assert "La mienne" in text
    invited = VisitReviewerFactory(state="invited").user
    client.force_login(invited)
    assert "Serez-vous pair" in client.get(reverse("portal:my_space")).content.decode()


def test_my_data_hold_what_i_wrote_and_leave_with_me(member):
    row = SelfAssessmentFactory(structure=member.structure, level=2)
    row.answers.filter(standard="mission").update(
        comment="Mes mots", changed_by=member.user
    )
    row.answers.filter(standard="accueil").update(
        comment="Ceux d’une autre", changed_by=MembershipFactory().user
    )
    visit = PeerVisitFactory(final=True)
    peer = VisitReviewerFactory(
        visit=visit, structure=member.structure, user=member.user,
        state="declined", reason="Un motif",
    )  # fmt: skip
    text = data_file(member.user, now=timezone.now())

    assert "Mes mots" in text
    assert "Un motif" in text
    assert "Ceux d’une autre" not in text
    leave_for_good(member.user, now=timezone.now())
    peer.refresh_from_db()
    assert (peer.user, peer.reason) == (None, "")
    assert row.answers.get(standard="mission").comment == "Mes mots"
    assert row.answers.get(standard="mission").changed_by is None
