"""Figures are published, units change, figures are published again."""

import random
from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import linprog

from maillage.core.disclosure import (
    TOTAL,
    BadTable,
    Release,
    Table,
    Unit,
    count,
    protect,
    total,
)

VISITS = Table("visits", by=("place", "kind"), asks=(count(), total("visits")))
ANSWERS = Table("q", by=("place", "q"))


def museums(number, *, seed=1):
    draw = random.Random(seed)  # noqa: S311
    return [
        Unit(
            f"m{rank:03d}",
            {"place": draw.choice("abc"), "kind": draw.choice("uv")},
            {"visits": float(draw.randint(100, 900))},
        )
        for rank in range(number)
    ]


def respondents(number, *, seed=1):
    draw = random.Random(seed)  # noqa: S311
    return [
        Unit(f"r{rank:03d}", {"place": draw.choice("ab"), "q": draw.choice("yyn")})
        for rank in range(number)
    ]


def shown(release, *codes):
    return not next(iter(release.tables.values())).row(*codes).is_hidden


def test_one_museum_more_is_not_told_by_the_difference():
    old = museums(60)
    new = [*old, Unit("late", {"place": "a", "kind": "u"}, {"visits": 777.0})]
    first = protect([VISITS], units=old)
    alone = protect([VISITS], units=new)
    after = protect([VISITS], units=new, editions=[(first, old)])

    for codes in (("a", "u"), ("a", TOTAL), (TOTAL, "u"), (TOTAL, TOTAL)):
        assert shown(first, *codes)
        difference = (
            alone["visits"].row(*codes)["visits"].value
            - first["visits"].row(*codes)["visits"].value
        )
        assert difference == 777  # what everybody could have told
        assert not shown(after, *codes)
    assert shown(after, "b", "u")
    assert shown(after, "b", TOTAL)


def test_four_museums_more_in_one_cell_are_told():
    old = museums(60)
    late = [
        Unit(f"late{n}", {"place": "a", "kind": "u"}, {"visits": 300.0})
        for n in range(4)
    ]
    first = protect([VISITS], units=old)
    after = protect([VISITS], units=[*old, *late], editions=[(first, old)])

    assert not any(row.is_hidden for row in after["visits"])


def test_one_who_leaves_is_not_told_either():
    old = museums(60)
    first = protect([VISITS], units=old)
    after = protect([VISITS], units=old[1:], editions=[(first, old)])
    codes = old[0].codes["place"], old[0].codes["kind"]

    assert shown(first, *codes)
    assert not shown(after, *codes)


def test_two_editions_are_remembered_not_the_last_alone():
    """One museum more, then another: the third differs from the second by one again."""
    old = museums(60)
    late = [
        Unit(f"late{n}", {"place": "a", "kind": "u"}, {"visits": 300.0})
        for n in range(5)
    ]
    first = protect([VISITS], units=old)
    second = protect([VISITS], units=[*old, *late[:4]], editions=[(first, old)])
    third = protect(
        [VISITS],
        units=[*old, *late],
        editions=[(first, old), (second, [*old, *late[:4]])],
    )

    assert shown(second, "a", "u")
    assert not shown(third, "a", "u")


def test_nothing_changed_and_nothing_changes():
    old = museums(40)
    first = protect([VISITS], units=old)
    again = protect([VISITS], units=old, editions=[(first, old)])

    assert again == first


def test_a_late_answer_is_not_told_by_the_difference():
    old = respondents(50)
    new = [*old, Unit("late", {"place": "a", "q": "n"})]
    first = protect([ANSWERS], units=old, answers={"q"})
    alone = protect([ANSWERS], units=new, answers={"q"})
    after = protect([ANSWERS], units=new, answers={"q"}, editions=[(first, old)])

    assert shown(first, "a", "n")
    assert shown(alone, "a", "n")
    assert not shown(after, "a", "n")
    assert not shown(after, TOTAL, "n")
    assert shown(after, "b", "n")


def test_an_answer_that_was_corrected_is_not_told_by_the_difference():
    old = respondents(50)
    rank = next(n for n, unit in enumerate(old) if unit.codes["q"] == "y")
    new = [*old]
    new[rank] = replace(old[rank], codes={**old[rank].codes, "q": "n"})
    place = old[rank].codes["place"]
    first = protect([ANSWERS], units=old, answers={"q"})
    after = protect([ANSWERS], units=new, answers={"q"}, editions=[(first, old)])

    assert shown(first, place, "n")
    assert not shown(after, place, "n")


@pytest.mark.parametrize("seed", range(5))
def test_nobody_who_kept_the_former_figures_tells_a_museum(seed):
    """All cells of both editions in one linear programme."""
    draw = random.Random(seed)  # noqa: S311
    old = museums(45, seed=seed)
    kept = [unit for unit in old if draw.random() > 0.06]
    late = [
        replace(unit, key=f"late {unit.key}") for unit in museums(4, seed=seed + 50)
    ]
    new = [*kept, *late]
    first = protect([VISITS], units=old)
    stored = Release.from_json(first.as_json())
    after = protect([VISITS], units=new, editions=[(stored, old)])
    inside = {unit.key: (unit in old, unit in new) for unit in [*old, *late]}
    people = {unit.key: unit for unit in [*old, *late]}
    columns = sorted(people)
    truth = np.array([people[key].values["visits"] for key in columns])

    def row_of(codes, edition):
        return np.array(
            [
                float(
                    inside[key][edition]
                    and codes[0] in (TOTAL, people[key].codes["place"])
                    and codes[1] in (TOTAL, people[key].codes["kind"])
                )
                for key in columns
            ]
        )

    known = [
        row_of(row.codes, edition)
        for edition, release in enumerate((stored, after))
        for row in release["visits"]
        if not row.is_hidden
    ]
    atoms = {}
    for rank, key in enumerate(columns):
        what = (*(people[key].codes[n] for n in ("place", "kind")), inside[key])
        atoms.setdefault(what, []).append(rank)
    for ranks in atoms.values():
        held = truth[ranks]
        if len(ranks) >= 3 and held.max() <= 0.85 * held.sum():
            continue
        row = np.zeros(len(columns))
        row[ranks] = 1.0
        matrix = np.array(known)
        for sign in (1, -1):
            done = linprog(sign * row, A_eq=matrix, b_eq=matrix @ truth)
            edge = sign * done.fun if done.status == 0 else -sign * np.inf
            room = (held.sum() - edge) * sign
            assert room > min(0.176 * held.max(), held.sum()) - 1e-6


def test_units_of_an_edition_have_keys_of_their_own():
    old = museums(5)
    first = protect([VISITS], units=old)
    with pytest.raises(BadTable) as no:
        protect([VISITS], units=old, editions=[(first, [*old, old[0]])])
    assert no.value.code == "twice"
