"""What a person says of themselves, and what an administrator decides."""

from django import forms
from django.utils.translation import gettext_lazy as _

from maillage.accounts.choices import Role
from maillage.accounts.models import User


class ProfileForm(forms.ModelForm[User]):
    class Meta:
        model = User
        fields = ["display_name"]


class UserRoleForm(forms.Form):
    role = forms.ChoiceField(label=_("Rôle"), choices=Role, widget=forms.RadioSelect)


class EraseForm(forms.Form):
    sure = forms.BooleanField(
        label=_("J’ai compris que cela ne peut pas être annulé"),
    )
