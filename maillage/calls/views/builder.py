"""The form of a call, built section by section."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _, ngettext
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from maillage.accounts.guards import agency_only, agency_readers
from maillage.accounts.http import Request
from maillage.calls.definition import Definition
from maillage.calls.forms_builder import QuestionForm, SectionForm
from maillage.calls.models import FormVersion
from maillage.calls.services.form_editing import (
    making_of,
    moved,
    problems_of,
    publish_form,
    with_question,
    with_section,
    without,
    write_form,
)
from maillage.calls.views.calls_agency import call_of
from maillage.calls.writing_pages import preview_of
from maillage.core.errors import Refused
from maillage.core.http import go, page


def seen_in(request: Request, version: FormVersion) -> int:
    """The revision that the page showed."""
    text = request.POST.get("seen", "")
    return int(text) if text.isascii() and text.isdigit() else version.revision


@agency_only
@require_safe
def call_builder(request: Request, slug: str) -> HttpResponse:
    """The whole form in the making."""
    call = call_of(slug)
    version = making_of(call, by=request.user)
    definition = Definition.of(version.definition)
    context = {
        "call": call,
        "version": version,
        "definition": definition,
        "labels": {key: one.label for key, one in definition.questions().items()},
        "problems": problems_of(definition),
        "current": call.form,
        "drafts": call.applications.filter(state="draft").count(),
    }
    return page(request, "calls/builder.html", context)


def written(
    request: Request, version: FormVersion, change: Callable[[Definition], Definition]
) -> bool:
    """Write one change; what refuses it is told on the next page."""
    try:
        definition = change(Definition.of(version.definition))
        seen = seen_in(request, version)
        write_form(version, definition, seen=seen, by=request.user)
    except Refused as no:
        messages.error(request, no.message)
        return False
    return True


@agency_only
@require_http_methods(["GET", "POST"])
def builder_section_new(request: Request, slug: str) -> HttpResponse:
    """Another section."""
    return section_page(request, slug, "")


@agency_only
@require_http_methods(["GET", "POST"])
def builder_section(request: Request, slug: str, key: str) -> HttpResponse:
    """A section: its title and what stands under it."""
    return section_page(request, slug, key)


def section_page(request: Request, slug: str, key: str) -> HttpResponse:
    call = call_of(slug)
    version = making_of(call, by=request.user)
    before = Definition.of(version.definition).section(key) if key else None
    if key and before is None:
        raise Http404
    initial = {"title": before.title, "help": before.help} if before else {}
    form = SectionForm(request.POST or None, initial=initial)
    if form.is_valid():
        section = form.section(before)
        if written(request, version, lambda one: with_section(one, section)):
            return go(request, "calls:call_builder", slug)
    title = _("Partie") if before else _("Nouvelle partie")
    return part_page(request, version, form, title=title)


@agency_only
@require_http_methods(["GET", "POST"])
def builder_question_new(request: Request, slug: str) -> HttpResponse:
    """Another question."""
    return question_page(request, slug, "")


@agency_only
@require_http_methods(["GET", "POST"])
def builder_question(request: Request, slug: str, key: str) -> HttpResponse:
    """A question: what is asked, how it is answered, when it is shown."""
    return question_page(request, slug, key)


def question_page(request: Request, slug: str, key: str) -> HttpResponse:
    call = call_of(slug)
    version = making_of(call, by=request.user)
    definition = Definition.of(version.definition)
    before = definition.questions().get(key) if key else None
    if (key and before is None) or not definition.sections:
        raise Http404
    form = QuestionForm(
        request.POST or None, definition=definition, question=before,
        section=request.GET.get("partie", ""),
    )  # fmt: skip
    if form.is_valid():
        built, place = form.built(), form.cleaned_data["section"]
        if written(request, version, lambda one: with_question(one, built, section=place)):  # fmt: skip
            return go(request, "calls:call_builder", slug)
    title = _("Question") if before else _("Nouvelle question")
    return part_page(request, version, form, title=title)


def part_page(
    request: Request, version: FormVersion, form: Form, *, title: str
) -> HttpResponse:
    """A part of the form, on its own page."""
    context = {"call": version.call, "version": version, "form": form, "title": title}
    status = 422 if request.method == "POST" else 200
    return page(request, "calls/builder_part.html", context, status=status)


@agency_only
@require_POST
def builder_change(request: Request, slug: str) -> HttpResponse:
    """Move a part up or down, or take it out."""
    version = making_of(call_of(slug), by=request.user)
    key, verb = request.POST.get("key", ""), request.POST.get("do", "")
    steps = {"up": -1, "down": 1}
    if verb in steps:
        written(request, version, lambda one: moved(one, key, by=steps[verb]))
    elif verb == "delete":
        written(request, version, lambda one: without(one, key))
    return go(request, "calls:call_builder", slug)


@agency_only
@require_POST
def builder_publish(request: Request, slug: str) -> HttpResponse:
    """Publish the version in the making; drafts follow."""
    try:
        _version, count = publish_form(
            call_of(slug), by=request.user, now=timezone.now()
        )
    except Refused as no:
        messages.error(request, no.message)
        return go(request, "calls:call_builder", slug)
    said = _("Le formulaire est publié.")
    if count:
        moved_words = ngettext(
            "%(n)s brouillon le suit.", "%(n)s brouillons le suivent.", count
        )
        said = f"{said} {moved_words % {'n': count}}"
    messages.success(request, said)
    return go(request, "calls:call_manage", slug)


@agency_readers
@require_safe
def builder_preview(request: Request, slug: str) -> HttpResponse:
    """The form as applicants will see it; nothing typed here is kept."""
    call = call_of(slug)
    version = call.forms.order_by("-number").first()
    if version is None:
        raise Http404
    definition = Definition.of(version.definition)
    context: dict[str, Any] = {"call": call, "version": version}
    context |= preview_of(definition)
    return page(request, "calls/builder_preview.html", context)
