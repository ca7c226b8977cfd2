"""How an owner lends: notice, checks, quota, shuttle, price, closures."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from maillage.accounts.http import Request
from maillage.circulation.calendars import rules_of
from maillage.circulation.forms.copies import PeriodForm, RulesForm
from maillage.circulation.services.copies import add_closure, drop_closure, set_rules
from maillage.core.errors import Refused
from maillage.core.http import go, page
from maillage.directory.models import Structure


def own_or_404(request: Request, slug: str) -> Structure:
    rows = Structure.objects.visible_to(request.user)
    mine = rows if request.user.is_agency else rows.owned_by(request.user)
    found: Structure = get_object_or_404(mine, slug=slug)
    return found


@require_http_methods(["GET", "POST"])
def lending_rules(request: Request, slug: str) -> HttpResponse:
    """The rules of an owner, and the days on which it is closed."""
    owner = own_or_404(request, slug)
    is_closure = "closure" in request.POST
    rules = rules_of(owner)
    form = RulesForm(None if is_closure else request.POST or None, instance=rules)
    closure = PeriodForm(request.POST if is_closure else None)
    try:
        if form.is_valid():
            set_rules(owner, values=form.cleaned_data, by=request.user)
            messages.success(request, _("Les règles sont enregistrées."))
            return go(request, "circulation:lending_rules", slug)
        if closure.is_valid():
            data = closure.cleaned_data
            add_closure(owner, start=data["start"], end=closure.end,
                        reason=data["text"], by=request.user)  # fmt: skip
            messages.success(request, _("La fermeture est enregistrée."))
            return go(request, "circulation:lending_rules", slug)
    except Refused as no:
        (closure if is_closure else form).add_error(None, no.message)
    return shown(request, owner, form, closure)


def shown(
    request: Request, owner: Structure, form: RulesForm, closure: PeriodForm
) -> HttpResponse:
    today = timezone.localdate()
    context = {
        "structure": owner,
        "form": form,
        "closure_form": closure,
        "closures": owner.closures.filter(ends_on__gt=today),
    }
    status = 422 if form.errors or closure.errors else 200
    return page(request, "circulation/rules.html", context, status=status)


@require_POST
def closure_delete(request: Request, slug: str, pk: int) -> HttpResponse:
    """Open again on days that were to be closed."""
    owner = own_or_404(request, slug)
    closure = get_object_or_404(owner.closures.select_related("structure"), pk=pk)
    try:
        drop_closure(closure, by=request.user)
    except Refused as no:
        messages.error(request, no.message)
    else:
        messages.success(request, _("La fermeture est retirée."))
    return go(request, "circulation:lending_rules", slug)
