"""The custody log without a database: one form, one order, nothing altered unseen."""

import copy
import json
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from maillage.circulation.custody_chain import (
    FIELDS,
    FORMAT,
    UnsoundError,
    canonical,
    digest,
    faults,
    faults_of_file,
    head,
    ordered,
    tips,
)
from scripts.npm import NODE

VECTOR = json.loads((Path(__file__).parent / "chain.json").read_text(encoding="utf-8"))
LINES = VECTOR["lines"]
SCRIPT = Path(__file__).parents[2] / "maillage/static/js/field/chain.js"
#: Says with JavaScript what the vector says.
PROBE = """
import { readFileSync } from "node:fs";
const source = readFileSync(process.argv[1], "utf8");
const chain = await import("data:text/javascript;base64," + btoa(unescape(encodeURIComponent(source))));
const vector = JSON.parse(readFileSync(process.argv[2], "utf8"));
const { lines } = vector;
const said = Object.fromEntries(chain.FIELDS.map((name) => [name, lines[1][name]]));
const unsound = vector.unsound.filter((value) => {
  try { chain.canonical(value); return false; } catch { return true; }
});
console.log(JSON.stringify({
  fields: chain.FIELDS,
  canonical: chain.canonical(said),
  digests: await Promise.all(lines.map(chain.digest)),
  signed: await chain.sign({ ...lines[0], digest: "", more: 1 }),
  tips: chain.tips(lines),
  tips_of_three: chain.tips(lines.slice(0, 3)),
  next: chain.nextParents([lines[0].digest], [lines[1]]),
  plain: chain.plain(" a\\u0000b\\ud800 "),
  unsound: unsound.length,
}));
"""


def test_python_says_what_the_vector_says():
    assert [digest(line) for line in LINES] == [line["digest"] for line in LINES]
    assert (
        canonical({name: LINES[1][name] for name in FIELDS}).decode()
        == (VECTOR["canonical"])
    )
    assert [line["digest"] for line in ordered(LINES)] == VECTOR["order"]
    assert tips(LINES) == VECTOR["tips"]
    assert head(LINES) == VECTOR["head"]
    assert faults(LINES, copy=7) == []


def test_the_phone_says_the_same():
    done = subprocess.run(
        [str(NODE), "--input-type=module", "-e", PROBE, str(SCRIPT),
         str(Path(__file__).parent / "chain.json")],
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    said = json.loads(done.stdout)

    assert said["fields"] == list(FIELDS)
    assert said["canonical"] == VECTOR["canonical"]
    assert said["digests"] == [line["digest"] for line in LINES]
    assert said["signed"] == LINES[0]
    assert said["tips"] == VECTOR["tips"]
    assert said["tips_of_three"] == VECTOR["tips_of_three"]
    assert said["next"] == [LINES[1]["digest"]]
    assert said["plain"] == "ab"
    assert said["unsound"] == len(VECTOR["unsound"])


@pytest.mark.parametrize(
    "value",
    [
        1.5,
        2**53,
        "\0",
        "\ud800",
        {1: 2},
        {"É": 1},
        (1,),
        float("nan"),
        [[[[[[[[1]]]]]]]],
    ],
    ids=repr,
)
def test_what_two_programs_may_write_in_two_ways_is_not_signed(value):
    with pytest.raises(UnsoundError):
        canonical(value)


@given(st.permutations(LINES), st.lists(st.sampled_from(LINES)))
def test_any_order_and_any_repetition_is_the_same_log(lines, again):
    assert [line["digest"] for line in ordered([*lines, *again])] == VECTOR["order"]
    assert head([*lines, *again]) == VECTOR["head"]


def test_parents_come_first_whatever_their_clocks_say():
    # The last line is dated before all the others, which it names.
    assert VECTOR["order"][-1] == LINES[3]["digest"]


def altered(value):
    if isinstance(value, int):
        return value + 1
    if isinstance(value, str):
        return "2026-10-09T09:09:09.009Z" if value.endswith("Z") else f"{value} "
    if isinstance(value, dict):
        return {**value, "note": "autre"}
    return ["0" * 64]


@pytest.mark.parametrize("rank", range(len(LINES)))
@pytest.mark.parametrize("name", FIELDS)
def test_altering_one_field_of_one_line_names_this_line(rank, name):
    lines = copy.deepcopy(LINES)
    lines[rank][name] = altered(lines[rank][name])

    found = faults(lines, copy=None)

    assert lines[rank]["digest"] in {fault.digest for fault in found}
    assert {fault.code for fault in found} <= {"digest", "parent", "shape"}
    if name != "parents":
        assert [fault.digest for fault in found] == [lines[rank]["digest"]]


def test_a_picture_of_a_line_cannot_be_exchanged():
    lines = copy.deepcopy(LINES)
    lines[1]["payload"]["lines"][0]["pictures"] = ["cd" * 32]

    assert [(fault.code, fault.digest) for fault in faults(lines)] == [
        ("digest", lines[1]["digest"])
    ]


@pytest.mark.parametrize("rank", [0, 1, 2])
def test_a_line_that_is_taken_away_is_missed_by_those_after_it(rank):
    lines = [line for line in LINES if line is not LINES[rank]]

    assert {fault.code for fault in faults(lines)} == {"parent"}


def test_taking_the_last_line_away_changes_the_head_of_an_export():
    whole = {"format": FORMAT, "copy": 7, "head": head(LINES), "lines": LINES}
    short = {**whole, "lines": LINES[:3]}

    assert faults_of_file(whole) == []
    assert [fault.code for fault in faults_of_file(short)] == ["head"]


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        {},
        {"format": FORMAT},
        {"format": FORMAT, "lines": [1, {}], "head": ""},
    ],
)
def test_what_is_no_export_is_a_fault_and_not_an_accident(data):
    assert faults_of_file(data)


def test_lines_that_name_each_other_in_a_circle_are_shown_all_the_same():
    one = {**LINES[0], "parents": [LINES[1]["digest"]]}
    two = {**LINES[1], "parents": [LINES[0]["digest"]]}

    assert len(ordered([one, two])) == 2
    assert {fault.code for fault in faults([one, two])} == {"digest"}
