"""A file of figures, how it is to be read, and the same file again as it was checked."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _, gettext_lazy

from maillage.core.form_fields import rows_of
from maillage.core.intake.files import Table, read_file
from maillage.observatory.choices import Status
from maillage.observatory.models import Indicator
from maillage.observatory.services.importing import Asked

MOST_TEXT = 2_000_000
LAYOUTS = [
    ("long", gettext_lazy("Une valeur par ligne (nos colonnes)")),
    (
        "wide",
        gettext_lazy("Une commune par ligne (CODGEO et des colonnes, comme l’INSEE)"),
    ),
    ("museums", gettext_lazy("Fréquentation des musées (Patrimostat)")),
    ("libraries", gettext_lazy("Bibliothèques publiques (une par ligne)")),
]


class ImportForm(forms.Form):
    """``table`` is the file as text, when it was read before."""

    indicator = forms.ModelChoiceField(
        Indicator.objects.none(), label=gettext_lazy("Indicateur"), to_field_name="code"
    )
    layout = forms.ChoiceField(
        label=gettext_lazy("Présentation du fichier"), choices=LAYOUTS,
        widget=forms.RadioSelect, initial="long",
    )  # fmt: skip
    column = forms.CharField(
        label=gettext_lazy("Colonne de la valeur"), required=False, max_length=120,
        help_text=gettext_lazy(
            "Son titre exact. Obligatoire pour une commune par ligne ; sinon « total » "
            "pour les musées, « nb_entrees » pour les bibliothèques."
        ),
    )  # fmt: skip
    denominator = forms.CharField(
        label=gettext_lazy("Colonne du dénominateur ou du poids"), required=False,
        max_length=120,
    )  # fmt: skip
    period = forms.CharField(
        label=gettext_lazy("Période"), required=False, max_length=10,
        help_text=gettext_lazy("Quand le fichier ne la dit pas."),
    )  # fmt: skip
    status = forms.ChoiceField(
        label=gettext_lazy("Statut"), choices=Status.choices, initial=Status.FINAL
    )
    note = forms.CharField(label=gettext_lazy("Note"), required=False, max_length=200)
    file = forms.FileField(
        label=gettext_lazy("Fichier"), required=False,
        help_text=gettext_lazy("CSV, XLSX ou ODS."),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.xlsx,.ods"}),
    )  # fmt: skip
    table_text = forms.CharField(
        required=False, max_length=MOST_TEXT, strip=False, widget=forms.HiddenInput
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = Indicator.objects.all().editable_by(user)
        rows_of(self, "indicator").queryset = rows.filter(computation="")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not data.get("file") and not data.get("table_text"):
            self.add_error("file", _("Choisissez un fichier."))
        if data.get("layout") == "wide" and not data.get("column"):
            self.add_error("column", _("Écrivez le titre de la colonne à prendre."))
        if data.get("layout") in {"wide", "libraries"} and not data.get("period"):
            self.add_error("period", _("Écrivez la période."))
        return data

    @property
    def asked(self) -> Asked:
        names = ("layout", "column", "denominator", "period", "status", "note")
        return Asked(**{name: self.cleaned_data[name] for name in names})

    @property
    def kept(self) -> list[tuple[str, str]]:
        """What the form that confirms says again, beside the table."""
        names = [name for name in self.fields if name not in {"file", "table_text"}]
        return [(name, self.data.get(name, "")) for name in names]

    def table(self) -> Table:
        """The rows of the file. Refuses as ``read_file`` does."""
        if file := self.cleaned_data["file"]:
            return read_file(file.read(), name=file.name)
        return read_file(self.cleaned_data["table_text"].encode(), name="table.csv")
