"""The file of a phone that can send no more."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from maillage.accounts.http import Request
from maillage.core.errors import Refused
from maillage.core.http import page
from maillage.passport.forms.doors import PassagesForm
from maillage.passport.services.door_files import take_file
from maillage.passport.views.devices import places_of


@require_http_methods(["GET", "POST"])
def device_file(request: Request, slug: str) -> HttpResponse:
    """Take in what a phone of the place kept; say what came of it."""
    place = get_object_or_404(places_of(request), slug=slug)
    form = PassagesForm(request.POST or None, request.FILES or None)
    context: dict[str, Any] = {"place": place, "form": form}
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data["file"].read()
        try:
            taken = take_file(place, data, by=request.user, now=timezone.now())
        except Refused as no:
            form.add_error("file", no.message)
        else:
            context |= {"taken": taken, "others": taken.elsewhere.total()}
            context |= {"theirs": places_of(request).filter(pk__in=[*taken.elsewhere])}
            context["form"] = PassagesForm()
    status = 422 if context["form"].errors else 200
    return page(request, "passport/device_file.html", context, status=status)
