"""What holders do with a pass: keep it, call it, lose it, read all of it, erase it."""

import json

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpResponse
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
from maillage.passport.forms.passes import HolderForm
from maillage.passport.models import Batch, Pass
from maillage.passport.pass_pages import holder_words, state_of
from maillage.passport.services.holding import (
    erase_pass,
    holder_data,
    put_in_wallet,
    set_up,
    take_out_of_wallet,
)
from maillage.passport.services.revoking import reissue_pass
from maillage.passport.views.passes import found_pass

MOST = 100


@never_cache
@require_safe
def pass_list(request: Request) -> HttpResponse:
    """The passes of one's account, the latest first, and the classes one asked for."""
    today = timezone.localdate()
    rows = Pass.objects.all().held_by(request.user).select_related("offer__season")
    passes = [
        {
            "holder": row,
            "state": state_of(row, today=today),
            "who": holder_words(row),
        }
        for row in rows[:MOST]
    ]
    batches = Batch.objects.filter(user=request.user).select_related("offer__season")
    context = {"passes": passes, "batches": batches}
    return page(request, "passport/pass_list.html", context)


@login_not_required
@never_cache
@require_safe
def pass_data(request: Request, secret: str) -> HttpResponse:
    """All that is known of a pass, as a file."""
    text = json.dumps(
        holder_data(found_pass(secret)),
        cls=DjangoJSONEncoder,
        ensure_ascii=False,
        indent=2,
    )
    answer = HttpResponse(text, content_type="application/json; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="mon-passeport.json"'
    return answer


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def pass_edit(request: Request, secret: str) -> HttpResponse:
    """Call the pass something; keep its stamps or not."""
    holder = found_pass(secret)
    data = request.POST if request.method == "POST" else None
    form = HolderForm(data, instance=holder)
    if form.is_valid():
        set_up(
            holder,
            nickname=form.cleaned_data["nickname"],
            keeps_stamps=form.cleaned_data["keeps_stamps"],
        )
        messages.success(request, _("C’est enregistré."))
        return go(request, holder)
    context = {"holder": holder, "form": form}
    status = 422 if form.errors else 200
    return page(request, "passport/pass_edit.html", context, status=status)


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def pass_reissue(request: Request, secret: str) -> HttpResponse:
    """A lost card: withdraw it and give another."""
    holder = found_pass(secret)
    if request.method == "POST":
        try:
            new = reissue_pass(holder, now=timezone.now())
        except Refused as no:
            messages.error(request, no.message)
            return go(request, holder)
        messages.success(
            request, _("Voici votre nouveau passeport. L’ancien n’ouvre plus rien.")
        )
        return go(request, new)
    return page(request, "passport/pass_reissue.html", {"holder": holder})


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def pass_erase(request: Request, secret: str) -> HttpResponse:
    """Erase a pass with all that is known of it."""
    holder = found_pass(secret)
    if request.method == "POST":
        erase_pass(holder, now=timezone.now())
        messages.success(request, _("Le passeport est effacé."))
        return go(request, "passport:offer_list")
    context = {"holder": holder, "data": holder_data(holder)}
    return page(request, "passport/pass_erase.html", context)


@require_POST
def pass_wallet(request: Request, secret: str) -> HttpResponse:
    """Put the pass into one's account, or take it out."""
    holder = found_pass(secret)
    try:
        if holder.user_id == request.user.pk:
            take_out_of_wallet(holder, by=request.user)
            messages.success(request, _("Ce passeport n’est plus dans votre compte."))
        else:
            put_in_wallet(holder, by=request.user)
            messages.success(request, _("Ce passeport est dans « Mon espace »."))
    except Refused as no:
        messages.error(request, no.message)
    return go(request, holder)
