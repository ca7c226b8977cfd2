"""Form fields of the catalogue: a fee scale, and structures by their names."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse_lazy
from django.utils.translation import gettext as _, gettext_lazy

from maillage.catalogue.choices import EVERYONE
from maillage.catalogue.fees import borrower_choices, borrower_label
from maillage.catalogue.sheet import days as days_label
from maillage.core.money import parse_cents, plain_cents
from maillage.directory.models import Structure

MOST_FEES = 40
MOST_DAYS = 730
MOST_PRODUCERS = 12
BLANK_FEES = 2
BLANK_NAMES = 1


class FeesWidget(forms.Widget):
    """A table of rows borrower, days, amount, with blank ones at its end."""

    template_name = "catalogue/widgets/fees.html"
    use_fieldset = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        if not hasattr(data, "getlist"):
            return data.get(name, [])
        columns = [
            data.getlist(f"{name}-{part}") for part in ("borrower", "days", "euros")
        ]
        size = max(map(len, columns))
        padded = [[*column, *[""] * (size - len(column))] for column in columns]
        return [
            {"borrower": borrower.strip(), "days": days.strip(), "euros": euros.strip()}
            for borrower, days, euros in zip(*padded, strict=True)
        ]

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return f"{name}-borrower" not in data and name not in data

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        rows = [row for row in value or [] if any(row.values())]
        blank = {"borrower": "", "days": "", "euros": ""}
        context["widget"] |= {
            "rows": [as_typed(row) for row in rows] + [blank] * BLANK_FEES,
            "blank": blank,
            "borrowers": [("", "—"), *borrower_choices()],
        }
        return context


def as_typed(row: dict[str, Any]) -> dict[str, Any]:
    """A row as its boxes show it: what was typed, or what is kept."""
    if "euros" in row:
        return row
    euros = plain_cents(row["cents"])
    return {"borrower": row["borrower"], "days": str(row["days"]), "euros": euros}


class FeesField(forms.Field):
    """A fee scale: who, for how many days, how much; kept as ``Resource.fees``."""

    widget = FeesWidget

    def clean(self, value: Any) -> list[dict[str, Any]]:
        rows = [row for row in value or [] if any(row.values())]
        if len(rows) > MOST_FEES:
            raise ValidationError(
                _("Un barème a au plus %(most)s lignes."), "many", {"most": MOST_FEES}
            )
        errors, kept = [], {}
        for number, row in enumerate(rows, 1):
            try:
                fee = read_fee(row)
                key = (fee["borrower"], fee["days"])
                if key in kept:
                    raise ValidationError(twice(*key), "twice")
            except ValidationError as no:
                text = _("Ligne %(number)s : %(error)s")
                values = {"number": number, "error": " ".join(no.messages)}
                errors.append(ValidationError(text, no.code, values))
            else:
                kept[key] = fee
        if errors:
            raise ValidationError(errors)
        order = [slug for slug, _label in borrower_choices()]
        return sorted(
            kept.values(), key=lambda f: (order.index(f["borrower"]), f["days"])
        )

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return self.clean(data) != (initial or [])
        except ValidationError:
            return True


def read_fee(row: dict[str, str]) -> dict[str, Any]:
    """One row of the scale. Raises ``ValidationError`` with what to do."""
    borrower = row["borrower"] or EVERYONE
    if borrower not in dict(borrower_choices()):
        raise ValidationError(_("choisissez un emprunteur de la liste."), "borrower")
    days = row["days"]
    if not re.fullmatch(r"[0-9]{1,4}", days) or not 1 <= int(days) <= MOST_DAYS:
        text = _("écrivez la durée en jours, de 1 à %(most)s.")
        raise ValidationError(text, "days", {"most": MOST_DAYS})
    cents = parse_cents(row["euros"])
    if cents is None:
        raise ValidationError(_("écrivez le montant, 0 si c’est gratuit."), "euros")
    return {"borrower": borrower, "days": int(days), "cents": cents}


def twice(borrower: str, days: int) -> str:
    return _("« %(borrower)s » et %(days)s sont déjà dans le barème.") % {
        "borrower": borrower_label(borrower),
        "days": days_label(days),
    }


class NamesWidget(forms.Widget):
    """Boxes for names, one a structure, with blank ones at the end."""

    template_name = "catalogue/widgets/names.html"
    use_fieldset = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        if not hasattr(data, "getlist"):
            return data.get(name, [])
        return [text.strip() for text in data.getlist(name)]

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        names = [str(one) for one in value or [] if str(one)]
        context["widget"] |= {
            "names": names + [""] * BLANK_NAMES,
            "suggest": reverse_lazy("directory:structure_suggest"),
            "some": gettext_lazy("{n} structures. Flèche vers le bas pour choisir."),
            "none": gettext_lazy("Aucune structure de ce nom."),
        }
        return context


class StructuresField(forms.Field):
    """Structures by their names, as the suggestions write them; gives the rows."""

    widget = NamesWidget

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.user: Any = None

    def clean(self, value: Any) -> list[Structure]:
        names = list(dict.fromkeys(str(text) for text in value or [] if str(text)))
        if len(names) > MOST_PRODUCERS:
            raise ValidationError(
                _("Nommez au plus %(most)s producteurs."),
                "many",
                {"most": MOST_PRODUCERS},
            )
        rows = Structure.objects.all().visible_to(self.user)
        found, unknown = {}, []
        for name in names:
            row = (
                rows.filter(name__iexact=name[:200])
                .order_by("-verified_on", "pk")
                .first()
            )
            if row is None:
                unknown.append(name[:80])
            else:
                found[row.pk] = row
        if unknown:
            raise ValidationError(
                _(
                    "Aucune structure ne s’appelle « %(names)s » : choisissez-la dans "
                    "les suggestions, ou proposez-la d’abord."
                ),
                "unknown",
                {"names": _(" », « ").join(unknown)},
            )
        return list(found.values())

    def has_changed(self, initial: Any, data: Any) -> bool:
        names = {str(row).casefold() for row in initial or []}
        return names != {str(text).casefold() for text in data or [] if str(text)}
