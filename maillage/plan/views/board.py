"""The board of the plan, its files, and the files frozen for the committee."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from maillage.accounts.guards import agency_only, agency_readers
from maillage.accounts.http import Request
from maillage.core.errors import Refused
from maillage.core.http import go, page
from maillage.core.tables.sending import TYPES, table_file
from maillage.plan.board_pages import BOARD_COLUMNS, board_context, board_pdf
from maillage.plan.models import FrozenFile
from maillage.plan.services.board import board_data
from maillage.plan.services.freezing import freeze, is_intact, reopened
from maillage.plan.services.reading import read_in_force


def live() -> dict[str, Any] | None:
    """The figures of today; None without a plan."""
    today = timezone.localdate()
    reading = read_in_force(today=today)
    return board_data(reading, today=today) if reading else None


def live_or_404() -> dict[str, Any]:
    if (data := live()) is None:
        raise Http404
    return data


def pdf_file(content: bytes, name: str) -> HttpResponse:
    answer = HttpResponse(content, content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="{name}.pdf"'
    return answer


@login_not_required
@require_safe
def board(request: Request) -> HttpResponse:
    """The plan by progress, by money, in time, by territory, by owner."""
    data = live()
    context = board_context(data) | {"file_forms": TYPES} if data else {"data": None}
    return page(request, "plan/board.html", context)


@login_not_required
@require_safe
def board_export(request: Request, form: str) -> HttpResponse:
    """A line an action, as the board counts it."""
    if form not in TYPES:
        raise Http404
    rows = live_or_404()["actions"]
    return table_file(rows, BOARD_COLUMNS, name=_("tableau-de-bord"), form=form)


@login_not_required
@require_safe
def board_paper(request: Request) -> HttpResponse:
    """The board to print."""
    content = board_pdf(live_or_404(), title=_("Tableau de bord du plan"))
    return pdf_file(content, _("tableau-de-bord"))


class FreezeForm(forms.Form):
    year = forms.IntegerField(
        label=gettext_lazy("Année"), min_value=2000, max_value=2100
    )
    title = forms.CharField(label=gettext_lazy("Titre"), max_length=160)


@agency_readers
@require_safe
def frozen_list(request: Request) -> HttpResponse:
    """Every file that was frozen, the last first."""
    year = timezone.localdate().year
    first = {"year": year, "title": _("Dossier du comité %d") % year}
    rows = FrozenFile.objects.select_related("taken_by").defer("content")
    context = {"rows": rows, "form": FreezeForm(initial=first)}
    return page(request, "plan/frozen_list.html", context)


@agency_only
@require_http_methods(["POST"])
def frozen_new(request: Request) -> HttpResponse:
    """Freeze the figures of today."""
    form = FreezeForm(request.POST)
    if form.is_valid():
        now, today = timezone.now(), timezone.localdate()
        try:
            row = freeze(**form.cleaned_data, by=request.user, now=now, today=today)
        except Refused as no:
            form.add_error(None, no.message)
        else:
            messages.success(request, _("Les chiffres de ce jour sont figés."))
            return go(request, row)
    rows = FrozenFile.objects.select_related("taken_by").defer("content")
    context = {"rows": rows, "form": form}
    return page(request, "plan/frozen_list.html", context, status=422)


def frozen_or_404(pk: int) -> FrozenFile:
    return get_object_or_404(
        FrozenFile.objects.select_related("taken_by", "plan"), pk=pk
    )


@agency_readers
@require_safe
def frozen_detail(request: Request, pk: int) -> HttpResponse:
    """The figures of its day; its digest computed anew when asked."""
    file = frozen_or_404(pk)
    context = board_context(reopened(file)) | {"file": file, "file_forms": TYPES}
    if "verifier" in request.GET:
        context |= {"is_checked": True, "is_intact": is_intact(file)}
    return page(request, "plan/frozen_detail.html", context)


@agency_readers
@require_safe
def frozen_file(request: Request, pk: int, form: str) -> HttpResponse:
    """Its data as they were frozen, or in a form to read."""
    file = frozen_or_404(pk)
    name = f"plan-{file.year}-{file.pk}"
    if form == "json":
        answer = HttpResponse(file.content, content_type="application/json")
        answer["Content-Disposition"] = f'attachment; filename="{name}.json"'
        return answer
    data = reopened(file)
    if form == "pdf":
        return pdf_file(board_pdf(data, title=file.title, digest=file.digest), name)
    if form not in TYPES:
        raise Http404
    return table_file(data["actions"], BOARD_COLUMNS, name=name, form=form)
