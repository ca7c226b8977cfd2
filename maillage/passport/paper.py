"""Passes on paper: one card, or the sheet of a class."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.utils.translation import get_language, gettext as _

from maillage.core.context import region
from maillage.core.dates import day_words
from maillage.core.pdf import set_pages
from maillage.passport.choices import PassKind
from maillage.passport.models import Pass
from maillage.passport.qr import drawing

TEMPLATE = Path(__file__).parent / "pdf" / "pass_cards.typ"


def card(holder: Pass) -> dict[str, Any]:
    """What is printed of a pass: never who holds it."""
    who = str(PassKind(holder.kind).label)
    if holder.people > 1:
        who = _("%(who)s, %(n)s personnes") % {"who": who, "n": holder.people}
    return {
        "offer": holder.offer.name,
        "who": who[0].upper() + who[1:],
        "age": str(holder.get_age_band_display()) if holder.age_band else "",
        "until": _("Valable du %(start)s au %(end)s")
        % {"start": day_words(holder.valid_from), "end": day_words(holder.last_day)},
        "proof": holder.offer.proof,
        "number": holder.short_number,
        "qr": drawing(holder.code),
        "alt": _("Code QR du passeport %(number)s") % {"number": holder},
    }


def print_cards(holders: Sequence[Pass]) -> bytes:
    """Cards of the size of a bank card, ten to a sheet of A4, with marks to cut."""
    data = {
        "lang": (get_language() or "fr")[:2],
        "title": _("Passeport CSTI"),
        "site": region()["site_name"],
        "about": _(
            "À présenter à l’entrée. Cette carte ne porte aucun nom ; si vous la perdez, "
            "demandez-en une autre depuis sa page."
        ),
        "cards": [card(holder) for holder in holders],
    }
    return set_pages(TEMPLATE, data=data)
