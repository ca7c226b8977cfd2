"""Propose, change, copy, cancel an event."""

from typing import Any

from django.contrib import messages
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
from maillage.agenda.charter_pages import Charter, charters_of
from maillage.agenda.forms_dates import (
    CopyForm,
    StatusForm,
    first_time,
    left_out,
    rule_of,
    times_of,
)
from maillage.agenda.forms_events import EventForm
from maillage.agenda.models import Event
from maillage.agenda.services.events import copy_event, propose_event
from maillage.agenda.services.resources import resources_named
from maillage.agenda.services.signups import set_status
from maillage.catalogue.forms import owners
from maillage.core.errors import Refused
from maillage.core.http import go, page
from maillage.core.services import change
from maillage.directory.fields import readable
from maillage.directory.models import Place
from maillage.directory.views.edit import settle, thank


@require_http_methods(["GET", "POST"])
def event_new(request: Request) -> HttpResponse:
    """Propose an event; ``?place=`` names where."""
    if not owners(request.user, None).exists():
        return page(request, "agenda/event_form.html", {"has_no_structure": True})
    slug = readable(request.GET.get("place", ""))
    place = Place.objects.published().filter(slug=slug).first() if slug else None
    form = EventForm(
        request.POST or None,
        request.FILES or None,
        user=request.user,
        initial={"place": place} if place else {},
    )
    charters = charters_in(request, form, None)
    if form.is_valid() and (thing := created(request, form)):
        for one in charters:
            return go(request, "agenda:label_new", one.programme.slug, thing.slug)
        return go(request, thing)
    return shown(request, form, {"is_new": True, "charters": charters})


def created(request: Request, form: EventForm) -> Event | None:
    data = form.cleaned_data
    try:
        thing, is_cut = propose_event(
            form.instance,
            times=times_of(data),
            first=first_time(data),
            rule=rule_of(data),
            left_out=left_out(data),
            related={"co_organisers": data["co_organisers"]},
            note=data.get("note", ""),
            by=request.user,
            now=timezone.now(),
        )
    except Refused as no:
        form.add_error(None, no.message)
        return None
    thank(request, is_done=thing.is_public)
    if is_cut:
        tell_cut(request)
    return thing


def tell_cut(request: Request) -> None:
    messages.info(
        request,
        _(
            "Cette répétition n’a pas de fin proche : les séances sont inscrites pour "
            "deux ans au plus, et 500 au plus. Prolongez-la quand il le faudra."
        ),
    )


@require_http_methods(["GET", "POST"])
def event_edit(request: Request, slug: str) -> HttpResponse:
    """Change an event, or propose a change of it."""
    rows = Event.objects.all().visible_to(request.user)
    rows = rows.select_related(
        "owner", "place__commune", "resource", "commune__department"
    )
    seen = get_object_or_404(rows, slug=slug)
    form = EventForm(
        request.POST or None,
        request.FILES or None,
        user=request.user,
        instance=get_object_or_404(rows, pk=seen.pk),
    )
    conflict: list[Any] = []
    if form.is_valid():
        try:
            changed(request, seen, form)
        except Refused as no:
            conflict = settle(form, seen, no, form.values())
        else:
            return go(request, Event.objects.get(pk=seen.pk))
    charters = charters_in(request, form, seen)
    context = {"thing": seen, "conflict": conflict, "charters": charters}
    return shown(request, form, context)


@require_POST
def event_charter(request: Request) -> HttpResponse:
    """The charters read against what is typed so far; nothing is written."""
    slug, rows = readable(request.GET.get("event", "")), Event.objects.none()
    if slug:
        rows = Event.objects.all().visible_to(request.user)
    seen = get_object_or_404(rows, slug=slug) if slug else None
    typed = get_object_or_404(rows, slug=slug) if slug else None
    form = EventForm(request.POST, user=request.user, instance=typed)
    form.is_valid()  # what is wrong is said beside its box when it is sent
    context = {"thing": seen, "charters": charters_in(request, form, seen)}
    return page(request, "agenda/charter_live.html", context)


def charters_in(
    request: Request, form: EventForm, event: Event | None
) -> list[Charter]:
    """Of the programmes of the event, or of ``?programme=``."""
    form.is_valid()
    return charters_of(
        form,
        event=event,
        slug=readable(request.GET.get("programme", "")),
        user=request.user,
        today=timezone.localdate(),
    )


def changed(request: Request, event: Event, form: EventForm) -> None:
    proposal = change(
        event,
        values=form.values(),
        version=form.cleaned_data["version"],
        by=request.user,
        now=timezone.now(),
        note=form.cleaned_data.get("note", ""),
    )
    thank(request, is_done=proposal is None)


def shown(request: Request, form: EventForm, context: dict[str, Any]) -> HttpResponse:
    return page(
        request,
        "agenda/event_form.html",
        {"form": form, **context},
        status=422 if form.errors else 200,
    )


def own(request: Request, slug: str) -> Any:
    """An event that the person may change; a 404 else."""
    rows = Event.objects.all().editable_by(request.user)
    return get_object_or_404(rows.select_related("owner", "place"), slug=slug)


@require_http_methods(["GET", "POST"])
def event_status(request: Request, slug: str) -> HttpResponse:
    """Cancel, postpone or confirm an event as a whole."""
    event = own(request, slug)
    initial = {"status": event.status, "note": event.status_note}
    form = StatusForm(request.POST or None, initial=initial)
    if form.is_valid():
        try:
            set_status(event, **form.cleaned_data, by=request.user, now=timezone.now())
        except Refused as no:
            form.add_error("note" if no.code == "reason" else None, no.message)
        else:
            messages.success(request, _("C’est fait : les inscrits sont prévenus."))
            return go(request, event)
    return page(
        request,
        "agenda/event_status.html",
        {"thing": event, "form": form},
        status=422 if form.errors else 200,
    )


@require_http_methods(["GET", "POST"])
def event_copy(request: Request, slug: str) -> HttpResponse:
    """A new edition of an event, with its dates moved."""
    event = own(request, slug)
    form = CopyForm(request.POST or None)
    if form.is_valid():
        try:
            new = copy_event(
                event, **form.cleaned_data, by=request.user, now=timezone.now()
            )
        except Refused as no:
            form.add_error(None, no.message)
        else:
            messages.success(request, _("La nouvelle édition est là : relisez-la."))
            return go(request, "agenda:event_edit", new.slug)
    return page(
        request,
        "agenda/event_copy.html",
        {"thing": event, "form": form},
        status=422 if form.errors else 200,
    )


@require_safe
def resource_suggest(request: Request) -> HttpResponse:
    """Answer the box where the resource of an event is being typed."""
    found = resources_named(readable(request.GET.get("q", "")).strip()[:200])
    results = [
        {"label": resource.name, "detail": resource.category_label}
        for resource in found
    ]
    return JsonResponse({"results": results})
