"""Those asked, from an outside list: its columns, what it would do, and doing it."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _, gettext_lazy

from maillage.core.errors import Refused
from maillage.core.intake.files import Table
from maillage.core.intake.lines import CHANGE, CREATE, Line, LinePlan, LineReader
from maillage.core.intake.schemas import Reading
from maillage.core.tables.columns import Column
from maillage.directory.models import Structure
from maillage.surveys.choices import UnitSource
from maillage.surveys.models import Unit, Wave
from maillage.surveys.services.population import (
    FACTS,
    add_units,
    need_not_over,
    new_token,
    structure_key,
)
from maillage.surveys.services.waves import lock_wave
from maillage.territories.models import Commune, Department
from maillage.territories.services import load_gazetteer

MOST_ROWS = 20_000

COLUMNS: tuple[Column, ...] = (
    Column(
        "key", gettext_lazy("clé"), max_length=80, example="LOC-0042",
        about=gettext_lazy(
            "Reconnaît l’enquêté d’une édition à l’autre ; vide : son SIRET, sinon "
            "son nom et sa commune."
        ),
        synonyms=("identifiant", "id", "code", "cle"),
    ),
    Column(
        "name", gettext_lazy("nom"), is_required=True, max_length=200,
        example="Centre social des Trois Villes",
        synonyms=("structure", "nom de la structure", "raison sociale", "denomination"),
    ),
    Column(
        "email", gettext_lazy("adresse e-mail"), "email", max_length=254,
        example="accueil@exemple.fr", synonyms=("mail", "e mail", "courriel", "email"),
    ),
    Column(
        "kind", gettext_lazy("nature"), "term", vocabulary="structure_kinds",
        synonyms=("type", "categorie"), example="association",
    ),
    Column(
        "commune", gettext_lazy("commune"), "commune", example="59350",
        about=gettext_lazy("Code INSEE, ou nom."),
        synonyms=("ville", "code insee", "insee"),
    ),
    Column(
        "postcode", gettext_lazy("code postal"), max_length=5, example="59000",
        about=gettext_lazy("Départage les communes de même nom."),
        synonyms=("cp", "code postal"),
    ),
    Column(
        "department", gettext_lazy("département"), max_length=3, example="59",
        about=gettext_lazy("Son numéro, quand la commune est inconnue."),
        synonyms=("dep", "departement", "dpt"),
    ),
    Column(
        "siret", gettext_lazy("SIRET"), max_length=20, example="12345678200010",
    ),
)  # fmt: skip


@dataclass
class UnitLine(Line):
    """A row; its key recognises the respondent in every wave."""

    unit: Unit | None = None
    structure: int | None = None


def plan_list(wave: Wave, table: Table) -> LinePlan[UnitLine]:
    """Compare a list with those whom a wave asks.

    Refuses with ``missing_column``, ``duplicate_column`` or ``too_many_rows``.
    """
    return ListReader(wave).plan(table)


class ListReader(LineReader[UnitLine]):
    """Reads rows; what they refer to is loaded once."""

    columns, most = COLUMNS, MOST_ROWS

    def __init__(self, wave: Wave) -> None:
        self.gazetteer = load_gazetteer()
        self.departments = set(Department.objects.values_list("pk", flat=True))
        self.known = {unit.panel_key: unit for unit in wave.units.all()}
        rows = Structure.objects.exclude(siret="").values_list("siret", "pk")
        self.sirets = dict(rows.order_by("-pk"))
        self.seen: dict[str, int] = {}

    def decide(self, reading: Reading) -> UnitLine:
        found = reading.values
        commune = self.commune_of(reading)
        siret = self.siret_of(reading)
        structure = self.sirets.get(siret) if siret else None
        name = str(found.get("name", ""))
        key = panel_key(
            structure=structure, siret=siret, key=str(found.get("key", "")), name=name,
            insee=commune.insee if commune else "",
        )  # fmt: skip
        if self.seen.setdefault(key, reading.line) != reading.line:
            reading.tell(
                "key" if "key" in self.places else "name",
                _("Le même enquêté est déjà à la ligne %d.") % self.seen[key],
            )
        values = {
            "name": name,
            "email": str(found.get("email", "")),
            "kind": str(found.get("kind", "")),
            "commune_id": commune.insee if commune else None,
            "department_id": self.department_of(reading, commune),
        }
        line = UnitLine(reading.line, key, name[:120], values=values)
        line.structure = structure
        if unit := self.known.get(key):
            line.unit = unit
            # an empty cell says nothing against what is known
            line.keep_changes(unit, blank=False)
        return line

    def commune_of(self, reading: Reading) -> Commune | None:
        text = str(reading.values.get("commune") or "")
        post = str(reading.values.get("postcode") or "")
        if not text:
            return None
        found = self.gazetteer.match(text, insee=text, postal_code=post or text[:5])
        if found is None:
            reading.tell(
                "commune",
                _("Aucune commune de la région ne correspond, ou plusieurs."),
            )
        return found

    def department_of(self, reading: Reading, commune: Commune | None) -> str | None:
        if commune:
            return commune.department_id
        code = str(reading.values.get("department") or "")
        code = code.zfill(2) if code.isdigit() else code
        if code and code not in self.departments:
            reading.tell("department", _("Ce département n’est pas de la région."))
            return None
        return code or None

    def siret_of(self, reading: Reading) -> str:
        siret = "".join(str(reading.values.get("siret") or "").split())
        if siret and not (siret.isascii() and siret.isdigit() and len(siret) == 14):
            reading.tell("siret", _("Un SIRET a 14 chiffres."))
            return ""
        return siret


def panel_key(
    *, structure: int | None, siret: str, key: str, name: str, insee: str
) -> str:
    """What recognises a line of a list in the next wave."""
    if structure is not None:
        return structure_key(structure)
    if siret:
        return f"siret:{siret}"
    return f"list:{key or f'{slugify(name)[:80]}@{insee}'}"


@transaction.atomic
def apply_list(wave: Wave, plan: LinePlan[UnitLine], *, by: Any) -> dict[str, int]:
    """Write a plan, all of it or nothing.

    Refuses with ``forbidden``, ``closed``, ``errors`` or ``stale``.
    """
    row = lock_wave(wave, by=by)
    need_not_over(row)
    plan.need_good()
    create = [line for line in plan.lines if line.action == CREATE]
    keys = {line.key for line in create}
    asked = set(row.units.values_list("panel_key", flat=True))
    if keys & asked:
        raise Refused("stale", _("La population a changé : vérifiez de nouveau."))
    add_units(
        Unit(
            wave=row,
            source=UnitSource.LIST,
            structure_id=line.structure,
            panel_key=line.key,
            token=new_token(),
            **line.values,
        )
        for line in create
    )
    changed = []
    for line in plan.lines:
        if line.action == CHANGE and line.unit:
            for name, value in line.values.items():
                setattr(line.unit, name, value)
            if "email" in line.values:
                line.unit.bounced_at, line.unit.bounced_why = None, ""
            changed.append(line.unit)
    fields = [name.removesuffix("_id") for name in FACTS]
    fields += ["bounced_at", "bounced_why"]
    Unit.objects.bulk_update(changed, fields, batch_size=200)
    return plan.counts
