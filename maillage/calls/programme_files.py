"""Programmes of others as rows of a file: the columns, what a file would do, doing it."""

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _, gettext_lazy

from maillage.calls.models import FundingProgramme
from maillage.calls.services.funding import Window, save_programme, set_dates
from maillage.core.intake.files import Table
from maillage.core.intake.lines import CHANGE, CREATE, LEAVE, Line, LinePlan, LineReader
from maillage.core.intake.planning import same
from maillage.core.intake.schemas import Reading
from maillage.core.tables.columns import Column, simple
from maillage.core.tables.fields import column_of
from maillage.territories.models import Department

MOST_ROWS = 1000
DAY = r"(\d{4}-\d\d-\d\d)"
WINDOW = re.compile(rf"^{DAY}?\s*/\s*{DAY}\s*:\s*(\S.*)$", re.ASCII)
WINDOW_EXAMPLE = "2027-01-04 / 2027-03-31 : Dépôt des dossiers"


def of(name: str, **given: Any) -> Column:
    return column_of(FundingProgramme, name, **given)


def windows_of(programme: FundingProgramme) -> list[str]:
    return [
        f"{one.opens_on or ''} / {one.closes_on} : {one.label.replace('|', '¦')}".strip()
        for one in programme.dates.all()
    ]


FUNDING: tuple[Column, ...] = (
    Column(
        "slug", gettext_lazy("identifiant"), value=lambda row: row.slug, max_length=100,
        about=gettext_lazy(
            "Reconnaît un programme déjà là ; le vôtre convient. Vide : reconnu par son nom."
        ),
        synonyms=("cle", "key", "id"), example="feder-2021-2027",
    ),
    of("name", is_required=True, synonyms=("programme",)),
    of("family", is_required=True, default="", example="feder"),
    of("manager", is_required=True, synonyms=("gestionnaire",)),
    of("summary", synonyms=("resume",)),
    of("perimeter"),
    of("eligibility"),
    of("amount"),
    of("structure_kinds", about=gettext_lazy("Séparées par | ; vide : toutes."),
       synonyms=("natures",)),
    of("themes", about=gettext_lazy("Séparés par | ; vide : tous.")),
    of("departments", type="references", example="59|62",
       about=gettext_lazy("Codes séparés par | ; vide : toute la région.")),
    of("url"),
    of("source"),
    of("source_on"),
    of("is_published", about=gettext_lazy("Vide : oui.")),
    Column(
        "dates", gettext_lazy("dates"), "references", value=windows_of,
        about=gettext_lazy(
            "ouverture / dernier jour : quoi, séparés par | ; l’ouverture peut manquer. "
            "Elles remplacent celles du programme ; vide : elles restent."
        ),
        example=WINDOW_EXAMPLE,
    ),
)  # fmt: skip


@dataclass
class ProgrammeLine(Line):
    """A row; ``windows`` is None where the file says nothing of dates."""

    known: FundingProgramme | None = None
    windows: list[Window] | None = None


class ProgrammeReader(LineReader[ProgrammeLine]):
    """Reads rows; what they refer to is loaded once."""

    columns, most = FUNDING, MOST_ROWS

    def __init__(self) -> None:
        rows = FundingProgramme.objects.prefetch_related("dates").order_by("pk")
        self.by_slug = {row.slug: row for row in rows}
        self.by_name: dict[str, list[FundingProgramme]] = {}
        for row in self.by_slug.values():
            self.by_name.setdefault(simple(row.name), []).append(row)
        self.departments = set(Department.objects.values_list("code", flat=True))
        self.seen: dict[str, int] = {}

    def decide(self, reading: Reading) -> ProgrammeLine:
        found = reading.values
        key, name = str(found.get("slug") or ""), str(found.get("name") or "")
        line = ProgrammeLine(reading.line, key, name[:120])
        self.recognise(reading, line)
        line.values = {
            column.field: found[column.code]
            for column in FUNDING
            if column.field and column.code in found
        }
        self.check_departments(reading)
        if found.get("dates"):
            line.windows = self.windows(reading)
        if reading.is_good and line.known:
            self.compare(line, line.known)
        elif line.known is None and key:
            line.values["slug"] = slugify(key)
        return line

    def recognise(self, reading: Reading, line: ProgrammeLine) -> None:
        """The programme that a row is about: by its key, without one by its name."""
        slug = slugify(line.key)
        if line.key and not slug:
            reading.tell("slug", _("Écrivez des lettres ou des chiffres."))
        named = [] if line.key else self.by_name.get(simple(line.name), [])
        if len(named) > 1:
            reading.tell("name", _("Plusieurs programmes ont ce nom : donnez l’identifiant."))  # fmt: skip
        line.known = self.by_slug.get(slug) or (named[0] if named else None)
        sign = (line.known.slug if line.known else slug) or f" {simple(line.name)}"
        if self.seen.setdefault(sign, reading.line) != reading.line:
            said = _("Le même programme est à la ligne %d.") % self.seen[sign]
            reading.tell("slug" if line.key else "name", said)

    def check_departments(self, reading: Reading) -> None:
        for code in reading.values.get("departments") or []:
            if code not in self.departments:
                said = _("« %s » n’est pas le code d’un département d’ici.")
                reading.tell("departments", said % code[:20])

    def windows(self, reading: Reading) -> list[Window]:
        found = []
        for text in reading.values["dates"]:
            try:
                found.append(read_window(text))
            except ValueError:
                said = _("« %(text)s » ne se lit pas : écrivez comme %(example)s.")
                told = {"text": text[:60], "example": WINDOW_EXAMPLE}
                reading.tell("dates", said % told)
        if len({(label, end) for label, _start, end in found}) < len(found):
            reading.tell("dates", _("La même date est là deux fois."))
        return found

    def compare(self, line: ProgrammeLine, known: FundingProgramme) -> None:
        line.values = {
            name: value
            for name, value in line.values.items()
            if not same(getattr(known, name), value)
        }
        if line.windows is not None:
            there = {read_window(text) for text in windows_of(known)}
            line.windows = None if set(line.windows) == there else line.windows
        changed = line.values or line.windows is not None
        line.action = CHANGE if changed else LEAVE


def read_window(text: str) -> Window:
    """Label, opening and last day. Raises ``ValueError``."""
    match = WINDOW.match(text.strip())
    if match is None:
        raise ValueError(text)
    opens = dt.date.fromisoformat(match[1]) if match[1] else None
    closes = dt.date.fromisoformat(match[2])
    if opens and closes < opens:
        raise ValueError(text)
    return match[3].strip()[:200], opens, closes


def plan_programmes(table: Table) -> LinePlan[ProgrammeLine]:
    """Compare a file with the programmes that are there.

    Refuses with ``missing_column``, ``duplicate_column`` or ``too_many_rows``.
    """
    return ProgrammeReader().plan(table)


@transaction.atomic
def apply_programmes(
    plan: LinePlan[ProgrammeLine], *, now: dt.datetime
) -> dict[str, int]:
    """Write a plan, all of it or nothing; what is not in the file stays.

    Refuses with ``errors``.
    """
    plan.need_good()
    for line in plan.lines:
        if line.action in {CREATE, CHANGE}:
            row = line.known or FundingProgramme(slug=line.values.get("slug", ""))
            save_programme(row, values=line.values, now=now)
            if line.windows is not None:
                set_dates(row, windows=line.windows)
    return plan.counts
