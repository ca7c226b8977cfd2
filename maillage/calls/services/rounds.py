"""Phases of reading: who reads what, never in a conflict; opened, reminded, closed."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from maillage.accounts.models import User
from maillage.calls.models import (
    Application,
    Call,
    DeclaredConflict,
    Review,
    Reviewer,
    ReviewRound,
)
from maillage.calls.models.conflicts import conflicting, reasons
from maillage.calls.problem import gather_panel
from maillage.calls.review_choices import ReviewState, RoundState
from maillage.core.dates import day_words
from maillage.core.errors import Refused
from maillage.core.mail import write_mails
from maillage.kernels.assignment import assign


@dataclass(frozen=True)
class Drawn:
    """What an assignment changed; ``missing``: readers lacking, by application."""

    added: int
    removed: int
    missing: Mapping[int, int]


def hold_round(pk: int) -> ReviewRound:
    return ReviewRound.objects.select_for_update(of=("self",)).select_related("call").get(pk=pk)  # fmt: skip


@transaction.atomic
def make_round(call: Call, *, name: str, each: int, due_on: dt.date) -> ReviewRound:
    """A new phase, closed to readers until it opens; every active reader is of it."""
    Call.objects.select_for_update(of=("self",)).get(pk=call.pk)
    number = call.review_rounds.count() + 1
    row = ReviewRound.objects.create(
        call=call, name=name, number=number, each=each, due_on=due_on
    )
    row.reviewers.set(Reviewer.objects.all().active())
    return row


@transaction.atomic
def change_round(
    review_round: ReviewRound,
    *,
    name: str,
    each: int,
    due_on: dt.date,
    reviewers: object,
) -> ReviewRound:
    row = hold_round(review_round.pk)
    row.name, row.each, row.due_on = name, each, due_on
    row.save(update_fields=["name", "each", "due_on"])
    row.reviewers.set(reviewers)  # type: ignore[arg-type]  # a queryset of readers
    return row


def conflicts_in(call: Call, reviewers: list[Reviewer]) -> dict[int, dict[int, str]]:
    """By reader, the reason of each conflict by application."""
    return {
        one.pk: dict(reasons(one.user_id, call_pk=call.pk))
        for one in reviewers
        if one.user_id is not None
    }


def readers_of(review_round: ReviewRound) -> list[Reviewer]:
    rows = review_round.reviewers.all().active().select_related("user")
    return list(rows.order_by("pk"))


@transaction.atomic
def assign_round(review_round: ReviewRound, *, now: dt.datetime) -> Drawn:
    """Find readers for each eligible application: by skills, evenly, without conflicts.

    What a person chose stays, and all of an open phase, unless it is in a conflict now.
    Refuses with ``closed``, ``nobody`` or ``nothing``.
    """
    row = hold_round(review_round.pk)
    if row.state == RoundState.CLOSED:
        raise Refused("closed", _("Cette phase est close."))
    reviewers = readers_of(row)
    applications = list(row.call.applications.all().eligible().order_by("pk"))
    if not reviewers:
        raise Refused("nobody", _("Choisissez d’abord des lecteurs."))
    if not applications:
        raise Refused("nothing", _("Aucune candidature recevable à lire."))
    conflicts = conflicts_in(row.call, reviewers)
    drop_conflicts(row, conflicts)
    given = Review.objects.filter(application__in=applications)
    kept = [one for one in given if not is_free(one, row)]
    panel = gather_panel(
        applications, reviewers, conflicts=blocked(conflicts, kept, row), kept=[
            one for one in kept if one.round_id == row.pk
        ], each=row.each,
    )  # fmt: skip
    found = assign(panel)
    wanted = {
        (applications[i].pk, reviewers[j].pk)
        for i, j in zip(*found.pairs.nonzero(), strict=True)
    }
    free = [one for one in given if is_free(one, row)]
    gone = [
        one.pk for one in free if (one.application_id, one.reviewer_id) not in wanted
    ]
    Review.objects.filter(pk__in=gone).delete()
    have = {
        (one.application_id, one.reviewer_id) for one in given if one.pk not in gone
    }
    added = [
        Review(round=row, application_id=a, reviewer_id=r, assigned_at=now)
        for a, r in sorted(wanted - have)
    ]
    Review.objects.bulk_create(added)
    missing = {
        one.pk: int(lack)
        for one, lack in zip(applications, found.missing, strict=True)
        if lack
    }
    return Drawn(len(added), len(gone), missing)


def is_free(review: Review, review_round: ReviewRound) -> bool:
    """The calculation may give it to another reader: before the phase opens."""
    return (
        review_round.state == RoundState.PREPARING
        and review.round_id == review_round.pk
        and not review.is_manual
        and review.state == ReviewState.ASSIGNED
    )


def blocked(
    conflicts: dict[int, dict[int, str]], kept: list[Review], row: ReviewRound
) -> dict[int, dict[int, str]]:
    """Conflicts, and what the reader had in an earlier phase."""
    found = {pk: dict(reasons) for pk, reasons in conflicts.items()}
    for one in kept:
        if one.round_id != row.pk:
            found.setdefault(one.reviewer_id, {})[one.application_id] = "read"
    return found


def drop_conflicts(row: ReviewRound, conflicts: Mapping[int, Mapping[int, str]]) -> int:
    """Take away what was given before a conflict was known, unless it was returned."""
    found = [
        one.pk
        for one in row.reviews.exclude(state=ReviewState.SUBMITTED)
        if one.application_id in conflicts.get(one.reviewer_id, {})
    ]
    return Review.objects.filter(pk__in=found).delete()[0]


def need_no_conflict(application: Application, reviewer: Reviewer) -> None:
    """Refuses with ``conflict``."""
    rows = conflicting(reviewer.user_id) if reviewer.user_id else Application.objects.none()  # fmt: skip
    if rows.filter(pk=application.pk).exists():
        raise Refused(
            "conflict",
            _("Cette personne a un lien avec ce dossier : elle ne peut pas le lire."),
        )


@transaction.atomic
def give_review(
    review_round: ReviewRound,
    *,
    application: Application,
    reviewer: Reviewer,
    now: dt.datetime,
) -> Review:
    """Give a dossier to a reader by hand.

    Refuses with ``closed``, ``elsewhere``, ``unknown``, ``again`` or ``conflict``.
    """
    row = hold_round(review_round.pk)
    if row.state == RoundState.CLOSED:
        raise Refused("closed", _("Cette phase est close."))
    if not row.call.applications.all().eligible().filter(pk=application.pk).exists():
        raise Refused("elsewhere", _("Cette candidature n’est pas à lire ici."))
    if not Reviewer.objects.all().active().filter(pk=reviewer.pk).exists():
        raise Refused("unknown", _("Cette personne n’est pas, ou plus, lectrice."))
    if Review.objects.filter(application=application, reviewer=reviewer).exists():
        raise Refused("again", _("Cette personne lit déjà ce dossier."))
    need_no_conflict(application, reviewer)
    row.reviewers.add(reviewer)
    return Review.objects.create(
        round=row,
        application=application,
        reviewer=reviewer,
        is_manual=True,
        assigned_at=now,
    )


@transaction.atomic
def take_review(review: Review) -> None:
    """Take a dossier back from a reader. Refuses with ``submitted`` or ``closed``."""
    row = Review.objects.select_for_update(of=("self",)).select_related("round").get(pk=review.pk)  # fmt: skip
    if row.is_submitted:
        raise Refused("submitted", _("Cette lecture est déjà rendue."))
    if row.round.state == RoundState.CLOSED:
        raise Refused("closed", _("Cette phase est close."))
    row.delete()


@transaction.atomic
def open_round(review_round: ReviewRound, *, now: dt.datetime) -> ReviewRound:
    """Let readers see what they have, and tell them. Refuses with ``empty``."""
    row = hold_round(review_round.pk)
    if not row.reviews.exists():
        raise Refused("empty", _("Répartissez d’abord les dossiers."))
    if not row.call.criteria.exists():
        raise Refused("empty", _("Cet appel n’a pas encore de critère à noter."))
    if row.state != RoundState.OPEN:
        row.state, row.opened_at = RoundState.OPEN, row.opened_at or now
        row.save(update_fields=["state", "opened_at"])
        tell_readers(row, now=now)
    return row


@transaction.atomic
def close_round(review_round: ReviewRound) -> ReviewRound:
    """Nothing is written any more; what was not returned does not count."""
    row = hold_round(review_round.pk)
    row.state = RoundState.CLOSED
    row.save(update_fields=["state"])
    return row


def tell_readers(row: ReviewRound, *, now: dt.datetime, late_only: bool = False) -> int:
    """Write to each reader how many dossiers wait; returns to how many."""
    waiting: dict[User, int] = {}
    reviews = row.reviews.all().waiting().select_related("reviewer__user")
    for one in reviews:
        if one.reviewer.user is not None:
            waiting[one.reviewer.user] = waiting.get(one.reviewer.user, 0) + 1
    link = settings.SITE_URL + reverse("calls:review_list")
    write_mails(
        [
            (
                user.email,
                _("Candidatures à lire : %(call)s") % {"call": row.call.title},
                _(
                    "%(n)s candidatures vous attendent, à rendre le %(day)s au plus "
                    "tard :\n%(link)s\n\nSi vous avez un lien avec l’une d’elles, "
                    "déclarez-le depuis sa page : elle sera confiée à quelqu’un d’autre."
                )
                % {"n": number, "day": day_words(row.due_on), "link": link},
            )
            for user, number in waiting.items()
        ],
        now=now,
    )
    return len(waiting)


@transaction.atomic
def declare_conflict(
    application: Application,
    *,
    reviewer: Reviewer,
    reason: str,
    by: User,
    now: dt.datetime,
) -> DeclaredConflict:
    """Note an interest: the dossier is gone from the reader at once, for ever.

    Refuses with ``reason``. What was written in the review is deleted with it.
    """
    if not reason.strip():
        raise Refused("reason", _("Dites en quelques mots de quel lien il s’agit."))
    row, _made = DeclaredConflict.objects.get_or_create(
        reviewer=reviewer,
        application=application,
        defaults={
            "reason": reason.strip()[:300],
            "declared_by": by,
            "declared_at": now,
        },
    )
    reviewer.reviews.filter(application=application).delete()
    return row
