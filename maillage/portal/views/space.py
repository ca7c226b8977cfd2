"""Mon espace: what waits for the person, what is theirs, their account."""

from typing import Any

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from maillage.accounts.forms import EraseForm, ProfileForm
from maillage.accounts.http import Request
from maillage.core import services
from maillage.core.changes import readable
from maillage.core.choices import ProposalState
from maillage.core.errors import Refused
from maillage.core.http import go, page
from maillage.core.models import Proposal
from maillage.core.publishing import kinds
from maillage.directory.models import Invitation, Membership
from maillage.directory.people import INVITATION_LASTS, managed_alone
from maillage.portal.own_data import data_file, leave_for_good
from maillage.portal.queue import kind_label
from maillage.portal.views.answering import form_for

MOST = 100


@require_GET
def my_space(request: Request) -> HttpResponse:
    """What waits for the person first, then what is theirs."""
    now = timezone.now()
    proposals = list(Proposal.objects.filter(author=request.user)[:MOST])
    invitations = Invitation.objects.select_related("structure").filter(
        email__iexact=request.user.email,
        accepted_at=None,
        invited_at__gt=now - INVITATION_LASTS,
    )
    members = Membership.objects.filter(user=request.user).select_related("structure")
    return page(
        request,
        "portal/my_space.html",
        {
            "to_complete": [
                row for row in proposals if row.state == ProposalState.CHANGES_ASKED
            ],
            "proposals": [
                row for row in proposals if row.state != ProposalState.CHANGES_ASKED
            ],
            "invitations": invitations,
            "memberships": members.order_by("structure__name"),
            "groups": own_things(request),
            "claims": request.user.claims.select_related("structure").order_by("-pk"),
        },
    )


def own_things(request: Request) -> list[dict[str, Any]]:
    """Things of one's structures and those one has written, by kind."""
    found = []
    for model in kinds().values():
        rows: Any = model._default_manager.all()
        own = rows.owned_by(request.user) | rows.filter(created_by=request.user)
        things = list(own.distinct().order_by("state", "name")[:MOST])
        if things:
            found.append({"label": model._meta.verbose_name_plural, "things": things})
    return found


@require_GET
def my_proposal(request: Request, pk: int) -> HttpResponse:
    """One of my proposals: where it stands, and the agency's words."""
    proposal = get_object_or_404(Proposal.objects.filter(author=request.user), pk=pk)
    model = kinds()[proposal.target_kind]
    return page(
        request,
        "portal/my_proposal.html",
        {
            "proposal": proposal,
            "thing": services.target(proposal),
            "kind_label": kind_label(proposal.target_kind),
            "changes": readable(model, proposal.before, proposal.after),
        },
    )


@require_http_methods(["GET", "POST"])
def my_proposal_edit(request: Request, pk: int) -> HttpResponse:
    """Answer what the agency asked, in the form of the record."""
    mine = Proposal.objects.all().open().filter(author=request.user)
    proposal = get_object_or_404(mine, pk=pk)
    form = form_for(request, proposal)

    if request.method == "POST" and form.is_valid():
        try:
            services.propose_again(
                proposal,
                values=form.values(),
                note=form.cleaned_data.get("note", ""),
                by=request.user,
                now=timezone.now(),
            )
        except Refused as no:
            form.add_error(None, no.message)
        else:
            messages.success(request, _("Votre réponse est envoyée à l’agence."))
            return go(request, "portal:my_proposal", pk)
    return page(
        request,
        "portal/my_proposal_edit.html",
        {"proposal": proposal, "form": form},
        status=422 if form.errors else 200,
    )


@require_POST
def my_proposal_withdraw(request: Request, pk: int) -> HttpResponse:
    """Take a proposal back."""
    proposal = get_object_or_404(Proposal.objects.filter(author=request.user), pk=pk)
    try:
        services.withdraw(proposal, by=request.user, now=timezone.now())
    except Refused as no:
        messages.error(request, no.message)
    else:
        messages.success(request, _("La proposition est retirée."))
    return go(request, "portal:my_space")


@require_http_methods(["GET", "POST"])
def my_account(request: Request) -> HttpResponse:
    """Name, ways to sign in, data: all about the account."""
    form = ProfileForm(request.POST or None, instance=request.user)
    if form.is_valid():
        form.save()
        messages.success(request, _("C’est enregistré."))
        return go(request, "portal:my_account")
    return page(
        request,
        "portal/my_account.html",
        {"form": form},
        status=422 if form.errors else 200,
    )


@require_GET
def my_data(request: Request) -> HttpResponse:
    """All that the site knows of the person, as a file."""
    text = data_file(request.user, now=timezone.now())
    answer = HttpResponse(text, content_type="application/json; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="mes-donnees-maillage.json"'
    return answer


@require_http_methods(["GET", "POST"])
def my_account_erase(request: Request) -> HttpResponse:
    """Erase one's account; what was published stays, without a name."""
    form = EraseForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            leave_for_good(request.user, now=timezone.now())
        except Refused as no:
            form.add_error(None, no.message)
        else:
            logout(request)
            messages.success(request, _("Votre compte est effacé. Merci et à bientôt."))
            return go(request, "portal:home")
    return page(
        request,
        "portal/my_account_erase.html",
        {"form": form, "alone": managed_alone(request.user)},
        status=422 if form.errors else 200,
    )
