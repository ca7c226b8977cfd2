"""The one way to show a list with filters: what its page and its partial need."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _, ngettext

from maillage.core import listing
from maillage.core.listing_facets import facets_of
from maillage.core.models import Badge
from maillage.core.publishing import kinds as all_kinds

SIZE = 24
OPEN_FACETS = 2  # facets shown open before anything is chosen
KEPT = ("near", "commune", "km", "bbox")  # parts of a query that are no facet


@dataclass(frozen=True)
class Card:
    """One thing as ``includes/card.html`` shows it."""

    title: str
    url: str
    kind: str
    slug: str
    kind_label: str
    summary: str
    commune_name: str
    owner_name: str
    picture_url: str
    family: str
    badges: list[Badge]
    distance: str
    lon: float | None
    lat: float | None

    @property
    def lon_text(self) -> str:
        """For attributes: with a point, whatever the language."""
        return "" if self.lon is None else f"{self.lon:.5f}"

    @property
    def lat_text(self) -> str:
        return "" if self.lat is None else f"{self.lat:.5f}"


@dataclass(frozen=True)
class Option:
    value: str
    label: str
    count: int
    checked: bool


@dataclass(frozen=True)
class FacetBox:
    name: str
    label: str
    options: list[Option]
    open: bool
    single: bool = False

    @property
    def chosen(self) -> bool:
        return any(option.checked for option in self.options)


@dataclass(frozen=True)
class Choice:
    """A filter that is on, and the address of the list without it."""

    label: str
    url_without: str


def card_of(entry: Any) -> Card:
    """The card of an entry that ``Listing.page`` gave."""
    return Card(
        title=entry.name,
        url=entry.url,
        kind=entry.kind,
        slug=entry.slug,
        kind_label=entry.category_label,
        summary=entry.summary,
        commune_name=entry.commune_name,
        owner_name=entry.owner_name,
        picture_url=entry.picture_url,
        family=entry.motif,
        badges=entry.badges,
        distance=distance_label(entry.distance_km),
        lon=entry.lon,
        lat=entry.lat,
    )


def cards(entries: Iterable[Any]) -> list[Card]:
    return [card_of(entry) for entry in entries]


def distance_label(km: float | None) -> str:
    """« 800 m », « 3,2 km », « 41 km »; empty when unknown, or no distance at all.

    Many positions are their commune's: « 0 m » would promise too much.
    """
    if km is None or km < 0.05:
        return ""
    if km < 0.95:
        return _("%(metres)s m") % {"metres": number_format(round(km * 10) * 100)}
    digits = 1 if km < 9.95 else 0  # number_format cuts, it does not round
    return _("%(km)s km") % {"km": number_format(round(km, digits), digits)}


def facet_names(kinds: Iterable[str]) -> list[str]:
    """The facets that all these kinds have, in the order of the first."""
    models = [all_kinds()[kind] for kind in kinds]
    first, *others = [list(facets_of((m.code,))) for m in models]
    shared = [name for name in first if all(name in other for other in others)]
    return shared if len(models) == 1 else [n for n in shared if n != "category"]


def list_context(
    request: HttpRequest,
    *,
    kinds: tuple[str, ...],
    size: int = SIZE,
    asked: QueryDict | None = None,
    only: Any = None,
) -> dict[str, Any]:
    """What a list page, its ``listing`` partial and its filters need.

    ``asked`` stands for the address where a page understands more than its address
    says; ``only`` as in ``Query``, for a list of one kind. Two queries whatever the
    number of rows: the version of the entries, one page.
    """
    params: QueryDict = request.GET if asked is None else asked
    query = replace(listing.read_query(params, kinds=kinds), only=only)
    found = listing.find(query, facets=facet_names(kinds))
    pages = Paginator(range(found.total), size)
    page: Page[int] = pages.get_page(params.get("page"))
    facets = boxes(found.facets)
    active = [
        Choice(option.label, without(request.path, params, box.name, option.value))
        for box in facets
        for option in box.options
        if option.checked
    ]
    address = params.copy()
    address.pop("page", None)
    suffix = f"?{address.urlencode()}" if address else ""
    return {
        "query": query.text,
        "asked": query,
        "correction": found.correction,
        "total": found.total,
        "count_label": count_label(found.total),
        "facets": facets,
        "active": active,
        "active_count": len(active),
        "form_url": request.path,
        "hidden": [(n, v) for n in KEPT for v in params.getlist(n)],
        "sorts": sorts(query, kinds),
        "page_obj": page,
        "things": cards(found.page(page.number, size)),
        "view": "list",
        "list_url": f"{request.path}{suffix}",
        "map_url": map_url(kinds, address),
        "parameters": address.urlencode(),
    }


def boxes(facets: Iterable[listing.Facet]) -> list[FacetBox]:
    found: list[FacetBox] = []
    for facet in facets:
        options = [
            Option(v.value, v.label, v.count, v.is_selected) for v in facet.values
        ]
        chosen = any(option.checked for option in options)
        found.append(
            FacetBox(
                facet.param, facet.label, options, chosen or len(found) < OPEN_FACETS
            )
        )
    return [box for box in found if box.options]


def without(path: str, params: QueryDict, name: str, value: str) -> str:
    """The address of a list without one of its filters."""
    params = params.copy()
    params.setlist(name, [v for v in params.getlist(name) if v != value])
    params.pop("page", None)
    return f"{path}?{params.urlencode()}"


def map_url(kinds: tuple[str, ...], params: QueryDict) -> str:
    params = params.copy()
    for name in ("sort", "bbox"):
        params.pop(name, None)
    params.setlist("kind", list(kinds))
    return f"{reverse('portal:map')}?{params.urlencode()}"


def count_label(total: int) -> str:
    text = ngettext("%(n)s résultat", "%(n)s résultats", total)
    return text % {"n": number_format(total, force_grouping=True)}


def sorts(query: listing.Query, kinds: tuple[str, ...]) -> list[dict[str, Any]]:
    """The orders that make sense for this list, the one in force marked."""
    found = [("name", _("nom")), ("recent", _("plus récentes"))]
    if query.text:
        found.insert(0, ("relevance", _("pertinence")))
    if query.near:
        found.insert(0, ("distance", _("distance")))
    if kinds == ("resource",):
        found += [("surface_m2", _("surface")), ("fee_cents", _("tarif"))]
    current = query.sort or found[0][0]
    return [
        {"value": value, "label": label, "selected": value == current}
        for value, label in found
    ]
