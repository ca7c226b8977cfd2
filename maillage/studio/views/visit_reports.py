"""The report of a visit: readings, points, the structure's answer, the public page."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
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
from maillage.core.errors import Refused
from maillage.core.http import go, page
from maillage.core.tables.sending import table_file
from maillage.studio.assessment_pages import (
    VISIT_COLUMNS,
    level_of,
    points_of,
    reading_of,
    rows_of_reading,
    visit_pdf,
)
from maillage.studio.forms_assessment import GridAnswerForm
from maillage.studio.forms_visits import OutcomeForm, VisitPointForm, VisitReplyForm
from maillage.studio.grids import Book
from maillage.studio.models import (
    OVERALL,
    PeerVisit,
    VisitAnswer,
    VisitPoint,
)
from maillage.studio.services import peer_reports as reports
from maillage.studio.views.grid_answers import (
    chosen_levels,
    heading_of,
    need_slug,
    next_slug,
    steps_of,
    way_on,
    write_page,
)
from maillage.studio.views.visits import RELATED, acting_or_404, form_page


def told_or_404(request: Request, pk: int) -> PeerVisit:
    """A visit whose report one may read."""
    rows = PeerVisit.objects.all().told_to(request.user)
    return get_object_or_404(rows.select_related(*RELATED), pk=pk)


def peer_or_404(request: Request, pk: int) -> PeerVisit:
    """A visit that one makes."""
    rows = PeerVisit.objects.all().reviewed_by(request.user)
    return get_object_or_404(rows.select_related(*RELATED), pk=pk)


def hosted_or_404(request: Request, pk: int) -> PeerVisit:
    rows = PeerVisit.objects.all().hosted_by(request.user)
    return get_object_or_404(rows.select_related(*RELATED), pk=pk)


@never_cache
@require_http_methods(["GET", "POST"])
def visit_answer(request: Request, pk: int, standard: str) -> HttpResponse:
    """One standard: what the structure says, and what the peers agree on."""
    visit = peer_or_404(request, pk)
    book = Book(visit.assessment.grid.definition)
    need_slug(book, standard)
    if not visit.takes_words(timezone.localdate()):
        return go(request, visit)
    rows = visit.answers.filter(standard=standard).select_related("changed_by")
    answer = rows.first() or VisitAnswer(visit=visit, standard=standard)
    form = GridAnswerForm(
        request.POST or None, answer=answer, asks_level=standard != OVERALL
    )
    return write_page(
        request,
        form,
        save=lambda done: reports.save_reading(
            visit, done, by=request.user, now=timezone.now(), today=timezone.localdate()
        ),
        leave=lambda word: way_on(
            request, word, name="visit", pk=visit.pk, slug=standard, book=book
        ),
        theirs=rows.first,
        context=reading_context(visit, book, standard, form),
    )


def reading_context(
    visit: PeerVisit, book: Book, slug: str, form: GridAnswerForm
) -> dict[str, Any]:
    standard = book.standards.get(slug)
    own = visit.assessment.answers.filter(standard=slug).first()
    return {
        "parent": visit,
        "parent_name": visit.structure.name,
        "kind": "visit",
        "standard": standard,
        "heading": heading_of(book, slug),
        "levels": chosen_levels(form, standard.levels if standard else []),
        "steps": steps_of(book, visit.answers.all(), slug),
        "next": next_slug(book, slug),
        "answer": form.answer,
        "own": own,
        "own_level": level_of(own.level if own else None),
        "saved_at": form.answer.changed_at,
    }


@require_http_methods(["GET", "POST"])
def visit_point_new(request: Request, pk: int) -> HttpResponse:
    """Add a commendation or a recommendation."""
    visit = peer_or_404(request, pk)
    first = {"standard": request.GET.get("norme", ""), "kind": request.GET.get("sorte", "recommendation")}  # fmt: skip
    return point_written(request, visit, VisitPointForm(request.POST or None, visit=visit, initial=first))  # fmt: skip


@require_http_methods(["GET", "POST"])
def visit_point_edit(request: Request, pk: int, point: int) -> HttpResponse:
    visit = peer_or_404(request, pk)
    row = get_object_or_404(visit.points, pk=point)
    form = VisitPointForm(request.POST or None, visit=visit, instance=row)
    return point_written(request, visit, form)


def point_written(
    request: Request, visit: PeerVisit, form: VisitPointForm
) -> HttpResponse:
    return form_page(
        request,
        visit,
        form,
        title=_("Point fort ou recommandation"),
        do=lambda: reports.save_point(
            visit,
            form.save(commit=False),
            by=request.user,
            today=timezone.localdate(),
        ),
        point=form.instance if form.instance.pk else None,
    )


@require_POST
def visit_point_delete(request: Request, pk: int, point: int) -> HttpResponse:
    visit = peer_or_404(request, pk)
    row = get_object_or_404(visit.points, pk=point)
    try:
        reports.delete_point(row, by=request.user, today=timezone.localdate())
    except Refused as no:
        messages.error(request, no.message)
    return go(request, visit)


@require_POST
def visit_send(request: Request, pk: int) -> HttpResponse:
    """Send the report to the structure, or make it final once it has answered."""
    visit = peer_or_404(request, pk)
    now, is_first = timezone.now(), visit.state == "planned"
    do = reports.send_report if is_first else reports.finalise_report
    try:
        do(visit, by=request.user, now=now, today=timezone.localdate(now))
    except Refused as no:
        messages.error(request, no.message)
    else:
        sent, final = _("Le rapport est envoyé à la structure."), _("Le rapport est définitif.")  # fmt: skip
        messages.success(request, sent if is_first else final)
    return go(request, visit)


@require_http_methods(["GET", "POST"])
def visit_reply(request: Request, pk: int) -> HttpResponse:
    """The structure's answer to the report."""
    visit = hosted_or_404(request, pk)
    form = VisitReplyForm(request.POST or None, initial={"text": visit.reply})
    return form_page(
        request,
        visit,
        form,
        title=_("Répondre au rapport"),
        do=lambda: reports.reply_to_report(
            visit, **form.cleaned_data, by=request.user, now=timezone.now()
        ),
    )


@require_POST
def visit_publish(request: Request, pk: int) -> HttpResponse:
    """Agree that anybody reads the report, or take that back."""
    visit = hosted_or_404(request, pk)
    try:
        reports.set_published(
            visit,
            is_public=request.POST.get("public") == "1",
            by=request.user,
            now=timezone.now(),
        )
    except Refused as no:
        messages.error(request, no.message)
    else:
        messages.success(request, _("C’est enregistré."))
    return go(request, visit)


@require_POST
def visit_follow(request: Request, pk: int) -> HttpResponse:
    """Ask for the follow-up visit."""
    visit = acting_or_404(request, pk)
    try:
        made = reports.ask_follow_up(visit, by=request.user, now=timezone.now())
    except Refused as no:
        messages.error(request, no.message)
        return go(request, visit)
    messages.success(request, _("La visite de suivi est demandée."))
    return go(request, made)


@require_http_methods(["GET", "POST"])
def visit_outcome(request: Request, pk: int, point: int) -> HttpResponse:
    """In a follow-up visit: what became of a recommendation."""
    visit = peer_or_404(request, pk)
    rows = VisitPoint.objects.filter(visit=visit.follows_id, kind="recommendation")
    row = get_object_or_404(rows, pk=point)
    first = {"outcome": row.outcome, "note": row.outcome_note}
    form = OutcomeForm(request.POST or None, initial=first)
    return form_page(
        request,
        visit,
        form,
        title=_("Suite d’une recommandation"),
        lead=row.text,
        do=lambda: reports.note_outcome(
            visit, row, **form.cleaned_data, by=request.user, today=timezone.localdate()
        ),
    )


@require_safe
def visit_paper(request: Request, pk: int) -> HttpResponse:
    row = told_or_404(request, pk)
    answer = HttpResponse(visit_pdf(row), content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="visite-{row.pk}.pdf"'
    return answer


@require_safe
def visit_export(request: Request, pk: int, form: str) -> HttpResponse:
    row = told_or_404(request, pk)
    rows = rows_of_reading(reading_of(row.assessment, row))
    return table_file(rows, VISIT_COLUMNS, name=f"visite-{row.pk}", form=form)


@login_not_required
@require_safe
def visit_report(request: Request, pk: int) -> HttpResponse:
    """The report as anybody reads it: no person is named, no comment of the team shown."""
    rows = PeerVisit.objects.all().published().select_related(*RELATED)
    row = get_object_or_404(rows, pk=pk)
    homes = row.reviewers.filter(state="accepted").select_related("structure")
    context = {
        "visit": row,
        "summary": row.answers.filter(standard=OVERALL).first(),
        "points": points_of(row),
        "homes": sorted({one.structure.name for one in homes}),
    }
    return page(request, "studio/visit_report.html", context)
