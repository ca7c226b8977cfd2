"""A file that a person sends, what it would do, and the same file again to confirm.

What was checked comes back as text in the form that confirms: nothing is kept between
the two, and it is checked again.
"""

import csv
import io
from collections.abc import Callable
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext as _, gettext_lazy

from maillage.core.errors import Refused
from maillage.core.intake.files import Table, read_file
from maillage.core.intake.lines import LEAVE, LinePlan

MOST_TEXT = 4_000_000
#: Lines and problems that the page shows.
SHOWN = 100


class FileForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("Fichier"),
        help_text=gettext_lazy(
            "CSV, XLSX ou ODS ; la première ligne donne les titres des colonnes."
        ),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.xlsx,.ods"}),
    )

    def table(self) -> Table:
        """The rows of the file. Refuses as ``read_file`` does."""
        file = self.cleaned_data["file"]
        return read_file(file.read(), name=file.name)


class TableForm(forms.Form):
    """The same rows again, as they were checked."""

    table_text = forms.CharField(max_length=MOST_TEXT, strip=False)

    def __init__(self, data: Any) -> None:
        super().__init__({"table_text": data.get("table", "")})

    def table(self) -> Table:
        return read_file(self.cleaned_data["table_text"].encode(), name="table.csv")


def as_text(table: Table, *, most: int = MOST_TEXT) -> str:
    """A table as CSV, for the form that confirms. Refuses with ``too_big``."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\n")
    writer.writerow(table.header)
    writer.writerows(row.cells for row in table.rows)
    if text.tell() > most:
        raise Refused("too_big", _("Ce fichier est trop long : découpez-le."))
    return text.getvalue()


def upload(
    request: HttpRequest,
    *,
    plan: Callable[[Table], LinePlan[Any]],
    apply: Callable[[LinePlan[Any]], dict[str, int]],
) -> tuple[dict[str, Any], dict[str, int] | None]:
    """What the page of an import shows; the counts once a checked file is applied.

    ``plan`` and ``apply`` may refuse: the page says why.
    """
    form = FileForm(request.POST or None, request.FILES or None)
    known = TableForm(request.POST) if "table" in request.POST else None
    context: dict[str, Any] = {"form": form}
    source = known or form
    try:
        if source.is_bound and source.is_valid():
            table = source.table()
            found = plan(table)
            if known:
                return context, apply(found)
            context |= checked(found, as_text(table))
    except Refused as no:
        context["trouble"] = no.message
    wrong = "trouble" in context or bool(form.errors and known is None)
    context["status"] = 422 if wrong else 200
    return context, None


def checked(plan: LinePlan[Any], text: str) -> dict[str, Any]:
    """What the page shows of a file that was checked."""
    return {
        "plan": plan,
        "problems": plan.problems[:SHOWN],
        "lines": [line for line in plan.lines if line.action != LEAVE][:SHOWN],
        "text": text,
        "may_apply": plan.may_apply,
    }
