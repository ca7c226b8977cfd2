"""The copies of an owner: the list, the passport of one, what people change."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from maillage.accounts.http import Request
from maillage.catalogue.models import Resource
from maillage.circulation.choices import ComponentKind, CopyState, LoanState
from maillage.circulation.exports import COLUMNS, export_rows
from maillage.circulation.forms.copies import (
    CopyForm,
    PeriodForm,
    StateForm,
)
from maillage.circulation.models import Copy
from maillage.circulation.services.copies import (
    change_copy,
    make_copy,
    next_rank,
    propose_label,
    set_copy_state,
)
from maillage.circulation.views.calendar import calendar_context
from maillage.circulation.whereabouts import whereabouts
from maillage.core.errors import Refused
from maillage.core.http import go, page
from maillage.core.tables.sending import table_file
from maillage.directory.fields import readable

PAGE = 50
PAST = 20
#: Loans that are over, on the page of a copy; the list of loans has them all.
FEW = 5


@require_GET
def copy_list(request: Request) -> HttpResponse:
    """« Mes exemplaires »: the state of each, where it is, where it goes next."""
    rows = filtered(request)
    found = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    context = {
        "rows": whereabouts(list(found), today=timezone.localdate()),
        "page_obj": found,
        "states": CopyState.choices,
        "state": request.GET.get("etat", ""),
        "q": readable(request.GET.get("q", ""))[:100],
        "asked": request.GET.urlencode(),
        "is_owner": request.user.memberships.exists() or request.user.is_agency,
    }
    return page(request, "circulation/copy_list.html", context, partial="rows")


def filtered(request: Request) -> Any:
    """The copies that a person may see, as the filters of the address keep them."""
    rows = Copy.objects.all().visible_to(request.user)
    state = request.GET.get("etat", "")
    if state in CopyState.values:
        rows = rows.filter(state=state)
    for word in readable(request.GET.get("q", ""))[:100].split():
        rows = rows.filter(
            Q(label__icontains=word)
            | Q(resource__name__icontains=word)
            | Q(resource__owner__name__icontains=word)
        )
    return rows.select_related("resource__owner", "depot").order_by(
        "resource__name", "rank", "pk"
    )


@require_GET
def copy_export(request: Request, form: str) -> HttpResponse:
    """The list as it is filtered, as a file."""
    rows = export_rows(filtered(request), today=timezone.localdate())
    return table_file(rows, COLUMNS, name="exemplaires", form=form)


@require_http_methods(["GET", "POST"])
def copy_new(request: Request, slug: str) -> HttpResponse:
    """Add a copy to a resource that one lends."""
    rows = Resource.objects.visible_to(request.user)
    mine = rows if request.user.is_agency else rows.owned_by(request.user)
    resource = get_object_or_404(mine.select_related("owner"), slug=slug)
    label = propose_label(resource, rank=next_rank(resource))
    form = CopyForm(request.POST or None, resource=resource, initial={"label": label})
    if form.is_valid():
        try:
            copy = make_copy(resource, values=form.values, by=request.user)
        except Refused as no:
            form.add_error("label" if "label" in no.code else None, no.message)
        else:
            messages.success(request, _("L’exemplaire est enregistré."))
            return go(request, copy)
    return page(
        request,
        "circulation/copy_form.html",
        {"form": form, "resource": resource, "copy": None, "label": ""},
        status=422 if form.errors else 200,
    )


def visible_or_404(request: Request, label: str) -> Copy:
    rows = Copy.objects.all().visible_to(request.user)
    related = rows.select_related("resource__owner", "depot__commune")
    return get_object_or_404(related, label=label)


def editable_or_404(request: Request, label: str) -> Copy:
    rows = Copy.objects.all().editable_by(request.user)
    related = rows.select_related("resource__owner", "depot__commune")
    return get_object_or_404(related, label=label)


@require_GET
def copy_detail(request: Request, label: str) -> HttpResponse:
    """The passport of a copy: state, place, days, contents, history."""
    copy = visible_or_404(request, label)
    today = timezone.localdate()
    (where,) = whereabouts([copy], today=today)
    may_edit = Copy.objects.all().editable_by(request.user).filter(pk=copy.pk).exists()
    context = {
        "copy": copy,
        "where": where,
        "may_edit": may_edit,
        "keep_form": PeriodForm(),
        "components": contents(copy),
        **calendar_context(request, [copy], in_full=True, today=today),
    }
    if not request.htmx:
        context |= {"history": history(copy), "past": past_loans(copy)}
    return page(request, "circulation/copy_detail.html", context, partial="calendar")


def past_loans(copy: Copy) -> Any:
    """The last loans that are over, with who came if the host has said it."""
    rows = copy.loans.filter(state=LoanState.RETURNED).order_by("-starts_on", "-pk")
    return rows.select_related("host__commune", "attendance")[:FEW]


def contents(copy: Copy) -> list[dict[str, Any]]:
    """Crates with their pieces, then what stands in none."""
    parts = [part for part in copy.components.all() if part.retired_on is None]
    crates = [part for part in parts if part.kind == ComponentKind.CRATE]
    groups = [
        {"crate": crate, "pieces": [p for p in parts if p.crate_id == crate.pk]}
        for crate in crates
    ]
    loose = [p for p in parts if p.kind == ComponentKind.PIECE and p.crate_id is None]
    return [*groups, {"crate": None, "pieces": loose}] if loose else groups


def history(copy: Copy) -> list[Any]:
    rows = copy.history.select_related("history_user").order_by("-history_id")
    return list(rows[:PAST])


@require_http_methods(["GET", "POST"])
def copy_edit(request: Request, label: str) -> HttpResponse:
    """Change a copy; what a colleague has changed meanwhile is not lost."""
    copy = editable_or_404(request, label)
    form = CopyForm(request.POST or None, instance=copy, resource=copy.resource)
    if form.is_valid():
        version = form.cleaned_data["version"] or 0
        try:
            changed = change_copy(
                copy, values=form.values, version=version, by=request.user
            )
        except Refused as no:
            form.add_error("label" if "label" in no.code else None, no.message)
            form.data = seen_now(form.data, copy)
        else:
            messages.success(request, _("L’exemplaire est enregistré."))
            return go(request, changed)
    return page(
        request,
        "circulation/copy_form.html",
        {"form": form, "copy": copy, "resource": copy.resource, "label": label},
        status=422 if form.errors else 200,
    )


def seen_now(data: Any, copy: Copy) -> Any:
    """What was typed, about the version that there is now: sent again, it is kept."""
    typed = data.copy()
    typed["version"] = Copy.objects.values_list("version", flat=True).get(pk=copy.pk)
    return typed


@require_http_methods(["GET", "POST"])
def copy_state(request: Request, label: str) -> HttpResponse:
    """Put a copy in service, or aside: broken, retired, lost."""
    copy = editable_or_404(request, label)
    form = StateForm(request.POST or None, initial={"state": copy.state})
    today = timezone.localdate()
    if form.is_valid():
        try:
            set_copy_state(copy, **form.cleaned_data, by=request.user, today=today)
        except Refused as no:
            form.add_error("state", no.message)
        else:
            messages.success(request, _("L’état de l’exemplaire est changé."))
            return go(request, copy)
    (where,) = whereabouts([copy], today=today)
    return page(
        request,
        "circulation/copy_state.html",
        {"copy": copy, "form": form, "where": where},
        status=422 if form.errors else 200,
    )
