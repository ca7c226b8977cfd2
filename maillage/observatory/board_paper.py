"""The board of a territory on paper: the same figures, the same drawings."""

import datetime as dt
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import get_language, gettext as _

from maillage.core.charts import figure, svg_text
from maillage.core.context import region
from maillage.core.dates import day_words
from maillage.core.pdf import set_pages
from maillage.observatory.cards import Card
from maillage.observatory.dashboards import Board

TEMPLATE = Path(__file__).parent / "pdf" / "board.typ"


def board_pdf(board: Board, *, today: dt.date) -> bytes:
    territory = board.territory
    data = {
        "lang": (get_language() or "fr")[:2],
        "site": region()["site_name"],
        "title": territory.name,
        "level": territory.level_label,
        "facts": [
            _("%s habitants") % figure(territory.population),
            _("%s km²") % figure(territory.area_km2),
        ],
        "family": board.family,
        "outside": board.outside,
        "cards": [card_words(card) for card in board.cards if card.is_known],
        "likes": ", ".join(like.name for like in board.likes),
        "likes_title": _("Territoires semblables"),
        "rule": board.rule if board.likes else "",
        "source": _("Source :"),
        "url": settings.SITE_URL + territory.get_absolute_url(),
        "printed": _("Imprimé le %(day)s") % {"day": day_words(today, "j F Y")},
        "none": _("Aucun indicateur publié pour ce territoire."),
        "secret": _(
            "secret : la valeur n’est pas publiée pour protéger des structures."
        ),
        "has_secret": any(card.is_hidden for card in board.cards),
    }
    return set_pages(TEMPLATE, data=data)


def card_words(card: Card) -> dict[str, Any]:
    status = _("provisoire") if card.is_provisional else ""
    return {
        "name": card.indicator.name,
        "text": card.text,
        "unit": card.unit,
        "period": ", ".join(filter(None, [card.period, status])),
        "trend": card.trend.text if card.trend else "",
        "svg": svg_text(card.drawing) if card.drawing else "",
        "alt": card.drawing.desc if card.drawing else "",
        "compared": [[each.label, each.text] for each in card.compared],
        "note": card.note,
        "source": card.indicator.source_name,
    }
