"""Pages of the plan's text and of actions: who sees what, what they cost."""

import datetime as dt
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pypdf import PdfWriter

from maillage.core import listing
from maillage.core.choices import State
from maillage.plan.evidence import kinds
from maillage.plan.models import Action, Evidence
from maillage.plan.services.proving import link, proposals, search
from tests.factories.accounts import UserFactory
from tests.factories.agenda import EventFactory, ProgrammeFactory
from tests.factories.catalogue import ResourceFactory
from tests.factories.directory import MembershipFactory, StructureFactory
from tests.factories.observatory import IndicatorFactory
from tests.factories.plan import (
    ActionFactory,
    BudgetLineFactory,
    EvidenceFactory,
    MilestoneFactory,
    NodeFactory,
    PlanFactory,
)

pytestmark = pytest.mark.django_db
HOME = reverse("plan:home")
LIST = reverse("plan:action_list")


@pytest.fixture(autouse=True)
def _new_shelf():
    listing.forget()


@pytest.fixture
def agency():
    return UserFactory(agency=True)


@pytest.fixture
def tree():
    """An axis, its strand and two leads."""
    axis = NodeFactory(code="I", kind="axis", title="Produire", path="001")
    strand = NodeFactory(code="I.1", kind="strand", title="Savoir-faire", path="001.001", parent=axis)  # fmt: skip
    return [
        NodeFactory(code=f"I.1.{letter}", title=f"Piste {letter}", path=f"001.001.00{n}", parent=strand)
        for n, letter in enumerate("ab", 1)
    ]  # fmt: skip


def text(answer):
    return answer.content.decode()


def pdf():
    out = io.BytesIO()
    writer = PdfWriter()
    writer.add_blank_page(200, 200)
    writer.write(out)
    return SimpleUploadedFile("bilan.pdf", out.getvalue(), "application/pdf")


# The text --------------------------------------------------------------------------


def test_without_a_plan_the_page_says_so(client):
    answer = client.get(HOME)

    assert answer.status_code == 200
    assert "Aucun plan n’est chargé" in text(answer)


def test_the_plan_shows_its_axes_and_finds_a_lead_by_its_words(client, tree):
    assert "Produire" in text(client.get(HOME))
    found = text(client.get(HOME, {"q": "piste B"}))
    assert "Piste b" in found
    assert "Piste a" not in found
    assert "1 partie du plan" in found


def test_leads_without_an_action_are_listed_alone(client, tree):
    ActionFactory(node=tree[0])
    page = text(client.get(HOME, {"sans-action": "1"}))

    assert "Piste b" in page
    assert "Piste a" not in page


def test_htmx_gets_only_what_was_found(client, tree):
    answer = client.get(HOME, {"q": "b"}, headers={"HX-Request": "true"})

    assert "<html" not in text(answer)
    assert "Piste b" in text(answer)


def test_a_part_of_the_plan_shows_its_way_its_actions_and_its_indicators(client, tree):
    action = ActionFactory(node=tree[0], title="Ateliers")
    EvidenceFactory(action=action, label="Compte rendu")
    BudgetLineFactory(action=action, forecast_cents=1_234_56)
    IndicatorFactory(name="Acteurs connus", plan_ref="I.1.a")
    page = text(client.get(tree[0].get_absolute_url()))

    for word in (
        "Produire",
        "Savoir-faire",
        "Ateliers",
        "Compte rendu",
        "Acteurs connus",
    ):
        assert word in page
    assert "1\u202f234,56\u00a0€" in page
    assert "I.1.b" in page  # the next one


def test_drafts_do_not_count_nor_show(client, tree):
    ActionFactory(node=tree[0], title="Brouillon", state=State.DRAFT)

    assert "Brouillon" not in text(client.get(tree[0].get_absolute_url()))
    assert "Brouillon" not in text(client.get(LIST))


def test_a_withdrawn_part_says_so_and_left_the_plan(client, tree):
    node = NodeFactory(title="Ancienne", withdrawn_on=dt.date(2026, 1, 2), path="009")

    assert "n’est plus dans le plan" in text(client.get(node.get_absolute_url()))
    assert "Ancienne" not in text(client.get(HOME, {"q": "ancienne"}))


def test_a_part_of_no_plan_does_not_exist(client, tree):
    assert client.get(reverse("plan:node_detail", args=["z-9"])).status_code == 404


def test_the_search_of_the_site_and_its_map_lead_to_the_plan(client, tree):
    page = text(client.get(reverse("portal:search"), {"q": "savoir-faire"}))
    assert "Savoir-faire" in page
    sitemap = text(client.get(reverse("portal:sitemap_section", args=["plan"])))
    assert tree[0].get_absolute_url() in sitemap


@pytest.mark.parametrize("path", ["home", "node", "list", "board"])
def test_pages_cost_the_same_for_one_action_or_three(client, tree, path):
    url = {"home": HOME, "node": tree[0].get_absolute_url(), "list": LIST, "board": reverse("plan:board")}[path]  # fmt: skip

    def fill():
        action = ActionFactory(node=tree[0])
        action.partners.add(StructureFactory())
        MilestoneFactory(action=action)
        BudgetLineFactory(action=action)
        EvidenceFactory(action=action)

    fill()
    client.get(url)
    with CaptureQueriesContext(connection) as one:
        client.get(url)
    fill()
    fill()
    with CaptureQueriesContext(connection) as three:
        client.get(url)
    assert len(three) == len(one) <= 16


# Actions ---------------------------------------------------------------------------


def sent(node, owner, **changes):
    rows = {"steps": 1, "budget": 2}
    data = {
        "node": node.pk, "title": "Ateliers", "owner": owner.name, "scope": "region",
        "starts_on": "2026-01-01", "last_on": "2026-12-31", "status": "planned",
        "summary": "", "status_note": "", "cost_cents": "1500", "partners": "",
        "steps-0-title": "Cahier des charges", "steps-0-due_on": "2026-05-01",
        "budget-0-year": "2026", "budget-0-funder": "Région", "budget-0-forecast_cents": "1 000,50",
        "budget-1-year": "", "budget-1-funder": "",
    }  # fmt: skip
    for prefix, total in rows.items():
        data |= {f"{prefix}-TOTAL_FORMS": total, f"{prefix}-INITIAL_FORMS": 0}
    return data | changes


def test_a_member_proposes_an_action_and_the_agency_publishes_it(client, tree, agency):
    member = MembershipFactory()
    client.force_login(member.user)
    url = f"{reverse('plan:action_new')}?piste={tree[0].slug}"
    assert member.structure.name in text(client.get(url))  # it is already there
    answer = client.post(url, sent(tree[0], member.structure))

    assert answer.status_code == 302
    action = Action.objects.get()
    assert (action.state, action.forecast_cents) == (State.PROPOSED, 1_000_50)
    assert action.last_day == dt.date(2026, 12, 31)
    assert action.milestones.get().title == "Cahier des charges"
    client.logout()
    assert client.get(action.get_absolute_url()).status_code == 404
    client.force_login(agency)
    client.post(
        reverse("plan:action_state", args=[action.slug]), {"state": "published"}
    )
    client.logout()
    page = text(client.get(action.get_absolute_url()))
    assert "Il manque 499,50\u00a0€" in page


def test_a_mistake_keeps_what_was_typed_and_says_where(client, tree, agency):
    client.force_login(agency)
    data = sent(
        tree[0], StructureFactory(), last_on="2025-01-01", **{"budget-0-funder": ""}
    )
    answer = client.post(reverse("plan:action_new"), data)

    assert answer.status_code == 422
    assert "Le dernier jour vient après le premier." in text(answer)
    assert "Budget, ligne 1" in text(answer)
    assert "Cahier des charges" in text(answer)
    assert not Action.objects.exists()


def test_a_page_that_was_open_too_long_does_not_undo_a_change(client, tree, agency):
    client.force_login(agency)
    action = ActionFactory(node=tree[0], version=4)
    data = sent(tree[0], action.owner, version=3)
    answer = client.post(reverse("plan:action_edit", args=[action.slug]), data)

    assert answer.status_code == 422
    assert "modifiée entre-temps" in text(answer)


def test_strangers_do_not_find_the_form_of_an_action(client, tree):
    action = ActionFactory(node=tree[0])
    for person in (UserFactory(), MembershipFactory().user):
        client.force_login(person)
        for name in ("action_edit", "evidence_add"):
            assert (
                client.get(reverse(f"plan:{name}", args=[action.slug])).status_code
                == 404
            )


def test_the_form_shows_what_was_saved(client, tree):
    member = MembershipFactory()
    action = ActionFactory(node=tree[0], owner=member.structure, title="Mon action")
    MilestoneFactory(action=action, title="Pas à pas")
    BudgetLineFactory(action=action, funder="La Ville", forecast_cents=12_50)
    client.force_login(member.user)
    page = text(client.get(reverse("plan:action_edit", args=[action.slug])))

    for word in ("Mon action", "Pas à pas", "La Ville", "12,50", "2027-12-31"):
        assert word in page


def test_a_list_is_narrowed_and_its_file_too(client, tree):
    here = ActionFactory(node=tree[0], title="Ici", status="done")
    ActionFactory(node=tree[1], title="Ailleurs")
    for query in ({"etat": "done"}, {"q": "ici"}, {"porteur": here.owner.slug}):
        page = text(client.get(LIST, query))
        assert "Ici" in page
        assert "Ailleurs" not in page
    url = reverse("plan:action_export", args=["csv"])
    file = text(client.get(url, {"etat": "done"}))
    assert "Ici" in file
    assert "Ailleurs" not in file
    assert client.get(reverse("plan:action_export", args=["exe"])).status_code == 404


@pytest.mark.parametrize("form", ["csv", "xlsx", "ods"])
def test_a_list_leaves_in_three_forms(client, tree, form):
    ActionFactory(node=tree[0])

    assert client.get(reverse("plan:action_export", args=[form])).status_code == 200


def test_gaps_are_for_those_who_follow_the_plan(client, tree, agency):
    ActionFactory(node=tree[0], title="Sans preuve", status="done")
    ActionFactory(
        node=tree[0], title="Bien suivie", starts_on=dt.date(2100, 1, 1), ends_on=None
    )
    url = reverse("plan:gap_list")
    client.force_login(MembershipFactory().user)
    assert client.get(url).status_code == 403
    client.force_login(agency)
    page = text(client.get(url))
    assert "réalisée sans aucune preuve" in page
    assert "Bien suivie" not in page
    assert "Sans preuve" not in text(client.get(url, {"motif": "silent"}))


def test_a_file_is_checked_then_applied(client, tree, agency):
    client.force_login(agency)
    owner = StructureFactory()
    rows = f"lead;title;owner;starts_on\nI.1.a;Venue d’un fichier;{owner.slug};2026-01-01\n"
    file = SimpleUploadedFile("actions.csv", rows.encode())
    page = text(client.post(reverse("plan:action_import"), {"file": file}))
    assert "1 action à ajouter" in page
    assert not Action.objects.exists()
    client.post(reverse("plan:action_import"), {"table": rows})
    assert Action.objects.get().title == "Venue d’un fichier"


# Evidence --------------------------------------------------------------------------


def test_each_kind_of_row_has_said_how_it_is_found():
    assert {*kinds()} >= {
        "event", "loan", "resource", "programme", "trail", "survey", "checkins", "grant",
    }  # fmt: skip


def test_events_of_the_owner_during_the_action_are_proposed_and_no_other():
    member = MembershipFactory()
    action = ActionFactory(owner=member.structure)
    near = EventFactory(owner=member.structure, name="Fête", at="2026-03-06T14:00")
    EventFactory(owner=member.structure, name="Avant", at="2025-03-06T14:00")
    EventFactory(owner=StructureFactory(), name="Autre", at="2026-03-06T14:00")
    found = [row for row in proposals(action, user=member.user) if row.kind == "event"]

    assert [row.pk for row in found] == [near.pk]
    link(action, kind="event", pk=near.pk, by=member.user)
    rows = proposals(Action.objects.get(), user=member.user)
    assert [row for row in rows if row.kind == "event"] == []


def test_what_is_linked_keeps_its_words_when_the_row_goes(client):
    member = MembershipFactory()
    action = ActionFactory(owner=member.structure)
    resource = ResourceFactory(owner=member.structure, name="Malle des marées")
    link(action, kind="resource", pk=resource.pk, by=member.user)
    resource.delete()

    assert "Malle des marées" in text(client.get(action.get_absolute_url()))


def test_unpublished_things_are_no_evidence():
    member = MembershipFactory()
    EventFactory(
        owner=member.structure, name="Secret", at="2026-03-06T14:00", state=State.DRAFT
    )
    ProgrammeFactory(name="Secrets publics", is_published=False)

    assert search("secret", kind="", user=member.user) == []


def test_one_links_a_row_once_and_takes_it_away(client):
    member = MembershipFactory()
    action = ActionFactory(owner=member.structure)
    event = EventFactory(owner=member.structure, at="2026-03-06T14:00")
    client.force_login(member.user)
    url = reverse("plan:evidence_link", args=[action.slug, "event", event.pk])
    client.post(url)
    client.post(url)
    row = Evidence.objects.get()
    assert row.added_by == member.user
    client.post(reverse("plan:evidence_delete", args=[action.slug, row.pk]))
    assert not Evidence.objects.exists()


def test_strangers_link_nothing(client):
    action = ActionFactory()
    event = EventFactory(at="2026-03-06T14:00")
    client.force_login(MembershipFactory().user)
    client.post(reverse("plan:evidence_link", args=[action.slug, "event", event.pk]))

    assert not Evidence.objects.exists()


def test_a_document_is_read_by_those_who_see_its_action(client, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    member = MembershipFactory()
    action = ActionFactory(owner=member.structure, state=State.DRAFT)
    client.force_login(member.user)
    url = reverse("plan:evidence_add", args=[action.slug])
    given = {"label": "Bilan", "day": "2026-03-01", "url": "", "file": pdf()}
    assert client.post(url, given).status_code == 302
    file = reverse("plan:evidence_file", args=[Evidence.objects.get().pk])
    answer = client.get(file)
    assert answer["Content-Type"] == "application/pdf"
    assert b"".join(answer.streaming_content).startswith(b"%PDF")
    client.logout()
    assert client.get(file).status_code == 404
    Action.objects.update(state=State.PUBLISHED)
    assert b"".join(client.get(file).streaming_content).startswith(b"%PDF")


@pytest.mark.parametrize(
    "given",
    [
        {"label": "Rien", "day": "2026-03-01", "url": ""},
        {"label": "Piège", "day": "2026-03-01", "url": "javascript:alert(1)"},
        {
            "label": "Faux",
            "day": "2026-03-01",
            "file": SimpleUploadedFile("a.pdf", b"non"),
        },
    ],
)
def test_what_is_no_document_is_refused(client, given):
    member = MembershipFactory()
    action = ActionFactory(owner=member.structure)
    client.force_login(member.user)
    answer = client.post(reverse("plan:evidence_add", args=[action.slug]), given)

    assert answer.status_code == 422
    assert not Evidence.objects.exists()


def test_one_s_space_the_desk_and_the_structure_show_actions(client, tree, agency):
    member = MembershipFactory()
    action = ActionFactory(
        node=tree[0], owner=member.structure, status="done", title="Visible"
    )
    client.force_login(member.user)
    assert "Visible" in text(client.get(reverse("portal:my_space")))
    assert "Visible" in text(client.get(member.structure.get_absolute_url()))
    Action.objects.filter(pk=action.pk).update(state=State.PROPOSED)
    client.force_login(agency)
    assert "Visible" in text(client.get(reverse("portal:agency_desk")))


def test_a_plan_has_its_day_as_precisely_as_it_is_known(client):
    PlanFactory(adopted_precision="year")

    assert "Adopté en 2018" in text(client.get(HOME))


def test_evidence_says_what_sort_of_thing_it_is(client, tree):
    action = ActionFactory(node=NodeFactory(code="I.9", path="001.009"))
    EvidenceFactory(action=action, kind="loan", object_id=1, label="Le ciel à Lens")
    EvidenceFactory(action=action, label="Bilan")

    for page in (action.get_absolute_url(), action.node.get_absolute_url()):
        told = client.get(page).content.decode()
        assert "<span>Prêt</span>" in told
        assert "<span>Document</span>" in told
