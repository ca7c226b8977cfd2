"""Read separated text: find its encoding and its separator, and say which."""

import csv
import io
from collections import Counter

from django.utils.translation import gettext as _, gettext_noop

from maillage.core.errors import Refused
from maillage.core.intake.limits import MAX_BYTES, MAX_COLUMNS, MAX_ROWS

# The module's own bound (131,072) would stop the whole file at one long cell.
csv.field_size_limit(MAX_BYTES)

SEPARATORS = {
    ";": gettext_noop("point-virgule"),
    ",": gettext_noop("virgule"),
    "\t": gettext_noop("tabulation"),
    "|": gettext_noop("barre"),
}
SAMPLE = 200_000
Lines = list[tuple[int, list[str]]]


def read_text(data: bytes, *, name: str = "") -> tuple[Lines, list[str]]:
    text, encoding = decode(data)
    separator = find_separator(text[:SAMPLE])
    notes = [
        _("Encodage lu : %s.") % encoding,
        _("Séparateur lu : %s.") % _(SEPARATORS[separator]),
    ]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    lines: Lines = []
    start = 1
    try:
        for cells in reader:
            lines.append((start, cells))
            start = reader.line_num + 1
            if len(lines) > 2 * MAX_ROWS:
                break
    except csv.Error as error:
        raise Refused(
            "not_a_table",
            _("Ligne %(line)d : le texte n’est pas un tableau lisible (%(why)s).")
            % {"line": reader.line_num, "why": error},
        ) from None
    if max((len(cells) for _line, cells in lines), default=0) > 50 * MAX_COLUMNS:
        raise Refused("too_many_columns", _("Une ligne a trop de cellules."))
    return lines, notes


def decode(data: bytes) -> tuple[str, str]:
    """The text and the name of its encoding. Refuses with ``not_a_table``."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return attempt(data, "utf-16", "UTF-16")
    if data.startswith(b"\xef\xbb\xbf"):
        return attempt(data, "utf-8-sig", "UTF-8 (BOM)")
    if b"\x00" in data[:2000]:
        return without_mark(data)
    try:
        text, encoding = data.decode("utf-8"), "UTF-8"
    except UnicodeDecodeError as error:
        text, encoding = attempt(
            data, "cp1252", "Windows-1252", at=data.count(b"\n", 0, error.start) + 1
        )
    return no_nul(text), encoding


def without_mark(data: bytes) -> tuple[str, str]:
    """UTF-16 without its mark: one byte of two is nul in Latin text."""
    even, odd = data[0:2000:2].count(0), data[1:2000:2].count(0)
    half = min(len(data), 2000) // 2
    if odd > half * 0.6 and even < half * 0.1:
        return attempt(data, "utf-16-le", "UTF-16")
    if even > half * 0.6 and odd < half * 0.1:
        return attempt(data, "utf-16-be", "UTF-16")
    raise not_text()


def attempt(data: bytes, codec: str, name: str, *, at: int = 0) -> tuple[str, str]:
    try:
        return no_nul(data.decode(codec)), name
    except UnicodeDecodeError:
        if at:
            message = _(
                "Ligne %d : encodage inconnu. Enregistrez le fichier en « CSV UTF-8 »."
            )
            raise Refused("encoding", message % at) from None
        raise not_text() from None


def no_nul(text: str) -> str:
    if "\x00" in text:
        raise not_text()
    return text


def not_text() -> Refused:
    return Refused(
        "not_a_table",
        _(
            "Ce fichier n’est ni un texte CSV, ni un classeur XLSX ou ODS. "
            "Ouvrez-le dans un tableur et enregistrez-le en « CSV UTF-8 » ou en XLSX."
        ),
    )


def find_separator(sample: str) -> str:
    """The separator that cuts the header, and most lines, in as many cells."""
    best, score = ",", (0.0, 0)
    for separator in SEPARATORS:
        try:
            reader = csv.reader(io.StringIO(sample, newline=""), delimiter=separator)
            widths = [len(cells) for cells in reader if any(cells)][:50]
        except csv.Error:
            continue
        if not widths or widths[0] < 2:
            continue
        same = Counter(widths[:-1] or widths)[widths[0]] / len(widths[:-1] or widths)
        if (round(same, 1), widths[0]) > score:
            best, score = separator, (round(same, 1), widths[0])
    return best
