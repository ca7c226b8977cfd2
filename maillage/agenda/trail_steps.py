"""The steps of a trail as a cell of a file says them: JSON, or the keys of places."""

import json
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any, NoReturn

from django.utils.translation import gettext as _

from maillage.core.tables.columns import BadCell, parts

KINDS = ("place", "event", "resource")
BLANK: dict[str, Any] = {
    "key": "",
    "kind": "",
    "slug": "",
    "title": "",
    "text": "",
    "question": "",
    "minutes": None,
    "lon": None,
    "lat": None,
}


def in_file(steps: Iterable[Mapping[str, Any]]) -> str:
    """The cell that an export writes: what a step leaves empty is left out."""
    rows = []
    for step in steps:
        row = {"key": step.get("key", "")}
        if step.get("kind"):
            row[step["kind"]] = step.get("slug", "")
        told = {name: step.get(name) for name in BLANK if name not in {"kind", "slug"}}
        rows.append(row | {k: v for k, v in told.items() if v not in ("", None)})
    return json.dumps(rows, ensure_ascii=False) if rows else ""


def read(cell: str) -> list[dict[str, Any]]:
    """The steps of a cell, with all their names; slugs are as the file has them.

    Raises ``BadCell``.
    """
    text = cell.strip()
    if not text.startswith("["):
        return [{**BLANK, "kind": "place", "slug": word} for word in parts(text)]
    try:
        rows = json.loads(text, parse_constant=refused)
    except (ValueError, RecursionError):
        rows = None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise BadCell(
            _(
                "Écrivez les clés des lieux séparées par |, ou les étapes comme un "
                "export les écrit."
            )
        )
    return [whole(row) for row in rows]


def refused(name: str) -> NoReturn:
    raise ValueError(name)


def whole(row: Mapping[str, Any]) -> dict[str, Any]:
    """A step of a file with all the names of a step."""
    unknown = sorted(row.keys() - (BLANK.keys() - {"kind", "slug"}) - {*KINDS})
    if unknown:
        raise BadCell(_("Une étape n’a pas de « %(name)s ».") % {"name": unknown[0]})
    named = [kind for kind in KINDS if row.get(kind)]
    if len(named) > 1:
        raise BadCell(_("Une étape mène à une seule fiche."))
    if not isinstance(row.get("key", ""), str):
        raise BadCell(_("La clé d’une étape est un mot court."))
    step = BLANK | {name: value for name, value in row.items() if name not in KINDS}
    if named:
        step["kind"], step["slug"] = named[0], row[named[0]]
    return step


def name_steps(steps: Sequence[dict[str, Any]]) -> None:
    """Give a key to the steps that have none, the same each time the file is read.

    A step keeps its poster as long as it keeps its key.
    """
    taken = {step["key"] for step in steps}
    for step in steps:
        if step["key"]:
            continue
        said = f"{step['kind']} {step['slug']} {step['title']}"
        turn = 0
        while (key := sha256(f"{said} {turn}".encode()).hexdigest()[:8]) in taken:
            turn += 1
        step["key"] = key
        taken.add(key)
