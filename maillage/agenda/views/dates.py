"""The dates of an event: add, repeat, move, cancel, take away."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _, ngettext
from django.views.decorators.http import require_http_methods

from maillage.accounts.http import Request
from maillage.agenda.forms_dates import (
    CapacityForm,
    MoveForm,
    ReasonForm,
    SeriesForm,
    WhenForm,
    first_time,
    left_out,
    rule_of,
    times_of,
)
from maillage.agenda.models import Event, Occurrence, Series
from maillage.agenda.rule_words import series_words
from maillage.agenda.services import occurrences as verbs
from maillage.agenda.services.recurrence import last_day, parts_of
from maillage.agenda.services.seats import taken
from maillage.agenda.views.edit import own, tell_cut
from maillage.core.errors import Refused
from maillage.core.http import go, page


@require_http_methods(["GET", "POST"])
def event_dates(request: Request, slug: str) -> HttpResponse:
    """All the dates of an event, and the form that adds some."""
    event = own(request, slug)
    form = WhenForm(request.POST or None)
    if form.is_valid():
        try:
            add(request, event, form.cleaned_data)
        except Refused as no:
            form.add_error(None, no.message)
        else:
            return go(request, "agenda:event_dates", slug)
    times = event.occurrences.select_related("event").order_by("starts_at", "pk")
    now = timezone.now()
    return page(
        request,
        "agenda/event_dates.html",
        {
            "thing": event,
            "form": form,
            "series": [(one, series_words(one)) for one in event.series.all()],
            "coming": [one for one in times if one.ends_at > now],
            "past": [one for one in times if one.ends_at <= now],
        },
        status=422 if form.errors else 200,
    )


def add(request: Request, event: Event, data: dict[str, Any]) -> None:
    rule = rule_of(data)
    if rule:
        series, is_cut = verbs.add_series(
            event,
            time=first_time(data),
            rule=rule,
            left_out=left_out(data),
            by=request.user,
        )
        number = series.occurrences.count()
        if is_cut:
            tell_cut(request)
    else:
        number = len(verbs.add_times(event, times_of(data), by=request.user))
    text = ngettext("%(n)s date ajoutée.", "%(n)s dates ajoutées.", number)
    messages.success(request, text % {"n": number})


def one_of(request: Request, slug: str, pk: int) -> tuple[Event, Any]:
    event = own(request, slug)
    rows = Occurrence.objects.filter(event=event).select_related("event", "series")
    return event, get_object_or_404(rows, pk=pk)


@require_http_methods(["GET", "POST"])
def occurrence_edit(request: Request, slug: str, pk: int) -> HttpResponse:
    """One date: move it, cancel it, say that it is full."""
    event, occurrence = one_of(request, slug, pk)
    do = request.POST.get("do", "")
    initial = MoveForm.initial_of(occurrence)
    move = MoveForm(request.POST if do == "move" else None, initial=initial)
    cancel = ReasonForm(request.POST if do == "cancel" else None)
    capacity = CapacityForm(
        request.POST if do == "capacity" else None,
        initial={"capacity": occurrence.capacity},
    )
    forms = {"move": move, "cancel": cancel, "capacity": capacity}
    form: Any = forms.get(do)
    if request.method == "POST" and (form is None or form.is_valid()):
        try:
            told = act(request, occurrence, do, form.cleaned_data if form else {}, move)
        except Refused as no:
            if form is None:
                messages.error(request, no.message)
                return go(request, "agenda:occurrence_edit", slug, pk)
            form.add_error(None, no.message)
        else:
            messages.success(request, told)
            return go(request, "agenda:event_dates", slug)
    return page(
        request,
        "agenda/occurrence_edit.html",
        {"thing": event, "one": occurrence, "taken": taken(occurrence), **forms},
        status=422 if form is not None and form.errors else 200,
    )


def act(
    request: Request, one: Occurrence, do: str, data: dict[str, Any], move: MoveForm
) -> str:
    """Do what a button says; refuses as the services do."""
    by, now = request.user, timezone.now()
    match do:
        case "move":
            time = move.time(is_all_day=one.is_all_day)
            verbs.move_occurrence(one, time=time, note=data["note"], by=by, now=now)
            return _("La date est changée, les inscrits sont prévenus.")
        case "cancel":
            verbs.cancel_occurrence(one, note=data["note"], by=by, now=now)
            return _("La séance est annulée, les inscrits sont prévenus.")
        case "capacity":
            verbs.set_capacity(one, capacity=data["capacity"], by=by, now=now)
            return _("Le nombre de places est changé.")
        case "full":
            verbs.mark_full(one, by=by)
            return _("La séance est complète.")
        case "reopen":
            verbs.reopen(one, by=by, now=now)
            return _("La séance est de nouveau ouverte.")
        case "remove":
            verbs.remove_occurrence(one, by=by, now=now)
            return _("La date est retirée.")
        case _other:
            raise Refused("unknown", _("Ce bouton n’existe pas."))


@require_http_methods(["GET", "POST"])
def series_edit(request: Request, slug: str, pk: int) -> HttpResponse:
    """The end of a repetition, the days it leaves out; or take it away."""
    event = own(request, slug)
    series = get_object_or_404(Series.objects.filter(event=event), pk=pk)
    if request.POST.get("do") == "remove":
        verbs.remove_series(series, by=request.user, now=timezone.now())
        messages.success(request, _("La répétition est retirée ; les dates passées restent."))  # fmt: skip
        return go(request, "agenda:event_dates", slug)
    form = SeriesForm(request.POST or None, initial=initial_of(series))
    if form.is_valid():
        try:
            is_cut = keep(request, series, form.cleaned_data)
        except Refused as no:
            form.add_error(None, no.message)
        else:
            messages.success(request, _("La répétition est changée."))
            if is_cut:
                tell_cut(request)
            return go(request, "agenda:event_dates", slug)
    return page(
        request,
        "agenda/series_edit.html",
        {"thing": event, "series": series, "words": series_words(series), "form": form},
        status=422 if form.errors else 200,
    )


def initial_of(series: Series) -> dict[str, Any]:
    days = [f"{d[8:10]}/{d[5:7]}/{d[:4]}" for d in series.left_out]
    return {"until": last_day(parts_of(series.rule)), "but": ", ".join(days)}


def keep(request: Request, series: Series, data: dict[str, Any]) -> bool:
    """The rule with another end; slots that were left out one by one stay out."""
    parts = parts_of(series.rule)
    if data["until"]:
        parts.pop("COUNT", None)
        parts["UNTIL"] = f"{data['until']:%Y%m%d}"
    else:
        parts.pop("UNTIL", None)
    days = [day.isoformat() for day in data["but"]]
    exact = [slot for slot in series.left_out if "T" in slot and slot[:10] in days]
    whole = [day for day in days if all(not slot.startswith(day) for slot in exact)]
    return verbs.change_series(
        series,
        rule=";".join(f"{name}={value}" for name, value in parts.items()),
        minutes=series.minutes,
        left_out=[*exact, *whole],
        by=request.user,
        now=timezone.now(),
    )
