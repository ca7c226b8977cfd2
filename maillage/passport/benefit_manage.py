"""What the people of a place see of what it gives."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db.models import Count, Q
from django.http import HttpRequest

from maillage.core.dates import day_words
from maillage.directory.models import Place
from maillage.passport.benefit_pages import Line, line_of, lines_of
from maillage.passport.models import Benefit
from maillage.passport.own_places import choice_of
from maillage.passport.services.benefits import places_for_benefits

#: Benefits that are over: the last.
MOST_OVER = 30


def places_context(request: HttpRequest, *, today: dt.date) -> dict[str, Any]:
    """One's places by name or commune, with how many benefits each offers."""
    offered = Benefit.objects.all().offered_on(today).values("pk")
    places = places_for_benefits(request.user).annotate(
        offered=Count("benefits", Q(benefits__in=offered), distinct=True)
    )
    return choice_of(request, places, first="offered")


def groups_of(place: Place, *, today: dt.date) -> dict[str, Any]:
    """What holds or will, and what is over, the latest first."""
    rows = list(Benefit.objects.filter(place=place).select_related("event"))
    over = [row for row in rows if row.is_over(today)]
    over.sort(key=lambda row: (row.days[1] or today, row.pk), reverse=True)
    return {
        "offered": lines_of((r for r in rows if not r.is_over(today)), today=today),
        "over": over_lines(over[:MOST_OVER], today=today),
    }


def over_lines(rows: Iterable[Benefit], *, today: dt.date) -> list[tuple[Line, str]]:
    """Lines with the last day of each; nothing for what was called off before."""
    found = []
    for row in rows:
        end = row.days[1]
        is_past = row.is_offered and end
        last = day_words(end - dt.timedelta(1)) if is_past and end else ""
        found.append((line_of(row, today=today), last))
    return found
