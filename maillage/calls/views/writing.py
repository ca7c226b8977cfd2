"""Writing an application: starting, saving, sorting words out, files, sending."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from maillage.accounts.http import Request
from maillage.calls.definition import Section
from maillage.calls.forms_applications import StartForm
from maillage.calls.models import Application
from maillage.calls.services.drafts import Change, Outcome, save_answers, settle_aside
from maillage.calls.services.files import attach, detach
from maillage.calls.services.rules import definition_of, faults_of
from maillage.calls.services.starting import (
    earlier_of,
    start_application,
    structures_of,
)
from maillage.calls.services.submitting import Incomplete, submit
from maillage.calls.views.calls import call_or_404
from maillage.calls.writing_pages import (
    files_by_question,
    form_of,
    reading_of,
    saved_context,
    steps_of,
    writing_context,
)
from maillage.core.errors import Refused
from maillage.core.http import go, page


def mine_or_404(request: Request, number: str) -> Application:
    """An application of which the person is an author."""
    rows = Application.objects.all().authored_by(request.user)
    related = rows.select_related("call", "form", "structure", "commune")
    return get_object_or_404(related, number=number)


@never_cache
@require_http_methods(["GET", "POST"])
def application_start(request: Request, slug: str) -> HttpResponse:
    """Start an application, for one of one's structures."""
    call = call_or_404(request, slug)
    structures = structures_of(request.user)
    earlier = earlier_of(structures)
    only = structures.first() if structures.count() == 1 else None
    form = StartForm(
        request.POST or None, structures=structures, earlier=earlier,
        initial={"structure": only},
    )  # fmt: skip
    if form.is_valid():
        who: dict[str, Any] = {"by": request.user, "now": timezone.now()}
        try:
            row = start_application(call, **form.cleaned_data, **who)
        except Refused as no:
            form.add_error(None, no.message)
        else:
            return go(request, "calls:application_write", row.number)
    context = {"call": call, "form": form, "structures": structures}
    status = 422 if form.errors else 200
    return page(request, "calls/application_start.html", context, status=status)


def section_of(application: Application, key: str) -> Section:
    definition = definition_of(application)
    section = definition.section(key) if key else next(iter(definition.sections), None)
    if section is None:
        raise Http404
    return section


def changes_in(request: Request, section: Section) -> list[Change]:
    """What the page sends: the answers of its section, with what it had seen."""
    form = form_of(section, {}, {}, request.POST)
    asked = {question.id: question for question in section.questions}
    found = []
    for name in request.POST:
        key = name.removeprefix("-seen-")
        if key == name:
            continue
        text, _dot, was = request.POST[name].partition(".")
        seen = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0
        if key in asked and key in form.fields:
            found.append(Change(key, form.raw(key), seen, was))
        elif key not in asked:
            found.append(Change(key, request.POST.get(key, ""), seen, was))
    return found


def saved(
    request: Request, application: Application, changes: Sequence[Change]
) -> Outcome:
    return save_answers(
        application,
        changes,
        by=request.user,
        page=request.POST.get("-page", "")[:40],
        now=timezone.now(),
    )


@never_cache
@require_http_methods(["GET", "POST"])
def application_write(request: Request, number: str) -> HttpResponse:
    """Write a section; all that is typed is kept, right or wrong."""
    row, now = mine_or_404(request, number), timezone.now()
    section = section_of(row, request.GET.get("partie", ""))
    key = request.POST.get("-page", "")[:40]
    if request.method == "POST":
        try:
            outcome = saved(request, row, changes_in(request, section))
        except Refused as no:
            messages.error(request, no.message)
            context = writing_context(row, section, now=now, data=request.POST)
            return page(request, "calls/application_write.html", context, status=422)
        row = outcome.application
        if not outcome.beside:
            return go(request, target_of(request, row, section))
        messages.warning(request, _("Quelqu’un écrit aussi : choisissez un texte."))
    context = writing_context(row, section, now=now, page_key=key)
    return page(request, "calls/application_write.html", context)


def target_of(request: Request, row: Application, section: Section) -> str:
    """Where the button leads: another section, the last look, or here."""
    wanted = request.POST.get("-go", "")
    if wanted == "review":
        return f"{row.get_absolute_url()}deposer/"
    keys = {one.id for one in definition_of(row).sections}
    key = wanted if wanted in keys else section.id
    return f"{row.get_absolute_url()}ecrire/?partie={key}"


@never_cache
@require_POST
def application_save(request: Request, number: str) -> HttpResponse:
    """Keep what is being typed, and say what became of it."""
    row = mine_or_404(request, number)
    section = section_of(row, request.GET.get("partie", ""))
    changes = changes_in(request, section)
    no: Refused | None = None
    try:
        outcome = saved(request, row, changes)
    except Refused as refused:
        no, outcome = refused, Outcome(row)
    context = saved_context(outcome, section, changes=changes, now=timezone.now())
    status = 422 if no else 200
    return render(request, "calls/save_state.html", context | {"no": no}, status=status)


@require_POST
def application_aside(request: Request, number: str) -> HttpResponse:
    """Take words that were put aside, or drop them."""
    row = mine_or_404(request, number)
    question, index = request.POST.get("question", ""), request.POST.get("index", "")
    try:
        row = settle_aside(
            row, question, int(index) if index.isdigit() and len(index) < 4 else -1,
            take=request.POST.get("do") == "take", by=request.user, now=timezone.now(),
        )  # fmt: skip
    except Refused as no:
        messages.error(request, no.message)
    place = definition_of(row).section_of(question)
    where = f"?partie={place.id}#field-{question}" if place else ""
    return go(request, f"{row.get_absolute_url()}ecrire/{where}")


@require_POST
def application_attach(request: Request, number: str) -> HttpResponse:
    """Add a file to a question."""
    row = mine_or_404(request, number)
    question, file = request.POST.get("question", ""), request.FILES.get("file")
    place = definition_of(row).section_of(question)
    try:
        if file is None:
            raise Refused("empty", _("Choisissez d’abord un fichier."))
        attach(row, question, file=file, by=request.user, now=timezone.now())
        messages.success(request, _("Le fichier est ajouté."))
    except Refused as no:
        messages.error(request, no.message)
    where = f"?partie={place.id}#field-{question}" if place else ""
    return go(request, f"{row.get_absolute_url()}ecrire/{where}")


@require_POST
def application_detach(request: Request, number: str, pk: int) -> HttpResponse:
    """Take a file out."""
    row = mine_or_404(request, number)
    file = get_object_or_404(row.attachments.all().present(), pk=pk)
    place = definition_of(row).section_of(file.question)
    try:
        detach(file, now=timezone.now())
        messages.success(request, _("Le fichier est retiré."))
    except Refused as no:
        messages.error(request, no.message)
    where = f"?partie={place.id}#field-{file.question}" if place else ""
    return go(request, f"{row.get_absolute_url()}ecrire/{where}")


def send(request: Request, row: Application, *, now: dt.datetime) -> None:
    """Send it, and say what became of it; ``now`` is when the request arrived."""
    try:
        submit(row, by=request.user, now=now)
    except Incomplete:
        messages.error(request, _("Il manque encore quelque chose."))
    except Refused as no:
        if no.code != "sent":
            messages.error(request, no.message)
    else:
        messages.success(request, _("Votre candidature est déposée."))
    row.refresh_from_db()


@never_cache
@require_http_methods(["GET", "POST"])
def application_send(request: Request, number: str) -> HttpResponse:
    """The last look, then the sending; a second click changes nothing."""
    now = timezone.now()
    row = mine_or_404(request, number)
    if request.method == "POST":
        send(request, row, now=now)
    if not row.is_writable:
        return go(request, row)
    faults = faults_of(row)
    context = {
        "application": row, "call": row.call, "faults": faults,
        "steps": steps_of(row, faults=faults, open_only=None),
        "sections": reading_of(definition_of(row), row.answers, files_by_question(row)),
        "is_late": row.is_draft and not row.may_be_sent(now),
    }  # fmt: skip
    status = 422 if request.method == "POST" else 200
    return page(request, "calls/application_send.html", context, status=status)
