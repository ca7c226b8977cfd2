"""What a place gives, as its people and the agency say it."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from maillage.accounts.http import Request
from maillage.agenda.models import Event
from maillage.core.errors import Refused
from maillage.core.http import go, page
from maillage.core.intake.uploads import upload
from maillage.core.tables.sending import TYPES, table_file
from maillage.directory.models import Place
from maillage.passport.benefit_imports import (
    BENEFIT_COLUMNS,
    apply_benefits,
    plan_benefits,
)
from maillage.passport.benefit_manage import groups_of, places_context
from maillage.passport.forms.benefits import BenefitForm
from maillage.passport.models import Benefit
from maillage.passport.services.benefits import (
    add_benefit,
    change_benefit,
    places_for_benefits,
    resume_benefit,
    stop_benefit,
)


def place_or_404(request: Request, slug: str) -> Place:
    found: Place = get_object_or_404(places_for_benefits(request.user), slug=slug)
    return found


def benefit_or_404(place: Place, pk: int) -> Benefit:
    rows = Benefit.objects.filter(place=place).select_related("event", "place")
    return get_object_or_404(rows, pk=pk)


@require_safe
def benefit_places(request: Request) -> HttpResponse:
    """Places of which one may say what they give, those that give something first."""
    context = places_context(request, today=timezone.localdate())
    return page(request, "passport/benefit_places.html", context)


@never_cache
@require_safe
def benefit_place(request: Request, slug: str) -> HttpResponse:
    """What a place gives, will give and gave."""
    place = place_or_404(request, slug)
    context = {"place": place, **groups_of(place, today=timezone.localdate())}
    return page(request, "passport/benefit_place.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
def benefit_new(request: Request, slug: str) -> HttpResponse:
    """Say one more thing that a place gives."""
    place = place_or_404(request, slug)
    event = Event.objects.filter(place=place, slug=request.GET.get("evenement", ""))
    data = request.POST if request.method == "POST" else None
    today = timezone.localdate()
    form = BenefitForm(data, place=place, today=today, initial={"event": event.first()})
    if form.is_valid():
        try:
            add_benefit(place, values=form.values(), by=request.user, today=today)
        except Refused as no:
            form.refuse(no.code, no.message)
        else:
            messages.success(request, _("L’avantage est proposé."))
            return go(request, "passport:benefit_place", place.slug)
    context = {"place": place, "form": form}
    status = 422 if form.errors else 200
    return page(request, "passport/benefit_form.html", context, status=status)


@never_cache
@require_http_methods(["GET", "POST"])
def benefit_edit(request: Request, slug: str, pk: int) -> HttpResponse:
    """Change what is given, from now on."""
    place = place_or_404(request, slug)
    benefit = benefit_or_404(place, pk)
    data = request.POST if request.method == "POST" else None
    today = timezone.localdate()
    form = BenefitForm(data, place=place, today=today, instance=benefit)
    if form.is_valid():
        try:
            change_benefit(benefit, values=form.values(), by=request.user, today=today)
        except Refused as no:
            form.refuse(no.code, no.message)
        else:
            messages.success(request, _("C’est enregistré."))
            return go(request, "passport:benefit_place", place.slug)
    context = {"place": place, "form": form, "benefit": benefit}
    status = 422 if form.errors else 200
    return page(request, "passport/benefit_form.html", context, status=status)


@require_POST
def benefit_state(request: Request, slug: str, pk: int) -> HttpResponse:
    """Stop giving it, or give it again."""
    place = place_or_404(request, slug)
    benefit = benefit_or_404(place, pk)
    again = "again" in request.POST
    change = resume_benefit if again else stop_benefit
    try:
        change(benefit, by=request.user, today=timezone.localdate())
    except Refused as no:
        messages.error(request, no.message)
    else:
        said = _("L’avantage est de nouveau proposé.") if again else _("L’avantage n’est plus proposé.")  # fmt: skip
        messages.success(request, said)
    return go(request, "passport:benefit_place", place.slug)


@require_safe
def benefit_export(request: Request, form: str) -> HttpResponse:
    """The benefits of one's places, as a file that can be imported again."""
    if form not in TYPES:
        raise Http404
    places = places_for_benefits(request.user).values("pk")
    rows = Benefit.objects.filter(place__in=places).select_related("place", "event")
    name = _("avantages")
    return table_file(
        rows.order_by("place__name", "pk"), BENEFIT_COLUMNS, name=name, form=form
    )


@require_http_methods(["GET", "POST"])
def benefit_import(request: Request) -> HttpResponse:
    """Read a file of benefits, show what it would do, then do it."""
    today = timezone.localdate()
    context: dict[str, Any]
    context, done = upload(
        request,
        plan=lambda table: plan_benefits(table, by=request.user, today=today),
        apply=lambda plan: apply_benefits(plan, by=request.user, today=today),
    )
    if done is not None:
        text = _("%(create)s avantages ajoutés, %(change)s modifiés.")
        messages.success(request, text % done)
        return go(request, "passport:benefit_places")
    status = context.pop("status")
    context["columns"] = BENEFIT_COLUMNS
    return page(request, "passport/benefit_import.html", context, status=status)
