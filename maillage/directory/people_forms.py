"""What people type about themselves and their colleagues."""

from django import forms
from django.utils.translation import gettext_lazy as _

from maillage.directory.choices import MemberRole
from maillage.directory.models import Claim

ROLE_HELP = _(
    "Un contributeur tient les fiches à jour ; un responsable gère aussi l’équipe."
)


class ClaimForm(forms.ModelForm[Claim]):
    class Meta:
        model = Claim
        fields = ["position", "proof"]


class InvitationForm(forms.Form):
    email = forms.EmailField(
        label=_("Adresse e-mail de votre collègue"),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    role = forms.ChoiceField(
        label=_("Rôle"),
        choices=MemberRole,
        widget=forms.RadioSelect,
        help_text=ROLE_HELP,
    )


class RoleForm(forms.Form):
    role = forms.ChoiceField(
        label=_("Rôle"),
        choices=MemberRole,
        widget=forms.RadioSelect,
        help_text=ROLE_HELP,
    )
