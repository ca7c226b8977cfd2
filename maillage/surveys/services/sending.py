"""From a sheet to a response: sent, opened again, accepted by the agency."""

import datetime as dt
from collections.abc import Container
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from maillage.core.errors import Refused
from maillage.core.records import need_agency
from maillage.surveys.choices import ResponseState, WaveState
from maillage.surveys.models import Answer, Response
from maillage.surveys.services.answering import (
    Writer,
    hold,
    need_time,
    need_writable,
)
from maillage.surveys.services.sheets import Fault, Filled, besides, fill, responses
from maillage.surveys.services.updates import ask_updates


class Incomplete(Refused):
    """The sheet cannot be sent yet; ``faults`` say why, question by question."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("errors", _("Des réponses sont à revoir avant d’envoyer."))
        self.faults = faults


@transaction.atomic
def submit(
    response: Response,
    *,
    consents: Container[str],
    writer: Writer,
    now: dt.datetime,
    today: dt.date,
) -> Filled:
    """Send a sheet: what is asked and answered counts from now on.

    ``consents`` names the fields of the directory that may take over an answer. Refuses
    with ``errors`` (``Incomplete``), ``early``, ``late``, ``closed`` or ``sent``.
    """
    row = hold(response)
    need_writable(row, writer=writer, today=today)
    filled = fill(row)
    sheet = filled.run(today=today)
    if faults := filled.faults(sheet, besides=besides(row)):
        raise Incomplete(faults)
    asked = {place for _spec, place in filled.places() if sheet.asks(*place)}
    counted = [
        answer.pk
        for place, answer in filled.answers.items()
        if place in asked and answer.value is not None
    ]
    row.answers.update(is_counted=False)
    for start in range(0, len(counted), 500):
        Answer.objects.filter(pk__in=counted[start : start + 500]).update(
            is_counted=True
        )
    row.state, row.submitted_at, row.submitted_by = (
        ResponseState.SUBMITTED, now, writer.name[:120],
    )  # fmt: skip
    row.started_at = row.started_at or now
    row.changed_at = now
    row.revision += 1
    row.save(
        update_fields=["state", "submitted_at", "submitted_by", "started_at",
                       "changed_at", "revision"]
    )  # fmt: skip
    ask_updates(filled, sheet, consents=consents, writer=writer, now=now)
    return filled


@transaction.atomic
def reopen(
    response: Response, *, writer: Writer, now: dt.datetime, today: dt.date
) -> Response:
    """Take a sheet back to change it; it counts again once it is sent again.

    Refuses with ``early``, ``late``, ``closed``, ``accepted`` or ``state``.
    """
    row = hold(response)
    need_time(row.unit.wave, writer=writer, today=today)
    if row.state == ResponseState.ACCEPTED and not writer.is_agency:
        raise Refused(
            "accepted",
            _("L’agence a déjà accepté cette réponse : demandez-lui de la rouvrir."),
        )
    if not row.counts:
        raise Refused("state", _("Cette réponse n’est pas envoyée."))
    row.answers.update(is_counted=False)
    row.state, row.accepted_at, row.accepted_by = ResponseState.STARTED, None, None
    row.submitted_at, row.changed_at = None, now
    row.revision += 1
    row.save(
        update_fields=["state", "accepted_at", "accepted_by", "submitted_at",
                       "changed_at", "revision"]
    )  # fmt: skip
    return row


def hold_read(response: Response, *, by: Any) -> Response:
    """A response that the agency decides on, held. Refuses with ``forbidden``."""
    need_agency(by)
    return responses().select_for_update(of=("self",)).get(pk=response.pk)


@transaction.atomic
def accept_response(response: Response, *, by: Any, now: dt.datetime) -> Response:
    """Take a response as read. Refuses with ``forbidden``, ``state`` or ``published``."""
    row = hold_read(response, by=by)
    if row.state != ResponseState.SUBMITTED:
        raise Refused("state", _("Cette réponse n’attend pas d’être acceptée."))
    if row.unit.wave.state == WaveState.PUBLISHED:
        raise Refused("published", _("Les résultats de cette édition sont publiés."))
    row.state, row.accepted_at, row.accepted_by = ResponseState.ACCEPTED, now, by
    row.save(update_fields=["state", "accepted_at", "accepted_by"])
    return row


@transaction.atomic
def write_note(response: Response, *, note: str, by: Any) -> Response:
    """Keep what the agency notes of a response. Refuses with ``forbidden``."""
    row = hold_read(response, by=by)
    row.note = note.strip()
    row.save(update_fields=["note"])
    return row


@transaction.atomic
def set_mode(response: Response, *, mode: str, by: Any) -> Response:
    """Say how a response comes in: on paper, by phone. Refuses with ``forbidden``."""
    row = hold_read(response, by=by)
    row.mode = mode
    row.save(update_fields=["mode"])
    return row


@transaction.atomic
def note_checked(response: Response, *, by: Any, now: dt.datetime) -> Response:
    """The key answers were typed a second time, and were the same."""
    row = hold_read(response, by=by)
    row.checked_at, row.checked_by = now, str(by)[:120]
    row.save(update_fields=["checked_at", "checked_by"])
    return row


def check_again(filled: Filled, typed_again: dict[str, Any]) -> dict[str, Any]:
    """Key answers that were typed otherwise the second time: what there is, by code."""
    return {
        code: filled.value((code, ""))
        for code, value in typed_again.items()
        if filled.value((code, "")) != value
    }
