"""The custody log of a copy: lines kept once, checked, exported.

A line is never changed nor deleted. The log is always whole: a line whose parents have
not come yet is not kept, its phone sends it again after them.
"""

import datetime as dt
import hashlib
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from PIL import ImageChops, ImageStat

from maillage.circulation.choices import CustodyKind, Party
from maillage.circulation.custody_chain import (
    FORMAT,
    Fault,
    Line,
    digest,
    faults,
    head,
    ordered,
    pictures_of,
    tips,
)
from maillage.circulation.custody_shape import MisshapenError, Signed, instant, read
from maillage.circulation.models import Copy, CustodyEntry, Loan, ReportPicture
from maillage.circulation.services.holding import lock_copy
from maillage.circulation.services.loans import AHEAD
from maillage.circulation.services.sides import parties_of
from maillage.core.errors import Refused
from maillage.core.uploads import PICTURE_SIDE, decode

#: Where the very bytes that were signed are; they are never served.
PROOFS = "constats/preuves"
#: The mean difference of pixels, of 255, that a new encoding may make.
ENCODING = 12.0


@transaction.atomic
def keep(data: Any, *, by: Any, now: dt.datetime) -> tuple[CustodyEntry, bool]:
    """Keep a line that somebody has signed; say whether it is new.

    The same line again changes nothing. Refuses with ``shape``, ``digest``, ``other``
    (another line has this identifier), ``gone``, ``not_yours``, ``moved`` (the loan is
    of another copy now), ``clock`` (from the future) or ``parents`` (later: lines before
    it are still to come).
    """
    line = understood(data)
    loan = Loan.objects.select_related("copy").filter(pk=line.loan).first()
    if loan is None:
        raise Refused("gone", _("Ce prêt n’existe plus : prévenez le prêteur."))
    lock_copy(loan.copy)
    known = CustodyEntry.objects.filter(uuid=line.uuid).first()
    if known is not None:
        if known.digest != line.digest:
            raise Refused("other", _("Une autre ligne porte déjà cet identifiant."))
        return known, False
    may_keep(line, loan=loan, by=by, now=now)
    entry = CustodyEntry.objects.create(
        uuid=line.uuid, copy=loan.copy, loan=loan, kind=line.kind,
        payload=line.payload, at=line.at, party=line.party,
        signed_name=line.signed_name, parents=line.parents, digest=line.digest,
        received_at=now, made_by=by,
    )  # fmt: skip
    return entry, True


def understood(data: Any) -> Signed:
    try:
        return read(data)
    except MisshapenError as what:
        if str(what) == "digest":
            raise Refused(
                "digest",
                _("Le contenu ne correspond pas à son empreinte : il a été modifié."),
            ) from what
        raise Refused(
            "shape",
            _("Cet envoi est incomplet ou illisible (%(what)s).") % {"what": what},
        ) from what


def may_keep(line: Signed, *, loan: Loan, by: Any, now: dt.datetime) -> None:
    if line.party not in parties_of(loan, user=by):
        raise Refused(
            "not_yours",
            _(
                "Vous n’êtes pas, ou plus, du côté de ce prêt pour lequel vous avez "
                "signé. Demandez au prêteur de vous y associer, puis renvoyez."
            ),
        )
    if line.copy != loan.copy_id:
        raise Refused(
            "moved",
            _(
                "Ce prêt porte maintenant sur un autre exemplaire. Mettez la liste à "
                "jour, puis scannez de nouveau."
            ),
        )
    if line.at > now + AHEAD:
        raise Refused(
            "clock",
            _("L’horloge du téléphone avance : mettez-la à l’heure, puis renvoyez."),
        )
    kept = CustodyEntry.objects.filter(copy=loan.copy, digest__in=line.parents)
    if kept.count() < len(line.parents):
        raise Refused(
            "parents", _("Une ligne qui vient avant celle-ci n’est pas encore arrivée.")
        )


@transaction.atomic
def append(
    loan: Loan, *, kind: CustodyKind, payload: dict[str, Any], party: Party,
    signed_name: str, at: dt.datetime, by: Any, now: dt.datetime,
) -> CustodyEntry:  # fmt: skip
    """Write the next line from a page of the site. Refuses as ``keep``."""
    copy = lock_copy(loan.copy)
    line: dict[str, Any] = {
        "uuid": str(uuid.uuid4()), "copy": copy.pk, "loan": loan.pk, "kind": kind.value,
        "payload": payload, "at": instant(at), "party": party.value,
        "signed_name": signed_name, "parents": tips(lines_of(copy)),
    }  # fmt: skip
    line["digest"] = digest(line)
    entry, _new = keep(line, by=by, now=now)
    return entry


def line_of(entry: CustodyEntry) -> dict[str, Any]:
    """An entry as it was signed."""
    return {
        "uuid": str(entry.uuid), "copy": entry.copy_id, "loan": entry.loan_id,
        "kind": entry.kind, "payload": entry.payload, "at": instant(entry.at),
        "party": entry.party, "signed_name": entry.signed_name,
        "parents": entry.parents, "digest": entry.digest,
    }  # fmt: skip


def lines_of(copy: Copy) -> list[dict[str, Any]]:
    return [line_of(entry) for entry in copy.custody.order_by("pk")]


def log_of(copy: Copy) -> list[CustodyEntry]:
    """The entries of a copy in the order of its log."""
    entries = {
        entry.digest: entry
        for entry in copy.custody.select_related("loan__host").order_by("pk")
    }
    lines = ordered(line_of(entry) for entry in entries.values())
    return [entries[line["digest"]] for line in lines]


def export_of(copy: Copy) -> dict[str, Any]:
    """The log as a file that anybody can check: ``maillage verify_custody``."""
    lines = ordered(lines_of(copy))
    return {
        "format": FORMAT, "copy": copy.pk, "label": copy.label,
        "resource": copy.resource.name, "head": head(lines), "lines": lines,
    }  # fmt: skip


# Checking ---------------------------------------------------------------------


def verify(copy: Copy) -> list[Fault]:
    """Check the log, the reports that it signs and their pictures, anew."""
    lines = ordered(lines_of(copy))
    ranks = {line["digest"]: rank for rank, line in enumerate(lines, 1)}
    found = faults(lines, copy=copy.pk)
    reports = {report.uuid: report for loan in loans_of(copy) for report in loan}
    for line in lines:
        if line["kind"] != CustodyKind.REPORT:
            continue
        rank = ranks[line["digest"]]
        report = reports.get(uuid.UUID(line["uuid"]))
        if report is None or not is_same(report, line):
            found.append(Fault(rank, line["digest"], "report", line["uuid"]))
            continue
        held = {picture.sha256: picture for picture in report.pictures.all()}
        found += [
            Fault(rank, line["digest"], "picture", sha)
            for sha in pictures_of(line)
            if sha in held and not is_true(held[sha])
        ]
    return found


def loans_of(copy: Copy) -> list[Any]:
    rows = Loan.objects.filter(custody__copy=copy).distinct()
    return [loan.reports.all() for loan in rows.prefetch_related("reports__pictures")]


def is_same(report: Any, line: Line) -> bool:
    payload: Mapping[str, Any] = line["payload"]
    return bool(
        report.lines == payload["lines"]
        and report.note == payload["note"]
        and report.moment == payload["moment"]
        and report.party == line["party"]
        and report.signed_name == line["signed_name"]
        and report.loan_id == line["loan"]
        and instant(report.signed_at) == line["at"]
    )


def proof_path(sha256: str) -> Path:
    """Where the signed bytes of a picture are kept."""
    return Path(settings.MEDIA_ROOT) / PROOFS / sha256


def is_true(picture: ReportPicture) -> bool:
    """Whether the signed bytes are there, and the picture that is shown is theirs."""
    path = proof_path(picture.sha256)
    if not path.is_file():
        return False
    if hashlib.sha256(path.read_bytes()).hexdigest() != picture.sha256:
        return False
    try:
        with path.open("rb") as signed, picture.file.open("rb") as shown:
            one, other = decode(signed).convert("RGB"), decode(shown).convert("RGB")
    except (OSError, ValidationError):
        return False
    one.thumbnail((PICTURE_SIDE, PICTURE_SIDE))
    if one.size != other.size:
        return False
    return max(ImageStat.Stat(ImageChops.difference(one, other)).mean) < ENCODING
