"""The agency's desk: what waits, the queue, and the answers."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from maillage.accounts.guards import agency_only, agency_readers
from maillage.accounts.http import Request
from maillage.core import services
from maillage.core.changes import readable
from maillage.core.choices import ProposalKind
from maillage.core.errors import Refused
from maillage.core.http import go, page
from maillage.core.mail import deliver
from maillage.core.models import Mail, Proposal
from maillage.core.publishing import kinds
from maillage.core.values import snapshot
from maillage.directory.choices import ClaimState
from maillage.directory.models import Claim
from maillage.directory.people import accept_claim, refuse_claim
from maillage.portal import queue
from maillage.portal.forms import DecisionForm, QueueForm

PER_PAGE = 30
DECISIONS = {
    "accept": (services.accept, gettext_lazy("Publiée. L’auteur est prévenu.")),
    "ask": (services.ask_for_change, gettext_lazy("L’auteur est invité à compléter.")),
    "refuse": (services.refuse, gettext_lazy("Refusée. L’auteur est prévenu.")),
}


@require_GET
@agency_readers
def agency_desk(request: Request) -> HttpResponse:
    """What waits for the agency, first."""
    oldest = queue.keys("waiting", "")[:5]
    return page(
        request,
        "portal/agency_desk.html",
        {"counts": queue.counts(), "items": queue.rows_of(oldest)},
    )


@require_GET
@agency_readers
def moderation_list(request: Request) -> HttpResponse:
    """Proposals and claims, the oldest first."""
    form = QueueForm(request.GET)
    state, kind = form.chosen()
    page_obj = Paginator(queue.keys(state, kind), PER_PAGE).get_page(
        request.GET.get("page")
    )
    return page(
        request,
        "portal/moderation_list.html",
        {
            "form": form,
            "state": state,
            "page_obj": page_obj,
            "items": queue.rows_of(list(page_obj)),
        },
        partial="results",
    )


def what_changes(proposal: Proposal, thing: Any) -> list[Any]:
    """The proposed values against those of today, or of before if decided."""
    model = kinds()[proposal.target_kind]
    before = dict(proposal.before)
    if proposal.kind == ProposalKind.EDIT and proposal.is_open and thing:
        before = snapshot(thing, proposal.after)
    return readable(model, before, proposal.after)


@require_http_methods(["GET", "POST"])
@agency_readers
def moderation_proposal(request: Request, pk: int) -> HttpResponse:
    """One proposal with its diff; the agency answers here."""
    proposal = get_object_or_404(Proposal.objects.select_related("author"), pk=pk)
    form = DecisionForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and request.user.is_agency:
        if answer := decide(request, proposal, form):
            return answer
        proposal.refresh_from_db()
    thing = services.target(proposal)
    is_stale = bool(
        thing
        and proposal.is_open
        and proposal.before
        and snapshot(thing, proposal.before) != proposal.before
    )
    return page(
        request,
        "portal/moderation_proposal.html",
        {
            "proposal": proposal,
            "thing": thing,
            "kind_label": queue.kind_label(proposal.target_kind),
            "changes": what_changes(proposal, thing),
            "is_stale": is_stale,
            "form": form,
        },
        status=422 if form.errors else 200,
    )


def decide(
    request: Request, proposal: Proposal, form: DecisionForm
) -> HttpResponse | None:
    service, done = DECISIONS.get(request.POST.get("decision", ""), (None, ""))
    if service is None:
        form.add_error(None, _("Choisissez une réponse."))
        return None
    more = {"over": form.cleaned_data["over"]} if service is services.accept else {}
    try:
        service(
            proposal,
            answer=form.cleaned_data["answer"],
            by=request.user,
            now=timezone.now(),
            **more,
        )
    except Refused as no:
        form.add_error("answer" if no.code == "reason" else None, no.message)
        return None
    messages.success(request, done)
    return go(request, "portal:moderation_list")


@require_http_methods(["GET", "POST"])
@agency_readers
def moderation_claim(request: Request, pk: int) -> HttpResponse:
    """One claim; the agency checks and answers."""
    rows = Claim.objects.select_related("user", "structure", "decided_by")
    claim = get_object_or_404(rows, pk=pk)
    form = DecisionForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and request.user.is_agency:
        if answer := decide_claim(request, claim, form):
            return answer
        claim.refresh_from_db()
    return page(
        request,
        "portal/moderation_claim.html",
        {
            "claim": claim,
            "team": claim.structure.memberships.select_related("user"),
            "is_open": claim.state == ClaimState.WAITING,
            "form": form,
        },
        status=422 if form.errors else 200,
    )


def decide_claim(
    request: Request, claim: Claim, form: DecisionForm
) -> HttpResponse | None:
    answer, decision = form.cleaned_data["answer"], request.POST.get("decision", "")
    now = timezone.now()
    try:
        if decision == "accept":
            today = timezone.localdate()
            accept_claim(claim, answer=answer, by=request.user, now=now, today=today)
        elif decision == "refuse":
            refuse_claim(claim, answer=answer, by=request.user, now=now)
        else:
            form.add_error(None, _("Choisissez une réponse."))
            return None
    except Refused as no:
        form.add_error("answer" if no.code == "reason" else None, no.message)
        return None
    messages.success(request, _("La réponse est partie."))
    return go(request, "portal:moderation_list")


@require_GET
@agency_readers
def suspect_list(request: Request) -> HttpResponse:
    """Records that may be the same thing twice."""
    page_obj = Paginator(
        queue.suspects().order_by("kind", "name_terms", "commune_name"), PER_PAGE
    ).get_page(request.GET.get("page"))
    return page(
        request,
        "portal/suspect_list.html",
        {"page_obj": page_obj, "groups": queue.groups_of(list(page_obj))},
    )


@require_GET
@agency_readers
def mail_list(request: Request) -> HttpResponse:
    """The outbox: what has not left, then what has."""
    waits = Mail.objects.filter(sent_at=None).order_by("pk")[:100]
    sent = Mail.objects.exclude(sent_at=None).order_by("-sent_at", "-pk")
    page_obj = Paginator(sent, PER_PAGE).get_page(request.GET.get("page"))
    return page(
        request, "portal/mail_list.html", {"waits": waits, "page_obj": page_obj}
    )


@require_POST
@agency_only
def mail_retry(request: Request, pk: int) -> HttpResponse:
    """Try a mail again."""
    mail = get_object_or_404(Mail.objects.filter(sent_at=None), pk=pk)
    if deliver(mail.pk, now=timezone.now(), again=True):
        messages.success(request, _("Le courriel est parti."))
    else:
        mail.refresh_from_db()
        messages.error(
            request, _("Il n’est pas parti : %(error)s") % {"error": mail.error}
        )
    return go(request, "portal:mail_list")
