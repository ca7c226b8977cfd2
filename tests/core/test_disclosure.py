import copy
import pickle

import pytest
from django.template import Context, Template

from maillage.core.disclosure import (
    TOTAL,
    BadTable,
    Figure,
    Release,
    Table,
    Unit,
    count,
    figure_columns,
    mean,
    protect,
    rate,
    share,
    total,
)
from maillage.kernels.secrecy.problem import SecrecyError


def units(*groups):
    """Units of (how many, codes, value)."""
    made = []
    for number, codes, value in groups:
        made += [
            Unit(f"u{len(made) + rank:03d}", codes, {"visits": value})
            for rank in range(number)
        ]
    return made


def side_by_side():
    """A museum of EPCI a lies in another department than its nine sisters."""
    return units(
        (9, {"territory": ["epci:a", "dep:1", "region"]}, 100),
        (1, {"territory": ["epci:a", "dep:2", "region"]}, 100),
        (8, {"territory": ["epci:b", "dep:2", "region"]}, 100),
        (8, {"territory": ["epci:c", "dep:1", "region"]}, 100),
        (8, {"territory": ["epci:d", "dep:2", "region"]}, 100),
    )


def hidden(table):
    return {row.codes for row in table if row.is_hidden}


def test_a_cell_of_two_is_hidden_and_not_told_by_its_total():
    data = units(
        (2, {"kind": "zoo"}, 10), (5, {"kind": "museum"}, 10), (7, {"kind": "lab"}, 10)
    )
    release = protect([Table("kinds", by=("kind",))], units=data)
    secret = hidden(release["kinds"])

    assert ("zoo",) in secret
    assert len(secret) == 2
    assert release["kinds"].row(TOTAL)["count"].value == 14


def test_groups_that_overlap_do_not_tell_one_museum_by_difference():
    release = protect(
        [Table("visits", by=("territory",), asks=(count(), total("visits")))],
        units=side_by_side(),
    )
    shown = {row.codes[0] for row in release["visits"] if not row.is_hidden}

    # dep:1 - (epci:a less one) - epci:c would leave the museum on the border.
    assert not {"epci:a", "epci:c", "dep:1"} <= shown
    assert not {"epci:b", "epci:d", "dep:2"} <= shown


def test_a_second_release_is_protected_together_with_the_first():
    first = protect(
        [Table("one", by=("territory",), codes={"territory": ["dep:1", "dep:2"]})],
        units=side_by_side(),
    )
    alone = protect(
        [Table("two", by=("territory",), codes={"territory": ["epci:a", "epci:c"]})],
        units=side_by_side(),
    )
    after = protect(
        [Table("two", by=("territory",), codes={"territory": ["epci:a", "epci:c"]})],
        units=side_by_side(),
        before=[first],
    )

    assert hidden(first["one"]) == hidden(alone["two"]) == set()
    assert hidden(after["two"])


def test_what_cannot_be_protected_any_more_is_refused():
    codes = {"territory": ["dep:1", "dep:2", "epci:a"]}
    public = protect(
        [Table("all", by=("territory",), codes=codes)], units=side_by_side()
    )
    data = public.as_json()
    for row in data["tables"][0]["rows"]:
        row["figures"] = {"count": {"status": "shown", "value": 1, "units": 1}}
    codes["territory"].append("epci:c")
    lying = Release.from_json(
        data
        | {
            "tables": [
                table
                | {
                    "rows": [
                        *table["rows"],
                        {"codes": ["epci:c"], "figures": table["rows"][0]["figures"]},
                    ]
                }
                for table in data["tables"]
            ]
        }
    )

    with pytest.raises(SecrecyError) as error:
        protect(
            [Table("all", by=("territory",), codes=codes)],
            units=side_by_side(),
            before=[lying],
        )
    assert error.value.code == "published_unsafe"


def test_a_large_unit_hides_its_cell():
    data = [Unit(f"m{rank}", {"kind": "museum"}, {"visits": 10}) for rank in range(9)]
    data.append(Unit("louvre", {"kind": "museum"}, {"visits": 8_000}))
    asks = (count(), total("visits"), mean("visits"))

    row = protect([Table("t", by=("kind",), asks=asks)], units=data)["t"].row("museum")
    assert {figure.status for figure in row.figures.values()} == {"hidden"}

    scale = (count(), mean("visits", dominance=False))
    row = protect([Table("t", by=("kind",), asks=scale)], units=data)["t"].row("museum")
    assert row["mean_visits"].value == pytest.approx(809)


def test_a_share_falls_with_its_base():
    data = units(
        (2, {"dep": "1", "loans": "yes"}, 1),
        (30, {"dep": "2", "loans": "yes"}, 1),
        (30, {"dep": "2", "loans": "no"}, 1),
        (5, {"dep": "3", "loans": "yes"}, 1),
    )
    release = protect(
        [Table("t", by=("dep", "loans"), asks=(count(), share("loans")))], units=data
    )

    assert release["t"].row("1", "yes")["share"].is_hidden
    assert release["t"].row("1", TOTAL)["count"].is_hidden
    assert release["t"].row("2", "yes")["share"].value == 0.5


def test_estimates_are_judged_by_the_people_who_answered():
    data = [
        Unit(f"r{rank}", {"dep": "1" if rank else "2"}, {"w": 100.0, "days": rank})
        for rank in range(8)
    ]
    table = Table(
        "t",
        by=("dep",),
        asks=(
            count("n", weight="w"),
            mean("days", weight="w"),
            rate("days", "w", "by"),
        ),
    )
    release = protect([table], units=data)

    assert release["t"].row("2")["n"].is_hidden
    assert (
        release["t"].row(TOTAL)["n"].is_hidden or release["t"].row("1")["n"].is_hidden
    )


def test_a_unit_without_the_value_is_in_no_table_of_it():
    data = [
        *units((5, {"kind": "zoo"}, 10)),
        Unit("x", {"kind": "zoo"}, {"visits": None}),
    ]
    release = protect(
        [Table("t", by=("kind",), asks=(count(), mean("visits")))], units=data
    )

    assert release["t"].row("zoo")["count"].units == 5
    assert release["t"].row("zoo")["mean_visits"].value == 10


def test_cells_without_units_are_shown_as_such():
    release = protect(
        [Table("t", by=("kind",), codes={"kind": ["zoo", "lab"]})],
        units=units((5, {"kind": "zoo"}, 1)),
    )

    assert release["t"].row("lab")["count"].status == "empty"
    assert release["t"].row("never-heard-of")["count"].status == "empty"
    with pytest.raises(KeyError):
        release["t"].row("zoo", "lab")


def test_the_same_data_in_any_order_give_the_same_release():
    data = side_by_side()
    tables = [
        Table("a", by=("territory",)),
        Table("b", by=("territory",), asks=(total("visits"),)),
    ]

    one = protect(tables, units=data)
    two = protect(tables, units=reversed(data))
    assert one.as_json() == two.as_json()


def test_a_release_survives_json():
    release = protect(
        [Table("t", by=("territory",), asks=(count(), total("visits")))],
        units=side_by_side(),
    )

    assert Release.from_json(release.as_json()) == release


def test_a_figure_is_made_by_the_gate_only_and_never_changes():
    figure = protect([Table("t", by=())], units=units((5, {}, 1)))["t"].row()["count"]

    with pytest.raises(TypeError):
        Figure(object(), 1, status="shown", units=1)
    with pytest.raises(AttributeError):
        figure.value = 2
    with pytest.raises(AttributeError):
        del figure.value
    assert pickle.loads(pickle.dumps(figure)) == copy.deepcopy(figure) == figure  # noqa: S301


def test_a_hidden_figure_holds_nothing():
    figure = protect([Table("t", by=())], units=units((2, {}, 7)))["t"].row()["count"]

    assert (figure.value, figure.units) == (None, None)
    assert figure.as_json() == {"status": "hidden"}
    assert figure.scaled(3).is_hidden
    assert not hasattr(figure, "__dict__")


def test_a_figure_in_a_page():
    page = Template(
        "{% load figures %}{{ one|figure }}|{{ two|figure:2 }}|{{ none|figure }}"
    )
    shown = protect(
        [Table("t", by=(), asks=(total("visits"), mean("visits")))],
        units=units((4, {}, 1234.5), (4, {}, 1000)),
    )["t"].row()
    secret = protect([Table("t", by=())], units=units((2, {}, 7)))["t"].row()["count"]
    text = page.render(
        Context({"one": shown["visits"], "two": shown["mean_visits"], "none": secret})
    )

    one, two, none = (
        text.replace("\N{NO-BREAK SPACE}", " ")
        .replace("\N{NARROW NO-BREAK SPACE}", " ")
        .split("|")
    )
    assert (one, two) == ("8 938", "1 117,25")
    assert "secret statistique" in none

    with pytest.raises(TypeError):
        Template("{% load figures %}{{ one|figure }}").render(Context({"one": 3}))


def test_columns_of_an_export_leave_secret_cells_empty_and_say_why():
    release = protect(
        [Table("t", by=("kind",))],
        units=units(
            (2, {"kind": "zoo"}, 1), (9, {"kind": "lab"}, 1), (8, {"kind": "a"}, 1)
        ),
    )
    value, status = figure_columns("count", "Nombre", of=lambda row: row["count"])
    row = release["t"].row("zoo")

    assert (value.of(row), status.of(row)) == (None, "hidden")
    assert value.of(release["t"].row(TOTAL)) == 19


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda: Table("t", by=("a", "a")), "table"),
        (lambda: Table("t", by=(), asks=()), "table"),
        (lambda: Table("t", by=(), asks=(count(), count())), "table"),
        (lambda: Table("t", by=(), asks=(share("kind"),)), "table"),
        (lambda: protect([Table("t", by=())], units=[Unit("a"), Unit("a")]), "twice"),
        (lambda: protect([Table("t", by=()), Table("t", by=())], units=[]), "table"),
        (lambda: protect([Table("t", by=("k",))], units=[Unit("a", {"k": TOTAL})]), "code"),
        (lambda: protect([Table("t", by=(), asks=(total("v"),))],
                         units=[Unit("a", {}, {"v": -1})]), "value"),
        (lambda: protect([Table("t", by=(), asks=(total("v"),))],
                         units=[Unit("a", {}, {"v": float("nan")})]), "value"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused(make, code):
    with pytest.raises(BadTable) as error:
        make()
    assert error.value.code == code
