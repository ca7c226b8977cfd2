"""The verbs and the numbers of seasons: open, close, who asks, how much there is."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Count, Sum
from django.utils.translation import gettext as _

from maillage.circulation.choices import RequestState, SeasonState
from maillage.circulation.models import Copy, LoanRequest, Season
from maillage.core.errors import Refused

#: What a person may do with a season in each state.
NEXT: dict[str, tuple[str, ...]] = {
    SeasonState.OPEN: (SeasonState.PLANNING,),
    SeasonState.PLANNING: (SeasonState.OPEN, SeasonState.CLOSED),
    SeasonState.PUBLISHED: (SeasonState.CLOSED,),
    SeasonState.CLOSED: (),
}


@dataclass(frozen=True)
class SeasonNumbers:
    """What is asked of a season, and what there is to give."""

    requests: int
    hosts: int
    communes: int
    pupils: int
    public: int
    copies: int
    days_asked: int
    days_there: int
    #: The resources that are asked for most, with requests and copies.
    wanted: tuple[tuple[str, str, int, int], ...]

    @property
    def load(self) -> float:
        """Days asked for each day that a copy could be out, in per cent."""
        return 100.0 * self.days_asked / self.days_there if self.days_there else 0.0


def numbers(season: Season) -> SeasonNumbers:
    rows = LoanRequest.objects.filter(season=season).exclude(
        state__in=(RequestState.WITHDRAWN, RequestState.REFUSED)
    )
    total = rows.aggregate(
        requests=Count("pk"), hosts=Count("host", distinct=True),
        communes=Count("host__commune", distinct=True), pupils=Sum("expected_pupils"),
        public=Sum("expected_public"), days=Sum("duration_days"),
    )  # fmt: skip
    copies = Counter(Copy.objects.all().lendable().values_list("resource", flat=True))
    asked = (
        rows.filter(resource__isnull=False)
        .values_list("resource", "resource__name", "resource__slug")
        .annotate(n=Count("pk"))
        .order_by("-n", "resource__name")[:8]
    )
    return SeasonNumbers(
        requests=total["requests"],
        hosts=total["hosts"],
        communes=total["communes"],
        pupils=total["pupils"] or 0,
        public=total["public"] or 0,
        copies=copies.total(),
        days_asked=total["days"] or 0,
        days_there=copies.total() * season.days,
        wanted=tuple((name, slug, n, copies[pk]) for pk, name, slug, n in asked),
    )


@transaction.atomic
def change_state(season: Season, *, to: str, by: Any, now: dt.datetime) -> Season:
    """Open or close the requests of a season, or end it.

    When a season ends, requests that still wait in it are told no. Refuses with
    ``state``.
    """
    row = Season.objects.select_for_update(of=("self",)).get(pk=season.pk)
    if to not in NEXT[row.state]:
        raise Refused("state", _("La saison a changé d’état : rechargez la page."))
    row.state = SeasonState(to)
    row.save(update_fields=["state"])
    if to == SeasonState.CLOSED:
        LoanRequest.objects.filter(season=row, state=RequestState.SEASON).update(
            state=RequestState.REFUSED, answered_at=now, answered_by_user=by,
            answer=_("La saison est terminée sans qu’une place se soit libérée."),
        )  # fmt: skip
    return row
