"""Tables of answers, read by somebody who knows who was asked and where they are."""

import random

import numpy as np
import pytest
from scipy.optimize import linprog

from maillage.core.disclosure import (
    TOTAL,
    Release,
    Table,
    Unit,
    count,
    mean,
    protect,
    share,
    total,
)

QUESTIONS = {"loans": "ynm", "staff": "ab", "radio": "yn"}


def respondents(seed, number=60):
    draw = random.Random(seed)  # noqa: S311
    made = []
    for rank in range(number):
        epci = draw.choice("abcdef")
        codes = {"territory": [f"epci:{epci}", f"dep:{'12'[epci > 'c']}"]}
        for question, choices in QUESTIONS.items():
            codes[question] = draw.choice([*choices, choices[0], None])
        made.append(Unit(f"r{rank:03d}", codes, {"age": float(draw.randint(1, 5))}))
    return made


def tables():
    return [
        Table("asked", by=("territory",)),
        *(
            Table(question, by=("territory", question), asks=(count(), share(question)))
            for question in QUESTIONS
        ),
    ]


def place_of(unit):
    return tuple(unit.codes["territory"])


def told(release, people, question):
    """Counts of one answer at one place, or of one cell, that can be told exactly."""
    choices = [*QUESTIONS[question], None]
    places = sorted({place_of(unit) for unit in people})
    spots = [(place, choice) for place in places for choice in choices]
    truth = dict.fromkeys(spots, 0)
    for unit in people:
        truth[place_of(unit), unit.codes[question]] += 1

    def row_of(territory, choice):
        return np.array(
            [
                float(
                    (territory == TOTAL or territory in place)
                    and choice in (TOTAL, own)
                )
                for place, own in spots
            ]
        )

    rules = [np.array([float(own == place) for own, _ in spots]) for place in places]
    values = [sum(place_of(unit) == place for unit in people) for place in places]
    hidden = [np.eye(len(spots))[rank] for rank, (_, own) in enumerate(spots) if own]
    for row in release[question]:
        if row["count"].is_hidden:
            hidden.append(row_of(*row.codes))
        else:
            rules.append(row_of(*row.codes))
            values.append(row["count"].value)
    now = np.array([truth[spot] for spot in spots])
    found = []
    for cell in hidden:
        if 0 < cell @ now < 3:
            ends = [
                linprog(sign * cell, A_eq=np.array(rules), b_eq=values).fun * sign
                for sign in (1, -1)
            ]
            if ends[1] - ends[0] < 1 - 1e-6:
                found.append((cell @ now, ends))
    return found


@pytest.mark.parametrize("seed", range(4))
def test_nobody_tells_an_answer_even_knowing_who_was_asked(seed):
    people = respondents(seed)
    release = protect(tables(), units=people, answers=QUESTIONS)

    assert [told(release, people, question) for question in QUESTIONS] == [[], [], []]
    assert any(row.is_hidden for question in QUESTIONS for row in release[question])
    assert any(not row.is_hidden for row in release["loans"])


def test_the_attacker_of_this_test_finds_what_is_there():
    people = respondents(1)
    bare = protect(tables(), units=people, answers=QUESTIONS, minimum=1)

    assert told(bare, people, "loans")


def test_a_place_of_few_is_hidden_in_every_question():
    people = [
        unit for unit in respondents(2) if "epci:a" not in unit.codes["territory"]
    ]
    lone = {"territory": ["epci:a", "dep:1"], **dict.fromkeys(QUESTIONS, "y")}
    people += [Unit("x1", lone | {"staff": "a"}), Unit("x2", lone | {"staff": "a"})]
    release = protect(tables(), units=people, answers=QUESTIONS)

    assert release["asked"].row("epci:a")["count"].is_hidden
    gone = {row.codes[0] for row in release["asked"] if row.is_hidden}
    shown = {
        row.codes[0]
        for question in QUESTIONS
        for row in release[question]
        if not row.is_hidden and row["count"].status == "shown"
    }
    assert not gone & shown


def test_a_cell_that_nobody_chose_may_be_hidden_with_the_one_that_one_chose():
    people = [Unit(f"r{n}", {"t": "here", "q": "yes" if n else "no"}) for n in range(9)]
    people += [Unit(f"s{n}", {"t": "there", "q": "yes"}) for n in range(9)]
    by = Table("q", by=("t", "q"), codes={"q": ["yes", "no", "maybe"]})
    release = protect([by], units=people, answers={"q"})

    assert release["q"].row("here", "no")["count"].is_hidden
    zeros = [release["q"].row(*codes) for codes in (("there", "no"), ("here", "maybe"))]
    assert (
        any(row.is_hidden for row in zeros) or release["q"].row(TOTAL, "no").is_hidden
    )


def test_questions_are_decided_apart_and_alike_each_time():
    people = respondents(3)
    one = protect(tables(), units=people, answers=QUESTIONS)
    two = protect(tables()[:2], units=people, answers=QUESTIONS)

    assert one["loans"] == two["loans"]
    assert Release.from_json(one.as_json()) == one


def test_a_value_that_is_an_answer_is_a_question_of_its_own():
    people = respondents(5)
    table = Table(
        "age", by=("territory",), asks=(count(), mean("age", dominance=False))
    )
    release = protect([*tables(), table], units=people, answers={*QUESTIONS, "age"})

    assert release["age"].row(TOTAL)["mean_age"].value is not None


def weighted_people(seed):
    draw = random.Random(seed)  # noqa: S311
    weight = {"a": 1.3, "b": 2.1, "c": 1.7}
    places = draw.choices("abc", k=30)
    return [
        Unit(
            f"r{rank:02d}",
            {"place": place, "kind": draw.choice("uv"), "q": draw.choice("yyyyn")},
            {"w": weight[place], "visits": float(draw.randint(0, 900))},
        )
        for rank, place in enumerate(places)
    ]


def ends(rules, values, row):
    """Least and largest sum of a row of columns that agrees with rules (within halves)."""
    rules, values = np.array(rules), np.array(values)
    both = np.vstack([rules, -rules])
    limits = np.r_[values[:, 1], -values[:, 0]] + 1e-7
    return [sign * linprog(sign * row, A_ub=both, b_ub=limits).fun for sign in (1, -1)]


@pytest.mark.parametrize("seed", range(6))
def test_totals_that_all_units_are_in_betray_no_answer(seed):
    """Only the question is named an answer; all have the weight and visits, and answered."""
    people = weighted_people(seed)
    asks = (count("n", weight="w"), share("q", weight="w"), total("visits"))
    release = protect(
        [Table(by, by=(by, "q"), asks=asks) for by in ("place", "kind")],
        units=people,
        answers={"q"},
    )
    spots = sorted({(u.codes["place"], u.codes["kind"]) for u in people})
    columns = [(*spot, answer) for spot in spots for answer in "yn"]
    held = {column: [] for column in columns}
    for unit in people:
        held[tuple(unit.codes[name] for name in ("place", "kind", "q"))].append(unit)
    weight = {unit.codes["place"]: unit.values["w"] for unit in people}
    counts, visits = ([], []), ([], [])
    for spot in spots:
        row = [float(column[:2] == spot) for column in columns]
        size = sum(len(held[(*spot, answer)]) for answer in "yn")
        counts[0].append(row)
        counts[1].append((size, size))
    unsafe = [np.eye(len(columns))[rank] for rank in range(len(columns))]
    for name, at in (("place", 0), ("kind", 1)):
        for line in release[name]:
            row = np.array(
                [
                    float(
                        line.codes[0] in (TOTAL, c[at])
                        and line.codes[1] in (TOTAL, c[2])
                    )
                    for c in columns
                ]
            )
            unsafe.append(row)
            if (figure := line["n"]).is_hidden:
                continue
            counts[0].append(row)
            counts[1].append((figure.units, figure.units))
            counts[0].append(row * [weight[column[0]] for column in columns])
            half = 0.5 if float(figure.value or 0).is_integer() else 0.0
            counts[1].append(((figure.value or 0) - half, (figure.value or 0) + half))
            visits[0].append(row)
            visits[1].append(2 * (line["visits"].value or 0,))
    number = np.array([len(held[column]) for column in columns])
    added = np.array([sum(u.values["visits"] for u in held[c]) for c in columns])
    for row in unsafe:
        if 0 < row @ number < 3:
            least, most = ends(*counts, row)
            assert most > row @ number + 0.99 or least < row @ number - 0.99
            largest = max(u.values["visits"] for c, k in zip(columns, row, strict=True)
                          if k for u in held[c])  # fmt: skip
            least, most = ends(*visits, row)
            assert most - row @ added > 0.17 * largest
            assert least <= max(row @ added - 0.17 * largest, 0)
