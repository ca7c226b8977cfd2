"""What the agency sets to pay places: rules, a period, a budget."""

import datetime as dt
from typing import Any, Self

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _, gettext_lazy

from maillage.core.form_fields import DayField, rows_of
from maillage.core.money import EurosField
from maillage.passport.models import SettlementRule
from maillage.passport.services.settling_rules import (
    FULL,
    HOLDER,
    LOST,
    NUMBERS,
    PASSAGE,
    PERSON,
)

MOST_RULES = 4
#: A period of years is a mistake of the keyboard.
LONGEST = 800
MOST_CENTS_EACH = 1_000_00
PER = (
    (PERSON, gettext_lazy("par personne entrée, accompagnants compris")),
    (HOLDER, gettext_lazy("par personne du passeport, sans les accompagnants")),
    (PASSAGE, gettext_lazy("par passage, quel que soit le nombre de personnes")),
)
OF = (
    (FULL, gettext_lazy("du plein tarif")),
    (LOST, gettext_lazy("de ce que le lieu n’a pas encaissé : plein tarif moins ce qui a été payé")),
)  # fmt: skip


class SettlementRuleForm(forms.Form):
    """A rule of one kind: only its own numbers are asked."""

    name = forms.CharField(
        label=gettext_lazy("Nom"),
        max_length=80,
        help_text=gettext_lazy("Pour la reconnaître, comme « 2 € par visiteur »."),
    )
    cents = EurosField(label=gettext_lazy("Forfait"))
    per = forms.ChoiceField(
        label=gettext_lazy("Compté"), choices=PER, widget=forms.RadioSelect
    )
    share = forms.IntegerField(
        label=gettext_lazy("Part du prix, en %"), min_value=1, max_value=100
    )
    of = forms.ChoiceField(
        label=gettext_lazy("De quel prix"), choices=OF, widget=forms.RadioSelect
    )
    unpriced_cents = EurosField(
        label=gettext_lazy("Prix compté quand le lieu n’a pas dit son plein tarif"),
        required=False,
        help_text=gettext_lazy("Vide : rien."),
    )
    bonus_cents = EurosField(
        label=gettext_lazy("Bonus pour qui vient de loin"),
        help_text=gettext_lazy("S’ajoute au forfait."),
    )
    km = forms.IntegerField(
        label=gettext_lazy("De loin, c’est à partir de (km)"),
        min_value=1,
        max_value=500,
        help_text=gettext_lazy(
            "À vol d’oiseau, de la commune du passeport au lieu. Sans commune connue, "
            "pas de bonus."
        ),
    )

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        first = {"per": PERSON, "of": FULL, **(kwargs.pop("initial", None) or {})}
        super().__init__(*args, **{**kwargs, "initial": first})
        self.kind = kind
        for name in set(self.fields) - {"name", *NUMBERS[kind]}:
            del self.fields[name]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for name in ("cents", "unpriced_cents", "bonus_cents"):
            if (data.get(name) or 0) > MOST_CENTS_EACH:
                self.add_error(name, _("C’est beaucoup pour une visite : 1 000 € au plus."))  # fmt: skip
        return data

    @property
    def numbers(self) -> dict[str, Any]:
        """The numbers of the rule as they are kept."""
        return {name: self.cleaned_data[name] or 0 for name in NUMBERS[self.kind]}


class PeriodForm(forms.Form):
    """Which passages are paid, and out of how much."""

    starts_on = DayField(label=gettext_lazy("Premier jour"))
    last_on = DayField(label=gettext_lazy("Dernier jour"))
    budget = EurosField(
        label=gettext_lazy("Budget"),
        required=False,
        help_text=gettext_lazy("Vide : ce que coûte la première règle."),
    )
    is_capped = forms.BooleanField(
        label=gettext_lazy("Ne jamais payer plus que la règle"),
        required=False,
        help_text=gettext_lazy(
            "Le reste du budget reste à la Région. Sinon, tout le budget est partagé."
        ),
    )
    pays_flagged = forms.BooleanField(
        label=gettext_lazy("Payer aussi les passages à revoir"), required=False
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        start, last = data.get("starts_on"), data.get("last_on")
        if start and last and last < start:
            self.add_error("last_on", _("Le dernier jour vient après le premier."))
        elif start and last and (last - start).days > LONGEST:
            self.add_error("last_on", _("Choisissez une période de deux ans au plus."))
        return data

    def clean_budget(self) -> int | None:
        budget: int | None = self.cleaned_data["budget"]
        if budget == 0:
            raise ValidationError(_("Écrivez un budget de plus de 0 €."))
        return budget

    @property
    def choices(self) -> dict[str, Any]:
        """As services are asked."""
        data = self.cleaned_data
        return {
            "start": data["starts_on"],
            "end": data["last_on"] + dt.timedelta(1),
            "budget_cents": data["budget"],
            "is_capped": data["is_capped"],
            "pays_flagged": data["pays_flagged"],
        }


class SimulationForm(PeriodForm):
    """Rules to lay side by side."""

    rules = forms.ModelMultipleChoiceField(
        SettlementRule.objects.none(),
        label=gettext_lazy("Règles"),
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows_of(self, "rules").queryset = SettlementRule.objects.order_by("name", "pk")

    def clean_rules(self) -> Any:
        rows = self.cleaned_data["rules"]
        if len(rows) > MOST_RULES:
            raise ValidationError(
                _("Comparez %(most)s règles au plus."), "many", {"most": MOST_RULES}
            )
        return rows


class KeepForm(PeriodForm):
    """One rule of a simulation, to be decided later."""

    rule = forms.ModelChoiceField(
        SettlementRule.objects.none(), label=gettext_lazy("Règle")
    )
    name = forms.CharField(label=gettext_lazy("Nom du projet"), max_length=80)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["budget"].required = True
        rows_of(self, "rule").queryset = SettlementRule.objects.order_by("name", "pk")

    @classmethod
    def hidden(cls, *, initial: dict[str, Any], rules: Any) -> Self:
        """The form below a simulation: what was simulated is not asked again."""
        form = cls(initial={**initial, "rule": rules[0].pk}, auto_id="keep_%s")
        for name in ("starts_on", "last_on", "budget", "is_capped", "pays_flagged"):
            form.fields[name].widget = forms.HiddenInput()
        found = rows_of(form, "rule")
        found.queryset, found.empty_label = rules, None
        return form
