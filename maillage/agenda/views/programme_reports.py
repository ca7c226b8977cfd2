"""Attendance as organisers declare it, and the report that it makes."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _, ngettext
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from maillage.accounts.guards import agency_only
from maillage.accounts.http import Request
from maillage.agenda.choices import OccurrenceState
from maillage.agenda.forms_programmes import AttendanceForm, CloseReportForm
from maillage.agenda.models import Labelling, Programme
from maillage.agenda.programme_exports import REPORT_COLUMNS
from maillage.agenda.programme_paper import report_pdf
from maillage.agenda.programme_reports import report_context
from maillage.agenda.services.charter import period
from maillage.agenda.services.programme_report import (
    close_report,
    declare_attendance,
    labels_of,
    remind_organisers,
    report_of,
)
from maillage.core.errors import Refused
from maillage.core.http import go, page
from maillage.core.tables.sending import table_file


@login_not_required
@require_http_methods(["GET", "POST"])
def programme_attendance(request: Request, slug: str, token: str) -> HttpResponse:
    """How many came, by the link of the mail: no account is needed."""
    rows = Labelling.objects.all().granted().select_related("programme", "event__owner")
    label = get_object_or_404(rows, programme__slug=slug, token=token)
    programme, today = label.programme, timezone.localdate()
    inside = label.event.occurrences.all()
    inside = inside.overlapping(programme.starts_on, programme.ends_on)
    held = inside.exclude(state=OccurrenceState.CANCELLED).filter(starts_on__lte=today)
    form = AttendanceForm(request.POST or None, label=label, occurrences=held)
    if form.is_valid() and told(request, label, form):
        messages.success(request, _("Merci ! Vos chiffres sont enregistrés."))
        return go(request, "agenda:programme_attendance", slug, token)
    context = {"form": form, "label": label, "programme": programme,
               "event": label.event, "period": period(programme)}  # fmt: skip
    status = 422 if form.errors else 200
    answer = page(request, "agenda/programme_attendance.html", context, status=status)
    answer["Referrer-Policy"] = "no-referrer"  # the address is a key
    return answer


def told(request: Request, label: Labelling, form: AttendanceForm) -> bool:
    try:
        declare_attendance(
            label,
            counts=form.counts(),
            is_public=form.cleaned_data["is_public"],
            now=timezone.now(),
        )
    except Refused as no:
        form.add_error(None, no.message)
        return False
    return True


def reported(request: Request, slug: str) -> Programme:
    """A programme whose report the person may read: everybody once it is closed."""
    rows = Programme.objects.all().visible_to(request.user)
    programme = get_object_or_404(rows, slug=slug)
    user: Any = request.user
    works = user.is_authenticated and (
        user.is_observer
        or Programme.objects.all().coordinated_by(user).filter(pk=programme.pk).exists()
    )
    if programme.is_reported or works:
        return programme
    raise Http404


@login_not_required
@require_safe
def programme_report(request: Request, slug: str) -> HttpResponse:
    """The figures of an edition, and those of the editions before."""
    programme = reported(request, slug)
    user: Any = request.user
    today = timezone.localdate()
    coordinates = Programme.objects.all().coordinated_by(user).filter(pk=programme.pk)
    is_working = coordinates.exists() and not programme.is_reported
    area = programme.labellings.all().in_area_of(user) if is_working else ()
    mine = {label.pk for label in area}
    waiting = [row for row in labels_of(programme) if row.pk in mine] if mine else []
    context = {
        "programme": programme,
        "period": period(programme),
        "waiting": [row for row in waiting if row.declared_at is None],
        "is_working": is_working,
        "may_close": user.is_authenticated and user.is_agency and is_working,
        "is_over": today >= programme.ends_on,
        "close_form": CloseReportForm(),
        **report_context(programme),
    }
    return page(request, "agenda/programme_report.html", context)


@login_not_required
@require_safe
def programme_report_paper(request: Request, slug: str) -> HttpResponse:
    """The report to print."""
    programme = reported(request, slug)
    context = report_context(programme)
    pdf = report_pdf(programme, context=context, today=timezone.localdate())
    answer = HttpResponse(pdf, content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="bilan-{programme.slug}.pdf"'
    return answer


@login_not_required
@require_safe
def programme_report_export(request: Request, slug: str, form: str) -> HttpResponse:
    """The figures by department as a table."""
    programme = reported(request, slug)
    report = report_of(programme)
    lines = [*report.departments, report.whole]
    return table_file(lines, REPORT_COLUMNS, name=f"bilan-{programme.slug}", form=form)


@require_POST
def programme_remind(request: Request, slug: str) -> HttpResponse:
    """Write to the organisers who have not said how many came."""
    rows = Programme.objects.all().coordinated_by(request.user)
    programme = get_object_or_404(rows, slug=slug)
    try:
        number = remind_organisers(programme, by=request.user, now=timezone.now())
    except Refused as no:
        messages.error(request, no.message)
    else:
        text = ngettext(
            "%(n)s organisateur est relancé.",
            "%(n)s organisateurs sont relancés.",
            number,
        ) % {"n": number}
        messages.success(request, text)
    return go(request, "agenda:programme_report", slug)


@agency_only
@require_POST
def programme_close(request: Request, slug: str) -> HttpResponse:
    """Freeze the report and publish it."""
    programme = get_object_or_404(Programme, slug=slug)
    form = CloseReportForm(request.POST)
    form.is_valid()
    try:
        close_report(
            programme,
            note=form.cleaned_data.get("note", ""),
            by=request.user,
            today=timezone.localdate(),
        )
    except Refused as no:
        messages.error(request, no.message)
    else:
        messages.success(request, _("Le bilan est arrêté et publié."))
    return go(request, "agenda:programme_report", slug)
