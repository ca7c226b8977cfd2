"""The reports of a loan on paper."""

import datetime as dt
from pathlib import Path
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import get_language, gettext as _

from maillage.circulation.choices import Party
from maillage.circulation.models import ConditionReport, Loan
from maillage.circulation.services.letters import period
from maillage.circulation.services.reports import Compared, Confronted
from maillage.core.context import region
from maillage.core.dates import day_words
from maillage.core.pdf import set_pages

TEMPLATE = Path(__file__).parent / "pdf" / "reports.typ"
#: Pictures on paper; the others are counted.
MOST_PICTURES = 24


def report_pdf(loan: Loan, *, moments: list[Confronted], today: dt.date) -> bytes:
    files: dict[str, Path] = {}
    address = reverse("circulation:report_list", args=[loan.pk])
    data: dict[str, Any] = {
        "lang": (get_language() or "fr")[:2],
        "site": region()["site_name"],
        "title": _("Constats d’état"),
        "subject": loan.copy.resource.name,
        "facts": [
            [_("Prêt"), loan.reference],
            [_("Exemplaire"), loan.copy.label],
            [_("Prêteur"), loan.copy.resource.owner.name],
            [_("Emprunteur"), f"{loan.host.name}, {loan.host.commune.name}"],
            [_("Ouvert au public"), period(loan.starts_on, loan.ends_on)],
        ],
        "url": settings.SITE_URL + address,
        "printed": _("Imprimé le %(day)s") % {"day": day_words(today, "j F Y")},
        "none": _("Aucun constat n’est encore signé."),
        "heads": [_("Élément"), *(each.label.capitalize() for each in Party)],
        "differs": _("désaccord"),
        "unsigned": _("pas de constat"),
        "pictures_title": _("Photos"),
        "moments": [words_of(moment, files=files) for moment in moments],
    }
    return set_pages(TEMPLATE, data=data, files=files)


def words_of(moment: Confronted, *, files: dict[str, Path]) -> dict[str, Any]:
    """One moment as texts; its pictures join ``files``."""
    pictures = []
    for row in moment.rows:
        for party, side in zip(Party, row.sides, strict=True):
            for picture in side.pictures:
                path = Path(picture.file.path)
                if len(files) < MOST_PICTURES and path.is_file():
                    name = f"{picture.sha256}{path.suffix}"
                    files[name] = path
                    alt = f"{row.name}, {party.label}"
                    pictures.append({"file": name, "alt": alt})
    return {
        "title": moment.moment.label.capitalize(),
        "signed": [signature(report) for report in moment.reports],
        "notes": [report.note if report else "" for report in moment.reports],
        "rows": [line_of(row) for row in moment.rows],
        "pictures": pictures,
    }


def signature(report: ConditionReport | None) -> str:
    if report is None:
        return ""
    at = day_words(localtime(report.signed_at), "j F Y, H:i")
    return _("signé par %(name)s le %(at)s") % {"name": report.signed_name, "at": at}


def line_of(row: Compared) -> dict[str, Any]:
    said = [
        " – ".join(filter(None, [side.label, side.note])) or "—" for side in row.sides
    ]
    return {
        "name": row.name, "label": row.label, "differs": row.differs, "said": said,
    }  # fmt: skip
