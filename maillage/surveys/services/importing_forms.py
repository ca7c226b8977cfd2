"""A questionnaire from a file: read, compared, then put in the place of the draft."""

import datetime as dt
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.core import signing
from django.utils.translation import gettext as _, gettext_lazy

from maillage.core.errors import Refused
from maillage.core.intake.files import clean
from maillage.surveys.checks import MAX_PARTS, check
from maillage.surveys.definition import BadDefinition, Definition, from_json, to_json
from maillage.surveys.differences import (
    ADDED,
    CHANGED,
    MOVED,
    REMOVED,
    Difference,
    differences,
)
from maillage.surveys.models import Version
from maillage.surveys.services.questionnaires import (
    broken_kinds,
    definition_of,
    replace_definition,
)
from maillage.surveys.xlsform import read_xlsform
from maillage.surveys.xlsform_sheets import Trouble

SALT = "maillage.surveys.import"
#: A plan that was shown is applied within this time.
MAX_AGE = dt.timedelta(days=1)
COUNTED = {
    ADDED: gettext_lazy("nouvelles"),
    CHANGED: gettext_lazy("modifiées"),
    MOVED: gettext_lazy("déplacées"),
    REMOVED: gettext_lazy("supprimées"),
}


@dataclass
class Plan:
    """What a file would change in a draft; nothing is written yet."""

    definition: Definition | None = None
    troubles: list[Trouble] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    changes: list[Difference] = field(default_factory=list)
    #: Questions that would need a declared break.
    breaks: list[str] = field(default_factory=list)
    token: str = ""

    @property
    def counts(self) -> list[tuple[str, int]]:
        """How many parts are new, changed, moved, taken away."""
        found = Counter(one.sort for one in self.changes)
        return [(str(COUNTED[sort]), found[sort]) for sort in COUNTED if found[sort]]

    @property
    def is_same(self) -> bool:
        return self.definition is not None and not self.changes


def plan_import(version: Version, data: bytes) -> Plan:
    """Say what a file would change. Refuses with the codes of ``read_xlsform``."""
    plan = read_json(data) if data.lstrip()[:1] == b"{" else read_workbook(data)
    if plan.definition is not None:
        plan.changes = differences(definition_of(version), plan.definition)
        plan.breaks = broken_kinds(version, plan.definition)
        held = {
            "version": version.pk,
            "revision": version.revision,
            "definition": to_json(plan.definition),
        }
        plan.token = signing.dumps(held, salt=SALT, compress=True)
    return plan


def read_workbook(data: bytes) -> Plan:
    reading = read_xlsform(data)
    return Plan(reading.definition, reading.troubles, reading.notes)


def read_json(data: bytes) -> Plan:
    try:
        told = json.loads(data)
        if any(clean(text) != text.strip() for text in texts_in(told)):
            message = _(
                "Ce fichier contient des caractères qu’aucun texte ne contient."
            )
            return Plan(troubles=[Trouble("JSON", 0, "", message)])
        found = from_json(told)
    except (ValueError, RecursionError) as error:
        place = error.place if isinstance(error, BadDefinition) else ""
        message = _("Ce fichier JSON n’est pas un questionnaire : %s") % error
        return Plan(troubles=[Trouble("JSON", 0, place, message)])
    if sum(1 for _step in found.walk()) > MAX_PARTS:
        message = _("Plus de %d parties.") % MAX_PARTS
        return Plan(troubles=[Trouble("JSON", 0, "", message)])
    problems = check(found)
    if problems:
        return Plan(
            troubles=[
                Trouble("JSON", 0, problem.place, problem.message)
                for problem in problems
            ]
        )
    return Plan(found)


def texts_in(thing: Any) -> Iterator[str]:
    """Every text of a JSON value, keys too."""
    if isinstance(thing, str):
        yield thing
    elif isinstance(thing, dict | list):
        for one in thing:
            yield from texts_in(one)
        if isinstance(thing, dict):
            yield from texts_in([*thing.values()])


def apply_import(version: Version, token: str, *, by: Any, now: dt.datetime) -> Version:
    """Apply a plan that was shown.

    Refuses with ``expired``, ``stale``, ``gone`` or ``frozen``.
    """
    try:
        held = signing.loads(token, salt=SALT, max_age=MAX_AGE)
    except signing.BadSignature:
        message = _("Cette vérification n’est plus valable : envoyez le fichier.")
        raise Refused("expired", message) from None
    if held["version"] != version.pk:
        message = _("Le questionnaire a changé entre-temps : vérifiez de nouveau.")
        raise Refused("stale", message)
    return replace_definition(
        version,
        from_json(held["definition"]),
        revision=held["revision"],
        by=by,
        now=now,
    )
