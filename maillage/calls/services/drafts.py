"""Writing an application: by several people at once, nobody's words are lost.

A page says which revision of an answer it had seen, and what that answer was. What it
writes over words that it had not seen does not replace them: it is put aside, and the
authors choose. What it shows and did not touch is nothing that it writes. What one open
page sends twice is written once.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from maillage.accounts.models import User
from maillage.calls.budgets import balance_of
from maillage.calls.choices import ApplicationState, Role
from maillage.calls.definition import Definition, Question
from maillage.calls.models import Application
from maillage.calls.reading import is_typed, read
from maillage.calls.services.rules import definition_of
from maillage.core.errors import Refused
from maillage.territories.choices import DensityClass
from maillage.territories.models import Commune

SAVED, SAME, BESIDE, UNKNOWN = "saved", "same", "beside", "unknown"
#: Somebody else changed it; this page did not.
THEIRS = "theirs"
RURAL = (DensityClass.RURAL, DensityClass.VERY_RURAL)
#: Words put aside for one question; the oldest of more are given up.
MOST_ASIDES = 10
#: Columns that answers fill by their role.
COLUMNS = (
    "title",
    "summary",
    "requested_cents",
    "total_cents",
    "commune",
    "departments",
    "is_rural",
    "themes",
)
WRITTEN = ("answers", "marks", "asides", "revision", "changed_at", *COLUMNS)


@dataclass(frozen=True)
class Change:
    """What a page holds for one question.

    ``seen`` is the revision that it had seen, ``was`` the ``mark_of`` that answer.
    """

    question: str
    raw: Any
    seen: int = 0
    was: str = ""


@dataclass
class Outcome:
    """What became of each change."""

    application: Application
    states: dict[str, str] = field(default_factory=dict)

    @property
    def beside(self) -> list[str]:
        return [key for key, state in self.states.items() if state == BESIDE]

    @property
    def theirs(self) -> list[str]:
        return [key for key, state in self.states.items() if state == THEIRS]


def mark_of(value: Any) -> str:
    """A short word for an answer, by which a page says what it had been shown."""
    told = json.dumps(value, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(told.encode()).hexdigest()[:12]


def hold(application: Application) -> Application:
    """The application as it is now, held until the transaction ends."""
    rows = Application.objects.select_related("call", "form", "structure", "commune")
    return rows.select_for_update(of=("self",)).get(pk=application.pk)


def open_sections(application: Application, *, now: dt.datetime) -> set[str] | None:
    """Sections that may be written; ``None``: all of them.

    A draft may be written after the hour, it may not be sent. Refuses with ``sent`` or
    ``late``.
    """
    if application.state == ApplicationState.DRAFT:
        return None
    asked = application.revision_requests.filter(ended_at=None).first()
    if application.state != ApplicationState.REVISION or asked is None:
        raise Refused(
            "sent", _("Cette candidature est déposée : elle ne se modifie plus.")
        )
    if now >= asked.until:
        raise Refused("late", _("Le délai pour compléter cette candidature est passé."))
    return set(asked.sections) or None


@transaction.atomic
def save_answers(
    application: Application,
    changes: Sequence[Change],
    *,
    by: User,
    page: str,
    now: dt.datetime,
) -> Outcome:
    """Write what a page sends; refuses with ``sent`` or ``late``."""
    row = hold(application)
    sections = open_sections(row, now=now)
    definition = definition_of(row)
    questions = definition.questions()
    outcome = Outcome(row)
    for change in changes:
        question = questions.get(change.question)
        place = definition.section_of(change.question)
        if question is None or place is None:
            outcome.states[change.question] = keep_lost(row, change, by=by, now=now)
        elif sections is None or place.id in sections:
            state = write(row, question, change, by=by, page=page, now=now)
            outcome.states[change.question] = state
    if {SAVED, BESIDE} & set(outcome.states.values()):
        fill_columns(row, definition)
        row.revision += 1
        row.changed_at = now
        row.save(update_fields=WRITTEN)
    return outcome


def write(
    row: Application,
    question: Question,
    change: Change,
    *,
    by: User,
    page: str,
    now: dt.datetime,
) -> str:
    """Write one answer, or put it aside when its page had not seen what is there.

    A page that still holds what it was shown leaves what somebody else wrote since.
    """
    value = read(question, change.raw)
    there = row.answers.get(question.id)
    if value == there:
        return SAME
    mark = row.marks.get(question.id, {})
    if mark.get("n", 0) > change.seen and mark.get("page") != page:
        if change.was == mark_of(value):
            return THEIRS
        put_aside(row, question, value, by=by.get_full_name(), now=now)
        return BESIDE
    row.answers[question.id] = value
    row.marks[question.id] = {
        "n": mark.get("n", 0) + 1,
        "by": by.get_full_name(),
        "at": now.isoformat(),
        "page": page,
    }
    return SAVED


def put_aside(
    row: Application, question: Question, value: Any, *, by: str, now: dt.datetime
) -> None:
    """Keep the words of a second author, once."""
    kept = row.asides.setdefault(question.id, [])
    if value is None or any(one["value"] == value for one in kept):
        return
    # somebody goes on typing: what they wrote a moment ago is a part of it
    kept[:] = [one for one in kept if not goes_on(one, value, by=by)]
    kept.append(
        {
            "value": value,
            "by": by,
            "at": now.isoformat(),
            "label": question.label,
            "kind": str(question.kind),
        }
    )
    del kept[:-MOST_ASIDES]


def goes_on(kept: dict[str, Any], value: Any, *, by: str) -> bool:
    texts = isinstance(kept["value"], str) and isinstance(value, str)
    return texts and kept["by"] == by and value.startswith(kept["value"])


def keep_lost(row: Application, change: Change, *, by: User, now: dt.datetime) -> str:
    """Keep what a page wrote to a question that a new version no longer has."""
    text = change.raw if isinstance(change.raw, str) else ""
    if not text.strip() or change.question not in row.asides:
        return UNKNOWN
    label = row.asides[change.question][-1].get("label", change.question)
    question = Question(change.question, "text", label)
    put_aside(row, question, read(question, text), by=by.get_full_name(), now=now)
    return BESIDE


def fill_columns(row: Application, definition: Definition) -> None:
    """Read title, amounts, place and themes where the form says that they are."""
    found = {
        role: row.answers.get(question.id)
        for role in Role.values
        if role and (question := definition.with_role(role))
    }
    asked, budget = found.get(Role.REQUESTED), found.get(Role.BUDGET)
    row.title = words(found.get(Role.TITLE))[:200]
    row.summary = words(found.get(Role.SUMMARY))
    row.requested_cents = asked if isinstance(asked, int) else None
    row.total_cents = balance_of(budget).expenses if budget else None
    row.themes = codes(found.get(Role.THEMES))
    code = words(found.get(Role.COMMUNE))
    row.commune = Commune.objects.filter(pk=code).first() if code else None
    row.is_rural = row.commune is not None and row.commune.density_class in RURAL
    own = [row.commune.department_id] if row.commune else []
    row.departments = codes(found.get(Role.DEPARTMENTS)) or own


def words(value: Any) -> str:
    return value if isinstance(value, str) else ""


def codes(value: Any) -> list[str]:
    return value if isinstance(value, list) and not is_typed(value) else []


@transaction.atomic
def settle_aside(
    application: Application,
    question: str,
    index: int,
    *,
    take: bool,
    by: User,
    now: dt.datetime,
) -> Application:
    """Take words that were put aside instead of those that are there, or drop them.

    What is replaced goes aside in turn: nothing is lost by a mistake. Refuses with
    ``sent``, ``late``, ``gone``.
    """
    row = hold(application)
    sections = open_sections(row, now=now)
    kept = row.asides.get(question, [])
    if not 0 <= index < len(kept):
        raise Refused("gone", _("Ce texte a déjà été repris ou écarté."))
    definition = definition_of(row)
    spec, place = definition.questions().get(question), definition.section_of(question)
    may = sections is None or (place is not None and place.id in sections)
    if take and (spec is None or not may):
        raise Refused("gone", _("Cette question n’est plus posée : copiez ce texte."))
    chosen = kept.pop(index)
    if take and spec is not None:
        there, mark = row.answers.get(question), row.marks.get(question, {})
        row.answers[question] = chosen["value"]
        row.marks[question] = {
            "n": mark.get("n", 0) + 1,
            "by": by.get_full_name(),
            "at": now.isoformat(),
            "page": "",
        }
        put_aside(row, spec, there, by=mark.get("by", ""), now=now)
    if not row.asides.get(question):
        row.asides.pop(question, None)
    fill_columns(row, definition)
    row.revision += 1
    row.changed_at = now
    row.save(update_fields=WRITTEN)
    return row
