"""The improvement plan: actions decided, followed, closed."""

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from maillage.accounts.models import User
from maillage.core.errors import Refused
from maillage.directory.models import Structure
from maillage.studio.assessment_choices import (
    GridLevel,
    ImprovementState,
    PointKind,
)
from maillage.studio.grids import Book, Standard
from maillage.studio.models import (
    Improvement,
    ImprovementNote,
    PeerVisit,
    SelfAssessment,
    VisitPoint,
)
from maillage.studio.models.visits import TOLD
from maillage.studio.services.visiting import is_member

MOST_ACTIONS, MOST_NOTES = 200, 200


@dataclass(frozen=True)
class ToTake:
    """Something that no action answers yet: a recommendation or a weak standard."""

    standard: Standard | None
    text: str
    point: VisitPoint | None = None
    assessment: SelfAssessment | None = None


def need_team(by: User, structure: Structure) -> None:
    if not is_member(by, structure):
        raise Refused("not_yours", _("Vous ne parlez pas pour cette structure."))


@transaction.atomic
def save_improvement(
    action: Improvement, *, by: User, now: dt.datetime, seen: int = 0
) -> Improvement:
    """Decide on an action or change it.

    Refuses with ``not_yours``, ``elsewhere`` (what it answers belongs to another
    structure), ``owner`` (who is in charge is not of the team), ``enough`` or ``stale``.
    """
    structure = Structure.objects.select_for_update(of=("self",)).get(
        pk=action.structure_id
    )
    need_team(by, structure)
    if action.owner and not is_member(action.owner, structure):
        raise Refused("owner", _("Choisissez une personne de la structure."))
    point, source = action.point, action.assessment
    if point and point.visit.structure.pk != structure.pk:
        raise Refused("elsewhere", _("Cette recommandation est d’une autre structure."))
    if source and source.structure_id != structure.pk:
        raise Refused("elsewhere", _("Cette auto-évaluation est d’une autre structure."))  # fmt: skip
    if action._state.adding:
        if Improvement.objects.filter(structure=structure).count() >= MOST_ACTIONS:
            raise Refused("enough", _("Deux cents actions suffisent à un plan."))
        action.created_at = now
    else:
        row = Improvement.objects.select_for_update(of=("self",)).get(pk=action.pk)
        if row.revision != seen:
            raise Refused("stale", _("Cette action a été modifiée entre-temps : rechargez la page, puis reprenez votre changement."))  # fmt: skip
        action.state = row.state
        action.revision = row.revision + 1
    action.save()
    return action


@transaction.atomic
def note_improvement(
    action: Improvement, *, text: str, state: str, by: User, now: dt.datetime
) -> ImprovementNote:
    """Say where an action is. An action that is dropped says why.

    Refuses with ``not_yours``, ``empty``, ``why``, ``unknown`` or ``enough``.
    """
    rows = Improvement.objects.select_for_update(of=("self",))
    row = rows.select_related("structure").get(pk=action.pk)
    need_team(by, row.structure)
    text, state = text.strip(), state or row.state
    if state not in ImprovementState.values:
        raise Refused("unknown", _("Choisissez un état dans la liste."))
    is_moved = state != row.state
    if not text and not is_moved:
        raise Refused("empty", _("Écrivez une note ou changez l’état."))
    if is_moved and state == ImprovementState.DROPPED and not text:
        raise Refused("why", _("Dites pourquoi l’action est abandonnée."))
    if row.notes.count() >= MOST_NOTES:
        raise Refused("enough", _("Deux cents notes suffisent à une action."))
    if is_moved:
        row.state = state
        row.revision += 1
        row.save(update_fields=["state", "revision"])
    return ImprovementNote.objects.create(
        improvement=row, text=text, state=state if is_moved else "", at=now, by=by
    )


@transaction.atomic
def delete_improvement(action: Improvement, *, by: User) -> None:
    """Take away an action that nothing was noted of. Refuses with ``noted``."""
    rows = Improvement.objects.select_for_update(of=("self",))
    row = rows.select_related("structure").get(pk=action.pk)
    need_team(by, row.structure)
    if row.notes.exists():
        raise Refused("noted", _("Cette action a un suivi : abandonnez-la plutôt, en disant pourquoi."))  # fmt: skip
    row.delete()


def to_take_up(structure: Structure) -> list[ToTake]:
    """Recommendations of the visits, then weak standards, that no action answers."""
    visits = PeerVisit.objects.filter(assessment__structure=structure, state__in=TOLD)
    points = VisitPoint.objects.filter(
        visit__in=visits, kind=PointKind.RECOMMENDATION, improvements=None
    ).select_related("visit__assessment__grid")
    found = []
    for point in points:
        book = Book(point.visit.assessment.grid.definition)
        found.append(ToTake(book.standards.get(point.standard), point.text, point))
    rows = SelfAssessment.objects.all().finished().filter(structure=structure)
    latest = rows.select_related("grid").order_by("-finished_at", "-pk").first()
    if latest is None:
        return found
    book = Book(latest.grid.definition)
    taken = set(
        Improvement.objects.filter(structure=structure).values_list(
            "standard", flat=True
        )
    )
    taken |= {one.standard.slug for one in found if one.standard}
    weak = latest.answers.filter(level__lte=GridLevel.ON_THE_WAY)
    levels = dict(weak.values_list("standard", "level"))
    found += [
        ToTake(one, one.title, assessment=latest)
        for slug, one in book.standards.items()
        if slug in levels and slug not in taken
    ]
    return found


def weak_slugs(assessment: SelfAssessment) -> set[str]:
    """Weak standards of an assessment that wait for an action; none of an older one."""
    return {
        one.standard.slug
        for one in to_take_up(assessment.structure)
        if one.assessment == assessment and one.standard
    }
