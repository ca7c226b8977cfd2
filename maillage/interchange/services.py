"""The verbs of imports: receive a file, check it, apply it, keep the report."""

import datetime as dt
import json
import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from maillage.core.errors import Refused
from maillage.core.intake.applying import apply_plan
from maillage.core.intake.files import Problem, read_file
from maillage.core.intake.limits import MAX_BYTES
from maillage.core.intake.planning import CHANGE, CREATE, Plan, Progress, make_plan
from maillage.interchange.choices import AT_WORK, RunState
from maillage.interchange.layouts import LAYOUTS, SCHEMAS
from maillage.interchange.models import ImportRun

log = logging.getLogger(__name__)
SHOWN = 200  # rows and problems kept in the report; the others are in the file


def receive(
    data: bytes,
    *,
    name: str,
    kind: str,
    layout: str,
    source: str,
    by: Any,
    now: dt.datetime,
) -> ImportRun:
    """Keep a file to import; the caller has it checked. Refuses with ``too_big``."""
    if len(data) > MAX_BYTES:
        raise Refused(
            "too_big",
            _("Le fichier dépasse %d Mo : découpez-le en plusieurs fichiers.")
            % (MAX_BYTES // 1_048_576),
        )
    chosen = LAYOUTS.get(layout)
    run = ImportRun(
        kind=chosen.kind if chosen else kind,
        layout=layout,
        source=(chosen.source if chosen else "") or source,
        file_name=Path(name).name[:200],
        size=len(data),
        by=by,
        at=now,
        beat_at=now,
    )
    run.file.save(f"{secrets.token_hex(16)}.bin", ContentFile(data), save=True)
    return run


def plan_of(run: ImportRun, *, progress: Progress) -> Plan:
    with run.file.open("rb") as file:
        table = read_file(file.read(), name=run.file_name)
    return make_plan(
        table,
        schema=SCHEMAS[run.kind],
        source=run.source,
        layout=LAYOUTS.get(run.layout),
        progress=progress,
    )


def begin(
    run: ImportRun, *, state: str, allowed: tuple[str, ...], now: dt.datetime
) -> ImportRun:
    """Take a run for one worker. Refuses with ``busy`` when another has it."""
    with transaction.atomic():
        row = ImportRun.objects.select_for_update(of=("self",)).get(pk=run.pk)
        if row.state not in allowed and not row.is_lost(now):
            raise Refused("busy", _("Cet import est déjà en cours, ou terminé."))
        row.state, row.beat_at, row.error = state, now, ""
        row.save(update_fields=["state", "beat_at", "error"])
    row.progress_path.unlink(missing_ok=True)
    return row


def ask_check(run: ImportRun, *, now: dt.datetime) -> ImportRun:
    """Have a file checked again. Refuses with ``busy``."""
    allowed = (RunState.CHECKED, RunState.FAILED)
    return begin(run, state=RunState.CHECKING, allowed=allowed, now=now)


def ask_apply(run: ImportRun, *, only_good: bool, now: dt.datetime) -> ImportRun:
    """Have a checked file written. Refuses with ``busy``, ``errors`` or ``nothing``."""
    if run.counts.get("refuse") and not only_good:
        raise Refused(
            "errors",
            _(
                "Des lignes sont refusées : corrigez-les, ou n’appliquez que les autres."
            ),
        )
    if not run.counts.get(CREATE) and not run.counts.get(CHANGE):
        raise Refused("nothing", _("Ce fichier ne change rien."))
    row = begin(run, state=RunState.APPLYING, allowed=(RunState.CHECKED,), now=now)
    row.only_good = only_good
    row.save(update_fields=["only_good"])
    return row


def check_run(run: ImportRun) -> ImportRun:
    """Read the file and keep what it would do."""
    with reported(run) as progress:
        plan = plan_of(run, progress=progress)
        write_problems(run, plan.problems)
        run.counts, run.report, run.digest = plan.counts, report_of(plan), plan.digest
        run.state, run.checked_at = RunState.CHECKED, timezone.now()
        run.save()
    return run


def apply_run(run: ImportRun) -> ImportRun:
    """Write what was checked; the state changes in the same transaction."""
    with reported(run) as progress:
        plan = plan_of(run, progress=progress)
        if plan.digest != run.digest:
            raise Refused(
                "stale",
                _(
                    "Des fiches ont changé depuis la vérification : vérifiez de nouveau."
                ),
            )
        with transaction.atomic():
            run.counts = apply_plan(
                plan,
                by=run.by,
                now=timezone.now(),
                only_good=run.only_good,
                reason=f"import {run.pk} ({run.source})",
                progress=progress,
            )
            run.state, run.applied_at = RunState.APPLIED, timezone.now()
            run.save()
    return run


@contextmanager
def reported(run: ImportRun) -> Iterator[Progress]:
    """Say how far it is; whatever stops the work leaves its reason on the run."""
    reason = _("L’import s’est arrêté sur une erreur inattendue ; rien n’a été écrit.")
    failed = True
    try:
        yield teller(run.progress_path)
        failed = False
    except Refused as no:
        reason = no.message
        log.info("import %s refused: %s", run.pk, no.code)
    finally:
        run.progress_path.unlink(missing_ok=True)
        if failed:
            ImportRun.objects.filter(pk=run.pk).update(
                state=RunState.FAILED, error=reason
            )
            run.refresh_from_db()


def teller(path: Path) -> Progress:
    """Writes progress in a small file: the database is held by the import."""

    def tell(what: str, done: int, total: int) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".part")
        draft.write_text(json.dumps({"what": what, "done": done, "total": total}))
        draft.replace(path)

    return tell


def report_of(plan: Plan) -> dict[str, Any]:
    """What the check page shows: a sample of the rows, and the first problems."""
    changed = [item for item in plan.items if item.action == CHANGE][:SHOWN]
    created = [item for item in plan.items if item.action == CREATE][:SHOWN]
    return {
        "rows": len(plan.items),
        "columns": plan.columns,
        "notes": plan.notes,
        "errors": len(plan.errors),
        "remarks": len(plan.remarks),
        "created": [{"line": i.line, "key": i.key, "name": i.name} for i in created],
        "changed": [
            {
                "line": item.line,
                "key": item.key,
                "name": item.name,
                "changes": [
                    {"label": d.label, "before": d.before[:300], "after": d.after[:300]}
                    for d in item.differences
                ],
            }
            for item in changed
        ],
    }


def write_problems(run: ImportRun, problems: list[Problem]) -> None:
    rows = [[p.line, p.column, p.header, p.value, p.message, p.fatal] for p in problems]
    path = run.problems_path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")


def read_problems(run: ImportRun) -> list[Problem]:
    """Every problem of a checked file, in the order of its lines."""
    try:
        rows = json.loads(run.problems_path.read_text(encoding="utf-8"))
    except OSError:
        return []
    return [
        Problem(line, message, column, header, value, fatal)
        for line, column, header, value, message, fatal in rows
    ]


def forget_old(*, before: dt.datetime) -> int:
    """Delete runs, with their files, that ended before an instant."""
    gone = 0
    for run in ImportRun.objects.filter(at__lt=before).exclude(state__in=AT_WORK):
        run.problems_path.unlink(missing_ok=True)
        run.file.delete(save=False)
        run.delete()
        gone += 1
    return gone
