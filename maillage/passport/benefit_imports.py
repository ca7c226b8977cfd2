"""Benefits as rows of a file: the columns, what a file would do, and doing it."""

import datetime as dt
from copy import copy
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _, gettext_lazy

from maillage.agenda.models import Event
from maillage.core.errors import Refused
from maillage.core.intake.files import Table
from maillage.core.intake.lines import CHANGE, CREATE, Line, LinePlan, LineReader
from maillage.core.intake.schemas import Keys, Reading
from maillage.core.tables.columns import SEPARATOR, Column, parts, simple
from maillage.core.tables.fields import column_of
from maillage.directory.models import Place
from maillage.passport.choices import AgeBand, PassKind
from maillage.passport.models import Benefit
from maillage.passport.services.benefits import (
    add_benefit,
    change_benefit,
    fill,
    places_for_benefits,
)

MOST_ROWS = 2000
#: Kinds of passes in files: words, not the letters of the code.
KINDS = {
    PassKind.PERSON: "personne", PassKind.HOUSEHOLD: "foyer",
    PassKind.CLASS: "classe", PassKind.CARER: "accompagnant",
}  # fmt: skip


def of(name: str, **given: Any) -> Column:
    return column_of(Benefit, name, **given)


def words_of(name: str, **given: Any) -> Column:
    field: Any = Benefit._meta.get_field(name)
    return Column(name, field.verbose_name, **given)


BENEFIT_COLUMNS: tuple[Column, ...] = (
    Column(
        "number",
        gettext_lazy("numéro"),
        "integer",
        about=gettext_lazy(
            "Reconnaît un avantage d’une liste exportée ; vide : reconnu par le lieu, "
            "l’événement, ce qu’il donne et à qui, sinon ajouté."
        ),
        value=lambda row: row.pk,
        low=1,
        synonyms=("id", "numero"),
    ),
    of(
        "place",
        label=gettext_lazy("lieu"),
        is_required=True,
        about=gettext_lazy("Adresse ou nom exact du lieu."),
        value=lambda row: row.place.slug,
        example="forum-des-sciences",
    ),
    of(
        "event",
        label=gettext_lazy("événement"),
        about=gettext_lazy("Adresse d’un événement de ce lieu ; vide : l’entrée du lieu."),
        value=lambda row: row.event.slug if row.event else "",
        synonyms=("evenement",),
    ),
    of(
        "gives",
        is_required=True,
        about=gettext_lazy("free, reduced, priority, ou les mots du formulaire."),
        synonyms=("avantage",),
        example="reduced",
        default="",
    ),
    of("label", synonyms=("phrase",), example="3 € au lieu de 7 €"),
    of("normal_cents", code="normal_eur", type="cents", unit="€", example="7"),
    of("price_cents", code="price_eur", type="cents", unit="€", example="3", default=0),
    words_of(
        "kinds",
        about=gettext_lazy(
            "personne, foyer, classe, accompagnant, séparés par | ; vide : tous."
        ),
        value=lambda row: SEPARATOR.join(KINDS[PassKind(kind)] for kind in row.kinds),
        example="personne|foyer",
    ),
    words_of(
        "age_bands",
        about=gettext_lazy(
            "0-5, 6-11, 12-17, 18-25, 26-64, 65-, séparés par | ; vide : tous."
        ),
        value=lambda row: SEPARATOR.join(row.age_bands),
        example="6-11|12-17",
        synonyms=("ages",),
    ),
    of("most_companions", default=0, synonyms=("accompagnants",), high=200),
    of(
        "limit",
        about=gettext_lazy("none, once, once_a_day, n_a_season ; vide : sans limite."),
        synonyms=("limite",),
    ),
    of("times", synonyms=("fois",)),
    of("starts_on", synonyms=("debut",)),
    of("ends_on", synonyms=("fin",)),
)  # fmt: skip
READ = (
    "label", "limit", "times", "starts_on", "ends_on", "gives", "most_companions",
)  # fmt: skip


#: The cell that a refusal of the service is about.
COLUMN_OF = {"price": "price_eur", "times": "times", "days": "ends_on"}


@dataclass
class BenefitLine(Line):
    """A row; its key is the number, its name what the file calls the place."""

    benefit: Benefit | None = None
    place: int = 0


def plan_benefits(
    table: Table, *, by: Any, today: dt.date
) -> LinePlan[BenefitLine]:  # fmt: skip
    """Compare a file with the benefits of a person's places.

    Refuses with ``missing_column``, ``duplicate_column`` or ``too_many_rows``.
    """
    return BenefitReader(by=by, today=today).plan(table)


class BenefitReader(LineReader[BenefitLine]):
    """Reads rows; what they refer to is loaded once."""

    columns, most = BENEFIT_COLUMNS, MOST_ROWS

    def __init__(self, *, by: Any, today: dt.date) -> None:
        self.known_places = Keys(Place, source="")
        self.known_events = Keys(Event, source="")
        mine = places_for_benefits(by).values_list("pk", flat=True)
        self.allowed = set(mine)
        rows = Benefit.objects.filter(place__in=mine.order_by()).select_related("event")
        self.by_number = {row.pk: row for row in rows}
        events = Event.objects.filter(place__in=mine.order_by())
        self.events = {event.pk: event for event in events.defer("description")}
        self.by_sense: dict[Any, Benefit] = {}
        for row in rows:
            if not row.is_over(today):
                self.by_sense.setdefault(sense_of(row), row)
        self.seen: dict[Any, int] = {}

    def decide(self, reading: Reading) -> BenefitLine:
        found, cells = reading.values, reading.cells
        line = BenefitLine(
            reading.line, str(found.get("number") or ""), cells.get("place", "")[:120]
        )
        line.place = self.find(reading, "place", self.known_places) or 0
        if line.place and line.place not in self.allowed:
            reading.tell("place", _("Ce lieu n’est pas le vôtre."))
        line.values = self.values_of(reading)
        if not reading.is_good:
            return line
        self.recognise(reading, line)
        self.check(reading, line)
        if line.benefit and reading.is_good:
            line.keep_changes(line.benefit)
        return line

    def check(self, reading: Reading, line: BenefitLine) -> None:
        """Try the row on a copy, as the service would write it."""
        tried = copy(line.benefit) if line.benefit else Benefit(place_id=line.place)
        try:
            fill(tried, line.values)
        except Refused as no:
            reading.tell(COLUMN_OF.get(no.code, "place"), str(no.message))
        else:
            line.values = {name: getattr(tried, name) for name in line.values}

    def values_of(self, reading: Reading) -> dict[str, Any]:
        """The cells as the service takes them; a column that is not there says nothing."""
        found = reading.values
        values = {name: found[name] for name in READ if name in found}
        for name in ("normal", "price"):
            if f"{name}_eur" in found:
                values[f"{name}_cents"] = found[f"{name}_eur"]
        kinds = {simple(word): str(kind) for kind, word in KINDS.items()}
        bands = {band: band for band in AgeBand.values if band}
        for name, known in (("kinds", kinds), ("age_bands", bands)):
            if name in found:
                values[name] = self.listed(reading, name, known)
        if "event" in found:
            pk = self.find(reading, "event", self.known_events)
            values["event"] = self.events.get(pk or 0)
            if pk and values["event"] is None:
                reading.tell("event", _("Cet événement n’a pas lieu ici."))
        return values

    def listed(
        self, reading: Reading, column: str, known: dict[str, str]
    ) -> list[str]:  # fmt: skip
        """Several words of a list, in its order."""
        given = set()
        for word in parts(str(reading.values[column] or "")):
            code = known.get(word) or known.get(simple(word))
            if code is None:
                reading.tell(
                    column,
                    _("« %(word)s » n’est pas dans la liste : %(known)s.")
                    % {"word": word[:40], "known": ", ".join(known)},
                )
            else:
                given.add(code)
        return [code for code in known.values() if code in given]

    def find(self, reading: Reading, column: str, keys: Keys) -> int | None:
        word = reading.values.get(column) or ""
        pk = keys.find(word) if word else None
        if word and pk is None:
            reading.tell(column, _("Aucune fiche ne correspond à « %s ».") % word[:80])
        return pk

    def recognise(self, reading: Reading, line: BenefitLine) -> None:
        """The benefit that a row is about: by its number, else by what it says."""
        said = line.values
        event = said.get("event")
        sense = (
            line.place, event.pk if event else None, said.get("gives"),
            said.get("label", ""), tuple(said.get("kinds", ())),
            tuple(said.get("age_bands", ())),
        )  # fmt: skip
        number = reading.values.get("number")
        line.benefit = (
            self.by_number.get(number) if number else self.by_sense.get(sense)
        )
        if number and line.benefit is None:
            reading.tell("number", _("Aucun avantage de vos lieux n’a ce numéro."))
        elif line.benefit and line.benefit.place_id != line.place:
            reading.tell("place", _("Cet avantage est celui d’un autre lieu."))
        key = line.benefit.pk if line.benefit else sense
        if self.seen.setdefault(key, reading.line) != reading.line:
            first = self.seen[key]
            reading.tell("place", _("Le même avantage est à la ligne %d.") % first)


def sense_of(row: Benefit) -> Any:
    """What tells two benefits of a place apart."""
    return (
        row.place_id, row.event_id, row.gives, row.label,
        tuple(row.kinds), tuple(row.age_bands),
    )  # fmt: skip


@transaction.atomic
def apply_benefits(
    plan: LinePlan[BenefitLine], *, by: Any, today: dt.date
) -> dict[str, int]:
    """Write a plan, all of it or nothing. Refuses with ``errors`` or as services do."""
    plan.need_good()
    places = Place.objects.in_bulk({line.place for line in plan.lines})
    for line in plan.lines:
        given = {"values": line.values, "by": by, "today": today}
        try:
            if line.action == CREATE:
                add_benefit(places[line.place], **given)
            elif line.benefit and line.action == CHANGE:
                change_benefit(line.benefit, **given)
        except Refused as no:
            said = _("Ligne %(line)d : %(why)s") % {"line": line.line, "why": no.message}  # fmt: skip
            raise Refused(no.code, said) from no
    return plan.counts
