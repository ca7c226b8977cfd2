"""Pages that every kind of record has: history, confirm, archive, merge."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from maillage.accounts.guards import agency_only
from maillage.accounts.http import Request
from maillage.core import services
from maillage.core.changes import EMPTY, shown
from maillage.core.choices import State
from maillage.core.errors import Refused
from maillage.core.http import go, page
from maillage.core.merging import merge
from maillage.core.publishing import kinds
from maillage.core.values import snapshot
from maillage.portal.forms import MergeForm
from maillage.portal.versions import versions

PER_PAGE = 15
FOUND = 12


def record(request: Request, kind: str, slug: str, *, reading: bool = False) -> Any:
    """A thing that the person may change; observers may read as well."""
    rows: Any = kinds()[kind]._default_manager.all()
    if not (reading and request.user.is_observer):
        rows = rows.editable_by(request.user)
    return get_object_or_404(rows, slug=slug)


@require_GET
def record_history(request: Request, kind: str, slug: str) -> HttpResponse:
    """Who changed what, when; any version can be brought back."""
    thing = record(request, kind, slug, reading=True)
    rows = thing.history.select_related("history_user").order_by("-history_id")
    page_obj = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    shown_rows = list(page_obj)
    older = None
    if page_obj.has_next():
        older = rows[page_obj.end_index()]
    return page(
        request,
        "portal/record_history.html",
        {
            "thing": thing,
            "kind": kind,
            "page_obj": page_obj,
            "versions": versions(thing, shown_rows, older=older),
            "may_restore": not request.user.is_observer,
        },
    )


@require_POST
def record_restore(
    request: Request, kind: str, slug: str, history_id: int
) -> HttpResponse:
    """Bring a version back."""
    thing = record(request, kind, slug)
    try:
        thing = services.restore_version(thing, history_id=history_id, by=request.user)
    except Refused as no:
        messages.error(request, no.message)
    else:
        messages.success(request, _("La version est rétablie."))
    return go(request, "portal:record_history", kind, thing.slug)


@require_POST
def record_confirm(request: Request, kind: str, slug: str) -> HttpResponse:
    """« Ces informations sont à jour. »."""
    thing = record(request, kind, slug)
    try:
        services.confirm_up_to_date(thing, by=request.user, today=timezone.localdate())
    except Refused as no:
        messages.error(request, no.message)
    else:
        messages.success(request, _("Merci ! La fiche est notée à jour."))
    return go(request, thing)


@require_POST
def record_state(request: Request, kind: str, slug: str) -> HttpResponse:
    """Publish or archive; what is archived can be published again."""
    thing = record(request, kind, slug)
    state = request.POST.get("state", "")
    if state not in {State.PUBLISHED, State.ARCHIVED}:
        state = State.ARCHIVED
    try:
        services.set_state(thing, state=state, by=request.user)
    except Refused as no:
        messages.error(request, no.message)
    else:
        done = {
            State.PUBLISHED: _("La fiche est en ligne."),
            State.ARCHIVED: _("La fiche est archivée : le public ne la voit plus."),
        }
        messages.success(request, done[State(state)])
    return go(request, thing)


@require_GET
@agency_only
def merge_choose(request: Request, kind: str, slug: str) -> HttpResponse:
    """Look for the second record, that goes into this one."""
    kept = record(request, kind, slug)
    form = MergeForm(request.GET or None)
    words = form.cleaned_data["q"].strip() if form.is_valid() else ""
    rows = kinds()[kind]._default_manager.exclude(pk=kept.pk)
    names = rows.filter(name__icontains=words or kept.name[:12])
    return page(
        request,
        "portal/merge_choose.html",
        {
            "kept": kept,
            "kind": kind,
            "form": form,
            "found": names.select_related("commune").order_by("name", "pk")[:FOUND],
        },
    )


@require_http_methods(["GET", "POST"])
@agency_only
def merge_compare(request: Request, kind: str, slug: str, other: str) -> HttpResponse:
    """Two records side by side; field by field, which value stays."""
    kept, dropped = record(request, kind, slug), record(request, kind, other)
    rows = side_by_side(kept, dropped)
    trouble = ""
    if request.method == "POST":
        take = [row["name"] for row in rows if request.POST.get(row["name"]) == "other"]
        try:
            kept = merge(
                kept, dropped=dropped, take=take, by=request.user, now=timezone.now()
            )
        except Refused as no:
            trouble = no.message
        else:
            messages.success(request, _("Les deux fiches n’en font plus qu’une."))
            return go(request, kept)
    return page(
        request,
        "portal/merge_compare.html",
        {
            "kept": kept,
            "dropped": dropped,
            "kind": kind,
            "rows": rows,
            "trouble": trouble,
        },
        status=422 if trouble else 200,
    )


def side_by_side(kept: Any, dropped: Any) -> list[dict[str, Any]]:
    """The fields that differ; the value that is there is proposed."""
    one, two = snapshot(kept), snapshot(dropped)
    found = []
    for name in kept.editable:
        if one[name] == two[name] or (one[name] in EMPTY and two[name] in EMPTY):
            continue
        field = kept._meta.get_field(name)
        found.append(
            {
                "name": name,
                "label": field.verbose_name,
                "kept": shown(field, one[name]),
                "dropped": shown(field, two[name]),
                "take_other": one[name] in EMPTY,
            }
        )
    return found
