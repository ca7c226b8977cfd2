"""Questionnaires: the list, one with its versions, a version as it is seen and tried."""

import json
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from maillage.accounts.guards import agency_only, agency_readers
from maillage.accounts.http import Request
from maillage.core.http import go, page
from maillage.surveys.checks import check
from maillage.surveys.definition import to_json
from maillage.surveys.differences import differences
from maillage.surveys.forms_questionnaires import NoteForm, QuestionnaireForm
from maillage.surveys.models import Questionnaire, Version
from maillage.surveys.questionnaire_pages import (
    history_of,
    questionnaire_rows,
    series,
    versions_of,
)
from maillage.surveys.services.questionnaires import (
    create_questionnaire,
    definition_of,
    last_frozen,
    rename_questionnaire,
)
from maillage.surveys.trying import try_out
from maillage.surveys.xlsform_export import write_xlsform

EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def readable(request: Request, slug: str) -> Questionnaire:
    rows = Questionnaire.objects.visible_to(request.user)
    return get_object_or_404(rows, slug=slug)


def version_read(request: Request, slug: str, number: int) -> Version:
    rows = readable(request, slug).versions.select_related("questionnaire")
    return get_object_or_404(rows, number=number)


@agency_readers
@require_safe
def questionnaire_list(request: Request) -> HttpResponse:
    """All questionnaires, with the version in use and the one in preparation."""
    context = {"rows": questionnaire_rows()}
    return page(request, "surveys/questionnaire_list.html", context)


@agency_only
@require_http_methods(["GET", "POST"])
def questionnaire_new(request: Request) -> HttpResponse:
    """Open a questionnaire, empty: then add questions, or import a file."""
    form = QuestionnaireForm(request.POST or None)
    if form.is_valid():
        made = create_questionnaire(
            **form.cleaned_data, by=request.user, now=timezone.now()
        )
        if "import" in request.POST:
            return go(request, "surveys:questionnaire_import", made.slug)
        return go(request, "surveys:builder", made.slug)
    context = {"form": form}
    status = 422 if form.errors else 200
    return page(request, "surveys/questionnaire_form.html", context, status=status)


@agency_only
@require_http_methods(["GET", "POST"])
def questionnaire_edit(request: Request, slug: str) -> HttpResponse:
    """Change the name and the description."""
    questionnaire = readable(request, slug)
    form = QuestionnaireForm(request.POST or None, instance=questionnaire)
    if form.is_valid():
        rename_questionnaire(questionnaire, **form.cleaned_data)
        messages.success(request, _("Le questionnaire est renommé."))
        return go(request, questionnaire)
    name = readable(request, slug).name
    context = {"form": form, "questionnaire": questionnaire, "name": name}
    status = 422 if form.errors else 200
    return page(request, "surveys/questionnaire_form.html", context, status=status)


@agency_readers
@require_safe
def questionnaire_detail(request: Request, slug: str) -> HttpResponse:
    """A questionnaire: versions, where they served, each question over the versions."""
    questionnaire = readable(request, slug)
    rows = versions_of(questionnaire)
    draft = next((row["version"] for row in rows if row["version"].is_draft), None)
    context = {
        "questionnaire": questionnaire,
        "rows": rows,
        "draft": draft,
        "problems": len(check(definition_of(draft))) if draft else 0,
        "history": history_of(rows),
        "series": series(questionnaire),
        "waves": [wave for row in rows for wave in row["waves"]],
        "note_form": NoteForm(initial={"note": draft.note}) if draft else None,
        "has_frozen": any(not row["version"].is_draft for row in rows),
    }
    return page(request, "surveys/questionnaire_detail.html", context)


@agency_readers
@require_safe
def version_detail(request: Request, slug: str, number: int) -> HttpResponse:
    """A version as it is seen by those who answer; what is typed here is not kept."""
    version = version_read(request, slug, number)
    definition = definition_of(version)
    language = request.GET.get("langue", "")
    tried = try_out(
        definition, request.GET, today=timezone.localdate(), language=language
    )
    context = {
        "version": version,
        "questionnaire": version.questionnaire,
        "definition": definition,
        "try": tried,
        "language": language,
        "today": timezone.localdate().isoformat(),
        "previous": last_frozen(version.questionnaire, before=version.number),
    }
    return page(request, "surveys/version_detail.html", context)


@agency_readers
@require_safe
def version_diff(request: Request, slug: str, number: int) -> HttpResponse:
    """What a version changes, question by question, and the series that it breaks."""
    version = version_read(request, slug, number)
    previous = last_frozen(version.questionnaire, before=version.number)
    found: list[Any] = []
    if previous is not None:
        found = differences(definition_of(previous), definition_of(version))
    context = {
        "version": version,
        "questionnaire": version.questionnaire,
        "previous": previous,
        "differences": found,
        "breaks": version.breaks.select_related("question", "declared_by"),
        "may_declare": version.is_draft and request.user.is_agency and previous,
    }
    return page(request, "surveys/version_diff.html", context)


@agency_readers
@require_safe
def version_export(request: Request, slug: str, number: int, kind: str) -> HttpResponse:
    """The version as an XLSForm, or as the JSON that another site takes."""
    version = version_read(request, slug, number)
    if version.is_draft and not request.user.is_agency:
        raise PermissionDenied
    definition = definition_of(version)
    if kind == "json":
        text = json.dumps(to_json(definition), ensure_ascii=False, indent=1)
        response = HttpResponse(text, content_type="application/json")
    else:
        stamp = f"{number}.{version.revision}"
        data = write_xlsform(definition, form_id=slug, version=stamp)
        response = HttpResponse(data, content_type=EXCEL)
    name = f"{slug}-v{number}.{kind}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
