"""Cells read and written by columns."""

import csv
import datetime as dt
import io
import json
import zipfile
from decimal import Decimal

import pytest
from hypothesis import given, settings, strategies as st
from python_calamine import load_workbook

from maillage.catalogue.imports import RESOURCES
from maillage.core.tables.columns import BadCell, Column
from maillage.core.tables.writing import (
    csv_lines,
    disarmed,
    geojson_lines,
    ods_pieces,
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


def write_book(path, things, columns):
    if path.suffix == ".xlsx":
        write_xlsx(path, things, columns, title="Feuille")
    else:
        path.write_bytes(b"".join(ods_pieces(things, columns, title="Feuille")))
    return load_workbook(str(path)).get_sheet_by_name("Feuille").to_python()


@pytest.mark.parametrize("form", ["xlsx", "ods"])
def test_a_workbook_keeps_numbers_days_and_texts_as_such(tmp_path, form):
    columns = [
        Column("n", "n", "number", value=lambda thing: thing.n),
        Column("c", "c", "cents", value=lambda thing: thing.c),
        Column("d", "d", "date", value=lambda thing: thing.d),
        Column("t", "t", value=lambda thing: thing.t),
    ]
    day = dt.date(2027, 3, 1)
    things = [
        Thing(n=1.5, c=1250, d=day, t="02100"),
        Thing(n=None, c=None, d=None, t="=1+1"),
        Thing(n=0, c=-300, d=day, t="http://x"),
        Thing(n=-2, c=0, d=day, t="une ligne & <deux>\nautre"),
    ]

    rows = write_book(tmp_path / f"f.{form}", things, columns)

    assert rows == [
        ["n", "c", "d", "t"],
        [1.5, 12.5, day, "02100"],
        ["", "", "", "'=1+1"],
        [0.0, -3.0, day, "http://x"],
        [-2.0, 0.0, day, "une ligne & <deux>\nautre"],
    ]


@pytest.mark.parametrize("form", ["xlsx", "ods"])
def test_a_day_before_spreadsheets_is_kept(tmp_path, form):
    column = Column("d", "d", "date", value=lambda thing: thing.d)
    told = write_book(
        tmp_path / f"f.{form}", [Thing(d=dt.date(1868, 7, 1)), Thing(d=None)], [column]
    )

    assert str(told[1][0]) == "1868-07-01"


@settings(max_examples=30)
@given(value=st.text(st.characters(max_codepoint=0x2FFFF), max_size=40))
def test_any_text_makes_an_ods_file_that_opens(value):
    column = Column("t", "t", value=lambda thing: thing.t)
    data = b"".join(ods_pieces([Thing(t=value), Thing(t="fin")], [column], title="F"))

    rows = load_workbook(io.BytesIO(data)).get_sheet_by_index(0).to_python()
    assert rows[-1] == ["fin"]


def test_an_ods_file_says_first_what_it_is(tmp_path):
    column = Column("t", "t", value=lambda thing: thing.t)
    data = b"".join(ods_pieces([Thing(t="a")], [column], title="F"))

    with zipfile.ZipFile(io.BytesIO(data)) as book:
        first = book.infolist()[0]
        assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
        assert (
            book.read("mimetype") == b"application/vnd.oasis.opendocument.spreadsheet"
        )
        assert b"table:formula" not in book.read("content.xml")


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
