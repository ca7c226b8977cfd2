"""Where the pages of other parts lead to reading."""

from collections.abc import Iterable
from typing import Any

from maillage.calls.models import Review, Reviewer
from maillage.core.panels import Maker, Panel


def my_reviews(_thing: Any, user: Any) -> Iterable[Panel]:
    """What a reader has to return."""
    if not Reviewer.objects.filter(user=user.pk).exists():
        return
    rows = Review.objects.all().assigned_to(user).waiting()
    soonest = rows.select_related("round__call").order_by("round__due_on").first()
    context = {"waiting": rows.count(), "soonest": soonest}
    yield Panel("calls/panel_my_reviews.html", context, rank=12)


MAKERS: list[tuple[str, Maker]] = [("my_space.sections", my_reviews)]
