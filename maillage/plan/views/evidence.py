"""Evidence of an action: look for it, link it, take it away, give its file."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from maillage.accounts.http import Request
from maillage.core.errors import Refused
from maillage.core.http import go, page
from maillage.core.uploads import file_path
from maillage.core.views import file_response
from maillage.plan.evidence import DOCUMENT, kinds
from maillage.plan.forms_evidence import DocumentForm, EvidenceForm
from maillage.plan.models import Evidence
from maillage.plan.services.proving import (
    add_document,
    link,
    proposals,
    search,
    unlink,
)
from maillage.plan.views.actions import editable_or_404


@never_cache
@require_http_methods(["GET", "POST"])
def evidence_add(request: Request, slug: str) -> HttpResponse:
    """Look for what shows an action; give a document."""
    action = editable_or_404(request, slug)
    form = EvidenceForm(request.GET, user=request.user)
    data = request.POST if request.method == "POST" else None
    document = DocumentForm(data, request.FILES or None)
    if data is not None and document.is_valid():
        try:
            add_document(action, **document.cleaned_data, by=request.user)
        except Refused as no:
            document.add_error(None, no.message)
        else:
            messages.success(request, _("Le document est lié à l’action."))
            return go(request, "plan:evidence_add", action.slug)
    context = {"action": action, "form": form, "document": document}
    context |= found_context(request, form, action)
    status = 422 if data is not None else 200
    return page(request, "plan/evidence_add.html", context, status=status)


def found_context(request: Request, form: EvidenceForm, action: Any) -> dict[str, Any]:
    """What was looked for, else what is proposed."""
    words = form.cleaned_data["q"].strip() if form.is_valid() else ""
    linked = {(one.kind, one.object_id) for one in action.evidence.all()}
    if words:
        kind = form.cleaned_data["kind"]
        rows = search(words, kind=kind, user=request.user)
        rows = [row for row in rows if (row.kind, row.pk) not in linked]
    else:
        rows = proposals(action, user=request.user)
    named = [(row, kinds()[row.kind].label) for row in rows]
    return {"words": words, "rows": named}


@require_POST
def evidence_link(request: Request, slug: str, kind: str, pk: int) -> HttpResponse:
    """Link a row of the platform."""
    action = editable_or_404(request, slug)
    try:
        link(action, kind=kind, pk=pk, by=request.user)
    except Refused as no:
        messages.error(request, no.message)
    else:
        messages.success(request, _("La preuve est liée à l’action."))
    return go(request, "plan:evidence_add", action.slug)


@require_POST
def evidence_delete(request: Request, slug: str, pk: int) -> HttpResponse:
    """Take evidence away."""
    action = editable_or_404(request, slug)
    row = get_object_or_404(Evidence.objects.select_related("action__owner"), pk=pk, action=action)  # fmt: skip
    unlink(row, by=request.user)
    messages.success(request, _("La preuve est retirée."))
    return go(request, action)


@login_not_required
@require_safe
def evidence_file(request: Request, pk: int) -> HttpResponseBase:
    """The file of a document, for those who may see its action."""
    rows = Evidence.objects.all().visible_to(request.user).filter(kind=DOCUMENT)
    row = get_object_or_404(rows, pk=pk)
    path = file_path(row.file.name) if row.file.name else None
    if path is None:
        raise Http404
    return file_response(path)
