"""Indicators by their words, as the search of the site reads words."""

from collections.abc import Iterable
from functools import lru_cache

from maillage.core.french import WORD, fold, index_terms, stem, telling, words
from maillage.observatory.models import Indicator

#: Letters of the last word that longer words may go on from.
START = 3


@lru_cache(maxsize=2_000)
def terms_of(text: str) -> frozenset[str]:
    return frozenset(index_terms(text, keep_all=True))


@lru_cache(maxsize=2_000)
def words_of(text: str) -> frozenset[str]:
    return frozenset(words(text))


def find_indicators(
    rows: Iterable[Indicator], text: str, *, by_name: bool = False
) -> list[Indicator]:
    """Those that hold every word of a text, named by them first; none for no word.

    ``by_name``: only those that are named so.
    """
    asked = telling(text) if WORD.search(fold(text)) else []
    if not asked:
        return []
    found = []
    for one in rows:
        if by_name:
            found += [(0, one)] if all_held(asked, one.name) else []
            continue
        more = f"{one.code} {one.family} {one.unit} {one.about}"
        if all_held(asked, one.name):
            found.append((0, one))
        elif all_held(asked, f"{one.name} {more}"):
            found.append((1, one))
    return [one for _rank, one in sorted(found, key=lambda pair: pair[0])]


def all_held(asked: list[str], text: str) -> bool:
    """Every word is in the text; the last one may be only begun."""
    terms = terms_of(text)
    last = asked[-1]
    whole = all(stem(word) in terms for word in asked[:-1])
    return whole and (
        stem(last) in terms
        or (
            len(last) >= START and any(word.startswith(last) for word in words_of(text))
        )
    )
