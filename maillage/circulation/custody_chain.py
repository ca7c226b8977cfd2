"""The custody log as a set of lines tied by hashes: canonical form, order, check.

The same rules are in ``static/js/field/chain.js``; ``tests/circulation/chain.json`` holds
both to the same answers. Nothing here needs a database: anyone can check an export.

A line names, in ``parents``, the last lines that its author knew. Lines therefore form
a graph without loops, and a log is a set of them: in whatever order phones send theirs,
the set, its order (parents first, then by time, then by digest) and its head are the same.
"""

import hashlib
import heapq
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

FORMAT = "maillage-garde-1"
#: What a line says; its digest covers all of it.
FIELDS = (
    "uuid", "copy", "loan", "kind", "payload", "at", "party", "signed_name", "parents",
)  # fmt: skip
#: The largest whole number that JavaScript keeps exactly.
LARGEST = 2**53 - 1
DEEPEST = 6
INSTANT = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$", re.ASCII)
DIGEST = re.compile(r"^[0-9a-f]{64}$")
KEY = re.compile(r"^[a-z_]{1,30}$")

Line = Mapping[str, Any]


class UnsoundError(ValueError):
    """A value that two programs might write in two ways."""


def canonical(value: Any) -> bytes:
    """The one way to write a value: sorted keys, no space, UTF-8, no fraction.

    Raises ``UnsoundError`` for what has no single form: fractions, large numbers, halves of
    characters, NUL, keys that are not plain words.
    """
    check(value)
    text = json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )  # fmt: skip
    return text.encode()


def check(value: Any, *, depth: int = 0) -> None:
    if depth > DEEPEST:
        raise UnsoundError("too deep")
    if value is None or isinstance(value, bool):
        return
    if isinstance(value, int):
        if abs(value) > LARGEST:
            raise UnsoundError("a number is too large")
    elif isinstance(value, str):
        if "\0" in value or any("\ud800" <= char <= "\udfff" for char in value):
            raise UnsoundError("a text has a character that is none")
    elif isinstance(value, list):
        for item in value:
            check(item, depth=depth + 1)
    elif isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str) or not KEY.match(key):
                raise UnsoundError("a key is no plain word")
            check(item, depth=depth + 1)
    else:
        raise UnsoundError(f"{type(value).__name__} has no single form")


def digest(line: Line) -> str:
    """The SHA-256 of what a line says. Raises ``UnsoundError``, ``KeyError``."""
    said = {name: line[name] for name in FIELDS}
    return hashlib.sha256(canonical(said)).hexdigest()


def ordered(lines: Iterable[Line]) -> list[Line]:
    """The log: parents before children, then by time, then by digest.

    The same set gives the same list. Lines that name each other in a circle, which no
    honest log has, come last.
    """
    known = {line["digest"]: line for line in lines}
    waits = {
        name: {parent for parent in line["parents"] if parent in known}
        for name, line in known.items()
    }
    children: dict[str, list[str]] = {}
    for name, parents in waits.items():
        for parent in parents:
            children.setdefault(parent, []).append(name)
    ready = [
        (known[name]["at"], name) for name, parents in waits.items() if not parents
    ]
    heapq.heapify(ready)
    found: list[Line] = []
    while ready:
        _at, name = heapq.heappop(ready)
        found.append(known.pop(name))
        for child in children.get(name, []):
            waits[child].discard(name)
            if not waits[child] and child in known:
                heapq.heappush(ready, (known[child]["at"], child))
    return found + sorted(known.values(), key=lambda line: (line["at"], line["digest"]))


def tips(lines: Iterable[Line]) -> list[str]:
    """The digests that no line names yet, sorted: the parents of the next line."""
    rows = list(lines)
    named = {parent for line in rows for parent in line["parents"]}
    return sorted({line["digest"] for line in rows} - named)


def head(lines: Iterable[Line]) -> str:
    """One digest for the whole log: it changes as soon as a line does."""
    return hashlib.sha256(canonical(tips(lines))).hexdigest()


@dataclass(frozen=True)
class Fault:
    """What does not hold, and on which line of the ordered log (from 1; 0: the whole).

    ``digest``: the line was altered. ``parent``: it names a line that is not there, or
    one of another log. ``shape``: it cannot be read. ``twice``: it is there twice.
    ``head``: the log is not the one whose head was noted. ``picture``: a picture is not
    the one that was signed; ``report``: a report is not. ``detail`` names which.
    """

    line: int
    digest: str
    code: str
    detail: str = ""


def faults(lines: Sequence[Line], *, copy: int | None = None) -> list[Fault]:
    """Compute every digest and follow every parent again; nothing found: all holds."""
    sound = [line for line in lines if is_whole(line)]
    found = [
        Fault(rank, named(line), "shape")
        for rank, line in enumerate(lines, 1)
        if not is_whole(line)
    ]
    log = ordered(sound)
    present = {line["digest"] for line in log}
    if len(sound) > len(log):
        found.append(Fault(0, "", "twice"))
    for rank, line in enumerate(log, 1):
        own = line["digest"]
        try:
            true = digest(line)
        except UnsoundError as why:
            found.append(Fault(rank, own, "shape", str(why)))
            continue
        if true != own:
            found.append(Fault(rank, own, "digest"))
        if copy is not None and line["copy"] != copy:
            found.append(Fault(rank, own, "parent", str(line["copy"])))
        found += [
            Fault(rank, own, "parent", parent)
            for parent in line["parents"]
            if parent not in present
        ]
    return found


def named(line: Any) -> str:
    """The digest that a line states, as far as it is one."""
    return str(line.get("digest", ""))[:64] if isinstance(line, dict) else ""


def is_whole(line: Any) -> bool:
    """Whether a line has its fields, of the right sorts."""
    if not isinstance(line, dict) or not {*FIELDS, "digest"} <= set(line):
        return False
    parents = line["parents"]
    return (
        isinstance(line["digest"], str)
        and bool(DIGEST.match(line["digest"]))
        and isinstance(line["at"], str)
        and bool(INSTANT.match(line["at"]))
        and isinstance(parents, list)
        and all(isinstance(each, str) for each in parents)
        and isinstance(line["payload"], dict)
    )


def faults_of_file(data: Any) -> list[Fault]:
    """Check an export: its lines, and the head that it states."""
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        return [Fault(0, "", "shape", f"not a {FORMAT} file")]
    lines = data.get("lines")
    if not isinstance(lines, list):
        return [Fault(0, "", "shape", "no lines")]
    copy = data.get("copy")
    found = faults(lines, copy=copy if isinstance(copy, int) else None)
    if head(line for line in lines if is_whole(line)) != data.get("head"):
        found.append(Fault(0, "", "head"))
    return found


def pictures_of(line: Line) -> list[str]:
    """The hashes of the pictures that a line signs."""
    rows = line["payload"].get("lines", [])
    return [
        sha
        for row in rows
        if isinstance(row, dict) and isinstance(row.get("pictures"), list)
        for sha in row["pictures"]
    ]
