"""The reports of a loan: both parties side by side, on a screen and on paper."""

from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from maillage.accounts.http import Request
from maillage.circulation.models import Loan, ReportPicture
from maillage.circulation.report_paper import report_pdf
from maillage.circulation.services.reports import confront
from maillage.circulation.services.sides import parties_of
from maillage.core.http import page
from maillage.core.uploads import CONTENT_TYPES


def seen_loan(request: Request, pk: int) -> Loan:
    rows = Loan.objects.all().visible_to(request.user)
    return get_object_or_404(
        rows.select_related("copy__resource__owner", "host__commune"), pk=pk
    )


@never_cache
@require_safe
def report_list(request: Request, pk: int) -> HttpResponse:
    """What each party found, what they disagree on first."""
    loan = seen_loan(request, pk)
    context = {
        "loan": loan,
        "moments": confront(loan),
        "may_sign": bool(parties_of(loan, user=request.user)),
    }
    return page(request, "circulation/report_list.html", context)


@never_cache
@require_safe
def report_sheet(request: Request, pk: int) -> HttpResponse:
    """The reports on paper."""
    loan = seen_loan(request, pk)
    pdf = report_pdf(loan, moments=confront(loan), today=timezone.localdate())
    response = HttpResponse(pdf, content_type="application/pdf")
    name = f"constats-{loan.reference}.pdf"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_safe
def report_picture(request: Request, pk: int, sha256: str) -> HttpResponseBase:
    """A picture of a report, for the two parties and those who read for the Region."""
    loan = seen_loan(request, pk)
    picture = get_object_or_404(
        ReportPicture.objects.filter(report__loan=loan, sha256=sha256)[:1]
    )
    response = FileResponse(picture.file.open("rb"))
    extension = str(picture.file.name).rpartition(".")[2]
    response["Content-Type"] = CONTENT_TYPES[extension]
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, no-store"
    return response
