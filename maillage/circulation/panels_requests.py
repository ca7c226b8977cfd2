"""What requests show on the pages of other apps."""

from typing import Any

from django.db.models import Count, Q
from django.urls import reverse

from maillage.catalogue.models import Resource
from maillage.circulation.choices import RequestState
from maillage.circulation.models import Copy, LoanRequest
from maillage.core.panels import Maker, Panel

#: Requests shown in « Mon espace ».
FEW = 5


def ask_action(resource: Resource, user: Any) -> list[Panel]:
    """The button to ask for a resource of which a copy, or a module, is lent."""
    mine = Q(resource=resource) | Q(resource__parent=resource)
    if not Copy.objects.all().lendable().filter(mine).exists():
        return []
    url = reverse("circulation:request_new", args=[resource.slug])
    return [Panel("circulation/request_action.html", {"url": url}, rank=-10)]


def waiting_requests(_thing: Any, user: Any) -> list[Panel]:
    """Requests to answer and dates to choose, the oldest first."""
    rows = LoanRequest.objects.all()
    to_answer = rows.answered_by(user) if not user.is_agency else rows.none()
    mine = Q(state=RequestState.OFFERED, pk__in=rows.made_for(user).values("pk"))
    theirs = Q(state=RequestState.WAITING, pk__in=to_answer.values("pk"))
    waiting = rows.filter(mine | theirs)
    found = waiting.select_related("resource", "host").order_by("asked_at", "pk")
    shown = list(found[:FEW])
    more = waiting.count() - FEW if len(shown) == FEW else 0
    sent = rows.made_for(user).open().count() if not shown else 0
    context = {"rows": shown, "more": max(more, 0), "sent": sent}
    return [Panel("circulation/request_waiting.html", context, rank=-10)]


def request_figures(_thing: Any, user: Any) -> list[Panel]:
    """How many requests wait, and for whom."""
    states = (RequestState.WAITING, RequestState.OFFERED, RequestState.SEASON)
    counts = LoanRequest.objects.aggregate(
        **{state.value: Count("pk", filter=Q(state=state)) for state in states},
        theme=Count("pk", filter=Q(state__in=states, resource=None)),
    )
    context = {**counts, "answers": user.is_agency}
    return [Panel("circulation/request_desk.html", context, rank=-10)]


MAKERS: list[tuple[str, Maker]] = [
    ("resource.actions", ask_action),
    ("my_space.sections", waiting_requests),
    ("agency_desk.sections", request_figures),
]
