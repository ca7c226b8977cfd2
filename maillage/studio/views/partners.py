"""Calls for partners: read by everybody, answered by structures, decided by who leads."""

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
from maillage.studio.forms_partners import (
    DecisionForm,
    PartnerAnswerForm,
    PartnerCallForm,
)
from maillage.studio.models import PartnerAnswer, PartnerCall, Project
from maillage.studio.partner_pages import call_context, call_groups
from maillage.studio.services.partnering import (
    answer_call,
    close_call,
    decide_answer,
    save_call,
    structures_to_answer,
    withdraw_answer,
)
from maillage.studio.services.projects import links
from maillage.studio.views.projects import own_or_404


def call_or_404(request: Request, pk: int) -> PartnerCall:
    """A call that everybody reads, or one's own."""
    rows = PartnerCall.objects.all().visible_to(request.user)
    return get_object_or_404(rows.select_related("project__lead"), pk=pk)


def own_call_or_404(request: Request, pk: int) -> PartnerCall:
    rows = PartnerCall.objects.all().editable_by(request.user)
    return get_object_or_404(rows.select_related("project__lead"), pk=pk)


@login_not_required
@require_safe
def partner_call_list(request: Request) -> HttpResponse:
    """Works that look for partners."""
    context = {"groups": call_groups(now=timezone.now())}
    return page(request, "studio/partner_call_list.html", context)


@login_not_required
@require_safe
def partner_call_detail(request: Request, pk: int) -> HttpResponse:
    """What is sought, until when, and what one's structures answered."""
    call = call_or_404(request, pk)
    context = call_context(call, user=request.user, now=timezone.now())
    return page(request, "studio/partner_call_detail.html", context)


@require_http_methods(["GET", "POST"])
def partner_call_new(request: Request, pk: int) -> HttpResponse:
    """Open a call; the links that nobody holds are ticked."""
    project = own_or_404(request, pk)
    return call_written(request, project, None)


@require_http_methods(["GET", "POST"])
def partner_call_edit(request: Request, pk: int) -> HttpResponse:
    call = own_call_or_404(request, pk)
    return call_written(request, call.project, call)


def call_written(
    request: Request, project: Project, row: PartnerCall | None
) -> HttpResponse:
    held = {role for one in project.partners.all() for role in one.roles}
    initial = {} if row else {"roles": [one for one in links() if one not in held]}
    form = PartnerCallForm(request.POST or None, instance=row, initial=initial)
    if form.is_valid():
        call, now = form.save(commit=False), timezone.now()
        try:
            save_call(call, project=project, by=request.user, now=now)
        except Refused as no:
            form.add_error(None, no.message)
        else:
            messages.success(request, _("L’appel est ouvert : tout le monde le voit."))
            return go(request, call)
    context = {"form": form, "project": project, "call": row}
    status = 422 if form.errors else 200
    return page(request, "studio/partner_call_form.html", context, status=status)


@require_POST
def partner_call_close(request: Request, pk: int) -> HttpResponse:
    call = own_call_or_404(request, pk)
    close_call(call, by=request.user, now=timezone.now())
    messages.success(request, _("L’appel est clos."))
    return go(request, call.project)


@never_cache
@require_http_methods(["GET", "POST"])
def partner_answer_new(request: Request, pk: int) -> HttpResponse:
    """Answer as a structure; ``now`` is when the request arrived."""
    now, call = timezone.now(), call_or_404(request, pk)
    structures = structures_to_answer(call, request.user)
    given = request.POST.get("structure", "")
    if request.method == "POST" and given.isdigit() and len(given) < 19:
        # What was sent a moment ago by the same button is the same answer.
        sent = PartnerAnswer.objects.all().authored_by(request.user)
        again = sent.filter(call=call, structure=int(given))
        structures += [one.structure for one in again.select_related("structure")]
    form = PartnerAnswerForm(request.POST or None, call=call, structures=structures)
    if form.is_valid():
        try:
            answer_call(call, **form.cleaned_data, by=request.user, now=now)
        except Refused as no:
            form.add_error(None, no.message)
        else:
            messages.success(request, _("Votre réponse est envoyée."))
            return go(request, call)
    context = {"form": form, "call": call, "structures": structures}
    context["is_open"] = call.is_open(now)
    status = 422 if form.errors else 200
    return page(request, "studio/partner_answer_form.html", context, status=status)


@require_POST
def partner_answer_withdraw(request: Request, pk: int) -> HttpResponse:
    """Take one's answer back."""
    rows = PartnerAnswer.objects.all().authored_by(request.user)
    answer = get_object_or_404(rows.select_related("call"), pk=pk)
    try:
        withdraw_answer(answer, by=request.user, now=timezone.now())
    except Refused as no:
        messages.error(request, no.message)
    else:
        messages.success(request, _("Votre réponse est retirée."))
    return go(request, answer.call)


@require_POST
def partner_answer_decide(request: Request, pk: int) -> HttpResponse:
    """Take a structure as a partner, or not, with a word."""
    own = PartnerCall.objects.all().editable_by(request.user)
    rows = PartnerAnswer.objects.filter(call__in=own)
    answer = get_object_or_404(rows.select_related("call__project"), pk=pk)
    form, choice = DecisionForm(request.POST), request.POST.get("do")
    word = form.cleaned_data["word"] if form.is_valid() else ""
    try:
        if choice not in ("accept", "decline"):
            raise Refused("choice", _("Acceptez ou déclinez."))
        decide_answer(
            answer, accepts=choice == "accept", word=word, by=request.user, now=timezone.now()
        )  # fmt: skip
    except Refused as no:
        messages.error(request, no.message)
    else:
        messages.success(request, _("C’est décidé ; la structure est prévenue."))
    return go(request, f"{answer.call.project.get_absolute_url()}#appels")
