"""Freeze the plan's figures for the committee, and check that they are those."""

import datetime as dt
import hashlib
import json
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from maillage.core.errors import Refused
from maillage.plan.models import FrozenFile
from maillage.plan.services.board import board_data
from maillage.plan.services.reading import read_in_force


def canonical(data: Any) -> str:
    """One text for equal data: sorted names, no spaces, no number with a point."""
    return json.dumps(
        data, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    )


def digest_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@transaction.atomic
def freeze(
    *, year: int, title: str, by: Any, now: dt.datetime, today: dt.date
) -> FrozenFile:
    """Keep the plan as it is today. Refuses with ``forbidden`` or ``no_plan``."""
    if not by.is_agency:
        raise Refused("forbidden", _("Seule l’agence peut figer un dossier."))
    reading = read_in_force(today=today)
    if reading is None:
        raise Refused("no_plan", _("Aucun plan n’est chargé."))
    text = canonical(board_data(reading, today=today))
    return FrozenFile.objects.create(
        plan=reading.plan,
        year=year,
        title=title,
        taken_at=now,
        taken_by=by,
        content=text,
        digest=digest_of(text),
    )


def reopened(file: FrozenFile) -> dict[str, Any]:
    """The figures of its day."""
    found: dict[str, Any] = json.loads(file.content)
    return found


def is_intact(file: FrozenFile) -> bool:
    """Whether its text is the one that was frozen, computed anew."""
    return digest_of(file.content) == file.digest
