"""The verbs of copies: make, change, set aside, keep for oneself, and their labels."""

import datetime as dt
import re
import secrets
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from maillage.catalogue.models import Resource
from maillage.circulation.choices import HOLDING, ComponentKind, CopyState, HoldKind
from maillage.circulation.models import Closure, Component, Copy, Hold, LendingRules
from maillage.circulation.services.holding import free_days, hold
from maillage.core.errors import Refused
from maillage.core.values import remember
from maillage.directory.models import Structure

#: Letters that nobody takes for a digit, or for one another, on a sticker.
CLEAR = "ABCDEFGHJKMNPRSTUVWXYZ"
LABEL = re.compile(r"^[A-Z0-9]+(-[A-Z0-9]+)*$")
LONGEST_LABEL = 20
#: What people change of a copy; the state has verbs of its own.
EDITABLE = (
    "label", "depot", "purchased_on", "purchase_value_cents", "expected_life_days",
    "setup_days", "takedown_days", "days_between_maintenances", "maintenance_days",
    "days_out_before", "km_cents", "notes",
)  # fmt: skip
#: What people change of a crate or a piece.
COMPONENT = (
    "name", "kind", "crate", "quantity", "weight_kg", "value_cents",
    "expected_life_days", "check_note", "position", "label", "renewed_on",
    "retired_on",
)  # fmt: skip
MOST_CLOSURES = 60


def clear_letters(text: str) -> str:
    """The letters of a text that a sticker may bear, capitals without accents."""
    plain = unicodedata.normalize("NFD", text.upper())
    return "".join(letter for letter in plain if letter in CLEAR)


def propose_label(resource: Resource, *, rank: int) -> str:
    """A short free label: letters of the title, the resource, the copy."""
    words = [clear_letters(word) for word in re.split(r"[\W_]+", resource.name)]
    word = next((word for word in words if len(word) > 2), "") or "".join(words)
    stem = f"{(word or CLEAR)[:3]}{resource.pk:03d}-{rank}"
    taken = set(
        Copy.objects.filter(label__startswith=stem).values_list("label", flat=True)
    )
    taken |= set(
        Component.objects.filter(label__startswith=stem).values_list("label", flat=True)
    )
    free = (f"{stem}{end}" for end in ("", *CLEAR) if f"{stem}{end}" not in taken)
    return next(free, f"{stem}{secrets.token_hex(3).upper()}")


def check_label(label: str, *, copy: Copy | None = None) -> str:
    """The label as it is kept. Refuses with ``label`` or ``label_taken``.

    One label leads to one thing: a copy and a component never share theirs.
    """
    label = label.strip().upper()
    if not LABEL.match(label) or len(label) > LONGEST_LABEL:
        raise Refused(
            "label",
            _(
                "Une étiquette n’a que des lettres sans accent, des chiffres et des "
                "tirets, comme NUA012-1."
            ),
        )
    others = Copy.objects.filter(label=label).exclude(pk=copy.pk if copy else 0)
    if others.exists() or Component.objects.filter(label=label).exists():
        raise Refused(
            "label_taken",
            _("L’étiquette %(label)s est déjà prise.") % {"label": label},
        )
    return label


def next_rank(resource: Resource) -> int:
    last = resource.copies.aggregate(last=Max("rank"))["last"]
    return (last or 0) + 1


@transaction.atomic
def make_copy(resource: Resource, *, values: Mapping[str, Any], by: Any) -> Copy:
    """Add a copy to a resource; its label is proposed when ``values`` has none.

    Refuses with ``forbidden``, ``label`` or ``label_taken``.
    """
    rows = Resource.objects.select_for_update(of=("self",)).filter(pk=resource.pk)
    row = (rows if by.is_agency else rows.owned_by(by)).first()
    if row is None:
        raise Refused("forbidden", _("Cette ressource n’est pas la vôtre."))
    rank = next_rank(row)
    facts = dict(values)
    label = check_label(facts.pop("label", "") or propose_label(row, rank=rank))
    copy = Copy(
        resource=row, rank=rank, label=label, feed_key=secrets.token_urlsafe(32),
        **facts,
    )  # fmt: skip
    remember(copy, by=by)
    return saved(copy)


def saved(copy: Copy) -> Copy:
    """Save a copy. Refuses with ``label_taken`` when another one was faster."""
    try:
        with transaction.atomic():
            copy.save()
    except IntegrityError as error:
        raise Refused(
            "label_taken",
            _("L’étiquette %(label)s est déjà prise.") % {"label": copy.label},
        ) from error
    return copy


def held(copy: Copy, *, by: Any) -> Copy:
    """The copy, locked, if the person may change it. Refuses with ``forbidden``."""
    rows = Copy.objects.select_for_update(of=("self",)).select_related("resource")
    allowed = Copy.objects.all().editable_by(by).values("pk")
    row = rows.filter(pk=copy.pk, pk__in=allowed).first()
    if row is None:
        raise Refused("forbidden", _("Cet exemplaire n’est pas le vôtre."))
    return row


def label_of_field(name: str) -> str:
    field: Any = Copy._meta.get_field(name)
    return str(field.verbose_name)


@transaction.atomic
def change_copy(
    copy: Copy, *, values: Mapping[str, Any], version: int, by: Any
) -> Copy:
    """Write what a person has changed since the ``version`` that they saw.

    What others have changed elsewhere meanwhile stays. Refuses with ``stale`` when
    they changed the same field, with ``forbidden``, ``label`` or ``label_taken``.
    """
    row = held(copy, by=by)
    seen = row.history.filter(version=version).order_by("-history_id").first() or row
    mine = {n: v for n, v in values.items() if v != getattr(seen, n)}
    both = [
        name
        for name, value in mine.items()
        if getattr(row, name) not in (getattr(seen, name), value)
    ]
    if both:
        raise Refused(
            "stale",
            _(
                "Quelqu’un a changé entre-temps : %(what)s. Vérifiez, puis enregistrez "
                "de nouveau pour garder votre réponse."
            )
            % {"what": ", ".join(label_of_field(name) for name in both)},
        )
    if not mine:
        return row
    if "label" in mine:
        mine["label"] = check_label(mine["label"], copy=row)
    for name, value in mine.items():
        setattr(row, name, value)
    row.version += 1
    remember(row, by=by)
    return saved(row)


@transaction.atomic
def set_copy_state(
    copy: Copy, *, state: str, by: Any, today: dt.date, why: str = ""
) -> Copy:
    """Put a copy in service or aside.

    Refuses with ``forbidden``, ``nothing``, or with ``has_loans`` when a copy to be
    retired is out or promised: its loans are to be moved or cancelled first.
    """
    row = held(copy, by=by)
    if row.state == state:
        raise Refused("nothing", _("L’exemplaire est déjà dans cet état."))
    if state == CopyState.RETIRED and loans_ahead(row, today=today):
        raise Refused(
            "has_loans",
            _(
                "Cet exemplaire est encore promis ou prêté : déplacez ou annulez ses "
                "prêts avant de le réformer."
            ),
        )
    row.state = CopyState(state)
    row.version += 1
    remember(row, by=by, why=why)
    row.save(update_fields=["state", "version"])
    return row


def loans_ahead(copy: Copy, *, today: dt.date) -> int:
    """Loans that keep the copy now or later."""
    rows = copy.loans.filter(state__in=HOLDING)
    return rows.filter(free_on__gt=today).count()


@transaction.atomic
def save_components(
    copy: Copy,
    *,
    changed: Sequence[tuple[Component, Mapping[str, Any]]],
    added: Sequence[Mapping[str, Any]],
    version: int,
    by: Any,
) -> Copy:
    """Write the crates and pieces of a copy, those of one page at once.

    ``changed`` holds what differs only. Refuses with ``stale`` when somebody has
    saved the list meanwhile, with ``forbidden`` or ``crate``.
    """
    row = held(copy, by=by)
    if row.version != version:
        raise Refused(
            "stale",
            _(
                "Quelqu’un a enregistré cet exemplaire entre-temps : vérifiez la liste, "
                "puis enregistrez de nouveau."
            ),
        )
    crates = set(
        row.components.filter(kind=ComponentKind.CRATE).values_list("pk", flat=True)
    )
    known = {component.pk: component for component in row.components.all()}
    for component, values in changed:
        piece = known.get(component.pk)
        if piece is None:
            raise Refused("gone", _("Un élément de la liste n’existe plus."))
        write_component(piece, values=values, crates=crates)
    last = max([piece.position for piece in known.values()], default=0)
    for number, values in enumerate(added, 1):
        facts = dict(values)
        crate = is_crate(facts)
        facts["label"] = component_label(row, is_crate=crate)
        facts.setdefault("position", last + number)
        write_component(Component(copy=row), values=facts, crates=crates)
    if changed or added:
        row.version += 1
        remember(row, by=by, why=_("Caisses et éléments"))
        row.save(update_fields=["version"])
    return row


def is_crate(values: Mapping[str, Any]) -> bool:
    return bool(values.get("kind") == ComponentKind.CRATE)


def write_component(
    piece: Component, *, values: Mapping[str, Any], crates: set[int]
) -> Component:
    """Save a crate or a piece. Refuses with ``crate``: a crate stands in no other."""
    for name, value in values.items():
        setattr(piece, name, value)
    inside = piece.crate_id
    if piece.kind == ComponentKind.CRATE:
        piece.crate = None
    elif inside and (inside not in crates or inside == piece.pk):
        raise Refused(
            "crate", _("Un élément se range dans une caisse de l’exemplaire.")
        )
    piece.save()
    return piece


def component_label(copy: Copy, *, is_crate: bool) -> str:
    """The next label of a copy: « NUA012-1-C2 » for a crate, « NUA012-1-07 »."""
    mark = "C" if is_crate else ""
    stem = f"{copy.label[:18]}-{mark}"
    taken = set(
        Component.objects.filter(label__startswith=stem).values_list("label", flat=True)
    )
    width = 1 if is_crate else 2
    for number in range(1, 1000):
        label = f"{stem}{number:0{width}d}"
        if label not in taken and not Copy.objects.filter(label=label).exists():
            return label
    raise Refused("label_taken", _("Cet exemplaire a trop d’éléments."))


@transaction.atomic
def keep_copy(
    copy: Copy, *, start: dt.date, end: dt.date, note: str, by: Any, today: dt.date
) -> Hold:
    """Keep a copy for its owner over [start, end).

    Refuses with ``forbidden``, ``past``, ``order`` or ``taken``.
    """
    row = held(copy, by=by)
    if end <= start:
        raise Refused("order", _("La fin vient après le début."))
    if end <= today:
        raise Refused("past", _("Choisissez des dates à venir."))
    return hold(
        row, kind=HoldKind.OWN_USE, start=start, end=end, by=by, note=note[:200]
    )


@transaction.atomic
def give_back(kept: Hold, *, by: Any) -> None:
    """Free days that the owner kept. Refuses with ``forbidden`` or ``not_yours``."""
    held(kept.copy, by=by)
    if kept.kind != HoldKind.OWN_USE:
        raise Refused(
            "not_yours", _("Ces jours sont tenus par un prêt ou un entretien.")
        )
    free_days(kept)


@transaction.atomic
def set_rules(
    structure: Structure, *, values: Mapping[str, Any], by: Any
) -> LendingRules:
    """Say how an owner lends. Refuses with ``forbidden``."""
    owner = own_structure(structure, by=by)
    rules, _is_new = LendingRules.objects.update_or_create(
        structure=owner, defaults=dict(values)
    )
    return rules


@transaction.atomic
def add_closure(
    structure: Structure, *, start: dt.date, end: dt.date, reason: str, by: Any
) -> Closure:
    """Close an owner over [start, end).

    Refuses with ``forbidden``, ``order``, ``twice`` or ``too_many``.
    """
    owner = own_structure(structure, by=by)
    if end <= start:
        raise Refused("order", _("La reprise vient après le premier jour."))
    if owner.closures.filter(starts_on__lt=end, ends_on__gt=start).exists():
        raise Refused("twice", _("Une fermeture couvre déjà une partie de ces jours."))
    if owner.closures.count() >= MOST_CLOSURES:
        raise Refused("too_many", _("Retirez d’abord d’anciennes fermetures."))
    return Closure.objects.create(
        structure=owner, starts_on=start, ends_on=end, reason=reason[:120]
    )


@transaction.atomic
def drop_closure(closure: Closure, *, by: Any) -> None:
    """Open again. Refuses with ``forbidden``."""
    own_structure(closure.structure, by=by)
    closure.delete()


def own_structure(structure: Structure, *, by: Any) -> Structure:
    rows = Structure.objects.select_for_update(of=("self",)).filter(pk=structure.pk)
    row: Structure | None = (rows if by.is_agency else rows.owned_by(by)).first()
    if row is None:
        raise Refused("forbidden", _("Cette structure n’est pas la vôtre."))
    return row
