"""What the pages of followed agendas show: plans in words, both sides of a field."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _, gettext_lazy, ngettext

from maillage.agenda.choices import Mode, Status
from maillage.agenda.models import Feed, Remote
from maillage.agenda.services.exchange import (
    Plan,
    Step,
    disputed_fields,
    pending,
    plan_feed,
    still,
)
from maillage.agenda.services.exchange_told import LABELS, Time, told_of
from maillage.core.dates import day_words
from maillage.core.errors import Refused
from maillage.territories.models import Commune

#: Rows of a plan that are listed; the counts say the rest.
SHOWN = 100

TITLES: dict[str, str | Promise] = {
    "new": gettext_lazy("Nouveaux"),
    "changed": gettext_lazy("Modifiés dans la source"),
    "conflict": gettext_lazy("Modifiés des deux côtés : vous choisirez"),
    "gone": gettext_lazy("Disparus de la source : vous direz ce qu’il en est"),
    "stale": gettext_lazy("Plus anciens que ce que nous avons : laissés"),
    "same": gettext_lazy("Sans changement"),
}


@dataclass(frozen=True)
class Line:
    """An event of a plan; fields that are taken and that are to be settled."""

    name: str
    taken: str
    disputed: str


@dataclass(frozen=True)
class Group:
    """Events to which the same happens."""

    title: str | Promise
    lines: list[Line]
    count: int

    @property
    def more(self) -> int:
        return self.count - len(self.lines) if self.lines else 0


@dataclass(frozen=True)
class Side:
    """A field that both sides changed, in words."""

    name: str
    label: str | Promise
    before: str
    ours: str
    theirs: str


def groups(plan: Plan) -> list[Group]:
    """What a plan does, sort by sort; events without change are only counted."""
    found = []
    for action, title in TITLES.items():
        steps = [step for step in plan.steps if step.action == action]
        if steps:
            listed = [] if action == "same" else steps[:SHOWN]
            found.append(Group(title, [line(step) for step in listed], len(steps)))
    return found


def line(step: Step) -> Line:
    return Line(step.name, fields_in_words(step.taken), fields_in_words(step.disputed))


def fields_in_words(names: Iterable[str]) -> str:
    return ", ".join(str(LABELS[name]).lower() for name in names)


def waiting_plan(feed: Feed, *, now: dt.datetime) -> dict[str, Any]:
    """The plan of the file that waits, or why it cannot be read."""
    try:
        plan = plan_feed(feed, pending(feed, now=now), now=now)
    except Refused as no:
        return {"refused": no.message}
    writes = sum(count for action, count in plan.counts.items() if action not in ("same", "stale"))  # fmt: skip
    return {"plan": plan, "groups": groups(plan), "writes": writes,
            "troubles": plan.troubles[:SHOWN]}  # fmt: skip


def outcome(plan: Plan) -> str:
    """What was done, in one sentence."""
    counts = plan.counts
    parts = []
    if n := counts.get("new", 0):
        parts.append(ngettext("%(n)s nouvel événement", "%(n)s nouveaux événements", n) % {"n": n})  # fmt: skip
    if n := counts.get("changed", 0):
        parts.append(ngettext("%(n)s mis à jour", "%(n)s mis à jour", n) % {"n": n})
    if n := counts.get("conflict", 0):
        parts.append(ngettext("%(n)s à trancher", "%(n)s à trancher", n) % {"n": n})
    if n := counts.get("gone", 0):
        parts.append(ngettext("%(n)s disparu de la source", "%(n)s disparus de la source", n) % {"n": n})  # fmt: skip
    if not parts:
        return _("L’agenda est à jour : rien n’a changé.")
    return _("L’agenda est lu : %(what)s.") % {"what": ", ".join(parts)}


def sides(remote: Remote, *, now: dt.datetime) -> list[Side]:
    """Fields to settle, with what they were, what we say and what the source says."""
    if remote.event is None:
        return []
    base, theirs = still(remote.base, now), still(remote.current, now)
    ours = still(told_of(remote.event).values(), now)
    return [
        Side(
            name,
            LABELS[name],
            in_words(name, base.get(name)),
            in_words(name, ours[name]),
            in_words(name, theirs.get(name)),
        )
        for name in disputed_fields(remote, now=now)
    ]


def in_words(name: str, value: Any) -> str:
    """A value as people read it; nothing is a dash."""
    if value is None or value in ("", []):
        return "—"
    if name == "times":
        return "\n".join(time_words(Time.of_row(row)) for row in value)
    if name == "mode":
        return str(Mode(value).label)
    if name == "status":
        return str(Status(value).label)
    if name == "commune":
        row = Commune.objects.filter(insee=value).first()
        return row.name if row else str(value)
    if isinstance(value, bool):
        return _("oui") if value else _("non")
    return str(value)


def time_words(time: Time) -> str:
    start, end = (
        timezone.localtime(moment) for moment in (time.starts_at, time.ends_at)
    )
    if time.is_all_day:
        return day_words(start.date())
    if start.date() == end.date():
        return f"{day_words(start.date())}, {start:%H:%M}–{end:%H:%M}"
    return f"{day_words(start.date())}, {start:%H:%M} – {day_words(end.date())}, {end:%H:%M}"  # fmt: skip
