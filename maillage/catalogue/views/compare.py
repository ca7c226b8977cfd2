"""Up to four resources side by side."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.utils.translation import gettext as _, ngettext
from django.views.decorators.http import require_safe

from maillage.accounts.http import Request
from maillage.catalogue.fees import fee_summary
from maillage.catalogue.models import Resource
from maillage.catalogue.sheet import Fact, identity, lending, technical
from maillage.catalogue.views.lists import MOST_COMPARED
from maillage.core.http import page


@dataclass(frozen=True)
class Row:
    """One fact of all the resources; ``differs`` when they do not agree."""

    label: str
    values: list[str]

    @property
    def differs(self) -> bool:
        return len(set(self.values)) > 1


@dataclass(frozen=True)
class Group:
    title: str
    rows: list[Row]


@login_not_required
@require_safe
def resource_compare(request: Request) -> HttpResponse:
    """Compare the resources named by ``?r=``, in their order."""
    slugs = list(dict.fromkeys(filter(None, request.GET.getlist("r"))))
    rows = Resource.objects.visible_to(request.user)
    rows = rows.select_related("owner__commune", "commune")
    known: dict[str, Any] = {r.slug: r for r in rows.filter(slug__in=slugs[:20])}
    chosen = [known[slug] for slug in slugs if slug in known]
    things = chosen[:MOST_COMPARED]
    tell(request, unknown=len(slugs) - len(chosen), left=len(chosen) - len(things))
    return page(
        request,
        "catalogue/resource_compare.html",
        {
            "things": [(thing, without(things, thing)) for thing in things],
            "groups": groups(things),
            "has_pictures": any(thing.picture for thing in things),
            "most": MOST_COMPARED,
            "can_add": 0 < len(things) < MOST_COMPARED,
            "kept": [("r", thing.slug) for thing in things],
        },
    )


def tell(request: Request, *, unknown: int, left: int) -> None:
    """Say which resources of the address are not on the page."""
    if unknown:
        text = ngettext(
            "%(n)s ressource n’existe pas ou plus : elle n’est pas comparée.",
            "%(n)s ressources n’existent pas ou plus : elles ne sont pas comparées.",
            unknown,
        )
        messages.warning(request, text % {"n": unknown})
    if left:
        text = _("On compare quatre ressources au plus : les suivantes sont laissées.")
        messages.warning(request, text)


def without(things: list[Any], one: Any) -> str:
    """The query of this page without one of its resources."""
    return "&".join(f"r={thing.slug}" for thing in things if thing is not one)


def groups(things: list[Any]) -> list[Group]:
    """The facts that at least one of the resources gives."""
    parts = [
        (_("En bref"), brief),
        (_("Pour qui"), identity),
        (_("Fiche technique"), technical),
        (_("Emprunter"), lending),
    ]
    found = []
    for title, facts_of in parts:
        columns = [facts_of(thing) for thing in things]
        lines = [
            Row(facts[0].label, [fact.value for fact in facts])
            for facts in zip(*columns, strict=True)
            if any(fact.value for fact in facts)
        ]
        found.append(Group(title, lines))
    return [group for group in found if group.rows]


def brief(resource: Resource) -> list[Fact]:
    home = resource.commune or resource.owner.commune
    return [
        Fact(_("Nature"), resource.category_label),
        Fact(_("Propriétaire"), resource.owner.name),
        Fact(_("Commune"), home.name if home else ""),
        Fact(_("Tarif"), fee_summary(resource)),
    ]
