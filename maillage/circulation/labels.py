"""Labels to print: sheets of stickers, or one large label a crate."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import segno
from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext as _, gettext_lazy

from maillage.circulation.choices import ComponentKind
from maillage.circulation.models import Copy
from maillage.core.pdf import set_pages

TEMPLATE = Path(__file__).parent / "pdf" / "labels.typ"
MOST_SKIPPED = 64


@dataclass(frozen=True)
class Sheet:
    """A sheet of labels as shops sell them; sizes in millimetres."""

    code: str
    name: str | Promise
    columns: int
    rows: int
    width: float
    height: float
    qr: float

    @property
    def number(self) -> int:
        return self.columns * self.rows


SHEETS = {
    sheet.code: sheet
    for sheet in (
        Sheet("24", gettext_lazy("24 étiquettes A4 (70 × 37 mm)"), 3, 8, 70, 37, 26),
        Sheet("65", gettext_lazy("65 étiquettes A4 (38 × 21 mm)"), 5, 13, 38.1, 21.2, 15),
        Sheet("8", gettext_lazy("8 étiquettes A4 (105 × 74 mm)"), 2, 4, 105, 74, 48),
        Sheet("caisse", gettext_lazy("une grande étiquette par caisse"), 1, 2, 190, 135, 80),
    )
}  # fmt: skip


def address_of(label: str) -> str:
    """What the code of a label says: the page that it leads to."""
    return f"{settings.SITE_URL}/etiquettes/{label}/"


def qr_svg(text: str) -> str:
    """A QR code as a drawing; level M stands a scratch or a fold."""
    code = segno.make(text, error="m", micro=False)
    return str(code.svg_inline(border=2, dark="#000", light="#fff"))


def lines_of(copy: Copy, *, sheet: Sheet) -> list[dict[str, Any]]:
    """What is printed: the copy and all its parts, or its crates only."""
    parts = [part for part in copy.components.all() if part.retired_on is None]
    crates = [part for part in parts if part.kind == ComponentKind.CRATE]
    inside: dict[int | None, list[str]] = {}
    for part in parts:
        if part.kind == ComponentKind.PIECE:
            number = f" × {part.quantity}" if part.quantity > 1 else ""
            inside.setdefault(part.crate_id, []).append(f"{part.name}{number}")
    whole = line(copy, copy.label, _("Exemplaire %(n)s") % {"n": copy.rank}, [])
    if sheet.code == "caisse":
        return [
            line(copy, crate.label, numbered(crate.name, rank, len(crates)),
                 inside.get(crate.pk, []), weight=crate.weight_kg)
            for rank, crate in enumerate(crates, 1)
        ] or [whole | {"inside": inside.get(None, [])}]  # fmt: skip
    return [whole, *(line(copy, part.label, part.name, []) for part in parts)]


def numbered(name: str, rank: int, total: int) -> str:
    return _("%(name)s (%(rank)s sur %(total)s)") % {
        "name": name, "rank": rank, "total": total,
    }  # fmt: skip


def line(
    copy: Copy, label: str, name: str, inside: list[str], *, weight: int | None = None
) -> dict[str, Any]:
    owner = copy.resource.owner
    contact = " · ".join(part for part in (owner.phone, owner.email) if part)
    return {
        "label": label,
        "name": name,
        "title": copy.resource.name,
        "owner": owner.name,
        "contact": contact,
        "weight": _("%(kg)s kg") % {"kg": weight} if weight else "",
        "inside": inside,
        "qr": qr_svg(address_of(label)),
        "alt": _("Code QR de l’étiquette %(label)s") % {"label": label},
    }


def print_labels(copy: Copy, *, sheet: Sheet, skip: int = 0) -> bytes:
    """The labels of a copy as a PDF; ``skip`` places of the first sheet are used."""
    data = {
        "lang": (get_language() or "fr")[:2],
        "title": _("Étiquettes de %(copy)s") % {"copy": copy.label},
        "large": sheet.code == "caisse",
        "columns": sheet.columns,
        "rows": sheet.rows,
        "width": sheet.width,
        "height": sheet.height,
        "qr": sheet.qr,
        "skip": min(skip, sheet.number - 1),
        "contents": _("Contenu"),
        "labels": lines_of(copy, sheet=sheet),
    }
    return set_pages(TEMPLATE, data=data)
