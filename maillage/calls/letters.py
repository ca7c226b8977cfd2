"""The letter of a decision, on paper."""

from pathlib import Path

from django.utils import timezone, translation
from django.utils.translation import gettext as _

from maillage.calls.models import Decision
from maillage.calls.services.deciding import decision_words
from maillage.core.context import region
from maillage.core.dates import day_words
from maillage.core.pdf import set_pages

TEMPLATE = Path(__file__).parent / "pdf" / "decision_letter.typ"


def letter_pdf(decision: Decision) -> bytes:
    """One page; without the day of its notification, a draft that says so."""
    row = decision.application
    with translation.override("fr"):
        card = region()
        when = decision.notified_at
        data = {
            "lang": "fr",
            "site": card["site_name"],
            "tagline": card["agency"]["name"],
            "badge": "" if when else _("projet de lettre"),
            "reference": row.number,
            "to": row.structure.name,
            "place": ", ".join(
                part
                for part in (
                    row.structure.street,
                    row.structure.commune.name if row.structure.commune else "",
                )
                if part
            ),
            "day": day_words(timezone.localdate(when)) if when else "",
            "title": _("Décision sur votre candidature"),
            "object": _("« %(title)s », appel « %(call)s »")
            % {"title": str(row), "call": row.call.title},
            "paragraphs": paragraphs(decision),
        }
        return set_pages(TEMPLATE, data=data)


def paragraphs(decision: Decision) -> list[str]:
    found = [_("Madame, Monsieur,"), decision_words(decision)]
    if decision.reason:
        found.append(decision.reason)
    if decision.reference:
        found.append(_("Acte : %(reference)s.") % {"reference": decision.reference})
    if decision.is_granted:
        found.append(
            _(
                "Une convention précisera les versements et les bilans attendus. Ils se "
                "suivent sur la page de votre subvention."
            )
        )
    else:
        found.append(
            _(
                "Cette décision peut être contestée dans les deux mois devant le tribunal "
                "administratif. L’agence est à votre écoute pour en parler."
            )
        )
    return found
