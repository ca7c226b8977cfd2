"""What surveys show on the pages of the apps below and above.

Spots: ``my_space.sections`` and ``agency_desk.sections`` (no thing); the page of a wave
offers ``wave.sections`` (the wave) in its turn.
"""

from collections.abc import Iterable
from typing import Any

from django.db.models import Count, Q
from django.utils import timezone

from maillage.core.panels import Panel, register
from maillage.surveys.choices import ResponseState, UpdateState, WaveState
from maillage.surveys.models import DirectoryUpdate, Unit, Wave

FEW = 5


def waiting_surveys(_thing: Any, user: Any) -> Iterable[Panel]:
    """« Une enquête vous attend », for the members of a structure that is asked."""
    open_waves = Wave.objects.all().answerable(today=timezone.localdate())
    rows = Unit.objects.all().spoken_for_by(user).filter(wave__in=open_waves)
    rows = rows.exclude(
        response__state__in=[ResponseState.DECLINED, ResponseState.OUTSIDE]
    )
    units = list(rows.select_related("wave", "response").distinct()[:FEW])
    if units:
        waits = any(not unit.response.counts for unit in units)
        context = {"units": units, "waits": waits}
        yield Panel("surveys/panel_my_surveys.html", context, rank=-20 if waits else 40)


def survey_desk(_thing: Any, user: Any) -> Iterable[Panel]:
    """The waves at work: answers to read, updates to compare."""
    waves = (
        Wave.objects.filter(state__in=[WaveState.OPEN, WaveState.CLOSED])
        .annotate(
            asked=Count("units", distinct=True),
            answered=Count(
                "units",
                filter=Q(
                    units__response__state__in=[
                        ResponseState.SUBMITTED,
                        ResponseState.ACCEPTED,
                    ]
                ),
                distinct=True,
            ),
            to_read=Count(
                "units",
                filter=Q(units__response__state=ResponseState.SUBMITTED),
                distinct=True,
            ),
        )
        .order_by("-year", "-pk")
    )
    shown = [
        wave
        for wave in waves
        if wave.state == WaveState.OPEN or getattr(wave, "to_read", False)
    ]
    if not shown:
        return
    to_apply = DirectoryUpdate.objects.filter(
        state=UpdateState.CONSENTED, response__state=ResponseState.ACCEPTED
    ).count()
    context = {"waves": shown[:FEW], "to_apply": to_apply, "decides": user.is_agency}
    yield Panel("surveys/panel_desk.html", context, rank=20)


def wave_results(thing: Any, user: Any) -> Iterable[Panel]:
    """The results of a wave: published ones for all, the way to make them for the agency."""
    decides = user.is_authenticated and user.is_agency
    release = thing.releases.all().published().first()
    may_make = decides and thing.state in {WaveState.CLOSED, WaveState.PUBLISHED}
    if release or (may_make and thing.units.exists()):
        context = {"wave": thing, "release": release, "may_make": may_make}
        yield Panel("surveys/panel_results.html", context, rank=-10)


register("wave.sections", wave_results)
register("my_space.sections", waiting_surveys)
register("agency_desk.sections", survey_desk)
