"""What a place says of a thing that it gives to holders of the pass."""

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext as _, gettext_lazy

from maillage.agenda.models import Event
from maillage.core.form_fields import DayField, choices_of, rows_of
from maillage.core.money import EurosField
from maillage.directory.fields import readable_data
from maillage.directory.models import Place
from maillage.passport.choices import AgeBand, Gives, PassKind
from maillage.passport.models import Benefit
from maillage.passport.services.benefits import EDITABLE

DAY = dt.timedelta(1)
#: Where a refusal of the service is shown.
PLACES = {
    "event_elsewhere": "event", "price": "price_cents", "times": "times",
    "days": "last_on",
}  # fmt: skip


class BenefitForm(forms.ModelForm[Benefit]):
    """``last_on`` is the last day itself; what is kept is the day after."""

    normal_cents = EurosField(label=gettext_lazy("Plein tarif"), required=False)
    price_cents = EurosField(
        label=gettext_lazy("Tarif du passeport"),
        required=False,
        help_text=gettext_lazy("Pour un tarif réduit seulement. L’entrée le dit à qui contrôle."),
    )  # fmt: skip
    kinds = forms.MultipleChoiceField(
        label=gettext_lazy("Réservé à ces passeports"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=PassKind.choices,
        help_text=gettext_lazy("Aucun coché : tous les passeports."),
    )
    age_bands = forms.MultipleChoiceField(
        label=gettext_lazy("Réservé à ces âges"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[(band, label) for band, label in AgeBand.choices if band],
        help_text=gettext_lazy(
            "Aucun coché : tous les âges. Le passeport d’un foyer ne dit pas d’âge : "
            "réservé à des âges, l’avantage ne lui est pas donné."
        ),
    )
    last_on = DayField(label=gettext_lazy("Dernier jour"), required=False)

    class Meta:
        model = Benefit
        fields = (
            "gives", "normal_cents", "price_cents", "label", "event", "kinds",
            "age_bands", "most_companions", "limit", "times", "starts_on",
        )  # fmt: skip
        field_classes = {"starts_on": DayField}
        widgets = {"gives": forms.RadioSelect, "limit": forms.RadioSelect}
        labels = {
            "gives": gettext_lazy("Le lieu donne"),
            "event": gettext_lazy("Pour un événement seulement"),
            "most_companions": gettext_lazy("Accompagnants au plus"),
            "limit": gettext_lazy("Combien de fois"),
        }
        help_texts = {
            "label": gettext_lazy(
                "Facultatif : ce que les cases ne disent pas. Par exemple : sauf les "
                "soirs, une visite guidée offerte."
            ),
            "event": gettext_lazy("Vide : pour l’entrée du lieu, tous les jours."),
            "most_companions": gettext_lazy(
                "Personnes sans passeport qui entrent aux mêmes conditions."
            ),
            "times": gettext_lazy("Pour « un nombre de fois par saison »."),
            "starts_on": gettext_lazy("Vide : dès maintenant."),
        }

    def __init__(
        self, data: Any = None, *, place: Place, today: dt.date, **kwargs: Any
    ) -> None:
        super().__init__(readable_data(data), **kwargs)
        event = rows_of(self, "event")
        coming = Event.objects.published().filter(place=place).upcoming(today)
        if self.instance.event_id:
            coming |= Event.objects.filter(pk=self.instance.event_id)
        event.queryset = coming.order_by("first_on", "name").distinct()
        event.empty_label = _("l’entrée du lieu")
        if not event.queryset.exists():
            del self.fields["event"]
        choices_of(self, "gives").choices = Gives.choices  # no button for nothing
        if self.instance.ends_on:
            self.initial["last_on"] = self.instance.ends_on - DAY
        if not self.instance.price_cents:
            self.initial["price_cents"] = None
        self.fields["most_companions"].required = False
        self.order_fields([*self.Meta.fields, "last_on"])

    def _post_clean(self) -> None:
        """The service checks what it writes; the row is not touched before."""

    def values(self) -> dict[str, Any]:
        """What the service takes."""
        data = {n: v for n, v in self.cleaned_data.items() if n in EDITABLE}
        last = self.cleaned_data.get("last_on")
        data["ends_on"] = last + DAY if last else None
        data["price_cents"] = data["price_cents"] or 0
        data["most_companions"] = data["most_companions"] or 0
        return data

    def refuse(self, code: str, message: str) -> None:
        name = PLACES.get(code)
        self.add_error(name if name in self.fields else None, message)
