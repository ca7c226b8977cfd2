"""The answers of a wave as a table, for the agency alone: one respondent a line."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from maillage.core.tables.columns import Column
from maillage.surveys.definition import QuestionSpec, from_json
from maillage.surveys.models import Answer, Unit, Wave
from maillage.surveys.results.people import ANSWERED


def asked(wave: Wave) -> list[QuestionSpec]:
    found = from_json(wave.version.definition).questions().values()
    return [spec for spec in found if spec.is_answered]


def raw_columns(wave: Wave) -> tuple[Column, ...]:
    own = (
        Column("key", _("clé"), value=lambda row: row["unit"].panel_key),
        Column("name", _("nom"), value=lambda row: row["unit"].name),
        Column("kind", _("nature"), value=lambda row: row["unit"].kind),
        Column("department", _("département"),
               value=lambda row: row["unit"].department_id or ""),
        Column("weight", _("poids de redressement"), "number",
               value=lambda row: row["unit"].weight),
    )  # fmt: skip
    return (*own, *(column_of(spec) for spec in asked(wave)))


def column_of(spec: QuestionSpec) -> Column:
    return Column(
        spec.code, spec.label, value=lambda row: row["said"].get(spec.code, "")
    )


def raw_rows(wave: Wave) -> Iterator[dict[str, Any]]:
    """Those whose answers count; rows of repeated groups are joined by « | »."""
    said: dict[int, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    rows = Answer.objects.filter(
        response__unit__wave=wave, response__state__in=ANSWERED, is_counted=True
    ).exclude(value__isnull=True)
    for pk, code, value in rows.order_by("pk").values_list(
        "response__unit_id", "question", "value"
    ):
        text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        said[pk][code].append(text)
    units = Unit.objects.filter(wave=wave, response__state__in=ANSWERED)
    for unit in units.order_by("name", "pk"):
        words = {code: " | ".join(held) for code, held in said[unit.pk].items()}
        yield {"unit": unit, "said": words}
