"""What doors trust, and what phones install: small answers, the same for everybody."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, JsonResponse
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from maillage.core.context import region
from maillage.passport import pwa
from maillage.passport.models import RootKey
from maillage.passport.services.trust import current_list, root_card
from maillage.passport.views.passes import found_pass

#: Doors ask again after so many seconds; a cache in front may answer meanwhile.
LASTS = 300


@login_not_required
@require_safe
def trust_list(request: HttpRequest) -> HttpResponse:
    """The signed list of keys and revoked passes: one read, or only its tag."""
    row = current_list(now=timezone.now())
    tag = f'"{row.digest[:32]}"'
    answer: HttpResponse
    if request.headers.get("If-None-Match", "").removeprefix("W/") == tag:
        answer = HttpResponseNotModified()
    else:
        answer = HttpResponse(row.body, content_type="application/json")
    answer["ETag"] = tag
    answer["Access-Control-Allow-Origin"] = "*"
    patch_cache_control(answer, public=True, max_age=LASTS)
    return answer


@login_not_required
@require_safe
def trust_root(request: HttpRequest) -> JsonResponse:
    """The key that signs the list, as a JSON Web Key."""
    current_list(now=timezone.now())  # there is a root key once there is a list
    answer = JsonResponse(root_card(RootKey.objects.get(is_current=True)))
    answer["Access-Control-Allow-Origin"] = "*"
    patch_cache_control(answer, public=True, max_age=LASTS)
    return answer


@login_not_required
@require_safe
def pass_worker(request: HttpRequest) -> HttpResponse:
    """The worker that keeps passes on a phone; it rules ``/passeport/`` only."""
    answer = HttpResponse(pwa.worker(), content_type="text/javascript; charset=utf-8")
    patch_cache_control(answer, no_cache=True)
    return answer


@login_not_required
@require_safe
def pass_manifest(request: HttpRequest, secret: str) -> JsonResponse:
    """What a phone needs to put a pass among its applications."""
    card = pwa.manifest(found_pass(secret), site=region()["site_name"])
    answer = JsonResponse(card, content_type="application/manifest+json")
    patch_cache_control(answer, private=True, max_age=LASTS)
    return answer
