"""The rows of the platform that may be evidence, kind by kind.

Each gives words that everybody may read: a loan says the resource and the commune, not
who lent it to whom; passages are the month that the disclosure gate has published.
"""

import datetime as dt
from collections.abc import Callable, Collection
from functools import partial
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy

from maillage.agenda.models import Event, Programme, Trail
from maillage.calls.models import Grant
from maillage.catalogue.models import Resource
from maillage.circulation.choices import LoanState
from maillage.circulation.models import Loan
from maillage.core.dates import day_words
from maillage.core.disclosure import TOTAL
from maillage.passport.models import FigureRelease
from maillage.passport.services.figures import month_words, published
from maillage.plan.evidence import Found, Kind, register
from maillage.surveys.models import Wave

MOST = 8
#: Loans that took place, or are taking place.
SHOWN = (
    LoanState.DEPARTED, LoanState.ON_SITE, LoanState.RETURNING, LoanState.RETURNED,
)  # fmt: skip

Rows = Callable[[Any], Any]


def kind_of(
    code: str, label: Any, *, rows: Rows, words: tuple[str, ...],
    found: Callable[[Any], Found], near: Callable[[Any, Any], Q | None],
) -> Kind:  # fmt: skip
    """A kind whose rows are found by the words of some fields."""

    def search(text: str, user: Any) -> list[Found]:
        query = rows(user)
        for word in text.split()[:6]:
            has = Q()
            for name in words:
                has |= Q(**{f"{name}__icontains": word})
            query = query.filter(has)
        return [found(row) for row in query[:MOST]]

    def get(pks: Collection[int], user: Any) -> list[Found]:
        return [found(row) for row in rows(user).filter(pk__in=pks)]

    def proposed(action: Any, user: Any) -> list[Found]:
        condition = near(action, user)
        if condition is None:
            return []
        return [found(row) for row in rows(user).filter(condition)[:MOST]]

    return Kind(code, label, search, get, proposed)


def people_of(action: Any) -> list[int]:
    """Who does the action: its owner and its partners."""
    return [action.owner_id, *(row.pk for row in action.partners.all())]


def last_of(action: Any) -> dt.date:
    tomorrow = timezone.localdate() + dt.timedelta(1)
    end: dt.date = action.ends_on or tomorrow
    return min(end, tomorrow)


# Events, programmes, trails --------------------------------------------------------


def events(user: Any) -> Any:
    rows = Event.objects.published().exclude(first_on=None)
    return rows.select_related("commune").order_by("-first_on", "-pk")


def event_found(row: Event) -> Found:
    assert row.first_on  # noqa: S101 -- rows without a day are left out
    place = row.commune_name
    label = f"{row.name}, {place}" if place else row.name
    return Found("event", row.pk, label, row.first_on, row.get_absolute_url())


def events_near(action: Any, user: Any) -> Q:
    return Q(
        owner__in=people_of(action),
        first_on__gte=action.starts_on,
        first_on__lt=last_of(action),
    )


def programmes(user: Any) -> Any:
    return Programme.objects.published().order_by("-starts_on", "-pk")


def programme_found(row: Programme) -> Found:
    return Found("programme", row.pk, row.name, row.starts_on, row.get_absolute_url())


def programmes_near(action: Any, user: Any) -> Q:
    return Q(
        organiser__in=people_of(action),
        starts_on__gte=action.starts_on,
        starts_on__lt=last_of(action),
    )


def trails(user: Any) -> Any:
    return Trail.objects.published().order_by("-created_at", "-pk")


def trail_found(row: Trail) -> Found:
    day = timezone.localdate(row.created_at)
    return Found("trail", row.pk, row.name, day, row.get_absolute_url())


def trails_near(action: Any, user: Any) -> Q:
    return Q(owner__in=people_of(action), created_at__date__gte=action.starts_on)


# Resources and loans ---------------------------------------------------------------


def resources(user: Any) -> Any:
    return Resource.objects.published().order_by("-created_at", "-pk")


def resource_found(row: Resource) -> Found:
    day = timezone.localdate(row.created_at)
    return Found("resource", row.pk, row.name, day, row.get_absolute_url())


def resources_near(action: Any, user: Any) -> Q:
    return Q(owner__in=people_of(action), created_at__date__gte=action.starts_on)


def loans(user: Any) -> Any:
    """Loans that took place, of public resources, that the person may see."""
    rows = Loan.objects.all().visible_to(user).filter(state__in=SHOWN)
    rows = rows.filter(copy__resource__in=Resource.objects.published())
    return rows.select_related("copy__resource", "host__commune").order_by(
        "-starts_on", "-pk"
    )


def loan_found(row: Loan) -> Found:
    said = _("%(resource)s à %(place)s, jusqu’au %(day)s")
    label = said % {
        "resource": row.copy.resource.name,
        "place": row.host.commune.name,
        "day": day_words(row.ends_on - dt.timedelta(1)),
    }
    url = row.copy.resource.get_absolute_url()
    return Found("loan", row.pk, label, row.starts_on, url)


def loans_near(action: Any, user: Any) -> Q:
    return Q(
        copy__resource__owner__in=people_of(action),
        starts_on__gte=action.starts_on,
        starts_on__lt=last_of(action),
    )


# Surveys, passages, grants ---------------------------------------------------------


def waves(user: Any) -> Any:
    return Wave.objects.all().visible_to(AnonymousUser()).order_by("-opens_on", "-pk")


def wave_found(row: Wave) -> Found:
    return Found("survey", row.pk, row.name, row.opens_on, row.get_absolute_url())


def waves_near(action: Any, user: Any) -> Q | None:
    """Surveys are the agency's: proposed where the plan speaks of them."""
    if "surveys" not in action.node.links:
        return None
    return Q(opens_on__gte=action.starts_on, opens_on__lt=last_of(action))


def months(user: Any) -> Any:
    return FigureRelease.objects.filter(place=None).order_by("-month")


def month_found(row: FigureRelease) -> Found:
    """A month of the pass, with the figure that was published of it."""
    amount = published([row.month]).amount("people", "who", (TOTAL,))
    month = month_words(row.month)
    if amount.is_secret:
        label = _("Passages du Passeport CSTI, %s") % month
    else:
        said = _("Passages du Passeport CSTI, %(month)s : %(visits)s")
        label = said % {"month": month, "visits": amount.value}
    return Found("checkins", row.pk, label, dt.date.fromisoformat(f"{row.month}-01"))


def months_near(action: Any, user: Any) -> Q | None:
    if "passport" not in action.node.links:
        return None
    return Q(
        month__gte=f"{action.starts_on:%Y-%m}", month__lt=f"{last_of(action):%Y-%m}"
    )


def grants(user: Any) -> Any:
    """Grants that the person may see, but for those that were cancelled."""
    rows = Grant.objects.all().visible_to(user).standing()
    return rows.select_related("application__structure").order_by("-created_at", "-pk")


def grant_found(row: Grant) -> Found:
    said = _("Subvention %(reference)s : %(object)s")
    label = said % {"reference": row.reference, "object": row.object}
    return Found("grant", row.pk, label[:240], row.agreed_on or row.starts_on)


def grants_near(action: Any, user: Any) -> Q:
    return Q(
        application__structure__in=people_of(action),
        ends_on__gt=action.starts_on,
        starts_on__lt=last_of(action),
    )


for made in (
    partial(
        kind_of, "event", gettext_lazy("événement"), rows=events,
        words=("name", "commune__name"), found=event_found, near=events_near,
    ),
    partial(
        kind_of, "loan", gettext_lazy("prêt"), rows=loans,
        words=("copy__resource__name", "host__commune__name"), found=loan_found,
        near=loans_near,
    ),
    partial(
        kind_of, "resource", gettext_lazy("ressource"), rows=resources,
        words=("name", "owner__name"), found=resource_found, near=resources_near,
    ),
    partial(
        kind_of, "programme", gettext_lazy("temps fort"), rows=programmes,
        words=("name",), found=programme_found, near=programmes_near,
    ),
    partial(
        kind_of, "trail", gettext_lazy("parcours"), rows=trails,
        words=("name",), found=trail_found, near=trails_near,
    ),
    partial(
        kind_of, "survey", gettext_lazy("enquête"), rows=waves,
        words=("name",), found=wave_found, near=waves_near,
    ),
    partial(
        kind_of, "checkins", gettext_lazy("passages du passeport"), rows=months,
        words=("month",), found=month_found, near=months_near,
    ),
    partial(
        kind_of, "grant", gettext_lazy("subvention"), rows=grants,
        words=("reference", "object", "application__structure__name"),
        found=grant_found, near=grants_near,
    ),
):  # fmt: skip
    register(made())
