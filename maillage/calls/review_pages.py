"""What readers are shown of an application, without names where the call is blind."""

import re
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from maillage.calls.choices import QuestionKind, Role
from maillage.calls.definition import Definition, Question
from maillage.calls.models import Application, Attachment
from maillage.calls.words import places_named, words_of

#: Answers that name people or structures, whatever the agency ticked.
NAMING = {
    QuestionKind.EMAIL,
    QuestionKind.PHONE,
    QuestionKind.WEB,
    QuestionKind.SIRET,
    QuestionKind.RNA,
    QuestionKind.UAI,
    QuestionKind.PARTNERS,
    QuestionKind.FILE,
}
NAMING_ROLES = {Role.PARTNERS, Role.SIRET}


@dataclass(frozen=True)
class Part:
    """A section of the form with its answers in words."""

    title: str
    rows: list[tuple[str, str]]


@dataclass(frozen=True)
class Dossier:
    """An application as a reader sees it; ``hidden`` counts what is not shown."""

    title: str
    summary: str
    structure: str
    parts: list[Part]
    files: list[Attachment]
    hidden: int


def names_hidden(question: Question) -> bool:
    return (
        question.identifies or question.kind in NAMING or question.role in NAMING_ROLES
    )


def mask_of(application: Application) -> re.Pattern[str] | None:
    """The names of the structure and of its partners, wherever they are written."""
    structure = application.structure
    names = [structure.name, structure.printed_name, structure.email, structure.siret]
    names += application.partners.values_list("name", flat=True)
    found = sorted({one.strip() for one in names if len(one.strip()) > 2}, key=len)
    words = "|".join(re.escape(one) for one in reversed(found))
    return re.compile(words, re.IGNORECASE) if words else None


def dossier_of(application: Application, *, is_blind: bool) -> Dossier:
    """The version that was sent last; an example without any shows its columns."""
    sent = application.submissions.order_by("-number").first()
    content: dict[str, Any] = sent.content if sent else {}
    definition = Definition.of(content.get("definition") or {})
    answers = content.get("answers") or {}
    mask = mask_of(application) if is_blind else None

    def say(text: str) -> str:
        return mask.sub(_("[nom masqué]"), text) if mask else text

    names = places_named(answers)
    parts, hidden = [], 0
    for section in definition.sections:
        rows = []
        for question in section.questions:
            if question.kind == QuestionKind.FILE or question.id not in answers:
                continue
            if is_blind and names_hidden(question):
                hidden += 1
                continue
            rows.append(
                (question.label, say(words_of(question, answers[question.id], names)))
            )
        if rows:
            parts.append(Part(section.title, rows))
    files = list(application.attachments.all().present().order_by("added_at", "pk"))
    return Dossier(
        title=say(str(application)),
        summary=say(application.summary),
        structure="" if is_blind else application.structure.name,
        parts=parts,
        files=[] if is_blind else files,
        hidden=hidden + (len(files) if is_blind else 0),
    )


def shown_title(application: Application, *, is_blind: bool) -> str:
    """A title for a list; blind ones without the names of structures."""
    mask = mask_of(application) if is_blind else None
    return mask.sub(_("[nom masqué]"), str(application)) if mask else str(application)
