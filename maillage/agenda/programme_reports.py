"""What the page and the paper of a report show: figures, tables and drawings."""

from typing import Any

from django.utils.translation import gettext as _

from maillage.agenda.models import Programme
from maillage.agenda.services.programme_facts import (
    MEASURES,
    REGION,
    Edition,
    editions,
    published,
)
from maillage.agenda.services.programme_report import Amount, Line, Report, report_of
from maillage.core.charts import Chart, Series, bars, lines
from maillage.core.charts.drawing import figure


def amount_text(amount: Amount) -> str:
    if amount.is_secret:
        return _("secret")
    return "–" if amount.value is None else figure(amount.value)


def report_context(programme: Programme) -> dict[str, Any]:
    """Everything that the page and the paper of a report say."""
    report = report_of(programme)
    others = Programme.objects.filter(edition_of=programme.edition_of)
    others = others.exclude(pk=programme.pk).exclude(reported_on=None)
    reports = [(row, report_of(row)) for row in others.order_by("year")]
    found = editions(programme, [*reports, (programme, report)])
    whole = report.whole
    return {
        "report": report,
        "key": key_figures(whole),
        "columns": [
            _("Département"), _("Événements"), _("Communes"), _("Porteurs"),
            _("Fréquentation connue"), _("Public accueilli"), _("dont scolaires"),
        ],
        "rows": [cells(line) for line in report.departments] + [cells(whole, _("Total"))],
        "editions": found,
        "editions_head": [_("Édition"), *(str(label) for _n, label, _w in MEASURES)],
        "editions_rows": [
            [one.name, *(cell.text or "–" for cell in one.cells)] for one in found
        ],
        "measures": [label for _name, label, _words in MEASURES],
        "charts": charts(programme, report, found),
        "departments_before": before(programme),
    }  # fmt: skip


def key_figures(whole: Line) -> list[list[str]]:
    return [
        [figure(whole.events), _("événements")],
        [figure(whole.communes), _("communes")],
        [figure(whole.organisers), _("porteurs")],
        [amount_text(whole.visits), _("personnes accueillies")],
        [amount_text(whole.schools), _("dont scolaires")],
    ]


def cells(line: Line, name: str = "") -> list[str]:
    return [
        name or line.name,
        figure(line.events),
        figure(line.communes),
        figure(line.organisers),
        _("%(known)s sur %(all)s") % {"known": line.declared, "all": line.events},
        amount_text(line.visits),
        amount_text(line.schools),
    ]


def charts(programme: Programme, report: Report, found: list[Edition]) -> list[Chart]:
    areas = [(line.name, line) for line in report.departments]
    drawn = [
        bars(
            _("Événements par département"),
            [(name, float(line.events)) for name, line in areas],
            column=_("Département"),
            unit=_("événements"),
        )
    ]
    if any(line.visits.value is not None for _name, line in areas):
        drawn.append(
            bars(
                _("Public accueilli par département"),
                [(name, line.visits.value) for name, line in areas],
                column=_("Département"),
                unit=_("personnes"),
            )
        )
    if len(found) > 1:
        drawn.append(over_years(found, ("events", "communes", "organisers"), ""))
        drawn.append(over_years(found, ("visits", "schools"), _("personnes")))
    return drawn


def over_years(found: list[Edition], names: tuple[str, ...], unit: str) -> Chart:
    """The editions that say a number; a year that is silent is a gap."""
    order = [name for name, _label, _words in MEASURES]
    series = [
        Series(
            str(label),
            [edition.cells[order.index(name)].value for edition in found],
        )
        for name, label, _words in MEASURES
        if name in names
    ]
    title = (
        _("Fréquentation d’une édition à l’autre")
        if "visits" in names
        else _("Événements, communes et porteurs d’une édition à l’autre")
    )
    years = [str(edition.year) for edition in found]
    return lines(title, years, series, unit=unit, zero=True)


def before(programme: Programme) -> list[dict[str, Any]]:
    """What was published of departments in past years, with its page."""
    told = [one for one in published(programme.edition_of) if one.scope != REGION]
    return [
        {
            "year": one.year,
            "code": one.scope,
            "text": one.text,
            "measure": next(
                label for name, label, _w in MEASURES if name == one.measure
            ),
            "url": one.source_url,
        }
        for one in told
    ]
