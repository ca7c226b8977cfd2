"""Add, move, copy and take away the parts of a draft."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import resolve_url
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from maillage.accounts.guards import agency_only
from maillage.accounts.http import Request
from maillage.core.errors import Refused
from maillage.core.http import go, page
from maillage.surveys.choices import QuestionKind
from maillage.surveys.definition import Definition, Part, QuestionSpec, Repeat, Section
from maillage.surveys.models import Version
from maillage.surveys.names import code_from
from maillage.surveys.services.questionnaire_edit import (
    DOWN,
    UP,
    add_part,
    duplicate_part,
    move_part,
    remove_part,
)
from maillage.surveys.services.questionnaires import definition_of
from maillage.surveys.views.questionnaires_versions import draft_of, editable


def there(request: Request, slug: str, code: str) -> HttpResponse:
    """Back to the builder, on that part."""
    address = resolve_url("surveys:builder", slug)
    return go(request, f"{address}?partie={code}" if code else address)


def done(
    request: Request, slug: str, code: str, work: Callable[[Version], str]
) -> HttpResponse:
    """Do a change of the draft; ``work`` gives the part to show next."""
    version = draft_of(editable(request, slug))
    try:
        if version is None:
            raise Refused("gone", _("Le brouillon n’existe plus."))
        code = work(version)
    except Refused as no:
        messages.error(request, no.message)
    return there(request, slug, code)


def people(request: Request) -> dict[str, Any]:
    return {"by": request.user, "now": timezone.now()}


def made(sort: str, definition: Definition) -> Part | None:
    """An empty part of a sort, or a question of a kind."""
    taken = definition.steps()
    if sort == "section":
        label = _("Nouvelle page")
        return Section(code_from("page", taken), label)
    if sort == "group":
        return Section(code_from("groupe", taken), _("Nouveau groupe"))
    if sort == "repeat":
        return Repeat(code_from("lignes", taken), _("Nouveau groupe répété"))
    if sort not in QuestionKind.values:
        return None
    kind = QuestionKind(sort)
    bounds = {"minimum": 1, "maximum": 5} if kind == QuestionKind.SCALE else {}
    label = "" if kind == QuestionKind.CALCULATE else _("Nouvelle question")
    return QuestionSpec(code_from("question", taken), kind, label, **bounds)  # type: ignore[arg-type]


@agency_only
@require_POST
def builder_add(request: Request, slug: str) -> HttpResponse:
    """Add a page, a group or a question, in or after a part."""
    into, after = request.POST.get("into", ""), request.POST.get("after", "")

    def work(version: Version) -> str:
        part = made(request.POST.get("sort", ""), definition_of(version))
        if part is None:
            raise Refused("sort", _("Choisissez ce qu’il faut ajouter."))
        add_part(version, part, into=into, after=after, **people(request))
        return part.code

    return done(request, slug, after or into, work)


@agency_only
@require_POST
def builder_move(request: Request, slug: str) -> HttpResponse:
    """Move a part up, down, or into another."""
    code, way = request.POST.get("code", ""), request.POST.get("way", "")

    def work(version: Version) -> str:
        if way in {UP, DOWN}:
            move_part(version, code, way=way, **people(request))
        else:
            into, before = request.POST.get("into", ""), request.POST.get("before", "")
            move_part(version, code, into=into, before=before, **people(request))
        return request.POST.get("show", code)

    return done(request, slug, code, work)


@agency_only
@require_POST
def builder_duplicate(request: Request, slug: str) -> HttpResponse:
    """Copy a part just after itself."""
    code = request.POST.get("code", "")

    def work(version: Version) -> str:
        _definition, copy = duplicate_part(version, code, **people(request))
        messages.success(request, _("La copie est juste après."))
        return copy

    return done(request, slug, code, work)


@agency_only
@require_http_methods(["GET", "POST"])
def builder_delete(request: Request, slug: str) -> HttpResponse:
    """Take a part away; what it holds is said before."""
    version = draft_of(editable(request, slug))
    code = request.POST.get("code", request.GET.get("partie", ""))
    step = definition_of(version).steps().get(code) if version else None
    if step is None:
        messages.error(request, _("Cette partie n’existe plus."))
        return there(request, slug, "")
    parent = step.parents[-1].code if step.parents else ""
    if request.method == "POST":

        def work(version: Version) -> str:
            remove_part(version, code, **people(request))
            return parent

        return done(request, slug, code, work)
    held = list(Definition(parts=(Section("", "", parts=(step.part,)),)).questions())
    context = {"version": version, "step": step, "held": held}
    return page(request, "surveys/builder_delete.html", context)
