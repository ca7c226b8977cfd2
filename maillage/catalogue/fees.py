"""The fee scale of a resource: read, shown as a table, told in a few words."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from maillage.catalogue.choices import EVERYONE
from maillage.catalogue.models import Resource
from maillage.catalogue.sheet import days
from maillage.core import vocab
from maillage.core.money import format_cents


@dataclass(frozen=True)
class FeeRow:
    """The fees of one kind of borrower, one cell for each duration of the table."""

    borrower: str
    cells: list[str]
    is_free: bool = False


@dataclass(frozen=True)
class FeeTable:
    """Fees by borrower (rows) and duration (columns)."""

    durations: list[str]
    rows: list[FeeRow]

    def __bool__(self) -> bool:
        return bool(self.rows)


def borrower_choices() -> list[tuple[str, str]]:
    return [(EVERYONE, _("tout emprunteur")), *vocab.choices("borrower_kinds")]


def borrower_label(slug: str) -> str:
    return str(dict(borrower_choices()).get(slug, slug))


def amount(cents: int) -> str:
    return format_cents(cents) if cents else _("gratuit")


def fee_table(resource: Resource) -> FeeTable:
    """The whole scale; who pays nothing comes last."""
    lengths = sorted({fee["days"] for fee in resource.fees})
    cents = {(fee["borrower"], fee["days"]): fee["cents"] for fee in resource.fees}
    named = {borrower for borrower, _days in cents}
    order = [slug for slug, _label in borrower_choices() if slug in named]
    order += sorted(named - set(order))
    rows = [
        FeeRow(
            borrower_label(slug),
            [
                amount(cents[slug, length]) if (slug, length) in cents else "–"
                for length in lengths
            ],
        )
        for slug in order
    ]
    free = [slug for slug in resource.free_for if slug not in named]
    rows += [
        FeeRow(borrower_label(s), [_("gratuit")] * len(lengths), True) for s in free
    ]
    return FeeTable([days(length) for length in lengths], rows)


def fee_range(resource: Resource) -> str:
    """« 80 € », « de 80 € à 250 € », « gratuit »; nothing when it is not said."""
    amounts = sorted({fee["cents"] for fee in resource.fees})
    if not amounts:
        return _("gratuit") if resource.free_for else ""
    low, high = amounts[0], amounts[-1]
    if low == high:
        return amount(low)
    if not low:
        return _("de gratuit à %(high)s") % {"high": amount(high)}
    return _("de %(low)s à %(high)s") % {"low": amount(low), "high": amount(high)}


def fee_summary(resource: Resource) -> str:
    """The range of the fees, and whether some borrowers pay nothing."""
    text = fee_range(resource)
    if resource.free_for and any(fee["cents"] for fee in resource.fees):
        return _("%(fee)s, gratuit pour certains") % {"fee": text}
    return text
