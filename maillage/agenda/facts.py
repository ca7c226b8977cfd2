"""What the agenda can say of a structure, for the surveys that ask it.

An occurrence counts in the period in which it begins, so that years add up.
"""

import datetime as dt
from typing import Any

from django.db.models import Count, Q, Sum
from django.utils.translation import gettext_lazy as _

from maillage.agenda.models import Event, Occurrence
from maillage.core.facts import Computer, Fact, Row, Value, register

SOURCE = _("Agenda de Maillage")


def held(structure: Any, start: dt.date, end: dt.date) -> Any:
    """Times that took place, or will, of the events it organises, alone or with others."""
    shared = Event.co_organisers.through.objects.filter(structure=structure)
    rows = Occurrence.objects.all().shown().held()
    return rows.filter(
        Q(event__owner=structure) | Q(event__in=shared.values("event")),
        starts_on__gte=start,
        starts_on__lt=end,
        event__is_example=False,
    )


def events(structure: Any, start: dt.date, end: dt.date) -> Value:
    """Its events of the period, one a row."""
    found = Event.objects.filter(pk__in=held(structure, start, end).values("event"))
    return Value.summing(
        Row(
            event.name,
            url=event.get_absolute_url(),
            key=f"event-{event.pk}",
            facts={
                "name": event.name,
                "kind": event.kind,
                "themes": list(event.themes),
            },
        )
        for event in found.order_by("name", "pk")
    )


def counted(field: str) -> Computer:
    """Who came, as organisers have reported; nothing when nobody has."""

    def compute(structure: Any, start: dt.date, end: dt.date) -> Value | None:
        rows = held(structure, start, end).filter(**{f"{field}__isnull": False})
        sums = (
            rows.order_by()
            .values("event", "event__name", "event__slug")
            .annotate(people=Sum(field), times=Count("pk"))
            .order_by("event__name", "event")
        )
        if not sums:
            return None
        known = Event.objects.in_bulk([row["event"] for row in sums])
        return Value.summing(
            Row(
                row["event__name"],
                row["people"],
                url=known[row["event"]].get_absolute_url(),
                key=f"event-{row['event']}",
            )
            for row in sums
        )

    return compute


register(
    Fact("structure.events", _("Événements organisés"), SOURCE, events),
    Fact(
        "structure.event_visitors",
        _("Public accueilli aux événements"),
        SOURCE,
        counted("attendance"),
    ),
    Fact(
        "structure.event_pupils",
        _("Scolaires accueillis aux événements"),
        SOURCE,
        counted("school_attendance"),
    ),
)
