"""Pages of those who speak for a structure: claim, team, invitations."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from maillage.accounts.http import Request
from maillage.core.errors import Refused
from maillage.core.http import go, page
from maillage.directory import people
from maillage.directory.choices import MemberRole
from maillage.directory.models import Invitation, Membership, Structure
from maillage.directory.people_forms import ClaimForm, InvitationForm, RoleForm


@require_http_methods(["GET", "POST"])
def structure_claim(request: Request, slug: str) -> HttpResponse:
    """Say that one speaks for a structure."""
    rows = Structure.objects.all().visible_to(request.user)
    structure = get_object_or_404(rows, slug=slug)
    form = ClaimForm(request.POST or None)
    claims = request.user.claims.filter(structure=structure)

    if form.is_valid():
        try:
            people.claim_structure(
                structure, **form.cleaned_data, by=request.user, now=timezone.now()
            )
        except Refused as no:
            form.add_error(None, no.message)
        else:
            messages.success(
                request, _("Votre demande est envoyée : l’agence vous répondra.")
            )
            return go(request, structure)
    return page(
        request,
        "directory/structure_claim.html",
        {"structure": structure, "form": form, "claim": claims.last()},
        status=422 if form.errors else 200,
    )


def managed_or_404(request: Request, slug: str) -> Structure:
    rows = Structure.objects.all().managed_by(request.user)
    structure: Structure = get_object_or_404(rows, slug=slug)
    return structure


@require_http_methods(["GET", "POST"])
def structure_team(request: Request, slug: str) -> HttpResponse:
    """The team of a structure; a colleague is invited here."""
    structure = managed_or_404(request, slug)
    form = InvitationForm(request.POST or None, initial={"role": MemberRole.EDITOR})

    if form.is_valid():
        try:
            people.invite(
                structure, **form.cleaned_data, by=request.user, now=timezone.now()
            )
        except Refused as no:
            form.add_error("email", no.message)
        else:
            messages.success(request, _("L’invitation est envoyée."))
            return go(request, "directory:structure_team", slug)
    waiting = structure.invitations.filter(accepted_at=None).order_by("invited_at")
    return page(
        request,
        "directory/structure_team.html",
        {
            "structure": structure,
            "form": form,
            "members": team(structure),
            "invitations": waiting,
            "now": timezone.now() - people.INVITATION_LASTS,
        },
        status=422 if form.errors else 200,
    )


def team(structure: Structure) -> list[Membership]:
    rows = structure.memberships.select_related("user")
    return list(rows.order_by("-role", "since", "pk"))


@require_http_methods(["GET", "POST"])
def team_member(request: Request, slug: str, pk: int) -> HttpResponse:
    """Change what a member may do."""
    structure = managed_or_404(request, slug)
    member = get_object_or_404(structure.memberships.select_related("user"), pk=pk)
    form = RoleForm(request.POST or None, initial={"role": member.role})

    if form.is_valid():
        try:
            people.set_member_role(member, **form.cleaned_data, by=request.user)
        except Refused as no:
            form.add_error("role", no.message)
        else:
            messages.success(request, _("Le rôle est changé."))
            return go(request, "directory:structure_team", slug)
    return page(
        request,
        "directory/team_member.html",
        {"structure": structure, "member": member, "form": form},
        status=422 if form.errors else 200,
    )


@require_POST
def team_member_remove(request: Request, slug: str, pk: int) -> HttpResponse:
    """Take a person out of the team."""
    structure = managed_or_404(request, slug)
    member = get_object_or_404(structure.memberships.select_related("user"), pk=pk)
    try:
        people.remove_member(member, by=request.user)
    except Refused as no:
        messages.error(request, no.message)
        return go(request, "directory:team_member", slug, pk)
    messages.success(
        request, _("%(who)s ne fait plus partie de l’équipe.") % {"who": member.user}
    )
    mine = Structure.objects.all().managed_by(request.user).filter(pk=structure.pk)
    if mine.exists():
        return go(request, "directory:structure_team", slug)
    return go(request, structure)


@require_POST
def team_leave(request: Request, slug: str) -> HttpResponse:
    """Leave a structure by oneself."""
    member = get_object_or_404(
        request.user.memberships.select_related("structure"), structure__slug=slug
    )
    try:
        people.remove_member(member, by=request.user)
    except Refused as no:
        messages.error(request, no.message)
    else:
        messages.success(
            request,
            _("Vous avez quitté « %(name)s ».") % {"name": member.structure.name},
        )
    return go(request, "portal:my_space")


@require_POST
def invitation_cancel(request: Request, slug: str, pk: int) -> HttpResponse:
    """Take an invitation back."""
    structure = managed_or_404(request, slug)
    invitation = get_object_or_404(
        structure.invitations.filter(accepted_at=None), pk=pk
    )
    people.cancel_invitation(invitation, by=request.user)
    messages.success(request, _("L’invitation est retirée."))
    return go(request, "directory:structure_team", slug)


@require_http_methods(["GET", "POST"])
def invitation_accept(request: Request, token: str) -> HttpResponse:
    """Join a structure with the link that came by e-mail."""
    rows = Invitation.objects.select_related("structure", "invited_by")
    invitation = rows.filter(token=token).first()
    if invitation is None:
        raise Http404
    trouble = ""
    if request.method == "POST":
        try:
            people.accept_invitation(invitation, by=request.user, now=timezone.now())
        except Refused as no:
            trouble = no.message
        else:
            messages.success(request, _("Bienvenue dans l’équipe !"))
            return go(request, invitation.structure)
    return page(
        request,
        "directory/invitation_accept.html",
        {"invitation": invitation, "trouble": trouble},
        status=422 if trouble else 200,
    )
