"""The column that a field of a model makes."""

from typing import Any

from django.db import models

from maillage.core.fields import TermField, TermsField
from maillage.core.tables.columns import Column


def column_of(model: type[models.Model], name: str, **given: Any) -> Column:
    """The column that a field of a model makes, unless told otherwise."""
    field: Any = model._meta.get_field(name)
    made: dict[str, Any] = {
        "code": name,
        "field": field.attname,
        "label": field.verbose_name,
        "about": field.help_text or "",
        "type": type_of(field),
        "max_length": getattr(field, "max_length", None) or 0,
        "vocabulary": getattr(field, "vocabulary", ""),
    }
    if made["type"] == "choice":
        made["choices"] = tuple(field.choices)
    if made["type"] in {"integer", "decimal", "cents"}:
        made |= {"low": 0, "high": LARGEST.get(type(field), 2_147_483_647)}
        made["max_length"] = 0
    if made["type"] in {"boolean", "choice"} and not field.null:
        made["default"] = field.get_default()
    if isinstance(field, models.DecimalField):
        made["high"] = 10 ** (field.max_digits - field.decimal_places) - 1
    return Column(**(made | given))


LARGEST = {models.PositiveSmallIntegerField: 32_767}


def type_of(field: Any) -> str:
    kinds: list[tuple[Any, str]] = [
        (TermsField, "terms"),
        (TermField, "term"),
        (models.URLField, "url"),
        (models.EmailField, "email"),
        (models.JSONField, "pairs"),
        (models.BooleanField, "boolean"),
        (models.DecimalField, "decimal"),
        (models.FloatField, "number"),
        (models.IntegerField, "integer"),
        (models.ManyToManyField, "references"),
        (models.ForeignKey, "reference"),
        (models.DateField, "date"),
        (models.TextField, "long"),
    ]
    if getattr(field, "choices", None):
        return "choice"
    return next((word for kind, word in kinds if isinstance(field, kind)), "text")
