"""Say a change in words: labels, names of relations, and the words that differ."""

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field as part
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from maillage.core import vocab
from maillage.core.fields import TermField, TermsField
from maillage.core.publishing import Publishable

#: Longer texts are shown one after the other, not word by word.
MOST_WORDS = 4000
LONG = 60


@dataclass(frozen=True)
class Piece:
    """Some words of a text; ``change`` is ``same``, ``gone`` or ``new``."""

    change: str
    text: str


@dataclass(frozen=True)
class FieldChange:
    """One field, before and after, as a person reads it."""

    name: str
    label: str
    before: str
    after: str
    pieces: list[Piece] = part(default_factory=list)
    picture_before: str = ""
    picture_after: str = ""


def readable(
    model: type[Publishable], before: Mapping[str, Any], after: Mapping[str, Any]
) -> list[FieldChange]:
    """Field by field what differs, in the order of the form."""
    names = [name for name in model.editable if name in after]
    found = []
    for name in names:
        field: Any = model._meta.get_field(name)
        old, new = before.get(name), after[name]
        if old == new or (old in EMPTY and new in EMPTY):
            continue
        texts = said(model, field, old), said(model, field, new)
        is_picture = isinstance(field, models.ImageField)
        found.append(
            FieldChange(
                name=name,
                label=str(field.verbose_name),
                before=texts[0],
                after=texts[1],
                pieces=[] if is_picture else word_by_word(*texts),
                picture_before=str(old or "") if is_picture else "",
                picture_after=str(new or "") if is_picture else "",
            )
        )
    return found


def said(model: type[Publishable], field: Any, value: Any) -> str:
    """A value in the words of its kind, else in the usual ones."""
    own = None if value in EMPTY else model.worded(field.name, value)
    return shown(field, value) if own is None else own


EMPTY: tuple[Any, ...] = (None, "", [], {})


def shown(field: Any, value: Any) -> str:
    """A value as the page shows it; an empty one is empty."""
    if value in EMPTY:
        return ""
    if isinstance(value, bool):
        return _("oui") if value else _("non")
    if isinstance(field, TermsField):
        return ", ".join(vocab.labels(field.vocabulary, value))
    if isinstance(field, TermField):
        return vocab.label(field.vocabulary, str(value))
    if isinstance(field, models.ManyToManyField | models.ForeignKey):
        return names_of(field, value)
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    if field.name.endswith("_cents"):
        return _("%(euros)s €") % {"euros": f"{value / 100:.2f}".replace(".", ",")}
    return in_words(value)


def names_of(field: Any, value: Any) -> str:
    pks = value if isinstance(value, list) else [value]
    rows = field.related_model._base_manager.filter(pk__in=pks)
    named = sorted(str(row) for row in rows)
    lost = len({*pks}) - len(named)
    return ", ".join(named + ([_("fiche disparue")] if lost > 0 else []))


def in_words(value: Any) -> str:
    """JSON as lines of text, without its brackets."""
    if isinstance(value, bool):
        return _("oui") if value else _("non")
    if isinstance(value, dict):
        lines = [(key, in_words(one)) for key, one in value.items() if one not in EMPTY]
        return "\n".join(f"{key.replace('_', ' ')} : {one}" for key, one in lines)
    if isinstance(value, list):
        return "\n".join(in_words(one).replace("\n", " · ") for one in value)
    return str(value)


def word_by_word(before: str, after: str) -> list[Piece]:
    """Both texts in one, cut where they differ; empty when that says nothing."""
    old, new = re.findall(r"\s*\S+", before), re.findall(r"\s*\S+", after)
    long_enough = len(before) > LONG and len(after) > LONG
    if not long_enough or len(old) + len(new) > MOST_WORDS:
        return []
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    if matcher.quick_ratio() < 0.4:  # two texts that have little in common
        return []
    found = []
    for action, a, b, c, d in matcher.get_opcodes():
        if action == "equal":
            found.append(Piece("same", "".join(old[a:b])))
            continue
        if b > a:
            found.append(Piece("gone", "".join(old[a:b])))
        if d > c:
            found.append(Piece("new", "".join(new[c:d])))
    return found
