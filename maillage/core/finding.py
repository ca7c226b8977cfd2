"""Whether a short text holds the words of a query, as the search of the site reads words.

For rows that are few and have no entry: indicators, calls, programmes of others.
"""

from functools import lru_cache

from maillage.core.french import WORD, fold, index_terms, stem, telling, words

#: Letters of the last word that longer words may go on from.
START = 3


@lru_cache(maxsize=2_000)
def terms_of(text: str) -> frozenset[str]:
    return frozenset(index_terms(text, keep_all=True))


@lru_cache(maxsize=2_000)
def words_of(text: str) -> frozenset[str]:
    return frozenset(words(text))


def asked_words(text: str) -> list[str]:
    """The words of a query that say something; none of a text without any."""
    return telling(text) if WORD.search(fold(text)) else []


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
