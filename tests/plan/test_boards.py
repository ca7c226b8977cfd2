"""The board, its drawings and files, files frozen for the committee, declinations."""

import datetime as dt
import json

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone, translation
from hypothesis import given, strategies as st

from maillage.core.charts.trees import Box, squarified
from maillage.core.choices import State
from maillage.core.errors import Refused
from maillage.plan.models import Action, Declination, FrozenFile
from maillage.plan.services.board import (
    board_data,
    by_year_and_funder,
    grouped,
)
from maillage.plan.services.declining import save_declination
from maillage.plan.services.freezing import canonical, freeze, is_intact, reopened
from maillage.plan.services.reading import read_in_force
from tests.factories.accounts import UserFactory
from tests.factories.directory import MembershipFactory, StructureFactory
from tests.factories.plan import (
    ActionFactory,
    BudgetLineFactory,
    DeclinationFactory,
    EvidenceFactory,
    NodeFactory,
)

TODAY = dt.date(2026, 11, 23)
NOW = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)


@pytest.fixture
def agency(db):
    return UserFactory(agency=True)


@pytest.fixture
def plan(db):
    """An axis with two leads; three actions with money that does not divide."""
    axis = NodeFactory(code="I", kind="axis", title="Produire", path="001")
    one = NodeFactory(code="I.a", path="001.001", parent=axis)
    two = NodeFactory(code="I.b", path="001.002", parent=axis)
    rows = [
        ActionFactory(node=node, title=f"Action {n}")
        for n, node in enumerate((one, one, two))
    ]
    for n, row in enumerate(rows):
        BudgetLineFactory(
            action=row, funder="Région", forecast_cents=33_33 + n, spent_cents=n
        )
        BudgetLineFactory(action=row, funder="État", year=2027, forecast_cents=1)
    EvidenceFactory(action=rows[0])
    return rows


def data():
    return board_data(read_in_force(today=TODAY), today=TODAY)


# Figures ---------------------------------------------------------------------------


def test_no_cent_is_lost_between_actions_nodes_groups_and_funders(plan):
    board = data()
    total = board["total"]["forecast_cents"]

    assert total == sum(a["forecast_cents"] for a in board["actions"]) == 3 * 33_34 + 3
    assert board["nodes"][0]["forecast_cents"] == total
    assert sum(n["forecast_cents"] for n in board["nodes"][1:]) == total
    for name, label in (("owner", "owner"), ("territory_key", "territory")):
        assert sum(r["forecast_cents"] for r in grouped(board, name, label)) == total
    lines = by_year_and_funder(board)
    assert sum(r["forecast_cents"] for r in lines) == total
    assert [(r["year"], r["funder"]) for r in lines] == [
        (2026, "Région"),
        (2027, "État"),
    ]


def test_a_node_is_as_far_as_its_actions_and_abandoned_ones_do_not_count(plan):
    board = data()
    assert [n["percent"] for n in board["nodes"]] == [8, 12, 0]
    Action.objects.exclude(pk=plan[0].pk).update(status="abandoned")
    board = data()
    assert [n["percent"] for n in board["nodes"]] == [25, 25, None]
    assert [n["leads_taken"] for n in board["nodes"]] == [1, 1, 0]
    assert board["total"]["forecast_cents"] == 3 * 33_34 + 3  # money stays money


def test_a_withdrawn_lead_keeps_the_money_of_its_actions(plan):
    plan[2].node.withdrawn_on = TODAY
    plan[2].node.save()
    board = data()

    assert board["nodes"][0]["leads"] == 1
    assert board["nodes"][0]["forecast_cents"] == board["total"]["forecast_cents"]


@given(
    st.lists(st.floats(0, 1e6) | st.integers(0, 10**9), max_size=40),
    st.floats(1, 2000),
    st.floats(1, 2000),
)
def test_areas_of_a_tree_map_are_in_proportion_inside_the_box(sizes, width, height):
    boxes = squarified(sizes, Box(0, 0, width, height))

    total = sum(sizes)
    whole = width * height
    for size, box in zip(sizes, boxes, strict=True):
        share = size / total if total > 0 else 0
        area = box.width * box.height
        assert area == pytest.approx(share * whole, rel=1e-6, abs=2e-6 * whole)
        assert 0 <= box.x <= box.x + box.width <= width * (1 + 1e-6)
        assert 0 <= box.y <= box.y + box.height <= height * (1 + 1e-6)


# Pages and files -------------------------------------------------------------------


def test_the_board_shows_its_drawings_and_the_same_in_tables(client, plan):
    page = client.get(reverse("plan:board")).content.decode()

    assert page.count('class="chart-svg chart-at-wide"') == 3
    assert page.count('class="chart-svg chart-at-narrow"') == 3
    assert "2 pistes sur 2 ont une action" in page
    assert plan[0].owner.name in page
    assert "100,05\u00a0€" in page


def test_the_board_without_a_plan_says_so(client, db):
    assert (
        "Aucun plan n’est chargé" in client.get(reverse("plan:board")).content.decode()
    )
    assert client.get(reverse("plan:board_paper")).status_code == 404


def test_the_board_leaves_as_paper_and_as_tables(client, plan):
    paper = client.get(reverse("plan:board_paper"))
    assert paper.content.startswith(b"%PDF")
    for form in ("csv", "ods", "xlsx"):
        answer = client.get(reverse("plan:board_export", args=[form]))
        assert answer.status_code == 200
    assert client.get(reverse("plan:board_export", args=["exe"])).status_code == 404


# Frozen files ----------------------------------------------------------------------


def frozen(agency):
    return freeze(year=2026, title="Comité 2026", by=agency, now=NOW, today=TODAY)


def test_a_frozen_file_says_the_same_when_actions_have_changed_or_are_gone(
    client, plan, agency
):
    file = frozen(agency)
    before = reopened(file)
    plan[0].title = "Autre titre"
    plan[0].save()
    plan[1].budget.update(forecast_cents=10**9)
    plan[2].delete()
    NodeFactory(code="I.z")
    again = FrozenFile.objects.get()

    assert reopened(again) == before
    assert is_intact(again)
    assert canonical(before) == again.content
    client.force_login(agency)
    page = client.get(again.get_absolute_url()).content.decode()
    assert "100,05\u00a0€" in page
    assert "Autre titre" not in page


def test_the_same_figures_make_the_same_text_in_any_language(plan):
    with translation.override("fr"):
        french = canonical(data())
    with translation.override("en"):
        assert canonical(data()) == french
    assert json.loads(french) == data()


def test_a_cent_that_was_changed_by_hand_is_seen(client, plan, agency):
    file = frozen(agency)
    url = f"{file.get_absolute_url()}?verifier=1"
    client.force_login(agency)
    assert "données sont celles qui ont été figées" in client.get(url).content.decode()
    changed = file.content.replace("3333", "3334", 1)
    assert changed != file.content
    with connection.cursor() as cursor:
        cursor.execute("UPDATE plan_frozenfile SET content = %s", [changed])

    assert not is_intact(FrozenFile.objects.get())
    assert "altéré" in client.get(url).content.decode()


def test_a_frozen_file_is_written_once(plan, agency):
    file = frozen(agency)
    file.title = "Autre"

    with pytest.raises(TypeError):
        file.save()


def test_only_the_agency_freezes(plan):
    with pytest.raises(Refused) as no:
        frozen(UserFactory())
    assert no.value.code == "forbidden"


def test_the_data_of_a_frozen_file_have_its_digest(client, plan, agency):
    client.force_login(agency)
    client.post(reverse("plan:frozen_new"), {"year": 2026, "title": "Comité"})
    file = FrozenFile.objects.get()
    answer = client.get(reverse("plan:frozen_file", args=[file.pk, "json"]))
    assert answer.content.decode() == file.content
    for form in ("pdf", "csv", "ods"):
        url = reverse("plan:frozen_file", args=[file.pk, form])
        assert client.get(url).status_code == 200
    assert client.post(reverse("plan:frozen_new"), {"year": 12}).status_code == 422
    assert timezone.localdate(file.taken_at) == timezone.localdate()


# Declinations ----------------------------------------------------------------------


def sent(structure, node, **changes):
    return {
        "name": "Le plan chez nous", "owner": structure.name, "scope": "establishment",
        "establishment": structure.name, "about": "", "adopted_on": "", "leads": [node.pk],
        "own-TOTAL_FORMS": 1, "own-INITIAL_FORMS": 0, "own-0-name": "Classes venues",
        "own-0-unit": "classes", "own-0-figures": "2025 : 12 ; 2026 : 15,5",
        "own-0-target": "20", "own-0-target_year": "2028",
    } | changes  # fmt: skip


def test_a_structure_makes_the_plan_its_own_and_the_agency_publishes(
    client, plan, agency
):
    member = MembershipFactory()
    client.force_login(member.user)
    client.post(reverse("plan:declination_new"), sent(member.structure, plan[0].node))
    row = Declination.objects.get()
    assert row.state == State.PROPOSED
    client.logout()
    assert client.get(row.get_absolute_url()).status_code == 404
    client.force_login(agency)
    client.post(
        reverse("plan:declination_state", args=[row.slug]), {"state": "published"}
    )
    client.logout()
    page = client.get(row.get_absolute_url()).content.decode()
    for word in (plan[0].node.title, "Classes venues", "15,5", "2028"):
        assert word in page
    assert row.name in client.get(plan[0].node.get_absolute_url()).content.decode()


def test_actions_of_a_declination_and_of_its_territory_show_on_its_page(client, plan):
    row = DeclinationFactory()
    said = ActionFactory(node=plan[0].node, declination=row, title="Dite")
    ActionFactory(node=plan[0].node, scope="establishment", establishment=row.owner, title="Sur place")  # fmt: skip
    ActionFactory(node=plan[0].node, title="Ailleurs partout")
    page = client.get(row.get_absolute_url()).content.decode()

    assert said.title in page
    assert "Sur place" in page
    assert "Ailleurs partout" not in page


def test_a_figure_that_cannot_be_read_is_told(client, plan, agency):
    client.force_login(agency)
    data = sent(StructureFactory(), plan[0].node, **{"own-0-figures": "beaucoup"})
    answer = client.post(reverse("plan:declination_new"), data)

    assert answer.status_code == 422
    assert "Ligne 1" in answer.content.decode()


def test_others_do_not_change_a_declination(client, plan):
    row = DeclinationFactory()
    stranger = MembershipFactory().user
    client.force_login(stranger)
    url = reverse("plan:declination_edit", args=[row.slug])
    assert client.get(url).status_code == 404
    with pytest.raises(Refused) as no:
        save_declination(row, values={"name": "À moi"}, by=stranger)
    assert no.value.code == "forbidden"


def test_the_region_is_no_declination(agency):
    with pytest.raises(Refused) as no:
        save_declination(
            Declination(), values={"name": "A", "owner": StructureFactory(), "scope": "region"},
            by=agency,
        )  # fmt: skip
    assert no.value.code == "territory"


# The API ---------------------------------------------------------------------------


def test_the_api_gives_the_plan_and_its_published_actions(client, plan):
    Action.objects.filter(pk=plan[2].pk).update(state=State.DRAFT)
    told = client.get("/api/1/plan").json()
    assert [node["code"] for node in told["nodes"]] == ["I", "I.a", "I.b"]
    assert told["total"]["forecast_cents"] == 33_33 + 33_34 + 2
    listed = client.get("/api/1/plan/actions", {"lead": "I", "size": 1}).json()
    assert listed["total"] == 2
    assert len(listed["results"]) == 1
    assert listed["results"][0]["budget"][0]["forecast_cents"] == 33_33
    assert client.get("/api/1/plan/actions", {"lead": "I.b"}).json()["total"] == 0


def test_the_api_without_a_plan_has_nothing(client, db):
    assert client.get("/api/1/plan").status_code == 404
