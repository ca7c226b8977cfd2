"""The verbs of scenarios: make, start, stop, compute, decide by hand, throw away.

A computation belongs to one ``run``, drawn when it is started: whatever an older one
still writes is ignored. It gives a sign of life as it goes; a scenario whose last sign
is too old has lost its worker, says so, and may be started again.
"""

import datetime as dt
import logging
import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from math import isfinite
from time import monotonic
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from maillage.circulation.choices import LockKind, ScenarioState, SeasonState
from maillage.circulation.models import (
    Copy,
    LoanRequest,
    Lock,
    PlannedLoan,
    PlannedRefusal,
    Scenario,
    Season,
)
from maillage.circulation.problem.answers import Answer, read
from maillage.circulation.problem.arrays import Gathered, build
from maillage.circulation.problem.facts import Facts
from maillage.circulation.problem.scores import complete, digest_of
from maillage.circulation.problem.warming import warm_up
from maillage.circulation.services.answers import need_one_copy
from maillage.circulation.services.scenario_rows import planned_rows, refused_rows
from maillage.circulation.services.season_figures import figures
from maillage.circulation.services.season_gather import Reading, gather
from maillage.core.errors import Refused
from maillage.kernels.season.plan import plan
from maillage.kernels.season.problem import Plan, Progress

log = logging.getLogger(__name__)
#: A run that has told nothing for so long has been killed.
SILENCE = dt.timedelta(minutes=3)
#: Without a worker the page waits for the plan: it gets no more seconds than that.
PATIENCE = 20
#: Times that a season is planned again with more room before a loan is given up.
ROUNDS = 3
#: Points of the curve that are kept.
MOST_POINTS = 400
AT_WORK = (ScenarioState.WAITING, ScenarioState.RUNNING)
STARTABLE = (
    ScenarioState.DRAFT,
    ScenarioState.DONE,
    ScenarioState.STOPPED,
    ScenarioState.BROKEN,
)


def is_lost(scenario: Scenario, *, now: dt.datetime) -> bool:
    """At work by its state, but silent for too long: its worker was killed."""
    if scenario.state not in AT_WORK:
        return False
    beat = scenario.beat_at or scenario.created_at
    silence = SILENCE
    if scenario.state == ScenarioState.WAITING:
        silence = SILENCE * 10  # it may wait for other work to end
    return now - beat > silence


def new_scenario(
    season: Season, *, name: str, weights: Mapping[str, Any], what_if: Mapping[str, Any],
    effort: int, by: Any, now: dt.datetime, based_on: Scenario | None = None,
) -> Scenario:  # fmt: skip
    """Write a scenario to compute. Refuses with ``closed``."""
    if season.state == SeasonState.CLOSED:
        raise Refused("closed", _("Cette saison est terminée."))
    return Scenario.objects.create(
        season=season, name=name, weights=complete(weights), what_if=dict(what_if),
        seed=season.seed, effort=effort, based_on=based_on, created_by=by,
        created_at=now,
    )  # fmt: skip


def locked(scenario: Scenario) -> Scenario:
    """The scenario as it is now, held until the transaction ends."""
    rows = Scenario.objects.select_for_update(of=("self",)).select_related("season")
    row = rows.filter(pk=scenario.pk).first()
    if row is None:
        raise Refused("gone", _("Ce scénario n’existe plus."))
    return row


def settled(scenario: Scenario, *, now: dt.datetime) -> Scenario:
    """As ``locked``. Refuses with ``busy`` or ``published``."""
    row = locked(scenario)
    if row.state == ScenarioState.PUBLISHED:
        raise Refused("published", _("Ce scénario est publié : il ne change plus."))
    if row.state in AT_WORK and not is_lost(row, now=now):
        raise Refused("busy", _("Le calcul est en cours : arrêtez-le d’abord."))
    return row


@transaction.atomic
def start(scenario: Scenario, *, now: dt.datetime) -> Scenario:
    """Queue a computation; the caller enqueues its job. Refuses as ``settled``."""
    row = settled(scenario, now=now)
    row.state, row.run, row.stop_asked = (
        ScenarioState.WAITING,
        secrets.token_hex(16),
        False,
    )
    row.beat_at, row.started_at, row.ended_at = now, None, None
    row.progress, row.trace, row.error = {}, [], ""
    row.save(
        update_fields=[
            "state", "run", "stop_asked", "beat_at", "started_at", "ended_at",
            "progress", "trace", "error",
        ]
    )  # fmt: skip
    return row


def ask_stop(scenario: Scenario) -> str:
    """Ask the computation to end with what it has.

    ``stopping``, or ``cancelled`` when it had not begun: the scenario is then as
    before, and its job finds nothing to do. Empty when nothing was at work.
    """
    rows = Scenario.objects.filter(pk=scenario.pk)
    before = ScenarioState.STOPPED if scenario.result else ScenarioState.DRAFT
    if rows.filter(state=ScenarioState.WAITING).update(state=before, run=""):
        return "cancelled"
    asked = rows.filter(state=ScenarioState.RUNNING).update(stop_asked=True)
    return "stopping" if asked else ""


@transaction.atomic
def throw_away(scenario: Scenario, *, now: dt.datetime) -> None:
    """Delete a scenario. Refuses as ``settled``."""
    settled(scenario, now=now).delete()


@transaction.atomic
def decide(
    scenario: Scenario, *, request: LoanRequest, kind: LockKind, by: Any,
    now: dt.datetime, copy: Copy | None = None, starts_on: dt.date | None = None,
) -> Lock:  # fmt: skip
    """Fix one request by hand, in place of what was decided before.

    Refuses as ``settled``, or with ``modules``, ``where`` or ``season``.
    """
    row = settled(scenario, now=now)
    if kind == LockKind.REFUSED:
        copy = starts_on = None
    elif copy is None or starts_on is None:
        raise Refused("where", _("Dites quel exemplaire, et à partir de quel jour."))
    else:
        need_one_copy(request)
        end = starts_on + dt.timedelta(request.duration_days)
        if starts_on < row.season.starts_on or end > row.season.ends_on:
            raise Refused("season", _("Ces jours sortent de la saison."))
    lock, _made = Lock.objects.update_or_create(
        scenario=row,
        request=request,
        defaults={
            "kind": kind, "copy": copy, "starts_on": starts_on, "made_by": by,
            "made_at": now,
        },
    )  # fmt: skip
    return lock


@transaction.atomic
def undecide(scenario: Scenario, *, request: LoanRequest, now: dt.datetime) -> None:
    """Leave a request to the computation again. Refuses as ``settled``."""
    settled(scenario, now=now).locks.filter(request=request).delete()


class Run:
    """One computation as seen from inside: when it must stop, what it tells."""

    def __init__(self, scenario: Scenario, *, effort: int) -> None:
        self.pk, self.run = scenario.pk, scenario.run
        self.began = monotonic()
        self.until = self.began + effort
        self.asked_at = 0.0
        self.told_at = 0.0
        self.is_over = self.is_asked = False
        self.trace: list[list[float | None]] = []

    @property
    def rows(self) -> Any:
        return Scenario.objects.filter(
            pk=self.pk, run=self.run, state=ScenarioState.RUNNING
        )

    def stop(self) -> bool:
        """Whether to end now: the time is up, somebody asked, or another run began."""
        clock = monotonic()
        if clock >= self.until or self.is_over:
            return True
        if clock - self.asked_at >= 1.0:
            self.asked_at = clock
            found = self.rows.values_list("stop_asked", flat=True).first()
            self.is_asked = bool(found)
            self.is_over = found is None or self.is_asked
            if found is not None and clock - self.told_at >= 5.0:
                self.told_at = clock
                self.rows.update(beat_at=timezone.now())
        return self.is_over

    def tell(self, progress: Progress) -> None:
        clock = monotonic()
        bound = round(progress.bound, 2) if isfinite(progress.bound) else None
        point = [round(clock - self.began, 2), round(progress.value, 2), bound]
        known = {
            "phase": str(progress.phase),
            "value": round(progress.value, 2),
            "bound": bound,
            "served": int(progress.served),
            "seconds": point[0],
        }
        if self.trace and self.trace[-1][1:] == point[1:]:
            self.trace.pop()
        self.trace.append(point)
        if clock - self.told_at < 1.0:
            return
        self.told_at = clock
        self.trace = thinned(self.trace)
        self.rows.update(progress=known, trace=self.trace, beat_at=timezone.now())


def thinned(trace: list[list[float | None]]) -> list[list[float | None]]:
    """Every other point of a long curve, its end kept."""
    return trace if len(trace) <= MOST_POINTS else [*trace[:-1:2], trace[-1]]


def solve(pk: int, *, run: str, today: dt.date) -> Scenario | None:
    """Compute one run of a scenario and keep its result; ``None`` if it is not wanted.

    Whatever goes wrong leaves its reason on the scenario; nothing of a result is
    written before all of it is.
    """
    taken = Scenario.objects.filter(pk=pk, run=run, state=ScenarioState.WAITING).update(
        state=ScenarioState.RUNNING, started_at=timezone.now(), beat_at=timezone.now()
    )
    if not taken:
        return None
    scenario = Scenario.objects.select_related("season", "based_on").get(pk=pk)
    reason = _("Le calcul s’est arrêté sur une erreur inattendue.")
    failed = True
    try:
        reading = gather(scenario, today=today)
        warm_up()
        watch = Run(scenario, effort=effort_of(scenario))
        gathered, found, answer = plan_best(
            reading, seed=scenario.seed, stop=watch.stop, tell=watch.tell
        )
        failed = not keep(scenario, reading, gathered, found, answer, watch=watch)
        reason = ""
    except Refused as no:
        reason = no.message
        log.info("scenario %s refused: %s", pk, no.code)
    except ValueError as error:
        reason = _(
            "Les données de la saison ne permettent pas le calcul (%(why)s)."
        ) % {"why": error}
        log.warning("scenario %s: %s", pk, error)
    finally:
        if failed:
            Scenario.objects.filter(pk=pk, run=run, state=ScenarioState.RUNNING).update(
                state=ScenarioState.BROKEN, error=reason, ended_at=timezone.now()
            )
    return Scenario.objects.filter(pk=pk).first()


def has_worker() -> bool:
    return "immediate" not in settings.TASKS["default"]["BACKEND"]


def effort_of(scenario: Scenario) -> int:
    """The seconds that a computation gets."""
    return scenario.effort if has_worker() else min(scenario.effort, PATIENCE)


def plan_best(
    reading: Reading, *, seed: int, stop: Callable[[], bool],
    tell: Callable[[Progress], None],
) -> tuple[Gathered, Plan, Answer]:  # fmt: skip
    """Plan; where loans are proposed already, never do worse than leaving them all."""
    if not reading.loose:
        return plan_until_it_holds(reading.facts, seed=seed, stop=stop, tell=tell)
    facts = replace(reading.facts, taken=(*reading.facts.taken, *reading.loose))
    quiet = plan_until_it_holds(facts, seed=seed, stop=stop, tell=tell)
    free = plan_until_it_holds(reading.facts, seed=seed, stop=stop, tell=tell)
    if free[1].value > quiet[1].value and not free[2].tight:
        return free
    found = replace(quiet[1], bound=max(free[1].bound, quiet[1].value))
    return quiet[0], found, quiet[2]


def plan_until_it_holds(
    facts: Facts, *, seed: int, stop: Callable[[], bool],
    tell: Callable[[Progress], None],
) -> tuple[Gathered, Plan, Answer]:  # fmt: skip
    """Plan, check each loan against the calendar, give tight groups room, again.

    What was proven for the first, widest problem holds for all. Loans that the
    kilometres really driven leave no room for are given up, and told so.
    """
    loose: dict[int, int] = {}
    bound = 0.0
    for turn in range(ROUNDS):
        gathered = build(facts, loose=loose)
        found = plan(gathered.problem, seed=seed, stop=stop, progress=tell)
        answer = read(gathered, found)
        bound = max(bound, found.bound)
        if not answer.tight or turn == ROUNDS - 1:
            break
        for group, days in answer.tight.items():
            loose[group] = loose.get(group, 0) + days
    return (
        gathered,
        replace(found, bound=bound, value=found.value - answer.lost),
        answer,
    )


@transaction.atomic
def keep(
    scenario: Scenario, reading: Reading, gathered: Gathered, found: Plan,
    answer: Answer, *, watch: Run,
) -> bool:  # fmt: skip
    """Write the result of a run, unless another has begun; whether it was written."""
    rows = Scenario.objects.select_for_update(of=("self",))
    row = rows.filter(
        pk=scenario.pk, run=watch.run, state=ScenarioState.RUNNING
    ).first()
    if row is None:
        return False
    row.planned_loans.all().delete()
    row.refusals.all().delete()
    PlannedLoan.objects.bulk_create(planned_rows(row, reading, answer))
    PlannedRefusal.objects.bulk_create(refused_rows(row, reading, answer))
    row.inputs = dict(reading.facts.published)
    row.digest = digest_of(row.inputs)
    row.result = figures(reading, gathered, found, answer)
    row.result["seconds"] = round(monotonic() - watch.began, 1)
    row.trace = watch.trace
    row.progress = {}
    row.state = ScenarioState.STOPPED if watch.is_asked else ScenarioState.DONE
    row.ended_at = row.beat_at = timezone.now()
    row.save(
        update_fields=[
            "inputs", "digest", "result", "trace", "progress", "state", "ended_at",
            "beat_at",
        ]
    )  # fmt: skip
    return True
