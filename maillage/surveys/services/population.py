"""Who is asked in a wave: drawn from the directory, or written by hand.

``panel_key`` recognises a respondent in every wave: ``structure:12`` for one of the
directory, ``siret:…`` for another organisation, else ``list:…``, the key of its list.
"""

import datetime as dt
import secrets
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from maillage.core.errors import Refused
from maillage.core.records import need_agency
from maillage.directory.choices import MemberRole
from maillage.directory.models import Membership, Structure
from maillage.surveys.choices import ResponseState, UnitSource, WaveState
from maillage.surveys.models import Response, Unit, Wave
from maillage.surveys.services.waves import lock_wave

BATCH = 500
#: What a unit keeps of whom it stands for.
FACTS = ("name", "email", "kind", "commune_id", "department_id")


def new_token() -> str:
    """The key of a personal link: 256 bits that nobody guesses."""
    return secrets.token_urlsafe(32)


def structure_key(pk: int) -> str:
    return f"structure:{pk}"


@dataclass(frozen=True)
class Filters:
    """Which structures of the directory are asked; an empty choice is every one."""

    kinds: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()
    is_active: bool = True
    has_email: bool = False

    def structures(self) -> QuerySet[Structure]:
        rows = Structure.objects.published()
        if self.kinds:
            rows = rows.filter(kind__in=self.kinds)
        if self.departments:
            rows = rows.filter(commune__department__in=self.departments)
        if self.is_active:
            rows = rows.filter(is_active=True)
        if self.has_email:
            team = Membership.objects.filter(
                structure=OuterRef("pk"), user__is_active=True
            )
            rows = rows.filter(~Q(email="") | Exists(team))
        return rows


@dataclass
class Preview:
    """What drawing a population would do."""

    total: int = 0
    new: int = 0
    without_email: int = 0
    by_kind: Counter[str] = field(default_factory=Counter)
    by_department: Counter[str] = field(default_factory=Counter)

    @property
    def already(self) -> int:
        return self.total - self.new


def preview(wave: Wave, *, filters: Filters) -> Preview:
    """Count whom filters choose, without writing anything."""
    asked = set(wave.units.values_list("panel_key", flat=True))
    found = Preview()
    for facts in chosen(filters):
        found.total += 1
        found.new += structure_key(facts["pk"]) not in asked
        found.without_email += not facts["email"]
        found.by_kind[facts["kind"]] += 1
        found.by_department[facts["department_id"] or ""] += 1
    return found


def chosen(filters: Filters) -> list[dict[str, Any]]:
    """The facts of the structures that filters choose; two queries."""
    columns = ("pk", "name", "email", "kind", "commune_id", "commune__department_id")
    rows = filters.structures().order_by("name", "pk").values(*columns)
    team = Membership.objects.filter(
        structure__in=filters.structures().values("pk"), user__is_active=True
    ).values_list("structure_id", "role", "user__email", "pk")
    writers = {
        structure: email
        # a manager's address rather than an editor's, the oldest first
        for structure, _role, email, _pk in sorted(
            team, key=lambda row: (row[1] == MemberRole.MANAGER, -row[3])
        )
    }
    found = []
    for row in rows:
        row["department_id"] = row.pop("commune__department_id")
        row["email"] = row["email"] or writers.get(row["pk"], "")
        found.append(row)
    return found


@transaction.atomic
def draw(wave: Wave, *, filters: Filters, by: Any) -> int:
    """Ask the structures that filters choose; returns how many are new.

    Those asked already keep their link and their answers. Refuses with ``forbidden``
    or ``closed``.
    """
    row = lock_wave(wave, by=by)
    need_not_over(row)
    asked = set(row.units.values_list("panel_key", flat=True))
    units = [
        Unit(
            wave=row,
            source=UnitSource.DIRECTORY,
            structure_id=facts["pk"],
            panel_key=structure_key(facts["pk"]),
            token=new_token(),
            **{name: facts[name] for name in FACTS},
        )
        for facts in chosen(filters)
        if structure_key(facts["pk"]) not in asked
    ]
    return add_units(units)


def add_units(units: Iterable[Unit]) -> int:
    """Write new units, each with its empty sheet."""
    made = Unit.objects.bulk_create(units, batch_size=BATCH)
    Response.objects.bulk_create(
        [Response(unit=unit) for unit in made], batch_size=BATCH
    )
    return len(made)


def need_not_over(wave: Wave) -> None:
    if wave.state not in {WaveState.PREPARING, WaveState.OPEN}:
        raise Refused("closed", _("Cette édition est close : rouvrez-la d’abord."))


@transaction.atomic
def add_unit(wave: Wave, *, values: Mapping[str, Any], by: Any) -> Unit:
    """Ask one more: a structure of the directory, or somebody by name.

    Refuses with ``forbidden``, ``closed``, ``twice`` or ``nobody``.
    """
    row = lock_wave(wave, by=by)
    need_not_over(row)
    structure = values.get("structure")
    commune = values.get("commune") or (structure.commune if structure else None)
    name = values.get("name") or (structure.name if structure else "")
    if not name:
        raise Refused("nobody", _("Écrivez un nom, ou choisissez une structure."))
    key = structure_key(structure.pk) if structure else f"list:{name.casefold()}"[:100]
    if row.units.filter(panel_key=key).exists():
        raise Refused("twice", _("Cette édition l’interroge déjà."))
    unit = Unit(
        wave=row,
        source=UnitSource.DIRECTORY if structure else UnitSource.LIST,
        structure=structure,
        panel_key=key,
        name=name,
        email=values.get("email") or (structure.email if structure else ""),
        kind=values.get("kind") or (structure.kind if structure else ""),
        commune=commune,
        department_id=commune.department_id if commune else None,
        token=new_token(),
    )
    add_units([unit])
    return unit


def lock_unit(unit: Unit, *, by: Any) -> Unit:
    """The unit with its wave and its sheet, held. Refuses with ``forbidden``."""
    need_agency(by)
    rows = Unit.objects.select_for_update(of=("self",))
    return rows.select_related("wave__version", "response").get(pk=unit.pk)


@transaction.atomic
def remove_unit(unit: Unit, *, by: Any) -> None:
    """Ask somebody no more. Refuses with ``forbidden``, ``closed`` or ``answered``."""
    row = lock_unit(unit, by=by)
    need_not_over(row.wave)
    if row.response.answers.filter(is_confirmed=True).exists():
        raise Refused(
            "answered",
            _("Une réponse est commencée : classez-la hors du champ plutôt."),
        )
    row.delete()


@transaction.atomic
def change_address(unit: Unit, *, email: str, by: Any) -> Unit:
    """Write to another address from now on. Refuses with ``forbidden``."""
    row = lock_unit(unit, by=by)
    if row.email.casefold() != email.casefold():
        row.bounced_at, row.bounced_why = None, ""
    row.email = email
    row.save(update_fields=["email", "bounced_at", "bounced_why"])
    return row


@transaction.atomic
def renew_link(unit: Unit, *, by: Any) -> Unit:
    """Give a new personal link: the one before opens nothing any more."""
    row = lock_unit(unit, by=by)
    row.token = new_token()
    row.save(update_fields=["token"])
    return row


@transaction.atomic
def set_aside(unit: Unit, *, state: str, note: str, by: Any, now: dt.datetime) -> Unit:
    """Note that somebody declines, or should not be asked; or take that back.

    ``state`` is declined, outside or waiting: the latter gives back what there was.
    Refuses with ``forbidden``, ``state`` or ``answered``.
    """
    row = lock_unit(unit, by=by)
    response = row.response
    if response.counts:
        raise Refused("answered", _("Cette réponse est envoyée : rouvrez-la d’abord."))
    if state not in {
        ResponseState.DECLINED, ResponseState.OUTSIDE, ResponseState.WAITING,
    }:  # fmt: skip
        raise Refused("state", _("Choisissez comment classer cette réponse."))
    if state == ResponseState.WAITING and response.started_at:
        state = ResponseState.STARTED
    response.state, response.note = state, note.strip()
    response.changed_at = now
    response.save(update_fields=["state", "note", "changed_at"])
    return row
