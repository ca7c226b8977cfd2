"""Read a file that somebody sends into rows of text, whatever it claims to be."""

from dataclasses import dataclass, field
from pathlib import Path

from django.utils.translation import gettext as _

from maillage.core.errors import Refused
from maillage.core.intake.limits import MAX_BYTES, MAX_CELL, MAX_COLUMNS, MAX_ROWS
from maillage.core.intake.sheets import read_sheet
from maillage.core.intake.texts import read_text
from maillage.core.tables.writing import FORMULA

BLANK = " ;,|\t"  # a line of separators alone is empty
CONTROLS = dict.fromkeys((*range(9), 11, 12, *range(14, 32), 127))


@dataclass(frozen=True)
class Problem:
    """Something to tell about a file, a line or a cell.

    ``line`` and ``column`` count from 1, the header being line 1 as a spreadsheet
    shows it; 0 stands for the whole file or line. A problem that is not ``fatal``
    is a remark: the row is taken all the same.
    """

    line: int
    message: str
    column: int = 0
    header: str = ""
    value: str = ""
    fatal: bool = True


@dataclass(frozen=True)
class Row:
    line: int
    cells: list[str]


@dataclass
class Table:
    """A header and rows of stripped text, with what was guessed to read them."""

    header: list[str]
    rows: list[Row]
    notes: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def read_path(path: Path) -> Table:
    return read_file(path.read_bytes(), name=path.name)


def read_file(data: bytes, *, name: str = "") -> Table:
    """Read CSV, XLSX or ODS, told apart by content, not by name.

    Refuses with ``empty``, ``too_big``, ``not_a_table``, ``bomb``, ``header``.
    """
    if not data.strip(b"\x00\t\r\n \xef\xbb\xbf"):
        raise Refused("empty", _("Le fichier est vide."))
    if len(data) > MAX_BYTES:
        raise Refused(
            "too_big",
            _("Le fichier dépasse %d Mo : découpez-le en plusieurs fichiers.")
            % (MAX_BYTES // 1_048_576),
        )
    if data.startswith(b"PK"):
        lines, notes = read_sheet(data)
    else:
        lines, notes = read_text(data, name=name)
    return table_of(lines, notes=notes)


def table_of(lines: list[tuple[int, list[str]]], *, notes: list[str]) -> Table:
    """Split numbered lines into header and rows, and check the limits of each."""
    filled = [
        (line, cells) for line, cells in lines if any(c.strip(BLANK) for c in cells)
    ]
    if not filled:
        raise Refused("empty", _("Le fichier ne contient aucune ligne."))
    first, names = filled[0]
    header = [clean(name)[:200] for name in names]
    while header and not header[-1]:
        header.pop()
    check_header(header, line=first)
    if len(filled) - 1 > MAX_ROWS:
        raise Refused(
            "too_many_rows",
            _("Le fichier a %(found)d lignes ; la limite est de %(most)d.")
            % {"found": len(filled) - 1, "most": MAX_ROWS},
        )
    if len(filled) == 1:
        raise Refused(
            "empty", _("Le fichier n’a que sa ligne de titres : ajoutez des lignes.")
        )
    table = Table(header, [], notes)
    for line, cells in filled[1:]:
        add_row(table, line=line, cells=cells)
    return table


def check_header(header: list[str], *, line: int) -> None:
    if len(header) > MAX_COLUMNS:
        raise Refused(
            "too_many_columns",
            _("Le fichier a %(found)d colonnes ; la limite est de %(most)d.")
            % {"found": len(header), "most": MAX_COLUMNS},
        )
    for number, name in enumerate(header, 1):
        if not name:
            raise Refused(
                "header",
                _("Ligne %(line)d : la colonne %(column)d n’a pas de titre.")
                % {"line": line, "column": number},
            )


def add_row(table: Table, *, line: int, cells: list[str]) -> None:
    width = len(table.header)
    extra = [cell for cell in cells[width:] if cell.strip()]
    if extra:
        table.problems.append(
            Problem(
                line,
                _(
                    "La ligne a plus de cellules que de titres : un séparateur est "
                    "de trop, ou un texte devrait être entre guillemets."
                ),
                column=width + 1,
                value=extra[0][:80],
            )
        )
    kept = [*cells[:width], *[""] * (width - len(cells))]
    for number, cell in enumerate(kept):
        if len(cell) > MAX_CELL // 4 and len(cell.encode()) > MAX_CELL:
            table.problems.append(
                Problem(
                    line,
                    _("La cellule dépasse %d ko : raccourcissez-la.")
                    % (MAX_CELL // 1000),
                    column=number + 1,
                    header=table.header[number],
                    value=cell[:80],
                )
            )
            kept[number] = ""
        elif not cell.isprintable():
            kept[number] = cleaned = clean(cell)
            if len(cleaned) < len(cell.strip()):
                table.problems.append(
                    Problem(
                        line,
                        _("Des caractères invisibles ont été retirés."),
                        column=number + 1,
                        header=table.header[number],
                        value=cleaned[:80],
                        fatal=False,
                    )
                )
        else:
            kept[number] = cell.strip()
        kept[number] = plain(kept[number])
    table.rows.append(Row(line, kept))


def plain(cell: str) -> str:
    """Take off the apostrophe with which our exports disarm a formula."""
    return cell[1:] if cell.startswith("'") and cell[1:2] in FORMULA else cell


def clean(cell: str) -> str:
    """Text without control characters; line ends and tabs stay."""
    plain = cell.translate(CONTROLS).encode("utf-8", "ignore").decode("utf-8")
    return plain.replace("\ufeff", "").strip()
