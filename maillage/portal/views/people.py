"""People and their roles: for the administrator."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from maillage.accounts.choices import Role
from maillage.accounts.forms import UserRoleForm
from maillage.accounts.guards import administrator_only
from maillage.accounts.http import Request
from maillage.accounts.models import User
from maillage.accounts.services import set_role
from maillage.core.errors import Refused
from maillage.core.http import go, page

PER_PAGE = 50


@require_GET
@administrator_only
def user_list(request: Request) -> HttpResponse:
    """Everybody with an account; those with a role for the site first."""
    words = request.GET.get("q", "").strip()[:200]
    rows = User.objects.annotate(structures=Count("memberships")).order_by("email")
    if words:
        rows = rows.filter(Q(email__icontains=words) | Q(display_name__icontains=words))
    if (role := request.GET.get("role", "")) in Role.values:
        rows = rows.filter(role=role)
    return page(
        request,
        "portal/user_list.html",
        {
            "page_obj": Paginator(rows, PER_PAGE).get_page(request.GET.get("page")),
            "q": words,
            "role": role,
            "roles": Role.choices,
        },
        partial="results",
    )


@require_http_methods(["GET", "POST"])
@administrator_only
def user_role(request: Request, pk: int) -> HttpResponse:
    """Give a person a role for the whole site."""
    person = get_object_or_404(User, pk=pk)
    form = UserRoleForm(request.POST or None, initial={"role": person.role})

    if form.is_valid():
        try:
            set_role(person, role=form.cleaned_data["role"], by=request.user)
        except Refused as no:
            form.add_error("role", no.message)
        else:
            messages.success(request, _("Le rôle est changé."))
            return go(request, "portal:user_list")
    return page(
        request,
        "portal/user_role.html",
        {"person": person, "form": form},
        status=422 if form.errors else 200,
    )
