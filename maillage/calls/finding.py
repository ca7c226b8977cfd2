"""Calls and programmes of others by their words, as the search of the site reads words."""

import datetime as dt
from collections.abc import Iterable

from maillage.calls.choices import CallPhase
from maillage.calls.models import Call, FundingProgramme
from maillage.core import vocab
from maillage.core.finding import all_held, asked_words

#: What people also say for it.
CALL_WORDS = "appel à projets candidature subvention aide financement"
PROGRAMME_WORDS = "programme financement subvention fonds"
PHASES = [CallPhase.OPEN, CallPhase.COMING, CallPhase.CLOSED]
CALL_FIELDS = (
    "title", "slug", "edition", "summary", "text", "themes", "state", "opens_at",
    "closes_at", "budget_cents", "is_example",
)  # fmt: skip


def find_calls(text: str, *, now: dt.datetime, by_name: bool = False) -> list[Call]:
    """Published calls with every word of a text: open ones first, the last closed last.

    ``by_name``: only those that are named so, and that are not over.
    """
    asked = asked_words(text)
    if not asked:
        return []
    rows = Call.objects.all().published().only(*CALL_FIELDS)
    found = []
    for call in rows:
        is_over = call.is_cancelled or call.phase(now) == CallPhase.CLOSED
        if by_name:
            held = not is_over and all_held(asked, call.title)
        else:
            held = all_held(asked, words_about(call))
        if held:
            found.append(call)
    return sorted(found, key=lambda call: rank_of(call, now=now))


def words_about(call: Call) -> str:
    themes = " ".join(vocab.labels("themes", call.themes))
    parts = (call.title, call.edition, call.summary, call.text, themes, CALL_WORDS)
    return " ".join(parts)


def rank_of(call: Call, *, now: dt.datetime) -> tuple[int, float]:
    """Open ones by their closing, those to come by their opening, then the latest."""
    phase = CallPhase.CLOSED if call.is_cancelled else call.phase(now)
    if phase == CallPhase.CLOSED:
        return PHASES.index(phase), -call.closes_at.timestamp()
    when = call.closes_at if phase == CallPhase.OPEN else call.opens_at
    return PHASES.index(phase), when.timestamp()


def find_programmes(
    rows: Iterable[FundingProgramme], text: str
) -> list[FundingProgramme]:
    """Programmes of others with every word of a text."""
    asked = asked_words(text)
    return [row for row in rows if asked and all_held(asked, programme_words(row))]


def programme_words(row: FundingProgramme) -> str:
    themes = " ".join(vocab.labels("themes", row.themes))
    family = str(row.get_family_display())
    parts = (row.name, row.manager, row.summary, family, themes, PROGRAMME_WORDS)
    return " ".join(parts)
