"""Applications as their authors and the agency read them."""

from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from maillage.accounts.http import Request
from maillage.calls.definition import Definition
from maillage.calls.forms_applications import InviteForm
from maillage.calls.models import Application, ApplicationAuthor, Submission
from maillage.calls.receipt import receipt_pdf
from maillage.calls.services.authors import (
    invite_author,
    join_application,
    remove_author,
)
from maillage.calls.services.files import path_of
from maillage.calls.services.rules import eligibility_rules
from maillage.calls.services.submitting import withdraw
from maillage.calls.views.writing import mine_or_404
from maillage.calls.writing_pages import (
    differences_of,
    money_of,
    reading_of,
    tone_of,
    version_files,
)
from maillage.core.errors import Refused
from maillage.core.http import go, page
from maillage.core.uploads import CONTENT_TYPES


def read_or_404(request: Request, number: str) -> Application:
    """One's own; for the agency and the observer, what was sent."""
    rows = Application.objects.all().visible_to(request.user)
    related = rows.select_related("call", "form", "structure", "commune")
    return get_object_or_404(related, number=number)


@never_cache
@require_safe
def application_list(request: Request) -> HttpResponse:
    """What one writes or has sent, the latest first."""
    rows = Application.objects.all().authored_by(request.user)
    rows = rows.select_related("call", "structure")
    now = timezone.now()
    lines = [
        {"row": row, "tone": tone_of(row), "is_late": row.is_draft and not row.may_be_sent(now)}
        for row in rows
    ]  # fmt: skip
    return page(request, "calls/application_list.html", {"lines": lines})


@never_cache
@require_safe
def application_detail(request: Request, number: str) -> HttpResponse:
    """Where an application stands, what was sent, who writes it."""
    row, user = read_or_404(request, number), request.user
    versions = list(row.submissions.select_related("submitted_by"))
    is_mine = Application.objects.all().authored_by(user).filter(pk=row.pk).exists()
    context: dict[str, Any] = {
        "application": row,
        "call": row.call,
        "tone": tone_of(row),
        "facts": money_of(row),
        "versions": versions,
        "steps": row.steps.select_related("by"),
        "authors": row.authors.select_related("user"),
        "is_mine": is_mine,
        "may_withdraw": is_mine and row.may_be_withdrawn,
        "asked": row.revision_requests.filter(ended_at=None).first(),
        "partners": row.partners.select_related("structure"),
        "rules": eligibility_rules(row) if user.is_agency or user.is_observer else [],
        "is_late": row.is_draft and not row.may_be_sent(timezone.now()),
    }
    if versions:
        context["sections"] = sections_of(versions[-1])
    return page(request, "calls/application_detail.html", context)


def sections_of(sent: Submission) -> list[dict[str, Any]]:
    definition = Definition.of(sent.content["definition"])
    return reading_of(definition, sent.content["answers"], version_files(sent))


def version_or_404(application: Application, version: int) -> Submission:
    return get_object_or_404(application.submissions, number=version)


@never_cache
@require_safe
def application_version(request: Request, number: str, version: int) -> HttpResponse:
    """What was sent once, and what changed from the time before."""
    row = read_or_404(request, number)
    sent = version_or_404(row, version)
    before = row.submissions.filter(number=version - 1).first()
    context = {
        "application": row,
        "call": row.call,
        "sent": sent,
        "before": before,
        "changes": differences_of(before, sent) if before else [],
        "sections": sections_of(sent),
    }
    return page(request, "calls/application_version.html", context)


@never_cache
@require_safe
def application_receipt(request: Request, number: str, version: int) -> HttpResponse:
    """The receipt of what was sent, as a PDF."""
    row = read_or_404(request, number)
    sent = version_or_404(row, version)
    response = HttpResponse(receipt_pdf(sent), content_type="application/pdf")
    name = f"accuse-{row.number}-{version}.pdf"
    response["Content-Disposition"] = f'inline; filename="{name}"'
    return response


@never_cache
@require_safe
def application_file(request: Request, number: str, pk: int) -> HttpResponseBase:
    """A file of an application, for those who may read it."""
    row = read_or_404(request, number)
    file = get_object_or_404(row.attachments, pk=pk)
    path = path_of(file)
    kind = CONTENT_TYPES.get(path.suffix.removeprefix("."))
    if kind is None or not path.is_file():
        raise Http404
    response = FileResponse(path.open("rb"), content_type=kind, filename=file.name)
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


@require_http_methods(["GET", "POST"])
def application_withdraw(request: Request, number: str) -> HttpResponse:
    """Take it back, after a last question."""
    row = mine_or_404(request, number)
    if request.method == "POST":
        try:
            withdraw(row, by=request.user, now=timezone.now())
        except Refused as no:
            messages.error(request, no.message)
        else:
            messages.success(request, _("La candidature est retirée."))
        return go(request, row)
    context = {"application": row, "call": row.call}
    return page(request, "calls/application_withdraw.html", context)


# Authors ------------------------------------------------------------------------------


@never_cache
@require_http_methods(["GET", "POST"])
def application_authors(request: Request, number: str) -> HttpResponse:
    """Who writes it; another person is invited by an e-mail."""
    row = mine_or_404(request, number)
    form = InviteForm(request.POST or None)
    if form.is_valid():
        email = form.cleaned_data["email"]
        try:
            invite_author(row, email=email, by=request.user, now=timezone.now())
        except Refused as no:
            form.add_error("email", no.message)
        else:
            messages.success(request, _("L’invitation est envoyée."))
            return go(request, "calls:application_authors", number)
    context = {
        "application": row,
        "call": row.call,
        "authors": row.authors.select_related("user"),
        "form": form,
    }
    status = 422 if form.errors else 200
    return page(request, "calls/application_authors.html", context, status=status)


@require_POST
def author_remove(request: Request, number: str, pk: int) -> HttpResponse:
    """Take an author off, oneself too, or cancel an invitation."""
    row = mine_or_404(request, number)
    author = get_object_or_404(ApplicationAuthor, application=row, pk=pk)
    try:
        remove_author(author, by=request.user, now=timezone.now())
        messages.success(request, _("C’est fait."))
    except Refused as no:
        messages.error(request, no.message)
    still = Application.objects.all().authored_by(request.user).filter(pk=row.pk)
    if not still.exists():
        return go(request, "calls:application_list")
    return go(request, "calls:application_authors", number)


@never_cache
@require_http_methods(["GET", "POST"])
def author_join(request: Request, token: str) -> HttpResponse:
    """Join an application by the link of an invitation."""
    rows = ApplicationAuthor.objects.filter(user=None, token=token).exclude(token="")
    author = rows.select_related("application__call", "invited_by").first()
    if author is None:
        raise Http404
    if request.method == "POST":
        try:
            row = join_application(token, by=request.user, now=timezone.now())
        except Refused as no:
            raise Http404 from no
        messages.success(request, _("Vous pouvez écrire cette candidature."))
        return go(request, row)
    context = {"author": author, "application": author.application}
    return page(request, "calls/author_join.html", context)
