"""What people type in the usual form, whole and right."""

import datetime as dt

from maillage.calls.services.drafts import Change, save_answers
from tests.factories.calls import SIRET

PAGE = "page-1"


def typed(**others):
    """Raw answers by question id; the rest is filled as usual."""
    return {
        "siret": SIRET,
        "is_association": "no",
        "contact_name": "Camille Dupont",
        "contact_email": "camille@example.org",
        "title": "La science au village",
        "summary": "Des ateliers dans dix villages.",
        "description": "Dix ateliers, un bus, deux médiatrices.",
        "themes": ["physics"],
        "commune": "59350",
        "budget": {
            "expenses": [{"label": "Ateliers", "amount": "12 000,50"}],
            "resources": [
                {"label": "Aide demandée", "amount": "8 000"},
                {"label": "Commune", "amount": "4 000,50"},
            ],
        },
        "requested": "8000",
        "agree": "on",
    } | others


def fill(application, *, by, now=None, page=PAGE, **others):
    """Write all answers as one page sends them."""
    changes = [Change(key, raw) for key, raw in typed(**others).items()]
    now = now or application.call.opens_at + dt.timedelta(1)
    outcome = save_answers(application, changes, by=by, page=page, now=now)
    application.refresh_from_db()
    return outcome
