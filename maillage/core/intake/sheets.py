"""Read a workbook that may be hostile: weigh it first, open it in a small cage."""

import io
import json
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path

from django.utils.translation import gettext as _

from maillage.core.errors import Refused
from maillage.core.intake.limits import (
    MAX_COLUMNS,
    MAX_INFLATED,
    MAX_MEMBERS,
    MAX_MEMORY,
    MAX_ROWS,
    MAX_SECONDS,
)

READER = Path(__file__).with_name("sheet_reader.py")
Lines = list[tuple[int, list[str]]]


def read_sheet(data: bytes) -> tuple[Lines, list[str]]:
    """The lines of the first sheet that holds something, and remarks.

    Refuses with ``bomb`` or ``not_a_table``.
    """
    weigh(data)
    head, *rows = in_a_cage(
        READER, data, memory=MAX_MEMORY, seconds=MAX_SECONDS, rows=MAX_ROWS,
        columns=MAX_COLUMNS,
    )  # fmt: skip
    told = json.loads(head)
    if "refused" in told:
        raise refusal(told)
    notes = [_("Feuille lue : « %s ».") % told["sheet"]]
    if told["others"]:
        notes.append(_("Les autres feuilles du classeur ne sont pas lues."))
    lines: Lines = [tuple(json.loads(row)) for row in rows]
    return lines, notes


def in_a_cage(
    reader: Path, data: bytes, *, memory: int, seconds: int, rows: int, columns: int
) -> list[str]:
    """The lines that one of our readers prints of a file, in a process with limits.

    Refuses with ``not_a_table`` when it ends badly or not at all.
    """
    limits = [memory, seconds, rows, columns]
    try:
        # The program and its arguments are ours; the file comes by the pipe.
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-I", str(reader), *map(str, limits)],
            input=data,
            capture_output=True,
            timeout=seconds + 10,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise unreadable() from None
    if done.returncode != 0:
        raise unreadable()
    return done.stdout.decode("utf-8").splitlines()


def refusal(told: dict[str, str]) -> Refused:
    if told["refused"] == "empty":
        return Refused("empty", _("Le classeur ne contient aucune ligne."))
    if told["refused"] == "rows":
        return Refused(
            "too_many_rows",
            _("La feuille dépasse %d lignes : découpez-la.") % MAX_ROWS,
        )
    return Refused(
        "too_many_columns", _("La feuille dépasse %d colonnes.") % MAX_COLUMNS
    )


def weigh(data: bytes, *, most: int | None = None) -> None:
    """Inflate every member, counting, before anything reads the workbook."""
    most = MAX_INFLATED if most is None else most
    left = most
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            if len(members) > MAX_MEMBERS:
                raise bomb(most)
            names = {member.filename for member in members}
            if not names & {"xl/workbook.xml", "xl/workbook.bin", "content.xml"}:
                raise unreadable()
            for member in members:
                if member.flag_bits & 1:
                    raise Refused(
                        "not_a_table",
                        _("Le classeur est protégé par un mot de passe : retirez-le."),
                    )
                with archive.open(member) as stream:
                    while piece := stream.read(1 << 20):
                        left -= len(piece)
                        if left < 0:
                            raise bomb(most)
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        OSError,
        RuntimeError,
        ValueError,
    ):
        raise unreadable() from None


def bomb(most: int) -> Refused:
    return Refused(
        "bomb",
        _(
            "Une fois ouvert, ce classeur serait démesuré (plus de %d Mo) : il n’est "
            "pas lu. Enregistrez les seules lignes utiles en CSV."
        )
        % (most // 1_000_000),
    )


def unreadable() -> Refused:
    return Refused(
        "not_a_table",
        _(
            "Ce classeur ne peut pas être lu. Ouvrez-le dans un tableur et "
            "enregistrez-le de nouveau en XLSX, en ODS ou en « CSV UTF-8 »."
        ),
    )
