"""Read a plan from its data file; read again, only what changed is written."""

import datetime as dt
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from maillage.core.errors import Refused
from maillage.plan.links import PARTS
from maillage.plan.models import Node, Plan
from maillage.plan.tree_choices import NodeKind

PLAN_FIELDS = (
    "region", "title", "adopted_on", "adopted_precision", "adopted_by", "about",
    "source", "source_url",
)  # fmt: skip
NODE_FIELDS = ("kind", "title", "short", "summary", "place", "links")
#: What a row of the file may say, beside the fields of the node.
KNOWN = {*NODE_FIELDS, "code", "parent"}
DIGITS = 3


@dataclass
class Loaded:
    """How many nodes were added, changed, brought back, withdrawn."""

    plan: Plan | None = None
    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    withdrawn: list[str] = field(default_factory=list)


def read_plan(path: Path) -> dict[str, Any]:
    """The file as it is. Refuses with ``missing`` or ``unreadable``."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise Refused("missing", _("Le fichier %s n’existe pas.") % path) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        said = _("%(file)s n’est pas du TOML lisible : %(why)s")
        raise Refused("unreadable", said % {"file": path.name, "why": error}) from error


@transaction.atomic
def load_plan(data: dict[str, Any], *, today: dt.date) -> Loaded:
    """Write a plan and its nodes; what hangs under a node stays with its code.

    A node that the file has lost is marked as withdrawn; one that comes back is in
    force again. Refuses with ``bad_plan`` or ``bad_node``, and then writes nothing.
    """
    card, rows = checked(data)
    plan, _new = Plan.objects.update_or_create(
        code=card["code"],
        defaults={name: card[name] for name in PLAN_FIELDS if name in card},
    )
    done = Loaded(plan)
    known = {node.code: node for node in plan.nodes.select_for_update(of=("self",))}
    seen: dict[str, Node] = {}
    counts: dict[str, int] = {}
    for row in rows:
        above = row.get("parent", "")
        counts[above] = counts.get(above, 0) + 1
        parent = seen.get(above)
        path = f"{counts[above]:0{DIGITS}d}"
        values = {
            name: row.get(name, [] if name == "links" else "") for name in NODE_FIELDS
        }
        values |= {
            "parent": parent,
            "path": f"{parent.path}.{path}" if parent else path,
            "slug": slugify(row["code"].replace(".", "-")),
            "withdrawn_on": None,
        }  # fmt: skip
        seen[row["code"]] = write_node(
            plan, row["code"], values, old=known.get(row["code"]), done=done
        )
    for code in sorted({*known} - {*seen}):
        if known[code].withdrawn_on is None:
            known[code].withdrawn_on = today
            known[code].save(update_fields=["withdrawn_on"])
            done.withdrawn.append(code)
    return done


def write_node(
    plan: Plan, code: str, values: dict[str, Any], *, old: Node | None, done: Loaded
) -> Node:
    if old is None:
        done.added.append(code)
        return Node.objects.create(plan=plan, code=code, **values)
    differs = [name for name, value in values.items() if getattr(old, name) != value]
    for name in differs:
        setattr(old, name, values[name])
    if differs:
        old.save(update_fields=differs)
        if {*differs} - {"path", "parent"}:
            done.changed.append(code)
    return old


def checked(data: dict[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The plan's card and its rows, if all of them can be written."""
    card, rows = data.get("plan", {}), data.get("node", [])
    for name in ("code", "region", "title", "adopted_on"):
        if not card.get(name):
            raise Refused("bad_plan", _("[plan] doit dire « %s ».") % name)
    if type(card["adopted_on"]) is not dt.date:
        raise Refused("bad_plan", _("« adopted_on » est une date, comme 2018-01-01."))
    seen: set[str] = set()
    slugs: set[str] = set()
    for number, row in enumerate(rows, 1):
        if why := wrong(row, seen=seen, slugs=slugs):
            said = _("Partie n° %(number)d (%(code)s) : %(why)s")
            raise Refused(
                "bad_node",
                said % {"number": number, "code": row.get("code", "?"), "why": why},
            )
        seen.add(row["code"])
        slugs.add(slugify(row["code"].replace(".", "-")))
    return card, rows


def wrong(row: dict[str, Any], *, seen: set[str], slugs: set[str]) -> str:
    """Why a row cannot be written; nothing when it can."""
    code = str(row.get("code", ""))
    if not code or not str(row.get("title", "")):
        return _("il manque « code » ou « title ».")
    if code in seen or slugify(code.replace(".", "-")) in slugs:
        return _("ce code est déjà pris.")
    if row.get("kind") not in NodeKind.values:
        return _("« kind » est l’un de : %s.") % ", ".join(NodeKind.values)
    if row.get("parent", "") and row["parent"] not in seen:
        return _("sa partie « %s » n’est pas au-dessus d’elle.") % str(row["parent"])
    if strange := sorted({*row} - KNOWN):
        return _("« %s » n’est pas attendu.") % str(strange[0])
    if unknown := [one for one in row.get("links", []) if one not in PARTS]:
        return _("« %s » n’est pas une partie de la plateforme.") % str(unknown[0])
    for name in ("code", "title", "short", "place"):
        field: Any = Node._meta.get_field(name)
        most = field.max_length or 0
        if len(str(row.get(name, ""))) > most:
            said = _("« %(name)s » dépasse %(most)d caractères.")
            return said % {"name": name, "most": most}
    return ""
