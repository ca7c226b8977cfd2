"""Condition reports: what either party found, its pictures, what has to be followed."""

import datetime as dt
import hashlib
import io
from collections.abc import Iterable
from dataclasses import dataclass
from typing import IO, Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from maillage.circulation.choices import Finding, Moment, Party, Severity
from maillage.circulation.models import (
    Component,
    ConditionReport,
    CustodyEntry,
    Incident,
    Loan,
    ReportPicture,
)
from maillage.circulation.services.custody import proof_path
from maillage.circulation.services.letters import tell
from maillage.core.errors import Refused
from maillage.core.uploads import PICTURE_BYTES, clean_picture, fresh_name

#: Findings that the owner has to follow up, and how grave they are at first sight.
GRAVE = {Finding.DAMAGED: Severity.MAJOR, Finding.MISSING: Severity.TOTAL}


@transaction.atomic
def record_report(entry: CustodyEntry, *, by: Any, now: dt.datetime) -> ConditionReport:
    """Write the report that a line of the custody log signs, once."""
    if entry.loan is None:
        raise Refused("gone", _("Ce prêt n’existe plus."))
    report, new = ConditionReport.objects.get_or_create(
        uuid=entry.uuid,
        defaults={
            "loan": entry.loan, "moment": entry.payload["moment"],
            "party": entry.party, "lines": entry.payload["lines"],
            "note": entry.payload["note"], "signed_name": entry.signed_name,
            "signed_at": entry.at, "received_at": now, "made_by": by,
        },
    )  # fmt: skip
    if new:
        note_incidents(report, by=by, now=now)
    return report


def note_incidents(report: ConditionReport, *, by: Any, now: dt.datetime) -> None:
    """Open an incident for each thing damaged or missing; both parties open one."""
    loan, fresh = report.loan, []
    parts = {part.label: part for part in Component.objects.filter(copy=loan.copy_id)}
    for row in report.lines:
        if row["finding"] not in GRAVE:
            continue
        part = parts.get(row["label"])
        said = Finding(row["finding"]).label.capitalize()
        what = f"{part.name} ({row['label']})" if part else row["label"]
        head = f"{said} – {what}"
        open_ones = Incident.objects.filter(
            copy=loan.copy_id, loan=loan, component=part, mended_on=None,
            text__startswith=head,
        )  # fmt: skip
        if open_ones.exists():
            continue
        text = f"{head} : {row['note']}" if row["note"] else head
        fresh.append(
            Incident.objects.create(
                copy=loan.copy,
                component=part,
                loan=loan,
                text=text[:400],
                severity=GRAVE[Finding(row["finding"])],
                reported_by=by,
                noticed_on=localtime(report.signed_at).date(),
            )
        )
    if fresh:
        tell_owner(loan, incidents=fresh, by=by, now=now)


def tell_owner(
    loan: Loan, *, incidents: Iterable[Incident], by: Any, now: dt.datetime
) -> None:
    text = _(
        "Un constat d’état signale :\n\n%(list)s\n\nRegardez les deux constats sur la "
        "page du prêt, puis dites ce qu’il faut réparer."
    ) % {"list": "\n".join(f"- {each.text}" for each in incidents)}
    tell(
        loan, parties=[Party.LENDER], by=by, now=now, text=text,
        subject=_("À suivre : %(name)s") % {"name": loan.copy.resource.name},
    )  # fmt: skip


def signed_pictures(report: ConditionReport) -> dict[str, str]:
    """The hashes that a report signs, with the label of the component of each."""
    return {sha: row["label"] for row in report.lines for sha in row["pictures"]}


@transaction.atomic
def add_picture(
    uuid: UUID, *, sha256: str, file: IO[bytes], by: Any
) -> tuple[ReportPicture, bool]:
    """Keep a picture that a report signs; say whether it is new.

    Its bytes are kept as the proof, and never served; what is shown is written anew.
    Refuses with ``gone``, ``unsigned`` (the report names no such picture), ``hash``
    (these are other bytes) or ``picture`` (it cannot be read).
    """
    mine = Loan.objects.all().visible_to(by)
    report = (
        ConditionReport.objects.select_for_update(of=("self",))
        .filter(uuid=uuid, loan__in=mine.values("pk"))
        .first()
    )
    if report is None:
        raise Refused("gone", _("Le constat de cette image n’est pas encore arrivé."))
    labels = signed_pictures(report)
    if sha256 not in labels:
        raise Refused("unsigned", _("Le constat ne mentionne pas cette image."))
    known = report.pictures.filter(sha256=sha256).first()
    if known is not None:
        return known, False
    data = file.read(PICTURE_BYTES + 1)
    if hashlib.sha256(data).hexdigest() != sha256:
        raise Refused("hash", _("Cette image n’est pas celle qui a été signée."))
    shown = ContentFile(cleaned(io.BytesIO(data)))
    keep_proof(sha256, data=data)
    picture = ReportPicture(report=report, sha256=sha256, label=labels[sha256])
    extension = "png" if shown.read(4) == b"\x89PNG" else "jpg"
    picture.file.save(fresh_name(extension), shown, save=True)
    return picture, True


def cleaned(file: IO[bytes]) -> bytes:
    """A picture written anew, without what a camera adds. Refuses with ``picture``."""
    try:
        return bytes(clean_picture(file).read())
    except ValidationError as error:
        raise Refused("picture", " ".join(error.messages)) from error


def keep_proof(sha256: str, *, data: bytes) -> None:
    """Write signed bytes under their hash: beside, then renamed."""
    path = proof_path(sha256)
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.parent / fresh_name("new")
    beside.write_bytes(data)
    beside.replace(path)


# Two reports side by side -----------------------------------------------------


@dataclass(frozen=True)
class Side:
    """What one party says of one component."""

    finding: str = ""
    label: str = ""
    note: str = ""
    pictures: tuple[ReportPicture, ...] = ()
    awaited: int = 0


@dataclass(frozen=True)
class Compared:
    """One component in the reports of a moment, from the lender and the borrower."""

    label: str
    name: str
    sides: tuple[Side, Side]

    @property
    def differs(self) -> bool:
        """Whether both have spoken and do not say the same."""
        one, other = (side.finding for side in self.sides)
        return bool(one and other and one != other)

    @property
    def worst(self) -> int:
        return max(WORSE.index(side.finding) for side in self.sides)


@dataclass(frozen=True)
class Confronted:
    """The reports of one moment of a loan, its differences first."""

    moment: Moment
    reports: tuple[ConditionReport | None, ConditionReport | None]
    rows: list[Compared]
    earlier: list[ConditionReport]

    @property
    def is_agreed(self) -> bool:
        """Whether both parties have signed, and say the same."""
        return all(self.reports) and not self.differences

    @property
    def differences(self) -> int:
        return sum(row.differs for row in self.rows)


WORSE = ["", Finding.GOOD, Finding.WORN, Finding.DAMAGED, Finding.MISSING]


def confront(loan: Loan) -> list[Confronted]:
    """The reports of a loan by moment, the last one of each party beside the other's."""
    reports = list(
        loan.reports.prefetch_related("pictures").order_by("signed_at", "uuid")
    )
    names = {
        part.label: (part.position, part.name)
        for part in Component.objects.filter(copy=loan.copy_id)
    }
    found = []
    for moment in Moment:
        here = [report for report in reports if report.moment == moment]
        if not here:
            continue
        last = {report.party: report for report in here}
        pair = (last.get(Party.LENDER), last.get(Party.BORROWER))
        found.append(
            Confronted(
                moment=moment,
                reports=pair,
                rows=compare(pair, names=names),
                earlier=[report for report in here if report not in pair],
            )
        )
    return found


def compare(
    pair: tuple[ConditionReport | None, ConditionReport | None],
    *,
    names: dict[str, tuple[int, str]],
) -> list[Compared]:
    """Line up two reports: what differs first, then what is worst."""
    said = [{row["label"]: row for row in one.lines} if one else {} for one in pair]
    held = [
        {picture.sha256: picture for picture in one.pictures.all()} if one else {}
        for one in pair
    ]
    rows = [
        Compared(
            label=label,
            name=names.get(label, (0, label))[1],
            sides=(
                side_of(said[0].get(label), held=held[0]),
                side_of(said[1].get(label), held=held[1]),
            ),
        )
        for label in {**said[0], **said[1]}
    ]
    last = (len(names), "")
    return sorted(
        rows,
        key=lambda row: (not row.differs, -row.worst, names.get(row.label, last)),
    )


def side_of(row: dict[str, Any] | None, *, held: dict[str, ReportPicture]) -> Side:
    if row is None:
        return Side()
    shown = tuple(held[sha] for sha in row["pictures"] if sha in held)
    return Side(
        finding=row["finding"], label=str(Finding(row["finding"]).label),
        note=row["note"], pictures=shown, awaited=len(row["pictures"]) - len(shown),
    )  # fmt: skip
