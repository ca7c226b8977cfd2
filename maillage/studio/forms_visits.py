"""Peer visits and improvement plans: what people type."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _, gettext_lazy

from maillage.accounts.models import User
from maillage.core.form_fields import DayField, choices_of, rows_of
from maillage.directory.models import Structure
from maillage.studio.assessment_choices import (
    FollowOutcome,
    ImprovementState,
    PointKind,
)
from maillage.studio.grids import Book
from maillage.studio.models import Improvement, PeerVisit, VisitPoint, VisitSlot


class VisitForm(forms.ModelForm[PeerVisit]):
    class Meta:
        model = PeerVisit
        fields = ("aim",)
        widgets = {"aim": forms.Textarea(attrs={"rows": 6})}


class VisitDaysForm(forms.Form):
    starts_on = DayField(label=gettext_lazy("Premier jour"))
    last_day = DayField(label=gettext_lazy("Dernier jour"))

    def __init__(self, *args: Any, visit: PeerVisit, **kwargs: Any) -> None:
        kwargs["initial"] = {
            "starts_on": visit.starts_on,
            "last_day": visit.last_day,
        }
        super().__init__(*args, **kwargs)


class PeerForm(forms.Form):
    email = forms.EmailField(
        label=gettext_lazy("Adresse e-mail du pair"),
        help_text=gettext_lazy(
            "Celle de son compte. Un pair est membre d’une autre structure."
        ),
    )
    is_lead = forms.BooleanField(
        label=gettext_lazy("C’est le rapporteur, qui tient la plume"), required=False
    )


class PeerAnswerForm(forms.Form):
    accepts = forms.ChoiceField(
        label=gettext_lazy("Votre réponse"),
        choices=[
            ("1", gettext_lazy("Je viens, et je n’ai pas de lien avec la structure.")),
            ("0", gettext_lazy("Je ne viens pas, ou j’ai un lien avec la structure.")),
        ],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=gettext_lazy("Pourquoi"),
        max_length=300,
        required=False,
        help_text=gettext_lazy(
            "Facultatif. Emploi, bénévolat, famille, projet commun… L’agence le lira."
        ),
    )

    @property
    def asked(self) -> dict[str, Any]:
        data = self.cleaned_data
        return {"accepts": data["accepts"] == "1", "reason": data["reason"]}


class VisitSlotForm(forms.ModelForm[VisitSlot]):
    day = DayField(label=gettext_lazy("Jour"))

    class Meta:
        model = VisitSlot
        fields = ("day", "starts_at", "label", "people")
        widgets = {"starts_at": forms.TimeInput(format="%H:%M", attrs={"type": "time"})}

    def __init__(self, *args: Any, visit: PeerVisit, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["day"].initial = visit.starts_on


class VisitPointForm(forms.ModelForm[VisitPoint]):
    standard = forms.ChoiceField(label=gettext_lazy("Norme"), required=False)

    class Meta:
        model = VisitPoint
        fields = ("kind", "standard", "text")
        widgets = {"text": forms.Textarea(attrs={"rows": 5}), "kind": forms.RadioSelect}

    def __init__(self, *args: Any, visit: PeerVisit, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        book = Book(visit.assessment.grid.definition)
        choices_of(self, "kind").choices = PointKind.choices
        choices_of(self, "standard").choices = [
            ("", _("L’ensemble")),
            *(
                (slug, f"{one.number} {one.title}")
                for slug, one in book.standards.items()
            ),
        ]


class VisitReplyForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("Votre réponse"),
        max_length=8000,
        widget=forms.Textarea(attrs={"rows": 10}),
        help_text=gettext_lazy(
            "Ce qui est inexact, ce que vous voulez ajouter. Elle paraît avec le "
            "rapport, telle que vous l’écrivez."
        ),
    )


class OutcomeForm(forms.Form):
    outcome = forms.ChoiceField(
        label=gettext_lazy("Suite constatée"),
        choices=FollowOutcome.choices,
        widget=forms.RadioSelect,
    )
    note = forms.CharField(
        label=gettext_lazy("Ce que vous avez vu"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class ImprovementForm(forms.ModelForm[Improvement]):
    due_on = DayField(label=gettext_lazy("Échéance"))
    seen = forms.IntegerField(min_value=0, required=False, widget=forms.HiddenInput)

    class Meta:
        model = Improvement
        fields = ("label", "owner", "due_on")

    def __init__(self, *args: Any, structure: Structure, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = User.objects.filter(memberships__structure=structure)
        rows_of(self, "owner").queryset = people.distinct().order_by("pk")
        self.fields["seen"].initial = self.instance.revision


class ImprovementNoteForm(forms.Form):
    state = forms.ChoiceField(
        label=gettext_lazy("Où en est-elle"), choices=ImprovementState.choices
    )
    text = forms.CharField(
        label=gettext_lazy("Note de suivi"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
