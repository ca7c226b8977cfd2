"""Applications as the agency sorts and checks them."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from maillage.accounts.guards import agency_only, agency_readers
from maillage.accounts.http import Request
from maillage.calls.application_files import application_columns
from maillage.calls.application_listing import ApplicationFilter, listed
from maillage.calls.forms_applications import CheckForm, RevisionForm
from maillage.calls.models import Application
from maillage.calls.services.rules import definition_of, eligibility_rules
from maillage.calls.services.submitting import (
    ask_revision,
    check_application,
    close_revision,
)
from maillage.calls.views.applications import read_or_404
from maillage.calls.views.calls_agency import call_of
from maillage.calls.writing_pages import money_of, tone_of
from maillage.core.errors import Refused
from maillage.core.http import go, page
from maillage.core.tables.sending import table_file


@agency_readers
@require_safe
def application_desk(request: Request, slug: str) -> HttpResponse:
    """The applications of a call, by filters."""
    call = call_of(slug)
    form = ApplicationFilter(request.GET, call=call)
    rows = listed(call, form, user=request.user)
    context = {
        "call": call,
        "form": form,
        "lines": [{"row": row, "tone": tone_of(row)} for row in rows],
        "total": sum(row.requested_cents or 0 for row in rows),
        "parameters": request.GET.urlencode(),
    }
    return page(request, "calls/application_desk.html", context, partial="list")


@agency_readers
@require_safe
def application_export(request: Request, slug: str, form: str) -> HttpResponse:
    """The same list as a file."""
    call = call_of(slug)
    asked = ApplicationFilter(request.GET, call=call)
    rows = listed(call, asked, user=request.user)
    columns = application_columns(call)
    return table_file(rows, columns, name=f"candidatures-{call.slug}", form=form)


def sent_or_404(number: str) -> Application:
    rows = Application.objects.all().sent()
    related = rows.select_related("call", "form", "structure", "commune")
    return get_object_or_404(related, number=number)


@agency_only
@require_http_methods(["GET", "POST"])
def application_check(request: Request, number: str) -> HttpResponse:
    """Whether it may be judged: what the rules say, then a person."""
    row = sent_or_404(number)
    form = CheckForm(request.POST or None, initial={"reason": row.check_reason})
    if form.is_valid():
        data = form.cleaned_data
        now = timezone.now()
        is_eligible = data["verdict"] == "yes"
        try:
            check_application(
                row,
                is_eligible=is_eligible,
                reason=data["reason"],
                by=request.user,
                now=now,
            )
        except Refused as no:
            form.add_error("reason" if no.code == "reason" else None, no.message)
        else:
            messages.success(request, _("C’est noté, ses auteurs le savent."))
            return go(request, row)
    context = {
        "application": row, "call": row.call, "form": form,
        "rules": eligibility_rules(row), "facts": money_of(row),
    }  # fmt: skip
    status = 422 if form.errors else 200
    return page(request, "calls/application_check.html", context, status=status)


@agency_only
@require_http_methods(["GET", "POST"])
def application_revision(request: Request, number: str) -> HttpResponse:
    """Ask for a revision of some sections."""
    row = sent_or_404(number)
    sections = [(one.id, one.title) for one in definition_of(row).sections]
    form = RevisionForm(request.POST or None, sections=sections)
    if form.is_valid():
        now = timezone.now()
        try:
            ask_revision(row, **form.cleaned_data, by=request.user, now=now)
        except Refused as no:
            form.add_error(None, no.message)
        else:
            messages.success(request, _("La demande est envoyée aux auteurs."))
            return go(request, row)
    context = {"application": row, "call": row.call, "form": form}
    status = 422 if form.errors else 200
    return page(request, "calls/application_revision.html", context, status=status)


@agency_only
@require_POST
def application_revision_close(request: Request, number: str) -> HttpResponse:
    """Go on with the version that was sent."""
    row = read_or_404(request, number)
    try:
        close_revision(row, by=request.user, now=timezone.now())
        messages.success(request, _("La version déposée reste."))
    except Refused as no:
        messages.error(request, no.message)
    return go(request, row)
