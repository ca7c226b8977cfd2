"""The custody log of a copy, and where the code on a crate leads."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from maillage.accounts.http import Request
from maillage.circulation.custody_chain import head
from maillage.circulation.models import Copy
from maillage.circulation.services.custody import export_of, lines_of, log_of, verify
from maillage.circulation.services.labels import find_label
from maillage.core.http import page


def seen_copy(request: Request, label: str) -> Copy:
    rows = Copy.objects.all().visible_to(request.user).distinct()
    return get_object_or_404(rows.select_related("resource__owner"), label=label)


@never_cache
@require_safe
def custody_log(request: Request, label: str) -> HttpResponse:
    """Who had the copy when, and whether the log still holds."""
    copy = seen_copy(request, label)
    asked = "verifier" in request.GET
    context = {
        "copy": copy,
        "entries": log_of(copy),
        "head": head(lines_of(copy)),
        "is_checked": asked,
        "faults": verify(copy) if asked else [],
        "checked_at": timezone.now(),
    }
    return page(request, "circulation/custody_log.html", context, partial="log")


@never_cache
@require_safe
def custody_export(request: Request, label: str) -> JsonResponse:
    """The log as a file that anybody can check."""
    copy = seen_copy(request, label)
    response = JsonResponse(
        export_of(copy), json_dumps_params={"ensure_ascii": False, "indent": 1}
    )
    name = f"garde-{copy.label}.json"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@login_not_required
@never_cache
@require_safe
def label_show(request: Request, label: str) -> HttpResponse:
    """Where the code on a crate leads: to work for its people, else to its owner."""
    found = find_label(label, user=request.user, today=timezone.localdate())
    return page(
        request,
        "circulation/label_show.html",
        {"found": found, "label": label[:24]},
        status=200 if found else 404,
    )
