"""What the agency does with responses: type them, check them, read them, accept them."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from maillage.accounts.guards import agency_only
from maillage.accounts.http import Request
from maillage.core.errors import Refused
from maillage.core.http import go, page
from maillage.core.values import snapshot
from maillage.surveys.accepting import accept
from maillage.surveys.answer_pages import said_groups
from maillage.surveys.choices import EntryMode, ResponseState, UpdateState
from maillage.surveys.forms_waves import ModeForm, NoteForm
from maillage.surveys.models import DirectoryUpdate, Response, Unit
from maillage.surveys.services.sending import (
    accept_response,
    check_again,
    note_checked,
    reopen,
    set_mode,
    write_note,
)
from maillage.surveys.services.sheets import Filled, fill, responses
from maillage.surveys.services.updates import (
    apply_all,
    apply_update,
    is_stale,
    leave_update,
)
from maillage.surveys.shown import show_question, told
from maillage.surveys.views.answers_link import writer_of
from maillage.surveys.views.waves import wave_or_404
from maillage.surveys.views.waves_people import unit_or_404

PAGE = 50


@agency_only
@require_POST
def unit_enter(request: Request, slug: str, pk: int) -> HttpResponse:
    """Type an answer that came on paper or by phone, in the form of the respondents."""
    unit = unit_or_404(request, slug, pk)
    form = ModeForm(request.POST)
    mode = form.cleaned_data["mode"] if form.is_valid() else EntryMode.PAPER
    set_mode(unit.response, mode=mode, by=request.user)
    return go(request, "surveys:answer_start", unit.token)


@agency_only
@require_http_methods(["GET", "POST"])
def unit_check(request: Request, slug: str, pk: int) -> HttpResponse:
    """Type the key numbers a second time; what differs is shown side by side."""
    unit = unit_or_404(request, slug, pk)
    filled = fill(responses().get(pk=unit.response.pk))
    specs = key_questions(filled)
    context: dict[str, Any] = {"unit": unit, "wave": unit.wave}
    if request.method == "POST":
        again = {spec.code: second(filled, spec, request) for spec in specs}
        differs = check_again(filled, again)
        if not differs:
            note_checked(unit.response, by=request.user, now=timezone.now())
            messages.success(request, _("Les deux saisies disent la même chose."))
            return go(request, "surveys:unit_detail", slug, pk)
        definition = filled.book.definition
        context["differs"] = [
            (spec.label, told(definition, spec, filled.value((spec.code, ""))),
             told(definition, spec, again[spec.code]))
            for spec in specs if spec.code in differs
        ]  # fmt: skip
    context["fields"] = [
        show_question(
            filled.book.definition, spec, typed=request.POST.get(spec.code, "")
        )
        for spec in specs
    ]
    return page(request, "surveys/unit_check.html", context,
                status=422 if "differs" in context else 200)  # fmt: skip


def key_questions(filled: Filled) -> list[Any]:
    """Numbers that were answered, outside repeated groups: where a slip costs most."""
    return [
        spec
        for spec, place in filled.places()
        if spec.is_number and not place[1] and filled.value(place) is not None
    ]


def second(filled: Filled, spec: Any, request: Request) -> Any:
    """What was typed the second time."""
    raw = request.POST.get(spec.code, "")
    return accept(spec, raw, definition=filled.book.definition).value


@agency_only
@require_GET
def response_list(request: Request, slug: str) -> HttpResponse:
    """Responses that were sent; those to read first."""
    wave = wave_or_404(request, slug)
    rows = Unit.objects.filter(
        wave=wave,
        response__state__in=[ResponseState.SUBMITTED, ResponseState.ACCEPTED],
    ).select_related("response", "department", "structure")
    found = Paginator(
        rows.order_by("-response__state", "response__submitted_at", "pk"), PAGE
    ).get_page(request.GET.get("page"))
    consented = DirectoryUpdate.objects.filter(
        response__unit__wave=wave, state=UpdateState.CONSENTED
    )
    context = {
        "wave": wave,
        "rows": found,
        "page_obj": found,
        "to_apply": consented.filter(response__state=ResponseState.ACCEPTED).count(),
    }
    return page(request, "surveys/response_list.html", context)


def response_or_404(slug: str, pk: int) -> Response:
    rows = responses().filter(unit__wave__slug=slug)
    return get_object_or_404(rows.select_related("accepted_by"), pk=pk)


@agency_only
@require_GET
def response_detail(request: Request, slug: str, pk: int) -> HttpResponse:
    """One response as it was sent, what it would change in the directory."""
    response = response_or_404(slug, pk)
    filled = fill(response)
    sheet = filled.run(today=timezone.localdate())
    context = {
        "response": response,
        "unit": response.unit,
        "wave": response.unit.wave,
        "groups": said_groups(filled, sheet),
        "updates": told_updates(filled),
        "note_form": NoteForm(initial={"note": response.note}),
    }
    return page(request, "surveys/response_detail.html", context)


def told_updates(filled: Filled) -> list[dict[str, Any]]:
    """What was consented, in words, beside what the record says now."""
    structure = filled.unit.structure
    definition = filled.book.definition
    found = []
    for update in filled.response.updates.order_by("pk"):
        spec = filled.book.question(update.question)
        if spec is None:
            continue
        now_ = snapshot(structure, [update.field])[update.field] if structure else None
        found.append(
            {
                "update": update,
                "before": told(definition, spec, update.before),
                "after": told(definition, spec, update.after),
                "now": told(definition, spec, now_),
                "is_stale": bool(structure and is_stale(update, structure)),
            }
        )
    return found


@agency_only
@require_POST
def response_change(request: Request, slug: str, pk: int) -> HttpResponse:
    """Accept, open again, keep a note, write into the directory or leave it."""
    response = response_or_404(slug, pk)
    try:
        messages.success(request, decided(request, response))
    except Refused as no:
        messages.error(request, no.message)
    return go(request, "surveys:response_detail", slug, pk)


def decided(request: Request, response: Response) -> str:
    """Do what the button says; returns what to tell. Refuses as the services do."""
    verb, now = request.POST.get("verb", ""), timezone.now()
    if verb == "accept":
        accept_response(response, by=request.user, now=now)
        done, left = apply_all(response, by=request.user, now=now)
        words = {"done": done, "left": left}
        if done or left:
            return (
                _(
                    "Réponse acceptée ; %(done)d champs de l’annuaire mis à jour, "
                    "%(left)d à comparer."
                )
                % words
            )
        return _("Réponse acceptée.")
    if verb == "reopen":
        writer = writer_of(request, response)
        reopen(response, writer=writer, now=now, today=timezone.localdate())
        return _("La réponse est rouverte.")
    if verb == "note":
        form = NoteForm(request.POST)
        note = form.cleaned_data["note"] if form.is_valid() else ""
        write_note(response, note=note, by=request.user)
        return _("La note est enregistrée.")
    if verb in {"apply", "over", "leave"}:
        return update_decided(request, response, verb)
    raise Refused("verb", _("Ce bouton n’existe plus."))


def update_decided(request: Request, response: Response, verb: str) -> str:
    number = request.POST.get("update", "")
    pk = int(number) if number.isascii() and number.isdigit() else 0
    update = get_object_or_404(response.updates, pk=pk)
    if verb == "leave":
        leave_update(update, by=request.user, now=timezone.now())
        return _("La fiche reste comme elle est.")
    apply_update(update, by=request.user, now=timezone.now(), over=verb == "over")
    return _("La fiche de l’annuaire est mise à jour.")
