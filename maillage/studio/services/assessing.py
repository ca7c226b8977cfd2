"""Self-assessments: opened, answered by several people, finished, compared."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from maillage.accounts.models import User
from maillage.core.errors import Refused
from maillage.directory.models import Structure, StructureQuerySet
from maillage.studio.assessment_choices import GridLevel
from maillage.studio.grids import Book, Standard, current_grid
from maillage.studio.models import (
    OVERALL,
    AssessmentAnswer,
    AssessmentQuerySet,
    GridAnswer,
    SelfAssessment,
)

#: Assessments that one structure may have under way.
MOST_DRAFTS = 10
MOST_EVIDENCE = 20


@dataclass(frozen=True)
class Written:
    """What a page holds of one standard, and the revision that it had seen."""

    standard: str
    level: int | None = None
    comment: str = ""
    evidence: Sequence[Mapping[str, str]] = field(default_factory=list)
    seen: int = 0
    page: str = ""


@dataclass(frozen=True)
class Move:
    """One standard in two assessments."""

    standard: Standard
    before: int | None
    after: int | None

    @property
    def step(self) -> int:
        return (
            0 if self.before is None or self.after is None else self.after - self.before
        )

    @property
    def before_label(self) -> str:
        return level_label(self.before)

    @property
    def after_label(self) -> str:
        return level_label(self.after)


def level_label(value: int | None) -> str:
    return "" if value is None else str(GridLevel(value).label)


def teams_of(user: User) -> StructureQuerySet:
    """Structures for which a person speaks: they alone assess themselves."""
    return Structure.objects.filter(memberships__user=user).order_by("name", "pk")


@transaction.atomic
def open_assessment(
    structure: Structure, *, subject: str, by: User, now: dt.datetime
) -> SelfAssessment:
    """Open one with the grid of today. Refuses with ``not_yours`` or ``enough``."""
    row = Structure.objects.select_for_update(of=("self",)).get(pk=structure.pk)
    if not teams_of(by).filter(pk=row.pk).exists():
        raise Refused("not_yours", _("Vous ne parlez pas pour cette structure."))
    drafts = SelfAssessment.objects.all().drafts().filter(structure=row)
    if drafts.count() >= MOST_DRAFTS:
        raise Refused(
            "enough", _("Terminez ou supprimez d’abord une auto-évaluation en cours.")
        )
    return SelfAssessment.objects.create(
        grid=current_grid(now=now),
        structure=row,
        subject=" ".join(subject.split()),
        started_at=now,
        started_by=by,
    )


def hold_draft(assessment: SelfAssessment) -> SelfAssessment:
    """The assessment as it is now, held. Refuses with ``gone`` or ``finished``."""
    rows = SelfAssessment.objects.select_for_update(of=("self",))
    row = rows.select_related("grid").filter(pk=assessment.pk).first()
    if row is None:
        raise Refused("gone", _("Cette auto-évaluation a été supprimée."))
    if row.is_finished:
        raise Refused(
            "finished", _("Cette auto-évaluation est terminée : elle ne change plus.")
        )
    return row


def need_seen(row: GridAnswer, written: Written, *, values: Mapping[str, Any]) -> bool:
    """Whether there is something to write. Refuses with ``stale``.

    The same words twice are no change; the words of one's own page are no surprise.
    """
    if all(getattr(row, name) == value for name, value in values.items()):
        return False
    is_own = bool(written.page) and written.page == row.page
    if row.revision != written.seen and not is_own:
        raise Refused(
            "stale",
            _(
                "Quelqu’un d’autre a écrit entre-temps. Les deux textes sont côte à "
                "côte : gardez l’un, l’autre, ou réunissez-les."
            ),
        )
    return True


def need_standard(book: Book, written: Written) -> None:
    """Refuses with ``unknown`` or ``level``."""
    if written.standard not in {*book.standards, OVERALL}:
        raise Refused("unknown", _("Cette norme n’est pas dans la grille."))
    if written.level is not None and written.level not in GridLevel.values:
        raise Refused("level", _("Choisissez un des quatre niveaux."))


def write_answer(
    row: GridAnswer, written: Written, *, by: User, now: dt.datetime, **more: Any
) -> bool:
    """Change a row of either side; says whether it changed. Refuses with ``stale``."""
    level = None if written.standard == OVERALL else written.level
    values = {"level": level, "comment": written.comment.strip(), **more}
    if not need_seen(row, written, values=values):
        return False
    for name, value in values.items():
        setattr(row, name, value)
    row.revision += 1
    row.page, row.changed_at, row.changed_by = written.page, now, by
    row.save()
    return True


@transaction.atomic
def save_answer(
    assessment: SelfAssessment, written: Written, *, by: User, now: dt.datetime
) -> AssessmentAnswer:
    """Write what a page holds of a standard.

    Refuses with ``stale``, ``finished``, ``gone``, ``unknown`` or ``level``.
    """
    held = hold_draft(assessment)
    need_standard(Book(held.grid.definition), written)
    row = held.answers.filter(standard=written.standard).first() or AssessmentAnswer(
        assessment=held, standard=written.standard
    )
    evidence = [dict(one) for one in written.evidence][:MOST_EVIDENCE]
    write_answer(row, written, by=by, now=now, evidence=evidence)
    return row


@transaction.atomic
def finish_assessment(
    assessment: SelfAssessment, *, by: User, now: dt.datetime
) -> SelfAssessment:
    """Freeze it. Refuses with ``incomplete`` (a standard has no level), ``finished``."""
    row = hold_draft(assessment)
    book = Book(row.grid.definition)
    lacking = len(book.standards) - book.answered(row.answers.all())
    if lacking:
        raise Refused(
            "incomplete",
            _("Il reste des normes sans niveau : %(n)s.") % {"n": lacking},
        )
    row.finished_at, row.finished_by = now, by
    row.save(update_fields=["finished_at", "finished_by"])
    return row


@transaction.atomic
def delete_assessment(assessment: SelfAssessment) -> None:
    """Take a draft away. Refuses with ``finished`` or ``gone``."""
    hold_draft(assessment).delete()


def formers_of(assessment: SelfAssessment) -> AssessmentQuerySet:
    """Finished ones of the same structure and subject that came before, latest first."""
    rows = SelfAssessment.objects.all().finished()
    return rows.filter(
        structure=assessment.structure_id,
        subject__iexact=assessment.subject,
        started_at__lt=assessment.started_at,
    ).order_by("-finished_at", "-pk")


def moves_between(former: SelfAssessment, later: SelfAssessment) -> list[Move]:
    """Each standard of the later grid, with what was said of it before."""
    levels = dict(former.answers.values_list("standard", "level"))
    now = dict(later.answers.values_list("standard", "level"))
    book = Book(later.grid.definition)
    return [
        Move(one, levels.get(slug), now.get(slug))
        for slug, one in book.standards.items()
    ]
