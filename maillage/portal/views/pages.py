"""Pages of words, and what machines read of the site."""

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.sitemaps import Sitemap
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from maillage.calls.models import Call, FundingProgramme
from maillage.core.http import PageRequest, page
from maillage.core.models import Entry
from maillage.core.publishing import kinds
from maillage.observatory.models import Indicator
from maillage.plan.models import Action, Node, Plan
from maillage.portal.styleguide import samples


@login_not_required
@require_safe
def about(request: PageRequest) -> HttpResponse:
    """What the site is, and how to take part."""
    return page(request, "portal/about.html", {})


@login_not_required
@require_safe
def accessibility(request: PageRequest) -> HttpResponse:
    """The accessibility statement."""
    return page(request, "portal/accessibility.html", {})


@login_not_required
@require_safe
def legal(request: PageRequest) -> HttpResponse:
    """Who publishes the site, and under which licences."""
    return page(request, "portal/legal.html", {})


@login_not_required
@require_safe
def privacy(request: PageRequest) -> HttpResponse:
    """Which personal data are kept, why, for how long."""
    return page(request, "portal/privacy.html", {})


@login_not_required
@require_safe
def components(request: PageRequest) -> HttpResponse:
    """The parts that pages are made of, for those who write pages."""
    return page(request, "styleguide.html", samples())


@login_not_required
@require_safe
def robots(request: PageRequest) -> HttpResponse:
    sitemap = settings.SITE_URL + reverse("portal:sitemap")
    return render(
        request, "portal/robots.txt", {"sitemap": sitemap}, content_type="text/plain"
    )


class EntrySitemap(Sitemap[Entry]):
    """Every published thing of one kind, from its public entry."""

    limit = 10_000
    protocol = settings.SITE_URL.split(":")[0]

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def items(self) -> Any:
        return Entry.objects.public().filter(kind=self.kind).order_by("pk")

    def lastmod(self, item: Entry) -> Any:
        return item.changed_at

    def location(self, item: Entry) -> str:
        return item.url


class PageSitemap(Sitemap[str]):
    """The pages that are not a thing."""

    protocol = settings.SITE_URL.split(":")[0]

    def items(self) -> list[str]:
        names = ["home", "map", "near", "about", "accessibility", "legal", "privacy"]
        return [
            *(f"portal:{name}" for name in names),
            "directory:structure_list",
            "directory:place_list",
            "catalogue:resource_list",
            "agenda:event_list",
            "agenda:programme_list",
            "agenda:trail_list",
            "interchange:dataset_list",
            "observatory:home",
            "observatory:indicator_list",
            "observatory:territory_list",
            "observatory:access_map",
            "observatory:white_zones",
            "calls:call_list",
            "calls:funding_list",
            "studio:partner_call_list",
            "studio:work_list",
            "plan:home",
            "plan:action_list",
            "plan:board",
            "plan:declination_list",
        ]

    def location(self, item: str) -> str:
        return reverse(item)


class IndicatorSitemap(Sitemap[Indicator]):
    """Every published indicator."""

    limit = 10_000
    protocol = settings.SITE_URL.split(":")[0]

    def items(self) -> Any:
        return Indicator.objects.published().order_by("pk")

    def lastmod(self, item: Indicator) -> Any:
        return item.changed_at


class CallSitemap(Sitemap[Call]):
    """Every call for projects that anyone may read."""

    protocol = settings.SITE_URL.split(":")[0]

    def items(self) -> Any:
        return Call.objects.all().published().order_by("pk")


class FundingSitemap(Sitemap[FundingProgramme]):
    """Every published programme of others."""

    protocol = settings.SITE_URL.split(":")[0]

    def items(self) -> Any:
        return FundingProgramme.objects.all().published().order_by("pk")

    def lastmod(self, item: FundingProgramme) -> Any:
        return item.changed_at


class NodeSitemap(Sitemap[Node]):
    """Every part of the plan in force."""

    limit = 10_000
    protocol = settings.SITE_URL.split(":")[0]

    def items(self) -> Any:
        plan = Plan.objects.all().current()
        return Node.objects.in_force().of_plan(plan).order_by("path")


class ActionSitemap(Sitemap[Action]):
    """Every published action of the plan."""

    limit = 10_000
    protocol = settings.SITE_URL.split(":")[0]

    def items(self) -> Any:
        return Action.objects.published().order_by("pk")

    def lastmod(self, item: Action) -> Any:
        return item.changed_at


def sitemaps() -> dict[str, Any]:
    return {
        "pages": PageSitemap(),
        "indicators": IndicatorSitemap(),
        "calls": CallSitemap(),
        "funding": FundingSitemap(),
        "plan": NodeSitemap(),
        "actions": ActionSitemap(),
        **{kind: EntrySitemap(kind) for kind in kinds()},
    }
