"""Partners agree; the page opens; the resource takes credits and shares."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from maillage.catalogue.models import RevenueKey
from maillage.circulation.models import Charge
from maillage.circulation.services import money
from maillage.core.errors import Refused
from maillage.core.models import Mail
from maillage.studio.models import Partner, Project, Task
from maillage.studio.services.agreeing import (
    agree,
    ask_agreement,
    is_carried,
    publish_project,
)
from maillage.studio.services.projects import finish_task, save_part, save_project
from tests.factories.accounts import UserFactory
from tests.factories.catalogue import ResourceFactory
from tests.factories.circulation import CopyFactory, LoanFactory
from tests.factories.directory import MembershipFactory
from tests.factories.studio import PartnerFactory, ProjectFactory

pytestmark = pytest.mark.django_db


def refusal(action):
    with pytest.raises(Refused) as no:
        action()
    return no.value.code


def who(user=None):
    return {"by": user or UserFactory(agency=True), "now": timezone.now()}


@pytest.fixture
def project():
    """Two partners, 60 and 40 %; the second has not agreed."""
    found = ProjectFactory(lead__listed=True, resource=ResourceFactory(listed=True))
    found.partners.update(revenue_bps=6_000, credit="textes")
    PartnerFactory(
        project=found, structure__listed=True, revenue_bps=4_000, credit="décors"
    )
    return found


@pytest.fixture
def second(project):
    partner = project.partners.get(agreed_at=None)
    member = MembershipFactory(structure=partner.structure)
    return partner, member.user


def keys(project):
    rows = RevenueKey.objects.filter(resource=project.resource)
    return dict(rows.values_list("structure", "parts"))


def test_shares_reach_the_catalogue_once_all_agree(project, second):
    partner, user = second
    assert not is_carried(project)
    for _click in range(2):
        agree(partner, does=True, **who(user))

    assert keys(project) == {
        project.lead_id: 6_000, partner.structure_id: 4_000,
    }  # fmt: skip
    assert is_carried(project)
    assert project.journal.filter(text__contains="Parts portées").count() == 1


def test_shares_that_are_not_whole_wait(project, second):
    partner, user = second
    project.partners.filter(pk=partner.pk).update(revenue_bps=3_999)
    agree(partner, does=True, **who(user))
    assert keys(project) == {}


def test_the_income_of_loans_follows_the_project_to_the_cent(project, second):
    partner, user = second
    third = PartnerFactory(project=project, structure__listed=True)
    project.partners.filter(structure=project.lead).update(revenue_bps=3_334)
    project.partners.exclude(structure=project.lead).update(revenue_bps=3_333)
    for one, by in ((partner, user), (third, None)):
        agree(one, does=True, **who(by))
    copy = CopyFactory(resource=project.resource)
    day = dt.date(2026, 1, 5)
    loan = LoanFactory(
        copy=copy, state="returned", departs_on=day - dt.timedelta(1), starts_on=day,
        ends_on=day + dt.timedelta(21), free_on=day + dt.timedelta(23),
    )  # fmt: skip
    Charge.objects.create(loan=loan, kind="fee", text="Location", cents=10_001)
    account = money.accounts(
        [project.resource], start=day, end=dt.date(2026, 12, 31), today=dt.date(2026, 12, 31)
    )[0]  # fmt: skip

    assert sum(share.cents for share in account.shares) == 10_001
    shares = {share.structure.pk: share.cents for share in account.shares}
    assert shares[project.lead_id] == 3_335
    assert {shares[one.structure_id] for one in (partner, third)} == {3_333}


def test_what_was_carried_stays_until_something_else_is_agreed(project, second):
    partner, user = second
    agree(partner, does=True, **who(user))
    carried = keys(project)
    lead = MembershipFactory(structure=project.lead).user
    partner.refresh_from_db()
    partner.revenue_bps = 3_000
    save_part(partner, project=project, **who(lead))
    own = project.partners.get(structure=project.lead)
    own.revenue_bps = 7_000
    save_part(own, project=project, **who(lead))

    partner.refresh_from_db()
    own.refresh_from_db()
    assert partner.agreed_at is None  # other terms, another agreement
    assert own.agreed_at is not None  # who writes one's own terms agrees
    assert keys(project) == carried
    agree(partner, does=True, **who(user))
    assert keys(project) == {
        project.lead_id: 7_000, partner.structure_id: 3_000,
    }  # fmt: skip


def test_shares_are_carried_when_the_resource_comes_last(project, second):
    resource, project.resource = project.resource, None
    project.save()
    agree(second[0], does=True, **who(second[1]))
    project.resource = resource
    save_project(project, **who())
    assert sum(keys(project).values()) == 10_000


def test_a_resource_of_others_is_not_taken(project):
    lead = MembershipFactory(structure=project.lead).user
    project.resource = ResourceFactory(listed=True)
    assert refusal(lambda: save_project(project, **who(lead))) == "not_yours"


def test_a_key_written_by_hand_is_told(project, second, client):
    agree(second[0], does=True, **who(second[1]))
    RevenueKey.objects.filter(structure=project.lead).update(parts=1)
    assert not is_carried(project)
    project.summary = "D’autres mots"
    save_project(project, **who())
    save_part(project.partners.get(structure=project.lead), project=project, **who())
    assert not is_carried(project)  # words change no shares
    client.force_login(UserFactory(agency=True))
    page = client.get(project.get_absolute_url()).content.decode()
    assert "parts différentes" in page


def test_nobody_agrees_for_another(project, second):
    stranger = MembershipFactory().user
    assert refusal(lambda: agree(second[0], does=True, **who(stranger))) == "not_yours"


def test_the_page_opens_when_all_agree_and_closes_when_one_does_not(
    client, project, second
):
    partner, user = second
    url = reverse("studio:work_detail", args=[project.pk])

    def publish():
        return publish_project(project, is_public=True, **who())

    assert refusal(publish) == "pending"
    assert client.get(url).status_code == 404
    agree(partner, does=True, **who(user))
    assert client.get(url).status_code == 404
    publish()
    text = client.get(url).content.decode()
    for word in ("décors", partner.structure.name, project.resource.name):
        assert word in text or word == project.resource.name
    assert reverse("catalogue:resource_detail", args=[project.resource.slug]) in text
    for where in (
        reverse("studio:work_list"),
        project.resource.get_absolute_url(),
        partner.structure.get_absolute_url(),
    ):
        assert url in client.get(where).content.decode()

    agree(partner, does=False, **who(user))
    assert client.get(url).status_code == 404
    assert url not in client.get(reverse("studio:work_list")).content.decode()
    client.force_login(user)
    assert "seuls à voir cette page" in client.get(url).content.decode()


def test_a_lead_that_is_not_public_has_no_page():
    project = ProjectFactory(lead__state="draft")
    assert (
        refusal(lambda: publish_project(project, is_public=True, **who())) == "hidden"
    )
    Project.objects.update(published_at=timezone.now())
    assert not Project.objects.all().public().exists()


def test_the_public_page_does_not_tell_money_tasks_or_journal(client, project):
    Partner.objects.update(agreed_at=timezone.now())
    publish_project(project, is_public=True, **who())
    project.journal.create(text="Mot interne", at=timezone.now())
    Task.objects.create(
        project=project, label="Tâche interne", due_on=dt.date(2027, 1, 4)
    )
    url = reverse("studio:work_detail", args=[project.pk])
    text = client.get(url).content.decode()
    for word in ("interne", "40\u00a0%", "60\u00a0%"):
        assert word not in text


def test_partners_are_asked_by_mail_once_a_day(project, second):
    now = timezone.now()
    by = UserFactory()
    assert ask_agreement(project, by=by, now=now) == 1
    assert Mail.objects.get().to == second[1].email
    assert refusal(lambda: ask_agreement(project, by=by, now=now)) == "soon"
    ask_agreement(project, by=by, now=now + dt.timedelta(1))
    agree(second[0], does=True, **who(second[1]))
    assert refusal(lambda: ask_agreement(project, by=by, now=now)) == "agreed"


def test_a_task_is_done_by_who_has_it_or_who_leads(project, second):
    partner, user = second
    other = MembershipFactory(structure=PartnerFactory(project=project).structure).user
    task = Task.objects.create(
        project=project, structure=partner.structure, label="Scier", due_on=dt.date(2027, 1, 4)
    )  # fmt: skip
    assert refusal(lambda: finish_task(task, **who(other))) == "not_yours"
    for _click in range(2):
        assert finish_task(task, **who(user)).state == "done"
    assert project.journal.filter(text__contains="Scier").count() == 1


def test_the_verbs_have_their_buttons(client, project, second):
    partner, user = second
    task = Task.objects.create(
        project=project, structure=partner.structure, label="Scier", due_on=dt.date(2027, 1, 4)
    )  # fmt: skip
    client.force_login(user)
    client.post(
        reverse("studio:project_agree", args=[project.pk, partner.pk]), {"do": "agree"}
    )
    client.post(reverse("studio:project_task_finish", args=[project.pk, task.pk]))
    task.refresh_from_db()
    partner.refresh_from_db()
    assert (task.state, partner.agreed_by) == ("done", user)
    publish = reverse("studio:project_publish", args=[project.pk])
    assert client.post(publish, {"do": "open"}).status_code == 404
    client.force_login(MembershipFactory(structure=project.lead).user)
    client.post(publish, {"do": "open"})
    assert Project.objects.all().public().get() == project
    client.post(publish, {"do": "close"})
    assert not Project.objects.all().public().exists()


@pytest.mark.parametrize("what", ["partenaires", "budget", "taches"])
def test_each_table_is_downloaded(client, project, what):
    client.force_login(UserFactory(agency=True))
    for form in ("csv", "xlsx", "ods"):
        url = reverse("studio:project_export", args=[project.pk, what, form])
        assert client.get(url).status_code == 200
