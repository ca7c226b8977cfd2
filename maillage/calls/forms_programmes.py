"""Programmes of others, as the agency writes them."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from maillage.calls.models import FundingProgramme
from maillage.calls.services.funding import FIELDS
from maillage.core import vocab
from maillage.core.form_fields import DayField, choices_of
from maillage.directory.fields import WebField
from maillage.territories.models import Department


class FundingForm(forms.ModelForm[FundingProgramme]):
    departments = forms.MultipleChoiceField(
        label=gettext_lazy("Départements"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=gettext_lazy("Aucun : toute la région."),
    )
    themes = forms.MultipleChoiceField(
        label=gettext_lazy("Thèmes"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=gettext_lazy("Aucun : tous les thèmes."),
    )
    structure_kinds = forms.MultipleChoiceField(
        label=gettext_lazy("Natures de structures"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=gettext_lazy("Aucune : toutes les natures."),
    )
    url = WebField(label=gettext_lazy("Page officielle"), required=False)
    source_on = DayField(label=gettext_lazy("Source lue le"), required=False)

    class Meta:
        model = FundingProgramme
        fields = FIELDS
        widgets = {
            "summary": forms.Textarea(attrs={"rows": 4}),
            "eligibility": forms.Textarea(attrs={"rows": 4}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = Department.objects.order_by("code").values_list("code", "name")
        choices_of(self, "departments").choices = list(rows)
        for name in ("themes", "structure_kinds"):
            choices_of(self, name).choices = vocab.choices(name)


class DateForm(forms.Form):
    label = forms.CharField(label=gettext_lazy("Quoi"), max_length=200)
    opens_on = DayField(label=gettext_lazy("Ouverture"), required=False)
    closes_on = DayField(label=gettext_lazy("Dernier jour"))
