"""The values of a thing as JSON keeps them: read, compare, put back."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.fields.files import FieldFile
from django.utils.translation import gettext as _

from maillage.core import vocab
from maillage.core.errors import Refused
from maillage.core.fields import TermsField
from maillage.core.publishing import Publishable


def plain(field: Any, value: Any) -> Any:
    """One value as JSON keeps it; equal things give equal values."""
    if isinstance(field, models.FileField):
        return (value.name if isinstance(value, FieldFile) else value) or ""
    if isinstance(field, TermsField) and isinstance(value, list):
        order = {slug: rank for rank, slug in enumerate(vocab.terms(field.vocabulary))}
        return sorted({*value}, key=lambda slug: (order.get(slug, len(order)), slug))
    if isinstance(field, models.DecimalField) and value is not None:
        return str(Decimal(value).quantize(Decimal(1).scaleb(-field.decimal_places)))
    if value is None or isinstance(value, bool | int | float | list | dict):
        return value
    return str(value)


def snapshot(thing: Publishable, fields: Iterable[str] = ()) -> dict[str, Any]:
    """The editable values of a thing, by field name."""
    found: dict[str, Any] = {}
    for name in fields or thing.editable:
        field: Any = thing._meta.get_field(name)
        if isinstance(field, models.ManyToManyField):
            found[name] = sorted(getattr(thing, name).values_list("pk", flat=True))
        else:
            found[name] = plain(field, getattr(thing, field.attname))
    return found


def typed(
    thing: Publishable,
    *,
    fields: Iterable[str],
    related: Mapping[str, Iterable[models.Model]] | None = None,
) -> dict[str, Any]:
    """The values that a form has put into a thing that is not saved.

    ``related`` holds many-to-many rows by field name. A file that came with the form
    is stored, so that a proposal can name it.
    """
    found: dict[str, Any] = {}
    for name in fields:
        field: Any = thing._meta.get_field(name)
        if isinstance(field, models.ManyToManyField):
            found[name] = sorted(row.pk for row in (related or {}).get(name, []))
        elif isinstance(field, models.FileField):
            found[name] = plain(field, field.pre_save(thing, add=False))
        else:
            found[name] = plain(field, getattr(thing, field.attname))
    return found


def past_snapshot(thing: Any, past: Any) -> dict[str, Any]:
    """The values that a thing had in one row of its history."""
    found: dict[str, Any] = {}
    for name in thing.editable:
        field: Any = thing._meta.get_field(name)
        if isinstance(field, models.ManyToManyField):
            if (links := getattr(past, name, None)) is not None:
                key = f"{field.m2m_reverse_field_name()}_id"
                found[name] = sorted({*links.values_list(key, flat=True)})
        else:
            found[name] = plain(field, getattr(past, field.attname))
    return found


def values_at(thing: Any, version: int) -> dict[str, Any] | None:
    """The values that a thing had at a version; ``None`` if nobody noted them."""
    past = thing.history.filter(version=version).order_by("-history_id").first()
    return None if past is None else past_snapshot(thing, past)


def write_values(
    thing: Any, values: Mapping[str, Any], *, by: Any, why: str = ""
) -> None:
    """Put plain values into a thing and save it as its next version.

    Rows of a many-to-many relation that are gone are left out. Refuses with
    ``invalid``.
    """
    later: dict[str, list[Any]] = {}
    try:
        for name, value in values.items():
            field: Any = thing._meta.get_field(name)
            if isinstance(field, models.ManyToManyField):
                others = field.related_model._base_manager
                later[name] = list(others.filter(pk__in=value))
            else:
                setattr(thing, field.attname, field.to_python(value))
        thing.full_clean(exclude={"slug"})
    except ValidationError as error:
        raise Refused("invalid", " ".join(error.messages)) from error
    except (TypeError, ValueError) as error:
        raise Refused("invalid", _("Une valeur n’a pas la forme attendue.")) from error
    thing.version += 1
    remember(thing, by=by, why=why)
    thing.save()
    for name, rows in later.items():
        getattr(thing, name).set(rows)


def remember(thing: Any, *, by: Any, why: str = "") -> None:
    """Say to the history who makes the next change, and why."""
    thing._history_user = by
    thing._change_reason = why[:100] or None
