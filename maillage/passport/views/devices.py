"""The phones that check passes at a place: add one, turn one off."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from maillage.accounts.http import Request
from maillage.core.errors import Refused
from maillage.core.http import go, page
from maillage.directory.models import Place
from maillage.passport.door_pages import counts_of, device_rows
from maillage.passport.forms.doors import DeviceForm
from maillage.passport.models import Device
from maillage.passport.own_places import choice_of
from maillage.passport.qr import address
from maillage.passport.services.devices import add_device, revoke_device


def places_of(request: Request) -> Any:
    rows = Place.objects.published().editable_by(request.user)
    return rows.select_related("commune", "structure")


@require_safe
def device_list(request: Request) -> HttpResponse:
    """Places where one may check passes, and how many devices each has."""
    active = Count("pass_devices", Q(pass_devices__revoked_at=None), distinct=True)
    places = places_of(request).annotate(devices=active)
    context = choice_of(request, places, first="devices")
    return page(request, "passport/device_list.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
def device_place(request: Request, slug: str) -> HttpResponse:
    """The devices of a place; a new one gets a link that is shown this once."""
    place = get_object_or_404(places_of(request), slug=slug)
    form = DeviceForm(request.POST or None)
    context: dict[str, Any] = {"place": place, "form": form}
    if form.is_valid():
        try:
            device, token = add_device(
                place,
                name=form.cleaned_data["name"],
                by=request.user,
                now=timezone.now(),
            )
        except Refused as no:
            form.add_error(None, no.message)
        else:
            link = f"{settings.SITE_URL}{reverse('passport:door')}#{token}"
            context |= {"added": device, "link": link, "qr": address(link)}
            context["form"] = DeviceForm()
    context["devices"] = device_rows(place)
    context["today"] = counts_of(place, today=timezone.localdate())
    status = 422 if form.errors else 200
    return page(request, "passport/device_place.html", context, status=status)


@require_POST
def device_revoke(request: Request, slug: str, pk: int) -> HttpResponse:
    """Turn a device off."""
    place = get_object_or_404(places_of(request), slug=slug)
    device = get_object_or_404(Device.objects.filter(place=place), pk=pk)
    try:
        revoke_device(device, now=timezone.now())
    except Refused as no:
        messages.error(request, no.message)
    else:
        messages.success(request, _("L’appareil « %(name)s » ne contrôle plus.") % {"name": device.name})  # fmt: skip
    return go(request, "passport:device_place", place.slug)
