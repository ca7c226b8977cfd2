"""Rounds: results and papers for the team, the questionnaire for whoever has its code."""

import secrets
from typing import Any

from allauth.account.adapter import get_adapter
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
from maillage.studio.choices import Mode
from maillage.studio.evaluation_pages import (
    COLUMNS,
    MOMENTS,
    link_of,
    qr,
    round_context,
    sheet_pdf,
)
from maillage.studio.forms_evaluation import AnswerForm, CodeForm
from maillage.studio.models import Evaluation, Round
from maillage.studio.services.collecting import (
    add_answer,
    close_round,
    count_sending,
    typed_code,
)
from maillage.studio.services.results import findings
from maillage.studio.views.evaluations import may_edit


def round_or_404(request: Request, code: str) -> Round:
    """A round of an evaluation that one may read."""
    seen = Evaluation.objects.all().visible_to(request.user)
    return found(Round.objects.filter(evaluation__in=seen), code)


def own_round_or_404(request: Request, code: str) -> Round:
    own = Evaluation.objects.all().editable_by(request.user)
    return found(Round.objects.filter(evaluation__in=own), code)


def found(rows: Any, code: str) -> Round:
    related = rows.select_related("evaluation__structure")
    row: Round = get_object_or_404(related, code=typed_code(code))
    return row


@never_cache
@require_safe
def round_detail(request: Request, code: str) -> HttpResponse:
    """What a round gave; nothing is shown of fewer than ten answers."""
    row = round_or_404(request, code)
    context = round_context(row, now=timezone.now())
    context["is_editable"] = may_edit(request, row.evaluation)
    return page(request, "studio/round_detail.html", context)


@require_safe
def round_poster(request: Request, code: str) -> HttpResponse:
    """The two codes, large, to show on a screen."""
    row = round_or_404(request, code)
    links = [
        {
            "moment": moment.label,
            "link": link_of(row, word),
            "qr": qr(link_of(row, word)),
        }
        for word, moment in MOMENTS.items()
    ]
    return page(request, "studio/round_poster.html", {"round": row, "links": links})


@require_safe
def round_sheet(request: Request, code: str) -> HttpResponse:
    """The questionnaire on paper, before and after."""
    row = round_or_404(request, code)
    answer = HttpResponse(sheet_pdf(row), content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="questionnaire-{row.code}.pdf"'
    return answer


@require_safe
def round_export(request: Request, code: str, form: str) -> HttpResponse:
    """Findings as a table: never what one person answered."""
    row = round_or_404(request, code)
    return table_file(findings(row), COLUMNS, name=f"effet-{row.code}", form=form)


@require_POST
def round_close(request: Request, code: str) -> HttpResponse:
    row = close_round(own_round_or_404(request, code), now=timezone.now())
    messages.success(request, _("Le recueil est clos."))
    return go(request, row)


@require_http_methods(["GET", "POST"])
def round_enter(request: Request, code: str, moment: str) -> HttpResponse:
    """Enter a questionnaire that was filled in on paper, then the next one."""
    row = own_round_or_404(request, code)
    form, is_kept = answered(request, row, moment, mode=Mode.PAPER)
    if is_kept:
        messages.success(request, _("C’est noté. Au suivant !"))
        return go(request, "studio:round_enter", row.code, moment)
    return questionnaire(request, row, moment, form, is_paper=True)


# For whoever has the code -----------------------------------------------------------


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def answer_code(request: Request) -> HttpResponse:
    """Type the code of a round."""
    form = CodeForm(request.POST or None)
    if form.is_valid():
        try:
            count_sending(address_of(request), now=timezone.now())
        except Refused as no:
            form.add_error("code", no.message)
            return page(request, "studio/answer_code.html", {"form": form}, status=422)
        row = Round.objects.filter(code=typed_code(form.cleaned_data["code"])).first()
        if row:
            return go(request, "studio:answer_start", row.code)
        form.add_error("code", _("Aucun questionnaire n’a ce code."))
    status = 422 if form.errors else 200
    return page(request, "studio/answer_code.html", {"form": form}, status=status)


@login_not_required
@never_cache
@require_safe
def answer_start(request: Request, code: str) -> HttpResponse:
    """Choose: before, or after."""
    row = found(Round.objects.order_by("pk"), code)
    context = {"round": row, "is_open": row.is_open(timezone.now())}
    return page(request, "studio/answer_start.html", context)


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def answer_new(request: Request, code: str, moment: str) -> HttpResponse:
    """The questionnaire, on a phone, without account nor name."""
    row = found(Round.objects.order_by("pk"), code)
    form, is_kept = answered(request, row, moment, mode=Mode.WEB)
    if is_kept:
        return go(request, "studio:answer_thanks", row.code)
    return questionnaire(request, row, moment, form, is_paper=False)


@login_not_required
@require_safe
def answer_thanks(request: Request, code: str) -> HttpResponse:
    row = found(Round.objects.order_by("pk"), code)
    return page(request, "studio/answer_thanks.html", {"round": row})


def answered(
    request: Request, row: Round, moment: str, *, mode: str
) -> tuple[AnswerForm, bool]:
    """The form as it was sent, and whether it is kept now."""
    if moment not in MOMENTS:
        raise Http404
    when, now = MOMENTS[moment], timezone.now()
    data = request.POST if request.method == "POST" else None
    form = AnswerForm(data, round_=row, moment=when)
    if not form.is_valid():
        return form, False
    once = request.POST.get("once", "")[:64] or secrets.token_hex(16)
    rest: dict[str, Any] = {"now": now, "today": timezone.localdate(), "page": once}
    try:
        if mode == Mode.WEB:
            count_sending(address_of(request), now=now)
        add_answer(row, moment=when, mode=mode, **form.asked, **rest)
    except Refused as no:
        form.add_error(None, no.message)
        return form, False
    return form, True


def questionnaire(
    request: Request, row: Round, moment: str, form: AnswerForm, *, is_paper: bool
) -> HttpResponse:
    context = {
        "round": row,
        "moment": MOMENTS[moment].label,
        "form": form,
        "is_open": is_paper or row.is_open(timezone.now()),
        "is_paper": is_paper,
        "once": request.POST.get("once", "")[:64] or secrets.token_hex(16),
    }
    status = 422 if form.errors else 200
    return page(request, "studio/answer_new.html", context, status=status)


def address_of(request: Request) -> str:
    """Where a request comes from, as allauth tells it behind a proxy."""
    return str(get_adapter(request).get_client_ip(request))
