"""The plan's text: its first page, one page for each part."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from maillage.accounts.http import Request
from maillage.core.http import page
from maillage.plan.services.reading import read_in_force
from maillage.plan.tree_pages import action_rows, home_context, node_context

MOST_WORDS = 100


@login_not_required
@require_safe
def home(request: Request) -> HttpResponse:
    """The plan, its axes, and a way to find a lead."""
    reading = read_in_force(today=timezone.localdate())
    if reading is None:
        return page(request, "plan/home.html", {"plan": None})
    words = request.GET.get("q", "")[:MOST_WORDS].strip()
    context = home_context(reading, words, idle="sans-action" in request.GET)
    return page(request, "plan/home.html", context, partial="found")


@login_not_required
@require_safe
def node_detail(request: Request, slug: str) -> HttpResponse:
    """A part of the plan, what is done about it and what shows it."""
    today = timezone.localdate()
    reading = read_in_force(today=today)
    nodes = reading.nodes if reading else []
    node = next((one for one in nodes if one.slug == slug), None)
    if reading is None or node is None:
        raise Http404
    context = node_context(node, reading, request.user)
    context["rows"] = action_rows(context["known"], today)
    return page(request, "plan/node_detail.html", context)
