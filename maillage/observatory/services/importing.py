"""Tables of figures from elsewhere: read, told, then written all at once or not at all.

Four layouts: our own long table, a wide one as INSEE publishes them, the attendance of
museums (Patrimostat) and public libraries. Codes of communes that were joined to others
are those of the present commune; what lies outside the region is left out, and said.
"""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.utils.translation import gettext as _

from maillage.core.errors import Refused
from maillage.core.intake.files import Problem, Row, Table
from maillage.core.tables.columns import BadCell, Column, simple
from maillage.observatory import periods
from maillage.observatory.choices import Level, Status
from maillage.observatory.imports import LONG, NUMBER, STATUS_WORDS
from maillage.observatory.models import Indicator
from maillage.observatory.services.aggregating import Part, combine, completed
from maillage.observatory.services.observations import (
    Given,
    Written,
    record,
    weights_of,
)
from maillage.observatory.services.perimeters import Ground, load_ground

#: What public tables write where they have no figure.
MISSING = {"", "s", "ns", "nd", "na", "n a", "n d", "c", "secret"}
#: Problems that are shown; the others are counted.
MOST = 200


@dataclass(frozen=True)
class Asked:
    """How a file is to be read."""

    layout: str  # a key of ``LAYOUTS``
    column: str = ""
    denominator: str = ""
    period: str = ""
    status: str = Status.FINAL
    note: str = ""


@dataclass(frozen=True)
class Entry:
    """One figure of a file; several of one commune are put together."""

    line: int
    code: str
    period: str
    part: Part
    #: Whether other rows of the same territory add to it, as museums of a town do.
    adds: bool = False


@dataclass
class ImportPlan:
    """What a file would write, and what is to be said of it."""

    indicator: Indicator
    given: list[Given]
    problems: list[Problem] = field(default_factory=list)
    former: list[tuple[str, str]] = field(default_factory=list)
    outside: int = 0
    missing: int = 0
    rows: int = 0

    @property
    def periods(self) -> list[str]:
        return sorted({one.period for one in self.given})

    @property
    def territories(self) -> int:
        return len({(one.level, one.code) for one in self.given})

    @property
    def errors(self) -> list[Problem]:
        return [problem for problem in self.problems if problem.fatal]


class Reader:
    """The cells of a table by the names of its columns."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.places = {simple(title): n for n, title in enumerate(table.header)}
        self.problems: list[Problem] = list(table.problems)
        self.missing = 0

    def place(self, *names: str, needed: bool = True) -> int | None:
        """The column of one of these names. Refuses with ``missing_column``."""
        for name in names:
            if (found := self.places.get(simple(name))) is not None:
                return found
        if needed:
            raise Refused(
                "missing_column",
                _("La colonne « %(name)s » manque. Le fichier a : %(titles)s.")
                % {"name": names[0], "titles": ", ".join(self.table.header[:20])},
            )
        return None

    def tell(self, row: Row, place: int | None, message: str) -> None:
        at = -1 if place is None else place
        self.problems.append(
            Problem(
                row.line,
                message,
                column=at + 1,
                header=self.table.header[at] if at >= 0 else "",
                value=row.cells[at][:80] if at >= 0 else "",
            )
        )

    def number(
        self, row: Row, place: int | None, column: Column = NUMBER
    ) -> float | None:
        """A figure, or None where the file has none; nonsense is told."""
        if place is None or simple(row.cells[place]) in MISSING:
            return None
        try:
            found: float = column.read(row.cells[place])
        except BadCell as bad:
            self.tell(row, place, str(bad))
            return None
        return found


Read = Callable[[Reader, Indicator, Asked], Iterator[Entry]]


def read_long(reader: Reader, indicator: Indicator, asked: Asked) -> Iterator[Entry]:
    """One figure a row: code, period, value or its two sums."""
    at = {column.code: reader.place(column.code, *column.names, needed=column.is_required)
          for column in LONG}  # fmt: skip
    code, period, status, note = (
        at[name] for name in ("code_territoire", "periode", "statut", "note")
    )
    if at["valeur"] is None and (
        at["numerateur"] is None or at["denominateur"] is None
    ):
        reader.place("valeur")
    for row in reader.table.rows:
        numbers = {
            column.code: reader.number(row, at[column.code], column)
            for column in LONG if column.type in {"number", "integer"}
        }  # fmt: skip
        if numbers["valeur"] is None and numbers["numerateur"] is None:
            reader.missing += 1
            continue
        written = simple(row.cells[status]) if status is not None else ""
        if written and written not in STATUS_WORDS:
            reader.tell(row, status, _("Écrivez provisoire, définitif ou corrigé."))
            continue
        units = numbers["unites"]
        part = Part(
            value=numbers["valeur"],
            numerator=numbers["numerateur"],
            denominator=numbers["denominateur"],
            units=None if units is None else int(units),
            largest=numbers["plus_grande"],
            status=STATUS_WORDS.get(written, Status(asked.status)),
            note=row.cells[note][:600] if note is not None else asked.note,
        )
        yield from entry(reader, row, part, indicator, code=code, period=period)


def entry(
    reader: Reader, row: Row, part: Part, indicator: Indicator, *,
    code: int | None, period: int | None,
) -> Iterator[Entry]:  # fmt: skip
    assert code is not None and period is not None  # noqa: S101, PT018 -- for mypy
    try:
        when = periods.read(indicator.period_kind, row.cells[period])
    except Refused as no:
        reader.tell(row, period, no.message)
        return
    whole = completed(part, kind=indicator.aggregation, scale=indicator.scale)
    yield Entry(row.line, padded(row.cells[code]), when, whole)


def padded(code: str) -> str:
    """A code whose zero in front a spreadsheet has eaten."""
    return code.zfill(5) if code.isdigit() and len(code) == 4 else code.upper()


def read_wide(reader: Reader, indicator: Indicator, asked: Asked) -> Iterator[Entry]:
    """One commune a row, many columns, one of which is wanted."""
    code = reader.place("CODGEO", "code_insee", "codgeo_2025", "COM", "code")
    value = reader.place(asked.column)
    below = reader.place(asked.denominator) if asked.denominator else None
    period = periods.read(indicator.period_kind, asked.period)
    for row in reader.table.rows:
        number, base = reader.number(row, value), reader.number(row, below)
        if number is None:
            reader.missing += 1
            continue
        part = Part(value=number, status=asked.status, note=asked.note)
        if base is not None:
            part = Part(
                value=None if indicator.aggregation == "rate" else number,
                numerator=number if indicator.aggregation == "rate" else None,
                denominator=base,
                status=asked.status,
                note=asked.note,
            )
        whole = completed(part, kind=indicator.aggregation, scale=indicator.scale)
        yield Entry(row.line, padded(row.cells[code or 0]), period, whole)


def read_museums(reader: Reader, indicator: Indicator, asked: Asked) -> Iterator[Entry]:
    """One museum and year a row; an empty or null figure was not declared."""
    code, year = reader.place("code_insee"), reader.place("annee", "année")
    value = reader.place(asked.column or "total")
    yield from micro(reader, indicator, asked, code=code, value=value, year=year)


def read_libraries(
    reader: Reader, indicator: Indicator, asked: Asked
) -> Iterator[Entry]:
    """One library a row, for the period that the person says."""
    code = reader.place("code_insee")
    value = reader.place(asked.column or "nb_entrees")
    yield from micro(reader, indicator, asked, code=code, value=value, year=None)


def micro(
    reader: Reader, indicator: Indicator, asked: Asked, *,
    code: int | None, value: int | None, year: int | None,
) -> Iterator[Entry]:  # fmt: skip
    """Figures of single units, of which a commune may have several."""
    typed = (
        "" if year is not None else periods.read(indicator.period_kind, asked.period)
    )
    for row in reader.table.rows:
        number = reader.number(row, value)
        if not number:  # zero is what undeclared looks like
            reader.missing += 1
            continue
        part = Part(
            value=number, units=1, largest=1.0, status=asked.status, note=asked.note
        )
        try:
            when = typed or periods.read(indicator.period_kind, row.cells[year or 0])
        except Refused as no:
            reader.tell(row, year, no.message)
            continue
        yield Entry(row.line, padded(row.cells[code or 0]), when, part, adds=True)


LAYOUTS: Mapping[str, Read] = {
    "long": read_long,
    "wide": read_wide,
    "museums": read_museums,
    "libraries": read_libraries,
}


def plan_import(table: Table, *, indicator: Indicator, asked: Asked) -> ImportPlan:
    """Say what a file would write.

    Refuses with ``missing_column``, ``period`` or ``computed``.
    """
    if indicator.computation:
        raise Refused(
            "computed", _("La plateforme calcule cet indicateur : rien ne s’importe.")
        )
    reader, ground = Reader(table), load_ground()
    entries = list(LAYOUTS[asked.layout](reader, indicator, asked))
    plan = ImportPlan(indicator, [], rows=len(table.rows))
    placed: dict[tuple[str, str, str], list[Entry]] = defaultdict(list)
    moved: Counter[tuple[str, str]] = Counter()
    for one in entries:
        place = place_of(one.code, ground)
        if place is None:
            plan.outside += 1
            continue
        if place[1] != one.code:
            moved[one.code, place[1]] += 1
        placed[(*place, one.period)].append(one)
    plan.former = sorted(moved)
    for (level, code, period), ones in sorted(placed.items()):
        part = together(reader, ones, indicator)
        if part is not None:
            plan.given.append(Given(level, code, period, part))
    plan.missing = reader.missing
    plan.problems = sorted(reader.problems, key=lambda p: (p.line, p.column))
    return plan


def place_of(code: str, ground: Ground) -> tuple[str, str] | None:
    """The level and present code of a territory of the region."""
    if present := ground.present(code):
        return str(Level.COMMUNE), present
    if code == ground.region:
        return str(Level.REGION), code
    for level in (Level.DEPARTMENT, Level.EPCI):
        if ground.knows(level, code):
            return str(level), code
    return None


def together(
    reader: Reader, ones: Sequence[Entry], indicator: Indicator
) -> Part | None:
    """The figure of a territory out of its rows: its units, or its old communes."""
    if len(ones) == 1:
        return ones[0].part
    codes = Counter(one.code for one in ones)
    code, times = codes.most_common(1)[0]
    if times > 1 and not all(one.adds for one in ones):
        twice = [one for one in ones if one.code == code]
        message = _("« %(code)s » est déjà à la ligne %(line)d.")
        reader.problems.append(
            Problem(twice[1].line, message % {"code": code, "line": twice[0].line})
        )
        return None
    made = combine(
        [one.part for one in ones], kind=indicator.aggregation, scale=indicator.scale
    )
    if made.is_known:
        return made
    message = _(
        "Les anciennes communes de ce territoire ne peuvent pas être réunies : %s."
    )
    told = message % ", ".join(sorted(codes))
    reader.problems.append(Problem(ones[0].line, told, fatal=False))
    return None


@transaction.atomic
def apply_import(plan: ImportPlan, *, today: dt.date) -> Written:
    """Write a plan, all of it or nothing. Refuses with ``errors`` or ``nothing``."""
    if plan.errors:
        raise Refused("errors", _("Des lignes sont refusées : corrigez le fichier."))
    if not plan.given:
        raise Refused("nothing", _("Ce fichier n’a aucune valeur pour la région."))
    ground = load_ground()
    return record(
        plan.indicator,
        given=plan.given,
        vintage=today,
        ground=ground,
        weights=weights_of(plan.indicator, ground),
    )
