"""Evaluations, their logic frame, rounds of questions and the questionnaire itself."""

import datetime as dt
from typing import Any

from django import forms
from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy

from maillage.accounts.models import User
from maillage.agenda.models import Event
from maillage.catalogue.models import Resource
from maillage.core.form_fields import DayField, rows_of
from maillage.studio.kits import SCALE, asked_at, is_scale, kit_choices, said
from maillage.studio.models import Evaluation, Indicator, LogicRow, Risk, Round
from maillage.studio.services.evaluating import structures_of

LONGEST_ROUND = dt.timedelta(400)


class EvaluationForm(forms.ModelForm[Evaluation]):
    """Things to choose from are one's own; the agency chooses among all."""

    class Meta:
        model = Evaluation
        fields = ("title", "structure", "event", "resource", "issue")
        widgets = {"issue": forms.Textarea(attrs={"rows": 5})}

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        structures = structures_of(by)
        field = rows_of(self, "structure")
        field.queryset = structures
        if len(few := list(structures[:2])) == 1:
            field.initial = few[0]
        for name, rows in (
            ("event", Event.objects.all().editable_by(by)),
            ("resource", Resource.objects.all().editable_by(by)),
        ):
            kept = rows.model.objects.filter(pk=getattr(self.instance, f"{name}_id"))
            rows_of(self, name).queryset = (rows | kept).distinct().order_by("name")


class LogicRowForm(forms.ModelForm[LogicRow]):
    class Meta:
        model = LogicRow
        fields = ("level", "text")
        widgets = {"text": forms.Textarea(attrs={"rows": 3})}


class IndicatorForm(forms.ModelForm[Indicator]):
    class Meta:
        model = Indicator
        fields = ("row", "label", "unit", "baseline", "target", "measured", "source")


class RiskForm(forms.ModelForm[Risk]):
    class Meta:
        model = Risk
        fields = ("text", "gravity", "remedy")


#: Pieces of an evaluation by the word that stands in their address.
PIECES: dict[str, tuple[type[Any], type[forms.ModelForm[Any]], Any]] = {
    "lignes": (LogicRow, LogicRowForm, gettext_lazy("Ligne du cadre logique")),
    "indicateurs": (Indicator, IndicatorForm, gettext_lazy("Indicateur")),
    "risques": (Risk, RiskForm, gettext_lazy("Risque")),
}


def piece_form(
    kind: str, evaluation: Evaluation, data: Any, instance: Model | None = None
) -> forms.ModelForm[Any]:
    form = PIECES[kind][1](data, instance=instance)
    if kind == "indicateurs":
        rows_of(form, "row").queryset = LogicRow.objects.filter(evaluation=evaluation)
    return form


class RoundForm(forms.Form):
    kit = forms.ChoiceField(
        label=gettext_lazy("Questionnaire"),
        choices=kit_choices,
        widget=forms.RadioSelect,
    )
    last_day = DayField(
        label=gettext_lazy("Dernier jour"),
        help_text=gettext_lazy("Le code ne prend plus de réponse ensuite."),
    )

    def clean_last_day(self) -> dt.date:
        day: dt.date = self.cleaned_data["last_day"]
        if day > timezone.localdate() + LONGEST_ROUND:
            raise forms.ValidationError(_("Un recueil dure un an au plus."))
        return day

    @property
    def asked(self) -> dict[str, Any]:
        """The round ends with its last day, at midnight."""
        after = self.cleaned_data["last_day"] + dt.timedelta(1)
        midnight = timezone.make_aware(dt.datetime.combine(after, dt.time()))
        return {"kit": self.cleaned_data["kit"], "last_day_ends_at": midnight}


class CodeForm(forms.Form):
    code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=20,
        help_text=gettext_lazy("Huit signes, sur l’affiche ou la feuille."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "size": 12}),
    )


class AnswerForm(forms.Form):
    """The questions of one moment, then a word that one chooses oneself."""

    def __init__(self, *args: Any, round_: Round, moment: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.questions = asked_at(round_.questions, moment)
        for question in self.questions:
            words = said(question, "scale")
            choices = (
                [(str(n), f"{n} – {words[n - 1]}") for n in SCALE]
                if is_scale(question)
                else [("1", _("oui")), ("0", _("non"))]
            )
            self.fields[f"q-{question['slug']}"] = forms.ChoiceField(
                label=said(question, "text"),
                choices=choices,
                required=False,
                widget=forms.RadioSelect,
            )
        self.fields["word"] = forms.CharField(
            label=_("Un mot que vous choisissez"),
            max_length=40,
            required=False,
            widget=forms.TextInput(attrs={"autocomplete": "off"}),
            help_text=_(
                "Facultatif. Le même mot avant et après, un animal et une couleur par "
                "exemple ; surtout pas votre nom."
            ),
        )

    @property
    def asked(self) -> dict[str, Any]:
        data = self.cleaned_data
        values = {
            question["slug"]: int(data[f"q-{question['slug']}"])
            for question in self.questions
            if data.get(f"q-{question['slug']}")
        }
        return {"values": values, "word": data["word"]}
