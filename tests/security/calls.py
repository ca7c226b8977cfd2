"""A call, and an application that was sent, for the table of addresses and roles."""

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from tests.factories.calls import (
    ApplicationFactory,
    CallFactory,
    CallQuestionFactory,
)

#: Addresses that only take what is sent to them.
POSTED_CALLS = {
    "call_state", "call_question_dismiss", "builder_change", "builder_publish",
    "application_save", "application_aside", "application_attach",
    "application_detach", "application_revision_close", "author_remove",
}  # fmt: skip


def apply(structure):
    """Arguments of the addresses; the members of the structure are its authors."""
    call = CallFactory()
    question = CallQuestionFactory(call=call)
    row = ApplicationFactory(call=call, structure=structure, sent=True)
    now = timezone.now()
    row.submissions.create(
        number=1, digest="0" * 64, submitted_at=now,
        content={"definition": {}, "answers": {}, "files": [], "number": row.number,
                 "call": call.title, "structure": structure.name, "form": 1},
    )  # fmt: skip
    author = row.authors.create(token="invitation-ouverte", added_at=now)
    stored = default_storage.save("applications/aa.pdf", ContentFile(b"%PDF-"))
    file = row.attachments.create(
        question="bank", file=stored, name="a.pdf", size=1,
        sha256="0" * 64, added_at=now,
    )  # fmt: skip
    slug, number = [call.slug], [row.number]
    calls = ("detail", "ask", "calendar", "manage", "edit", "state", "criteria",
             "questions", "delay", "builder")  # fmt: skip
    own = ("detail", "write", "save", "aside", "attach", "send", "withdraw", "authors",
           "check", "revision", "revision_close")  # fmt: skip
    return {f"call_{name}": slug for name in calls} | {
        **{f"application_{name}": number for name in own},
        "call_question": [question.pk],
        "call_question_dismiss": [question.pk],
        "builder_section_new": slug,
        "builder_section": [call.slug, "project"],
        "builder_question_new": slug,
        "builder_question": [call.slug, "title"],
        "builder_change": slug,
        "builder_publish": slug,
        "calls:builder_preview": slug,
        "api-1:call": slug,
        "application_start": slug,
        "application_desk": slug,
        "application_export": [call.slug, "csv"],
        "application_version": [row.number, 1],
        "application_receipt": [row.number, 1],
        "application_file": [row.number, file.pk],
        "application_detach": [row.number, file.pk],
        "author_remove": [row.number, author.pk],
        "author_join": [author.token],
    }
