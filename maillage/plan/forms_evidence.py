"""What people give as evidence."""

from typing import Any

from django import forms
from django.core.validators import URLValidator
from django.utils.translation import gettext as _, gettext_lazy

from maillage.core.form_fields import DayField, choices_of
from maillage.core.uploads import clean_document
from maillage.directory.fields import WebField
from maillage.plan.evidence import kinds


class EvidenceForm(forms.Form):
    """Words to look for among what the platform knows."""

    q = forms.CharField(
        label=gettext_lazy("Chercher dans la plateforme"),
        max_length=100,
        required=False,
    )
    kind = forms.ChoiceField(label=gettext_lazy("Nature"), required=False)

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = [(code, str(kind.label)) for code, kind in kinds().items()]
        choices_of(self, "kind").choices = [("", _("toutes")), *named]


class DocumentForm(forms.Form):
    """A file or the address of a page."""

    label = forms.CharField(label=gettext_lazy("Titre"), max_length=240)
    day = DayField(label=gettext_lazy("Date"))
    url = WebField(label=gettext_lazy("Adresse de la page"), required=False)
    file = forms.FileField(
        label=gettext_lazy("Fichier PDF"),
        required=False,
        widget=forms.ClearableFileInput(attrs={"accept": "application/pdf"}),
        help_text=gettext_lazy("Tout le monde pourra le lire avec l’action."),
    )

    def clean_url(self) -> str:
        url: str = self.cleaned_data["url"]
        if url:
            URLValidator(schemes=["http", "https"])(url)
        return url

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        return clean_document(file) if file else None

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors and not data.get("url") and not data.get("file"):
            self.add_error("url", _("Donnez un fichier ou une adresse."))
        return data
