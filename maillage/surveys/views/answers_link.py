"""Who opens the page of a respondent: by a personal link, or as a member."""

import secrets
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from maillage.core.errors import Refused
from maillage.core.http import PageRequest, page
from maillage.surveys.models import Response
from maillage.surveys.services.answering import Writer, need_writable
from maillage.surveys.services.sheets import responses

P = ParamSpec("P")
NAME_COOKIE = "repondant"
LONGEST = 60
View = Callable[Concatenate[PageRequest, Response, P], HttpResponse]
Linked = Callable[Concatenate[PageRequest, str, P], HttpResponse]


def by_link(view: View[P]) -> Linked[P]:
    """A view for whoever holds the link; a link that leads nowhere says so kindly.

    Nothing of it is cached, listed by search engines, or told to another site.
    """

    @login_not_required
    @never_cache
    @wraps(view)
    def opened(
        request: PageRequest, token: str, *args: P.args, **kwargs: P.kwargs
    ) -> HttpResponse:
        response = responses().filter(unit__token=token).first()
        if response is None:
            answer = page(request, "surveys/answer_unknown.html", {}, status=404)
        else:
            answer = view(request, response, *args, **kwargs)
        answer["X-Robots-Tag"] = "noindex"
        answer["Referrer-Policy"] = "same-origin"
        return answer

    return cast("Linked[P]", opened)


def writer_of(request: PageRequest, response: Response, *, opened: str = "") -> Writer:
    """Who writes: their account, else the name that they gave, else the link."""
    user: Any = request.user
    if not user.is_authenticated:
        name = typed_name(request) or _("avec le lien")
        return Writer(name[:LONGEST], opened[:40])
    if user.is_agency:
        name = _("%(name)s (agence)") % {"name": user}
        return Writer(name[:120], opened[:40], is_agency=True)
    return Writer(str(user)[:120], opened[:40])


def typed_name(request: PageRequest) -> str:
    """The name that somebody without an account gave, on this browser."""
    found = request.get_signed_cookie(NAME_COOKIE, default="")
    return str(found)[:LONGEST]


def new_page() -> str:
    """The name of one open page."""
    return secrets.token_hex(8)


def trouble_with(response: Response, *, writer: Writer, today: Any) -> Refused | None:
    """Why nothing can be written just now, or None."""
    try:
        need_writable(response, writer=writer, today=today)
    except Refused as no:
        return no
    return None


def refused_json(no: Refused) -> JsonResponse:
    return JsonResponse({"code": no.code, "message": no.message}, status=409)
