"""Indicators that the platform computes, brought up to date."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from maillage.observatory.choices import (
    Aggregation,
    IndicatorState,
    Level,
    Origin,
    Secrecy,
    Status,
)
from maillage.observatory.computing import COMPUTATIONS, Computation, Count
from maillage.observatory.models import Indicator
from maillage.observatory.services.aggregating import Part
from maillage.observatory.services.observations import (
    Given,
    Written,
    record,
    weights_of,
)
from maillage.observatory.services.perimeters import Ground, load_ground

#: A timer may run often; figures are made once a day.
PAUSE = dt.timedelta(hours=20)


@dataclass(frozen=True)
class Refreshed:
    """What a refresh did to one indicator."""

    indicator: Indicator
    written: Written


def make_known(*, now: dt.datetime) -> list[Indicator]:
    """Create the indicators that the platform computes and that are not there yet.

    Public facts are published at once; what counts people or loans waits for the agency.
    """
    known = set(Indicator.objects.values_list("computation", flat=True))
    made = []
    with translation.override(settings.LANGUAGE_CODE):
        for code, one in COMPUTATIONS.items():
            if code in known:
                continue
            is_public = one.secrecy == Secrecy.NONE
            made.append(
                Indicator.objects.create(
                    code=code,
                    computation=code,
                    name=str(one.name),
                    unit=str(one.unit),
                    decimals=one.decimals,
                    about=str(one.about),
                    method=str(one.method),
                    limits=str(one.limits),
                    family=str(one.family),
                    aggregation=one.aggregation,
                    weight_name=str(one.weight_name),
                    scale=one.scale,
                    zero_if_absent=one.zero_if_absent,
                    finest=one.finest,
                    shown_from=one.shown_from,
                    rank=one.rank,
                    origin=Origin.COMPUTED,
                    secrecy=one.secrecy,
                    higher_is_better=one.higher_is_better,
                    owner=str(_("Maillage")),
                    plan_ref=one.plan_ref,
                    source_name=str(one.source),
                    licence="Licence Ouverte 2.0",
                    state=IndicatorState.PUBLISHED
                    if is_public
                    else IndicatorState.DRAFT,
                    changed_at=now,
                )
            )
    return made


def refresh_due(*, now: dt.datetime) -> list[Refreshed]:
    """Compute what has not been computed for most of a day; for a timer."""
    rows = Indicator.objects.exclude(computation="")
    fresh = rows.filter(refreshed_at__gt=now - PAUSE).values_list("code", flat=True)
    due = set(rows.values_list("code", flat=True)) - set(fresh)
    return refresh_all(now=now, codes=due) if due else []


def refresh_all(*, now: dt.datetime, codes: Iterable[str] = ()) -> list[Refreshed]:
    """Compute every indicator that the platform computes and that is in use."""
    rows = Indicator.objects.exclude(computation="").exclude(
        state=IndicatorState.RETIRED
    )
    wanted = set(codes)
    ground = load_ground()
    return [
        refresh(row, now=now, ground=ground)
        for row in rows.order_by("pk")
        if row.computation in COMPUTATIONS and (not wanted or row.code in wanted)
    ]


@transaction.atomic
def refresh(indicator: Indicator, *, now: dt.datetime, ground: Ground) -> Refreshed:
    """Compute one indicator for all the periods that the platform has rows of.

    A period that has begun and is not over is provisional.
    """
    computation = COMPUTATIONS[indicator.computation]
    today = timezone.localdate(now)
    by_period: dict[str, list[Count]] = defaultdict(list)
    for period, one in computation.compute(today):
        if ground.present(one.commune) or not one.commune:
            by_period[period].append(one)
    given = [
        Given(level, code, period, part)
        for period, counts in by_period.items()
        for (level, code), part in parts_of(
            counts, computation, ground=ground, is_open=period >= str(today.year)
        ).items()
    ]
    written = record(
        indicator,
        given=given,
        vintage=today,
        ground=ground,
        weights=weights_of(indicator, ground),
        whole=True,
    )
    Indicator.objects.filter(pk=indicator.pk).update(refreshed_at=now)
    return Refreshed(indicator, written)


def parts_of(
    counts: Iterable[Count], computation: Computation, *, ground: Ground, is_open: bool
) -> dict[tuple[str, str], Part]:
    """What is known of each commune (or of the finest level), units and largest too."""
    grouped: dict[tuple[str, str], list[Count]] = defaultdict(list)
    for one in counts:
        grouped[place_of(one, computation.finest, ground=ground)].append(one)
    status = Status.PROVISIONAL if is_open else Status.FINAL
    note = ""
    found = {}
    for place, ones in grouped.items():
        by_unit: dict[str, float] = defaultdict(float)
        for one in ones:
            by_unit[one.unit] += one.value
        whole = sum(by_unit.values())
        below = None
        if computation.aggregation == Aggregation.RATE:
            below = (
                float(ground.population.get(place[1], 0))
                if computation.per_inhabitant
                else sum(one.base for one in ones)
            )
        note = (
            str(_("Avec des exemples de démonstration"))
            if any(o.is_example for o in ones)
            else ""
        )
        found[place] = Part(
            value=whole if below is None else None,
            numerator=None if below is None else whole,
            denominator=below,
            units=len(by_unit),
            largest=max(by_unit.values()) / whole if whole > 0 else None,
            status=status,
            note=note,
        )
    return found


def place_of(one: Count, finest: str, *, ground: Ground) -> tuple[str, str]:
    """The territory of the finest level that a row belongs to."""
    if finest == Level.COMMUNE:
        return finest, ground.present(one.commune) or one.commune
    if finest == Level.DEPARTMENT:
        return finest, one.department or ground.department.get(one.commune, "")
    return str(Level.REGION), ground.region
