"""The pages of a respondent: the start, a section, reading again, the receipt."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from maillage.core.errors import Refused
from maillage.core.http import PageRequest, go, page
from maillage.surveys import prefill
from maillage.surveys.answer_offers import offers_of
from maillage.surveys.answer_pages import Painter, name_of, said_groups
from maillage.surveys.definition import Section
from maillage.surveys.forms_answers import NameForm
from maillage.surveys.models import Response
from maillage.surveys.receipt import receipt_pdf
from maillage.surveys.services.sending import Incomplete, reopen, submit
from maillage.surveys.services.sheets import (
    Filled,
    besides,
    fill,
    progress,
)
from maillage.surveys.services.updates import candidates
from maillage.surveys.services.waves import period
from maillage.surveys.shown import told
from maillage.surveys.views.answers_link import (
    NAME_COOKIE,
    by_link,
    new_page,
    trouble_with,
    typed_name,
    writer_of,
)
from maillage.surveys.views.answers_posted import posted_section, program_of

MONTHS_S = 60 * 24 * 3600
SHOWN_ROWS = 12


def here(request: PageRequest, response: Response) -> dict[str, Any]:
    """What every page of a respondent shows."""
    writer = writer_of(request, response)
    today = timezone.localdate()
    wave = response.unit.wave
    return {
        "response": response,
        "unit": response.unit,
        "wave": wave,
        "token": response.unit.token,
        "writer": writer,
        "no": trouble_with(response, writer=writer, today=today),
        "is_paper": response.mode != "web",
    }


@by_link
@require_http_methods(["GET", "POST"])
def answer_start(request: PageRequest, response: Response) -> HttpResponse:
    """What is asked, of whom, until when; begin, or go on where one was."""
    filled = fill(response)
    sheet = filled.run(today=timezone.localdate())
    sections = [one for one in progress(filled, sheet) if one.is_shown]
    form = NameForm(request.POST or None, initial={"name": typed_name(request)})
    if form.is_valid():
        answer = go(request, "surveys:answer_section", response.unit.token,
                    place_to_go(filled, sections))  # fmt: skip
        if name := form.cleaned_data["name"]:
            answer.set_signed_cookie(
                NAME_COOKIE, name, max_age=MONTHS_S, httponly=True, samesite="Lax"
            )
        return answer
    context = here(request, response)
    context |= {
        "offers": offers_of(filled, sheet, may_answer=context["no"] is None),
        "definition": filled.book.definition,
        "sections": sections,
        "done": sum(one.done for one in sections),
        "asked": sum(one.asked for one in sections),
        "form": form,
        "period": period(response.unit.wave),
    }
    return page(request, "surveys/answer_start.html", context)


def place_to_go(filled: Filled, sections: list[Any]) -> str:
    """The section where one was, else the first one."""
    codes = [one.section.code for one in sections]
    place = filled.response.place
    return place if place in codes else next(iter(codes), filled.book.sections[0].code)


def section_or_404(filled: Filled, code: str) -> Section:
    for section in filled.book.sections:
        if section.code == code:
            return section
    raise Http404


@by_link
@require_http_methods(["GET", "POST"])
def answer_section(
    request: PageRequest, response: Response, section: str
) -> HttpResponse:
    """One section; its form saves all of it, whichever button is pressed."""
    filled = fill(response)
    part = section_or_404(filled, section)
    if request.method == "POST":
        answer = posted_section(request, filled, part)
        if answer is not None:
            return answer
        filled = fill(response)  # as it was written, to show what is to be seen again
    return section_page(request, filled, part, is_checked=request.method == "POST")


def section_page(
    request: PageRequest, filled: Filled, part: Section, *, is_checked: bool
) -> HttpResponse:
    context = here(request, filled.response)
    today = timezone.localdate()
    known = prefill.known_now(filled, part) if context["no"] is None else {}
    if prefill.needs_proposals(filled, part, known):
        filled = prefill.propose(filled, part, now=timezone.now(), today=today)
    if context["no"] is None:
        keep_place(filled, part)
    sheet = filled.run(today=today)
    painter = Painter(filled, sheet, known)
    sections = [one for one in progress(filled, sheet) if one.is_shown]
    codes = [one.section.code for one in sections]
    at = codes.index(part.code) if part.code in codes else -1
    context |= {
        "part": part,
        "items": painter.items(part),
        "sections": sections,
        "number": at + 1,
        "previous": codes[at - 1] if at > 0 else "",
        "is_last": at == len(codes) - 1,
        "faults": faults_of(filled, part, sheet) if is_checked else [],
        "page_key": new_page(),
        "program": program_of(filled),
        "open_number": len(
            prefill.asked_places(filled, sheet, filled.book.codes_on(part))
        ),
    }
    status = 422 if is_checked else 200
    return page(request, "surveys/answer_section.html", context, status=status)


def keep_place(filled: Filled, part: Section) -> None:
    """Note where the respondent is, to bring them back there."""
    if filled.response.place != part.code:
        Response.objects.filter(pk=filled.response.pk).update(place=part.code)


def faults_of(filled: Filled, part: Section, sheet: Any) -> list[dict[str, str]]:
    """What was typed in a section and cannot be read, with its box."""
    found = []
    for spec, place in filled.places():
        if filled.book.page_of(spec.code) != part.code or not sheet.asks(*place):
            continue
        if filled.value(place) is None:
            continue
        if message := filled.remark(spec, place, sheet):
            name = name_of(filled, place).replace(".", "-")
            found.append({"label": spec.label, "id": f"q-{name}", "text": message})
    return found


@by_link
@require_http_methods(["GET", "POST"])
def answer_review(request: PageRequest, response: Response) -> HttpResponse:
    """Read everything again, consent field by field, send."""
    filled = fill(response)
    today = timezone.localdate()
    context = here(request, response)
    faults: list[Any] = []
    if request.method == "POST":
        try:
            return send_it(request, response)
        except Incomplete as no:
            faults = no.faults
        except Refused as no:
            if no.code == "sent":  # a double click: it is what was wanted
                return go(request, "surveys:answer_receipt", response.unit.token)
            messages.error(request, no.message)
            return go(request, "surveys:answer_review", response.unit.token)
    sheet = filled.run(today=today)
    context |= {
        "definition": filled.book.definition,
        "groups": said_groups(filled, sheet),
        "faults": [told_fault(filled, fault) for fault in faults],
        "open_number": len(prefill.asked_places(filled, sheet)),
        "torn": [
            told_fault(filled, fault)
            for fault in filled.faults(sheet, besides=besides(response))
            if fault.place in besides(response)
        ],
        "changes": told_changes(filled, sheet),
        "name": typed_name(request) if not context["writer"].is_agency else "",
    }
    template = "surveys/answer_review.html"
    return page(request, template, context, status=422 if faults else 200)


def send_it(request: PageRequest, response: Response) -> HttpResponse:
    """Send, or confirm at once all that is proposed. Refuses as ``submit``."""
    now, today = timezone.now(), timezone.localdate()
    writer = writer_of(request, response)
    if "-confirm" in request.POST:
        filled = fill(response)
        places = prefill.asked_places(filled, filled.run(today=today))
        number = prefill.confirm(filled, places, writer=writer, now=now, today=today)
        messages.success(request, _("%d valeurs confirmées.") % number)
        return go(request, "surveys:answer_review", response.unit.token)
    consents = set(request.POST.getlist("-consent"))
    submit(response, consents=consents, writer=writer, now=now, today=today)
    messages.success(request, _("Votre réponse est envoyée. Merci !"))
    return go(request, "surveys:answer_receipt", response.unit.token)


def told_fault(filled: Filled, fault: Any) -> dict[str, str]:
    name = name_of(filled, fault.place).replace(".", "-")
    return {
        "label": fault.label,
        "text": fault.message,
        "section": filled.book.page_of(fault.place[0]),
        "anchor": f"q-{name}-part",
    }


def told_changes(filled: Filled, sheet: Any) -> list[dict[str, Any]]:
    """What sending could change in the directory, in words."""
    definition = filled.book.definition
    return [
        {
            "field": one.field,
            "label": one.label,
            "before": told(definition, one.spec, one.before),
            "after": told(definition, one.spec, one.after),
        }
        for one in candidates(filled, sheet)
    ]


@by_link
@require_GET
def answer_receipt(request: PageRequest, response: Response) -> HttpResponse:
    """What was sent, and when; as a PDF beside."""
    if not response.counts:
        return go(request, "surveys:answer_start", response.unit.token)
    filled = fill(response)
    sheet = filled.run(today=timezone.localdate())
    context = here(request, response)
    may_reopen = context["no"] is not None and context["no"].code == "sent"
    may_reopen = may_reopen and (
        response.state == "submitted" or context["writer"].is_agency
    )
    context |= {
        "definition": filled.book.definition,
        "groups": said_groups(filled, sheet),
        "updates": response.updates.order_by("pk"),
        "may_reopen": may_reopen,
    }
    return page(request, "surveys/answer_receipt.html", context)


@by_link
@require_GET
def answer_paper(request: PageRequest, response: Response) -> HttpResponse:
    """One's answers on paper, sent or not yet."""
    pdf = receipt_pdf(fill(response), today=timezone.localdate())
    answer = HttpResponse(pdf, content_type="application/pdf")
    name = f"reponse-{response.unit.wave.slug}.pdf"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@by_link
@require_POST
def answer_reopen(request: PageRequest, response: Response) -> HttpResponse:
    """Take back what was sent, to change it."""
    writer = writer_of(request, response)
    try:
        reopen(response, writer=writer, now=timezone.now(), today=timezone.localdate())
    except Refused as no:
        messages.error(request, no.message)
        return go(request, "surveys:answer_receipt", response.unit.token)
    messages.info(
        request, _("Votre réponse est rouverte : pensez à l’envoyer de nouveau.")
    )
    return go(request, "surveys:answer_start", response.unit.token)
