"""Evaluations and the rows of their logic frame: written, changed, taken away."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from maillage.accounts.models import User
from maillage.core.errors import Refused
from maillage.directory.models import Structure, StructureQuerySet
from maillage.studio.models import Evaluation, Indicator, LogicRow, Risk

Piece = LogicRow | Indicator | Risk
MOST_PIECES = 100


def structures_of(user: User) -> StructureQuerySet:
    """Structures for which a person may evaluate; all that are public for the agency."""
    if user.is_agency:
        return Structure.objects.published().order_by("name", "pk")
    return Structure.objects.filter(memberships__user=user).order_by("name", "pk")


@transaction.atomic
def save_evaluation(
    evaluation: Evaluation, *, by: User, now: dt.datetime
) -> Evaluation:
    """Create or change an evaluation. Refuses with ``not_yours``."""
    if not structures_of(by).filter(pk=evaluation.structure_id).exists():
        raise Refused("not_yours", _("Vous ne parlez pas pour cette structure."))
    if evaluation._state.adding:
        evaluation.created_by, evaluation.created_at = by, now
    evaluation.save()
    return evaluation


@transaction.atomic
def delete_evaluation(evaluation: Evaluation) -> None:
    """Take an evaluation away. Refuses with ``answered`` once people have answered."""
    row = Evaluation.objects.select_for_update(of=("self",)).get(pk=evaluation.pk)
    if row.rounds.filter(answers__isnull=False).exists():
        raise Refused("answered", _("Des personnes ont répondu : gardez l’évaluation."))
    row.delete()


@transaction.atomic
def save_piece(piece: Piece, *, evaluation: Evaluation) -> Piece:
    """Write a row, an indicator or a risk. Refuses with ``enough`` or ``elsewhere``."""
    row = Evaluation.objects.select_for_update(of=("self",)).get(pk=evaluation.pk)
    if isinstance(piece, Indicator):
        if piece.row.evaluation_id != row.pk:
            raise Refused("elsewhere", _("Cette ligne est d’une autre évaluation."))
    else:
        piece.evaluation = row
    siblings = type(piece)._default_manager.filter(**{path_of(type(piece)): row})
    if piece._state.adding and siblings.count() >= MOST_PIECES:
        raise Refused("enough", _("Cent lignes suffisent."))
    piece.save()
    return piece


def path_of(model: type[Piece]) -> str:
    """How a piece leads to its evaluation."""
    return "row__evaluation" if model is Indicator else "evaluation"
