"""Works made together in one's space; credits on the page of a resource."""

from collections.abc import Iterable
from typing import Any

from django.utils import timezone

from maillage.core.panels import Maker, Panel
from maillage.studio.models import Partner, PartnerAnswer, PartnerCall, Project
from maillage.studio.partner_pages import found_by_words
from maillage.studio.project_pages import credits_of
from maillage.studio.services.evaluating import structures_of

FEW, MANY = 4, 8


def my_projects(_thing: Any, user: Any) -> Iterable[Panel]:
    rows = list(Project.objects.all().visible_to(user).select_related("lead")[:FEW])
    if rows or structures_of(user).exists():
        context = {"rows": rows} | waiting_for(user)
        yield Panel("studio/panel_my_projects.html", context, rank=28)


def waiting_for(user: Any) -> dict[str, Any]:
    """What waits for a person: answers to decide, agreements to give."""
    answers = PartnerAnswer.objects.all().waiting()
    asked = Partner.objects.filter(agreed_at=None)
    return {
        "answers": answers.filter(
            call__project__lead__memberships__user=user.pk
        ).select_related("structure", "call__project")[:FEW],
        "asked": asked.filter(structure__memberships__user=user.pk).select_related(
            "project", "structure"
        )[:FEW],
    }


def credits_panel(thing: Any, _user: Any) -> Iterable[Panel]:
    """Who made a resource, and what each did."""
    if rows := credits_of(thing):
        works = Project.objects.filter(resource=thing).public()
        yield Panel(
            "studio/panel_credits.html", {"rows": rows, "works": works}, rank=20
        )


def works_panel(thing: Any, _user: Any) -> Iterable[Panel]:
    """Works that a structure has made with others, once they are public."""
    rows = Project.objects.filter(partners__structure=thing).public()
    if works := list(rows.order_by("-created_at", "pk")[:MANY]):
        yield Panel("studio/panel_works.html", {"works": works}, rank=30)


def works_found(query: Any, _user: Any) -> Iterable[Panel]:
    """Public works and open calls for partners whose words are searched for."""
    if not query:
        return
    words, now = str(query)[:100], timezone.now()
    calls = PartnerCall.objects.all().shown().open_at(now).order_by("closes_at", "pk")
    works = Project.objects.all().public()
    found = {
        "calls": found_by_words(calls, words)[:MANY],
        "works": found_by_words(works, words)[:MANY],
    }
    if found["calls"] or found["works"]:
        yield Panel("studio/search_found.html", found, rank=30)


MAKERS: list[tuple[str, Maker]] = [
    ("my_space.sections", my_projects),
    ("resource.sections", credits_panel),
    ("structure.sections", works_panel),
    ("search.found", works_found),
]
