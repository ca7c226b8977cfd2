"""Propose or change a structure or a place: the same path for both."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from maillage.accounts.http import Request
from maillage.core.changes import FieldChange, readable as said
from maillage.core.errors import Refused
from maillage.core.http import go, page
from maillage.core.services import change, propose_new, sent_before
from maillage.core.values import snapshot, values_at
from maillage.directory.fields import readable
from maillage.directory.forms import FicheForm, PlaceForm, StructureForm
from maillage.directory.models import Place, Structure
from maillage.directory.services import Duplicate, find_duplicates


@require_http_methods(["GET", "POST"])
def structure_new(request: Request) -> HttpResponse:
    """Propose a structure."""
    form = StructureForm(request.POST or None, request.FILES or None, user=request.user)
    return new(request, form)


@require_http_methods(["GET", "POST"])
def place_new(request: Request) -> HttpResponse:
    """Propose a place; ``?structure=`` names the one it belongs to."""
    own = Structure.objects.all().visible_to(request.user)
    slug = readable(request.GET.get("structure", ""))
    form = PlaceForm(
        request.POST or None,
        request.FILES or None,
        user=request.user,
        initial={"structure": own.filter(slug=slug).first()} if slug else {},
    )
    return new(request, form)


@require_http_methods(["GET", "POST"])
def structure_edit(request: Request, slug: str) -> HttpResponse:
    """Change a structure, or propose a change of it."""
    rows = Structure.objects.all().visible_to(request.user).select_related("commune")
    return edit(request, get_object_or_404(rows, slug=slug), StructureForm)


@require_http_methods(["GET", "POST"])
def place_edit(request: Request, slug: str) -> HttpResponse:
    """Change a place, or propose a change of it."""
    rows = Place.objects.all().visible_to(request.user)
    rows = rows.select_related("commune__department", "structure")
    return edit(request, get_object_or_404(rows, slug=slug), PlaceForm)


def new(request: Request, form: FicheForm) -> HttpResponse:
    duplicates: list[Duplicate] = []
    if form.is_valid():
        # The same form sent twice is not its own duplicate.
        twice = sent_before(form.instance, by=request.user, now=timezone.now())
        confirmed = form.cleaned_data["confirm"] or twice
        duplicates = (
            [] if confirmed else find_duplicates(form.instance, by=request.user)
        )
        if not duplicates:
            try:
                thing = propose_new(
                    form.instance,
                    by=request.user,
                    now=timezone.now(),
                    note=form.cleaned_data.get("note", ""),
                )
            except Refused as no:
                form.add_error(None, no.message)
            else:
                thank(request, is_done=thing.is_public)
                return go(request, thing)
    return shown(request, form, {"duplicates": duplicates, "is_new": True})


def edit(request: Request, thing: Any, form_class: type[FicheForm]) -> HttpResponse:
    seen = type(thing).objects.get(pk=thing.pk) if request.method == "POST" else thing
    form = form_class(
        request.POST or None, request.FILES or None, user=request.user, instance=thing
    )
    conflict: list[FieldChange] = []
    if form.is_valid():
        try:
            values = form.values()
            proposal = change(
                seen,
                values=values,
                version=form.cleaned_data["version"],
                by=request.user,
                now=timezone.now(),
                note=form.cleaned_data.get("note", ""),
            )
        except Refused as no:
            conflict = settle(form, seen, no, values)
        else:
            thank(request, is_done=proposal is None)
            return go(request, type(thing).objects.get(pk=thing.pk))
    return shown(request, form, {"thing": seen, "conflict": conflict})


def settle(
    form: FicheForm, thing: Any, no: Refused, values: dict[str, Any]
) -> list[FieldChange]:
    """Say why a change was not made; if somebody was faster, what they changed.

    The boxes that the person left alone take the new values.
    """
    version = form.cleaned_data["version"]
    form.add_error(None, no.message)
    if no.code != "stale":
        return []
    before = values_at(thing, version) or {}
    now = snapshot(thing)
    touched = [name for name in values if values[name] != before.get(name)]
    form.keep_up(thing, touched=touched)
    return said(type(thing), before, now)


def thank(request: Request, *, is_done: bool) -> None:
    if is_done:
        messages.success(request, _("C’est enregistré et visible."))
    else:
        messages.success(
            request,
            _("Merci ! L’agence va vérifier votre proposition et vous répondra."),
        )


def shown(request: Request, form: FicheForm, context: dict[str, Any]) -> HttpResponse:
    wrong = form.errors or context.get("duplicates")
    return page(
        request,
        "directory/fiche_form.html",
        {"form": form, "words": WORDS[form.instance.code](), **context},
        status=422 if wrong else 200,
    )


WORDS = {
    "structure": lambda: {
        "new": _("Proposer une structure"),
        "many": _("Structures"),
        "list_url": reverse("directory:structure_list"),
    },
    "place": lambda: {
        "new": _("Proposer un lieu"),
        "many": _("Lieux"),
        "list_url": reverse("directory:place_list"),
    },
}
