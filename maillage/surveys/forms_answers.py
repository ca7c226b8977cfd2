"""What a respondent types beside their answers."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from maillage.directory.fields import readable_data


class NameForm(forms.Form):
    """Who answers, for the colleagues who answer too; nobody has to say it."""

    name = forms.CharField(
        label=_("Votre prénom ou votre fonction (facultatif)"),
        required=False,
        max_length=60,
        help_text=_("Vos collègues voient qui a écrit quoi. Effacé avec les adresses."),
        widget=forms.TextInput(attrs={"autocomplete": "given-name"}),
    )

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(readable_data(data), **kwargs)
