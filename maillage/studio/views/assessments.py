"""Self-assessments of one's structures: opened, answered, finished, compared, printed."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
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
    COLUMNS,
    assessment_pdf,
    first_open,
    known_of,
    reading_of,
    rows_of_reading,
)
from maillage.studio.forms_assessment import AssessmentAnswerForm, AssessmentForm
from maillage.studio.grids import Book, written_grid
from maillage.studio.models import (
    OVERALL,
    AssessmentAnswer,
    PeerVisit,
    SelfAssessment,
)
from maillage.studio.services.assessing import (
    delete_assessment,
    finish_assessment,
    formers_of,
    moves_between,
    open_assessment,
    save_answer,
    teams_of,
)
from maillage.studio.services.improving import weak_slugs
from maillage.studio.views.grid_answers import (
    chosen_levels,
    heading_of,
    need_slug,
    next_slug,
    steps_of,
    way_on,
    write_page,
)

RELATED = ("structure", "grid")


@login_not_required
@require_safe
def grid_detail(request: Request) -> HttpResponse:
    """The grid of today, to read before one begins."""
    return page(request, "studio/grid_detail.html", {"book": Book(written_grid())})


@require_safe
def assessment_list(request: Request) -> HttpResponse:
    """Those that one may read, what is under way first."""
    rows = SelfAssessment.objects.all().visible_to(request.user)
    mine = teams_of(request.user)
    context = {
        "rows": rows.select_related("structure"),
        "structures": mine,
        "may_write": mine.exists(),
    }
    return page(request, "studio/assessment_list.html", context)


def seen_or_404(request: Request, pk: int) -> SelfAssessment:
    rows = SelfAssessment.objects.all().visible_to(request.user)
    return get_object_or_404(rows.select_related(*RELATED), pk=pk)


def own_or_404(request: Request, pk: int) -> SelfAssessment:
    rows = SelfAssessment.objects.all().editable_by(request.user)
    return get_object_or_404(rows.select_related(*RELATED), pk=pk)


def is_own(request: Request, row: SelfAssessment) -> bool:
    rows = SelfAssessment.objects.all().editable_by(request.user)
    return rows.filter(pk=row.pk).exists()


@require_http_methods(["GET", "POST"])
def assessment_new(request: Request) -> HttpResponse:
    """Open a self-assessment, for one's structure or for one of its actions."""
    form = AssessmentForm(request.POST or None, by=request.user)
    if form.is_valid():
        try:
            made = open_assessment(
                **form.cleaned_data, by=request.user, now=timezone.now()
            )
        except Refused as no:
            form.add_error(None, no.message)
        else:
            return go(request, made)
    context = {"form": form, "book": Book(written_grid())}
    status = 422 if form.errors else 200
    return page(request, "studio/assessment_form.html", context, status=status)


@never_cache
@require_safe
def assessment_detail(request: Request, pk: int) -> HttpResponse:
    """Progress while it is written; what is strong and what is weak once finished."""
    row = seen_or_404(request, pk)
    visits = PeerVisit.objects.all().visible_to(request.user)
    own = is_own(request, row)
    reading = reading_of(row)
    context = reading | {
        "assessment": row,
        "is_editable": own and not row.is_finished,
        "may_ask": row.is_finished and (own or request.user.is_agency),
        "is_own": own,
        "actionable": weak_slugs(row) if own else (),
        "former": formers_of(row).first(),
        "visits": visits.filter(assessment=row),
        "overall": OVERALL,
        "first_open": first_open(reading, "answer"),
    }
    return page(request, "studio/assessment_detail.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
def assessment_answer(request: Request, pk: int, standard: str) -> HttpResponse:
    """One standard: its questions, its levels, what one says and why."""
    row = own_or_404(request, pk)
    book = Book(row.grid.definition)
    need_slug(book, standard)
    if row.is_finished:
        return go(request, row)
    rows = row.answers.filter(standard=standard).select_related("changed_by")
    answer = rows.first() or AssessmentAnswer(assessment=row, standard=standard)
    form = AssessmentAnswerForm(
        request.POST or None,
        answer=answer,
        asks_level=standard != OVERALL,
        known=known_of(row.structure),
    )
    return write_page(
        request,
        form,
        save=lambda done: save_answer(row, done, by=request.user, now=timezone.now()),
        leave=lambda word: left(request, row, book, standard, word),
        theirs=rows.first,
        context=answer_context(row, book, standard, form),
    )


def left(
    request: Request, row: SelfAssessment, book: Book, slug: str, word: str
) -> HttpResponse:
    messages.success(request, _("C’est enregistré."))
    return way_on(request, word, name="assessment", pk=row.pk, slug=slug, book=book)


def answer_context(
    row: SelfAssessment, book: Book, slug: str, form: AssessmentAnswerForm
) -> dict[str, Any]:
    standard = book.standards.get(slug)
    return {
        "parent": row,
        "parent_name": str(row),
        "kind": "assessment",
        "standard": standard,
        "heading": heading_of(book, slug),
        "levels": chosen_levels(form, standard.levels if standard else []),
        "steps": steps_of(book, row.answers.all(), slug),
        "next": next_slug(book, slug),
        "answer": form.answer,
        "saved_at": form.answer.changed_at,
    }


@require_POST
def assessment_finish(request: Request, pk: int) -> HttpResponse:
    """Freeze it; the agency may read it from now on."""
    row = own_or_404(request, pk)
    try:
        finish_assessment(row, by=request.user, now=timezone.now())
    except Refused as no:
        messages.error(request, no.message)
    else:
        messages.success(request, _("L’auto-évaluation est terminée."))
    return go(request, row)


@require_POST
def assessment_delete(request: Request, pk: int) -> HttpResponse:
    row = own_or_404(request, pk)
    try:
        delete_assessment(row)
    except Refused as no:
        messages.error(request, no.message)
        return go(request, row)
    messages.success(request, _("L’auto-évaluation est supprimée."))
    return go(request, "studio:assessment_list")


@require_safe
def assessment_compare(request: Request, pk: int) -> HttpResponse:
    """Which standards moved since a former one."""
    row = seen_or_404(request, pk)
    seen = SelfAssessment.objects.all().visible_to(request.user)
    formers = list(formers_of(row).filter(pk__in=seen.values("pk")))
    wanted = request.GET.get("avec", "")
    former = next((one for one in formers if str(one.pk) == wanted), None)
    former = former or next(iter(formers), None)
    if former is None:
        raise Http404
    moves = moves_between(former, row)
    context = {
        "assessment": row,
        "former": former,
        "formers": formers,
        "moves": moves,
        "up": sum(one.step > 0 for one in moves),
        "down": sum(one.step < 0 for one in moves),
        "same": sum(one.step == 0 and bool(one.before and one.after) for one in moves),
    }
    return page(request, "studio/assessment_compare.html", context)


@require_safe
def assessment_paper(request: Request, pk: int) -> HttpResponse:
    row = seen_or_404(request, pk)
    answer = HttpResponse(assessment_pdf(row), content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="auto-evaluation-{row.pk}.pdf"'
    return answer


@require_safe
def assessment_export(request: Request, pk: int, form: str) -> HttpResponse:
    """The grid with its levels and words as a table."""
    row = seen_or_404(request, pk)
    rows = rows_of_reading(reading_of(row))
    return table_file(rows, COLUMNS, name=f"auto-evaluation-{row.pk}", form=form)
