"""What every answer of the API has: cache headers, CORS, errors in one form."""

import hashlib
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.http import quote_etag
from django.utils.translation import get_language, gettext as _
from django.views.decorators.http import condition
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from maillage.core.entries import entries_version
from maillage.core.models import Entry

PROBLEM = "application/problem+json"
VERSION = "1"


class Api(NinjaAPI):
    """Ours: open to other sites, errors as problems (RFC 9457)."""

    def get_openapi_schema(self, **kwargs: Any) -> Any:
        document = super().get_openapi_schema(**kwargs)
        for path in document["paths"].values():
            for operation in path.values():
                for status, answer in operation["responses"].items():
                    if int(status) >= 400 and "content" in answer:
                        answer["content"] = {
                            PROBLEM: answer["content"]["application/json"]
                        }
        return document


def open_to_all(response: HttpResponse) -> HttpResponse:
    """Let any site read it; keep it a minute, then ask whether it has changed."""
    response["Access-Control-Allow-Origin"] = "*"
    response["Access-Control-Expose-Headers"] = "ETag, Last-Modified"
    response["Cache-Control"] = "public, max-age=60"
    return response


def tag_of(request: HttpRequest, *args: Any, **kwargs: Any) -> str:
    words = (VERSION, get_language(), str(entries_version()), request.get_full_path())
    return quote_etag(
        hashlib.sha256("\n".join(map(str, words)).encode()).hexdigest()[:32]
    )


def last_change(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
    entries = Entry.objects.order_by("-version").values_list("changed_at", flat=True)
    return entries.first()


View = Callable[..., HttpResponse]


def cached(view: View) -> View:
    """Answer 304 to whoever has this very answer; costs two small queries."""
    conditional = condition(etag_func=tag_of, last_modified_func=last_change)(view)

    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = conditional(request, *args, **kwargs)
        if response.status_code >= 400:
            del response["ETag"]
            del response["Last-Modified"]
            return response
        return open_to_all(response)

    return answered


def fresh(view: View) -> View:
    """For what changes with loans and with the day: read by any site, kept a minute."""

    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        return response if response.status_code >= 400 else open_to_all(response)

    return answered


def problem(
    api: NinjaAPI, request: HttpRequest, *, status: int, title: str, **more: Any
) -> HttpResponse:
    told = {"type": "about:blank", "title": title, "status": status, **more}
    response = api.create_response(request, told, status=status)
    response["Content-Type"] = PROBLEM
    response["Access-Control-Allow-Origin"] = "*"
    response["Cache-Control"] = "no-store"
    return response


def tell_errors(api: NinjaAPI) -> None:
    """Have every error say in French what happened and what to do."""

    @api.exception_handler(Http404)
    def not_found(request: HttpRequest, error: Http404) -> HttpResponse:
        detail = _("Vérifiez l’adresse ; la liste donne celles qui existent.")
        return problem(
            api, request, status=404, title=_("Rien à cette adresse."), detail=detail
        )

    @api.exception_handler(ValidationError)
    def invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
        errors = [
            {
                "parameter": str(one["loc"][-1]),
                "detail": _("Valeur refusée : voyez la description de ce paramètre."),
            }
            for one in error.errors
        ]
        return problem(
            api,
            request,
            status=422,
            title=_("Un paramètre ne convient pas."),
            errors=errors,
        )

    @api.exception_handler(HttpError)
    def refused(request: HttpRequest, error: HttpError) -> HttpResponse:
        return problem(api, request, status=error.status_code, title=str(error))
