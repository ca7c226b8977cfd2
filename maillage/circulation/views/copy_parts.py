"""What a copy is made of, its labels, and copies from a file."""

from django.contrib import messages
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from maillage.accounts.http import Request
from maillage.circulation.forms.copies import ComponentForm, component_rows
from maillage.circulation.imports import COPY_COLUMNS, apply_copies, plan_copies
from maillage.circulation.labels import MOST_SKIPPED, SHEETS, print_labels
from maillage.circulation.models import Copy
from maillage.circulation.services.copies import save_components
from maillage.circulation.views.copies import editable_or_404
from maillage.core.errors import Refused
from maillage.core.http import go, page
from maillage.core.intake.uploads import upload
from maillage.core.numbers import number_in


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
    sent = [row for row in rows if row.is_bound]
    known = [row for row in sent if row.instance.pk and row.changed_data]
    fresh = [row for row in sent if not row.instance.pk and row.has_changed()]
    save_components(
        copy,
        changed=[(row.instance, row.facts(today=today)) for row in known],
        added=[row.facts(today=today) for row in fresh],
        version=number_in(request.POST.get("version")),
        by=request.user,
    )


@require_GET
def copy_labels(request: Request, label: str) -> HttpResponse:
    """The labels of a copy as a PDF to print."""
    copy = editable_or_404(request, label)
    sheet = SHEETS.get(request.GET.get("format", ""), SHEETS["24"])
    skip = min(number_in(request.GET.get("sauter")), MOST_SKIPPED)
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
    context, done = upload(
        request,
        plan=lambda table: plan_copies(table, by=request.user),
        apply=lambda plan: apply_copies(plan, by=request.user),
    )
    if done is not None:
        text = _("%(create)s exemplaires créés, %(change)s modifiés.")
        messages.success(request, text % done)
        return go(request, "circulation:copy_list")
    status = context.pop("status")
    context["columns"] = COPY_COLUMNS
    return page(request, "circulation/copy_import.html", context, status=status)
