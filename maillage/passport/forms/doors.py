"""What a place says of the phones that check passes."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _, gettext_lazy

from maillage.directory.fields import readable_data

MOST_BYTES = 12 * 1024 * 1024


class PassagesForm(forms.Form):
    """What a phone kept, in the file that its door page saved."""

    file = forms.FileField(
        label=gettext_lazy("Fichier enregistré par le téléphone"),
        help_text=gettext_lazy("passages.json, tel que la page de contrôle l’a écrit."),
        widget=forms.ClearableFileInput(attrs={"accept": ".json,application/json"}),
        error_messages={"empty": gettext_lazy("Le fichier est vide.")},
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError(
                _("Ce fichier est trop gros pour venir d’une page de contrôle.")
            )
        return file


class DeviceForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Nom de l’appareil"),
        max_length=60,
        help_text=gettext_lazy(
            "Pour le reconnaître, comme « téléphone de l’accueil »."
        ),
    )

    def __init__(self, data: Any = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(readable_data(data), *args, **kwargs)
