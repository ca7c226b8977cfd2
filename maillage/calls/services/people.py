"""What a person who leaves has left in applications: their name goes, the words stay.

An application belongs to its structure; who wrote which answer is told to nobody else.
"""

from typing import Any

from django.db import transaction

from maillage.calls.models import (
    Application,
    ApplicationAuthor,
    CallQuestion,
    DeclaredConflict,
    FundingFollow,
    Review,
    Reviewer,
)


@transaction.atomic
def forget_person(user: Any) -> None:
    """Take a person's name off the answers that they wrote, and off invitations."""
    name = user.get_full_name()
    rows = Application.objects.all().authored_by(user)
    for row in rows.select_for_update(of=("self",)):
        for mark in row.marks.values():
            if mark.get("by") == name:
                mark["by"] = ""
        for kept in row.asides.values():
            for one in kept:
                if one.get("by") == name:
                    one["by"] = ""
        row.save(update_fields=["marks", "asides"])
    ApplicationAuthor.objects.filter(user=None, email__iexact=user.email).delete()
    # Reviews that were returned count still; nothing says whose they are.
    for reviewer in Reviewer.objects.filter(user=user.pk):
        reviewer.email, reviewer.about = f"lecteur-{reviewer.pk}@invalid", ""
        reviewer.user, reviewer.is_active = None, False
        reviewer.save(update_fields=["email", "about", "user", "is_active"])
        reviewer.structures.clear()


def person_data(user: Any) -> dict[str, Any]:
    """One's applications, reviews, declared conflicts, questions and alerts.

    Of a dossier that one read, no more than its number: its words are its authors'.
    """
    return {
        "applications": [application_data(row, user) for row in applications_of(user)],
        "reviewer": list(
            Reviewer.objects.filter(user=user.pk).values(
                "email", "about", "themes", "departments", "invited_at", "is_active"
            )
        ),
        "reviews": [review_data(row) for row in reviews_of(user)],
        "declared_conflicts": list(
            DeclaredConflict.objects.filter(reviewer__user=user.pk)
            .order_by("pk")
            .values("application__number", "reason", "declared_at")
        ),
        "questions": list(
            CallQuestion.objects.filter(asked_by=user.pk).values(
                "call__title", "text", "asked_at", "answer", "answered_at", "is_public"
            )
        ),
        "funding_alerts_since": FundingFollow.objects.filter(user=user.pk)
        .values_list("since", flat=True)
        .first(),
    }


def applications_of(user: Any) -> Any:
    rows = Application.objects.all().authored_by(user).order_by("created_at", "pk")
    return rows.select_related("call", "structure")


def application_data(row: Application, user: Any) -> dict[str, Any]:
    """An application of one's, and which of its answers one wrote last."""
    name = user.get_full_name()
    wrote = [key for key, mark in row.marks.items() if mark.get("by") == name]
    return {
        "number": row.number,
        "call": row.call.title,
        "structure": row.structure.name,
        "state": row.state,
        "created_at": row.created_at,
        "submitted_at": row.submitted_at,
        "answers": row.answers,
        "wrote": sorted(wrote),
    }


def reviews_of(user: Any) -> Any:
    rows = Review.objects.filter(reviewer__user=user.pk).order_by("pk")
    related = rows.select_related("application", "round__call")
    return related.prefetch_related("scores__criterion")


def review_data(row: Review) -> dict[str, Any]:
    return {
        "call": row.round.call.title,
        "application": row.application.number,
        "state": row.state,
        "opinion": row.opinion,
        "comment": row.comment,
        "private_comment": row.private_comment,
        "submitted_at": row.submitted_at,
        "scores": [
            {
                "criterion": one.criterion.title,
                "value": one.value,
                "comment": one.comment,
            }
            for one in row.scores.all()
        ],
    }
