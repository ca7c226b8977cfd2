"""Who is asked: drawn from the directory, read from a list, one by one."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from maillage.accounts.guards import agency_only
from maillage.accounts.http import Request
from maillage.core import vocab
from maillage.core.errors import Refused
from maillage.core.http import go, page
from maillage.core.intake.uploads import upload
from maillage.core.tables.sending import table_file
from maillage.directory.fields import readable
from maillage.surveys.choices import EntryMode, ResponseState
from maillage.surveys.exports_waves import UNITS
from maillage.surveys.forms_waves import (
    AddressForm,
    AsideForm,
    ModeForm,
    PopulationForm,
    UnitForm,
)
from maillage.surveys.imports import COLUMNS, apply_list, plan_list
from maillage.surveys.models import Unit, Wave
from maillage.surveys.services import population as service
from maillage.surveys.services.bounces import forget_bounce, note_bounce
from maillage.surveys.services.invitations import address as link_of, invite_one
from maillage.surveys.views.waves import wave_or_404
from maillage.territories.models import Department

PAGE = 50


@agency_only
@require_http_methods(["GET", "POST"])
def wave_population(request: Request, slug: str) -> HttpResponse:
    """Choose structures of the directory: count first, then draw."""
    wave = wave_or_404(request, slug)
    asked = request.POST or (request.GET if "compter" in request.GET else None)
    form = PopulationForm(asked)
    context: dict[str, Any] = {"wave": wave, "form": form}
    if form.is_bound and form.is_valid():
        if request.method == "POST":
            return drawn(request, wave, form)
        found = service.preview(wave, filters=form.filters)
        context |= {"preview": found, "counts": told_counts(found)}
    context |= {
        "asked": wave.units.count(),
        "from_list": wave.units.filter(source="list").count(),
        "without_email": wave.units.filter(email="").count(),
    }
    return page(request, "surveys/wave_population.html", context)


def drawn(request: Request, wave: Wave, form: PopulationForm) -> HttpResponse:
    try:
        number = service.draw(wave, filters=form.filters, by=request.user)
    except Refused as no:
        messages.error(request, no.message)
    else:
        text = ngettext(
            "%d structure de plus est interrogée.",
            "%d structures de plus sont interrogées.", number,
        )  # fmt: skip
        messages.success(request, text % number)
    return go(request, "surveys:wave_population", wave.slug)


def told_counts(found: service.Preview) -> list[dict[str, Any]]:
    """The counts of a preview as two tables."""
    names = dict(Department.objects.values_list("pk", "name"))
    return [
        {
            "title": _("Par nature"),
            "rows": [
                (vocab.label("structure_kinds", kind) or _("inconnue"), number)
                for kind, number in found.by_kind.most_common()
            ],
        },
        {
            "title": _("Par département"),
            "rows": [
                (names.get(code, _("inconnu")), number)
                for code, number in sorted(found.by_department.items())
            ],
        },
    ]


@agency_only
@require_http_methods(["GET", "POST"])
def wave_list_import(request: Request, slug: str) -> HttpResponse:
    """Read an outside list, show what it would do, then do it."""
    wave = wave_or_404(request, slug)
    context, done = upload(
        request,
        plan=lambda table: plan_list(wave, table),
        apply=lambda plan: apply_list(wave, plan, by=request.user),
    )
    if done is not None:
        text = _(
            "%(create)s enquêtés ajoutés, %(change)s modifiés, %(leave)s inchangés."
        )
        messages.success(request, text % done)
        return go(request, "surveys:wave_population", slug)
    status = context.pop("status")
    context |= {"wave": wave, "columns": COLUMNS}
    return page(request, "surveys/wave_list_import.html", context, status=status)


@agency_only
@require_GET
def unit_list(request: Request, slug: str) -> HttpResponse:
    """Those asked, as the filters of the address keep them."""
    wave = wave_or_404(request, slug)
    found = Paginator(filtered(request, wave), PAGE).get_page(request.GET.get("page"))
    context = {
        "wave": wave,
        "rows": found,
        "page_obj": found,
        "states": ResponseState.choices,
        "state": request.GET.get("etat", ""),
        "sans": request.GET.get("adresse", ""),
        "q": readable(request.GET.get("q", ""))[:100],
        "asked": request.GET.urlencode(),
    }
    return page(request, "surveys/unit_list.html", context, partial="rows")


def filtered(request: Request, wave: Wave) -> Any:
    """Those asked in a wave whom the filters of the address keep."""
    rows = Unit.objects.all().visible_to(request.user).filter(wave=wave)
    state = request.GET.get("etat", "")
    if state in ResponseState.values:
        rows = rows.filter(response__state=state)
    elif state == "attendue":
        rows = rows.filter(
            response__state__in=[ResponseState.WAITING, ResponseState.STARTED]
        )
    address = request.GET.get("adresse", "")
    if address == "sans":
        rows = rows.filter(email="")
    elif address == "revenue":
        rows = rows.filter(bounced_at__isnull=False)
    if code := request.GET.get("dep", ""):
        rows = rows.filter(department=code[:3])
    for word in readable(request.GET.get("q", ""))[:100].split():
        rows = rows.filter(Q(name__icontains=word) | Q(email__icontains=word))
    related = rows.select_related("response", "commune", "department", "structure")
    return related.order_by("name", "pk")


@agency_only
@require_GET
def unit_export(request: Request, slug: str, form: str) -> HttpResponse:
    """Those asked as a file, for a mail merge or for phoning."""
    wave = wave_or_404(request, slug)
    rows = filtered(request, wave)
    return table_file(rows, UNITS, name=f"{slug}-enquetes", form=form)


@agency_only
@require_http_methods(["GET", "POST"])
def unit_new(request: Request, slug: str) -> HttpResponse:
    """Ask one more."""
    wave = wave_or_404(request, slug)
    form = UnitForm(request.POST or None)
    if form.is_valid():
        try:
            unit = service.add_unit(wave, values=form.cleaned_data, by=request.user)
        except Refused as no:
            form.add_error(None, no.message)
        else:
            messages.success(request, _("« %s » est interrogé.") % unit.name)
            return go(request, "surveys:unit_detail", slug, unit.pk)
    status = 422 if form.errors else 200
    context = {"wave": wave, "form": form}
    return page(request, "surveys/unit_form.html", context, status=status)


def unit_or_404(request: Request, slug: str, pk: int) -> Unit:
    rows = Unit.objects.all().visible_to(request.user).filter(wave__slug=slug)
    related = rows.select_related(
        "wave__version__questionnaire", "response", "structure", "commune__department"
    )
    return get_object_or_404(related, pk=pk)


@agency_only
@require_GET
def unit_detail(request: Request, slug: str, pk: int) -> HttpResponse:
    """One who is asked: the link, what was sent, how to write down an answer."""
    unit = unit_or_404(request, slug, pk)
    response = unit.response
    context = {
        "unit": unit,
        "wave": unit.wave,
        "response": response,
        "link": link_of(unit),
        "address_form": AddressForm(initial={"email": unit.email}),
        "aside_form": AsideForm(
            initial={"state": response.state, "note": response.note}
        ),
        "mode_form": ModeForm(initial={"mode": EntryMode.PAPER}),
        "others": Unit.objects.filter(panel_key=unit.panel_key)
        .exclude(pk=unit.pk)
        .select_related("wave", "response")
        .order_by("-wave__year"),
    }
    return page(request, "surveys/unit_detail.html", context)


@agency_only
@require_POST
def unit_change(request: Request, slug: str, pk: int) -> HttpResponse:
    """Change the address, renew the link, write again, set aside, or ask no more."""
    unit = unit_or_404(request, slug, pk)
    try:
        messages.success(request, changed(request, unit))
    except Refused as no:
        messages.error(request, no.message)
    if request.POST.get("verb") == "remove" and not Unit.objects.filter(pk=pk).exists():
        return go(request, "surveys:unit_list", slug)
    return go(request, "surveys:unit_detail", slug, pk)


def changed(request: Request, unit: Unit) -> str:
    """Do what the button says; returns what to tell. Refuses as the services do."""
    verb, by, now = request.POST.get("verb", ""), request.user, timezone.now()
    if verb == "address":
        form = AddressForm(request.POST)
        if not form.is_valid():
            raise Refused("address", _("Cette adresse n’en est pas une."))
        service.change_address(unit, email=form.cleaned_data["email"], by=by)
        return _("L’adresse est enregistrée.")
    if verb == "bounced":
        note_bounce(unit, why=request.POST.get("why", ""), by=by, now=now)
        return _("C’est noté : plus aucun courrier ne part à cette adresse.")
    if verb == "good":
        forget_bounce(unit, by=by)
        return _("L’adresse est bonne : les courriers repartent.")
    if verb == "renew":
        service.renew_link(unit, by=by)
        return _("Le lien est neuf : l’ancien n’ouvre plus rien.")
    if verb == "write":
        invite_one(unit, by=by, now=now, today=timezone.localdate())
        return _("Le courrier est parti.")
    if verb == "aside":
        aside = AsideForm(request.POST)
        if not aside.is_valid():
            raise Refused("state", _("Choisissez comment classer cette réponse."))
        service.set_aside(unit, **aside.cleaned_data, by=by, now=now)
        return _("C’est noté.")
    if verb == "remove":
        service.remove_unit(unit, by=by)
        return _("« %s » n’est plus interrogé.") % unit.name
    raise Refused("verb", _("Ce bouton n’existe plus."))
