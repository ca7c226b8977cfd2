"""French words as search sees them: no accent, no elision, no ending."""

import re
import unicodedata
from functools import lru_cache
from threading import local

import snowballstemmer

WORD = re.compile(r"[^\W_]+", re.UNICODE)
ELISION = re.compile(r"\b(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu|quoiqu)['’ʼ]", re.I)
# Words written with a hyphen or an apostrophe are also found when written as one.
COMPOUND = re.compile(r"[^\W_]+(?:['’ʼ-][^\W_]+)+", re.UNICODE)
LONGEST = 40  # letters of a term; what is longer is no word
# Words that every text has; a query of nothing else keeps them.
STOP = frozenset(
    "a au aux avec ce ces dans de des du elle en et eux il je la le les leur leurs "
    "lui ma mais me meme mes moi mon ne nos notre nous on ou par pas pour qu que qui "
    "sa se ses son sur ta te tes toi ton tu un une vos votre vous y est sont".split()
)
STEMMERS = local()  # a stemmer keeps the word it works on: one for each thread


def fold(text: str) -> str:
    """Lower-case, without accents nor ligatures."""
    text = text.replace("œ", "oe").replace("Œ", "oe").replace("æ", "ae")
    plain = unicodedata.normalize("NFKD", text.replace("Æ", "ae"))
    plain = unicodedata.normalize("NFKD", plain.casefold())
    if plain.isascii():
        return plain
    return "".join(char for char in plain if not unicodedata.combining(char))


def words(text: str) -> list[str]:
    """The folded words of a text, elided articles cut off."""
    return [word[:LONGEST] for word in WORD.findall(fold(ELISION.sub(" ", text)))]


def compounds(text: str) -> list[str]:
    """Words joined by a hyphen or an apostrophe, as one word each."""
    parts = COMPOUND.findall(fold(ELISION.sub(" ", text)))
    joined = ["".join(WORD.findall(part)) for part in parts]
    return [word for word in joined if len(word) <= LONGEST]


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """The stem of a folded word; numbers and short words stay as they are."""
    if len(word) < 4 or any(char.isdigit() for char in word):
        return word
    if not hasattr(STEMMERS, "french"):
        STEMMERS.french = snowballstemmer.stemmer("french")
    return str(STEMMERS.french.stemWord(word))


def telling(text: str) -> list[str]:
    """The folded words that say something; all of them if none does."""
    found = words(text)
    return [word for word in found if word not in STOP] or found


def analyse(text: str) -> list[str]:
    """The terms of a query, in its order."""
    return [stem(word) for word in telling(text)]


def index_terms(text: str, *, keep_all: bool = False) -> list[str]:
    """The different terms by which a text is found.

    ``keep_all`` is for names, where a word such as « son » may be what counts.
    """
    found = words(text) if keep_all else telling(text)
    return list(dict.fromkeys(stem(word) for word in (*found, *compounds(text))))
