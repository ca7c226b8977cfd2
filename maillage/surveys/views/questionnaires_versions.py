"""What is done with versions: prepare, freeze, throw away, break a series, import."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from maillage.accounts.guards import agency_only
from maillage.accounts.http import Request
from maillage.core.errors import Refused
from maillage.core.http import go, page
from maillage.surveys.choices import VersionState
from maillage.surveys.forms_questionnaires import BreakForm, FormFileForm, NoteForm
from maillage.surveys.forms_questionnaires_parts import shortened
from maillage.surveys.models import Break, Questionnaire, Version
from maillage.surveys.services.importing_forms import apply_import, plan_import
from maillage.surveys.services.questionnaires import (
    declare_break,
    definition_of,
    drop_draft,
    freeze,
    new_version,
    withdraw_break,
)
from maillage.surveys.views.questionnaires import version_read


def editable(request: Request, slug: str) -> Questionnaire:
    rows = Questionnaire.objects.editable_by(request.user)
    return get_object_or_404(rows, slug=slug)


def draft_of(questionnaire: Questionnaire) -> Version | None:
    rows = questionnaire.versions.filter(state=VersionState.DRAFT)
    return rows.select_related("questionnaire", "changed_by").first()


@agency_only
@require_POST
def version_new(request: Request, slug: str) -> HttpResponse:
    """Start a version from the last frozen one."""
    questionnaire = editable(request, slug)
    try:
        new_version(questionnaire, by=request.user, now=timezone.now())
    except Refused as no:
        messages.error(request, no.message)
        return go(request, questionnaire)
    return go(request, "surveys:builder", slug)


@agency_only
@require_POST
def version_freeze(request: Request, slug: str, number: int) -> HttpResponse:
    """Freeze a draft: it will never change again."""
    version = version_read(request, slug, number)
    form = NoteForm(request.POST)
    note = form.cleaned_data["note"] if form.is_valid() else ""
    try:
        freeze(version, by=request.user, now=timezone.now(), note=note)
    except Refused as no:
        messages.error(request, no.message)
        if no.code == "problems":
            return go(request, "surveys:builder", slug)
        if no.code == "kinds":
            return go(request, "surveys:version_diff", slug, number)
    else:
        said = _("La version %d est figée : une édition peut s’en servir.") % number
        messages.success(request, said)
    return go(request, version.questionnaire)


@agency_only
@require_http_methods(["GET", "POST"])
def version_delete(request: Request, slug: str, number: int) -> HttpResponse:
    """Throw a draft away, after a question."""
    version = version_read(request, slug, number)
    if request.method == "POST":
        try:
            drop_draft(version)
        except Refused as no:
            messages.error(request, no.message)
        else:
            messages.success(request, _("Le brouillon est supprimé."))
        return go(request, version.questionnaire)
    context = {"version": version, "questionnaire": version.questionnaire}
    return page(request, "surveys/version_delete.html", context)


@agency_only
@require_http_methods(["GET", "POST"])
def break_new(request: Request, slug: str, number: int) -> HttpResponse:
    """Declare that a question's answers start a new series with this version."""
    version = version_read(request, slug, number)
    form = BreakForm(
        request.POST or None,
        choices=asked_before(version),
        initial={"question": request.GET.get("question", "")},
    )
    if form.is_valid():
        code, reason = form.cleaned_data["question"], form.cleaned_data["reason"]
        try:
            declare_break(
                version, code=code, reason=reason, by=request.user, now=timezone.now()
            )
        except Refused as no:
            form.add_error(None, no.message)
        else:
            messages.success(request, _("La rupture de série est notée."))
            return go(request, "surveys:version_diff", slug, number)
    context = {"version": version, "questionnaire": version.questionnaire, "form": form}
    status = 422 if form.errors else 200
    return page(request, "surveys/break_new.html", context, status=status)


def asked_before(version: Version) -> list[tuple[str, str]]:
    """Questions of a version that have an identity already."""
    known = set(version.questionnaire.questions.values_list("code", flat=True))
    return [
        (code, shortened(spec.label or code))
        for code, spec in definition_of(version).questions().items()
        if code in known and spec.is_answered
    ]


@agency_only
@require_POST
def break_delete(request: Request, slug: str, number: int, pk: int) -> HttpResponse:
    """Withdraw a break, as long as the version is not frozen."""
    version = version_read(request, slug, number)
    declared = get_object_or_404(Break, pk=pk, version=version)
    try:
        withdraw_break(declared)
    except Refused as no:
        messages.error(request, no.message)
    else:
        messages.success(request, _("La rupture de série est retirée."))
    return go(request, "surveys:version_diff", slug, number)


@agency_only
@require_http_methods(["GET", "POST"])
def questionnaire_import(request: Request, slug: str) -> HttpResponse:
    """Read a file and show what it would change; nothing is written here."""
    questionnaire = editable(request, slug)
    version, plan, form = draft_of(questionnaire), None, FormFileForm()
    if request.method == "POST" and version is not None:
        form = FormFileForm(request.POST, request.FILES)
        if form.is_valid():
            try:
                plan = plan_import(version, form.cleaned_data["file"].read())
            except Refused as no:
                form.add_error("file", no.message)
    context: dict[str, Any] = {
        "questionnaire": questionnaire, "version": version, "form": form, "plan": plan,
    }  # fmt: skip
    wrong = form.errors or (plan and plan.troubles)
    status = 422 if wrong else 200
    return page(request, "surveys/questionnaire_import.html", context, status=status)


@agency_only
@require_POST
def questionnaire_import_apply(request: Request, slug: str) -> HttpResponse:
    """Put what was read in the place of the draft."""
    questionnaire = editable(request, slug)
    version = draft_of(questionnaire)
    try:
        if version is None:
            raise Refused("gone", _("Le brouillon n’existe plus."))
        token = request.POST.get("plan", "")
        apply_import(version, token, by=request.user, now=timezone.now())
    except Refused as no:
        messages.error(request, no.message)
        return go(request, "surveys:questionnaire_import", slug)
    messages.success(request, _("Le brouillon est remplacé par le contenu du fichier."))
    return go(request, "surveys:builder", slug)
