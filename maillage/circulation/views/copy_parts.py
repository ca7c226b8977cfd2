"""What a copy is made of, its labels, and copies from a file."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from maillage.accounts.http import Request
from maillage.circulation.forms.copies import ComponentForm, component_rows
from maillage.circulation.forms.imports import CopyFileForm, TableForm
from maillage.circulation.imports import COPY_COLUMNS, apply_copies, plan_copies
from maillage.circulation.labels import MOST_SKIPPED, SHEETS, print_labels
from maillage.circulation.models import Copy
from maillage.circulation.services.copies import save_components
from maillage.circulation.views.copies import editable_or_404
from maillage.core.errors import Refused
from maillage.core.http import go, page

SHOWN = 100


@require_http_methods(["GET", "POST"])
def component_list(request: Request, label: str) -> HttpResponse:
    """All crates and pieces of a copy on one page: add, change, order, retire."""
    copy = editable_or_404(request, label)
    rows = component_rows(copy, request.POST or None)
    trouble = ""
    if request.method == "POST" and valid(rows):
        try:
            write_rows(request, copy, rows)
        except Refused as no:
            trouble = no.message
        else:
            messages.success(request, _("La liste est enregistrée."))
            return go(request, "circulation:component_list", label)
    errors = any(row.errors for row in rows)
    context = {
        "copy": copy,
        "rows": rows,
        "trouble": trouble,
        "has_errors": errors,
        "version": Copy.objects.values_list("version", flat=True).get(pk=copy.pk),
    }
    status = 422 if trouble or errors else 200
    return page(request, "circulation/component_list.html", context, status=status)


def valid(rows: list[ComponentForm]) -> bool:
    """Whether all rows are; each is looked at, so that each shows its mistakes."""
    wrong = [row for row in rows if row.is_bound and not row.is_valid()]
    return not wrong


def write_rows(request: Request, copy: Copy, rows: list[ComponentForm]) -> None:
    """Save what the rows change. Refuses as ``save_components`` does."""
    today = timezone.localdate()
    version = request.POST.get("version", "")
    sent = [row for row in rows if row.is_bound]
    known = [row for row in sent if row.instance.pk and row.changed_data]
    fresh = [row for row in sent if not row.instance.pk and row.has_changed()]
    save_components(
        copy,
        changed=[(row.instance, row.facts(today=today)) for row in known],
        added=[row.facts(today=today) for row in fresh],
        version=int(version) if version.isdecimal() else 0,
        by=request.user,
    )


@require_GET
def copy_labels(request: Request, label: str) -> HttpResponse:
    """The labels of a copy as a PDF to print."""
    copy = editable_or_404(request, label)
    sheet = SHEETS.get(request.GET.get("format", ""), SHEETS["24"])
    asked = request.GET.get("sauter", "")
    skip = min(int(asked), MOST_SKIPPED) if asked.isdecimal() and len(asked) < 4 else 0
    pdf = print_labels(copy, sheet=sheet, skip=skip)
    response = HttpResponse(pdf, content_type="application/pdf")
    name = f"etiquettes-{copy.label}.pdf"
    response["Content-Disposition"] = f'inline; filename="{name}"'
    return response


@require_GET
def label_sheets(request: Request, label: str) -> HttpResponse:
    """Choose a sheet of labels."""
    copy = editable_or_404(request, label)
    context = {"copy": copy, "sheets": SHEETS.values(), "most": MOST_SKIPPED}
    return page(request, "circulation/copy_labels.html", context)


@require_http_methods(["GET", "POST"])
def copy_import(request: Request) -> HttpResponse:
    """Read a file of copies, show what it would do, then do it."""
    form = CopyFileForm(request.POST or None, request.FILES or None)
    known = TableForm(request.POST) if "table" in request.POST else None
    context: dict[str, Any] = {"form": form, "columns": COPY_COLUMNS}
    if known is not None or form.is_bound:
        try:
            source = known or form
            if source.is_valid():
                plan = plan_copies(source.table(), by=request.user)
                if known is not None:
                    return imported(request, apply_copies(plan, by=request.user))
                context |= told(plan, source.as_text())
        except Refused as no:
            context["trouble"] = no.message
    wrong = "trouble" in context or bool(form.errors and known is None)
    return page(
        request, "circulation/copy_import.html", context, status=422 if wrong else 200
    )


def told(plan: Any, text: str) -> dict[str, Any]:
    """What the page of a checked file shows."""
    writes = plan.count("create") + plan.count("change")
    return {
        "plan": plan,
        "problems": plan.problems[:SHOWN],
        "lines": [line for line in plan.lines if line.action != "leave"][:SHOWN],
        "text": text,
        "may_apply": bool(writes and not plan.count("refuse")),
    }


def imported(request: Request, counts: dict[str, int]) -> HttpResponse:
    messages.success(
        request,
        _("%(create)s exemplaires créés, %(change)s modifiés.") % counts,
    )
    return go(request, "circulation:copy_list")
