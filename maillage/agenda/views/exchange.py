"""Agendas of other sites that are followed, and ours as they read it."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.db.models import Count, Q
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from maillage.accounts.http import Request
from maillage.agenda.choices import RemoteState
from maillage.agenda.exchange_pages import outcome, sides, waiting_plan
from maillage.agenda.forms_exchange import FeedFileForm, FeedForm
from maillage.agenda.models import Event, Feed, Occurrence, Remote
from maillage.agenda.services import exchange as service
from maillage.agenda.services.exchange_fetch import fetch
from maillage.agenda.services.exchange_openagenda import write_openagenda
from maillage.agenda.services.exchange_pictures import pictures_to_take, take_picture
from maillage.core.errors import Refused
from maillage.core.http import go, page
from maillage.directory.models import Structure

PAGE, MOST = 100, 300  # events of one answer, as OpenAgenda's own API has it
WAITING = Count(
    "remotes", Q(remotes__state__in=[RemoteState.CONFLICT, RemoteState.GONE])
)


@login_not_required
@require_safe
def openagenda(request: Request) -> HttpResponse:
    """Events to come as OpenAgenda reads them, page by page: ``?size=``, ``?after=``."""
    size = min(number(request.GET.get("size"), PAGE), MOST)
    rows = Event.objects.published().upcoming(timezone.localdate())
    after = number(request.GET.get("after"), 0)
    related = ("commune", "place__commune", "owner")
    events = list(
        rows.filter(pk__gt=after).select_related(*related).order_by("pk")[:size]
    )
    times: dict[int, list[Occurrence]] = {}
    for row in Occurrence.objects.filter(event__in=events).order_by("starts_at", "pk"):
        times.setdefault(row.event_id, []).append(row)
    found = write_openagenda(events, occurrences=times)
    found |= {"total": rows.count(), "after": [events[-1].pk] if events else None}
    answer = JsonResponse(found, json_dumps_params={"ensure_ascii": False})
    answer["Access-Control-Allow-Origin"] = "*"
    return answer


def number(text: str | None, default: int) -> int:
    """A whole number of an address; anything else is the default."""
    is_number = text is not None and text.isascii() and text.isdigit()
    return int(text) if text and is_number and len(text) < 10 else default


def feed_or_404(request: Request, pk: int) -> Feed:
    rows = Feed.objects.all().managed_by(request.user)
    return get_object_or_404(rows.select_related("owner", "place").distinct(), pk=pk)


@require_safe
def feed_list(request: Request) -> HttpResponse:
    """The agendas that one's structures have followed."""
    feeds = Feed.objects.all().managed_by(request.user).select_related("owner")
    context = {
        "feeds": feeds.annotate(
            events=Count("remotes", distinct=True), waiting=WAITING
        ).distinct(),
        "may_add": may_add(request.user),
    }
    return page(request, "agenda/feed_list.html", context)


def may_add(user: Any) -> bool:
    return user.is_agency or Structure.objects.filter(memberships__user=user).exists()


@require_http_methods(["GET", "POST"])
def feed_new(request: Request) -> HttpResponse:
    """Have an agenda followed."""
    form = FeedForm(request.POST or None, user=request.user)
    if form.is_valid():
        feed = form.save(commit=False)
        feed.added_by = request.user
        feed.save()
        messages.success(request, _("L’agenda est ajouté. Lisez-le une première fois."))
        return go(request, feed)
    context = {"form": form, "may_add": may_add(request.user)}
    status = 422 if form.errors else 200
    return page(request, "agenda/feed_form.html", context, status=status)


@require_http_methods(["GET", "POST"])
def feed_edit(request: Request, pk: int) -> HttpResponse:
    """Change where an agenda is read and for whom."""
    feed = feed_or_404(request, pk)
    form = FeedForm(request.POST or None, instance=feed, user=request.user)
    if form.is_valid():
        form.save()
        messages.success(request, _("C’est enregistré."))
        return go(request, feed)
    context = {"form": form, "feed": feed, "may_add": True}
    status = 422 if form.errors else 200
    return page(request, "agenda/feed_form.html", context, status=status)


@require_safe
def feed_detail(request: Request, pk: int) -> HttpResponse:
    """One agenda: when it was read, what waits for a person."""
    feed = feed_or_404(request, pk)
    return show(request, feed, FeedFileForm(feed=feed))


def show(request: Request, feed: Feed, form: FeedFileForm) -> HttpResponse:
    remotes = feed.remotes.select_related("event")
    context = {
        "feed": feed,
        "form": form,
        "to_settle": remotes.to_settle().order_by("state", "event__first_on", "pk"),
        "count": remotes.count(),
        "pictures": pictures_to_take(feed),
    }
    status = 422 if form.errors else 200
    return page(request, "agenda/feed_detail.html", context, status=status)


@require_POST
def feed_read(request: Request, pk: int) -> HttpResponse:
    """Take the file that is sent, or fetch the address; nothing is written yet."""
    feed = feed_or_404(request, pk)
    fetched = "fetch" in request.POST and bool(feed.url)
    form = FeedFileForm(request.POST, request.FILES, feed=feed)
    if not fetched and not form.is_valid():
        return show(request, feed, form)
    try:
        data = fetch(feed.url) if fetched else form.cleaned_data["file"].read()
        service.receive(feed, data, now=timezone.now())
    except Refused as no:
        if fetched:
            messages.error(request, no.message)
            return go(request, feed)
        form.add_error("file", no.message)
        return show(request, feed, form)
    return go(request, "agenda:feed_check", feed.pk)


@require_http_methods(["GET", "POST"])
def feed_check(request: Request, pk: int) -> HttpResponse:
    """What the file that waits would do; yes or no."""
    feed = feed_or_404(request, pk)
    now = timezone.now()
    if request.method == "POST":
        if "forget" in request.POST:
            service.forget(feed)
            return go(request, feed)
        try:
            plan = service.accept(feed, by=request.user, now=now)
        except Refused as no:
            messages.error(request, no.message)
        else:
            messages.success(request, outcome(plan))
        return go(request, feed)
    context = {"feed": feed, **waiting_plan(feed, now=now)}
    return page(request, "agenda/feed_check.html", context)


@require_http_methods(["GET", "POST"])
def remote_detail(request: Request, pk: int, remote: int) -> HttpResponse:
    """Both sides of an event: choose field by field, or say what became of it."""
    feed = feed_or_404(request, pk)
    rows = feed.remotes.to_settle().exclude(event=None).select_related("event")
    row = get_object_or_404(rows, pk=remote)
    if request.method == "POST":
        try:
            answer(request, row)
        except Refused as no:
            messages.error(request, no.message)
        else:
            messages.success(request, _("C’est enregistré."))
        return go(request, feed)
    context = {"feed": feed, "remote": row, "sides": sides(row, now=timezone.now())}
    return page(request, "agenda/remote_detail.html", context)


def answer(request: Request, remote: Remote) -> None:
    """Settle a conflict, or a disappearance."""
    by, now = request.user, timezone.now()
    if remote.state == RemoteState.GONE:
        service.leave(remote, cancel="cancel" in request.POST, by=by, now=now)
        return
    theirs = [name for name, side in request.POST.items() if side == "theirs"]
    service.settle(remote, theirs=theirs, by=by, now=now)


@require_POST
def remote_picture(request: Request, pk: int, remote: int) -> HttpResponse:
    """Take the picture of an event from its source."""
    feed = feed_or_404(request, pk)
    row = get_object_or_404(feed.remotes.exclude(event=None), pk=remote)
    try:
        event = take_picture(row, by=request.user, now=timezone.now())
    except Refused as no:
        messages.error(request, no.message)
    else:
        text = _("L’image de « %(name)s » est reprise : décrivez-la en une phrase.")
        messages.success(request, text % {"name": event.name})
        return go(request, "agenda:event_edit", event.slug)
    return go(request, feed)
