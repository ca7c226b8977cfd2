"""Works made together: who sees them, what is shared, what lacks."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from maillage.accounts.choices import Role
from maillage.core.errors import Refused
from maillage.studio.models import BudgetLine, Partner, Project, Task
from maillage.studio.project_pages import credits_of
from maillage.studio.services.projects import (
    balances,
    delete_part,
    gaps,
    links,
    save_part,
    share_left,
)
from tests.factories.accounts import UserFactory
from tests.factories.catalogue import ResourceFactory
from tests.factories.directory import MembershipFactory, StructureFactory
from tests.factories.studio import BudgetLineFactory, PartnerFactory, ProjectFactory

pytestmark = pytest.mark.django_db


def save(part, project):
    return save_part(part, project=project, by=UserFactory(), now=timezone.now())


def refusal(action):
    with pytest.raises(Refused) as no:
        action()
    return no.value.code


def test_links_that_nobody_holds_name_who_could_and_why():
    project = ProjectFactory()
    able = StructureFactory(
        name="Fabrique", know_how=["making"], production_tools=["woodwork"],
        chain_roles=["production"],
    )  # fmt: skip
    less = StructureFactory(name="Atelier", know_how=["making"])
    StructureFactory(name="Fermée", know_how=["making"], is_active=False)
    StructureFactory(name="Cachée", know_how=["making"], state="draft")
    found = dict(gaps(project))

    assert set(found) == {*links()} - {"messages"}
    assert [one.structure for one in found["production"]] == [able, less]
    assert len(found["production"][0].reasons) == 3
    assert found["watch"] == []
    PartnerFactory(project=project, structure=able, roles=["production"])
    assert "production" not in dict(gaps(project))


def test_shares_never_exceed_the_whole():
    project = ProjectFactory()
    one = save(Partner(structure=StructureFactory(), revenue_bps=6_667), project)
    too_much = Partner(structure=StructureFactory(), revenue_bps=3_334)
    assert refusal(lambda: save(too_much, project)) == "too_much"
    too_much.revenue_bps = 3_333
    save(too_much, project)
    assert share_left(project) == 0
    save(one, project)  # its own share is not counted twice


def test_a_structure_is_a_partner_once_and_the_lead_stays():
    project = ProjectFactory()
    assert refusal(lambda: save(Partner(structure=project.lead), project)) == "again"
    lead = project.partners.get()
    who = {"by": UserFactory(), "now": timezone.now()}
    assert refusal(lambda: delete_part(lead, **who)) == "lead"


def test_money_and_tasks_are_of_partners():
    project, other = ProjectFactory(), StructureFactory()
    line = BudgetLine(structure=other, side="income", label="Don", cents=1)
    assert refusal(lambda: save(line, project)) == "stranger"
    task = Task(structure=other, label="Dessiner", due_on=dt.date(2027, 1, 4))
    assert refusal(lambda: save(task, project)) == "stranger"
    partner = PartnerFactory(project=project, structure=other)
    save(line, project)
    save(task, project)
    who = {"by": UserFactory(), "now": timezone.now()}
    assert refusal(lambda: delete_part(partner, **who)) == "used"
    line.delete()
    delete_part(partner, **who)
    task.refresh_from_db()
    assert task.structure is None


def test_a_budget_shows_its_gap_by_partner_and_as_a_whole():
    project = ProjectFactory()
    other = PartnerFactory(project=project).structure
    BudgetLineFactory(project=project, cents=1_000_00)
    BudgetLineFactory(project=project, structure=other, side="income", cents=999_99)
    rows, whole = balances(project)

    assert {row.gap for row in rows} == {-1_000_00, 999_99}
    assert (whole.expense, whole.income, whole.gap) == (1_000_00, 999_99, -1)


def test_a_task_is_late_after_its_day_unless_it_is_done():
    task = Task(due_on=dt.date(2027, 1, 4), state="doing")
    assert not task.is_late(dt.date(2027, 1, 4))
    assert task.is_late(dt.date(2027, 1, 5))
    task.state = "done"
    assert not task.is_late(dt.date(2027, 1, 5))


def test_partners_that_are_merged_keep_what_both_do():
    one = Partner(roles=["watch"], revenue_bps=6_000)
    one.absorb(Partner(roles=["watch", "formats"], revenue_bps=5_000, credit="textes"))
    assert (one.roles, one.revenue_bps, one.credit) == (
        ["watch", "formats"], 10_000, "textes",
    )  # fmt: skip


def test_partners_read_the_lead_writes_strangers_find_nothing(client):
    project = ProjectFactory()
    partner = MembershipFactory(structure=PartnerFactory(project=project).structure)
    lead = MembershipFactory(structure=project.lead).user
    edit = reverse("studio:project_edit", args=[project.pk])
    for user, reads, writes in (
        (lead, 200, 200),
        (partner.user, 200, 404),
        (UserFactory(role=Role.AGENCY), 200, 200),
        (UserFactory(role=Role.OBSERVER), 404, 404),
        (MembershipFactory().user, 404, 404),
    ):
        client.force_login(user)
        assert client.get(project.get_absolute_url()).status_code == reads
        assert client.get(edit).status_code == writes
    client.force_login(partner.user)
    client.post(
        reverse("studio:project_note", args=[project.pk]), {"text": "Vu le bois"}
    )
    assert "Vu le bois" in client.get(project.get_absolute_url()).content.decode()


def test_a_project_is_written_with_its_parts(client):
    member = MembershipFactory(structure__chain_roles=["watch", "coordination"])
    client.force_login(member.user)
    client.post(
        reverse("studio:project_new"),
        {"title": "Malle du son", "lead": member.structure_id},
    )
    project = Project.objects.get()
    assert project.partners.get().roles == ["watch"]
    other = StructureFactory(name="La Fabrique du son")
    new = {
        kind: reverse("studio:project_part_new", args=[project.pk, kind])
        for kind in ("partenaires", "budget", "taches")
    }
    client.post(new["partenaires"], {
        "structure": other.pk, "roles": ["production"], "percent": "33.33",
        "credit": "fabrication",
    })  # fmt: skip
    client.post(new["budget"], {
        "structure": other.pk, "side": "expense", "label": "Bois", "cents": "1250,50",
    })  # fmt: skip
    client.post(new["taches"], {
        "label": "Dessiner", "structure": other.pk, "due_on": "2027-01-04", "state": "todo",
    })  # fmt: skip
    page = client.get(project.get_absolute_url()).content.decode()

    for text in (
        "La Fabrique du son",
        "33,33\u00a0%",
        "66,67\u00a0%",
        "Bois",
        "Dessiner",
    ):
        assert text in page
    assert BudgetLine.objects.get().cents == 1_250_50
    assert project.journal.count() == 4
    answer = client.get(
        reverse("studio:project_export", args=[project.pk, "partenaires", "csv"])
    )
    assert "33.33" in answer.content.decode("utf-8-sig").replace(",", ".")


def test_credits_are_told_by_the_resource_that_was_made(client):
    resource = ResourceFactory(listed=True)
    project = ProjectFactory(resource=resource)
    PartnerFactory(project=project, structure__name="La Fabrique", credit="fabrication")

    assert credits_of(resource) == [("La Fabrique", "fabrication")]
    assert "fabrication" in client.get(resource.get_absolute_url()).content.decode()
