"""How a wave advances, and the weights of those who answered."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from maillage.accounts.guards import agency_only, agency_readers
from maillage.accounts.http import Request
from maillage.core.errors import Refused
from maillage.core.http import go, page
from maillage.core.tables.sending import table_file
from maillage.surveys.exports_waves import ADVANCE, CELLS
from maillage.surveys.models import Wave
from maillage.surveys.services.progress import Count, advance
from maillage.surveys.services.weights import LEAST, asked_in, set_weights, weigh
from maillage.surveys.views.waves import wave_or_404


def bars(lines: list[Count]) -> list[dict[str, Any]]:
    """Lines with the widths of their bar, in hundredths of all who are in the field."""
    found = []
    for line in lines:
        size = line.field or 1
        answered = 100 * line.answered / size
        started = 100 * line.started / size
        found.append(
            {
                "line": line,
                # texts: a comma is no decimal point in a drawing
                "answered": f"{answered:.2f}",
                "started": f"{started:.2f}",
                "rate": None if line.rate is None else round(100 * line.rate),
            }
        )
    return found


@agency_readers
@require_GET
def wave_progress(request: Request, slug: str) -> HttpResponse:
    """Asked, begun, sent, by department and by kind: bars, with the table beside."""
    wave = wave_or_404(request, slug)
    found = advance(wave, everything=_("Tous"))
    context = {
        "wave": wave,
        "total": found.total,
        "all": bars([found.total])[0],
        "groups": [
            {"key": "departements", "title": _("Par département"),
             "first": _("Département"), "bars": bars(found.departments)},
            {"key": "natures", "title": _("Par nature"),
             "first": _("Nature"), "bars": bars(found.kinds)},
        ],
    }  # fmt: skip
    return page(request, "surveys/wave_progress.html", context)


@agency_readers
@require_GET
def wave_progress_export(
    request: Request, slug: str, by: str, form: str
) -> HttpResponse:
    """The same as a file."""
    wave = wave_or_404(request, slug)
    found = advance(wave, everything=_("Tous"))
    lines = found.departments if by == "departements" else found.kinds
    rows = [*lines, found.total]
    return table_file(rows, ADVANCE, name=f"{slug}-avancement-{by}", form=form)


@agency_readers
@require_GET
def wave_weights(request: Request, slug: str) -> HttpResponse:
    """The cells of the weights, and how far they go."""
    wave = wave_or_404(request, slug)
    context: dict[str, Any] = {"wave": wave, "least": LEAST}
    try:
        found = weigh(asked_in(wave))
    except Refused as no:
        context["trouble"] = no.message
    else:
        context |= {"found": found, "is_kept": is_kept(wave, found.weights)}
    return page(request, "surveys/wave_weights.html", context)


def is_kept(wave: Wave, weights: dict[int, float]) -> bool:
    """What is kept is what the answers give today."""
    rows = wave.units.filter(weight__isnull=False).values_list("pk", "weight")
    kept = {pk: weight or 0.0 for pk, weight in rows}
    return kept.keys() == weights.keys() and all(
        abs(kept[pk] - weight) < 1e-6 for pk, weight in weights.items()
    )


@agency_only
@require_POST
def wave_weights_keep(request: Request, slug: str) -> HttpResponse:
    """Keep the weights that results are made with."""
    wave = wave_or_404(request, slug)
    try:
        found = set_weights(wave, by=request.user)
    except Refused as no:
        messages.error(request, no.message)
    else:
        messages.success(
            request, _("Les poids de %d répondants sont gardés.") % found.respondents
        )
    return go(request, "surveys:wave_weights", slug)


@agency_readers
@require_GET
def wave_weights_export(request: Request, slug: str, form: str) -> HttpResponse:
    """The cells as a file; the weight of each respondent is in the list of those asked."""
    wave = wave_or_404(request, slug)
    try:
        cells = weigh(asked_in(wave)).cells
    except Refused:
        cells = []
    return table_file(cells, CELLS, name=f"{slug}-redressement", form=form)
