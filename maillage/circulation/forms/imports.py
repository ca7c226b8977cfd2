"""A file of copies, and the same file again as it was checked."""

import csv
import io
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from maillage.core.errors import Refused
from maillage.core.intake.files import Table, read_file

MOST_TEXT = 1_000_000


class CopyFileForm(forms.Form):
    file = forms.FileField(
        label=_("Fichier"),
        help_text=_("CSV, XLSX ou ODS ; une ligne par exemplaire."),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.xlsx,.ods"}),
    )

    def table(self) -> Table:
        """The rows of the file. Refuses as ``read_file`` does."""
        file = self.cleaned_data["file"]
        self.read = read_file(file.read(), name=file.name)
        return self.read

    def as_text(self) -> str:
        """The rows as CSV, for the form that confirms. Refuses with ``too_big``."""
        text = io.StringIO()
        writer = csv.writer(text, delimiter=";", lineterminator="\n")
        writer.writerow(self.read.header)
        writer.writerows(row.cells for row in self.read.rows)
        if text.tell() > MOST_TEXT:
            raise Refused("too_big", str(_("Ce fichier est trop long : découpez-le.")))
        return text.getvalue()


class TableForm(forms.Form):
    table_text = forms.CharField(max_length=MOST_TEXT, strip=False)

    def __init__(self, data: Any) -> None:
        super().__init__({"table_text": data.get("table", "")})

    def table(self) -> Table:
        text: str = self.cleaned_data["table_text"]
        return read_file(text.encode(), name="table.csv")

    def as_text(self) -> str:
        return str(self.cleaned_data["table_text"])
