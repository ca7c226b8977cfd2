"""Ask for a loan: one page, with what it costs and when it is free as one types."""

import datetime as dt
import secrets
from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.db import transaction
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from maillage.accounts.http import Request
from maillage.catalogue.models import Resource
from maillage.circulation.forms.requests import AskForm
from maillage.circulation.models import Copy, LoanRequest
from maillage.circulation.services.estimates import (
    Check,
    check_wish,
    lendable_copies,
    wanted_modules,
)
from maillage.circulation.services.hosts import last_used, save_host
from maillage.circulation.services.quotas import quota_words
from maillage.circulation.services.requests import (
    MOST_WINDOWS,
    Wish,
    ask_for_loan,
    check_resource,
    check_windows,
)
from maillage.core import kept
from maillage.core.errors import Refused
from maillage.core.form_fields import FIRST_DAY, LAST_DAY
from maillage.core.http import go, page

USUAL_DAYS = 21
DAY = dt.timedelta(1)


@never_cache
@login_not_required
@require_http_methods(["GET", "POST"])
def request_new(request: Request, slug: str) -> HttpResponse:
    """Ask for a resource; whoever is not signed in is asked to only at the end."""
    rows = Resource.objects.visible_to(request.user).select_related(
        "owner__commune", "parent"
    )
    resource = get_object_or_404(rows, slug=slug)
    copies = lendable_copies(resource)
    if not copies:
        return page(request, "circulation/request_none.html", {"thing": resource})
    modules = wanted_modules(resource, copies=copies)
    form = AskForm(
        typed(request), user=request.user, resource=resource, modules=modules,
        initial=first_guess(request, resource),
    )  # fmt: skip
    if is_sent(request) and form.is_valid() and (answer := sent(request, form)):
        return answer
    context = {
        "thing": resource,
        "check": checked(form, resource, copies),
        "copies": copies,
    }
    context |= {"quota": quota_words(resource.owner)}
    return shown(request, form, context)


@never_cache
@login_not_required
@require_http_methods(["GET", "POST"])
def request_new_theme(request: Request) -> HttpResponse:
    """Ask for any resource of a theme; the agency answers."""
    theme = request.GET.get("theme", "")
    initial = first_guess(request, None) | {"theme": theme}
    form = AskForm(typed(request), user=request.user, initial=initial)
    if is_sent(request) and form.is_valid() and (answer := sent(request, form)):
        return answer
    return shown(request, form, {"check": Check()})


def is_sent(request: Request) -> bool:
    """The form is meant; with ``check`` the person only looks at the estimate."""
    return request.method == "POST" and "check" not in request.POST


def typed(request: Request) -> QueryDict | None:
    """What was typed: now, or before the person went to sign in."""
    if request.method == "POST":
        return request.POST
    form = kept.kept(request) if "reprise" in request.GET else None
    if form is None or form.path.partition("?")[0] != request.path:
        return None
    data = QueryDict(mutable=True)
    for name, value in form.fields:
        data.appendlist(name, value)
    return data


def first_guess(request: Request, resource: Resource | None) -> dict[str, Any]:
    """A form filled in as far as the address and what is known of the person go."""
    start, end = (read_day(request, name) for name in ("debut", "fin"))
    days = (end - start).days if start and end else 0
    low = (resource.loan_days_min if resource else None) or 1
    high = (resource.loan_days_max if resource else None) or 366
    guess = days if low <= days <= high else min(max(USUAL_DAYS, low), high)
    return {
        "token": secrets.token_urlsafe(32),
        "host": last_used(request.user),
        "duration_days": guess,
        "start_1": start,
        "end_1": end - DAY if end else None,
        "needs_transport": True,
    }


def read_day(request: Request, name: str) -> dt.date | None:
    try:
        day = parse_date(request.GET.get(name, ""))
    except ValueError:  # a 31 February
        return None
    return day if day and FIRST_DAY <= day <= LAST_DAY else None


def sent(request: Request, form: AskForm) -> HttpResponse | None:
    """Send the request that a form asks for, or say in the form why not."""
    visitor: Any = request.user
    if not visitor.is_authenticated:
        return sign_in_first(request)
    try:
        asked = ask(request, form)
    except Refused as no:
        form.refuse(no)
        return None
    request.session.pop(kept.NAME, None)
    messages.success(request, _("Votre demande est envoyée. Suivez-la ici."))
    return go(request, asked)


@transaction.atomic
def ask(request: Request, form: AskForm) -> LoanRequest:
    """The request, and the host that it adds: both or none."""
    token = form.cleaned_data["token"]
    same = LoanRequest.objects.filter(token=token, asked_by=request.user).first()
    if same is not None:  # the form was sent twice: its host is written already
        return same
    host = form.cleaned_data["host"]
    if form.adds_host:
        host = save_host(form.new_host.save(commit=False), by=request.user)
    return ask_for_loan(
        form.wish(host),
        token=token,
        by=request.user,
        now=timezone.now(),
        today=timezone.localdate(),
    )


def sign_in_first(request: Request) -> HttpResponse:
    """Keep what was typed; the form is there again once the person has signed in."""
    kept.keep(request)
    messages.info(
        request,
        _(
            "Votre demande est gardée : connectez-vous ou créez un compte pour l’envoyer."
        ),
    )
    return redirect_to_login(f"{request.path}?reprise=1", reverse("account_login"))


def checked(form: AskForm, resource: Resource, copies: Sequence[Copy]) -> Check:
    """What the form can say already, whether it is complete or not."""
    today = timezone.localdate()
    if form.is_bound:
        form.is_valid()
    host = form.chosen_host() if form.is_bound else form.initial["host"]
    data = form.cleaned_data if form.is_bound else form.initial
    windows = form.windows() if form.is_bound else guessed(form)
    days, chosen = data.get("duration_days"), list(data.get("modules") or ())
    problem = ""
    if host is not None and days and windows:
        wish = Wish(host, days, windows, resource=resource, modules=chosen)
        problem = problem_of(wish, resource, today=today)
    return check_wish(
        resource,
        host=host,
        windows=future(windows, today),
        days=days,
        copies=copies,
        modules=wanted_modules(resource, copies=copies, chosen=chosen),
        whole=not chosen,
        needs_transport=bool(data.get("needs_transport")),
        today=today,
        problem=problem,
    )


def problem_of(wish: Wish, resource: Resource, *, today: dt.date) -> str:
    """Why a request would be refused as it stands; nothing when it would not."""
    try:
        windows = check_windows(wish, today=today)
        check_resource(wish, resource, windows=windows, today=today)
    except Refused as no:
        return no.message
    return ""


def guessed(form: AskForm) -> list[tuple[dt.date, dt.date]]:
    start, end = form.initial["start_1"], form.initial["end_1"]
    return [(start, end + DAY)] if start and end else []


def future(
    windows: Sequence[tuple[dt.date, dt.date]], today: dt.date
) -> list[tuple[dt.date, dt.date]]:
    """The windows that a calendar can be looked up for."""
    far = today + dt.timedelta(3 * 366)
    return [w for w in windows[:MOST_WINDOWS] if today <= w[0] < w[1] <= far]


def shown(request: Request, form: AskForm, context: dict[str, Any]) -> HttpResponse:
    is_mistaken = is_sent(request) and (form.errors or form.new_host.errors)
    context |= {"form": form, "is_back": "reprise" in request.GET}
    return page(
        request,
        "circulation/request_new.html",
        context,
        partial="estimate" if "check" in request.POST else "",
        status=422 if is_mistaken else 200,
    )
