"""Pictures and documents of a resource: add, take away."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from maillage.accounts.http import Request
from maillage.catalogue.forms import AttachmentForm
from maillage.catalogue.models import Resource
from maillage.catalogue.services import attach, detach
from maillage.core.errors import Refused
from maillage.core.http import go, page


@require_http_methods(["GET", "POST"])
def attachment_list(request: Request, slug: str) -> HttpResponse:
    """The files of a resource, for those who may change it."""
    resource = own(request, slug)
    form = AttachmentForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        try:
            attach(resource, **form.cleaned_data, by=request.user, now=timezone.now())
        except ValidationError as wrong:
            form.add_error("file", wrong)
        except Refused as no:
            form.add_error(None, no.message)
        else:
            messages.success(request, _("Le fichier est ajouté."))
            return go(request, "catalogue:attachment_list", slug)
    return page(
        request,
        "catalogue/attachment_list.html",
        {"thing": resource, "files": list(resource.attachments.all()), "form": form},
        status=422 if form.errors else 200,
    )


def own(request: Request, slug: str) -> Any:
    rows = Resource.objects.editable_by(request.user)
    return get_object_or_404(rows, slug=slug)


@require_http_methods(["GET", "POST"])
def attachment_delete(request: Request, slug: str, pk: int) -> HttpResponse:
    """Ask, then take a file away: it cannot be undone."""
    resource = own(request, slug)
    file = get_object_or_404(resource.attachments.all(), pk=pk)
    if request.method == "POST":
        detach(file, by=request.user)
        messages.success(request, _("Le fichier est retiré."))
        return go(request, "catalogue:attachment_list", slug)
    return page(
        request, "catalogue/attachment_delete.html", {"thing": resource, "file": file}
    )
