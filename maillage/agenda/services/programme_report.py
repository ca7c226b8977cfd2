"""What a programme did: events, communes, organisers, how many people came.

How many events there were is public, since the programme is. How many people came is
what organisers declare. A sum of it is published only when it tells of no single
organiser: the declarations that are not for publication pass ``core.disclosure``, an
organiser being the unit; those whose organiser publishes them are added afterwards,
because everybody can subtract them from a total. An organiser who works in several
departments is one unit for the region and one in each department: the total is shown
when both ways of counting show it.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from django.db import transaction
from django.db.models import Prefetch, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from maillage.agenda.choices import OccurrenceState, Status
from maillage.agenda.models import Labelling, Occurrence, Programme
from maillage.agenda.services.label_letters import ask_attendance, department_of
from maillage.core.choices import State
from maillage.core.dates import day_words
from maillage.core.disclosure import TOTAL, Release, Table, Unit, protect, total
from maillage.core.errors import Refused
from maillage.core.records import need_agency
from maillage.core.values import remember
from maillage.territories.models import Department

ONLINE = "online"
EVERYWHERE = "everywhere"
#: Nobody is reminded twice within this time.
PATIENCE = dt.timedelta(days=4)
#: What is over for longer is not asked about by itself.
ASKED_FOR = dt.timedelta(days=60)
MOST_VISITORS = 200_000


@dataclass(frozen=True)
class Amount:
    """A sum that is published, or kept secret; nothing of a secret one is stored."""

    value: int | None
    is_secret: bool = False


@dataclass(frozen=True)
class Line:
    """The figures of one department, or of the whole programme."""

    code: str
    name: str
    events: int
    communes: int
    organisers: int
    declared: int
    visits: Amount
    schools: Amount


@dataclass(frozen=True)
class Report:
    whole: Line
    departments: tuple[Line, ...]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Report":
        return cls(line_from(data["whole"]), tuple(map(line_from, data["departments"])))


def line_from(data: Mapping[str, Any]) -> Line:
    amounts = {name: Amount(**data[name]) for name in ("visits", "schools")}
    return Line(**{**data, **amounts})


def labels_of(programme: Programme) -> list[Labelling]:
    """The labelled events that took place, with the occurrences inside the dates."""
    inside = Occurrence.objects.all().overlapping(
        programme.starts_on, programme.ends_on
    )
    held = inside.exclude(state=OccurrenceState.CANCELLED).order_by("starts_at", "pk")
    rows = programme.labellings.all().granted()
    rows = rows.filter(event__state=State.PUBLISHED)
    rows = rows.exclude(event__status=Status.CANCELLED)
    related = ("event__owner", "event__commune", "event__place__commune", "asked_by")
    return list(
        rows.select_related(*related)
        .prefetch_related(Prefetch("event__occurrences", held))
        .order_by("event__name", "pk")
    )


def report_of(programme: Programme) -> Report:
    """The frozen report, else the figures as they are now."""
    if programme.is_reported:
        return Report.from_json(programme.report)
    return computed(programme)


def computed(programme: Programme) -> Report:
    labels = labels_of(programme)
    sums = {name: amounts(labels, name) for name in ("visits", "schools")}
    names = dict(Department.objects.values_list("code", "name")) | {
        ONLINE: _("En ligne")
    }
    groups: dict[str, list[Labelling]] = defaultdict(list)
    for label in labels:
        groups[area_of(label)].append(label)
    lines = tuple(
        line(code, names.get(code, code), groups[code], sums) for code in sorted(groups)
    )
    return Report(line(TOTAL, programme.name, labels, sums), lines)


def area_of(label: Labelling) -> str:
    return department_of(label.event) or ONLINE


def line(
    code: str,
    name: str,
    labels: list[Labelling],
    sums: Mapping[str, Mapping[str, Amount]],
) -> Line:
    homes = [
        label.event.commune or (label.event.place and label.event.place.commune)
        for label in labels
    ]
    nothing = Amount(None)
    return Line(
        code=code,
        name=name,
        events=len(labels),
        communes=len({home.pk for home in homes if home}),
        organisers=len({label.event.owner_id for label in labels}),
        declared=sum(label.declared_at is not None for label in labels),
        visits=sums["visits"].get(code, nothing),
        schools=sums["schools"].get(code, nothing),
    )


def declared(label: Labelling, name: str) -> int | None:
    """What the organiser declared for the event; ``None``: nothing yet."""
    field = "attendance" if name == "visits" else "school_attendance"
    told = [getattr(one, field) for one in label.event.occurrences.all()]
    known = [value for value in told if value is not None]
    return sum(known) if label.declared_at and known else None


def amounts(labels: Iterable[Labelling], name: str) -> dict[str, Amount]:
    """The sum by department and in all: what may be said of it."""
    public: dict[str, int] = defaultdict(int)
    mine: dict[tuple[int, str], int] = defaultdict(int)
    known: set[str] = set()
    for label in labels:
        value = declared(label, name)
        if value is None:
            continue
        known |= {area_of(label), TOTAL}
        if label.is_attendance_public:
            public[area_of(label)] += value
            public[TOTAL] += value
        else:
            mine[label.event.owner_id, area_of(label)] += value
    by_area = gate(mine, name)
    whole: dict[tuple[int, str], int] = defaultdict(int)
    for (owner, _area), value in mine.items():
        whole[owner, EVERYWHERE] += value
    in_all = gate(whole, name)[name].row(TOTAL)[name] if whole else None
    found = {}
    for code in sorted(known):
        row = by_area[name].row(code)[name] if mine else None
        secret = bool(row and row.is_hidden)
        if code == TOTAL:
            secret = secret or bool(in_all and in_all.is_hidden)
        rest = int(row.value or 0) if row and not secret else 0
        found[code] = Amount(None, True) if secret else Amount(public[code] + rest)
    return found


def gate(values: Mapping[tuple[int, str], int], name: str) -> Release:
    """One figure by area, of organisers that do not publish their own."""
    units = [
        Unit(key=f"{owner}-{area}", codes={"area": area}, values={name: value})
        for (owner, area), value in values.items()
    ]
    return protect([Table(name, by=("area",), asks=(total(name),))], units=units)


# Declaring and closing ---------------------------------------------------------------


@transaction.atomic
def declare_attendance(
    label: Labelling,
    *,
    counts: Mapping[int, tuple[int | None, int | None]],
    is_public: bool,
    now: dt.datetime,
) -> Labelling:
    """Keep how many came to each occurrence, and of these how many with their class.

    ``counts`` is by occurrence. The link of the mail is enough: there is no ``by``.
    Refuses with ``closed``, ``early``, ``unknown`` or ``more``.
    """
    rows = Labelling.objects.select_for_update(of=("self",)).select_related("programme")
    row = rows.all().granted().filter(pk=label.pk).first()
    if row is None or row.programme.is_reported:
        raise Refused(
            "closed", _("Le bilan est arrêté : les chiffres ne changent plus.")
        )
    today = timezone.localdate(now)
    mine = Occurrence.objects.filter(event=row.event_id)
    inside = mine.overlapping(row.programme.starts_on, row.programme.ends_on)
    held = {one.pk: one for one in inside.exclude(state=OccurrenceState.CANCELLED)}
    for pk, (came, pupils) in counts.items():
        one = held.get(pk)
        if one is None:
            raise Refused("unknown", _("Cette séance n’est pas de cet événement."))
        if one.starts_on > today and came is not None:
            raise Refused("early", _("Une séance à venir n’a pas encore de public."))
        if pupils is not None and (came is None or pupils > came):
            raise Refused(
                "more", _("Les élèves font partie du public : leur nombre ne le dépasse pas.")
            )  # fmt: skip
        one.attendance, one.school_attendance = came, pupils
        one.reported_at = now if came is not None else None
        one.save(update_fields=["attendance", "school_attendance", "reported_at"])
    row.declared_at = now if any(one.reported_at for one in held.values()) else None
    row.is_attendance_public = is_public
    row.save(update_fields=["declared_at", "is_attendance_public"])
    return row


@transaction.atomic
def remind_organisers(programme: Programme, *, by: Any, now: dt.datetime) -> int:
    """Write to organisers who have not declared; returns how many events.

    Refuses with ``early`` or ``closed``.
    """
    if programme.is_reported:
        raise Refused("closed", _("Le bilan est arrêté."))
    if timezone.localdate(now) < programme.starts_on:
        raise Refused("early", _("Le temps fort n’a pas encore commencé."))
    mine = programme.labellings.all().in_area_of(by)
    late = Q(reminded_at=None) | Q(reminded_at__lt=now - PATIENCE)
    return ask(programme, late & Q(pk__in=mine.order_by().values("pk")), now=now)


@transaction.atomic
def ask_who_came(*, now: dt.datetime) -> int:
    """Write once to each organiser of what is over, from the day after; how many events."""
    today = timezone.localdate(now)
    over = Programme.objects.published().filter(
        ends_on__lte=today, ends_on__gt=today - ASKED_FOR, reported_on=None
    )
    return sum(ask(one, Q(reminded_at=None), now=now) for one in over)


def ask(programme: Programme, which: Q, *, now: dt.datetime) -> int:
    """Ask who came to events whose organiser has not said it; returns how many."""
    rows = programme.labellings.select_for_update(of=("self",))
    rows = rows.filter(which, declared_at=None)
    there = {label.pk for label in labels_of(programme)}
    waiting = [row for row in rows.all().granted() if row.pk in there]
    for row in waiting:
        ask_attendance(row, now=now)
        row.reminded_at = now
        row.save(update_fields=["reminded_at"])
    return len(waiting)


@transaction.atomic
def close_report(
    programme: Programme, *, note: str, by: Any, today: dt.date
) -> Programme:
    """Freeze the figures and publish them. Refuses with ``forbidden``, ``early``, ``closed``."""
    need_agency(by)
    row = Programme.objects.select_for_update(of=("self",)).get(pk=programme.pk)
    if row.is_reported:
        raise Refused("closed", _("Le bilan est déjà arrêté."))
    if today < row.ends_on:
        text = _("Le temps fort se termine le %(day)s : attendez-le.")
        raise Refused("early", text % {"day": day_words(row.last_on)})
    row.report = computed(row).as_json()
    row.report_note, row.reported_on = note.strip(), today
    remember(row, by=by, why=_("Bilan arrêté"))
    row.save(update_fields=["report", "report_note", "reported_on"])
    return row
