"""Indicators: the list, one of them in full, its file."""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from maillage.core import vocab
from maillage.core.charts import figure
from maillage.core.http import PageRequest, page
from maillage.core.tables.sending import table_file
from maillage.observatory import periods
from maillage.observatory.choices import Level
from maillage.observatory.exports import COLUMNS, export_rows
from maillage.observatory.forms_indicators import FilterForm
from maillage.observatory.indicator_maps import DRAWN, around, commune_map
from maillage.observatory.indicator_pages import departments, region_series, seasons
from maillage.observatory.models import Indicator
from maillage.observatory.services.indicators import (
    Shown,
    corrections,
    figures_of,
    latest_of,
    levels_known,
    periods_known,
)
from maillage.observatory.services.perimeters import names, whole_region
from maillage.observatory.views.access import bounds

#: Notes of figures that a page shows.
NOTES = 30


def is_reader(user: Any) -> bool:
    return bool(user.is_authenticated and (user.is_agency or user.is_observer))


@login_not_required
@require_safe
def indicator_list(request: PageRequest) -> HttpResponse:
    """All indicators by family, with their latest figure for the region."""
    rows = Indicator.objects.all().visible_to(request.user)
    families = sorted({one.family for one in rows if one.family})
    form = FilterForm(request.GET, families=families, reader=is_reader(request.user))
    found = form.narrowed(rows)
    context = {
        "form": form,
        "groups": groups_of(found),
        "count": len(found),
        "asked": any(request.GET.get(name) for name in form.fields),
    }
    return page(request, "observatory/indicator_list.html", context, partial="found")


def groups_of(rows: list[Indicator]) -> list[dict[str, Any]]:
    """Families with their indicators; the figures of all of them cost one query."""
    own = whole_region()
    figures = latest_of(rows, level=own.level, code=own.code)
    labels = {level: str(Level(level).label) for level in Level.values}
    groups: dict[str, list[dict[str, Any]]] = {}
    for one in rows:
        last = figures.get(one.pk)
        groups.setdefault(one.family, []).append(
            {
                "indicator": one,
                "value": figure(last.value, one.decimals) if last else "–",
                "is_hidden": bool(last and last.is_hidden),
                "unit": one.unit if last and last.value is not None else "",
                "period": periods.words(one.period_kind, last.period) if last else "–",
                "level": labels[one.finest_shown],
            }
        )
    return [{"name": name, "rows": group} for name, group in sorted(groups.items())]


@login_not_required
@require_safe
def indicator_detail(request: PageRequest, code: str) -> HttpResponse:
    """One indicator: definition, figures by level and period, corrections, files."""
    indicator = visible_or_404(request, code)
    own = whole_region()
    region = figures_of([indicator], [(own.level, own.code)])
    known = region.get((indicator.pk, own.level, own.code), {})
    context = around_context(request, indicator, known)
    if not is_piece(request):
        context |= {
            "headline": headline(indicator, known),
            "span": span_of(indicator, known),
            "series": region_series(indicator, known),
            "seasons": seasons(indicator, known),
            "departments": departments(indicator, known),
            "corrections": correction_rows(indicator),
            "notes": notes_of(indicator),
            "theme_labels": vocab.labels("themes", indicator.themes),
            "may_edit": request.user.is_authenticated and request.user.is_agency,
        }
    return page(request, "observatory/indicator_detail.html", context, partial="around")


def is_piece(request: PageRequest) -> bool:
    """Only the map and its table are asked for."""
    return bool(request.htmx and not request.htmx.boosted)


def around_context(
    request: PageRequest, indicator: Indicator, region: Mapping[str, Shown]
) -> dict[str, Any]:
    """The territories of one level in one period, as the address asks."""
    levels = levels_known(indicator)
    # Maps and tables have the periods of the largest level below the region.
    known = periods_known(indicator, level=(levels[1:] or levels)[0]) if levels else []
    drawn = [level for level in DRAWN if level in levels]
    period = one_of(request.GET.get("periode"), known, known[-1:])
    level = one_of(request.GET.get("niveau"), drawn, drawn[:1])
    number = request.GET.get("page", "1")
    return {
        "indicator": indicator,
        "levels": [str(Level(level).label) for level in levels],
        "drawn": [(one, one.label) for one in drawn],
        "has_communes": Level.COMMUNE in drawn,
        "bounds": json.dumps(bounds()),
        "periods": [(p, periods.words(indicator.period_kind, p)) for p in known],
        "period": period,
        "period_words": periods.words(indicator.period_kind, period),
        "around": around(indicator, region, level=level, period=period, number=number)
        if level and period
        else None,
    }


def one_of(asked: str | None, known: Sequence[str], otherwise: Sequence[str]) -> str:
    """What is asked for, when there is such a thing; else the first of the others."""
    return str(asked) if asked in known else str(next(iter(otherwise), ""))


@login_not_required
@require_safe
def indicator_map(request: PageRequest, code: str) -> HttpResponse:
    """The map of communes that the browser draws."""
    indicator = visible_or_404(request, code)
    if indicator.finest_shown != Level.COMMUNE:
        raise Http404
    period = request.GET.get("periode", "")[:10]
    return JsonResponse(commune_map(indicator, period=period))


def visible_or_404(request: PageRequest, code: str) -> Indicator:
    rows = Indicator.objects.all().visible_to(request.user)
    return get_object_or_404(rows, code=code)


def headline(indicator: Indicator, known: Mapping[str, Shown]) -> dict[str, Any] | None:
    """The latest figure of the region."""
    if not known:
        return None
    last = known[max(known)]
    return {
        "value": figure(last.value, indicator.decimals),
        "is_hidden": last.is_hidden,
        "is_provisional": last.is_provisional,
        "period": periods.words(indicator.period_kind, last.period),
        "region": whole_region(),
    }


def span_of(indicator: Indicator, known: Mapping[str, Shown]) -> list[str]:
    """The first and the last period in the region, or the only one."""
    ends = dict.fromkeys([min(known), max(known)]) if known else {}
    return [periods.words(indicator.period_kind, period) for period in ends]


def notes_of(indicator: Indicator) -> list[dict[str, str]]:
    """What is noted of published figures that were given; an address is a link.

    Notes of single communes are in the file.
    """
    large = [level for level in Level.values if level != Level.COMMUNE]
    rows = indicator.observations.all().current().filter(level__in=large)
    rows = rows.filter(is_aggregated=False, hidden="")
    found = list(rows.exclude(note="").order_by("-period", "level", "code")[:NOTES])
    named = {level: names(level) for level in {row.level for row in found}}
    notes = []
    for row in found:
        text, _space, url = row.note.rpartition(" ")
        is_link = url.startswith(("https://", "http://"))
        notes.append(
            {
                "where": named[row.level].get(row.code, row.code),
                "period": periods.words(indicator.period_kind, row.period),
                "text": linked(text, url) if is_link else row.note,
                "url": url if is_link else "",
            }
        )
    return notes


def linked(text: str, url: str) -> str:
    """The words of a link to a source: where it leads, and what was said of it."""
    host = urlsplit(url).netloc.removeprefix("www.")
    return f"{text} ({host})" if text else host


def correction_rows(indicator: Indicator) -> list[dict[str, Any]]:
    found = corrections(indicator)
    named = {level: names(level) for level in {one.territory[0] for one in found}}
    return [
        {
            "name": named[one.territory[0]].get(one.territory[1], one.territory[1]),
            "period": periods.words(indicator.period_kind, one.period),
            "on": one.vintage,
            "before": figure(one.before, indicator.decimals),
            "after": figure(one.after, indicator.decimals),
            "note": one.note,
        }
        for one in found
    ]


@login_not_required
@require_safe
def indicator_export(request: PageRequest, code: str, kind: str) -> HttpResponse:
    """All published figures of an indicator; a secret one has a status and no value."""
    indicator = visible_or_404(request, code)
    return table_file(export_rows(indicator), COLUMNS, name=indicator.code, form=kind)
