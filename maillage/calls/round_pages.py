"""A phase of reading as the agency sees it: dossiers, loads, conflicts."""

import datetime as dt
from typing import Any

from maillage.accounts.models import User
from maillage.calls.models import DeclaredConflict, Review, ReviewRound
from maillage.calls.models.conflicts import conflicting_pks
from maillage.calls.services.rounds import conflicts_in, readers_of


def round_context(row: ReviewRound, *, user: User, today: dt.date) -> dict[str, Any]:
    readers = readers_of(row)
    conflicts = conflicts_in(row.call, readers)
    hidden = set(conflicting_pks(user.pk))
    reviews = list(row.reviews.select_related("reviewer__user", "application", "round"))
    by_application: dict[int, list[Review]] = {}
    load: dict[int, list[Review]] = {}
    for one in reviews:
        by_application.setdefault(one.application_id, []).append(one)
        load.setdefault(one.reviewer_id, []).append(one)
    dossiers = [
        {
            "application": one,
            "reviews": [] if one.pk in hidden else by_application.get(one.pk, []),
            "is_hidden": one.pk in hidden,
            "lack": max(0, row.each - len(by_application.get(one.pk, []))),
        }
        for one in row.call.applications.all().eligible().order_by("title", "pk")
    ]
    declared = DeclaredConflict.objects.filter(application__call=row.call)
    return {
        "round": row,
        "call": row.call,
        "dossiers": dossiers,
        "readers": [
            {
                "reviewer": one,
                "load": len(load.get(one.pk, [])),
                "done": sum(review.is_submitted for review in load.get(one.pk, [])),
                "late": sum(review.is_late(today) for review in load.get(one.pk, [])),
                "conflicts": len(conflicts.get(one.pk, {})),
            }
            for one in readers
        ],
        "found": [
            {"reviewer": one, "rows": named(one.pk, conflicts, dossiers, hidden)}
            for one in readers
            if conflicts.get(one.pk)
        ],
        "declared": declared.count(),
        "lack": sum(one["lack"] for one in dossiers),
        "done": sum(one.is_submitted for one in reviews),
        "given": len(reviews),
        "is_late": row.is_open and today > row.due_on,
    }


def named(
    reviewer: int,
    conflicts: dict[int, dict[int, str]],
    dossiers: list[dict[str, Any]],
    hidden: set[int],
) -> list[tuple[str, str]]:
    """(title, reason) of the conflicts of a reader; those the person may see."""
    titles = {one["application"].pk: str(one["application"]) for one in dossiers}
    return [
        (titles[pk], reason)
        for pk, reason in conflicts[reviewer].items()
        if pk in titles and pk not in hidden
    ]
