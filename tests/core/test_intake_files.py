"""What people send as a table, from the tidy to the hostile."""

import contextlib
import csv
import io
import os
import zipfile

import pytest
import xlsxwriter
from hypothesis import given, strategies as st

from maillage.core.errors import Refused
from maillage.core.intake import files, limits, sheets
from maillage.core.intake.files import read_file, read_path
from maillage.core.intake.headers import Layout, match_header
from maillage.core.tables.columns import Column

TIDY = "clé;nom;commune\nA1;Musée d’été;59350\nA2;Château;80021\n"


def cells(table):
    return [row.cells for row in table.rows]


def workbook(rows, *, name="Feuille 1", hidden=()):
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        for other in hidden:
            book.add_worksheet(other).hide()
        sheet = book.add_worksheet(name)
        sheet.activate()
        sheet.set_first_sheet()
        for line, row in enumerate(rows):
            for place, cell in enumerate(row):
                sheet.write(line, place, cell)
    return buffer.getvalue()


def open_document(body):
    buffer = io.BytesIO()
    space = "urn:oasis:names:tc:opendocument:xmlns"
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr(
            "content.xml",
            f'<office:document-content xmlns:office="{space}:office:1.0" '
            f'xmlns:table="{space}:table:1.0" xmlns:text="{space}:text:1.0">'
            f'<office:body><office:spreadsheet><table:table table:name="T">{body}'
            "</table:table></office:spreadsheet></office:body></office:document-content>",
        )
        archive.writestr("META-INF/manifest.xml", "<m/>")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("encoding", "told"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8 (BOM)"),
        ("utf-16", "UTF-16"),
        ("utf-16-le", "UTF-16"),
        ("utf-16-be", "UTF-16"),
        ("cp1252", "Windows-1252"),
    ],
)
def test_every_usual_encoding_is_read_and_said(encoding, told):
    table = read_file(TIDY.encode(encoding))

    assert table.header == ["clé", "nom", "commune"]
    assert cells(table)[0] == ["A1", "Musée d’été", "59350"]
    assert any(told in note for note in table.notes)


@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
def test_every_usual_separator_is_found(separator):
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=separator)
    writer.writerows([["clé", "nom"], ["1", "a, b; c | d"], ["2", "e"]])

    table = read_file(buffer.getvalue().encode())

    assert table.header == ["clé", "nom"]
    assert cells(table) == [["1", "a, b; c | d"], ["2", "e"]]


def test_a_line_is_numbered_as_the_file_shows_it():
    table = read_file('clé,nom\n1,"sur\ndeux lignes"\n\n2,suite\n'.encode())

    assert [row.line for row in table.rows] == [2, 5]


def test_a_formula_stays_text_and_loses_only_our_apostrophe():
    table = read_file(b"a,b\n=cmd|'/C calc'!A0,'+33 3 20\n@SUM(A1),'bonjour'\n")

    assert cells(table) == [
        ["=cmd|'/C calc'!A0", "+33 3 20"],
        ["@SUM(A1)", "'bonjour'"],
    ]


def test_a_formula_of_a_workbook_is_never_computed():
    data = workbook([["clé", "nom"], ["1", "x"]])
    parts = zipfile.ZipFile(io.BytesIO(data))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in parts.namelist():
            text = parts.read(name)
            if name.endswith("sheet1.xml"):
                text = text.replace(
                    b"</row></sheetData>",
                    b'<c r="C2" t="str"><f>cmd|x</f><v>stored</v></c></row></sheetData>',
                ).replace(b"</row><row", b'<c r="C1" t="str"><v>f</v></c></row><row')
            archive.writestr(name, text)

    assert cells(read_file(buffer.getvalue())) == [["1", "x", "stored"]]


def test_a_workbook_says_which_sheet_was_read():
    table = read_file(
        workbook([["clé", "n"], ["07", 7], ["8", 1.5], ["9", True]], name="Lieux")
    )

    assert cells(table) == [["07", "7"], ["8", "1.5"], ["9", "oui"]]
    assert any("Lieux" in note for note in table.notes)


def test_a_document_of_libreoffice_is_read():
    row = "<table:table-row>{}</table:table-row>"
    cell = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
    body = row.format(cell.format("clé")) + row.format(cell.format("été"))

    assert cells(read_file(open_document(body))) == [["été"]]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b"\n \r\n", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        ("clé,nom\n".encode(), "empty"),
        (b";;;\n;;\n", "empty"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "not_a_table"),
        (b"a,b\n1,\x00\n" * 1000, "not_a_table"),
        (b"%PDF-1.7\n\x00\x01", "not_a_table"),
        (b"PK\x03\x04 not a zip", "not_a_table"),
        (b"a,b\n\x81\x8d,1\n", "encoding"),
        (b"a,,b\n1,2,3\n", "header"),
        (",".join(map(str, range(201))).encode() + b"\n1\n", "too_many_columns"),
    ],
)
def test_what_is_no_table_is_refused_with_a_reason(data, code):
    with pytest.raises(Refused) as no:
        read_file(data)

    assert no.value.code == code
    assert no.value.message.endswith((".", "XLSX."))


def test_a_file_too_heavy_is_refused_before_it_is_read():
    with pytest.raises(Refused) as no:
        read_file(b"a" * (limits.MAX_BYTES + 1))

    assert no.value.code == "too_big"


def test_one_row_too_many_is_refused(monkeypatch):
    monkeypatch.setattr(files, "MAX_ROWS", 3)

    assert len(read_file(b"a\n1\n2\n3\n").rows) == 3
    with pytest.raises(Refused) as no:
        read_file(b"a\n1\n2\n3\n4\n")
    assert no.value.code == "too_many_rows"


def test_a_cell_too_long_is_told_with_its_line_and_column():
    data = f"clé,nom\n1,ok\n2,{'é' * 100_001}\n".encode()

    table = read_file(data)

    assert [(p.line, p.column, p.header, p.fatal) for p in table.problems] == [
        (3, 2, "nom", True)
    ]
    assert cells(table)[1] == ["2", ""]


def test_a_cell_at_the_limit_is_taken():
    assert read_file(f"clé,nom\n2,{'e' * 200_000}\n".encode()).problems == []


def test_a_row_with_one_cell_too_many_is_told():
    table = read_file(b"a,b\n1,2,3\n1,2,\n1\n")

    assert [(p.line, p.column) for p in table.problems] == [(2, 3)]
    assert cells(table) == [["1", "2"], ["1", "2"], ["1", ""]]


def test_invisible_characters_are_taken_out_and_told():
    table = read_file("a,b\nx\x07y,\u200b🦕\n".encode())

    assert cells(table)[0][0] == "xy"
    first = table.problems[0]
    assert (first.line, first.column, first.fatal) == (2, 1, False)


def test_a_zip_bomb_dressed_as_a_workbook_is_refused_unopened(monkeypatch):
    monkeypatch.setattr(sheets, "MAX_INFLATED", 50_000_000)
    monkeypatch.setattr(sheets.subprocess, "run", None)  # nothing may open it
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"\0" * 60_000_000)

    with pytest.raises(Refused) as no:
        read_file(buffer.getvalue())

    assert no.value.code == "bomb"
    assert len(buffer.getvalue()) < 100_000


def test_a_bomb_that_lies_about_its_size_is_weighed_all_the_same(monkeypatch):
    monkeypatch.setattr(sheets, "MAX_INFLATED", 1_000_000)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"0" * 5_000_000)
    size = (5_000_000).to_bytes(4, "little")
    lie = buffer.getvalue().replace(size, (10).to_bytes(4, "little"))

    with pytest.raises(Refused) as no:
        read_file(lie)

    assert no.value.code in {"bomb", "not_a_table"}


def test_too_many_members_are_refused(monkeypatch):
    monkeypatch.setattr(sheets, "MAX_MEMBERS", 5)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for number in range(6):
            archive.writestr(f"{number}", "")

    with pytest.raises(Refused) as no:
        read_file(buffer.getvalue())

    assert no.value.code == "bomb"


def test_a_sheet_that_asks_for_all_the_memory_is_refused():
    """Two cells at the corners of the largest sheet: seventeen thousand million cells."""
    data = workbook([["a"], ["b"]])
    parts = zipfile.ZipFile(io.BytesIO(data))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in parts.namelist():
            text = parts.read(name)
            if name.endswith("sheet1.xml"):
                text = text.replace(
                    b"</sheetData>",
                    b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>',
                )
            archive.writestr(name, text)

    with pytest.raises(Refused) as no:
        read_file(buffer.getvalue())

    assert no.value.code in {"not_a_table", "too_many_rows", "too_many_columns"}


def test_a_document_that_repeats_cells_without_end_is_refused():
    cell = (
        '<table:table-cell table:number-columns-repeated="16384" '
        'office:value-type="string"><text:p>x</text:p></table:table-cell>'
    )
    row = f'<table:table-row table:number-rows-repeated="1048576">{cell}</table:table-row>'

    with pytest.raises(Refused) as no:
        read_file(open_document(row))

    assert no.value.code in {"not_a_table", "too_many_rows", "too_many_columns"}


def test_an_entity_of_xml_is_not_followed(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("secret")
    body = (
        "<table:table-row><table:table-cell office:value-type='string'>"
        "<text:p>&e;</text:p></table:table-cell></table:table-row>"
    )
    data = open_document(body)
    parts = zipfile.ZipFile(io.BytesIO(data))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in parts.namelist():
            text = parts.read(name).decode()
            if name == "content.xml":
                text = f'<!DOCTYPE x [<!ENTITY e SYSTEM "file://{secret}">]>{text}'
            archive.writestr(name, text)

    try:
        found = str(cells(read_file(buffer.getvalue())))
    except Refused as no:
        found = no.message
    assert "secret" not in found


def test_a_path_is_read_like_its_content(tmp_path):
    path = tmp_path / "f.csv"
    path.write_text(TIDY, encoding="utf-8")

    assert len(read_path(path).rows) == 2


text = st.text(
    st.characters(
        codec="utf-8", exclude_categories=["Cc", "Cs", "Zs", "Zl", "Zp", "Cf"]
    ),
    max_size=30,
)


@given(
    rows=st.lists(st.lists(text, min_size=2, max_size=2), min_size=1, max_size=20),
    separator=st.sampled_from(";,\t"),
)
def test_what_is_written_is_what_is_read(rows, separator):
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=separator, quoting=csv.QUOTE_ALL)
    writer.writerows([["clé", "nom"], *([f"k{n}", *row] for n, row in enumerate(rows))])
    # The header has two titles; the third cell makes each row too long by one.
    text_ = buffer.getvalue().replace('"clé"', '"clé"' + separator + '"x"', 1)

    table = read_file(text_.encode())

    assert cells(table) == [
        [f"k{n}", *(files.plain(cell.replace("\ufeff", "")) for cell in row)]
        for n, row in enumerate(rows)
    ]


@given(data=st.binary(max_size=3000))
def test_no_bytes_make_the_reader_fall(data):
    try:
        table = read_file(data)
    except Refused:
        return

    assert table.header
    assert all(len(row.cells) == len(table.header) for row in table.rows)


@given(damage=st.data())
def test_no_damaged_workbook_makes_the_weighing_fall(damage):
    data = bytearray(WORKBOOK)
    for _ in range(damage.draw(st.integers(1, 8))):
        data[damage.draw(st.integers(4, len(data) - 1))] = damage.draw(
            st.integers(0, 255)
        )

    with contextlib.suppress(Refused):  # and nothing else
        sheets.weigh(bytes(data))


WORKBOOK = workbook([["clé", "nom"], ["1", "x"]])
COLUMNS = (
    Column("key", "clé", is_required=True),
    Column("name", "nom", is_required=True, synonyms=("titre",)),
    Column("postcode", "code postal", synonyms=("cp",)),
)


@pytest.mark.parametrize(
    "header",
    [
        ["key", "name", "postcode"],
        ["Clé", "NOM", "Code postal"],
        ["CLE", "Titre", "C.P."],
    ],
)
def test_a_title_may_be_a_code_a_label_or_a_synonym(header):
    if header[2] == "C.P.":
        header = [*header[:2], "cp"]

    assert match_header(header, COLUMNS).places == {"key": 0, "name": 1, "postcode": 2}


def test_a_missing_column_is_named_with_what_looks_like_it():
    with pytest.raises(Refused) as no:
        match_header(["key", "nmo"], COLUMNS)

    assert no.value.code == "missing_column"
    assert "«\u00a0name\u00a0» (nom)" in no.value.message
    assert "«\u00a0nmo\u00a0»" in no.value.message


def test_an_unknown_column_is_told_with_the_nearest_name():
    found = match_header(["key", "name", "post_code", "zzz"], COLUMNS)

    assert found.unknown == [("post_code", "postcode"), ("zzz", "")]


def test_the_same_title_twice_is_refused():
    with pytest.raises(Refused) as no:
        match_header(["key", "Nom", "nom "], COLUMNS)

    assert no.value.code == "duplicate_column"
    assert "2, 3" in no.value.message


def test_the_file_of_somebody_else_is_matched_by_its_own_titles():
    layout = Layout(
        "x", "x", "place", columns={"key": ("ident",), "name": ("libellé",)}
    )

    found = match_header(["IDENT", "Libelle", "autre"], COLUMNS, mapping=layout)

    assert found.places == {"key": 0, "name": 1}
    assert found.unknown == []


def test_the_reader_of_workbooks_is_a_process_of_its_own(monkeypatch):
    """It gets no variable of ours, and dies by itself."""
    asked = {}
    real = sheets.subprocess.run

    def run(command, **options):
        asked.update(options, command=command)
        return real(command, **options)

    monkeypatch.setattr(sheets.subprocess, "run", run)
    read_file(WORKBOOK)

    assert "-I" in asked["command"]
    assert asked["timeout"] > 0
    assert os.path.basename(asked["command"][2]) == "sheet_reader.py"
