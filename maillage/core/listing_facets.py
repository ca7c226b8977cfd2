"""What lists filter on: which facets a kind has, their values, labels and counts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from maillage.core import vocab
from maillage.core.listing_columns import SINGLE, Column, Shelf, sort_key
from maillage.core.marks import marks_of
from maillage.core.publishing import Publishable, kinds as all_kinds

# A facet of more values than one can look through shows the most frequent ones.
TOO_MANY, MOST = 100, 24


@dataclass(frozen=True)
class FacetValue:
    value: str
    label: str
    count: int
    is_selected: bool


@dataclass(frozen=True)
class Facet:
    """One filter of a list; ``param`` is its name in addresses."""

    name: str
    label: str
    values: list[FacetValue]

    @property
    def param(self) -> str:
        return param(self.name)

    @property
    def selected(self) -> list[FacetValue]:
        return [value for value in self.values if value.is_selected]


def param(name: str) -> str:
    """The name of a facet in an address: one value at a time, so the singular."""
    return name[:-1] if name.endswith("s") and not name.endswith("ss") else name


def models_of(kinds: Sequence[str]) -> list[type[Publishable]]:
    known = all_kinds()
    return [known[kind] for kind in kinds or known if kind in known]


@cache
def facets_of(kinds: tuple[str, ...]) -> Mapping[str, tuple[str | Promise, str]]:
    found: dict[str, tuple[str | Promise, str]] = {}
    for model in models_of(kinds):
        for name, label, vocabulary in model.list_facets:
            found.setdefault(name, (label, vocabulary))
        for mark in marks_of(model.code):
            found.setdefault(mark.facet, (mark.label, ""))
    return found


def list_facets(kinds: Sequence[str] = ()) -> dict[str, tuple[str, str]]:
    """Label and vocabulary of each facet of some kinds, in their order."""
    known = facets_of(tuple(kinds))
    return {
        name: (str(label), vocabulary) for name, (label, vocabulary) in known.items()
    }


def facet_label(name: str, kinds: Sequence[str] = ()) -> str:
    if name == "kind":
        return _("Genre")
    return str(facets_of(tuple(kinds)).get(name, (name, ""))[0])


def terms_of(name: str, kinds: Sequence[str]) -> dict[str, str]:
    """Labels of the values of a facet in the order in which to show them.

    Empty for territories and owners: the shelf knows their names.
    """
    models = models_of(kinds)
    if name == "kind":
        names = {model.code: str(model._meta.verbose_name_plural) for model in models}
        return {code: label.capitalize() for code, label in names.items()}
    found: dict[str, str] = {}
    for model in models:
        vocabulary = facets_of((model.code,)).get(name, ("", ""))[1]
        for term in vocab.terms(vocabulary).values() if vocabulary else ():
            found.setdefault(term.slug, term.label)
        for value, label in model.facet_labels.get(name, {}).items():
            found.setdefault(value, str(label))
        for mark in marks_of(model.code):
            if mark.facet == name:
                found.setdefault(mark.value, str(mark.value_label))
    return found


def facet_of(
    shelf: Shelf,
    name: str,
    lines: Column,
    selected: Sequence[str],
    kinds: Sequence[str] = (),
    *,
    is_all: bool = False,
) -> Facet:
    """Count the values of a facet on lines; those with none show only if chosen.

    ``is_all`` says that the lines are all those of the kinds: counted once a shelf.
    """
    known = list(shelf.values.get(name, ()))
    key = ("counts", name, tuple(kinds))
    counts = shelf.memory.get(key) if is_all else None
    if counts is None:
        counts = counted(shelf, name, lines)
        if is_all:
            shelf.memory[key] = counts
    shown = {known[code]: int(counts[code]) for code in frequent(name, counts)}
    values = [value for value in {**shown, **dict.fromkeys(selected)} if value]
    terms = terms_of(name, kinds)
    labels: Mapping[str, str] = terms or shelf.labels.get(name, {})
    if terms:
        places = {value: place for place, value in enumerate(terms)}
        values.sort(key=lambda value: places.get(value, len(places)))
    else:
        values.sort(key=lambda value: sort_key(labels.get(value) or value))
    return Facet(
        name,
        facet_label(name, kinds),
        [
            FacetValue(v, labels.get(v, v), shown.get(v, 0), v in selected)
            for v in values
        ],
    )


def frequent(name: str, counts: Column) -> Column:
    """Numbers of the values to show: those found, the most frequent if too many."""
    found = np.flatnonzero(counts)
    if len(found) <= TOO_MANY or name not in SINGLE:
        return found
    return found[np.argsort(-counts[found], kind="stable")[:MOST]]


def counted(shelf: Shelf, name: str, lines: Column) -> Column:
    """How many lines hold each value, in the order of the values' numbers."""
    many = len(shelf.values.get(name, ()))
    if name == "kind" or name in SINGLE:
        column = shelf.columns.get("kind" if name == "kind" else f"code:{name}")
        if column is None:
            return np.zeros(many, int)
        found = np.bincount(column[lines].astype(np.int64) + 1, minlength=many + 1)
        return found[1:]
    column = shelf.columns.get(f"mask:{name}")
    if column is None:
        return np.zeros(many, int)
    octets = column[lines].astype("<u8", copy=False).view(np.uint8)
    counts: list[int] = []
    for octet in range(-(-many // 8)):
        held = np.bincount(octets[:, octet], minlength=256)
        counts.extend(int(held[BITS[bit]].sum()) for bit in range(8))
    return np.array(counts[:many], int)


#: For each bit, the bytes that have it.
BITS = [np.flatnonzero(np.arange(256) & (1 << bit)) for bit in range(8)]
