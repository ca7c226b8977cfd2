"""A meeting as those who may know of it read it; others find nothing (404)."""

from pathlib import Path

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from maillage.accounts.http import Request
from maillage.core.http import page
from maillage.core.tables.sending import TYPES, table_file
from maillage.core.views import file_response
from maillage.plan.committee_files import DECISION_COLUMNS, calendar_of, minutes_pdf
from maillage.plan.committee_pages import (
    has_come,
    is_desk,
    knows_names,
    meeting_context,
    steps_of,
    ways_of,
)
from maillage.plan.forms_meetings import ApprovalForm
from maillage.plan.models import Decision, Document, Meeting


def meeting_or_404(request: Request, pk: int) -> Meeting:
    rows = Meeting.objects.all().visible_to(request.user, day=timezone.localdate())
    return get_object_or_404(rows.select_related("committee", "approved_at"), pk=pk)


@login_not_required
@never_cache
@require_safe
def meeting_detail(request: Request, pk: int) -> HttpResponse:
    """The notice for members, the record for everybody."""
    meeting = meeting_or_404(request, pk)
    context = meeting_context(meeting, user=request.user, day=timezone.localdate())
    if is_desk(request.user):
        now = timezone.now()
        context |= {
            "steps": steps_of(meeting, now=now),
            "ways": ways_of(meeting, now=now),
        }
        context["is_on"] = meeting.is_open and has_come(meeting, now=now)
        if meeting.is_held and not meeting.approved_at_id:
            context["approval"] = ApprovalForm(meeting=meeting)
    return page(request, "plan/committee_meeting.html", context)


@login_not_required
@never_cache
@require_safe
def meeting_calendar(request: Request, pk: int) -> HttpResponse:
    """The meeting for one's calendar."""
    meeting = meeting_or_404(request, pk)
    named = knows_names(request.user, meeting.committee, day=timezone.localdate())
    answer = HttpResponse(calendar_of(meeting, with_link=named), content_type="text/calendar; charset=utf-8")  # fmt: skip
    answer["Content-Disposition"] = f'attachment; filename="seance-{meeting.pk}.ics"'
    return answer


@login_not_required
@never_cache
@require_safe
def meeting_minutes(request: Request, pk: int) -> HttpResponse:
    """The minutes as PDF: to everybody once public, the draft to the agency alone."""
    meeting = meeting_or_404(request, pk)
    today = timezone.localdate()
    context = meeting_context(meeting, user=request.user, day=today)
    if not meeting.is_held or not context["shows_said"]:
        raise Http404
    answer = HttpResponse(minutes_pdf(context, today=today), content_type="application/pdf")  # fmt: skip
    name = f"compte-rendu-{timezone.localdate(meeting.starts_at).isoformat()}.pdf"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@login_not_required
@require_safe
def committee_document(request: Request, pk: int) -> HttpResponseBase:
    """A file to those whom its audience names; for others it does not exist."""
    rows = Document.objects.all().visible_to(request.user, day=timezone.localdate())
    document = get_object_or_404(rows, pk=pk)
    path = Path(settings.MEDIA_ROOT) / str(document.file.name)
    if not path.is_file():
        raise Http404
    answer = file_response(path)
    patch_cache_control(answer, private=True, no_store=True)
    return answer


@login_not_required
@never_cache
@require_safe
def decision_list(request: Request) -> HttpResponse:
    """Decisions still to be carried out, the late ones first, then those that are."""
    today = timezone.localdate()
    rows = Decision.objects.all().visible_to(request.user, day=today)
    rows = rows.select_related("meeting", "owner").prefetch_related("notes")
    context = {
        "open": [{"row": row, "is_late": row.is_late(today)} for row in rows.late_first()],
        "closed": rows.exclude(closed_on=None).order_by("-closed_on", "-pk"),
        "file_forms": TYPES,
    }  # fmt: skip
    return page(request, "plan/committee_decisions.html", context)


@login_not_required
@never_cache
@require_safe
def decision_export(request: Request, form: str) -> HttpResponse:
    """The same decisions as a file."""
    if form not in TYPES:
        raise Http404
    rows = Decision.objects.all().visible_to(request.user, day=timezone.localdate())
    rows = rows.select_related("meeting__committee", "owner")
    return table_file(rows.order_by("pk"), DECISION_COLUMNS, name="comite-decisions", form=form)  # fmt: skip
