"""Where the pages of other parts lead to payments of places."""

from collections.abc import Iterable
from typing import Any

from maillage.core.panels import Maker, Panel
from maillage.directory.models import Place
from maillage.passport.models import Settlement, SettlementLine

FEW = 4


def newest_lines() -> Any:
    rows = SettlementLine.objects.select_related("settlement", "place")
    return rows.order_by("-settlement__starts_on", "place__name", "pk")


def my_settlements(_thing: Any, user: Any) -> Iterable[Panel]:
    """The last payments of the places of one's structures."""
    mine = newest_lines().filter(place__structure__memberships__user=user.pk)
    if lines := list(mine.distinct()[:FEW]):
        yield Panel("passport/panel_my_settlements.html", {"lines": lines}, rank=24)


def settlement_desk(_thing: Any, user: Any) -> Iterable[Panel]:
    """Drafts that wait for the agency."""
    if not user.is_agency:
        return
    drafts = list(Settlement.objects.select_related("rule").drafts()[:FEW])
    if drafts:
        yield Panel("passport/panel_settlement_desk.html", {"drafts": drafts}, rank=48)


def place_settlement(place: Any, user: Any) -> Iterable[Panel]:
    """On the page of a place, its payments, for its team and the agency."""
    if not Place.objects.all().editable_by(user).filter(pk=place.pk).exists():
        return
    lines = list(newest_lines().visible_to(user).filter(place=place)[:FEW])
    if lines:
        context = {"lines": lines, "place": place}
        yield Panel("passport/panel_place_settlement.html", context, rank=62)


MAKERS: list[tuple[str, Maker]] = [
    ("my_space.sections", my_settlements),
    ("agency_desk.sections", settlement_desk),
    ("place.sections", place_settlement),
]
