"""What the agency types of seats: a nomination, an answer to it, its end."""

from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _, gettext_lazy

from maillage.core.form_fields import DayField
from maillage.directory.forms import StructureChoice
from maillage.plan.committee_choices import Side
from maillage.plan.models import Mandate, Seat
from maillage.plan.services.mandates import PERSON, add_months


class PersonForm(forms.Form):
    """Who is in a seat, and for whom."""

    person_name = forms.CharField(
        label=gettext_lazy("Nom de la personne"),
        max_length=120,
        help_text=gettext_lazy("Visible des membres, de l’État, de la Région et de l’agence."),
    )  # fmt: skip
    position = forms.CharField(
        label=gettext_lazy("Fonction"),
        max_length=160,
        help_text=gettext_lazy("Publique, par exemple : directrice, vice-président."),
    )
    structure = StructureChoice(
        label=gettext_lazy("Structure représentée"), required=False
    )
    body = forms.CharField(
        label=gettext_lazy("Organisme, s’il n’est pas dans l’annuaire"),
        max_length=160,
        required=False,
    )
    email = forms.EmailField(
        label=gettext_lazy("Adresse e-mail"),
        required=False,
        help_text=gettext_lazy("Pour les convocations ; jamais publiée."),
    )
    account = forms.EmailField(
        label=gettext_lazy("Adresse du compte sur ce site"),
        required=False,
        help_text=gettext_lazy(
            "La personne verra ses séances et les documents des membres dans Mon espace."
        ),
    )
    shows_name = forms.BooleanField(
        label=gettext_lazy("La personne accepte que son nom soit public"),
        required=False,
        help_text=gettext_lazy("Sans son accord, seules la fonction et la structure le sont."),
    )  # fmt: skip
    note = forms.CharField(
        label=gettext_lazy("Remarque de l’agence"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def clean_account(self) -> str:
        email = str(self.cleaned_data["account"]).lower()
        self.user = None
        if email:
            people = get_user_model()._default_manager
            self.user = people.filter(email=email, is_active=True).first()
            if self.user is None:
                raise ValidationError(_("Aucun compte n’a cette adresse."))
        return email

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not data.get("structure") and not data.get("body") and not self.errors:
            self.add_error("structure", _("Choisissez une structure, ou écrivez l’organisme."))  # fmt: skip
        return data

    @property
    def person(self) -> dict[str, Any]:
        """As services take it."""
        found = {n: self.cleaned_data[n] for n in PERSON if n in self.cleaned_data}
        return {**found, "user": self.user}


def person_of(mandate: Mandate) -> dict[str, Any]:
    """What the form shows of somebody who is known."""
    found = {name: getattr(mandate, name) for name in PERSON if name != "user"}
    return {**found, "account": mandate.user.email if mandate.user else ""}


class NominationForm(PersonForm):
    starts_on = DayField(label=gettext_lazy("Début du mandat"))
    ends_on = DayField(
        label=gettext_lazy("Fin du mandat (exclue)"),
        required=False,
        help_text=gettext_lazy("Vide : la durée que prévoit le comité."),
    )
    field_order = (
        "person_name",
        "position",
        "structure",
        "body",
        "starts_on",
        "ends_on",
    )

    def __init__(self, *args: Any, seat: Seat, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.seat = seat

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        start, end = data.get("starts_on"), data.get("ends_on")
        if start and end and end <= start:
            self.add_error("ends_on", _("La fin vient après le début."))
        if start and end and end > add_months(start, 240):
            self.add_error("ends_on", _("Un mandat dure vingt ans au plus."))
        return data


class AnswerForm(forms.Form):
    """What one side wrote back."""

    side = forms.ChoiceField(label=gettext_lazy("Autorité"), choices=Side.choices)
    accepts = forms.TypedChoiceField(
        label=gettext_lazy("Avis"),
        choices=[
            ("yes", gettext_lazy("favorable")),
            ("no", gettext_lazy("défavorable")),
        ],
        coerce=lambda word: word == "yes",
        empty_value=None,
    )
    decided_on = DayField(label=gettext_lazy("Date de la décision"))
    signed_by = forms.CharField(
        label=gettext_lazy("Signataire"),
        max_length=160,
        help_text=gettext_lazy("La fonction suffit, par exemple : préfet de région."),
    )
    reference = forms.CharField(label=gettext_lazy("Référence du courrier"), max_length=120)  # fmt: skip


class EndForm(forms.Form):
    on = DayField(label=gettext_lazy("Premier jour où la personne n’est plus membre"))
    why = forms.CharField(label=gettext_lazy("Motif"), max_length=240)
