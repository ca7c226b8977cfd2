"""What people type about wear, work, money and visitors."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from maillage.catalogue.models import RevenueKey
from maillage.circulation.choices import ExpenseKind, Severity
from maillage.circulation.models import Attendance, Component, Copy
from maillage.core.form_fields import DayField, rows_of
from maillage.core.money import EurosField
from maillage.directory.models import Structure


class ComponentChoice(forms.ModelChoiceField[Component]):
    def label_from_instance(self, obj: Component) -> str:
        return f"{obj.name} ({obj.label})"


class IncidentForm(forms.Form):
    component = ComponentChoice(
        Component.objects.none(), required=False, label=_("Élément"),
        empty_label=_("l’ensemble, ou on ne sait pas"),
    )  # fmt: skip
    noticed_on = DayField(label=_("Constaté le"))
    severity = forms.ChoiceField(choices=Severity.choices, label=_("Gravité"))
    text = forms.CharField(max_length=400, label=_("Ce qui s’est passé"))
    cost_cents = EurosField(
        required=False, label=_("Coût (€)"), help_text=_("S’il est déjà connu.")
    )

    def __init__(self, *args: Any, copy: Copy, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = rows_of(self, "component")
        field.queryset = copy.components.filter(retired_on=None)


class DoneForm(forms.Form):
    """The day on which something was done, and what it cost."""

    on = DayField(label=_("Fait le"))
    cost_cents = EurosField(required=False, label=_("Coût (€)"))


class MaintenanceForm(forms.Form):
    start = DayField(label=_("Du"))
    end = DayField(label=_("Jusqu’au (jour de la remise en service)"))
    text = forms.CharField(max_length=300, label=_("Travaux"))
    is_repair = forms.BooleanField(
        required=False, label=_("C’est une réparation (l’exemplaire est en panne)")
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        start, end = data.get("start"), data.get("end")
        if start and end and end <= start:
            self.add_error("end", _("La remise en service vient après le début."))
        return data


class ExpenseForm(forms.Form):
    kind = forms.ChoiceField(choices=ExpenseKind.choices, label=_("Nature"))
    spent_on = DayField(label=_("Date"))
    cents = EurosField(label=_("Montant (€)"))
    text = forms.CharField(required=False, max_length=200, label=_("Libellé"))
    copy = forms.ModelChoiceField(
        Copy.objects.none(),
        required=False,
        label=_("Exemplaire"),
        empty_label=_("tous"),
    )

    def __init__(self, *args: Any, resource: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = rows_of(self, "copy")
        field.queryset = resource.copies.order_by("rank")

    def clean_cents(self) -> int:
        cents = self.cleaned_data["cents"]
        if not cents:
            raise forms.ValidationError(_("Écrivez un montant au-dessus de zéro."))
        return int(cents)


class KeyForm(forms.Form):
    structure = forms.ModelChoiceField(
        Structure.objects.none(), required=False, label=_("Structure")
    )
    parts = forms.IntegerField(
        required=False, min_value=1, max_value=100_000, label=_("Parts")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = rows_of(self, "structure")
        field.queryset = Structure.objects.published().order_by("name")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        is_half = bool(data.get("structure")) != bool(data.get("parts"))
        if is_half and not self.errors:
            self.add_error(None, _("Donnez la structure et son nombre de parts."))
        return data


class BaseKeys(forms.BaseFormSet[KeyForm]):
    def pairs(self) -> list[tuple[Structure, int]]:
        return [
            (form.cleaned_data["structure"], form.cleaned_data["parts"])
            for form in self.forms
            if form.cleaned_data.get("structure")
        ]


def keys_formset(keys: list[RevenueKey], data: Any = None) -> BaseKeys:
    """A line for each partner, and two more."""
    made = forms.formset_factory(
        KeyForm, formset=BaseKeys, extra=2, max_num=20, absolute_max=20
    )
    initial = [{"structure": key.structure_id, "parts": key.parts} for key in keys]
    return cast("BaseKeys", made(data, initial=initial, prefix="keys"))


class AttendanceForm(forms.ModelForm[Attendance]):
    class Meta:
        model = Attendance
        fields = ("pupils", "classes", "public", "guided_tours", "comment")
        widgets = {"comment": forms.Textarea(attrs={"rows": 4})}
        labels = {
            "pupils": _("Élèves venus avec leur classe"),
            "classes": _("Nombre de classes"),
            "public": _("Autres visiteurs"),
            "guided_tours": _("Visites accompagnées"),
        }
        help_texts = {
            "public": _("Une estimation suffit, si vous n’avez pas compté."),
            "comment": _("Ce qui a plu, ce qui a manqué : le prêteur le lira."),
        }
