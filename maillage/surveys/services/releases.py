"""The verbs of results: prepare, compute, publish, withdraw, forget.

What was published stays known: a later release of the same answers takes its cells as
they are and adds tables, also when it was withdrawn. When the answers have changed since,
none is made: two releases of different answers would tell, by difference, what the change
was.

A computation belongs to one ``run``, drawn when it is started: whatever an older one
still writes is ignored. It gives a sign of life with each question; one whose last sign
is too old has lost its process, says so, and may be started again. Nothing of its figures
is written before all of them are decided.
"""

import datetime as dt
import logging
import secrets
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from maillage.core.disclosure import BadTable
from maillage.core.errors import Refused
from maillage.kernels.secrecy.problem import SecrecyError
from maillage.surveys.choices import ReleaseState, WaveState
from maillage.surveys.models import Release, Wave
from maillage.surveys.results.people import digest, people_of, respondents
from maillage.surveys.services.comparing import changed_wave, told
from maillage.surveys.services.results import (
    Material,
    figures_of,
    material_of,
    releases,
)
from maillage.surveys.services.waves import lock_wave

log = logging.getLogger(__name__)
READY = (WaveState.CLOSED, WaveState.PUBLISHED)
#: More crossings than this would hide one another, and nobody reads them.
CROSSINGS = 12
AT_WORK = (ReleaseState.WAITING, ReleaseState.RUNNING)
#: A run that has told nothing for so long has been killed.
SILENCE = dt.timedelta(minutes=3)


def is_lost(release: Release, *, now: dt.datetime) -> bool:
    """At work by its state, but silent for too long: its process was killed."""
    if release.state not in AT_WORK:
        return False
    silence = SILENCE
    if release.state == ReleaseState.WAITING:
        silence = SILENCE * 10  # it may wait for other work to end
    return now - (release.beat_at or release.made_at) > silence


@transaction.atomic
def prepare(
    wave: Wave, *, tables: Mapping[str, Any], by: Any, now: dt.datetime
) -> Release:
    """Keep what is asked, to be computed; it takes the place of what was not published.

    ``tables``: ``questions`` (codes), ``crossings`` (pairs of codes), ``panel`` (bool).
    Refuses with ``forbidden``, ``open``, ``nobody``, ``weights``, ``changed``,
    ``changed_before``, ``question`` or ``crossings``.
    """
    row = lock_wave(wave, by=by)
    if row.state not in READY:
        raise Refused(
            "open", _("Closez d’abord l’édition : les réponses arrivent encore.")
        )
    found = material_of(row)
    check(found, tables)
    last = told(row)
    stamp = digest(found.people)
    if last and last.digest != stamp:
        raise Refused(
            "changed",
            _(
                "Des réponses, des thèmes ou des poids ont changé depuis la publication : "
                "en comparant les deux, on saurait qui a changé. Ce qui est publié reste."
            ),
        )
    is_new = tables.get("panel") and not (last and last.figures.get("panel"))
    other = changed_wave(row) if is_new else None
    if other is not None:
        raise Refused(
            "changed_before",
            _(
                "Des réponses de « %s » ont changé depuis la publication de ses "
                "résultats : la comparaison dirait lesquelles. Décochez-la."
            )
            % other.name,
        )
    releases(row).filter(published_at__isnull=True).delete()
    number = releases(row).aggregate(last=Max("number"))["last"] or 0
    made: Release = Release.objects.create(
        wave=row, number=number + 1, tables=dict(tables), digest=stamp,
        made_at=now, made_by=by,
    )  # fmt: skip
    return made


def check(found: Material, tables: Mapping[str, Any]) -> None:
    """Refuse what cannot be made."""
    answered = respondents(found.people)
    if not answered:
        raise Refused("nobody", _("Aucune réponse n’a été envoyée."))
    kept = found.wave.units.filter(weight__isnull=False).count()
    if kept != len(answered):
        raise Refused(
            "weights", _("Gardez d’abord les poids, à la page « Redressement ».")
        )
    known = found.by_code
    crossings = tables.get("crossings", [])
    wanted = {
        *tables.get("questions", []),
        *(code for pair in crossings for code in pair),
    }
    if not wanted or not wanted <= known.keys():
        raise Refused("question", _("Choisissez des questions de cette édition."))
    if len(crossings) > CROSSINGS:
        raise Refused("crossings", _("Pas plus de %d croisements.") % CROSSINGS)
    for one, two in crossings:
        crossed = known[one], known[two]
        if one == two or not all(v.is_closed and v.options for v in crossed):
            raise Refused(
                "crossings",
                _("On croise deux questions différentes, à une seule réponse chacune."),
            )


def lock_release(release: Release, *, by: Any) -> tuple[Wave, Release]:
    """The wave and the release as they are now, held. Refuses with ``gone``."""
    wave = lock_wave(release.wave, by=by)
    rows = Release.objects.select_for_update(of=("self",))
    row = rows.filter(pk=release.pk).first()
    if row is None:
        raise Refused("gone", _("Ces résultats ont été remplacés."))
    return wave, row


@transaction.atomic
def start(release: Release, *, by: Any, now: dt.datetime) -> Release:
    """Queue the computation; the caller enqueues its job.

    Refuses with ``forbidden``, ``gone``, ``public`` or ``busy``.
    """
    _wave, row = lock_release(release, by=by)
    if row.published_at:
        raise Refused("public", _("Ces résultats sont publiés : ils restent."))
    if row.run and row.state in AT_WORK and not is_lost(row, now=now):
        raise Refused("busy", _("Le calcul est déjà en cours."))
    row.state, row.run, row.beat_at = ReleaseState.WAITING, secrets.token_hex(16), now
    row.progress, row.error, row.figures = {}, "", {}
    row.save(update_fields=["state", "run", "beat_at", "progress", "error", "figures"])
    return row


class Superseded(Exception):  # noqa: N818 -- reads as a sentence in a traceback
    """Another run has begun, or the release is gone."""


def compute(pk: int, *, run: str, effort: int | None = None) -> Release | None:
    """Decide all tables of one run of a release; ``None`` if it is not wanted.

    Whatever goes wrong leaves its reason on the release; the figures are written
    together, once they all are decided.
    """
    mine = Release.objects.filter(pk=pk, run=run)
    taken = mine.filter(state=ReleaseState.WAITING).update(
        state=ReleaseState.RUNNING, beat_at=timezone.now()
    )
    if not taken:
        return None
    mine = mine.filter(state=ReleaseState.RUNNING)

    def tell(done: int, total: int, what: str) -> None:
        progress = {"done": done, "total": total, "what": what}
        if not mine.update(progress=progress, beat_at=timezone.now()):
            raise Superseded

    release = Release.objects.select_related("wave__version").get(pk=pk)
    kept: dict[str, Any] = {"state": ReleaseState.BROKEN, "error": ""}
    try:
        found = material_of(release.wave)
        figures = figures_of(release, found, effort=effort, tell=tell)
        kept = {
            "state": ReleaseState.DONE, "figures": figures,
            "digest": digest(found.people),
        }  # fmt: skip
    except (SecrecyError, BadTable):
        log.info("release %s cannot be made", pk)
        kept["error"] = _(
            "Ces tableaux ne peuvent pas s’ajouter à ce qui est déjà publié sans "
            "révéler une réponse. Retirez des croisements."
        )
    except Superseded:
        return None
    finally:
        mine.update(**kept, progress={}, beat_at=timezone.now())
    return Release.objects.filter(pk=pk).select_related("wave__version").first()


@transaction.atomic
def publish(release: Release, *, by: Any, now: dt.datetime) -> Release:
    """Let everybody read it.

    Refuses with ``forbidden``, ``gone``, ``withdrawn``, ``changed`` or ``empty``.
    """
    wave, row = lock_release(release, by=by)
    if row.withdrawn_at:
        raise Refused(
            "withdrawn", _("Ces résultats ont été retirés : calculez-en de nouveaux.")
        )
    if row.state != ReleaseState.DONE or not row.figures.get("families"):
        raise Refused("empty", _("Ces résultats ne sont pas prêts."))
    if row.published_at:
        return row
    if row.digest != digest(people_of(wave)):
        raise Refused(
            "changed", _("Des réponses ont changé : calculez à nouveau les résultats.")
        )
    row.published_at = now
    row.save(update_fields=["published_at"])
    wave.state = WaveState.PUBLISHED
    wave.save(update_fields=["state"])
    return row


@transaction.atomic
def withdraw(release: Release, *, why: str, by: Any, now: dt.datetime) -> Release:
    """Show the results of the wave no more; who comes to read them reads why.

    What was read is known: later results take the same cells. Refuses with
    ``forbidden``, ``gone``, ``why`` or ``state``.
    """
    wave, row = lock_release(release, by=by)
    if not why.strip():
        raise Refused("why", _("Dites pourquoi : ceux qui les ont lus le liront."))
    if not row.is_published:
        raise Refused("state", _("Ces résultats ne sont pas publiés."))
    Release.objects.filter(wave=wave).published().update(
        withdrawn_at=now, withdrawn_by=by, withdrawn_why=why.strip()
    )
    wave.state = WaveState.CLOSED
    wave.save(update_fields=["state"])
    row.refresh_from_db()
    return row


@transaction.atomic
def drop(release: Release, *, by: Any) -> None:
    """Forget a release that was not published. Refuses with ``forbidden``, ``public``."""
    lock_wave(release.wave, by=by)
    rows = Release.objects.filter(pk=release.pk, published_at__isnull=True)
    gone, _rows = rows.delete()
    if not gone:
        raise Refused("public", _("Ces résultats sont publiés : ils restent."))
