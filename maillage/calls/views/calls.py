"""Calls as everybody reads them."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.feedgenerator import Rss201rev2Feed
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from maillage.accounts.http import Request
from maillage.calls.call_pages import (
    calendar_of,
    card_of,
    facts_of,
    groups_of,
    mine_on,
    weights_of,
)
from maillage.calls.forms_calls import AskForm
from maillage.calls.models import Call
from maillage.calls.services.editing import ask
from maillage.core.errors import Refused
from maillage.core.http import go, page

NEWS = 30


def call_or_404(request: Request, slug: str) -> Call:
    return get_object_or_404(Call.objects.all().visible_to(request.user), slug=slug)


@login_not_required
@require_safe
def call_list(request: Request) -> HttpResponse:
    """Calls that are open, to come and closed."""
    context = {"groups": groups_of(now=timezone.now())}
    return page(request, "calls/call_list.html", context)


@login_not_required
@require_safe
def call_detail(request: Request, slug: str) -> HttpResponse:
    """A call, with the questions that were asked."""
    call, now = call_or_404(request, slug), timezone.now()
    context = {
        "call": call,
        "card": card_of(call, now=now),
        "facts": facts_of(call),
        "criteria": weights_of(call.criteria.all()),
        "questions": call.questions.all().public(),
        "takes_questions": call.takes_questions(now),
        "is_open": call.is_open(now),
        "mine": mine_on(call, request.user),
    }
    return page(request, "calls/call_detail.html", context)


@require_http_methods(["GET", "POST"])
def call_ask(request: Request, slug: str) -> HttpResponse:
    """Ask a question, that everybody will read with its answer."""
    call = call_or_404(request, slug)
    form = AskForm(request.POST or None)
    if form.is_valid():
        text = form.cleaned_data["text"]
        try:
            ask(call, text=text, by=request.user, now=timezone.now())
        except Refused as no:
            form.add_error(None, no.message)
        else:
            said = _("Votre question est envoyée : la réponse paraîtra ici.")
            messages.success(request, said)
            return go(request, call)
    context = {"call": call, "form": form}
    status = 422 if form.errors else 200
    return page(request, "calls/call_ask.html", context, status=status)


@login_not_required
@require_safe
def call_calendar(request: Request, slug: str) -> HttpResponse:
    """The hours of a call for a calendar."""
    call = call_or_404(request, slug)
    kind = "text/calendar; charset=utf-8"
    response = HttpResponse(calendar_of(call), content_type=kind)
    response["Content-Disposition"] = f'inline; filename="{call.slug}.ics"'
    return response


@login_not_required
@require_safe
def call_feed(request: Request) -> HttpResponse:
    """The last calls, as news."""
    feed = Rss201rev2Feed(
        title=_("Appels à projets"),
        link=settings.SITE_URL + reverse("calls:call_list"),
        description=_("Les appels à projets de culture scientifique."),
        language="fr",
    )
    for call in Call.objects.all().published().order_by("-published_at")[:NEWS]:
        link = settings.SITE_URL + call.get_absolute_url()
        feed.add_item(
            call.title, link, call.summary, pubdate=call.published_at, unique_id=link
        )
    kind = "application/rss+xml; charset=utf-8"
    return HttpResponse(feed.writeString("utf-8"), content_type=kind)
