"""Writing a review: saved as one goes, returned once complete."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from maillage.calls.models import Criterion, Review, Score
from maillage.calls.review_choices import Opinion, ReviewState
from maillage.core.errors import Refused


@dataclass(frozen=True)
class Written:
    """What a page holds of a review; scores and comments by criterion."""

    scores: Mapping[int, int | None]
    comments: Mapping[int, str]
    opinion: str = ""
    comment: str = ""
    private_comment: str = ""


def hold_review(review: Review) -> Review:
    """The review as it is now, held. Refuses with ``gone``, ``closed`` or ``submitted``."""
    rows = Review.objects.select_for_update(of=("self",))
    row = rows.select_related("round__call", "reviewer").filter(pk=review.pk).first()
    if row is None:
        raise Refused("gone", _("Ce dossier a été confié à quelqu’un d’autre."))
    if not row.round.is_open:
        raise Refused("closed", _("Cette phase de lecture est close."))
    if row.is_submitted:
        raise Refused("submitted", _("Cette lecture est rendue : rouvrez-la pour la changer."))  # fmt: skip
    return row


@transaction.atomic
def save_review(
    review: Review, written: Written, *, seen: int, now: dt.datetime, page: str = ""
) -> Review:
    """Write what a page holds. Refuses with ``stale`` over words that it had not seen.

    Also refuses with ``gone``, ``closed``, ``submitted`` or ``score``.
    """
    row = hold_review(review)
    if row.revision != seen and not (page and page == row.page):
        raise Refused(
            "stale",
            _(
                "Cette lecture a été modifiée depuis une autre page. Copiez ce que vous "
                "venez d’écrire, puis rechargez."
            ),
        )
    criteria = list(row.round.call.criteria.all())
    for one in criteria:
        write_score(row, one, written)
    row.opinion = written.opinion if written.opinion in Opinion.values else ""
    row.comment, row.private_comment = written.comment, written.private_comment
    row.state, row.changed_at, row.page = ReviewState.DRAFT, now, page
    row.revision += 1
    row.save()
    return row


def write_score(row: Review, criterion: Criterion, written: Written) -> None:
    value = written.scores.get(criterion.pk)
    if value is not None and not 0 <= value <= criterion.max_score:
        raise Refused("score", _("Une note dépasse le maximum de son critère."))
    comment = written.comments.get(criterion.pk, "")
    Score.objects.update_or_create(
        review=row, criterion=criterion, defaults={"value": value, "comment": comment}
    )


@transaction.atomic
def submit_review(review: Review, *, now: dt.datetime) -> Review:
    """Return a review. Refuses with ``incomplete``, ``gone``, ``closed``, ``submitted``."""
    row = hold_review(review)
    scored = set(row.scores.exclude(value=None).values_list("criterion", flat=True))
    lacking = row.round.call.criteria.exclude(pk__in=scored)
    if lacking.exists() or not row.opinion:
        names = [str(one) for one in lacking] + ([] if row.opinion else [_("avis")])
        raise Refused(
            "incomplete",
            _("Il manque encore : %(what)s.") % {"what": ", ".join(names)},
        )
    row.state, row.submitted_at, row.changed_at = ReviewState.SUBMITTED, now, now
    row.revision += 1
    row.save()
    return row


@transaction.atomic
def reopen_review(review: Review, *, now: dt.datetime) -> Review:
    """Take a returned review back to change it. Refuses with ``closed``."""
    row = Review.objects.select_for_update(of=("self",)).select_related("round").get(pk=review.pk)  # fmt: skip
    if not row.round.is_open:
        raise Refused("closed", _("Cette phase de lecture est close."))
    if row.is_submitted:
        row.state, row.submitted_at, row.changed_at = ReviewState.DRAFT, None, now
        row.revision += 1
        row.save()
    return row
