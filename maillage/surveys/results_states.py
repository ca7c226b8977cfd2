"""Where the results of a wave are, in words, for the agency."""

import datetime as dt
from typing import Any

from django.utils.translation import gettext as _, ngettext

from maillage.surveys.choices import ReleaseState, ResponseState, WaveState
from maillage.surveys.models import Release, Response, Wave
from maillage.surveys.services import results as service, results_texts
from maillage.surveys.services.progress import advance
from maillage.surveys.services.releases import AT_WORK, READY, is_lost

#: At work without a sign for so long, the page says so; later it is lost (``is_lost``).
QUIET = dt.timedelta(seconds=45)


def state_of(release: Release, *, now: dt.datetime) -> dict[str, Any]:
    """What a release is doing."""
    lost = is_lost(release, now=now)
    at_work = release.state in AT_WORK and not lost
    broken = lost or release.state == ReleaseState.BROKEN
    progress = release.progress or {}
    silence = now - (release.beat_at or release.made_at)
    return {
        "is_at_work": at_work,
        "is_waiting": at_work and not progress,
        "is_quiet": at_work and silence > QUIET,
        "quiet": duration(silence),
        "is_broken": broken,
        "is_lost": lost,
        "may_start": broken and not release.published_at,
        "is_ready": release.state == ReleaseState.DONE and not release.published_at,
        "done": progress.get("done"),
        "total": progress.get("total"),
        "what": progress.get("what", ""),
        "label": label(release, at_work=at_work, broken=broken),
        "tone": "good" if release.is_published else "warn" if broken else "draft",
    }


def duration(span: dt.timedelta) -> str:
    """« 50 secondes », « 2 minutes »."""
    seconds = int(span.total_seconds())
    if seconds < 120:
        text = ngettext("%(n)s seconde", "%(n)s secondes", seconds)
        return text % {"n": seconds}
    text = ngettext("%(n)s minute", "%(n)s minutes", seconds // 60)
    return text % {"n": seconds // 60}


def label(release: Release, *, at_work: bool, broken: bool) -> str:
    if release.withdrawn_at:
        return _("retirés")
    if release.published_at:
        return _("publiés")
    if broken:
        return _("calcul interrompu")
    return _("calcul en cours") if at_work else _("pas publiés")


def overview(wave: Wave, *, now: dt.datetime) -> dict[str, Any]:
    """All that the page of the results of a wave shows."""
    rows = list(service.releases(wave).select_related("made_by", "withdrawn_by"))
    found = advance(wave).total
    weighed = wave.units.filter(weight__isnull=False).count()
    return {
        "wave": wave,
        "total": found,
        "rate": None if found.rate is None else round(100 * found.rate),
        "accepted": Response.objects.filter(
            unit__wave=wave, state=ResponseState.ACCEPTED
        ).count(),
        "weighed": weighed,
        "steps": steps(wave, answered=found.answered, weighed=weighed),
        "texts": results_texts.progress(wave),
        "releases": [(row, state_of(row, now=now)) for row in rows],
        "published": service.published(wave),
        "may_make": wave.state in READY and weighed == found.answered > 0,
    }


def steps(wave: Wave, *, answered: int, weighed: int) -> list[dict[str, Any]]:
    """What must be done before results can be made, in this order."""
    is_closed = wave.state in {WaveState.CLOSED, WaveState.PUBLISHED}
    return [
        {
            "label": _("Clore l’édition"),
            "is_done": is_closed,
            "about": _("Les réponses n’arrivent plus.")
            if is_closed
            else _("Tant qu’elle est ouverte, les réponses changent."),
            "url": "surveys:wave_detail",
        },
        {
            "label": _("Garder les poids"),
            "is_done": weighed == answered > 0,
            "about": ngettext(
                "%(weighed)s poids gardé pour %(answered)s réponse.",
                "%(weighed)s poids gardés pour %(answered)s réponses.",
                answered,
            )
            % {"weighed": weighed, "answered": answered},
            "url": "surveys:wave_weights",
        },
    ]
