"""Consultations for everybody: moments, contributions, what became of each."""

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from maillage.accounts.http import Request
from maillage.core.http import go, page
from maillage.core.tables.sending import TYPES, table_file
from maillage.plan.committee_pages import form_page, saved
from maillage.plan.consultation_pages import (
    consultation_context,
    filtered,
    query_of,
    row_of,
)
from maillage.plan.contribution_imports import CONTRIBUTION_COLUMNS
from maillage.plan.forms_consultation import ContributionForm
from maillage.plan.models import Consultation, Contribution
from maillage.plan.services.consultations import contribute

PAGE = 30


def consultation_or_404(request: Request, code: str) -> Consultation:
    rows = Consultation.objects.all().visible_to(request.user)
    return get_object_or_404(rows.select_related("plan"), code=code)


@login_not_required
@require_safe
def consultation_page(request: Request) -> HttpResponse:
    """All consultations, the open ones first."""
    now = timezone.now()
    rows = list(Consultation.objects.all().visible_to(request.user))
    context = {
        "open": [row for row in rows if row.is_open(now)],
        "others": [row for row in rows if not row.is_open(now)],
    }
    return page(request, "plan/consultation_page.html", context)


@login_not_required
@require_safe
def consultation_detail(request: Request, code: str) -> HttpResponse:
    """One consultation as a whole."""
    consultation = consultation_or_404(request, code)
    context = consultation_context(consultation)
    context["is_open"] = consultation.is_open(timezone.now())
    return page(request, "plan/consultation_detail.html", context)


@login_not_required
@require_safe
def contribution_list(request: Request, code: str) -> HttpResponse:
    """Every contribution, and where it is in the plan."""
    consultation = consultation_or_404(request, code)
    rows = consultation.contributions.all().published().in_order()
    found, groups = filtered(rows, request.GET)
    leaf = Paginator(found, PAGE).get_page(request.GET.get("page"))
    context = {
        "consultation": consultation, "groups": groups, "number": len(found),
        "leaf": leaf, "lines": [row_of(row) for row in leaf],
        "parameters": query_of(groups), "file_forms": TYPES,
    }  # fmt: skip
    return page(request, "plan/consultation_contributions.html", context)


@login_not_required
@require_safe
def contribution_export(request: Request, code: str, form: str) -> HttpResponse:
    """The published contributions that the filters ask for, as a file."""
    if form not in TYPES:
        raise Http404
    consultation = consultation_or_404(request, code)
    rows = consultation.contributions.all().published().in_order()
    found, _groups = filtered(rows, request.GET)
    return table_file(found, CONTRIBUTION_COLUMNS, name=f"contributions-{code}", form=form)  # fmt: skip


@never_cache
@require_http_methods(["GET", "POST"])
def contribution_new(request: Request, code: str) -> HttpResponse:
    """Send a contribution while the consultation is open; nothing typed is lost after."""
    consultation = consultation_or_404(request, code)
    form = ContributionForm(request.POST or None, consultation=consultation, user=request.user)  # fmt: skip
    now = timezone.now()

    def send() -> None:
        key: uuid.UUID = form.cleaned_data["form_key"]
        contribute(consultation, values=form.values, form_key=key, by=request.user, now=now)  # fmt: skip

    if saved(form, send):
        messages.success(request, _("Merci ! L’agence relit votre contribution avant de la publier."))  # fmt: skip
        return go(request, consultation)
    return form_page(
        request, form, title=_("Contribuer"), lead=consultation.title,
        back=consultation.get_absolute_url(), parent=consultation.title,
        button=_("Envoyer ma contribution"), template="plan/consultation_contribute.html",
        consultation=consultation, is_open=consultation.is_open(now),
        mine=[row_of(row) for row in Contribution.objects.filter(
            consultation=consultation, sent_by=request.user).in_order()],
    )  # fmt: skip
