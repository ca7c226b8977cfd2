"""Waves: the list of surveys, one wave, its dates and its state."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from maillage.accounts.guards import agency_only
from maillage.accounts.http import Request
from maillage.core.errors import Refused
from maillage.core.http import go, page
from maillage.surveys.choices import ResponseState
from maillage.surveys.forms_waves import NewWaveForm, ReopenForm, WaveForm
from maillage.surveys.models import Questionnaire, Unit, Wave
from maillage.surveys.published_facts import published_facts
from maillage.surveys.services import waves as service
from maillage.surveys.services.invitations import KEPT, without_address
from maillage.surveys.services.progress import advance

ANSWERED = Q(
    units__response__state__in=[ResponseState.SUBMITTED, ResponseState.ACCEPTED]
)


def may_read(request: Request) -> bool:
    """Reads what the agency reads."""
    user: Any = request.user
    return bool(user.is_authenticated and (user.is_agency or user.is_observer))


@login_not_required
@require_GET
def survey_list(request: Request) -> HttpResponse:
    """What the surveys are, and their editions: published ones, all for the agency."""
    rows = Wave.objects.all().visible_to(request.user)
    reads = may_read(request)
    waves = rows.select_related("version__questionnaire").annotate(
        asked=Count("units", distinct=True),
        answered=Count("units", filter=ANSWERED, distinct=True),
    )
    context = {
        "waves": waves.order_by("-year", "-pk"),
        "reads": reads,
        "questionnaires": Questionnaire.objects.all().visible_to(request.user),
        "waiting": Unit.objects.all()
        .spoken_for_by(request.user)
        .filter(wave__in=Wave.objects.all().answerable(today=timezone.localdate()))
        .select_related("wave", "response")
        .distinct(),
    }
    return page(request, "surveys/survey_list.html", context)


def wave_or_404(request: Request, slug: str) -> Wave:
    """A wave for the agency's pages."""
    rows = Wave.objects.all().visible_to(request.user)
    related = rows.select_related("version__questionnaire")
    return get_object_or_404(related, slug=slug)


@login_not_required
@require_GET
def wave_detail(request: Request, slug: str) -> HttpResponse:
    """One wave: what it is for everybody; its state and what waits for the agency."""
    wave = wave_or_404(request, slug)
    context: dict[str, Any] = {
        "wave": wave,
        "facts": published_facts(wave),
        "reads": may_read(request),
        "today": timezone.localdate(),
    }
    found = advance(wave)
    context["total"] = found.total
    if context["reads"]:
        context |= {
            "without_address": without_address(wave).count(),
            "submitted": Unit.objects.filter(
                wave=wave, response__state=ResponseState.SUBMITTED
            ).count(),
            "reopen_form": ReopenForm(),
            "kept_until": wave.closes_on + KEPT,
        }
    return page(request, "surveys/wave_detail.html", context)


@agency_only
@require_http_methods(["GET", "POST"])
def wave_new(request: Request) -> HttpResponse:
    """Prepare an edition of a frozen version."""
    now = timezone.now()
    initial = {"year": now.year - 1, "version": request.GET.get("version")}
    form = NewWaveForm(request.POST or None, initial=initial)
    if form.is_valid():
        values = dict(form.cleaned_data)
        version = values.pop("version")
        try:
            wave = service.make_wave(version, values=values, by=request.user, now=now)
        except Refused as no:
            form.add_error(None, no.message)
        else:
            messages.success(request, _("L’édition est prête : choisissez qui répond."))
            return go(request, "surveys:wave_population", wave.slug)
    context = {"form": form, "wave": None}
    status = 422 if form.errors else 200
    return page(request, "surveys/wave_form.html", context, status=status)


@agency_only
@require_http_methods(["GET", "POST"])
def wave_edit(request: Request, slug: str) -> HttpResponse:
    """Change the name, the dates, the rule of reminders."""
    wave = wave_or_404(request, slug)
    form = WaveForm(request.POST or None, instance=wave)
    if form.is_valid():
        try:
            service.change_wave(wave, values=form.cleaned_data, by=request.user)
        except Refused as no:
            form.add_error(None, no.message)
        else:
            messages.success(request, _("L’édition est enregistrée."))
            return go(request, "surveys:wave_detail", slug)
    context = {"form": form, "wave": wave_or_404(request, slug)}
    status = 422 if form.errors else 200
    return page(request, "surveys/wave_form.html", context, status=status)


@agency_only
@require_POST
def wave_state(request: Request, slug: str) -> HttpResponse:
    """Open, close, open again until another day."""
    wave = wave_or_404(request, slug)
    try:
        messages.success(request, change_state(request, wave))
    except Refused as no:
        messages.error(request, no.message)
    return go(request, "surveys:wave_detail", slug)


def change_state(request: Request, wave: Wave) -> str:
    """Do what the button says; returns what to tell. Refuses as the services do."""
    now, today = timezone.now(), timezone.localdate()
    verb = request.POST.get("verb", "")
    if verb == "open":
        service.open_wave(wave, by=request.user, now=now, today=today)
        return _("L’édition est ouverte : vous pouvez envoyer les invitations.")
    if verb == "close":
        service.close_wave(wave, by=request.user, now=now)
        return _("L’édition est close : plus personne ne peut répondre.")
    if verb == "reopen":
        form = ReopenForm(request.POST)
        if not form.is_valid():
            raise Refused("late", _("Choisissez un dernier jour à venir."))
        day = form.cleaned_data["closes_on"]
        service.reopen_wave(wave, closes_on=day, by=request.user, today=today)
        return _("L’édition est rouverte.")
    raise Refused("verb", _("Ce bouton n’existe plus."))
