"""The builder: the tree of a draft, the form of what is chosen, how it will be seen."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from maillage.accounts.guards import agency_only
from maillage.accounts.http import Request
from maillage.core.errors import Refused
from maillage.core.http import go, page
from maillage.surveys.checks import check
from maillage.surveys.choices import QuestionKind
from maillage.surveys.definition import Definition, QuestionSpec, Repeat, Step
from maillage.surveys.differences import changes_of
from maillage.surveys.forms_questionnaires import WholeForm
from maillage.surveys.forms_questionnaires_parts import (
    PartForm,
    RepeatForm,
    SectionForm,
)
from maillage.surveys.forms_questionnaires_question import QuestionForm
from maillage.surveys.models import Version
from maillage.surveys.questionnaire_pages import numbers_of, places, tree
from maillage.surveys.services.questionnaire_edit import (
    edit_part,
    edit_question,
    edit_whole,
    print_of,
    put,
    set_list,
)
from maillage.surveys.services.questionnaires import definition_of
from maillage.surveys.shown import ShownPart, show_page
from maillage.surveys.views.questionnaires_versions import draft_of, editable


@dataclass
class Bench:
    """What is on the bench: the draft, and the part of it that is worked on."""

    version: Version
    definition: Definition
    step: Step | None

    @property
    def code(self) -> str:
        return self.step.part.code if self.step else ""

    def form(self, data: Any = None) -> Any:
        if self.step is None:
            return WholeForm.of(self.definition, data)
        sort: type[PartForm] = SectionForm
        if isinstance(self.step.part, QuestionSpec):
            sort = QuestionForm
        elif isinstance(self.step.part, Repeat):
            sort = RepeatForm
        return sort(data, definition=self.definition, step=self.step)

    @property
    def seen(self) -> str:
        return print_of(self.step.part if self.step else self.definition)


def bench_of(request: Request, slug: str) -> Bench | None:
    """The draft and the part that the address names; None without a draft."""
    version = draft_of(editable(request, slug))
    if version is None:
        return None
    definition = definition_of(version)
    step = definition.steps().get(request.GET.get("partie", ""))
    return Bench(version, definition, step)


@agency_only
@require_http_methods(["GET", "POST"])
def builder(request: Request, slug: str) -> HttpResponse:
    """Write a draft: what the form says goes into the part that it shows."""
    bench = bench_of(request, slug)
    if bench is None:
        said = _("Aucune version n’est en préparation : commencez-en une.")
        messages.info(request, said)
        return go(request, "surveys:questionnaire_detail", slug)
    form = bench.form(request.POST or None)
    refused: Refused | None = None
    if form.is_valid():
        try:
            code = save(bench, form, request)
        except Refused as no:
            refused = no
            form.add_error("code" if no.code == "code" else None, no.message)
        else:
            messages.success(request, _("C’est enregistré."))
            return go(request, part_address(request, code))
    context = bench_context(bench, form, refused)
    status = 422 if form.errors else 200
    return page(request, "surveys/builder.html", context, status=status)


def part_address(request: Request, code: str) -> str:
    return f"{request.path}?partie={code}" if code else request.path


def save(bench: Bench, form: Any, request: Request) -> str:
    """Write what the form says; gives the code of the part, which may be new."""
    people: dict[str, Any] = {"by": request.user, "now": timezone.now()}
    seen = request.POST.get("seen", "")
    if bench.step is None:
        edit_whole(bench.version, form.definition(), seen=seen, **people)
        return ""
    part = form.result()
    if isinstance(part, QuestionSpec):
        edit_question(
            bench.version, bench.code, part, held=form.held,
            list_seen=form.cleaned_data["list_seen"], seen=seen, **people,
        )  # fmt: skip
    else:
        edit_part(bench.version, bench.code, part, seen=seen, **people)
    return str(part.code)


def bench_context(bench: Bench, form: Any, refused: Refused | None) -> dict[str, Any]:
    """All that the page shows; after ``stale``, what the other person has written."""
    is_stale = refused is not None and refused.code == "stale"
    if is_stale:
        bench.version.refresh_from_db()
        bench.definition = definition_of(bench.version)
    problems = check(bench.definition)
    step = bench.definition.steps().get(bench.code)
    here = bench.code
    return {
        "questionnaire": bench.version.questionnaire,
        "version": bench.version,
        "definition": bench.definition,
        "branches": tree(bench.definition, problems, bench.code),
        "problems": problems,
        "mine": [one for one in problems if one.place == here],
        "step": step,
        "sort": sort_word(step),
        "number": numbers_of(bench.definition).get(here, ""),
        "form": form,
        "seen": print_of(step.part if step else bench.definition),
        "places": places(bench.definition, step.part) if step else [],
        "preview": preview(bench, form),
        "kinds": QuestionKind.choices,
        "may_group": may_group(step),
        "conflict": conflict(bench, form, step) if is_stale and step else [],
        "is_stale": is_stale,
        "is_whole": not bench.code,
    }


def may_group(step: Step | None) -> bool:
    """A group may be added there: not among the questions of a repeated group."""
    inside = step is not None and (step.repeat or isinstance(step.part, Repeat))
    return not inside


def sort_word(step: Step | None) -> str:
    if step is None:
        return "whole"
    if isinstance(step.part, QuestionSpec):
        return "question"
    return "repeat" if isinstance(step.part, Repeat) else "section"


def conflict(bench: Bench, form: Any, step: Step) -> list[Any]:
    """What the other has written (before) and what is in the form (after)."""
    mine = form.result()
    definition = bench.definition
    if isinstance(mine, QuestionSpec) and form.held:
        definition = set_list(definition, form.held)
    return list(changes_of(bench.definition, definition, step.part, mine))


def preview(bench: Bench, form: Any) -> ShownPart | None:
    """The chosen part as it will be seen, with what the form says when it is good."""
    if bench.step is None or bench.code not in bench.definition.steps():
        return None
    definition, part = bench.definition, bench.step.part
    if form.is_bound and not form.errors:
        part = form.result()
        if isinstance(part, QuestionSpec) and form.held:
            definition = set_list(definition, form.held)
        if isinstance(part, QuestionSpec):
            definition = put(definition, bench.code, [part])
    step = definition.steps().get(part.code, bench.step)
    return only(definition, step)


def only(definition: Definition, step: Step) -> ShownPart:
    """One part by itself, drawn as on its page."""
    page_ = show_page(definition, step.page)  # type: ignore[arg-type]  # a section
    left = [page_]
    while left:
        one = left.pop()
        if one.step.part.code == step.part.code:
            return one
        left.extend(one.parts)
    return page_


@agency_only
@require_POST
def builder_preview(request: Request, slug: str) -> HttpResponse:
    """What is being typed, as it will be seen; nothing is written."""
    bench = bench_of(request, slug)
    if bench is None or bench.step is None:
        return HttpResponse()
    form = bench.form(request.POST)
    form.is_valid()
    context = {"preview": preview(bench, form), "definition": bench.definition}
    return page(request, "surveys/builder_preview.html", context)
