"""Propose or change a resource."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from maillage.accounts.http import Request
from maillage.catalogue.forms import ResourceForm, owners
from maillage.catalogue.models import Resource
from maillage.catalogue.services import same_title
from maillage.core.errors import Refused
from maillage.core.http import go, page
from maillage.core.services import change, propose_new, sent_before
from maillage.directory.views.edit import settle, thank

#: What a module has in common with its series, until somebody writes otherwise.
INHERITED = ("kind", "owner", "themes", "audiences", "levels", "languages", "access")


@require_http_methods(["GET", "POST"])
def resource_new(request: Request) -> HttpResponse:
    """Propose a resource; ``?parent=`` names the series that it is a module of."""
    if not owners(request.user, None).exists():
        return page(request, "catalogue/resource_form.html", {"has_no_structure": True})
    parent = series(request)
    form = ResourceForm(
        request.POST or None,
        request.FILES or None,
        user=request.user,
        instance=Resource(parent=parent),
        initial={name: getattr(parent, name) for name in INHERITED} if parent else {},
    )
    twins: list[Resource] = []
    if form.is_valid():
        data = form.cleaned_data
        # The same form sent twice is not its own twin.
        sent = sent_before(form.instance, by=request.user, now=timezone.now())
        known = data["confirm"] or sent
        twins = [] if known else same_title(data["name"], owner=data["owner"])
        if not twins and (thing := created(request, form)):
            return go(request, thing)
    return shown(request, form, {"twins": twins, "parent": parent, "is_new": True})


def series(request: Request) -> Any:
    """The resource that gets a module: one that the person may change, or a 404."""
    slug = request.GET.get("parent", "")
    if not slug:
        return None
    rows = Resource.objects.editable_by(request.user).filter(parent=None)
    return get_object_or_404(rows.select_related("owner"), slug=slug)


def created(request: Request, form: ResourceForm) -> Resource | None:
    try:
        thing: Resource = propose_new(
            form.instance,
            by=request.user,
            now=timezone.now(),
            related={"producers": form.cleaned_data["producers"]},
            note=form.cleaned_data.get("note", ""),
        )
    except Refused as no:
        form.add_error(None, no.message)
        return None
    thank(request, is_done=thing.is_public)
    return thing


@require_http_methods(["GET", "POST"])
def resource_edit(request: Request, slug: str) -> HttpResponse:
    """Change a resource, or propose a change of it."""
    rows = Resource.objects.visible_to(request.user)
    rows = rows.select_related("owner", "parent", "commune__department")
    seen = get_object_or_404(rows, slug=slug)
    form = ResourceForm(
        request.POST or None,
        request.FILES or None,
        user=request.user,
        instance=get_object_or_404(rows, pk=seen.pk),
    )
    conflict: list[Any] = []
    if form.is_valid():
        try:
            changed(request, seen, form)
        except Refused as no:
            conflict = settle(form, seen, no, form.values())
        else:
            return go(request, Resource.objects.get(pk=seen.pk))
    return shown(request, form, {"thing": seen, "conflict": conflict})


def changed(request: Request, resource: Resource, form: ResourceForm) -> None:
    """Make or propose the change that a form asks for, and say which."""
    proposal = change(
        resource,
        values=form.values(),
        version=form.cleaned_data["version"],
        by=request.user,
        now=timezone.now(),
        note=form.cleaned_data.get("note", ""),
    )
    thank(request, is_done=proposal is None)


def shown(
    request: Request, form: ResourceForm, context: dict[str, Any]
) -> HttpResponse:
    return page(
        request,
        "catalogue/resource_form.html",
        {"form": form, **context},
        status=422 if form.errors or context.get("twins") else 200,
    )
