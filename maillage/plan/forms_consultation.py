"""What people type of a consultation: contributions, and what the agency does of them."""

import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext as _, gettext_lazy

from maillage.core import vocab
from maillage.core.form_fields import DayField, rows_of
from maillage.directory.models import Structure
from maillage.plan.consultation_choices import Outcome
from maillage.plan.forms_meetings import MomentField, VersionForm
from maillage.plan.models import Consultation, Node, Workshop
from maillage.plan.models.consultation import THEMES

LONG = forms.Textarea(attrs={"rows": 8})


def theme_field(**given: Any) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=gettext_lazy("Thème"),
        choices=lambda: [("", "—"), *vocab.choices(THEMES)],
        **given,
    )


def axes_of(consultation: Consultation) -> Any:
    """The axes of the plan that a consultation is about."""
    return Node.objects.in_force().of_plan(consultation.plan).filter(kind="axis")


class ContributionForm(forms.Form):
    """What a member sends online."""

    form_key = forms.UUIDField(widget=forms.HiddenInput)
    text = forms.CharField(
        label=gettext_lazy("Votre contribution"),
        max_length=5000,
        widget=LONG,
        help_text=gettext_lazy("Une idée par contribution : elle sera suivie séparément."),
    )  # fmt: skip
    theme = theme_field()
    axis = forms.ModelChoiceField(
        Node.objects.none(), label=gettext_lazy("Axe du plan"), required=False,
        empty_label=gettext_lazy("je ne sais pas"),
    )  # fmt: skip
    structure = forms.ModelChoiceField(
        Structure.objects.none(),
        label=gettext_lazy("Au nom de"),
        required=False,
        empty_label=gettext_lazy("en mon nom"),
    )
    is_anonymous = forms.BooleanField(
        label=gettext_lazy("Publier sans nom d’auteur"), required=False
    )

    def __init__(self, *args: Any, consultation: Consultation, user: Any, **kwargs: Any) -> None:  # fmt: skip
        super().__init__(*args, **kwargs)
        self.user = user
        self.fields["form_key"].initial = uuid.uuid4
        rows_of(self, "axis").queryset = axes_of(consultation)
        mine = Structure.objects.published().filter(memberships__user=user.pk)
        rows_of(self, "structure").queryset = mine.distinct()

    @property
    def values(self) -> dict[str, Any]:
        """As services take it; a person alone is named by the name that they show."""
        data = {name: value for name, value in self.cleaned_data.items() if name != "form_key"}  # fmt: skip
        data["author"] = "" if data["structure"] else self.user.display_name
        # Nobody's address is published for want of a name.
        data["is_anonymous"] |= not (data["structure"] or data["author"])
        return data


class ModerationForm(VersionForm):
    accepts = forms.TypedChoiceField(
        label=gettext_lazy("Réponse"),
        choices=[
            ("yes", gettext_lazy("publier")),
            ("no", gettext_lazy("ne pas publier")),
        ],
        coerce=lambda word: word == "yes",
        empty_value=None,
        widget=forms.RadioSelect,
    )
    why = forms.CharField(
        label=gettext_lazy("Motif, si elle n’est pas publiée"), max_length=240,
        required=False,
        help_text=gettext_lazy("Il est envoyé à l’auteur."),
    )  # fmt: skip


class SortForm(VersionForm):
    theme = theme_field()
    axis = forms.ModelChoiceField(
        Node.objects.none(), label=gettext_lazy("Axe du plan"), required=False,
        empty_label="—",
    )  # fmt: skip
    workshop = forms.ModelChoiceField(
        Workshop.objects.none(), label=gettext_lazy("Atelier"), required=False,
        empty_label="—",
    )  # fmt: skip

    def __init__(self, *args: Any, consultation: Consultation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows_of(self, "axis").queryset = axes_of(consultation)
        rows_of(self, "workshop").queryset = Workshop.objects.filter(
            session__consultation=consultation
        )


class OutcomeForm(VersionForm):
    outcome = forms.ChoiceField(
        label=gettext_lazy("Suite donnée"), choices=Outcome.choices
    )
    node = forms.ModelChoiceField(
        Node.objects.none(), label=gettext_lazy("Partie du plan qui la reprend"),
        required=False, empty_label="—",
    )  # fmt: skip
    reason = forms.CharField(
        label=gettext_lazy("Explication"), max_length=2000, required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy(
            "Publique ; nécessaire quand la contribution n’est pas retenue, ou pas en "
            "entier."
        ),
    )  # fmt: skip

    def __init__(self, *args: Any, consultation: Consultation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = Node.objects.in_force().of_plan(consultation.plan)
        rows_of(self, "node").queryset = rows.order_by("path")


class ConsultationForm(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    title = forms.CharField(label=gettext_lazy("Titre"), max_length=200)
    about = forms.CharField(
        label=gettext_lazy("Présentation"), max_length=5000, required=False, widget=LONG
    )
    starts_on = DayField(label=gettext_lazy("Premier jour"))
    ends_on = DayField(label=gettext_lazy("Lendemain du dernier jour"))
    opens_at = MomentField(
        label=gettext_lazy("Ouverture des contributions en ligne"), required=False
    )
    closes_at = MomentField(
        label=gettext_lazy("Clôture, à la minute"), required=False,
        help_text=gettext_lazy("Vides : pas de contribution en ligne."),
    )  # fmt: skip
    attendance = forms.CharField(
        label=gettext_lazy("Participation, en toutes lettres"), max_length=120,
        required=False,
    )  # fmt: skip
    is_public = forms.BooleanField(
        label=gettext_lazy("Visible de tous"), required=False
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        start, end = data.get("starts_on"), data.get("ends_on")
        if start and end and end <= start:
            self.add_error("ends_on", _("La fin vient après le début."))
        opens, closes = data.get("opens_at"), data.get("closes_at")
        if bool(opens) != bool(closes):
            self.add_error("closes_at", _("Donnez l’ouverture et la clôture, ou aucune des deux."))  # fmt: skip
        elif opens and closes and closes <= opens:
            self.add_error("closes_at", _("La clôture vient après l’ouverture."))
        return data


class SessionForm(forms.Form):
    title = forms.CharField(label=gettext_lazy("Titre"), max_length=200)
    held_on = DayField(label=gettext_lazy("Date"))
    venue = forms.CharField(label=gettext_lazy("Lieu"), max_length=200, required=False)
    about = forms.CharField(
        label=gettext_lazy("Déroulement"), max_length=3000, required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip


class WorkshopForm(forms.Form):
    title = forms.CharField(label=gettext_lazy("Titre de l’atelier"), max_length=200)
    theme = theme_field(required=False)


class ParticipantsForm(forms.Form):
    names = forms.CharField(
        label=gettext_lazy("Structures, une par ligne"), max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 6}),
    )  # fmt: skip

    def clean_names(self) -> list[str]:
        lines = str(self.cleaned_data["names"]).splitlines()
        return [" ".join(line.split())[:200] for line in lines if line.strip()]


class SynthesisForm(forms.Form):
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    text = forms.CharField(
        label=gettext_lazy("Synthèse"), max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 14}),
    )  # fmt: skip
