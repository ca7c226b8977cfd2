"""One standard on a page of its own: saved as one goes, two texts side by side."""

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _

from maillage.accounts.http import Request
from maillage.core.errors import Refused
from maillage.core.http import go, page
from maillage.studio.assessment_pages import level_of
from maillage.studio.forms_assessment import GridAnswerForm
from maillage.studio.grids import Book
from maillage.studio.models import OVERALL, GridAnswer
from maillage.studio.services.assessing import Written

TEMPLATE = "studio/grid_answer.html"


def heading_of(book: Book, slug: str) -> str:
    one = book.standards.get(slug)
    return f"{one.number} {one.title}" if one else _("En résumé")


def need_slug(book: Book, slug: str) -> None:
    if slug != OVERALL and slug not in book.standards:
        raise Http404


def steps_of(book: Book, answers: Any, here: str) -> list[dict[str, Any]]:
    """The way through the grid: each standard, whether it has a level."""
    done = set(answers.exclude(level=None).values_list("standard", flat=True))
    rows = [
        {"slug": slug, "label": f"{one.number} {one.title}", "is_done": slug in done}
        for slug, one in book.standards.items()
    ]
    said = answers.filter(standard=OVERALL).exclude(comment="").exists()
    rows.append({"slug": OVERALL, "label": _("En résumé"), "is_done": said})
    return [row | {"is_here": row["slug"] == here} for row in rows]


def next_slug(book: Book, slug: str) -> str:
    return "" if slug == OVERALL else book.after(slug) or OVERALL


def write_page(
    request: Request,
    form: GridAnswerForm,
    *,
    save: Callable[[Written], GridAnswer],
    leave: Callable[[str], HttpResponse],
    theirs: Callable[[], GridAnswer | None],
    context: dict[str, Any],
) -> HttpResponse:
    """Show the form, or save it: quietly for htmx, with the way on for a button."""
    status = 422 if form.errors else 200
    seen = form.answer.revision
    if form.is_bound:
        seen = form.cleaned_data.get("seen") or 0
    if form.is_valid():
        try:
            row = save(form.written)
        except Refused as no:
            form.add_error(None, no.message)
            status = 409 if no.code == "stale" else 422
            if no.code == "stale" and not request.htmx and (other := theirs()):
                context |= {"theirs": other, "their_level": level_of(other.level)}
                seen = other.revision
        else:
            if not request.htmx:
                return leave(request.POST.get("go", ""))
            seen, context["saved_at"] = row.revision, row.changed_at
    context |= {"form": form, "seen": seen}
    return page(request, TEMPLATE, context, partial="saved", status=status)


def chosen_levels(form: GridAnswerForm, levels: list[dict[str, Any]]) -> list[dict[str, Any]]:  # fmt: skip
    """The levels of a standard, with the one that is chosen on this page."""
    if "level" not in form.fields:
        return []
    value = str(form["level"].value() or "")
    return [
        one | level_of(one["value"]) | {"is_chosen": str(one["value"]) == value}
        for one in levels
    ]


def way_on(request: Request, word: str, *, name: str, pk: int, slug: str, book: Book) -> HttpResponse:  # fmt: skip
    """Where a button leads: the next standard, or back to the whole."""
    further = next_slug(book, slug)
    if word == "next" and further:
        return go(request, f"studio:{name}_answer", pk, further)
    if word == "stay":
        return go(request, f"studio:{name}_answer", pk, slug)
    return go(request, f"studio:{name}_detail", pk)
