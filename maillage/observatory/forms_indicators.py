"""What people type of indicators: filters, a definition, one figure."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _, gettext_lazy

from maillage.core import vocab
from maillage.core.errors import Refused
from maillage.core.form_fields import choices_of
from maillage.observatory import periods
from maillage.observatory.choices import (
    Aggregation,
    IndicatorState,
    Level,
    Secrecy,
    Status,
)
from maillage.observatory.models import Indicator, IndicatorQuerySet
from maillage.observatory.services.aggregating import levels_from
from maillage.observatory.services.finding import find_indicators
from maillage.observatory.services.perimeters import find_territory
from maillage.territories.services import find_commune

EVERY = ("", gettext_lazy("tous"))


class FilterForm(forms.Form):
    """What the list of indicators is narrowed by; the address holds it all."""

    q = forms.CharField(label=gettext_lazy("Mot"), required=False, max_length=80)
    family = forms.ChoiceField(label=gettext_lazy("Famille"), required=False)
    theme = forms.ChoiceField(label=gettext_lazy("Thème"), required=False)
    level = forms.ChoiceField(
        label=gettext_lazy("Niveau le plus fin"),
        required=False,
        choices=[EVERY, *Level.choices],
    )
    state = forms.ChoiceField(
        label=gettext_lazy("État"),
        required=False,
        choices=[EVERY, *IndicatorState.choices],
    )

    def __init__(
        self, *args: Any, families: list[str], reader: bool, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        choices_of(self, "family").choices = [EVERY, *((f, f) for f in families)]
        choices_of(self, "theme").choices = [EVERY, *vocab.choices("themes")]
        if not reader:
            del self.fields["state"]

    def narrowed(self, rows: IndicatorQuerySet) -> list[Indicator]:
        """The indicators that are asked for; a filter that is nonsense is left out."""
        self.is_valid()
        asked = self.cleaned_data
        for field, name in (
            ("family", "family"),
            ("level", "finest"),
            ("state", "state"),
        ):
            if asked.get(field):
                rows = rows.filter(**{name: asked[field]})
        theme = asked.get("theme")
        found = [row for row in rows if not theme or theme in row.themes]
        text = asked.get("q", "").strip()
        return find_indicators(found, text) if text else found


class IndicatorForm(forms.ModelForm[Indicator]):
    """The definition of an indicator."""

    source_url = forms.URLField(
        label=gettext_lazy("Page de la source"), required=False, max_length=500,
        assume_scheme="https",
    )  # fmt: skip

    class Meta:
        model = Indicator
        fields = (
            "name", "code", "unit", "decimals", "family", "themes", "about", "method",
            "limits", "aggregation", "weight_name", "scale", "zero_if_absent",
            "period_kind", "finest", "shown_from", "secrecy", "higher_is_better", "rank", "owner",
            "plan_ref", "source_name", "source_url", "licence",
        )  # fmt: skip
        help_texts = {
            "code": gettext_lazy("Dans son adresse, en minuscules : visiteurs-musees."),
            "family": gettext_lazy("Le chapitre où il se range, par exemple Publics."),
            "secrecy": gettext_lazy(
                "Avec le secret, une valeur qui dit quelque chose de moins de trois "
                "structures n’est jamais publiée."
            ),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("about", "limits", "method"):
            self.fields[name].widget.attrs["rows"] = 3
        if self.instance.pk:
            for name in ("code", "period_kind"):
                self.fields[name].disabled = True
        if self.instance.computation:
            for name in ("aggregation", "scale", "finest", "zero_if_absent", "secrecy"):
                self.fields[name].disabled = True

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        needs = {Aggregation.MEAN, Aggregation.RATE}
        if data.get("aggregation") in needs and not data.get("weight_name"):
            self.add_error(
                "weight_name", _("Dites par quoi l’on divise, par exemple : habitants.")
            )
        if data.get("scale") is not None and not 0 < data["scale"] <= 1e9:
            self.add_error("scale", _("Écrivez un nombre plus grand que zéro."))
        return data


class ObservationForm(forms.Form):
    """One figure, typed by the agency."""

    level = forms.ChoiceField(label=gettext_lazy("Niveau"))
    territory = forms.CharField(
        label=gettext_lazy("Territoire"),
        max_length=100,
        help_text=gettext_lazy("Son code, ou pour une commune son nom."),
    )
    period = forms.CharField(label=gettext_lazy("Période"), max_length=10)
    value = forms.FloatField(
        label=gettext_lazy("Valeur"), required=False, localize=True
    )
    numerator = forms.FloatField(
        label=gettext_lazy("Numérateur"), required=False, localize=True
    )
    denominator = forms.FloatField(
        label=gettext_lazy("Dénominateur"), required=False, localize=True, min_value=0
    )
    units = forms.IntegerField(
        label=gettext_lazy("Nombre d’unités derrière"), required=False, min_value=0,
        max_value=10_000_000,
    )  # fmt: skip
    largest = forms.FloatField(
        label=gettext_lazy("Part de la plus grande (%)"), required=False, localize=True,
        min_value=0, max_value=100,
    )  # fmt: skip
    status = forms.ChoiceField(
        label=gettext_lazy("Statut"), choices=Status.choices, initial=Status.FINAL
    )
    note = forms.CharField(label=gettext_lazy("Note"), max_length=200, required=False)

    def __init__(self, *args: Any, indicator: Indicator, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.indicator = indicator
        levels = levels_from(indicator.finest)
        choices_of(self, "level").choices = [
            (code, Level(code).label) for code in levels
        ]
        kind = indicator.period_kind
        self.fields["period"].help_text = _("Comme %s.") % periods.EXAMPLES[kind]
        if indicator.aggregation not in {Aggregation.MEAN, Aggregation.RATE}:
            del self.fields["numerator"], self.fields["denominator"]
        elif indicator.aggregation == Aggregation.RATE:
            self.fields["value"].help_text = _(
                "Vide : numérateur divisé par dénominateur."
            )
        if indicator.secrecy == Secrecy.NONE:
            del self.fields["units"], self.fields["largest"]

    def clean_period(self) -> str:
        try:
            return periods.read(self.indicator.period_kind, self.cleaned_data["period"])
        except Refused as no:
            raise forms.ValidationError(no.message, no.code) from no

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        level, typed = data.get("level"), data.get("territory", "").strip()
        if level and typed:
            found = find_territory(level, typed)
            commune = (
                find_commune(typed) if level == Level.COMMUNE and not found else None
            )
            if not found and not commune:
                self.add_error(
                    "territory", _("Aucun territoire de ce niveau ne correspond.")
                )
            data["code"] = commune.insee if commune else typed
        both = data.get("numerator") is not None and data.get("denominator")
        if data.get("value") is None and not both and not self.errors:
            self.add_error("value", _("Écrivez une valeur."))
        return data
