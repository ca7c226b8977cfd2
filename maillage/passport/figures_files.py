"""Figures of the pass as files: one line a month and number, as the gate let it through."""

from collections.abc import Callable, Iterator
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _, gettext_lazy

from maillage.core.disclosure import TOTAL, PublishedTable, Row, figure_columns
from maillage.core.tables.columns import Column
from maillage.directory.models import Place
from maillage.passport.figures_pages import (
    WEEKDAYS,
    age_name,
    band_name,
    department_names,
    family_name,
    kind_name,
)
from maillage.passport.services.figures import Published
from maillage.territories.models import Commune

NAMES: dict[str, str | Promise] = {
    "age": gettext_lazy("âge"),
    "kind": gettext_lazy("sorte de passeport"),
    "dep": gettext_lazy("département de résidence"),
    "com": gettext_lazy("commune de résidence"),
    "km": gettext_lazy("distance"),
    "place": gettext_lazy("lieu"),
    "family": gettext_lazy("sorte de lieu"),
    "where": gettext_lazy("département du lieu"),
    "days": gettext_lazy("jour de la semaine"),
    "several": gettext_lazy("vu dans plusieurs lieux"),
    TOTAL: gettext_lazy("ensemble"),
}
MEASURES: dict[str, str | Promise] = {
    "visits": gettext_lazy("passages"),
    "passes": gettext_lazy("passeports différents"),
    "people": gettext_lazy("personnes"),
}
COLUMNS = (
    Column("month", gettext_lazy("mois"), value=lambda row: row["month"]),
    Column("by", gettext_lazy("répartition"), value=lambda row: row["by"]),
    Column("code", gettext_lazy("code"), value=lambda row: row["code"]),
    Column("label", gettext_lazy("intitulé"), value=lambda row: row["label"]),
    Column("measure", gettext_lazy("mesure"), value=lambda row: row["measure"]),
    *figure_columns("value", gettext_lazy("valeur"), of=lambda row: row["figure"]),
)
DAY_COLUMNS = (
    Column("day", gettext_lazy("jour"), "date", value=lambda row: row["happened_on"]),
    Column("weekday", gettext_lazy("jour de la semaine"), value=lambda row: row["weekday"]),
    Column("visits", gettext_lazy("passages"), "integer", value=lambda row: row["visits"]),
    Column("people", gettext_lazy("personnes entrées"), "integer", value=lambda row: row["people"]),
    Column("companions", gettext_lazy("dont accompagnants"), "integer", value=lambda row: row["companions"]),
    Column("refused", gettext_lazy("refus"), "integer", value=lambda row: row["refused"]),
    Column("flagged", gettext_lazy("passages à revoir"), "integer", value=lambda row: row["flagged"]),
)  # fmt: skip


def file_lines(found: Published) -> list[dict[str, Any]]:
    """Everything that was published of these months."""
    names = Names(found)
    return [
        line
        for month, releases in found.months.items()
        for release in releases.values()
        for table in release.tables.values()
        for line in table_lines(month, table, names)
    ]


def table_lines(
    month: str, table: PublishedTable, names: "Names"
) -> Iterator[dict[str, Any]]:
    for row in table:
        key, code = split(table, row)
        for ask in table.asks:
            yield {
                "month": month,
                "by": str(NAMES[key]),
                "code": code,
                "label": names.label(key, code),
                "measure": str(MEASURES[ask]),
                "figure": row[ask],
            }


class Names:
    """The words of codes, read once for a file."""

    def __init__(self, found: Published) -> None:
        self.departments = department_names()
        self.communes = dict(
            Commune.objects.filter(insee__in=coded(found, "com")).values_list("insee", "name")
        )  # fmt: skip
        rows = Place.objects.filter(pk__in=coded(found, "place"))
        self.places = {str(pk): name for pk, name in rows.values_list("pk", "name")}
        self.readers: dict[str, Callable[[str], str]] = {
            "age": age_name,
            "kind": kind_name,
            "dep": lambda code: self.departments.get(code, code),
            "where": lambda code: self.departments.get(code, code),
            "com": lambda code: self.communes.get(code, code),
            "km": band_name,
            "place": lambda code: self.places.get(code, code),
            "family": family_name,
            "days": lambda code: str(WEEKDAYS[int(code) - 1]),
            "several": lambda code: _("oui") if code == "yes" else _("non"),
        }

    def label(self, key: str, code: str) -> str:
        return self.readers[key](code) if key in self.readers else _("ensemble")


def split(table: PublishedTable, row: Row) -> tuple[str, str]:
    """What a row is about, and its code without what says so."""
    last = row.codes[-1]
    if last == TOTAL:
        return TOTAL, ""
    key, sign, code = last.partition(":")
    if not sign:
        return table.name, last
    return ("where" if table.name == "places" and key == "dep" else key), code


def coded(found: Published, prefix: str) -> set[str]:
    """Codes of one sort in any table."""
    return {
        code.removeprefix(f"{prefix}:")
        for releases in found.months.values()
        for release in releases.values()
        for table in release.tables.values()
        for row in table
        for code in row.codes
        if code.startswith(f"{prefix}:")
    }
