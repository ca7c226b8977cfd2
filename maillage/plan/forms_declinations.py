"""What people write of a declination."""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext as _, gettext_lazy

from maillage.core.form_fields import DayField, choices_of, rows_of
from maillage.directory.fields import readable_data
from maillage.directory.forms import StructureChoice
from maillage.plan.action_choices import DECLINED, SCOPE_FIELDS, Scope
from maillage.plan.forms_actions import FIRST_YEAR, LAST_YEAR, leads
from maillage.plan.models import Declination, Node
from maillage.territories.models import Department, Epci

FIGURE = re.compile(r"^(\d{4})\s*[:=]\s*(-?\d+(?:[.,]\d+)?)$")
MOST = 20


class DeclinationForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Nom"), max_length=160)
    owner = StructureChoice(label=gettext_lazy("Structure qui la porte"))
    scope = forms.ChoiceField(label=gettext_lazy("Pour"), choices=())
    department = forms.ModelChoiceField(
        Department.objects.none(), label=gettext_lazy("Département"), required=False
    )
    epci = forms.ModelChoiceField(
        Epci.objects.none(), label=gettext_lazy("Intercommunalité"), required=False
    )
    establishment = StructureChoice(label=gettext_lazy("Établissement"), required=False)
    about = forms.CharField(
        label=gettext_lazy("Présentation"),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    adopted_on = DayField(label=gettext_lazy("Adoptée le"), required=False)
    leads = forms.ModelMultipleChoiceField(
        Node.objects.none(),
        label=gettext_lazy("Pistes du plan qu’elle adopte"),
        required=False,
        widget=forms.SelectMultiple(attrs={"size": 12}),
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices_of(self, "scope").choices = [(s.value, s.label) for s in DECLINED]
        rows_of(self, "department").queryset = Department.objects.order_by("code")
        rows_of(self, "epci").queryset = Epci.objects.order_by("name")
        rows_of(self, "leads").queryset = leads()
        for name in ("owner", "establishment"):
            field: Any = self.fields[name]
            field.user = user

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("scope"):
            name = SCOPE_FIELDS[Scope(data["scope"])]
            if name not in self.errors and not data.get(name):
                self.add_error(name, _("Dites lequel."))
        return data


class OwnIndicatorForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Indicateur"), max_length=160, required=False
    )
    unit = forms.CharField(label=gettext_lazy("Unité"), max_length=60, required=False)
    target = forms.FloatField(
        label=gettext_lazy("Cible"), required=False, localize=True
    )
    target_year = forms.IntegerField(
        label=gettext_lazy("Année de la cible"), required=False, min_value=FIRST_YEAR,
        max_value=LAST_YEAR,
    )  # fmt: skip
    figures = forms.CharField(
        label=gettext_lazy("Valeurs"), required=False, max_length=500
    )

    def clean_figures(self) -> dict[int, float]:
        """« 2025 : 12 ; 2026 : 15,5 » as values by year."""
        found: dict[int, float] = {}
        for part in filter(
            None, map(str.strip, self.cleaned_data["figures"].split(";"))
        ):
            match = FIGURE.match(part)
            if match is None:
                raise forms.ValidationError(
                    _("Écrivez une année et sa valeur, comme 2026 : 15,5."), "figure"
                )
            found[int(match[1])] = float(match[2].replace(",", "."))
        return found

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        says = any(data.get(name) for name in ("unit", "figures")) or data.get("target") is not None  # fmt: skip
        if says and not data.get("name"):
            self.add_error("name", _("Nommez cet indicateur."))
        return data


INDICATORS = forms.formset_factory(
    OwnIndicatorForm, extra=2, max_num=MOST, absolute_max=MOST
)


class DeclinationSheet:
    """The declination and its own indicators, as one page sends them."""

    def __init__(
        self, row: Declination | None, *, user: Any, data: Any = None, first: Any = None
    ) -> None:
        data = readable_data(data)
        saved = first_values(row) if row else dict(first or {})
        self.form = DeclinationForm(data, user=user, initial=saved)
        lines = own_lines(row) if row else []
        self.indicators = INDICATORS(data, initial=lines, prefix="own")
        for number, line in enumerate(self.indicators.forms, 1):
            for field in line.fields.values():
                said = _("%(what)s, ligne %(number)d")
                field.widget.attrs["aria-label"] = said % {
                    "what": field.label, "number": number,
                }  # fmt: skip

    def is_valid(self) -> bool:
        good = [self.form.is_valid(), self.indicators.is_valid()]
        return all(good)

    @property
    def line_errors(self) -> list[str]:
        if not self.form.is_bound:
            return []
        return [
            _("Ligne %(number)d : %(error)s") % {"number": number, "error": error}
            for number, line in enumerate(self.indicators.forms, 1)
            for errors in line.errors.values()
            for error in errors
        ]

    def asked(self) -> dict[str, Any]:
        data = dict(self.form.cleaned_data)
        rows = [row for row in self.indicators.cleaned_data if row.get("name")]
        return {"leads": data.pop("leads"), "values": data, "indicators": rows}


def first_values(row: Declination) -> dict[str, Any]:
    names = ("name", "owner", "scope", "department", "epci", "establishment", "about", "adopted_on")  # fmt: skip
    found = {name: getattr(row, name) for name in names}
    return found | {"leads": [one.node_id for one in row.adoptions.all()]}


def own_lines(row: Declination) -> list[dict[str, Any]]:
    return [
        {
            "name": one.name,
            "unit": one.unit,
            "target": one.target,
            "target_year": one.target_year,
            "figures": " ; ".join(
                f"{figure.year} : {figure.value:g}" for figure in one.figures.all()
            ),
        }
        for one in row.own_indicators.prefetch_related("figures")
    ]
