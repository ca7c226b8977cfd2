"""What surveys know of a person: shown to them, forgotten when they leave."""

from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from maillage.surveys.models import Answer, AnswerChange, Response, Unit


def person_data(user: Any) -> dict[str, list[Any]]:
    """Where a person is written to, and what they wrote for their structures."""
    answers = Answer.objects.filter(signed(user, "response__unit"))
    return {
        "asked": list(
            asked(user).values("wave__name", "name", "invited_at", "reminders")
        ),
        "sent": list(
            Response.objects.filter(
                unit__structure__memberships__user=user, submitted_by=str(user)
            ).values("unit__wave__name", "unit__name", "submitted_at")
        ),
        "answers": list(
            answers.values(
                "response__unit__wave__name", "response__unit__name", "question",
                "instance", "value", "changed_at",
            )
        ),
    }  # fmt: skip


def asked(user: Any) -> QuerySet[Unit]:
    """Those asked at the address of a person."""
    return Unit.objects.filter(email__iexact=user.email)


def signed(user: Any, unit: str) -> Q:
    """Rows that bear the name of a person, in the sheets of their structures.

    A name alone says little: somebody elsewhere may have the same.
    """
    return Q(changed_by=str(user)) & Q(
        **{f"{unit}__structure__memberships__user": user}
    )


@transaction.atomic
def forget_person(user: Any) -> None:
    """Erase a person's address and name; the answers stay, those of a structure."""
    changes = AnswerChange.objects.filter(signed(user, "answer__response__unit"))
    AnswerChange.objects.filter(pk__in=changes.values("pk")).update(changed_by="")
    answers = Answer.objects.filter(signed(user, "response__unit"))
    Answer.objects.filter(pk__in=answers.values("pk")).update(changed_by="")
    sent = Response.objects.filter(
        unit__structure__memberships__user=user, submitted_by=str(user)
    )
    Response.objects.filter(pk__in=sent.values("pk")).update(submitted_by="")
    asked(user).update(email="", bounced_at=None, bounced_why="")
