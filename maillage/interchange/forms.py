"""What the agency fills in to import a file."""

from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from maillage.core.intake.limits import MAX_BYTES
from maillage.core.intake.schemas import OWN
from maillage.interchange.layouts import LAYOUTS

KINDS = [
    ("structures", _("Structures")),
    ("places", _("Lieux")),
    ("resources", _("Ressources")),
    ("events", _("Événements")),
    ("trails", _("Parcours")),
]


class ImportForm(forms.Form):
    file = forms.FileField(
        label=_("Fichier"),
        help_text=_("CSV, XLSX ou ODS ; 20 Mo et 100 000 lignes au plus."),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.txt,.tsv,.xlsx,.ods"}),
        error_messages={"empty": _("Le fichier est vide.")},
    )
    kind = forms.ChoiceField(label=_("Il contient des"), choices=KINDS)
    layout = forms.ChoiceField(
        label=_("Disposition des colonnes"),
        required=False,
        choices=lambda: [
            ("", _("Les colonnes de ce site (celles de nos exports)")),
            *[(layout.code, layout.label) for layout in LAYOUTS.values()],
        ],
        help_text=_("Un fichier public connu choisit lui-même le genre de fiches."),
    )
    source = forms.CharField(
        label=_("Source"),
        max_length=60,
        initial=OWN,
        validators=[
            RegexValidator(
                r"^[a-z0-9][a-z0-9_.-]*$",
                _("Écrivez des minuscules, des chiffres et des tirets."),
            )
        ],
        help_text=_(
            "D’où viennent les clés. Gardez « maillage » pour un fichier exporté de "
            "ce site ; sinon un mot court, toujours le même pour la même source."
        ),
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MAX_BYTES:
            raise forms.ValidationError(
                _("Le fichier dépasse 20 Mo : découpez-le en plusieurs fichiers.")
            )
        return file
