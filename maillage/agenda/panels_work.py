"""The agenda's own work: labels to answer, programmes to join, agendas to settle."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Count, Q
from django.utils import timezone

from maillage.agenda.choices import LabelState, RemoteState
from maillage.agenda.models import Feed, Labelling, Programme
from maillage.core.panels import Maker, Panel
from maillage.directory.models import Structure

UNSETTLED = (RemoteState.CONFLICT, RemoteState.GONE)


def waiting_by_programme(user: Any) -> list[tuple[Programme, int]]:
    """The programmes that one coordinates and that are not closed; what waits in each."""
    rows = Programme.objects.all()
    rows = rows if user.is_observer else rows.coordinated_by(user)
    open_ = list(rows.filter(reported_on=None).order_by("starts_on", "pk"))
    if not open_:
        return []
    labels = Labelling.objects.filter(state=LabelState.ASKED, programme__in=open_)
    labels = labels if user.is_observer else labels.in_area_of(user)
    counts = dict(
        labels.order_by().values_list("programme").annotate(Count("pk", distinct=True))
    )
    return [(row, counts.get(row.pk, 0)) for row in open_]


def feeds_of(user: Any) -> dict[str, int]:
    """How many agendas one follows, and how many of their events wait for a choice."""
    mine = Feed.objects.all().managed_by(user)
    return mine.aggregate(
        feeds=Count("pk", distinct=True),
        unsettled=Count(
            "remotes", Q(remotes__state__in=UNSETTLED), distinct=True
        ),
    )  # fmt: skip


def my_agenda(_thing: Any, user: Any) -> Iterable[Panel]:
    """What a member may announce and join, and what waits for who coordinates."""
    if not user.is_authenticated or user.is_agency or user.is_observer:
        return
    speaks = Structure.objects.all().editable_by(user).exists()
    context = {
        "coordinated": waiting_by_programme(user),
        "today": timezone.localdate(),
        "open": list(Programme.objects.all().open_on(timezone.localdate()))
        if speaks
        else [],
        "speaks": speaks,
        **(feeds_of(user) if speaks else {}),
    }
    yield Panel("agenda/panel_my_agenda.html", context, rank=12)


def agenda_desk(_thing: Any, user: Any) -> Iterable[Panel]:
    """Labels that wait, by programme, and the ways to programmes and agendas."""
    context: dict[str, Any] = {
        "coordinated": waiting_by_programme(user),
        "today": timezone.localdate(),
    }
    if user.is_agency:
        context |= feeds_of(user)
    yield Panel("agenda/panel_desk.html", context, rank=5)


MAKERS: list[tuple[str, Maker]] = [
    ("my_space.sections", my_agenda),
    ("agency_desk.sections", agenda_desk),
]
