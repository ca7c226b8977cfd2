"""A programme and its report on paper."""

import datetime as dt
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import get_language, gettext as _

from maillage.agenda.models import Programme
from maillage.agenda.programme_pages import Area, grouped, moments_of, totals
from maillage.agenda.services.charter import period
from maillage.core.charts import Chart, svg_text
from maillage.core.context import region
from maillage.core.dates import day_words
from maillage.core.pdf import set_pages

FOLDER = Path(__file__).parent / "pdf"


def frame(programme: Programme, *, today: dt.date) -> dict[str, Any]:
    """What every paper of a programme starts with."""
    url = settings.SITE_URL + programme.get_absolute_url()
    return {
        "lang": (get_language() or "fr")[:2],
        "site": "Maillage",
        "region": region()["name"],
        "title": programme.name,
        "theme": programme.theme,
        "summary": programme.summary,
        "period": period(programme),
        "badge": _("exemple") if programme.is_example else "",
        "url": url,
        "address": url.partition("//")[2],
        "printed": _("Imprimé le %(day)s") % {"day": day_words(today)},
    }


def programme_pdf(programme: Programme, *, today: dt.date) -> bytes:
    """The printed programme, by department and by day."""
    moments = moments_of(programme)
    known = totals(moments)
    data = frame(programme, today=today) | {
        "key": [
            [str(known["event_count"]), _("événements")],
            [str(known["commune_count"]), _("communes")],
            [str(known["organiser_count"]), _("organisateurs")],
        ],
        "areas": [area_words(area) for area in grouped(moments)],
        "words": {
            "none": _("Le programme n’a pas encore d’événement."),
            "contents": _("Par département"),
            "cancelled": _("ANNULÉ"),
            "full": _("complet"),
        },
    }
    return set_pages(FOLDER / "programme.typ", data=data)


def area_words(area: Area) -> dict[str, Any]:
    return {
        "name": area.name,
        "count": _("%(n)s événements") % {"n": area.events},
        "days": [
            {
                "name": day_words(day.date, "l j F"),
                "moments": [
                    {
                        "name": one.event.name,
                        "hours": one.hours,
                        "where": ", ".join(w for w in (one.where, one.commune) if w),
                        "kind": one.event.category_label,
                        "summary": one.event.summary,
                        "facts": " · ".join(one.facts),
                        "contact": one.event.booking_contact or one.event.booking_url,
                        "is_cancelled": one.is_cancelled,
                        "is_full": one.is_full,
                    }
                    for one in day.moments
                ],
            }
            for day in area.days
        ],
    }


def report_pdf(
    programme: Programme, *, context: dict[str, Any], today: dt.date
) -> bytes:
    """The report: the same figures and drawings as its page."""
    charts: list[Chart] = context["charts"]
    closed = programme.reported_on
    data = frame(programme, today=today) | {
        "note": programme.report_note.split("\n") if programme.report_note else [],
        "state": _("Bilan arrêté le %(day)s") % {"day": day_words(closed)}
        if closed
        else _("Chiffres provisoires"),
        "key": context["key"],
        "columns": context["columns"],
        "rows": context["rows"],
        "editions_head": context["editions_head"],
        "editions": context["editions_rows"],
        "charts": [
            {"title": chart.title, "svg": svg_text(chart), "alt": chart.desc}
            for chart in charts
            if not chart.is_empty
        ],
        "words": {
            "report": _("Bilan"),
            "areas": _("Par département"),
            "editions": _("D’une édition à l’autre"),
            "secret": _(
                "Secret statistique : une somme qui dirait la fréquentation d’un seul "
                "organisateur n’est pas publiée."
            ),
        },
    }
    return set_pages(FOLDER / "programme_report.typ", data=data)
