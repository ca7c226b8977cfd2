"""Scenarios of siting: made, changed one step at a time, decided."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from maillage.core.errors import Refused
from maillage.observatory.choices import ScenarioState
from maillage.observatory.models import SitingScenario
from maillage.observatory.services.access import Choice
from maillage.observatory.services.siting import what_if

#: What a decision keeps of the figures, so that it can be read years later.
KEPT = ("mean", "median", "gini", "theil", "palma", "under", "none")


def create(
    *,
    name: str,
    question: str,
    choice: Choice,
    month: dt.date,
    changes: Sequence[dict[str, Any]] = (),
    by: Any,
    now: dt.datetime,
) -> SitingScenario:
    """A scenario to study, with the changes that it starts from."""
    return SitingScenario.objects.create(
        name=name,
        question=question,
        choice=asdict(choice) | {"month": month.isoformat()},
        changes=list(changes),
        made_by=by,
        made_at=now,
    )


def asked_of(scenario: SitingScenario) -> tuple[Choice, dt.date]:
    """Whose access to what, and in which month, a scenario looks at."""
    told = dict(scenario.choice)
    month = dt.date.fromisoformat(told.pop("month"))
    return Choice(**told), month


def add_changes(
    scenario: SitingScenario, changes: Sequence[dict[str, Any]], *, revision: int
) -> SitingScenario:
    """Append changes to those that the page showed.

    Raises :class:`Refused`: ``stale`` when somebody else has changed it since,
    ``decided`` once it is kept or dropped, and what :func:`what_if` refuses.
    """
    with transaction.atomic():
        row = lock(scenario, revision=revision)
        row.changes = merged([*row.changes, *changes])
        check(row)
        return store(row)


def remove_change(
    scenario: SitingScenario, rank: int, *, revision: int
) -> SitingScenario:
    """Take one change back; raises as :func:`add_changes`."""
    with transaction.atomic():
        row = lock(scenario, revision=revision)
        if 0 <= rank < len(row.changes):
            gone = row.changes.pop(rank)
            # What was done to a place that is added no more goes with it.
            if gone["act"] == "add":
                row.changes = [c for c in row.changes if c["site"] != gone["site"]]
        return store(row)


def decide(
    scenario: SitingScenario,
    *,
    state: str,
    reasons: str,
    revision: int,
    by: Any,
    now: dt.datetime,
) -> SitingScenario:
    """Keep or drop it, with the reasons and the figures of the day.

    Raises :class:`Refused`: ``state`` for anything else, ``reasons`` without a word,
    ``stale``, ``decided``.
    """
    if state not in {ScenarioState.KEPT, ScenarioState.DROPPED}:
        raise Refused("state", _("Choisissez « retenir » ou « écarter »."))
    if not reasons.strip():
        raise Refused("reasons", _("Dites pourquoi : la raison reste au registre."))
    with transaction.atomic():
        row = lock(scenario, revision=revision)
        choice, month = asked_of(row)
        told = what_if(choice, row.changes, month=month).told()
        row.results = {
            "gainers": told["gainers"],
            "losers": told["losers"],
            **{
                side: {k: told[side].get(k) for k in KEPT}
                for side in ("before", "after")
            },
        }
        row.state, row.reasons = state, reasons.strip()
        row.decided_by, row.decided_at = by, now
        return store(row)


def lock(scenario: SitingScenario, *, revision: int) -> SitingScenario:
    rows = SitingScenario.objects.select_for_update(of=("self",))
    row = rows.get(pk=scenario.pk)
    if row.state != ScenarioState.DRAFT:
        raise Refused("decided", _("Ce scénario est décidé : il ne change plus."))
    if row.revision != revision:
        raise Refused(
            "stale",
            _(
                "Quelqu’un d’autre vient de modifier ce scénario. Voici son état ; "
                "refaites votre changement s’il manque."
            ),
        )
    return row


def store(row: SitingScenario) -> SitingScenario:
    row.revision += 1
    row.save()
    return row


def check(row: SitingScenario) -> None:
    choice, month = asked_of(row)
    what_if(choice, row.changes, month=month)


def merged(changes: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Later moves of one place replace earlier ones; closing a new place removes it."""
    found: list[dict[str, Any]] = []
    for rank, change in enumerate(changes):
        site = str(change.get("site") or fresh_key(found, rank))
        one = {**change, "site": site}
        added = next(
            (c for c in found if c["site"] == site and c["act"] == "add"), None
        )
        if one["act"] == "move" and added:
            added |= {"lon": one["lon"], "lat": one["lat"]}
            continue
        if one["act"] == "move":
            found = [c for c in found if (c["site"], c["act"]) != (site, "move")]
        if one["act"] == "close" and added:
            found = [c for c in found if c["site"] != site]
            continue
        found.append(one)
    return found


def fresh_key(changes: Sequence[dict[str, Any]], rank: int) -> str:
    """A name for a new place that no other place of the scenario has."""
    taken = {change["site"] for change in changes}
    while f"new-{rank}" in taken:
        rank += 1
    return f"new-{rank}"
