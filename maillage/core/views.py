"""Answers that belong to no app."""

from pathlib import Path

from django.contrib.auth.decorators import login_not_required
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
)
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from maillage.core.uploads import (
    CONTENT_TYPES,
    Audience,
    audience_of,
    file_path,
    thumbnail_path,
)

YEAR = 365 * 24 * 3600


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Tell how to get on when a form has grown too old; what was typed is kept."""
    return render(request, "403_csrf.html", status=403)


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
