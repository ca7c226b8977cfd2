"""The hosts for which a person borrows."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from maillage.accounts.http import Request
from maillage.circulation.choices import HOLDING, OPEN_REQUESTS
from maillage.circulation.forms.hosts import HostForm
from maillage.circulation.models import Host
from maillage.circulation.services.hosts import save_host
from maillage.core.errors import Refused
from maillage.core.http import go, page

PER_PAGE = 30


@require_GET
def host_list(request: Request) -> HttpResponse:
    """Where the person borrows for; all hosts for those who read for the Region."""
    rows = Host.objects.visible_to(request.user).select_related(
        "commune__department", "place", "structure"
    )
    text = request.GET.get("q", "").strip()[:100]
    if text:
        rows = rows.filter(Q(name__icontains=text) | Q(commune__name__icontains=text))
    rows = rows.annotate(
        open_requests=Count(
            "requests", filter=Q(requests__state__in=OPEN_REQUESTS), distinct=True
        ),
        open_loans=Count("loans", filter=Q(loans__state__in=HOLDING), distinct=True),
    )
    page_obj = Paginator(rows.order_by("name", "pk"), PER_PAGE).get_page(
        request.GET.get("page")
    )
    context = {"page_obj": page_obj, "q": text}
    return page(request, "circulation/host_list.html", context, partial="results")


@require_http_methods(["GET", "POST"])
def host_new(request: Request) -> HttpResponse:
    """Describe a place where loans are set up."""
    form = HostForm(request.POST or None, user=request.user)
    if form.is_valid() and saved(request, form):
        return go(request, "circulation:host_list")
    return shown(request, form, None)


@require_http_methods(["GET", "POST"])
def host_edit(request: Request, pk: int) -> HttpResponse:
    """Keep the facts of a room and who to reach there up to date."""
    host = get_object_or_404(Host.objects.editable_by(request.user), pk=pk)
    name = host.name
    form = HostForm(request.POST or None, user=request.user, instance=host)
    if form.is_valid() and saved(request, form):
        return go(request, "circulation:host_list")
    return shown(request, form, name)


def saved(request: Request, form: HostForm) -> bool:
    try:
        save_host(form.save(commit=False), by=request.user)
    except Refused as no:
        name = {"place_taken": "place", "commune": "commune"}.get(no.code)
        form.add_error(name if name in form.fields else None, no.message)
        return False
    messages.success(request, _("Le lieu d’accueil est enregistré."))
    return True


def shown(request: Request, form: HostForm, name: str | None) -> HttpResponse:
    return page(
        request,
        "circulation/host_form.html",
        {"form": form, "host_name": name},
        status=422 if form.errors else 200,
    )
