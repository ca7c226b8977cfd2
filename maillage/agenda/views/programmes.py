"""The public pages of programmes, and what the agency writes of them."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.db.models import Count, QuerySet
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from maillage.accounts.guards import agency_only
from maillage.accounts.http import Request
from maillage.agenda.forms_programmes import (
    CharterForm,
    CoordinatorForm,
    ProgrammeForm,
)
from maillage.agenda.models import Labelling, Programme
from maillage.agenda.programme_exports import MOMENT_COLUMNS
from maillage.agenda.programme_pages import listing, moments_of, points
from maillage.agenda.programme_paper import programme_pdf
from maillage.agenda.services.charter import charter_of, period
from maillage.agenda.services.programmes import (
    dismiss_coordinator,
    name_coordinator,
    open_edition,
    write_charter,
)
from maillage.core.errors import Refused
from maillage.core.http import go, page
from maillage.core.tables.sending import table_file


def visible(request: Request) -> QuerySet[Programme]:
    return Programme.objects.all().visible_to(request.user).select_related("organiser")


@login_not_required
@require_safe
def programme_list(request: Request) -> HttpResponse:
    """Editions to come and under way, those that take proposals, those that are over."""
    today = timezone.localdate()
    rows = [
        (row, period(row))
        for row in visible(request)
        .annotate(number=Count("events", distinct=True))
        .order_by("-starts_on", "pk")  # a query that counts forgets the model's order
    ]
    return page(
        request,
        "agenda/programme_list.html",
        {
            "now": [r for r in rows if r[0].starts_on <= today < r[0].ends_on],
            "coming": [r for r in rows if r[0].starts_on > today][::-1],
            "past": [r for r in rows if r[0].ends_on <= today],
            "today": today,
        },
    )


@login_not_required
@require_safe
def programme_detail(request: Request, slug: str) -> HttpResponse:
    """An edition: when, what about, what happens where and on which day."""
    programme = get_object_or_404(visible(request), slug=slug)
    shown = listing(
        programme,
        area=request.GET.get("departement", ""),
        day=request.GET.get("jour", ""),
        audience=request.GET.get("public", ""),
    )
    context = {"programme": programme, **shown, **around(request, programme)}
    return page(request, "agenda/programme_detail.html", context, partial="listing")


def around(request: Request, programme: Programme) -> dict[str, Any]:
    """What a person may do with a programme today."""
    user: Any = request.user
    today = timezone.localdate()
    coordinates = Programme.objects.all().coordinated_by(user).filter(pk=programme.pk)
    return {
        "today": today,
        "period": period(programme),
        "charter": charter_of(programme),
        "takes_proposals": programme.takes_proposals(today),
        "is_to_open": programme.is_published and today < programme.proposals_from,
        "is_over": programme.ends_on <= today,
        "coordinates": coordinates.exists(),
        "canonical": f"{settings.SITE_URL}{programme.get_absolute_url()}",
        "mine": list(
            Labelling.objects.all()
            .visible_to(user)
            .filter(programme=programme, asked_by=user.pk)
            .select_related("event", "programme")
            if user.is_authenticated
            else ()
        ),
    }


@login_not_required
@require_safe
def programme_points(request: Request, slug: str) -> HttpResponse:
    """The events of a programme as GeoJSON."""
    programme = get_object_or_404(visible(request), slug=slug)
    data = {"type": "FeatureCollection", "features": points(programme)}
    return JsonResponse(data, content_type="application/geo+json")


@login_not_required
@require_safe
def programme_paper(request: Request, slug: str) -> HttpResponse:
    """The programme to print."""
    programme = get_object_or_404(visible(request), slug=slug)
    pdf = programme_pdf(programme, today=timezone.localdate())
    answer = HttpResponse(pdf, content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{programme.slug}.pdf"'
    return answer


@login_not_required
@require_safe
def programme_export(request: Request, slug: str, form: str) -> HttpResponse:
    """The programme as a table, one line an occurrence and a day."""
    programme = get_object_or_404(visible(request), slug=slug)
    return table_file(
        moments_of(programme), MOMENT_COLUMNS, name=programme.slug, form=form
    )


@agency_only
@require_http_methods(["GET", "POST"])
def programme_new(request: Request) -> HttpResponse:
    """Open an edition; ``?from=`` takes over what another one said."""
    before = Programme.objects.filter(slug=request.GET.get("from", "")).first()
    form = ProgrammeForm(request.POST or None, initial=following(before))
    if form.is_valid():
        try:
            row = open_edition(form.save(commit=False), after=before, by=request.user)
        except Refused as no:
            form.add_error(None, no.message)
        else:
            messages.success(request, _("L’édition est ouverte. Relisez sa charte."))
            return go(request, "agenda:programme_charter", row.slug)
    context = {"form": form, "before": before}
    status = 422 if form.errors else 200
    return page(request, "agenda/programme_form.html", context, status=status)


def following(before: Programme | None) -> dict[str, Any]:
    """What the next edition has in common with the one before."""
    if before is None:
        return {}
    names = ("edition_of", "summary", "description", "website", "organiser")
    year = before.year + 1
    name = before.name.replace(str(before.year), str(year))
    return {n: getattr(before, n) for n in names} | {"year": year, "name": name}


@agency_only
@require_http_methods(["GET", "POST"])
def programme_edit(request: Request, slug: str) -> HttpResponse:
    """Change the dates and words of an edition."""
    programme = get_object_or_404(Programme, slug=slug)
    form = ProgrammeForm(request.POST or None, instance=programme)
    if form.is_valid():
        row = form.save()
        messages.success(request, _("L’édition est enregistrée."))
        return go(request, row)
    context = {"form": form, "programme": programme}
    status = 422 if form.errors else 200
    return page(request, "agenda/programme_form.html", context, status=status)


@agency_only
@require_http_methods(["GET", "POST"])
def programme_charter(request: Request, slug: str) -> HttpResponse:
    """Choose the rules of an edition."""
    programme = get_object_or_404(Programme, slug=slug)
    form = CharterForm(request.POST or None, programme=programme)
    if form.is_valid():
        try:
            write_charter(programme, lines=form.lines(), by=request.user)
        except Refused as no:
            form.add_error(None, no.message)
        else:
            messages.success(request, _("La charte est enregistrée."))
            return go(request, programme)
    context = {"form": form, "programme": programme}
    status = 422 if form.errors else 200
    return page(request, "agenda/programme_charter.html", context, status=status)


@agency_only
@require_http_methods(["GET", "POST"])
def programme_coordinators(request: Request, slug: str) -> HttpResponse:
    """Who answers the proposals of which department."""
    programme = get_object_or_404(Programme, slug=slug)
    form = CoordinatorForm(request.POST or None)
    if form.is_valid():
        try:
            name_coordinator(
                programme, **form.cleaned_data, by=request.user, now=timezone.now()
            )
        except Refused as no:
            form.add_error(None, no.message)
        else:
            messages.success(request, _("La personne est prévenue par e-mail."))
            return go(request, "agenda:programme_coordinators", slug)
    rows = programme.coordinators.select_related("user", "department")
    rows = rows.order_by("department", "user__email")
    context = {"form": form, "programme": programme, "rows": rows}
    status = 422 if form.errors else 200
    return page(request, "agenda/programme_coordinators.html", context, status=status)


@agency_only
@require_POST
def coordinator_remove(request: Request, slug: str, pk: int) -> HttpResponse:
    """Take somebody off the coordination."""
    programme = get_object_or_404(Programme, slug=slug)
    row = get_object_or_404(programme.coordinators, pk=pk)
    dismiss_coordinator(row, by=request.user)
    messages.success(request, _("La personne ne coordonne plus ce territoire."))
    return go(request, "agenda:programme_coordinators", slug)
