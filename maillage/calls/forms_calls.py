"""What the agency types of a call: its rules, its hours, its criteria."""

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext as _, gettext_lazy

from maillage.calls.models import Call, Criterion
from maillage.core.form_fields import DayField
from maillage.core.money import EurosField
from maillage.territories.models import Department

#: Empty lines below the criteria that are there.
SPARE = 3


class MomentField(forms.DateTimeField):
    """A day and an hour to the second, in the site's time."""

    def __init__(self, **kwargs: Any) -> None:
        box = forms.DateTimeInput(
            format="%Y-%m-%dT%H:%M:%S", attrs={"type": "datetime-local", "step": "1"}
        )
        kwargs.setdefault("widget", box)
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> dt.datetime | None:
        found = super().to_python(value)
        if found is not None and not 1990 < found.year < 2200:
            raise forms.ValidationError(_("Cette année n’est pas possible."), "year")
        return found


class CallForm(forms.ModelForm[Call]):
    """All of a call but its form and its criteria."""

    departments = forms.MultipleChoiceField(
        label=gettext_lazy("Départements"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Aucun : toute la région."),
    )

    budget_cents = EurosField(
        label=gettext_lazy("Enveloppe"),
        required=False,
        help_text=gettext_lazy("En euros, comme 250000."),
    )
    min_grant_cents = EurosField(label=gettext_lazy("Aide minimale"), required=False)
    max_grant_cents = EurosField(label=gettext_lazy("Aide maximale"), required=False)

    class Meta:
        model = Call
        fields = (
            "title",
            "edition",
            "summary",
            "text",
            "opens_at",
            "closes_at",
            "questions_until",
            "decision_on",
            "budget_cents",
            "min_grant_cents",
            "max_grant_cents",
            "max_percent",
            "structure_kinds",
            "needs_siret",
            "most_applications",
            "departments",
            "themes",
            "plan_lead",
            "contact_email",
            "is_blind",
            "reviews_each",
        )
        field_classes = {
            "opens_at": MomentField,
            "closes_at": MomentField,
            "questions_until": MomentField,
            "decision_on": DayField,
        }
        widgets = {
            "summary": forms.Textarea(attrs={"rows": 2}),
            "text": forms.Textarea(attrs={"rows": 14}),
        }
        help_texts = {
            "edition": gettext_lazy("Comme 2027."),
            "text": gettext_lazy("Paragraphes, listes et liens."),
            "closes_at": gettext_lazy(
                "À cette seconde, plus aucune candidature n’est acceptée."
            ),
            "questions_until": gettext_lazy("Vide : jusqu’à la clôture."),
            "structure_kinds": gettext_lazy("Aucune coche : toutes les structures."),
            "max_percent": gettext_lazy("De 1 à 100 ; vide : pas de règle."),
            "plan_lead": gettext_lazy(
                "Code de la piste du plan que l’appel met en œuvre, comme II.1.3."
            ),
            "is_blind": gettext_lazy(
                "Les lecteurs ne voient ni la structure ni ce qui la nomme."
            ),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = Department.objects.order_by("code").values_list("code", "name")
        field = self.fields["departments"]
        assert isinstance(field, forms.MultipleChoiceField)  # noqa: S101 -- declared so
        field.choices = [(code, f"{name} ({code})") for code, name in rows]

    def clean_budget_cents(self) -> int:
        return self.cleaned_data["budget_cents"] or 0

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        opens, closes = data.get("opens_at"), data.get("closes_at")
        if opens and closes and closes <= opens:
            self.add_error("closes_at", _("La clôture vient après l’ouverture."))
        last = data.get("questions_until")
        if last and closes and last > closes:
            self.add_error("questions_until", _("Pas après la clôture."))
        least, most = data.get("min_grant_cents"), data.get("max_grant_cents")
        if least is not None and most is not None and least > most:
            self.add_error("max_grant_cents", _("Pas moins que l’aide minimale."))
        percent = data.get("max_percent")
        if percent is not None and not 1 <= percent <= 100:
            self.add_error("max_percent", _("De 1 à 100."))
        return data


class CriterionForm(forms.ModelForm[Criterion]):
    """One criterion; a line without a title is no criterion."""

    class Meta:
        model = Criterion
        fields = ("title", "help", "weight", "max_score")
        widgets = {"help": forms.Textarea(attrs={"rows": 2})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["title"].required = False
        self.use_required_attribute = False

    @property
    def is_used(self) -> bool:
        return bool(self.cleaned_data.get("title"))


def criterion_forms(call: Call, data: Any = None) -> list[CriterionForm]:
    """A form for each criterion, then empty ones."""
    rows = [*call.criteria.all(), *(Criterion(call=call) for _n in range(SPARE))]
    return [
        CriterionForm(data, instance=row, prefix=f"c{rank}")
        for rank, row in enumerate(rows)
    ]


class AskForm(forms.Form):
    """A question about a call."""

    text = forms.CharField(
        label=gettext_lazy("Votre question"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy(
            "La question et sa réponse sont publiées sans votre nom : n’y dites rien "
            "qui vous désigne."
        ),
    )


class AnswerForm(forms.Form):
    """The answer of the agency; the question may be worded without names."""

    text = forms.CharField(
        label=gettext_lazy("Question, telle qu’elle sera lue"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    answer = forms.CharField(
        label=gettext_lazy("Réponse"),
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    is_public = forms.BooleanField(
        label=gettext_lazy("Publier la question et sa réponse"),
        required=False,
        initial=True,
    )


class DelayForm(forms.Form):
    """More time for one application, by the number that its authors tell."""

    number = forms.CharField(
        label=gettext_lazy("Numéro de la candidature"),
        max_length=20,
        help_text=gettext_lazy("Ses auteurs le lisent en tête de leur brouillon."),
    )
    until = MomentField(label=gettext_lazy("Jusqu’au"))
    why = forms.CharField(label=gettext_lazy("Motif"), max_length=300)

    def clean_number(self) -> str:
        return str(self.cleaned_data["number"]).strip().upper()
