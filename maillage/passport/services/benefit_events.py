"""Which events of the agenda the pass gives something at, and when that changes."""

import datetime as dt
from collections.abc import Collection, Iterable

from django.db.models import DateField, Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce, Greatest

from maillage.agenda.choices import Mode, Status
from maillage.agenda.models import Event
from maillage.core.entries import refresh_entries
from maillage.core.models import Entry
from maillage.passport.models import Benefit

FACET = "passport"
#: Events whose entries are written again at a time.
BATCH = 500


def rows_giving(day: dt.date) -> QuerySet[Event]:
    """Events at which their own benefit, or one of their place, holds that day or later.

    What a place gives holds for those who come there, not for who follows online.
    """
    today = Value(day, output_field=DateField())
    given = Benefit.objects.all().offered_on(day).filter(
        Q(ends_on=None) | Q(ends_on__gt=OuterRef("next_on")),
        Q(starts_on=None) | Q(starts_on__lte=OuterRef("final_on")),
        place=OuterRef("place"),
    )  # fmt: skip
    own = given.filter(event=OuterRef("pk"))
    shared = given.filter(event=None)
    rows: QuerySet[Event] = Event.objects.exclude(status=Status.CANCELLED).annotate(
        next_on=Greatest(Coalesce(F("first_on"), today), today),
        final_on=Coalesce(F("last_on"), Value(dt.date.max, output_field=DateField())),
    )
    return rows.filter(Exists(own) | (~Q(mode=Mode.ONLINE) & Exists(shared)))


def giving(pks: Collection[int], day: dt.date) -> set[int]:
    """Those of some events at which the pass gives something. One query."""
    return {
        *rows_giving(day).filter(pk__in=pks).order_by().values_list("pk", flat=True)
    }


def follow_benefits(benefits: Iterable[Benefit], *, today: dt.date) -> None:
    """Put right the entries of the events that benefits speak of, in their transaction."""
    rows = [*benefits]
    whole = {row.place_id for row in rows if row.event_id is None}
    single = {row.event_id for row in rows if row.event_id is not None}
    put_right(Q(place__in=whole) | Q(pk__in=single), today=today)


def follow_days(*, today: dt.date) -> int:
    """Put right the entries of events whose benefits began or ended; returns how many.

    Every day; it also finds what changed without passing here.
    """
    return put_right(Q(), today=today)


def put_right(which: Q, *, today: dt.date) -> int:
    """Write again the entries that do not say what is given at their event."""
    public = Event.objects.published().filter(Q(last_on=None) | Q(last_on__gte=today))
    events = public.filter(which).order_by()
    given = rows_giving(today).filter(pk__in=events.values("pk")).order_by()
    true = {*given.values_list("pk", flat=True)}
    entries = Entry.objects.all().public().filter(
        kind=Event.code, object_id__in=events.values("pk")
    )  # fmt: skip
    told = entries.order_by().values_list("object_id", "facets")
    wrong = [pk for pk, facets in told if bool(facets.get(FACET)) != (pk in true)]
    for start in range(0, len(wrong), BATCH):
        refresh_entries(Event.objects.filter(pk__in=wrong[start : start + BATCH]))
    return len(wrong)
