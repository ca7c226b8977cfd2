"""The plan's file: read, loaded, loaded again."""

import copy
import datetime as dt
import shutil
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

import maillage
from maillage.core.errors import Refused
from maillage.plan.links import PARTS, links_of
from maillage.plan.models import Action, Node, Plan
from maillage.plan.services.loading import load_plan, read_plan
from tests.factories.plan import ActionFactory

pytestmark = pytest.mark.django_db
DATA = Path(maillage.__file__).parent / "data"
TODAY = dt.date(2026, 11, 23)
SMALL = {
    "plan": {
        "code": "essai", "region": "Essai", "title": "Plan d’essai",
        "adopted_on": dt.date(2020, 1, 1),
    },
    "node": [
        {"code": "I", "kind": "axis", "title": "Axe"},
        {"code": "I.1", "parent": "I", "kind": "strand", "title": "Volet"},
        {"code": "I.1.a", "parent": "I.1", "kind": "lead", "title": "Piste"},
        {"code": "I.1.b", "parent": "I.1", "kind": "lead", "title": "Autre piste"},
    ],
}  # fmt: skip


def small(**changes):
    data = copy.deepcopy(SMALL)
    return data | changes


def test_the_plan_of_the_region_has_three_axes_nine_strands_and_its_chapter_on_governance():
    done = load_plan(read_plan(DATA / "hauts-de-france" / "plan.toml"), today=TODAY)

    rows = Node.objects.of_plan(done.plan)
    assert list(rows.top().values_list("code", flat=True)) == ["I", "II", "III", "VI"]
    assert rows.filter(kind="strand").count() == 9
    assert rows.workable().count() == 75
    assert not done.changed
    assert not done.withdrawn
    for node in rows:
        assert node.place, node.code
        assert node.summary, node.code
        assert node.summary != node.title, node.code
        assert len(links_of(node.links)) <= len(node.links)


def test_nodes_stand_in_the_order_of_the_text_and_know_what_they_are_part_of():
    plan = load_plan(small(), today=TODAY).plan

    rows = Node.objects.of_plan(plan).order_by("path")
    assert [node.code for node in rows] == ["I", "I.1", "I.1.a", "I.1.b"]
    lead = rows.get(code="I.1.b")
    assert [node.code for node in Node.objects.all().above(lead)] == ["I", "I.1"]
    strand = rows.get(code="I.1")
    below = Node.objects.all().under(strand).order_by("path")
    assert [node.code for node in below] == ["I.1", "I.1.a", "I.1.b"]


def test_loading_twice_changes_nothing():
    load_plan(small(), today=TODAY)
    done = load_plan(small(), today=TODAY)

    assert (done.added, done.changed, done.withdrawn) == ([], [], [])
    assert Plan.objects.count() == 1


def test_a_title_may_change_and_the_actions_of_the_lead_stay():
    load_plan(small(), today=TODAY)
    lead = Node.objects.get(code="I.1.a")
    action = ActionFactory(node=lead)
    data = small()
    data["node"][2]["title"] = "Piste mieux dite"
    done = load_plan(data, today=TODAY)

    assert done.changed == ["I.1.a"]
    action.refresh_from_db()
    assert action.node_id == lead.pk
    assert action.node.title == "Piste mieux dite"


def test_a_node_that_the_file_has_lost_is_withdrawn_and_comes_back_with_it():
    load_plan(small(), today=TODAY)
    ActionFactory(node=Node.objects.get(code="I.1.b"))
    data = small()
    del data["node"][3]
    done = load_plan(data, today=TODAY)

    assert done.withdrawn == ["I.1.b"]
    assert Node.objects.get(code="I.1.b").withdrawn_on == TODAY
    assert Action.objects.count() == 1
    assert load_plan(data, today=TODAY).withdrawn == []  # once
    assert load_plan(small(), today=TODAY).changed == ["I.1.b"]
    assert Node.objects.get(code="I.1.b").withdrawn_on is None


def test_a_node_may_move_to_another_place_of_the_text():
    load_plan(small(), today=TODAY)
    data = small()
    data["node"][2], data["node"][3] = data["node"][3], data["node"][2]
    load_plan(data, today=TODAY)

    rows = Node.objects.order_by("path")
    assert [node.code for node in rows] == ["I", "I.1", "I.1.b", "I.1.a"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"plan": {}}, "bad_plan"),
        ({"plan": SMALL["plan"] | {"adopted_on": "2020"}}, "bad_plan"),
        ({"node": [{"code": "I", "kind": "axis"}]}, "bad_node"),
        ({"node": [{"code": "I", "kind": "axe", "title": "A"}]}, "bad_node"),
        ({"node": [SMALL["node"][0], SMALL["node"][0]]}, "bad_node"),
        ({"node": [SMALL["node"][1]]}, "bad_node"),
        ({"node": [SMALL["node"][0] | {"links": ["lune"]}]}, "bad_node"),
        ({"node": [SMALL["node"][0] | {"titre": "A"}]}, "bad_node"),
        ({"node": [SMALL["node"][0] | {"short": "x" * 81}]}, "bad_node"),
    ],
)
def test_a_file_that_is_wrong_is_refused_and_writes_nothing(change, code):
    with pytest.raises(Refused) as no:
        load_plan(small(**change), today=TODAY)

    assert no.value.code == code
    assert not Plan.objects.exists()


def test_a_file_that_is_no_toml_is_refused_with_its_line(tmp_path):
    path = tmp_path / "plan.toml"
    path.write_text("[plan\n", encoding="utf-8")

    with pytest.raises(Refused) as no:
        read_plan(path)
    assert no.value.code == "unreadable"
    assert "line 1" in no.value.message


def test_every_part_of_the_platform_that_a_plan_may_name_has_a_page_or_is_left_out():
    assert {link.url for link in links_of([*PARTS])} >= {"/", "/carte/"} - {"/"}
    assert links_of(["lune"]) == []


def test_the_model_of_a_new_region_is_a_plan_that_loads(tmp_path):
    text = (DATA / "new-region" / "plan.toml").read_text(encoding="utf-8")
    words = {"{slug}": "bretagne", "{name}": "Bretagne", "{valid_on}": "2026-01-01"}
    for word, said in words.items():
        text = text.replace(word, said)
    path = tmp_path / "plan.toml"
    path.write_text(text, encoding="utf-8")
    done = load_plan(read_plan(path), today=TODAY)

    assert done.plan.code == "csti-bretagne"
    assert len(done.added) == 6


def test_another_region_s_plan_stands_beside_and_the_last_adopted_is_in_force():
    first = load_plan(small(), today=TODAY).plan
    card = SMALL["plan"] | {"code": "autre", "adopted_on": dt.date(2027, 1, 1)}
    second = load_plan(small(plan=card), today=TODAY).plan

    assert Plan.objects.all().current() == second
    assert Node.objects.of_plan(first).count() == Node.objects.of_plan(second).count()


def test_the_command_tries_first_and_writes_when_told(tmp_path, capsys):
    path = tmp_path / "plan.toml"
    shutil.copyfile(DATA / "hauts-de-france" / "plan.toml", path)
    call_command("loadplan", str(path))
    assert not Plan.objects.exists()
    call_command("loadplan", str(path), "--commit")
    assert Plan.objects.get().nodes.count() == 118
    with pytest.raises(CommandError):
        call_command("loadplan", str(tmp_path / "absent.toml"))
