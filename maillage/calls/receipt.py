"""The receipt of an application: who, what, when, and the digest of what was sent."""

from pathlib import Path
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from maillage.calls.definition import Definition
from maillage.calls.models import Submission
from maillage.calls.services.submitting import moment_words
from maillage.calls.words import places_named, words_of
from maillage.core.context import region
from maillage.core.pdf import set_pages

TEMPLATE = Path(__file__).parent / "pdf" / "receipt.typ"
LONGEST = 6000


def receipt_pdf(sent: Submission) -> bytes:
    """The receipt of one version; the same version gives the same words."""
    with translation.override("fr"):
        return set_pages(TEMPLATE, data=receipt_data(sent))


def receipt_data(sent: Submission) -> dict[str, Any]:
    content = sent.content
    definition, answers = Definition.of(content["definition"]), content["answers"]
    names, shown = places_named(answers), definition.shown(answers)
    files: dict[str, list[str]] = {}
    for one in content["files"]:
        files.setdefault(one["question"], []).append(one["name"])
    title = definition.with_role("title")
    return {
        "lang": "fr",
        "site": "Maillage",
        "tagline": region()["name"],
        "heading": _("Accusé de réception"),
        "title": str(answers.get(title.id, "")) if title else "",
        "facts": [
            [_("Appel"), content["call"]],
            [_("Structure"), content["structure"]],
            [_("Numéro"), _("%(number)s, version %(version)s")
             % {"number": content["number"], "version": sent.number}],
            [_("Reçue le"), moment_words(sent.submitted_at)],
        ],
        "digest_title": _("Empreinte du contenu (SHA-256)"),
        "digest": sent.digest,
        "digest_note": _(
            "L’empreinte change si une seule lettre des réponses change. L’agence garde "
            "le contenu tel qu’il a été déposé."
        ),
        "sections": [
            {
                "title": section.title,
                "lines": [
                    [question.label, line[:LONGEST]]
                    for question in section.questions
                    if question.id in shown
                    and (line := words_of(question, answers.get(question.id), names)
                         or ", ".join(files.get(question.id, [])))
                ],
            }
            for section in definition.sections
        ],
        "page": _("page"),
    }  # fmt: skip
