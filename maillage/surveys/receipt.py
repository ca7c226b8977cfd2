"""One's answers on paper."""

import datetime as dt
from pathlib import Path
from typing import Any

from django.utils.timezone import localtime
from django.utils.translation import get_language, gettext as _

from maillage.core.context import region
from maillage.core.dates import day_words
from maillage.core.pdf import set_pages
from maillage.surveys.answer_pages import said_groups
from maillage.surveys.services.sheets import Filled

TEMPLATE = Path(__file__).parent / "pdf" / "receipt.typ"


def receipt_pdf(filled: Filled, *, today: dt.date) -> bytes:
    """The answers of a sheet as a PDF, whether they were sent or not."""
    return set_pages(TEMPLATE, data=words_of(filled, today=today))


def words_of(filled: Filled, *, today: dt.date) -> dict[str, Any]:
    response, wave = filled.response, filled.wave
    sheet = filled.run(today=today)
    facts = [
        [_("Structure"), response.unit.name],
        [_("Année"), str(wave.year)],
    ]
    if response.counts and response.submitted_at:
        sent = day_words(localtime(response.submitted_at), "l j F Y, H:i")
        facts.append([_("Envoyée le"), sent])
        if response.submitted_by:
            facts.append([_("Par"), response.submitted_by])
    else:
        facts.append([_("État"), _("brouillon, pas encore envoyé")])
    return {
        "lang": (get_language() or "fr")[:2],
        "site": region()["site_name"],
        "title": _("Vos réponses"),
        "subject": wave.name,
        "facts": facts,
        "printed": _("Imprimé le %(day)s") % {"day": day_words(today, "j F Y")},
        "none": _("sans réponse"),
        "groups": [
            {
                "title": group.title,
                "level": group.level,
                "lines": [[line.label, line.words] for line in group.lines],
            }
            for group in said_groups(filled, sheet)
        ],
    }
