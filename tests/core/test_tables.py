"""Cells read and written by columns."""

import csv
import io
import json
from decimal import Decimal

import pytest
from hypothesis import given, strategies as st
from python_calamine import load_workbook

from maillage.catalogue.imports import RESOURCES
from maillage.core.tables.columns import BadCell, Column
from maillage.core.tables.writing import (
    csv_lines,
    disarmed,
    geojson_lines,
    table_schema,
    write_xlsx,
)
from maillage.directory.imports import PLACES, STRUCTURES

SCHEMAS = (STRUCTURES, PLACES, RESOURCES)


class Thing:
    def __init__(self, **values):
        self.__dict__.update(values)


@pytest.mark.parametrize(
    ("column", "cell", "value"),
    [
        (Column("a", "a"), "  deux   mots ", "deux mots"),
        (Column("a", "a"), "« mot »", "« mot »"),
        (Column("a", "a", "long"), "a\r\nb", "a\nb"),
        (Column("a", "a", "integer"), "1 200", 1200),
        (Column("a", "a", "integer"), "12.0", 12),
        (Column("a", "a", "number"), "3,5", 3.5),
        (Column("a", "a", "decimal"), "2,345", Decimal("2.34")),
        (Column("a", "a", "cents"), "12,5 €", 1250),
        (Column("a", "a", "boolean"), "Oui", True),
        (Column("a", "a", "boolean"), "0", False),
        (Column("a", "a", "term", vocabulary="place_kinds"), "Musée", "museum"),
        (Column("a", "a", "term", vocabulary="place_kinds"), "bibliotheque", "library"),
        (
            Column("a", "a", "terms", vocabulary="themes"),
            "physics|ASTRONOMY",
            ["astronomy", "physics"],
        ),
        (Column("a", "a", "url"), "www.exemple.org", "https://www.exemple.org"),
        (Column("a", "a", "email"), "a@exemple.org", "a@exemple.org"),
        (
            Column("a", "a", "fees"),
            "ecole/7=0; tous/30=350,50",
            [
                {"borrower": "ecole", "days": 7, "cents": 0},
                {"borrower": "tous", "days": 30, "cents": 35050},
            ],
        ),
        (
            Column("a", "a", "pairs"),
            'entree_pmr=true|note="a\\u007cb"',
            {"entree_pmr": True, "note": "a|b"},
        ),
    ],
)
def test_a_cell_is_read_as_people_write_it(column, cell, value):
    assert column.read(cell) == value


@pytest.mark.parametrize(
    ("column", "cell", "told"),
    [
        (Column("a", "a", max_length=3), "quatre", "6 caractères"),
        (Column("a", "a", "integer"), "1,5", "entier"),
        (Column("a", "a", "integer", low=0), "-1", "au moins 0"),
        (Column("a", "a", "integer", high=10), "11", "au plus 10"),
        (Column("a", "a", "number"), "nan", "pas un nombre"),
        (Column("a", "a", "number"), "Infinity", "pas un nombre"),
        (Column("a", "a", "number"), "1_000", "pas un nombre"),
        (Column("a", "a", "cents"), "1,234", "deux décimales"),
        (Column("a", "a", "boolean"), "peut-être", "oui"),
        (Column("a", "a", "term", vocabulary="place_kinds"), "musee d", "museum"),
        (Column("a", "a", "terms", vocabulary="themes"), "physics|zzz", "zzz"),
        (Column("a", "a", "url"), "pas de site", "https://"),
        (Column("a", "a", "url"), "javascript:alert(1)", "https://"),
        (Column("a", "a", "url"), "nom@exemple.org", "https://"),
        (Column("a", "a", "email"), "exemple.org", "e-mail"),
        (Column("a", "a", "fees"), "ecole=50", "tous/7=120"),
        (Column("a", "a", "fees"), "voisin/7=50", "voisin"),
        (Column("a", "a", "fees"), "tous/0=50", "durée"),
        (Column("a", "a", "pairs"), "sans signe", "nom=valeur"),
    ],
)
def test_a_bad_cell_says_what_to_write(column, cell, told):
    with pytest.raises(BadCell, match=told):
        column.read(cell)


@pytest.mark.parametrize(
    "cell", ["=1+1", "+33 3", "-5 °C", "@x", "\tx", "=cmd|'/C calc'!A0"]
)
def test_no_text_is_exported_as_a_formula(cell):
    assert disarmed(cell) == f"'{cell}"


def test_a_negative_number_is_not_a_formula():
    assert disarmed(-1.5) == -1.5


@given(value=st.text(min_size=1, max_size=40))
def test_what_a_spreadsheet_opens_never_begins_as_a_formula(value):
    column = Column("a", "a", value=lambda thing: thing.a)
    text = "".join(csv_lines([Thing(a=value)], [column]))
    lines = list(
        csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=";")
    )

    assert not lines[1][0].startswith(("=", "+", "-", "@", "\t", "\r"))


def test_a_workbook_keeps_numbers_as_numbers_and_texts_as_texts(tmp_path):
    columns = [
        Column("n", "n", "number", value=lambda thing: thing.n),
        Column("t", "t", value=lambda thing: thing.t),
    ]
    things = [
        Thing(n=1.5, t="02100"),
        Thing(n=None, t="=1+1"),
        Thing(n=0, t="http://x"),
    ]

    write_xlsx(tmp_path / "f.xlsx", things, columns, title="Feuille")

    rows = load_workbook(str(tmp_path / "f.xlsx")).get_sheet_by_index(0).to_python()
    assert rows == [["n", "t"], [1.5, "02100"], ["", "'=1+1"], [0.0, "http://x"]]


def test_geojson_has_a_geometry_only_where_there_is_a_place():
    column = Column("t", "t", value=lambda thing: thing.t)
    things = [Thing(t="a", position=(3.0, 50.0)), Thing(t="b", position=None)]

    told = json.loads("".join(geojson_lines(things, [column])))

    assert [f["geometry"] for f in told["features"]] == [
        {"type": "Point", "coordinates": [3.0, 50.0]},
        None,
    ]
    assert told["features"][0]["properties"] == {"t": "a"}


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda schema: schema.code)
def test_every_column_has_a_code_a_label_and_a_known_type(schema):
    codes = [column.code for column in schema.columns]

    assert len(codes) == len(set(codes))
    assert all(str(column.label) and column.type_label for column in schema.columns)


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda schema: schema.code)
def test_no_two_columns_answer_to_the_same_title(schema):
    seen = {}
    for column in schema.columns:
        for name in column.names:
            seen.setdefault(name, set()).add(column.code)

    assert {name: codes for name, codes in seen.items() if len(codes) > 1} == {}


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda schema: schema.code)
def test_the_table_schema_tells_every_column(schema):
    told = table_schema(schema.code, "titre", schema.columns)

    assert [field["name"] for field in told["fields"]] == [
        c.code for c in schema.columns
    ]
    assert told["primaryKey"] == "key"
