"""Read an XLSForm: a definition, or what is wrong with the file, row by row.

Beside the usual columns ours say what XLSForm has no word for: ``maillage::kind``,
``prefill``, ``updates``, ``unit``, ``item``, ``at_least``, ``at_most``, ``minimum``,
``maximum``, ``constraint``; in settings ``maillage::intro`` and ``maillage::thanks``.
"""

from dataclasses import dataclass, field, replace
from typing import Any

from django.utils.translation import gettext as _

from maillage.core.errors import Refused
from maillage.surveys.checks import MAX_PARTS, YES_NO_LIST, check
from maillage.surveys.definition import (
    Choice,
    ChoiceList,
    Definition,
    Part,
    QuestionSpec,
    Repeat,
    Section,
)
from maillage.surveys.names import code_from
from maillage.surveys.xlsform_questions import (
    READ_COLUMNS,
    Languages,
    read_question,
    whole,
)
from maillage.surveys.xlsform_sheets import Line, Sheet, Trouble, read_sheets
from maillage.surveys.xlsform_words import METADATA

CHOICE_COLUMNS = frozenset({"list_name", "name", "label"})
SETTINGS_COLUMNS = frozenset(
    {"form_title", "form_id", "default_language", "version", "style"}
    | {"maillage::intro", "maillage::thanks"}
)
OPENINGS = {"begin group": "group", "begin_group": "group"} | {
    "begin repeat": "repeat",
    "begin_repeat": "repeat",
}
ENDINGS = {"end group": "group", "end_group": "group"} | {
    "end repeat": "repeat",
    "end_repeat": "repeat",
}
#: So many are told; more would not be read.
MAX_TROUBLES = 200


@dataclass
class Reading:
    """What was read: ``definition`` is None as soon as there is a trouble."""

    definition: Definition | None = None
    troubles: list[Trouble] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass
class Frame:
    """A group that is open."""

    sort: str
    line: Line | None = None
    code: str = ""
    label: str = ""
    relevant: str = ""
    parts: list[Part] = field(default_factory=list)


def read_xlsform(data: bytes) -> Reading:
    """Read a workbook. Refuses with the codes of ``read_sheets``."""
    return Builder(read_sheets(data)).read()


class Builder:
    def __init__(self, sheets: dict[str, Sheet]) -> None:
        self.survey, self.choices = sheets["survey"], sheets["choices"]
        self.settings = next(iter(sheets["settings"]), Line("settings", 2, {}, {}))
        self.sheets = sheets
        self.languages = Languages.found(
            self.survey.columns, self.choices.columns, self.settings["default_language"]
        )
        self.result = Reading()
        self.lists: dict[str, ChoiceList] = {}
        self.places: dict[str, Line] = {}
        self.list_places: dict[str, Line] = {}
        self.stack = [Frame("root")]

    def trouble(self, line: Line, column: str, message: str) -> None:
        self.result.troubles.append(line.trouble(column, message))

    def note(self, message: str) -> None:
        if message not in self.result.notes:
            self.result.notes.append(message)

    def read(self) -> Reading:
        self.tell_columns()
        self.read_lists()
        if len(self.survey.lines) > 4 * MAX_PARTS:
            message = _("La feuille « survey » a plus de %d lignes.") % (4 * MAX_PARTS)
            raise Refused("too_many_rows", message)
        for line in self.survey:
            self.read_line(line)
        for frame in self.stack[1:]:
            if frame.line:
                message = _("Ce groupe n’est pas fermé.")
                self.trouble(frame.line, "type", message)
        definition = self.definition()
        if not self.result.troubles:
            self.check(definition)
        if not self.result.troubles:
            self.result.definition = definition
        del self.result.troubles[MAX_TROUBLES:]
        return self.result

    def tell_columns(self) -> None:
        known = {
            "survey": READ_COLUMNS,
            "choices": CHOICE_COLUMNS,
            "settings": SETTINGS_COLUMNS,
        }
        for name, sheet in self.sheets.items():
            for column in sheet.columns:
                plain = column.partition("::")[0]
                if column and column not in known[name] and plain not in known[name]:
                    message = _(
                        "Feuille « %(sheet)s » : la colonne « %(column)s » n’est pas lue."
                    )
                    self.note(message % {"sheet": name, "column": column})
            if sheet.merged:
                message = _(
                    "Feuille « %(sheet)s » : des cellules sont fusionnées (ligne "
                    "%(line)d) ; seule la première de chacune est lue."
                )
                self.note(message % {"sheet": name, "line": sheet.merged[0]})

    def read_lists(self) -> None:
        for line in self.choices:
            code, name = line["list_name"], line["name"]
            if not code or not name:
                column = "name" if code else "list_name"
                self.trouble(line, column, _("Cette cellule est vide."))
                continue
            choice = Choice(
                name,
                self.languages.main(line, "label"),
                self.languages.others(line, ("label",)),
            )
            self.list_places.setdefault(code, line)
            held = self.lists.get(code, ChoiceList(code))
            self.lists[code] = replace(held, choices=(*held.choices, choice))

    def read_line(self, line: Line) -> None:
        sort = " ".join(line["type"].lower().split())
        if not sort:
            if line["name"] or line["label"]:
                self.trouble(line, "type", _("Il manque le type."))
        elif sort in OPENINGS:
            self.open(OPENINGS[sort], line)
        elif sort in ENDINGS:
            self.close(ENDINGS[sort], line)
        elif sort in METADATA:
            message = _("Ligne %(line)d : « %(type)s » n’est pas repris.")
            self.note(message % {"line": line.number, "type": sort})
        else:
            for spec in read_question(self, line):
                self.add(spec, line)

    def add(self, part: Part, line: Line) -> None:
        frame = self.stack[-1]
        if isinstance(part, QuestionSpec) and frame.sort == "flat" and frame.relevant:
            inner = part.relevant
            both = f"({frame.relevant}) and ({inner})" if inner else frame.relevant
            part = replace(part, relevant=both)
        if part.code in self.places:
            message = _("Le code « %(code)s » sert déjà à la ligne %(line)d.")
            words = {"code": part.code, "line": self.places[part.code].number}
            self.trouble(line, "name", message % words)
            return
        self.places[part.code] = line
        frame.parts.append(part)

    def open(self, sort: str, line: Line) -> None:
        label = self.languages.main(line, "label")
        code = line["name"] or code_from(label, self.places, otherwise="groupe")
        inside = next((f for f in self.stack if f.sort == "repeat"), None)
        relevant = line["relevant"]
        if inside and sort == "repeat":
            message = _(
                "Un groupe répété ne peut être dans un autre : séparez-les, ou comptez."
            )
            self.trouble(line, "type", message)
        elif inside:
            message = _(
                "Ligne %(line)d : ce groupe est dans un groupe répété ; ses questions "
                "sont gardées, pas son titre."
            )
            self.note(message % {"line": line.number})
            outer = self.stack[-1].relevant if self.stack[-1].sort == "flat" else ""
            if outer and relevant:
                relevant = f"({outer}) and ({relevant})"
            sort, relevant = "flat", relevant or outer
        parts = inside.parts if inside and sort == "flat" else []
        self.stack.append(Frame(sort, line, code, label, relevant, parts))

    def close(self, sort: str, line: Line) -> None:
        frame = self.stack[-1]
        if (frame.sort == "repeat") != (sort == "repeat") or frame.line is None:
            message = _("Ce groupe se ferme sans être ouvert.")
            if frame.line:
                message = _("Ce qui est ouvert à la ligne %d n’est pas de cette sorte.")
                message %= frame.line.number
            self.trouble(line, "type", message)
            return
        self.stack.pop()
        if frame.sort == "flat":
            return
        part = self.repeat(frame) if sort == "repeat" else self.section(frame)
        self.add(part, frame.line)

    def section(self, frame: Frame) -> Section:
        assert frame.line  # noqa: S101 -- only the root has none
        return Section(
            frame.code,
            frame.label,
            self.languages.main(frame.line, "hint"),
            frame.relevant,
            tuple(frame.parts),
            self.languages.others(frame.line, ("label", "hint")),
        )

    def repeat(self, frame: Frame) -> Repeat:
        line = frame.line
        assert line  # noqa: S101 -- only the root has none
        least, most = 0, 50
        if line["repeat_count"].isdecimal():
            least = most = int(line["repeat_count"][:6])
        elif line["repeat_count"]:
            message = _("Seul un nombre est lu ici : les lignes s’ajoutent librement.")
            self.trouble(line, "repeat_count", message)
        return Repeat(
            frame.code,
            frame.label,
            line["maillage::item"],
            self.languages.main(line, "hint"),
            frame.relevant,
            whole(self, line, "maillage::at_least", least),
            whole(self, line, "maillage::at_most", most),
            line["maillage::prefill"],
            tuple(part for part in frame.parts if isinstance(part, QuestionSpec)),
            self.languages.others(line, ("label", "hint")),
        )

    def pages(self) -> tuple[Section, ...]:
        """Sections; what stands outside of them is put in pages of its own."""
        title = self.settings["form_title"] or _("Questions")
        found: list[Section] = []
        loose: list[Part] = []
        for part in [*self.stack[0].parts, None]:
            if part is not None and not isinstance(part, Section):
                loose.append(part)
                continue
            if loose:
                code = code_from("questions", self.places)
                only = loose[0] if len(loose) == 1 else None
                label = only.label if isinstance(only, Repeat) else title
                self.places[code] = self.places[loose[0].code]
                found.append(Section(code, label, parts=tuple(loose)))
                loose = []
            if part is not None:
                found.append(part)
        return tuple(found)

    def definition(self) -> Definition:
        self.lists.pop(YES_NO_LIST, None)
        return Definition(
            title=self.settings["form_title"],
            intro=self.settings["maillage::intro"],
            thanks=self.settings["maillage::thanks"],
            choice_lists=tuple(self.lists.values()),
            parts=self.pages(),
            languages=self.languages.codes,
        )

    def check(self, definition: Definition) -> None:
        """Every problem of the definition, at its row and column."""
        columns = {
            "code": "name",
            "choices": "type",
            "guidance": "guidance_hint",
            "minimum": "parameters",
            "prefill": "maillage::prefill",
            "updates": "maillage::updates",
            "at_most": "maillage::at_most",
        }
        settings = Line("settings", 2, {}, {})
        for problem in check(definition):
            line: Any = self.places.get(problem.place)
            column = columns.get(problem.field, problem.field)
            if line is None:
                line, column = self.list_places.get(problem.place, settings), "name"
            if column in {"label", "hint", "guidance_hint", "constraint_message"}:
                column = self.languages.column(line, column)
            if problem.field == "title":
                column = "form_title"
            self.trouble(line, column, problem.message)
