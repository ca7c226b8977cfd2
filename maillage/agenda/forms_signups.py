"""What people type to sign up, and what organisers type afterwards."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _, gettext_lazy

from maillage.agenda.models import Occurrence, SignUp
from maillage.agenda.services.signups import (
    MOST_SEATS,
    MOST_SEATS_SCHOOL,
    Person,
)
from maillage.directory.fields import PhoneField, readable


class SeatsForm(forms.Form):
    seats = forms.IntegerField(
        label=gettext_lazy("Nombre de personnes"),
        min_value=1,
        max_value=MOST_SEATS_SCHOOL,
        initial=1,
    )
    phone = PhoneField(
        label=gettext_lazy("Téléphone"),
        required=False,
        max_length=30,
        help_text=gettext_lazy("Facultatif : pour vous joindre le jour même."),
    )
    note = forms.CharField(
        label=gettext_lazy("Message à l’organisateur"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("Facultatif : un fauteuil roulant, un retard possible…"),
    )

    def clean_note(self) -> str:
        return readable(self.cleaned_data["note"])


class SignUpForm(SeatsForm):
    name = forms.CharField(
        label=gettext_lazy("Nom"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    email = forms.EmailField(
        label=gettext_lazy("Adresse e-mail"),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        help_text=gettext_lazy("Vous y recevez l’inscription et de quoi la changer."),
    )
    is_school = forms.BooleanField(
        label=gettext_lazy("C’est pour une classe ou un groupe d’enfants"),
        required=False,
    )
    #: Filled by programs only: people do not see it.
    website = forms.CharField(required=False, widget=forms.HiddenInput)
    field_order = ("name", "email", "seats", "is_school", "phone", "note")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("website"):
            raise forms.ValidationError(_("L’inscription n’a pas pu être prise."))
        number = data.get("seats")
        if number and number > MOST_SEATS and not data.get("is_school"):
            self.add_error(
                "seats",
                _("Au plus %(most)s personnes, sauf pour une classe.")
                % {"most": MOST_SEATS},
            )
        return data

    def person(self) -> Person:
        data = self.cleaned_data
        return Person(
            name=" ".join(readable(data["name"]).split()),
            email=data["email"],
            phone=data["phone"],
            note=data["note"],
            is_school=data["is_school"],
        )


class AttendanceForm(forms.Form):
    """Who came to one occurrence."""

    attendance = forms.IntegerField(
        label=gettext_lazy("Public accueilli"),
        min_value=0,
        max_value=1_000_000,
        required=False,
    )
    school_attendance = forms.IntegerField(
        label=gettext_lazy("dont scolaires"),
        min_value=0,
        max_value=1_000_000,
        required=False,
    )

    @staticmethod
    def of(data: Any, occurrence: Occurrence) -> "AttendanceForm":
        return AttendanceForm(
            data,
            prefix=f"o{occurrence.pk}",
            initial={
                "attendance": occurrence.attendance,
                "school_attendance": occurrence.school_attendance,
            },
        )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        total, schools = data.get("attendance"), data.get("school_attendance")
        if schools is not None and (total is None or schools > total):
            self.add_error(
                "school_attendance",
                _("Les scolaires font partie du public accueilli."),
            )
        return data


def seats_initial(signup: SignUp) -> dict[str, Any]:
    return {"seats": signup.seats, "phone": signup.phone, "note": signup.note}
