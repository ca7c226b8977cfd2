"""What lists filter on: which facets a kind has, their values, labels and counts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from django.utils.translation import gettext as _

from maillage.core import vocab
from maillage.core.listing_columns import SINGLE, Column, Shelf, sort_key
from maillage.core.publishing import Publishable, kinds as all_kinds


MOST = 100  # values shown of a facet without vocabulary: the most frequent ones


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


def list_facets(kinds: Sequence[str] = ()) -> dict[str, tuple[str, str]]:
    """Label and vocabulary of each facet of some kinds, in their order."""
    found: dict[str, tuple[str, str]] = {}
    for model in models_of(kinds):
        for name, label, vocabulary in model.list_facets:
            found.setdefault(name, (str(label), vocabulary))
    return found


def facet_label(name: str, kinds: Sequence[str] = ()) -> str:
    if name == "kind":
        return _("Genre")
    return list_facets(kinds).get(name, (name, ""))[0]


def labels_of(shelf: Shelf, name: str, kinds: Sequence[str]) -> dict[str, str]:
    """What the values of a facet are called, in the order in which to show them."""
    if name == "kind":
        return {
            code: str(model._meta.verbose_name_plural).capitalize()
            for code, model in all_kinds().items()
        }
    found: dict[str, str] = {}
    for model in models_of(kinds):
        vocabulary = list_facets([model.code]).get(name, ("", ""))[1]
        if name == "category":
            vocabulary = model.category_vocabulary
        if vocabulary:
            for term in vocab.terms(vocabulary).values():
                found.setdefault(term.slug, term.label)
        for value, label in model.facet_labels.get(name, {}).items():
            found.setdefault(value, str(label))
    return found or by_alphabet(shelf.labels.get(name, {}), shelf.values.get(name, ()))


def by_alphabet(labels: dict[str, str], values: Iterable[str]) -> dict[str, str]:
    found = {value: labels.get(value, value) for value in values}
    return dict(sorted(found.items(), key=lambda pair: sort_key(pair[1])))


def facet_of(
    shelf: Shelf,
    name: str,
    lines: Column,
    selected: Sequence[str],
    kinds: Sequence[str] = (),
) -> Facet:
    """Count the values of a facet on lines; those with none show only if chosen."""
    counts = dict(zip(shelf.values.get(name, ()), counted(shelf, name, lines), strict=False))
    labels = labels_of(shelf, name, kinds)
    if not list_facets(kinds).get(name, ("", "-"))[1] and len(counts) > MOST:
        often = sorted(counts, key=lambda value: -counts[value])[:MOST]
        labels = {v: label for v, label in labels.items() if v in {*often, *selected}}
        counts = {value: counts[value] for value in labels if value in counts}
    order = [*labels, *(v for v in (*counts, *selected) if v not in labels)]
    values = [
        FacetValue(value, labels.get(value, value), int(counts.get(value, 0)), value in selected)
        for value in dict.fromkeys(order)
        if value and (counts.get(value, 0) > 0 or value in selected)
    ]
    return Facet(name, facet_label(name, kinds), values)


def counted(shelf: Shelf, name: str, lines: Column) -> list[int]:
    """How many lines hold each value, in the order of the values' numbers."""
    many = len(shelf.values.get(name, ()))
    if name == "kind" or name in SINGLE:
        column = shelf.columns.get("kind" if name == "kind" else f"code:{name}")
        if column is None:
            return []
        found = np.bincount(column[lines].astype(np.int64) + 1, minlength=many + 1)
        return list(found[1:])
    column = shelf.columns.get(f"mask:{name}")
    if column is None:
        return []
    octets = column[lines].astype("<u8", copy=False).view(np.uint8)
    counts: list[int] = []
    for octet in range(-(-many // 8)):
        held = np.bincount(octets[:, octet], minlength=256)
        counts.extend(int(held[BITS[bit]].sum()) for bit in range(8))
    return counts[:many]


#: For each bit, the bytes that have it.
BITS = [np.flatnonzero(np.arange(256) & (1 << bit)) for bit in range(8)]
