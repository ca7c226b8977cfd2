"""Actions as rows of a file: the columns, what a file would do, and doing it."""

import datetime as dt
import re
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _, gettext_lazy

from maillage.core.errors import Refused
from maillage.core.intake.files import Table
from maillage.core.intake.lines import CHANGE, CREATE, LEAVE, Line, LinePlan, LineReader
from maillage.core.intake.schemas import Keys, Reading
from maillage.core.money import parse_cents
from maillage.core.tables.columns import Column
from maillage.core.tables.fields import column_of
from maillage.directory.models import Structure
from maillage.plan.action_choices import SCOPE_FIELDS, Scope
from maillage.plan.models import Action, Node, Plan
from maillage.plan.services.actions import asked_on, save_action
from maillage.territories.models import Commune, Department, Epci

MOST_ROWS = 1000
DAY = r"(\d{4}-\d\d-\d\d)?"
STEP = re.compile(rf"^{DAY}\s*/\s*{DAY}\s*:\s*(.+)$")
MONEY = re.compile(r"^(\d{4})\s*:\s*(.+?)\s*:\s*([^/:]*)/([^/:]*)$")


def of(name: str, **given: Any) -> Column:
    return column_of(Action, name, **given)


def bare(text: str) -> str:
    """A text without the sign that separates lines of a cell."""
    return text.replace("|", "¦")


def euros(cents: int) -> str:
    whole, rest = divmod(cents, 100)
    return f"{whole},{rest:02d}"


def steps_of(action: Action) -> list[str]:
    return [
        f"{step.due_on or ''} / {step.done_on or ''} : {bare(step.title)}"
        for step in action.milestones.all()
    ]


def budget_of(action: Action) -> list[str]:
    return [
        f"{line.year} : {bare(line.funder)} : "
        f"{euros(line.forecast_cents)} / {euros(line.spent_cents)}"
        for line in action.budget.all()
    ]


def territory_code(action: Action) -> str:
    place = action.territory
    return "" if place is None else str(getattr(place, "slug", "") if isinstance(place, Structure) else place.pk)  # fmt: skip


ACTION_COLUMNS: tuple[Column, ...] = (
    Column(
        "action", gettext_lazy("adresse de l’action"), value=lambda row: row.slug,
        about=gettext_lazy("Reconnaît une action exportée ; vide : une nouvelle action."),
        max_length=120,
    ),
    Column(
        "lead", gettext_lazy("piste du plan"), is_required=True, max_length=40,
        value=lambda row: row.node.code, example="II.P1.a", synonyms=("piste",),
    ),
    of("title", is_required=True, synonyms=("titre",)),
    of("summary", synonyms=("description",)),
    Column(
        "owner", gettext_lazy("porteur"), "reference", is_required=True,
        value=lambda row: row.owner.slug, synonyms=("porteur",),
        about=gettext_lazy("Nom ou adresse d’une structure de l’annuaire."),
    ),
    Column(
        "partners", gettext_lazy("partenaires"), "references",
        value=lambda row: [one.slug for one in row.partners.all()],
        about=gettext_lazy("Noms ou adresses de structures, séparés par |."),
    ),
    of("scope", synonyms=("territoire",), default=Scope.REGION),
    Column(
        "territory", gettext_lazy("code du territoire"), max_length=120,
        value=territory_code, synonyms=("code territoire",),
        about=gettext_lazy("Code du département, SIREN de l’intercommunalité, code INSEE de la commune ou adresse de l’établissement."),
    ),
    of("starts_on", is_required=True, synonyms=("debut",)),
    Column(
        "last_on", gettext_lazy("dernier jour"), "date",
        value=lambda row: row.last_day, synonyms=("fin",),
    ),
    of("status", synonyms=("avancement",)),
    of("status_note", synonyms=("precision",)),
    of("cost_cents", code="cost_eur", type="cents", unit="€", synonyms=("cout",)),
    Column(
        "milestones", gettext_lazy("jalons"), "references", value=steps_of,
        about=gettext_lazy("prévu / fait : titre, séparées par |."),
        example="2026-05-01 / 2026-06-02 : Cahier des charges",
    ),
    Column(
        "budget", gettext_lazy("budget"), "references", value=budget_of,
        about=gettext_lazy("année : financeur : prévu / dépensé, séparés par |."),
        example="2026 : Région : 12000 / 3500,50",
    ),
    Column(
        "forecast_eur", gettext_lazy("prévu en tout"), "cents", unit="€",
        value=lambda row: row.forecast_cents,
        about=gettext_lazy("Somme du budget ; n’est pas relue."),
    ),
    Column(
        "spent_eur", gettext_lazy("dépensé en tout"), "cents", unit="€",
        value=lambda row: row.spent_cents,
        about=gettext_lazy("Somme du budget ; n’est pas relue."),
    ),
)  # fmt: skip
PLAIN = ("title", "summary", "scope", "starts_on", "status", "status_note")


@dataclass
class ActionLine(Line):
    action_row: Action | None = None
    lists: dict[str, Any] = field(default_factory=dict)


class ActionReader(LineReader[ActionLine]):
    """Reads rows; what they refer to is loaded once."""

    columns, most = ACTION_COLUMNS, MOST_ROWS

    def __init__(self, *, by: Any) -> None:
        plan = Plan.objects.all().current()
        rows = Node.objects.in_force().workable().of_plan(plan)
        self.leads = {node.code: node for node in rows}
        self.keys = Keys(Structure, source="")
        self.structures = Structure.objects.defer("description").in_bulk()
        mine = Structure.objects.all().owned_by(by).values_list("pk", flat=True)
        self.mine = None if by.is_agency else set(mine)
        known = Action.objects.all().editable_by(by).with_all()
        self.known = {row.slug: row for row in known}
        self.seen: dict[str, int] = {}
        self.territories: dict[str, dict[str, Any]] = {
            Scope.DEPARTMENT: dict(Department.objects.in_bulk()),
            Scope.EPCI: dict(Epci.objects.in_bulk()),
        }

    def decide(self, reading: Reading) -> ActionLine:
        found = reading.values
        slug = str(found.get("action") or "")
        line = ActionLine(reading.line, slug, str(found.get("title") or "")[:120])
        line.action_row = self.known.get(slug)
        if slug and line.action_row is None:
            reading.tell("action", _("Aucune de vos actions n’a cette adresse."))
        if slug and self.seen.setdefault(slug, reading.line) != reading.line:
            reading.tell(
                "action", _("La même action est à la ligne %d.") % self.seen[slug]
            )
        line.values = {name: found[name] for name in PLAIN if name in found}
        if "cost_eur" in found:
            line.values["cost_cents"] = found["cost_eur"]
        if "last_on" in found:
            line.values["ends_on"] = self.end(reading)
        self.lead(reading, line)
        self.people(reading, line)
        self.territory(reading, line)
        for name, read in (("milestones", read_step), ("budget", read_money)):
            if name in found:
                line.lists[name] = self.listed(reading, name, read)
        if reading.is_good and line.action_row:
            self.compare(line, line.action_row)
        return line

    def end(self, reading: Reading) -> dt.date | None:
        last, start = reading.values["last_on"], reading.values.get("starts_on")
        if last and start and last < start:
            reading.tell("last_on", _("Le dernier jour vient après le premier."))
        return asked_on(last)

    def lead(self, reading: Reading, line: ActionLine) -> None:
        code = str(reading.values.get("lead") or "")
        node = self.leads.get(code)
        if node is None and line.action_row and line.action_row.node.code == code:
            node = line.action_row.node  # withdrawn since; it stays where it is
        if code and node is None:
            reading.tell("lead", _("« %s » n’est pas une piste du plan.") % code)
        line.values["node"] = node

    def people(self, reading: Reading, line: ActionLine) -> None:
        owner = self.structure(reading, "owner", reading.values.get("owner"))
        if owner and self.mine is not None and owner.pk not in self.mine:
            reading.tell("owner", _("Ce n’est pas une de vos structures."))
        line.values["owner"] = owner
        if "partners" in reading.values:
            words = reading.values["partners"] or []
            rows = [self.structure(reading, "partners", word) for word in words]
            line.lists["partners"] = [row for row in rows if row]

    def structure(self, reading: Reading, column: str, word: Any) -> Structure | None:
        pk = self.keys.find(str(word)) if word else None
        if word and pk is None:
            said = _("Aucune fiche ne correspond à « %s ».")
            reading.tell(column, said % str(word)[:80])
        return self.structures.get(pk) if pk else None

    def territory(self, reading: Reading, line: ActionLine) -> None:
        if "scope" not in reading.values:
            return
        scope = Scope(reading.values["scope"])
        code = str(reading.values.get("territory") or "")
        for other, name in SCOPE_FIELDS.items():
            place = self.place(scope, code) if other == scope else None
            if other == scope and place is None:
                reading.tell(
                    "territory", _("Aucun territoire n’a le code « %s ».") % code
                )
            line.values[name] = place

    def place(self, scope: Scope, code: str) -> Any:
        if scope == Scope.COMMUNE:
            return Commune.objects.filter(pk=code).first() if code else None
        if scope == Scope.ESTABLISHMENT:
            pk = self.keys.find(code) if code else None
            return self.structures.get(pk) if pk else None
        return self.territories[scope].get(code)

    def listed(self, reading: Reading, name: str, read: Any) -> list[dict[str, Any]]:
        rows = []
        for text in reading.values[name] or []:
            try:
                rows.append(read(text.strip()))
            except (ValueError, ValidationError):
                example = next(c.example for c in ACTION_COLUMNS if c.code == name)
                said = _("« %(text)s » ne se lit pas : écrivez comme %(example)s.")
                reading.tell(name, said % {"text": text[:60], "example": example})
        return rows

    def compare(self, line: ActionLine, row: Action) -> None:
        """Leave what is the same; lists are compared as they are exported."""
        line.keep_changes(row)
        known = {
            "partners": {one.pk for one in row.partners.all()},
            "milestones": {read_key(read_step(text)) for text in steps_of(row)},
            "budget": {read_key(read_money(text)) for text in budget_of(row)},
        }
        for name in list(line.lists):
            given = line.lists[name]
            now = {one.pk for one in given} if name == "partners" else {read_key(one) for one in given}  # fmt: skip
            if now == known[name]:
                del line.lists[name]
        line.action = CHANGE if line.values or line.lists else LEAVE


def read_key(row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(row.values())


def read_step(text: str) -> dict[str, Any]:
    """Raises ``ValueError``."""
    match = STEP.match(text)
    if match is None:
        raise ValueError(text)
    due, done = (
        dt.date.fromisoformat(day) if day else None for day in match.groups()[:2]
    )
    return {"title": match[3][:200], "due_on": due, "done_on": done}


def read_money(text: str) -> dict[str, Any]:
    """Raises ``ValueError`` or ``ValidationError``."""
    match = MONEY.match(text)
    if match is None:
        raise ValueError(text)
    return {
        "year": int(match[1]),
        "funder": match[2][:160],
        "forecast_cents": parse_cents(match[3]) or 0,
        "spent_cents": parse_cents(match[4]) or 0,
    }


def plan_actions(table: Table, *, by: Any) -> LinePlan[ActionLine]:
    """Compare a file with the actions that a person may write.

    Refuses with ``missing_column``, ``duplicate_column`` or ``too_many_rows``.
    """
    return ActionReader(by=by).plan(table)


@transaction.atomic
def apply_actions(plan: LinePlan[ActionLine], *, by: Any) -> dict[str, int]:
    """Write a plan, all of it or nothing. Refuses with ``errors`` or as the service."""
    plan.need_good()
    for line in plan.lines:
        if line.action in {CREATE, CHANGE}:
            row = line.action_row or Action()
            try:
                save_action(row, values=line.values, **line.lists, by=by)
            except Refused as no:
                said = _("Ligne %(line)d : %(why)s") % {"line": line.line, "why": no.message}  # fmt: skip
                raise Refused(no.code, said) from no
    return plan.counts
