"""Answers that belong to no app."""

from pathlib import Path

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
)
from django.shortcuts import redirect, render
from django.utils.cache import patch_cache_control
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from maillage.core.kept import form_of, is_from_here, kept
from maillage.core.uploads import (
    CONTENT_TYPES,
    Audience,
    audience_of,
    file_path,
    thumbnail_path,
)

YEAR = 365 * 24 * 3600


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Offer a form that has grown too old to be sent again, as it was filled in.

    Only if a page of this site sent it. htmx is told to show the whole answer.
    """
    form = form_of(request) if is_from_here(request) else None
    answer = render(request, "403_csrf.html", {"kept": form}, status=403)
    if "HX-Request" in request.headers:
        answer["HX-Retarget"] = answer["HX-Reselect"] = "#main"
        answer["HX-Reswap"] = "outerHTML"
    return answer


@never_cache
@require_safe
def resume(request: HttpRequest) -> HttpResponse:
    """After signing in: send the form that waited, or read it again."""
    form = kept(request)
    if form is None:
        return redirect(settings.LOGIN_REDIRECT_URL)
    return render(request, "resume.html", {"kept": form})


@login_not_required
@require_safe
def file_show(request: HttpRequest, name: str, side: int = 0) -> HttpResponseBase:
    """Give a picture, its thumbnail or a document to those who may see its thing."""
    path = thumbnail_path(name, side) if side else file_path(name)
    if path is None:
        raise Http404
    audience = audience_of(name, user=request.user)
    if audience == Audience.NOBODY:
        raise Http404
    response = file_response(path)
    if audience == Audience.PUBLIC:
        patch_cache_control(response, public=True, max_age=YEAR, immutable=True)
    else:
        patch_cache_control(response, private=True, no_store=True)
    return response


def file_response(path: Path) -> HttpResponseBase:
    """A file as what its checked extension says, and as nothing else."""
    extension = path.suffix.lstrip(".")
    response: HttpResponseBase
    if extension == "pdf":
        response = FileResponse(path.open("rb"), as_attachment=True)
    else:
        response = HttpResponse(path.read_bytes())
    response["Content-Type"] = CONTENT_TYPES[extension]
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer what cannot be read: too long, broken, or not from our pages."""
    return render(request, "400.html", status=400)
