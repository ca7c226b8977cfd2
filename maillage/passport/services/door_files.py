"""Passages that a phone saved to a file, for it will never see the network again."""

import datetime as dt
import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from maillage.core.errors import Refused
from maillage.directory.models import Place
from maillage.passport.choices import Outcome
from maillage.passport.services.checking import parse, receive_file

MOST, BATCH = 20_000, 500


@dataclass
class Taken:
    """What came of a file: passages by state, and those of other places by place."""

    recorded: int = 0
    again: int = 0
    refused: int = 0
    flagged: int = 0
    bad: int = 0
    elsewhere: Counter[int] = field(default_factory=Counter)


def rows_in(data: bytes) -> list[dict[str, Any]]:
    """The passages of a file. Refuses with ``not_passages`` or ``too_many``."""
    try:
        rows = json.loads(data)["passages"]
        places = [row.get("place") for row in rows]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        rows, places = None, []
    if not isinstance(rows, list) or not all(
        place is None or type(place) is int for place in places
    ):
        raise Refused(
            "not_passages",
            _(
                "Ce n’est pas un fichier de passages. Sur le téléphone, touchez "
                "« Enregistrer ce qui attend dans un fichier » : il s’appelle passages.json."
            ),
        )
    if len(rows) > MOST:
        raise Refused(
            "too_many",
            _("Ce fichier a plus de %(most)s passages : ce n’est pas celui d’un téléphone.")
            % {"most": MOST},
        )  # fmt: skip
    return rows


def take_file(place: Place, data: bytes, *, by: Any, now: dt.datetime) -> Taken:
    """Record the passages of a place that a file holds; the same file twice changes nothing.

    Those of other places are left for the page of theirs. What was taken stays taken if
    this is interrupted: the file is simply sent again. Refuses with ``forbidden``,
    ``not_passages`` or ``too_many``.
    """
    if not Place.objects.published().editable_by(by).filter(pk=place.pk).exists():
        raise Refused(
            "forbidden",
            _(
                "Seuls les membres de la structure du lieu peuvent envoyer ses passages."
            ),
        )
    taken, ours = Taken(), []
    for row in rows_in(data):
        if row.get("place") in {None, place.pk}:
            ours.append(row)
        else:
            taken.elsewhere[row["place"]] += 1
    good, _bad = parse(ours)
    taken.bad = len(ours) - len(good)
    for start in range(0, len(good), BATCH):
        for answer in receive_file(place, good[start : start + BATCH], now=now):
            if answer.state == "again":
                taken.again += 1
                continue
            taken.recorded += 1
            taken.flagged += bool(answer.flag)
            taken.refused += answer.outcome == Outcome.REFUSED
    return taken
