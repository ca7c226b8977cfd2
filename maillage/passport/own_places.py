"""One's own places, to choose one of them: for its benefits, its devices."""

from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest

from maillage.directory.fields import readable
from maillage.directory.models import Place

#: Places of one page; more than a few are searched.
MOST, FEW = 60, 12


def choice_of(
    request: HttpRequest, places: "QuerySet[Place]", *, first: str
) -> dict[str, Any]:
    """What ``passport/own_places.html`` needs; those with most of ``first`` come first."""
    words = readable(request.GET.get("q", "")).strip()[:100]
    found = places.filter(Q(name__icontains=words) | Q(commune__name__icontains=words))
    total = found.count()
    return {
        "q": words,
        "places": found.order_by(f"-{first}", "name", "pk")[:MOST],
        "count": total,
        "most": MOST,
        "may_search": bool(words) or total > FEW,
    }
