"""Lines as a phone signs them."""

import datetime as dt
import uuid

from maillage.circulation.custody_chain import digest
from maillage.circulation.custody_shape import instant

DEPARTURE = dt.datetime(2026, 10, 2, 8, tzinfo=dt.UTC)
NOW = dt.datetime(2026, 10, 30, 12, tzinfo=dt.UTC)


def signed(loan, *, payload, kind="handover", at=DEPARTURE, party="lender", **facts):
    line = {
        "uuid": str(facts.get("uuid") or uuid.uuid4()),
        "copy": loan.copy_id,
        "loan": loan.pk,
        "kind": kind,
        "payload": payload,
        "at": instant(at),
        "party": party,
        "signed_name": facts.get("signed_name", "Zoé Prêteuse"),
        "parents": sorted(facts.get("parents", [])),
    }
    return line | {"digest": digest(line)}


def handover(loan, moment="departure", *, seen=(), missing=(), note="", **facts):
    payload = {
        "moment": moment, "seen": list(seen), "missing": list(missing), "note": note,
    }  # fmt: skip
    return signed(loan, payload=payload, **facts)


def report(loan, moment="arrival", *, lines=(), note="", **facts):
    rows = [
        {"label": label, "finding": finding, "note": said, "pictures": list(pictures)}
        for label, finding, said, pictures in lines
    ]
    payload = {"moment": moment, "lines": rows, "note": note}
    return signed(loan, payload=payload, kind="report", **facts)
