"""The wear of a copy, what broke, work on it, and what is to be renewed."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from maillage.accounts.http import Request
from maillage.circulation.choices import MaintenanceState
from maillage.circulation.forms.care import DoneForm, IncidentForm, MaintenanceForm
from maillage.circulation.models import Component, Copy, Incident, Maintenance
from maillage.circulation.services import care, wear
from maillage.core.errors import Refused
from maillage.core.http import go, page
from maillage.directory.models import Structure

WITH = ("resource__owner", "depot__commune")
YEARS = 5


def visible_copy(request: Request, label: str) -> Copy:
    rows = Copy.objects.all().visible_to(request.user).select_related(*WITH)
    return get_object_or_404(rows.distinct(), label=label)


def own_copy(request: Request, label: str) -> Copy:
    rows = Copy.objects.all().editable_by(request.user).select_related(*WITH)
    return get_object_or_404(rows.distinct(), label=label)


@require_safe
def copy_wear(request: Request, label: str) -> HttpResponse:
    """What a copy went through, and how long its pieces will last."""
    copy = visible_copy(request, label)
    may_edit = Copy.objects.all().editable_by(request.user).filter(pk=copy.pk).exists()
    works = list(copy.maintenances.exclude(state=MaintenanceState.CANCELLED))
    return page(
        request,
        "circulation/copy_wear.html",
        {
            "copy": copy,
            "wear": wear.wear_of([copy], today=timezone.localdate())[0],
            "incidents": copy.incidents.select_related("component", "loan__host"),
            "works": works[::-1],
            "may_edit": may_edit,
        },
    )


@require_http_methods(["GET", "POST"])
def incident_new(request: Request, label: str) -> HttpResponse:
    """Tell what broke."""
    copy = own_copy(request, label)
    today = {"noticed_on": timezone.localdate()}
    form = IncidentForm(request.POST or None, copy=copy, initial=today)
    if form.is_valid():
        try:
            care.report_incident(copy, by=request.user, **form.cleaned_data)
        except Refused as no:
            form.add_error(None, no.message)
        else:
            messages.success(request, _("L’incident est noté."))
            return go(request, "circulation:copy_wear", copy.label)
    return form_page(request, copy, form, title=_("Signaler un incident"))


@require_http_methods(["GET", "POST"])
def incident_mend(request: Request, pk: int) -> HttpResponse:
    """An incident is repaired."""
    mine = Copy.objects.all().editable_by(request.user).values("pk")
    rows = Incident.objects.select_related("copy__resource").filter(copy__in=mine)
    incident = get_object_or_404(rows, pk=pk)
    form = DoneForm(request.POST or None, initial={"on": timezone.localdate()})
    if form.is_valid():
        try:
            care.mend_incident(incident, by=request.user, **form.cleaned_data)
        except Refused as no:
            form.add_error(None, no.message)
        else:
            messages.success(request, _("La réparation est notée."))
            return go(request, "circulation:copy_wear", incident.copy.label)
    title = _("Réparé : %(what)s") % {"what": incident.text}
    return form_page(request, incident.copy, form, title=title)


@require_http_methods(["GET", "POST"])
def maintenance_new(request: Request, label: str) -> HttpResponse:
    """Plan work on a copy."""
    copy = own_copy(request, label)
    form = MaintenanceForm(request.POST or None)
    if form.is_valid():
        try:
            care.plan_maintenance(copy, by=request.user, **form.cleaned_data)
        except Refused as no:
            form.add_error(None, no.message)
        else:
            messages.success(request, _("L’entretien est prévu : ces jours sont pris."))
            return go(request, "circulation:copy_wear", copy.label)
    return form_page(request, copy, form, title=_("Prévoir un entretien"))


def planned_work(request: Request, pk: int) -> Maintenance:
    mine = Copy.objects.all().editable_by(request.user).values("pk")
    rows = Maintenance.objects.select_related("copy__resource").filter(copy__in=mine)
    return get_object_or_404(rows, pk=pk)


@require_http_methods(["GET", "POST"])
def maintenance_end(request: Request, pk: int) -> HttpResponse:
    """The work is done."""
    work = planned_work(request, pk)
    form = DoneForm(request.POST or None, initial={"on": timezone.localdate()})
    if form.is_valid():
        try:
            care.end_maintenance(work, by=request.user, **form.cleaned_data)
        except Refused as no:
            form.add_error(None, no.message)
        else:
            messages.success(
                request, _("L’entretien est terminé, l’exemplaire est prêt.")
            )
            return go(request, "circulation:copy_wear", work.copy.label)
    return form_page(request, work.copy, form, title=_("Terminer l’entretien"))


@require_POST
def maintenance_cancel(request: Request, pk: int) -> HttpResponse:
    work = planned_work(request, pk)
    try:
        care.cancel_maintenance(work, by=request.user)
    except Refused as no:
        messages.error(request, no.message)
    else:
        messages.success(request, _("L’entretien est annulé : ces jours sont libres."))
    return go(request, "circulation:copy_wear", work.copy.label)


@require_http_methods(["GET", "POST"])
def component_renew(request: Request, label: str) -> HttpResponse:
    """A worn piece is replaced by a new one."""
    mine = Copy.objects.all().editable_by(request.user).values("pk")
    rows = Component.objects.select_related("copy__resource").filter(copy__in=mine)
    component = get_object_or_404(rows, label=label)
    form = DoneForm(
        request.POST or None,
        initial={"on": timezone.localdate(), "cost_cents": component.value_cents},
    )
    if form.is_valid():
        try:
            care.renew_component(component, by=request.user, **form.cleaned_data)
        except Refused as no:
            form.add_error(None, no.message)
        else:
            messages.success(
                request, _("L’élément est remplacé : son usure repart de zéro.")
            )
            return go(request, "circulation:copy_wear", component.copy.label)
    title = _("Remplacer : %(what)s") % {"what": component.name}
    return form_page(request, component.copy, form, title=title)


def form_page(request: Request, copy: Copy, form: Any, *, title: str) -> HttpResponse:
    """The one page of all these short forms."""
    return page(
        request,
        "circulation/care_form.html",
        {"copy": copy, "form": form, "title": title},
        status=422 if form.errors else 200,
    )


@require_safe
def renewal_list(request: Request) -> HttpResponse:
    """What is likely to be replaced in a year: the yearly budget of renewal."""
    today = timezone.localdate()
    typed = request.GET.get("annee", "")
    years = [today.year + n for n in range(YEARS)]
    year = int(typed) if typed in map(str, years) else today.year + 1
    rows = Copy.objects.all().visible_to(request.user).lendable()
    owners = Structure.objects.filter(resources__copies__in=rows.values("pk"))
    chosen = owners.filter(slug=request.GET.get("structure", "")).first()
    if chosen:
        rows = rows.filter(resource__owner=chosen)
    copies = list(rows.distinct().select_related(*WITH))
    return page(
        request,
        "circulation/renewal_list.html",
        {
            "renewal": wear.renewal(copies, year=year, today=today),
            "years": years,
            "owners": owners.distinct().order_by("name"),
            "chosen": chosen,
            "copies": len(copies),
        },
    )
