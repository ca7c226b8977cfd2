"""A file whose rows each make or change one thing: what it would do, before it does it.

class CopyReader(LineReader[Line]):
columns, most = COPY_COLUMNS, 2000

def decide(self, reading: Reading) -> Line: ...

plan = CopyReader().plan(table)     # lines, problems, counts
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, TypeVar

from django.utils.translation import gettext as _

from maillage.core.errors import Refused
from maillage.core.intake.files import Problem, Row, Table
from maillage.core.intake.headers import match_header
from maillage.core.intake.schemas import Reading
from maillage.core.tables.columns import BadCell, Column

CREATE, CHANGE, LEAVE, REFUSE = ACTIONS = ("create", "change", "leave", "refuse")


@dataclass
class Line:
    """What happens to one row: ``create``, ``change``, ``leave`` or ``refuse``."""

    line: int
    key: str
    name: str
    action: str = CREATE
    values: dict[str, Any] = field(default_factory=dict)

    def keep_changes(self, known: object, *, blank: bool = True) -> None:
        """Keep what differs from a row that is there; ``blank`` values count too."""
        self.values = {
            name: value
            for name, value in self.values.items()
            if (blank or value) and getattr(known, name) != value
        }
        self.action = CHANGE if self.values else LEAVE


L = TypeVar("L", bound=Line)


@dataclass
class LinePlan(Generic[L]):
    """What a file would do, and what is wrong with it."""

    lines: list[L]
    problems: list[Problem]
    unknown: list[str]

    def count(self, action: str) -> int:
        return sum(line.action == action for line in self.lines)

    @property
    def counts(self) -> dict[str, int]:
        return {action: self.count(action) for action in ACTIONS}

    @property
    def may_apply(self) -> bool:
        """It writes something, and no line is refused."""
        writes = self.count(CREATE) + self.count(CHANGE)
        return bool(writes and not self.count(REFUSE))

    def need_good(self) -> None:
        """Refuses with ``errors``."""
        if self.count(REFUSE):
            raise Refused(
                "errors", _("Des lignes sont refusées : corrigez le fichier.")
            )


class LineReader(ABC, Generic[L]):
    """Reads rows by columns; what they refer to is loaded once, by ``__init__``."""

    columns: ClassVar[Sequence[Column]]
    most: ClassVar[int]

    #: Where each column is in the file.
    places: Mapping[str, int]

    @abstractmethod
    def decide(self, reading: Reading) -> L:
        """What becomes of a row whose cells were read; problems are told to it."""

    def plan(self, table: Table) -> LinePlan[L]:
        """Compare a file with what there is.

        Refuses with ``missing_column``, ``duplicate_column`` or ``too_many_rows``.
        """
        if len(table.rows) > self.most:
            raise Refused(
                "too_many_rows",
                _("Le fichier a plus de %(most)s lignes : découpez-le.")
                % {"most": self.most},
            )
        matched = match_header(table.header, self.columns)
        self.places = matched.places
        titles = {code: table.header[n] for code, n in self.places.items()}
        lines, problems = [], list(table.problems)
        for row in table.rows:
            reading = self.read(row, titles)
            line = self.decide(reading)
            if not reading.is_good:
                line.action = REFUSE
            lines.append(line)
            problems += reading.problems
        bad = {problem.line for problem in table.problems if problem.fatal}
        for line in lines:
            if line.line in bad:
                line.action = REFUSE
        problems.sort(key=lambda problem: (problem.line, problem.column))
        return LinePlan(lines, problems, [title for title, _near in matched.unknown])

    def read(self, row: Row, titles: Mapping[str, str]) -> Reading:
        """The cells of a row by column; what cannot be read is a problem."""
        cells = {code: row.cells[place] for code, place in self.places.items()}
        reading = Reading(row.line, cells, numbers=self.places, titles=titles)
        for column in self.columns:
            if column.code not in self.places:
                continue
            cell = cells[column.code]
            if column.is_required and not cell:
                reading.tell(column.code, _("Cette cellule doit être remplie."))
                continue
            try:
                reading.values[column.code] = column.read(cell)
            except BadCell as bad:
                reading.tell(column.code, str(bad))
        return reading
