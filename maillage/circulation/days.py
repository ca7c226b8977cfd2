"""The days of copies as calendars show them: what each day is taken for."""

import calendar as months
import datetime as dt
import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _, gettext_lazy

from maillage.circulation.calendars import DAY, Calendar, calendars_of
from maillage.circulation.choices import HoldKind
from maillage.circulation.models import Closure, Copy, Hold, LendingRules
from maillage.core.context import region
from maillage.core.dates import day_words
from maillage.territories.models import Holiday, SchoolHoliday

#: What a day may be taken for, in the words of the legend.
KINDS: dict[str, str | Promise] = {
    "loan": gettext_lazy("prêt, ouvert au public"),
    "transport": gettext_lazy("transport"),
    "setup": gettext_lazy("montage"),
    "takedown": gettext_lazy("démontage"),
    "buffer": gettext_lazy("vérification"),
    "late": gettext_lazy("en retard"),
    "maintenance": gettext_lazy("entretien"),
    "own_use": gettext_lazy("gardé par le propriétaire"),
    "breakdown": gettext_lazy("panne"),
    "taken": gettext_lazy("pris"),
}


@dataclass(frozen=True)
class Spell:
    """Days in a row that one copy is taken for one thing, ``[starts_on, ends_on)``."""

    copy: Copy
    kind: str
    starts_on: dt.date
    ends_on: dt.date
    hold: Hold | None = None
    who: str = ""

    @property
    def label(self) -> str:
        return str(KINDS[self.kind])

    @property
    def last_day(self) -> dt.date:
        return self.ends_on - DAY

    @property
    def url(self) -> str:
        loan = self.hold.loan if self.hold else None
        return loan.get_absolute_url() if loan else ""


@dataclass(frozen=True)
class Mark:
    """One day of a spell; the text is written on its first day of a week."""

    spell: Spell
    is_first: bool


@dataclass(frozen=True)
class Day:
    """One cell of a calendar."""

    date: dt.date
    is_inside: bool
    is_today: bool
    is_open: bool
    notes: list[str]
    marks: list[Mark]
    free: int
    total: int

    @property
    def taken(self) -> int:
        return self.total - self.free

    @property
    def status(self) -> str:
        """What the public reads: free, some, none, and nothing without a copy."""
        if not self.total:
            return ""
        if not self.free:
            return "none"
        return "all" if self.free == self.total else "some"

    @property
    def kind(self) -> str:
        return self.marks[0].spell.kind if self.marks else ""

    @property
    def text(self) -> str:
        """The whole cell in words, for those who hear it."""
        day = day_words(self.date, "j F")
        parts = [mark.spell.label for mark in self.marks] or [self.status_label]
        return f"{day} : {', '.join(dict.fromkeys([*parts, *self.notes]))}"

    @property
    def status_label(self) -> str:
        if self.status == "some":
            return _("%(free)s sur %(total)s libres") % {
                "free": self.free, "total": self.total,
            }  # fmt: skip
        return {"all": _("libre"), "none": _("pris")}.get(self.status, "")


@dataclass(frozen=True)
class Month:
    """A month of whole weeks, Monday first."""

    first: dt.date
    weeks: list[list[Day]]
    spells: list[Spell] = field(default_factory=list)

    @property
    def days(self) -> list[Day]:
        return [day for week in self.weeks for day in week if day.is_inside]

    @property
    def kinds(self) -> list[tuple[str, str | Promise]]:
        found = {spell.kind for spell in self.spells}
        return [(kind, label) for kind, label in KINDS.items() if kind in found]


def month_of(day: dt.date) -> dt.date:
    return day.replace(day=1)


def months_on(first: dt.date, number: int) -> dt.date:
    """The first day of the month that is ``number`` months away."""
    count = first.year * 12 + first.month - 1 + number
    return dt.date(count // 12, count % 12 + 1, 1)


def holds_of(copies: Iterable[Copy], *, start: dt.date, end: dt.date) -> QuerySet[Hold]:
    """Holds of copies that touch [start, end), with all that a calendar says of them."""
    rows = Hold.objects.filter(copy__in=copies).overlapping(start, end)
    return rows.select_related("loan__host__commune", "maintenance").order_by(
        "starts_on", "pk"
    )


def cut(hold: Hold, *, copy: Copy, calendar: Calendar, buffer_days: int) -> list[Spell]:
    """A hold in its parts: on the road, set up, shown, taken down, checked."""
    loan = hold.loan
    if loan is None:
        work = hold.maintenance.text if hold.maintenance else hold.note
        return [Spell(copy, hold.kind, hold.starts_on, hold.ends_on, hold, work)]
    up = calendar.back(loan.starts_on, open_days=copy.setup_days)
    down = calendar.forth(loan.ends_on, open_days=copy.takedown_days)
    checked = calendar.back(loan.free_on, open_days=buffer_days)
    edges = [
        ("transport", hold.starts_on),
        ("setup", max(up, hold.starts_on)),
        ("loan", loan.starts_on),
        ("takedown", loan.ends_on),
        ("transport", min(down, hold.ends_on)),
        ("buffer", max(min(checked, hold.ends_on), min(down, hold.ends_on))),
        ("late", min(max(loan.free_on, down), hold.ends_on)),
        ("", hold.ends_on),
    ]
    return [
        Spell(copy, kind, start, end, hold, str(loan.host))
        for (kind, start), (_next, end) in itertools.pairwise(edges)
        if start < end
    ]


def spells_of(
    copies: Sequence[Copy],
    *,
    start: dt.date,
    end: dt.date,
    calendars: Mapping[int, Calendar],
    in_full: bool,
) -> list[Spell]:
    """What takes the copies in [start, end); who and why only ``in_full``.

    ``calendars`` are those of the owners around these days.
    """
    by_pk = {copy.pk: copy for copy in copies}
    rows = list(holds_of(copies, start=start, end=end))
    if not in_full:
        return [
            Spell(by_pk[row.copy_id], "taken", row.starts_on, row.ends_on)
            for row in rows
        ]
    buffers = dict(
        LendingRules.objects.filter(structure__in=calendars).values_list(
            "structure", "buffer_days"
        )
    )
    found = []
    for row in rows:
        copy = by_pk[row.copy_id]
        owner = copy.resource.owner_id
        found += cut(
            row, copy=copy, calendar=calendars[owner],
            buffer_days=buffers.get(owner, LendingRules().buffer_days),
        )  # fmt: skip
    return [spell for spell in found if spell.starts_on < end and spell.ends_on > start]


def notes_between(
    owners: Iterable[int], *, start: dt.date, end: dt.date
) -> dict[dt.date, list[str]]:
    """What closes or marks the days: holidays, schools, closures."""
    found: dict[dt.date, list[str]] = {}
    for row in Holiday.objects.all().between(start, end):
        found.setdefault(row.day, []).append(row.name)
    zones = region()["holiday_zones"]
    schools = SchoolHoliday.objects.filter(zone__in=zones[:1])
    for pause in schools.overlapping(start, end):
        mark_days(found, pause.starts_on, pause.ends_on, _("vacances scolaires"))
    shut = Closure.objects.filter(
        structure__in=owners, starts_on__lt=end, ends_on__gt=start
    )
    for closure in shut:
        mark_days(
            found, max(closure.starts_on, start), min(closure.ends_on, end),
            closure.reason or _("dépôt fermé"),
        )  # fmt: skip
    return found


def mark_days(
    found: dict[dt.date, list[str]], start: dt.date, end: dt.date, text: str
) -> None:
    for number in range((end - start).days):
        found.setdefault(start + dt.timedelta(number), []).append(text)


def build_months(
    copies: Sequence[Copy],
    *,
    first: dt.date,
    count: int,
    today: dt.date,
    in_full: bool,
) -> list[Month]:
    """Calendars of ``count`` months; the same queries for one month or twelve."""
    last = months_on(first, count)
    start, end = first - dt.timedelta(6), last + dt.timedelta(6)
    owners = {copy.resource.owner_id: copy.resource.owner for copy in copies}
    calendars = calendars_of(owners.values(), start=start, end=end)
    spells = spells_of(
        copies, start=start, end=end, calendars=calendars, in_full=in_full
    )
    notes = notes_between(owners, start=start, end=end)
    calendar = Calendar()
    if len(calendars) == 1:
        (calendar,) = calendars.values()
        if in_full and calendar.shuttle:
            for number in range((end - start).days):
                day = start + dt.timedelta(number)
                if calendar.ships(day):
                    notes.setdefault(day, []).append(_("navette"))
    taken = days_taken(spells)
    starts = [months_on(first, number) for number in range(count)]
    return [
        one_month(
            start, spells=spells, taken=taken, notes=notes, calendar=calendar,
            total=len(copies), today=today,
        )
        for start in starts
    ]  # fmt: skip


def days_taken(spells: Iterable[Spell]) -> dict[dt.date, list[Spell]]:
    found: dict[dt.date, list[Spell]] = {}
    for spell in spells:
        for number in range((spell.ends_on - spell.starts_on).days):
            found.setdefault(spell.starts_on + dt.timedelta(number), []).append(spell)
    return found


def one_month(
    first: dt.date,
    *,
    spells: Sequence[Spell],
    taken: Mapping[dt.date, list[Spell]],
    notes: Mapping[dt.date, list[str]],
    calendar: Calendar,
    total: int,
    today: dt.date,
) -> Month:
    def day_of(date: dt.date) -> Day:
        here = taken.get(date, [])
        return Day(
            date=date,
            is_inside=date.month == first.month,
            is_today=date == today,
            is_open=calendar.is_open(date),
            notes=notes.get(date, []),
            marks=[
                Mark(spell, date in (spell.starts_on, first) or date.weekday() == 0)
                for spell in here
            ],
            free=total - len({spell.copy.pk for spell in here}),
            total=total,
        )

    weeks = months.Calendar().monthdatescalendar(first.year, first.month)
    end = months_on(first, 1)
    inside = [s for s in spells if s.starts_on < end and s.ends_on > first]
    return Month(first, [[day_of(date) for date in week] for week in weeks], inside)


def merged(spells: Sequence[Spell]) -> list[Any]:
    """For the list under a calendar: one line a hold, with its parts."""
    lines: dict[Any, list[Spell]] = {}
    for spell in spells:
        key = spell.hold.pk if spell.hold else (spell.copy.pk, spell.starts_on)
        lines.setdefault(key, []).append(spell)
    return [
        {
            "copy": parts[0].copy,
            "first": min(part.starts_on for part in parts),
            "last": max(part.last_day for part in parts),
            "main": next((p for p in parts if p.kind == "loan"), parts[0]),
            "parts": parts if len(parts) > 1 else [],
            "may_free": bool(parts[0].hold and parts[0].hold.kind == HoldKind.OWN_USE),
        }
        for parts in lines.values()
    ]
