"""Bodies that issue passes, and their keys."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _, ngettext
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from maillage.accounts.guards import agency_only, agency_readers
from maillage.accounts.http import Request
from maillage.core.errors import Refused
from maillage.core.http import go, page
from maillage.passport.forms.agency import IssuerForm
from maillage.passport.models import Issuer, RootKey, SigningKey, TrustList
from maillage.passport.services import keys
from maillage.passport.services.trust import renew_root


@agency_readers
@require_safe
def issuer_list(request: Request) -> HttpResponse:
    """All issuers, the list of trust and its root key."""
    context = {
        "issuers": Issuer.objects.select_related("structure").prefetch_related("keys"),
        "root": RootKey.objects.filter(is_current=True).first(),
        "list": TrustList.objects.filter(name="current").first(),
    }
    return page(request, "passport/issuer_list.html", context)


@agency_only
@require_http_methods(["GET", "POST"])
def issuer_new(request: Request) -> HttpResponse:
    """Let a structure issue passes."""
    form = IssuerForm(request.POST or None)
    if form.is_valid():
        try:
            issuer = keys.make_issuer(
                form.cleaned_data["structure"],
                code=form.cleaned_data["code"],
                by=request.user,
                now=timezone.now(),
            )
        except Refused as no:
            form.add_error(None, no.message)
        else:
            messages.success(request, _("L’émetteur a sa première clé."))
            return go(request, "passport:issuer_detail", issuer.pk)
    status = 422 if form.errors else 200
    return page(request, "passport/issuer_new.html", {"form": form}, status=status)


@agency_readers
@require_safe
def issuer_detail(request: Request, pk: int) -> HttpResponse:
    """An issuer with its keys, the latest first."""
    issuer = get_object_or_404(Issuer.objects.select_related("structure"), pk=pk)
    rows = issuer.keys.order_by("-made_at", "-pk")
    return page(
        request, "passport/issuer_detail.html", {"issuer": issuer, "keys": rows}
    )


@agency_only
@require_POST
def issuer_state(request: Request, pk: int) -> HttpResponse:
    """Let a body issue again, or no more."""
    issuer = get_object_or_404(Issuer, pk=pk)
    turned = not issuer.is_active
    done = (
        _("Cet émetteur peut émettre.")
        if turned
        else _("Cet émetteur n’émet plus. Ses passeports restent valables.")
    )
    try:
        keys.set_active(issuer, is_active=turned, by=request.user, now=timezone.now())
    except Refused as no:
        messages.error(request, no.message)
    else:
        messages.success(request, done)
    return go(request, "passport:issuer_detail", pk)


@agency_only
@require_POST
def key_rotate(request: Request, pk: int) -> HttpResponse:
    """Sign with a new key from now on."""
    issuer = get_object_or_404(Issuer, pk=pk)
    done = _("Une nouvelle clé signe. Les passeports déjà émis restent valables.")
    try:
        keys.rotate_key(issuer, by=request.user, now=timezone.now())
    except Refused as no:
        messages.error(request, no.message)
    else:
        messages.success(request, done)
    return go(request, "passport:issuer_detail", pk)


@agency_only
@require_POST
def key_revoke(request: Request, pk: int) -> HttpResponse:
    """Trust a key no more, and sign its passes again."""
    key = get_object_or_404(SigningKey.objects.select_related("issuer"), pk=pk)
    try:
        number = keys.revoke_key(key, by=request.user, now=timezone.now())
    except Refused as no:
        messages.error(request, no.message)
    else:
        text = ngettext(
            "La clé est retirée ; %(n)s passeport a un nouveau code.",
            "La clé est retirée ; %(n)s passeports ont un nouveau code.",
            number,
        )
        messages.success(request, text % {"n": number})
    return go(request, "passport:issuer_detail", key.issuer_id)


@agency_only
@require_POST
def root_renew(request: Request) -> HttpResponse:
    """Another root key, and the list signed with it."""
    renew_root(by=request.user, now=timezone.now())
    messages.success(request, _("La liste est signée avec une nouvelle clé racine."))
    return go(request, "passport:issuer_list")
