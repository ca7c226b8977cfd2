"""What the agency chooses: tables to publish, themes of free answers."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from maillage.surveys.results.variables import Variable

PAIRS = 6


class ReleaseForm(forms.Form):
    """Questions, crossings and the comparison with the wave before."""

    questions = forms.MultipleChoiceField(
        label=_("Questions"),
        widget=forms.CheckboxSelectMultiple,
        help_text=_(
            "Chacune est publiée pour l’ensemble, par nature et par département."
        ),
    )
    panel = forms.BooleanField(
        label=_("Comparer avec l’édition d’avant"), required=False, initial=True
    )

    def __init__(
        self, *args: Any, variables: Sequence[Variable], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.variables = {variable.code: variable for variable in variables}
        names = [(variable.code, label_of(variable)) for variable in variables]
        questions: Any = self.fields["questions"]
        questions.choices = names
        questions.initial = [code for code, _label in names]
        closed = [(v.code, label_of(v)) for v in variables if v.is_closed and v.options]
        for rank in range(1, PAIRS + 1):
            for side, label in (("one", _("Croiser")), ("two", _("avec"))):
                self.fields[f"{side}_{rank}"] = forms.ChoiceField(
                    label=label, required=False, choices=[("", "–"), *closed]
                )

    @property
    def sections(self) -> list[tuple[str, list[Any]]]:
        """The boxes of the questions, under the page of the questionnaire they are on."""
        found: dict[str, list[Any]] = {}
        for box in self["questions"]:
            section = self.variables[str(box.data["value"])].section
            found.setdefault(section, []).append(box)
        return list(found.items())

    @property
    def pairs(self) -> list[tuple[Any, Any]]:
        """The menus of each crossing."""
        return [
            (self[f"one_{rank}"], self[f"two_{rank}"]) for rank in range(1, PAIRS + 1)
        ]

    @property
    def tables(self) -> dict[str, Any]:
        values = self.cleaned_data
        pairs = [
            [values[f"one_{rank}"], values[f"two_{rank}"]]
            for rank in range(1, PAIRS + 1)
            if values[f"one_{rank}"] and values[f"two_{rank}"]
        ]
        return {
            "questions": values["questions"],
            "crossings": pairs,
            "panel": values["panel"],
        }


def label_of(variable: Variable) -> str:
    """A question, with the group that it is asked in: « Sorte » is not enough."""
    if variable.item:
        return f"{variable.item} : {variable.label}"
    return variable.label


class ThemesForm(forms.Form):
    """The themes of a question, one a line: « Libellé : mot, autre mot »."""

    themes = forms.CharField(
        label=_("Thèmes"),
        widget=forms.Textarea(attrs={"rows": 10}),
        max_length=8000,
        required=False,
        help_text=_(
            "Un thème par ligne, puis deux points et les mots qui le font proposer. "
            "Exemple : « Transport : camion, livraison, trajet »."
        ),
    )
