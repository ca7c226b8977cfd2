"""The door page, and what it exchanges with the site when there is a network."""

import json
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from maillage.accounts.http import Request
from maillage.core.context import region
from maillage.core.errors import Refused
from maillage.core.http import page
from maillage.passport import door_pwa
from maillage.passport.door_pages import benefits_of, counts_of, words
from maillage.passport.models import Device
from maillage.passport.services.checking import device_of, parse, receive_from
from maillage.passport.services.numbers import code_for_door

BATCH = 500
BATCH_BYTES = 1024 * 1024
SCHEME = "Bearer "


@never_cache
@login_not_required
@require_safe
def door(request: Request) -> HttpResponse:
    """The page that checks passes; it opens without a network and without an account."""
    return page(request, "passport/door.html", {"words": words()})


def token_of(request: HttpRequest) -> str:
    """The token that the request carries: never a cookie, never an address."""
    said = request.headers.get("Authorization", "")
    return said.removeprefix(SCHEME) if said.startswith(SCHEME) else ""


def asking(request: HttpRequest) -> Device | None:
    return device_of(token_of(request))


def no_device() -> JsonResponse:
    message = _("Cet appareil n’est pas autorisé : demandez un nouveau lien au lieu.")
    return JsonResponse({"code": "no_device", "message": message}, status=401)


@never_cache
@login_not_required
@require_safe
def door_data(request: HttpRequest) -> JsonResponse:
    """What a door takes along: its place, the benefits there, today's count, the time."""
    device = asking(request)
    if device is None:
        return no_device()
    now, place = timezone.now(), device.place
    today = timezone.localdate(now)
    return JsonResponse(
        {
            "now": int(now.timestamp() * 1000),
            "device": device.name,
            "day": today.isoformat(),
            "place": {
                "id": place.pk,
                "name": place.name,
                "commune": place.commune_name,
            },
            "benefits": benefits_of(place, today=today),
            "today": counts_of(place, today=today),
            "trust": reverse("passport:trust_list"),
            "root": reverse("passport:trust_root"),
        }
    )


@never_cache
@csrf_exempt  # the token is the only credential: no other site can know it
@login_not_required
@require_POST
def door_send(request: HttpRequest) -> JsonResponse:
    """Record passages; each one gets its own answer, in any order, sent once or often."""
    if not (token := token_of(request)):
        return no_device()
    if int(request.headers.get("Content-Length") or 0) > BATCH_BYTES:
        return wrong("too_big", _("L’envoi est trop gros : envoyez en plusieurs fois."))
    rows = rows_of(request.body)
    if rows is None or len(rows) > BATCH:
        return wrong("bad_shape", _("L’envoi n’a pas la forme attendue."))
    good, bad = parse(rows)
    answers = receive_from(token, good, now=timezone.now())
    if answers is None:
        return no_device()
    told = [answer.as_json() for answer in answers]
    told += [{"nonce": nonce, "state": "bad", "why": why} for nonce, why in bad.items()]
    return JsonResponse({"answers": told})


@never_cache
@csrf_exempt  # as above
@login_not_required
@require_POST
def door_number(request: HttpRequest) -> JsonResponse:
    """The code of the pass whose short number was typed."""
    device = asking(request)
    if device is None:
        return no_device()
    try:
        number = json.loads(request.body)["number"]
        code = code_for_door(device, str(number)[:40], now=timezone.now())
    except (ValueError, KeyError, TypeError, RecursionError):
        return wrong("bad_shape", _("La demande n’a pas la forme attendue."))
    except Refused as no:
        status = {"unknown": 404, "too_many": 429}.get(no.code, 422)
        return JsonResponse({"code": no.code, "message": no.message}, status=status)
    return JsonResponse({"code": code})


def rows_of(body: bytes) -> list[Any] | None:
    try:
        rows = json.loads(body)["passages"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return rows if isinstance(rows, list) else None


def wrong(code: str, message: str) -> JsonResponse:
    return JsonResponse({"code": code, "message": message}, status=400)


@login_not_required
@require_safe
def door_worker(request: HttpRequest) -> HttpResponse:
    """The service worker that keeps the page on the phone."""
    answer = HttpResponse(door_pwa.worker(), content_type="text/javascript")
    answer["Cache-Control"] = "no-cache"
    return answer


@login_not_required
@require_safe
def door_manifest(request: HttpRequest) -> JsonResponse:
    return JsonResponse(
        door_pwa.manifest(site=region()["site_name"]),
        content_type="application/manifest+json",
    )
