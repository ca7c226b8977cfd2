"""Forms of the life of a loan. Days that people write are the last ones, included."""

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from maillage.circulation.choices import ChargeKind, LoanState, Moment
from maillage.circulation.models import Loan
from maillage.core.form_fields import DayField
from maillage.core.money import EurosField, parse_cents
from maillage.core.uploads import DOCUMENT_BYTES

DAY = dt.timedelta(1)
STATES = [
    ("", _("en cours et à venir")),
    *LoanState.choices,
    ("late", _("en retard")),
    ("all", _("tous, même terminés")),
]


class LoanFilterForm(forms.Form):
    """What the list shows; all of it may be left out."""

    q = forms.CharField(
        label=_("Ressource, lieu ou commune"), required=False, max_length=100,
        widget=forms.TextInput(attrs={"type": "search"}),
    )  # fmt: skip
    etat = forms.ChoiceField(label=_("État"), choices=STATES, required=False)
    du = DayField(label=_("Du"), required=False)
    au = DayField(label=_("Au"), required=False)

    def chosen(self) -> dict[str, Any]:
        """What could be read; a wrong date is as good as none."""
        self.is_valid()
        data = self.cleaned_data if self.is_bound else {}
        return {name: data.get(name) for name in self.fields}


class CancelForm(forms.Form):
    reason = forms.CharField(
        label=_("Pourquoi"),
        max_length=250,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("L’autre partie le lira."),
    )


class StepForm(forms.Form):
    """A handover noted by hand: which, and when."""

    moment = forms.ChoiceField(choices=Moment, widget=forms.HiddenInput)
    on = DayField(label=_("Jour"))


class EndForm(forms.Form):
    last_day = DayField(label=_("Dernier jour ouvert au public"))

    def __init__(self, *args: Any, loan: Loan, **kwargs: Any) -> None:
        wished = loan.asked_until or loan.ends_on
        kwargs.setdefault("initial", {"last_day": wished - DAY})
        super().__init__(*args, **kwargs)

    @property
    def until(self) -> dt.date:
        day: dt.date = self.cleaned_data["last_day"]
        return day + DAY


class DatesForm(forms.Form):
    first_day = DayField(label=_("Premier jour ouvert au public"))
    last_day = DayField(label=_("Dernier jour ouvert au public"))
    agreed = forms.BooleanField(
        label=_("L’emprunteur est déjà d’accord"),
        required=False,
        help_text=_("Sinon, il devra confirmer les nouvelles dates."),
    )

    def __init__(self, *args: Any, loan: Loan, **kwargs: Any) -> None:
        days = {"first_day": loan.starts_on, "last_day": loan.ends_on - DAY}
        kwargs.setdefault("initial", days)
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        first, last = data.get("first_day"), data.get("last_day")
        if first and last and last < first:
            self.add_error("last_day", _("Le dernier jour vient après le premier."))
        return data


class PaperForm(forms.Form):
    on = DayField(label=_("Le"), required=False)


class InsuranceForm(forms.Form):
    file = forms.FileField(
        label=_("Attestation d’assurance"),
        max_length=200,
        help_text=_("Un PDF, ou une photo nette. Elle n’est lue que par le prêteur."),
    )
    until = DayField(label=_("Valable jusqu’au"))

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > DOCUMENT_BYTES:
            raise forms.ValidationError(
                _("Ce fichier est trop lourd : 20 Mo au plus."), "too_big"
            )
        return file


class SignedEurosField(EurosField):
    """An amount that may be negative: « -20 »."""

    def clean(self, value: Any) -> Any:
        text = str(value or "").strip().replace("−", "-")
        if text.startswith("-"):
            cents = super().clean(text[1:])
            return None if cents is None else -cents
        return super().clean(text)

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, int) and value < 0:
            return f"-{super().prepare_value(-value)}"
        return super().prepare_value(value)

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(parse_cents(str(data or "").lstrip("-−")) != initial)
        except forms.ValidationError:
            return True


class ChargeForm(forms.Form):
    kind = forms.ChoiceField(label=_("Nature"), choices=ChargeKind)
    text = forms.CharField(label=_("Libellé"), max_length=200)
    cents = SignedEurosField(
        label=_("Montant en euros"), help_text=_("Une remise est comptée en moins.")
    )


class BreakForm(forms.Form):
    reason = forms.CharField(
        label=_("Ce qui est cassé"),
        max_length=200,
        help_text=_("Les emprunteurs le liront."),
    )
    last_day = DayField(
        label=_("Hors service jusqu’au"),
        required=False,
        help_text=_("Dernier jour en réparation. Vide : hors d’usage, sans date."),
    )

    @property
    def until(self) -> dt.date | None:
        day: dt.date | None = self.cleaned_data["last_day"]
        return day + DAY if day else None


class WeekForm(forms.Form):
    """The week to print: any of its days."""

    jour = DayField(label=_("Semaine du"), required=False)
