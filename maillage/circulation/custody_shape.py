"""What a phone may send: a line of the custody log, read strictly."""

import datetime as dt
import re
import uuid
from dataclasses import dataclass
from typing import Any

from maillage.circulation.choices import CustodyKind, Finding, Moment, Party
from maillage.circulation.custody_chain import (
    DIGEST,
    FIELDS,
    INSTANT,
    LARGEST,
    UnsoundError,
    canonical,
    digest,
)

NAME_LONGEST = 120
NOTE_LONGEST = 2000
LABEL_LONGEST = 24
MOST_LABELS = 400
MOST_PARENTS = 64
#: Pictures of one report; each is sent on its own.
MOST_PICTURES = 60
LABEL = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,23}$")
PARTS = {
    CustodyKind.HANDOVER: {"moment", "seen", "missing", "note"},
    CustodyKind.REPORT: {"moment", "lines", "note"},
    CustodyKind.NOTE: {"text"},
}


class MisshapenError(ValueError):
    """A line that is not one; its text names what is wrong, for programs."""


@dataclass(frozen=True)
class Signed:
    """A line as it was signed, with what the database keeps of it."""

    uuid: uuid.UUID
    copy: int
    loan: int
    kind: CustodyKind
    payload: dict[str, Any]
    at: dt.datetime
    party: Party
    signed_name: str
    parents: list[str]
    digest: str


def instant(at: dt.datetime) -> str:
    """An instant as lines write it: UTC, to the millisecond."""
    utc = at.astimezone(dt.UTC)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03d}Z"


def read(data: Any) -> Signed:
    """Read a line. Raises ``MisshapenError``; ``digest`` when it is not the one it states."""
    need(isinstance(data, dict) and set(data) == {*FIELDS, "digest"}, "fields")
    for name in ("copy", "loan"):
        number = data[name]
        need(type(number) is int and 0 < number <= LARGEST, name)
    for name in ("uuid", "kind", "at", "party", "signed_name", "digest"):
        need(isinstance(data[name], str), name)
    need(bool(INSTANT.match(data["at"])), "at")
    need(0 < len(data["signed_name"].strip()) <= NAME_LONGEST, "signed_name")
    need(len(data["signed_name"]) <= NAME_LONGEST, "signed_name")
    need(data["kind"] in CustodyKind.values and data["party"] in Party.values, "kind")
    parents = texts(data["parents"], most=MOST_PARENTS, name="parents")
    need(all(DIGEST.match(each) for each in parents), "parents")
    need(parents == sorted(set(parents)), "parents")
    kind = CustodyKind(data["kind"])
    check_payload(kind, data["payload"])
    try:
        canonical(data)
        need(digest(data) == data["digest"], "digest")
        key, at = uuid.UUID(data["uuid"]), dt.datetime.fromisoformat(data["at"])
    except (UnsoundError, ValueError) as error:
        raise MisshapenError(str(error) or "value") from error
    need(str(key) == data["uuid"], "uuid")
    return Signed(
        uuid=key, copy=data["copy"], loan=data["loan"], kind=kind,
        payload=data["payload"], at=at, party=Party(data["party"]),
        signed_name=data["signed_name"], parents=parents, digest=data["digest"],
    )  # fmt: skip


def check_payload(kind: CustodyKind, payload: Any) -> None:
    need(isinstance(payload, dict) and set(payload) == PARTS[kind], "payload")
    if kind == CustodyKind.NOTE:
        text(payload["text"], most=NOTE_LONGEST, name="text")
        need(bool(payload["text"].strip()), "text")
        return
    need(payload["moment"] in Moment.values, "moment")
    text(payload["note"], most=NOTE_LONGEST, name="note")
    if kind == CustodyKind.HANDOVER:
        seen = texts(payload["seen"], most=MOST_LABELS, name="seen")
        missing = texts(payload["missing"], most=MOST_LABELS, name="missing")
        need(all(LABEL.match(each) for each in seen + missing), "label")
        need(len({*seen, *missing}) == len(seen) + len(missing), "seen")
        return
    check_report(payload["lines"])


def check_report(rows: Any) -> None:
    """The lines of a report: each label once, a finding each, pictures by hash."""
    need(isinstance(rows, list) and len(rows) <= MOST_LABELS, "lines")
    labels, pictures = set(), 0
    for row in rows:
        need(
            isinstance(row, dict)
            and set(row) == {"label", "finding", "note", "pictures"},
            "lines",
        )
        text(row["label"], most=LABEL_LONGEST, name="label")
        need(bool(LABEL.match(row["label"])), "label")
        need(row["label"] not in labels, "label")
        labels.add(row["label"])
        need(row["finding"] in Finding.values, "finding")
        text(row["note"], most=NOTE_LONGEST, name="note")
        hashes = texts(row["pictures"], most=MOST_PICTURES, name="pictures")
        need(all(DIGEST.match(each) for each in hashes), "pictures")
        need(len(set(hashes)) == len(hashes), "pictures")
        pictures += len(hashes)
    need(pictures <= MOST_PICTURES, "pictures")


def text(value: Any, *, most: int, name: str) -> None:
    need(isinstance(value, str) and len(value) <= most, name)


def texts(value: Any, *, most: int, name: str) -> list[str]:
    need(isinstance(value, list) and len(value) <= most, name)
    need(all(isinstance(each, str) for each in value), name)
    return list(value)


def need(holds: bool, name: str) -> None:
    if not holds:
        raise MisshapenError(name)
