"""What the observatory shows on the pages of other apps.

Spots of our own: ``observatory.doors`` (no thing): ways on from the first page.
"""

from typing import Any

from maillage.core.panels import Panel, register
from maillage.observatory.models import Alert, Indicator
from maillage.observatory.services.alerts import worded
from maillage.observatory.services.finding import find_indicators

FIRST = 5


def alerts_at_work(_thing: Any, user: Any) -> list[Panel]:
    """Alerts that nobody has answered yet."""
    rows = Alert.objects.all().unanswered()
    total = rows.count()
    if not total:
        return []
    first = rows.select_related("rule__indicator").order_by("-raised_at", "-pk")[:FIRST]
    facts = {"alerts": worded(first), "total": total}
    return [Panel("observatory/alert_desk.html", facts, rank=60)]


def equity_doors(_thing: Any, user: Any) -> list[Panel]:
    """Access, white zones, and scenarios for those who may study them."""
    may_study = user.is_authenticated and (user.is_agency or user.is_observer)
    return [Panel("observatory/door_equity.html", {"may_study": may_study}, rank=10)]


def indicators_found(query: Any, user: Any) -> list[Panel]:
    """Indicators whose words are searched for, beside the things of the catalogue."""
    if not query:
        return []
    rows = Indicator.objects.all().visible_to(user)
    wanted = ("code", "name", "family", "unit", "about")
    found = find_indicators(rows.only(*wanted), str(query)[:200])
    if not found:
        return []
    facts = {"indicators": found[:FIRST], "total": len(found), "query": query}
    return [Panel("observatory/search_found.html", facts, rank=10)]


register("search.found", indicators_found)
register("agency_desk.sections", alerts_at_work)
register("observatory.doors", equity_doors)
