"""What a chart draws is what its numbers say, for every reader."""

import re
from xml.etree import ElementTree as ET

import pytest
from django.template.loader import render_to_string
from django.utils import translation
from hypothesis import given, strategies as st

from maillage.core import charts
from maillage.core.charts import Branch, Leaf, Panel, Series, Shape, Words
from maillage.core.charts.areas import classes
from maillage.core.charts.drawing import bounds, ticks
from maillage.core.charts.trees import folded

YEARS = ("2019", "2020", "2021", "2022", "2023")
maybe = st.none() | st.floats(-1e9, 1e9) | st.sampled_from([float("nan"), float("inf")])


def made():
    """One chart of each sort, with a hole in it."""
    values = [3.0, None, 5.0, 4.0, 9.0]
    rows = [("Nord", 12.0), ("Aisne", None), ("Oise", 4.5)]
    square = Shape("59", "Nord <& co>", "M0,0H9V9z")
    return {
        "lines": charts.lines("Hausse", YEARS, [Series("Nord", values, frozenset({4}))]),
        "spark": charts.spark("Hausse", YEARS, values, rest=[1.0, 2.0, 3.0, 4.0, 5.0]),
        "multiples": charts.multiples("Partout", YEARS, {"Nord": values, "Oise": [None] * 5}),
        "bars": charts.bars("Le Nord devant", rows, reference=("région", 8.0)),
        "shares": charts.shares("Parts", [("Nord", [1.0, 3.0]), ("Oise", [None, 1.0])], ["a", "b"]),
        "strip": charts.strip("Parmi les autres", rows, marked="Nord", reference=("région", 6.0)),
        "histogram": charts.histogram("Peu en ont", [0, 1, 2, 5], [8, 3, 1], marked=("Nord", 1.5)),
        "lorenz": charts.lorenz("Inégal", [10, 20, 30], [1, 5, 30], gini=0.41),
        "small_maps": charts.small_maps(
            "Mois", [square], [Panel("mai", {"59": 3.0}, [(1, 2)]), Panel("juin", {})],
            size=(9, 9), words=Words(dots="de passage"),
        ),
        "areas": charts.areas("Carte", [square], {"59": 3.0}, size=(9, 9)),
    }  # fmt: skip


@pytest.mark.parametrize("sort", sorted(made()))
def test_a_chart_has_a_name_a_description_a_table_and_no_style(sort):
    chart = made()[sort].told(source="Enquête <2023>", url="https://example.org/a")

    page = render_to_string("includes/chart.html", {"chart": chart})

    assert page.count('role="img"') == max(1, len([p for p in chart.panels if p.marks]))
    assert f"<title>{chart.title}" in page or chart.panels
    assert "<table" in page
    assert "Enquête &lt;2023&gt;" in page
    assert not re.search(r"\sstyle=|<style|nan\b|inf\b", page, re.IGNORECASE)


@pytest.mark.parametrize("sort", sorted(made()))
def test_the_drawing_for_paper_is_well_formed_and_the_same(sort):
    for chart in made()[sort].panels or [made()[sort]]:
        root = ET.fromstring(charts.svg_text(chart))  # noqa: S314 -- our own
        drawn = [element for element in root if not element.tag.endswith("title")]

        assert len(drawn) == len(chart.marks)
        assert root.get("viewBox") == chart.view_box


def test_a_name_that_looks_like_html_stays_a_name():
    page = render_to_string("includes/chart.html", {"chart": made()["areas"]})

    assert "Nord &lt;&amp; co&gt;" in page
    assert "<& co>" not in page


def test_a_missing_value_is_a_gap_not_a_zero():
    chart = charts.lines("x", YEARS, [Series("Nord", [1.0, 2.0, None, 4.0, 5.0])])
    path = next(dict(m.attributes)["d"] for m in chart.marks if "cat-1" in str(m))

    assert path.count("M") == 2  # two pieces
    assert sum(m.tag == "circle" for m in chart.marks) == 4
    assert chart.table.rows[2] == ("2021", "–")


def test_what_leads_to_a_provisional_value_is_dashed_and_its_dot_hollow():
    chart = charts.lines("x", YEARS[:3], [Series("Nord", [1, 2, 3], frozenset({2}))])
    dashed = [m for m in chart.marks if ("stroke-dasharray", "2 5") in m.attributes]
    hollow = [m for m in chart.marks if "fill-paper" in str(m.attributes)]

    assert len(dashed) == len(hollow) == 1
    assert "pointillé" in chart.note
    assert chart.table.rows[2][1].endswith("(p)")


def test_years_stand_at_their_distance():
    frame = charts.series.Frame(("2017", "2018", "2021", "2023"), low=0, high=1, left=0)
    gaps = [b - a for a, b in zip(frame.xs, frame.xs[1:], strict=False)]

    assert gaps[1] == pytest.approx(3 * gaps[0])
    assert gaps[2] == pytest.approx(2 * gaps[0])


def test_bars_are_as_long_as_their_values():
    chart = charts.bars("x", [("a", 10.0), ("b", 5.0), ("c", None)])
    widths = [
        float(dict(m.attributes)["width"]) for m in chart.marks if m.tag == "rect"
    ]

    assert widths[0] == pytest.approx(2 * widths[1], rel=0.01)
    assert len(widths) == 2
    assert "non publié" in str(chart.marks)


def test_two_series_differ_by_more_than_colour():
    chart = charts.lines(
        "x", YEARS[:2], [Series("Nord", [1.0, 2.0]), Series("Oise", [2.0, 1.0])]
    )

    assert {m.tag for key in chart.legend for m in key.marks} == {
        "path",
        "circle",
        "rect",
    }
    assert any(("stroke-dasharray", "7 4") in m.attributes for m in chart.marks)


def test_without_a_figure_a_chart_says_so():
    chart = charts.lines("x", YEARS, [Series("Nord", [None] * 5)])

    assert "Aucune valeur" in chart.marks[0].text
    assert charts.bars("x", []).desc == chart.desc
    assert charts.spark("x", YEARS, [None] * 5).is_empty


def test_a_share_that_is_missing_hides_its_whole_row():
    chart = made()["shares"]

    assert chart.table.rows == (("Nord", "25\xa0%", "75\xa0%"), ("Oise", "–", "–"))


def test_the_curve_of_lorenz_starts_with_the_least_served():
    chart = charts.lorenz("x", [1, 1], [3, 1])

    assert chart.table.rows[4] == ("50", "25,0")
    assert "25" in chart.desc


def test_edges_that_do_not_increase_are_refused():
    with pytest.raises(ValueError, match="increase"):
        charts.histogram("x", [0, 0, 1], [1, 2])


@pytest.mark.parametrize(
    ("value", "decimals", "told"),
    [
        (1234567.0, 0, "1\u202f234\u202f567"),
        (-0.04, 1, "0,0"),
        (-3.25, 1, "−3,2"),
        (None, 0, "–"),
        (float("nan"), 0, "–"),
    ],
)
def test_figures_are_written_as_people_read_them(value, decimals, told):
    assert charts.figure(value, decimals) == told


def test_figures_follow_the_language():
    with translation.override("en"):
        assert charts.figure(1234.5, 1) == "1,234.5"


@given(st.floats(-1e12, 1e12), st.floats(0, 1e12))
def test_ticks_hold_the_range_and_are_few(low, width):
    found = ticks(low, low + width)
    slack = 1e-6 * max(abs(low), width, 1)

    assert found[0] <= low + slack
    assert found[-1] >= low + width - slack
    assert 2 <= len(found) <= 12


@given(st.lists(maybe, max_size=8))
def test_bounds_and_lines_never_draw_what_is_not_a_number(values):
    low, high = bounds(values)
    labels = [str(2000 + n) for n in range(len(values))]
    chart = charts.lines("x", labels, [Series("a", values)])

    assert low < high
    assert not re.search(r"nan|inf", charts.svg_text(chart))


def test_parts_differ_by_pattern_as_well_as_by_colour():
    chart = charts.shares("Parts", [("Nord", [1.0, 1.0, 1.0])], ["a", "b", "c"])
    page = render_to_string("includes/chart.html", {"chart": chart})
    over = re.findall(r'fill="url\(#([\w-]+)\)"', page)

    assert all(page.count(f'<pattern id="{name}"') == 1 for name in over)
    drawn = [name for name in over if "-k" not in name]
    assert len(set(drawn)) == len(drawn) == 2  # the first part stays plain
    assert len([name for name in over if "-k" in name]) == 2  # the legend too


def test_the_figure_of_a_part_stands_on_plain_colour():
    marks = charts.shares("Parts", [("Nord", [1.0, 3.0])], ["a", "b"]).marks
    names = [dict(each.attributes).get("fill", "") for each in marks]

    assert any(name.startswith("url") for name in names)
    text = next(n for n, each in enumerate(marks) if "75" in each.text)
    assert not names[text - 1].startswith("url")


def test_a_secret_area_is_hatched_and_never_in_a_class():
    shapes = [Shape(str(n), f"T{n}", "M0,0H9V9z") for n in range(4)]
    values = {"0": 1.0, "1": 2.0, "2": 987654.0}
    chart = charts.areas("Carte", shapes, values, size=(9, 9), secret={"2"})
    page = render_to_string("includes/chart.html", {"chart": chart})

    assert "987654" not in re.sub(r"\s", "", page)
    assert chart.table.rows[-2:] == (("T2", "secret"), ("T3", "–"))
    assert [key.label for key in chart.legend][-2:] == [
        "secret statistique",
        "non publié ou inconnu",
    ]
    over = [
        each for each in chart.marks if "url(" in dict(each.attributes).get("fill", "")
    ]
    assert [each.hint for each in over] == ["T2 : secret"]


def test_many_zeros_are_a_class_of_their_own():
    few = classes([0.0] * 90 + [1.0] * 6 + [2.0, 3.0, 7.0, 9.0])

    assert few[0] == 0.0
    assert 2 <= len(few) <= 4
    assert classes([0.0] * 50) == []
    assert classes([1.0, 2.0, 3.0, 4.0, 5.0]) == pytest.approx([1.8, 2.6, 3.4, 4.2])
    equal = classes([5.0] * 50 + [1.0, 2.0, 3.0, 9.0])
    assert equal == pytest.approx([2.6, 4.2, 5.8, 7.4])


def test_small_charts_say_which_values_may_change():
    chart = charts.multiples(
        "Partout", YEARS, {"Nord": [1.0, 2.0, 3.0, 4.0, 5.0]},
        provisional={"Nord": frozenset({4})},
    )  # fmt: skip

    assert chart.table.rows[-1] == ("2023", "5 (p)")
    assert chart.note.endswith("En pointillé\u00a0: valeur provisoire.")
    dashed = [
        dict(each.attributes).get("stroke-dasharray") for each in chart.panels[0].marks
    ]
    assert "2 5" in dashed


def small(*panels, **words):
    shapes = [Shape("1", "Ouest", "M0,0H4V9z"), Shape("2", "Est", "M4,0H9V9z")]
    return charts.small_maps(
        "Deux mois", shapes, panels, size=(9, 9), words=Words(**words)
    )


def attributes(chart, tag):
    root = ET.fromstring(charts.svg_text(chart))  # noqa: S314 -- our own
    return [e.attrib for e in root.iter() if e.tag.endswith(tag)]


def test_small_maps_share_their_classes_and_their_outlines():
    chart = small(
        Panel("mai", {"1": 1.0, "2": 5.0}), Panel("juin", {"1": 5.0, "2": 9.0})
    )
    first, second = chart.panels

    same = [
        next(g["class"] for g in first_last if "fill-seq" in g.get("class", ""))
        for first_last in (attributes(first, "}g")[::-1], attributes(second, "}g"))
    ]
    assert same[0] == same[1]  # five is five in both
    assert len(attributes(first, "}path")) == 2
    assert attributes(second, "}path") == []
    names = {a["id"] for a in attributes(first, "}path")}
    assert {a["href"][1:] for a in attributes(second, "}use")} == names
    assert len(chart.legend) == 3


def test_nothing_and_not_known_are_two_things_on_a_small_map():
    chart = small(
        Panel("mai", {"1": 0.0, "2": None}, [(1.0, 2.0), (3.0, 4.0)]),
        Panel("juin", {"1": 2.0, "2": 3.0}),
        zero="rien", dots="de passage",
    )  # fmt: skip

    labels = [key.label for key in chart.legend]
    assert labels[0] == "rien"
    assert labels[-2:] == ["non publié ou inconnu", "de passage"]
    edges = [a.get("stroke-dasharray") for a in attributes(chart.panels[0], "}g")]
    assert edges.count("5 5") == 1
    assert [row[0] for row in chart.table.rows] == ["De passage", "Ouest", "Est"]
    assert chart.table.rows[0][1:] == ("2", "0")
    assert chart.table.rows[2][1:] == ("–", "3")


def test_small_maps_without_a_value_say_so():
    assert small(Panel("mai", {})).desc == "Aucune valeur publiée."


def test_a_tree_has_a_drawing_of_its_own_for_a_telephone():
    leaves = tuple(Leaf(f"I.{n}", f"Piste {n}", 1.0, 10.0 * n) for n in range(9))
    chart = charts.treemap(
        "Arbre", [Branch("I Produire", leaves)], table=charts.Table(("a",), ())
    )

    page = render_to_string("includes/chart.html", {"chart": chart})
    texts = attributes(chart.narrow, "}text")

    assert chart.narrow.width == 360
    assert {text["font-size"] for text in texts} == {"13"}  # a unit is a pixel there
    assert len(texts) == 10  # each code, and the branch
    assert page.count("chart-at-narrow") == page.count("chart-at-wide") == 1
    ends = [
        float(r["x"]) + float(r["width"]) for r in attributes(chart.narrow, "}rect")
    ]
    assert max(ends) <= 360


@pytest.mark.parametrize(
    ("code", "lines"),
    [("III.1.P1.a", ("III.1.", "P1.a")), ("I.1", ("I.", "1")), ("VI", ("VI",))],
)
def test_a_code_that_is_too_long_stands_on_two_lines(code, lines):
    assert folded(code) == lines
