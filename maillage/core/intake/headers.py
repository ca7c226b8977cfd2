"""Match the titles of a file with our columns."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from rapidfuzz import process

from maillage.core.errors import Refused
from maillage.core.tables.columns import Column, simple


@dataclass(frozen=True)
class Layout:
    """How the file of somebody else fills our columns.

    ``columns`` gives, by our code, the titles that the file may use; without it,
    titles are our codes, labels and synonyms. ``fixed`` fills columns that the file
    lacks. A cell of a ``lenient`` column that cannot be read is left empty, with a
    remark, instead of refusing the row.
    """

    code: str
    label: str | Promise
    kind: str
    source: str = ""
    about: str | Promise = ""
    columns: Mapping[str, Sequence[str]] = field(default_factory=dict)
    fixed: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    lenient: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Matched:
    """Where each column is in the file, and titles that mean nothing to us."""

    places: dict[str, int]
    unknown: list[tuple[str, str]]  # title, nearest code or nothing


def match_header(
    header: Sequence[str], columns: Sequence[Column], *, mapping: Layout | None = None
) -> Matched:
    """Find our columns in a header.

    Refuses with ``duplicate_column`` or ``missing_column``.
    """
    titles = [simple(title) for title in header]
    check_twice(header, titles)
    mapped = mapping.columns if mapping else {}
    fixed = set(mapping.fixed) if mapping else set()
    places: dict[str, int] = {}
    for column in columns:
        names = [simple(name) for name in mapped.get(column.code, ())]
        if not names and not mapped:
            names = [simple(column.code), *sorted(column.names)]
        for name in names:
            if name in titles and titles.index(name) not in places.values():
                places[column.code] = titles.index(name)
                break
    unknown = [n for n in range(len(titles)) if n not in places.values()]
    missing = [
        c
        for c in columns
        if c.is_required and c.code not in places and c.code not in fixed
    ]
    if missing:
        raise refuse_missing(missing, [header[n] for n in unknown], mapped)
    free = {simple(c.code): c.code for c in columns if c.code not in places}
    return Matched(
        places, [(header[n], near(titles[n], free)) for n in unknown if not mapped]
    )


def check_twice(header: Sequence[str], titles: Sequence[str]) -> None:
    twice = [title for title, count in Counter(titles).items() if count > 1]
    if twice:
        where = [str(n) for n, title in enumerate(titles, 1) if title == twice[0]]
        raise Refused(
            "duplicate_column",
            _("Deux colonnes ont le même titre, « %(title)s » (colonnes %(where)s).")
            % {"title": header[int(where[0]) - 1], "where": ", ".join(where)},
        )


def refuse_missing(
    missing: Sequence[Column],
    unknown: Sequence[str],
    mapped: Mapping[str, Sequence[str]],
) -> Refused:
    """Name what lacks, and the title of the file that is most like it."""
    told = []
    titles = {simple(title): title for title in unknown}
    for column in missing:
        code = (mapped.get(column.code) or [column.code])[0]
        text = _("« %(code)s » (%(label)s)") % {"code": code, "label": column.label}
        for name in (simple(code), simple(str(column.label))):
            if close := near(name, titles):
                text += _(" — votre colonne « %s » ?") % close
                break
        told.append(text)
    return Refused(
        "missing_column", _("Il manque des colonnes : %s.") % " ; ".join(told)
    )


def near(name: str, known: Mapping[str, str]) -> str:
    hit = process.extractOne(name, list(known), score_cutoff=60)
    return known[hit[0]] if hit else ""
