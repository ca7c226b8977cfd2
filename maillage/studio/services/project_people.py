"""What works made together know of a person."""

from typing import Any

from maillage.studio.models import FileVersion, JournalEntry, PartnerAnswer, PartnerCall


def person_data(user: Any) -> dict[str, list[Any]]:
    """Rows that a person wrote, without those of others."""
    answers = PartnerAnswer.objects.filter(by=user)
    calls = PartnerCall.objects.filter(opened_by=user)
    files = FileVersion.objects.filter(added_by=user)
    notes = JournalEntry.objects.filter(by=user)
    return {
        "calls": list(calls.values("title", "text", "opened_at", "closes_at")),
        "answers": list(
            answers.values("call__title", "structure__name", "text", "state", "sent_at")
        ),
        "files": list(
            files.values("file__project__title", "name", "number", "added_at")
        ),
        "journal": list(notes.values("project__title", "text", "at")),
    }
