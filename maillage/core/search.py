"""One search over every kind: French words, typing errors, ranks, suggestions."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from django.conf import settings
from django.utils.translation import override
from modelsearch.backends import get_search_backend
from modelsearch.query import PlainText
from rapidfuzz import process
from rapidfuzz.distance import OSA

from maillage.core import vocab
from maillage.core.french import WORD, fold, stem, telling
from maillage.core.listing_columns import Column, Shelf, current_shelf, sort_key
from maillage.core.models import Entry
from maillage.kernels.postings import Rows

NAME, NAME_START, BODY, BODY_START = 8.0, 5.0, 2.0, 1.0
WHOLE_NAME = 4.0  # the words of the query are all there is in the name
EVERY_WORD = 1000.0  # a row with more of the words stands above one with fewer
PREFIX = 3  # letters of the last word that longer words may go on from
MAX_WORDS = 12
MOST = 1000  # results that are taken from a search backend
LABELS = ("themes", "audiences", "place_kinds", "structure_kinds", "resource_kinds")


@dataclass(frozen=True)
class Match:
    """Lines that a text finds: ``mask`` and ``scores`` are None when all are."""

    mask: Column | None = None
    scores: Column | None = None
    correction: str = ""


@dataclass(frozen=True)
class Suggestion:
    text: str
    kind: str
    url: str
    detail: str = ""


@dataclass(frozen=True)
class Term:
    """One word of a query: terms that answer for it, the last one also as a start."""

    word: str
    options: tuple[str, ...]
    start: str = ""


def match(shelf: Shelf, text: str, *, among: Column) -> Match:
    """Lines of ``among`` that hold every word of a text; else those that hold some."""
    found = telling(text)[:MAX_WORDS]
    if not found:
        return Match()
    if settings.SEARCH_ENGINE != "memory":
        return asked(shelf, text, found, among=among)
    terms, mended = read(shelf, found)
    weights = [weighed(shelf, term) for term in terms]
    mask = among & np.logical_and.reduce([weight > 0 for weight in weights])
    scores = np.zeros(shelf.size, np.float32)
    for weight in weights:
        rarity = np.log1p(shelf.size / max(1, int(np.count_nonzero(weight))))
        scores += weight * np.float32(rarity if len(weights) > 1 else 1)
    named = np.logical_and.reduce([weight >= NAME for weight in weights])
    scores[named & (shelf.column("words", blank=0) == len(terms))] += WHOLE_NAME
    if len(weights) > 1 and not mask.any():
        held = np.sum([weight > 0 for weight in weights], axis=0)
        mask, scores = among & (held > 0), scores + np.float32(EVERY_WORD) * held
    return Match(mask, scores, respelt(shelf, text, mended) if mended else "")


def asked(shelf: Shelf, text: str, found: Sequence[str], *, among: Column) -> Match:
    """The same from the search backend: its best lines, in its order.

    Names are still in memory; they mend what the backend does not know.
    """
    mended: dict[str, str] = {}
    terms = [Term(word, (stem(word),)) for word in found]
    lines = answered(shelf, terms, "and", among=among)
    if not len(lines):
        terms, mended = read(shelf, found)
        lines = answered(shelf, terms, "and", among=among)
    if not len(lines):
        lines = answered(shelf, terms, "or", among=among)
    mask, scores = np.zeros(shelf.size, bool), np.zeros(shelf.size, np.float32)
    mask[lines] = True
    scores[lines] = np.arange(len(lines), 0, -1)
    return Match(mask, scores, respelt(shelf, text, mended) if mended else "")


def answered(
    shelf: Shelf, terms: Sequence[Term], operator: str, *, among: Column
) -> Column:
    """Lines that the search backend gives for terms, the best first."""
    query = PlainText(" ".join(term.options[0] for term in terms), operator=operator)
    results = get_search_backend().search(query, Entry.objects.public())[:MOST]
    lines = [shelf.lines[entry.pk] for entry in results if entry.pk in shelf.lines]
    found = np.array(lines, np.int64)
    return found[among[found]]


def read(shelf: Shelf, found: Sequence[str]) -> tuple[list[Term], dict[str, str]]:
    """The terms of a query's words, and what was put for words that nobody wrote."""
    terms: list[Term] = []
    mended: dict[str, str] = {}
    for place, word in enumerate(found):
        neighbours = [found[place - 1] + word] if place else []
        neighbours += [word + found[place + 1]] if place + 1 < len(found) else []
        joined = [stem(other) for other in neighbours]
        options = [stem(word), *(term for term in joined if known(shelf, term))]
        is_last = place == len(found) - 1 and len(word) >= PREFIX
        if any(known(shelf, term) for term in options) or (
            is_last and begun(shelf, word)
        ):
            terms.append(Term(word, tuple(options), word if is_last else ""))
        elif halves := split(shelf, word):
            terms += [Term(half, (stem(half),)) for half in halves]
        elif better := mend(shelf, word):
            mended[word] = better
            terms.append(Term(word, (better,)))
        else:
            terms.append(Term(word, (stem(word),)))
    return terms, mended


def known(shelf: Shelf, term: str) -> bool:
    return any(np.diff(segment.exact(term))[0] for segment in shelf.segments)


def begun(shelf: Shelf, start: str) -> bool:
    return any(np.diff(segment.beginning(start))[0] for segment in shelf.segments)


def weighed(shelf: Shelf, term: Term) -> Column:
    """How well each line holds a term: in its name or not, as a whole word or not."""
    weight = np.zeros(shelf.size, np.float32)
    for side, start, whole in ((1, BODY_START, BODY), (0, NAME_START, NAME)):
        if term.start:
            for rows in held(shelf, term.start, side, beginning=True):
                weight[rows] = start
        for option in term.options:
            for rows in held(shelf, option, side):
                weight[rows] = whole
    return weight


def held(
    shelf: Shelf, term: str, side: int, *, beginning: bool = False
) -> Iterator[Rows]:
    """Lines that hold a term in their name (side 0) or body (side 1)."""
    for number, segment in enumerate(shelf.segments):
        span = segment.beginning(term) if beginning else segment.exact(term)
        rows = segment.fields[side].of(*span)
        if shelf.fresh and len(rows):
            rows = rows[shelf.columns["fresh"][rows] == bool(number)]
        yield rows


def split(shelf: Shelf, word: str) -> list[str]:
    """Two words that were typed as one, if some name has both."""
    best, pair = 0, []
    for cut in range(2, len(word) - 1):
        halves = [word[:cut], word[cut:]]
        rows = [np.concatenate(list(held(shelf, stem(half), 0))) for half in halves]
        together = len(np.intersect1d(rows[0], rows[1])) if all(map(len, rows)) else 0
        if together > best:
            best, pair = together, halves
    return pair


def mend(shelf: Shelf, word: str) -> str:
    """The term that was probably meant: the nearest, then the most frequent."""
    term = stem(word)
    limit = 0 if len(word) < 4 else 1 if len(word) < 8 else 2
    if not limit or any(char.isdigit() for char in word):
        return ""
    found: list[tuple[int, int, str]] = []
    for number, segment in enumerate(shelf.segments):
        for place in near(shelf, number, term, limit=limit):
            choice = segment.terms[place]
            often = sum(f.starts[place + 1] - f.starts[place] for f in segment.fields)
            far = OSA.distance(term, choice)
            found.append((far, -int(often), choice))
    return min(found)[2] if found else ""


def near(shelf: Shelf, number: int, term: str, *, limit: int) -> Iterator[int]:
    """Places of the terms of a segment that are so many errors away at most."""
    by_length: dict[int, list[int]] | None = shelf.memory.get(("lengths", number))
    terms = shelf.segments[number].terms
    if by_length is None:
        by_length = {}
        for place, known_term in enumerate(terms):
            by_length.setdefault(len(known_term), []).append(place)
        shelf.memory["lengths", number] = by_length
    for length in range(len(term) - limit, len(term) + limit + 1):
        places = by_length.get(length, [])
        choices = [terms[place] for place in places]
        far = process.cdist(
            [term], choices, scorer=OSA.distance, score_cutoff=limit, dtype=np.uint8
        )
        yield from (places[i] for i in np.flatnonzero(far[0] <= limit))


def respelt(shelf: Shelf, text: str, mended: dict[str, str]) -> str:
    """A query with its mended words, as they are written."""
    surfaces = {word: surface(shelf, term) for word, term in mended.items()}
    return WORD.sub(lambda m: surfaces.get(fold(m[0]), m[0]), text)


@cache
def label_words() -> dict[str, str]:
    """Words of the vocabularies by term, as they are written."""
    found: dict[str, str] = {}
    with override("fr"):
        for vocabulary in LABELS:
            for term in vocab.terms(vocabulary).values():
                for word in WORD.findall(term.label):
                    found.setdefault(stem(fold(word)), word)
    return found


def surface(shelf: Shelf, term: str) -> str:
    """A word as people write it, from its term; costs a query at most."""
    if term in label_words():
        return label_words()[term]
    lines = np.concatenate([r for side in (0, 1) for r in held(shelf, term, side)])
    pks = shelf.columns["pk"][lines[:5]].tolist() if len(lines) else []
    texts = Entry.objects.filter(pk__in=pks).values_list(
        "name", "summary", "owner_name", "commune_name"
    )
    written = WORD.findall(" ".join(text for row in texts for text in row))
    found = Counter(word.lower() for word in written if stem(fold(word)) == term)
    return found.most_common(1)[0][0] if found else term


def suggest(text: str, *, limit: int = 8) -> list[Suggestion]:
    """Names that go on from what is being typed. Costs two small queries."""
    found = telling(text[:200])[:MAX_WORDS]
    shelf = current_shelf()
    if not found or not shelf.size:
        return []
    lines = np.flatnonzero(shelf.columns["alive"] & named(shelf, found))
    pks = shelf.columns["pk"][best(shelf, lines, text, limit * 3)].tolist()
    entries = Entry.objects.defer("name_terms", "body_terms", "facets", "facts")
    known = entries.in_bulk(pks)
    different = {
        (entry.name, entry.kind, entry.detail): entry
        for pk in reversed(pks)
        if (entry := known.get(pk))
    }
    return [
        Suggestion(entry.name, entry.kind, entry.url, entry.detail)
        for entry in list(reversed(different.values()))[:limit]
    ]


def named(shelf: Shelf, found: Sequence[str]) -> Column:
    """Lines whose name holds every word, the last one as a start, errors mended."""
    mask = np.ones(shelf.size, bool)
    for place, word in enumerate(found):
        is_last = place == len(found) - 1
        held_by = in_names(shelf, word, is_last=is_last)
        if not held_by.any() and (better := mend_name(shelf, word, is_last=is_last)):
            held_by = in_names(shelf, better, is_last=is_last)
        mask &= held_by
    return mask


def in_names(shelf: Shelf, word: str, *, is_last: bool) -> Column:
    mask = np.zeros(shelf.size, bool)
    for rows in held(shelf, stem(word), 0):
        mask[rows] = True
    if is_last:
        for rows in held(shelf, word, 0, beginning=True):
            mask[rows] = True
    return mask


def mend_name(shelf: Shelf, word: str, *, is_last: bool) -> str:
    """A term near to a word, or one that begins nearly as the word does."""
    if len(word) < 4:
        return ""
    if whole := mend(shelf, word):
        return whole
    if not is_last:
        return ""
    limit = 1 if len(word) < 8 else 2
    key = ("starts", len(word))
    if key not in shelf.memory:
        terms = (term for segment in shelf.segments for term in segment.terms)
        shelf.memory[key] = sorted({term[: len(word)] for term in terms})
    starts: list[str] = shelf.memory[key]
    far = process.cdist(
        [word], starts, scorer=OSA.distance, score_cutoff=limit, dtype=np.uint8
    )[0]
    return starts[int(far.argmin())] if len(far) and far.min() <= limit else ""


def best(shelf: Shelf, lines: Column, text: str, limit: int) -> Column:
    """The few lines to suggest: names that begin so, verified ones, short ones."""
    if "keys" not in shelf.memory:
        shelf.memory["keys"] = shelf.columns["key"][shelf.order]
    start = sort_key(text)
    first, last = np.searchsorted(shelf.memory["keys"], [start, start + b"\xff"])
    rank = shelf.rank[lines].astype(np.int64)
    later = (rank < first) | (rank >= last)
    doubt = ~shelf.columns["is_verified"][lines]
    length = np.minimum(shelf.columns["words"][lines], 63).astype(np.int64)
    key = (later.astype(np.int64) << 46) + (doubt.astype(np.int64) << 45)
    key += (length << 36) + rank
    if len(key) > limit:
        few = np.argpartition(key, limit)[:limit]
        lines, key = lines[few], key[few]
    return lines[np.argsort(key)]
