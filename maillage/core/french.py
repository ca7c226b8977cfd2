"""French words as search sees them: no accent, no elision, no ending."""

import re
import unicodedata
from functools import lru_cache

import snowballstemmer

WORD = re.compile(r"[^\W_]+", re.UNICODE)
ELISION = re.compile(r"\b(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu|quoiqu)['’ʼ]", re.I)
# Words that every text has; a query of nothing else keeps them.
STOP = frozenset(
    "a au aux avec ce ces dans de des du elle en et eux il je la le les leur leurs "
    "lui ma mais me meme mes moi mon ne nos notre nous on ou par pas pour qu que qui "
    "sa se ses son sur ta te tes toi ton tu un une vos votre vous y est sont ete etre".split()
)


def fold(text: str) -> str:
    """Lower-case, without accents nor ligatures."""
    text = text.replace("œ", "oe").replace("Œ", "oe").replace("æ", "ae")
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in plain if not unicodedata.combining(char))


def words(text: str) -> list[str]:
    """The folded words of a text, elided articles cut off."""
    return WORD.findall(fold(ELISION.sub(" ", text)))


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """The stem of a folded word; numbers and short words stay as they are."""
    if len(word) < 4 or any(char.isdigit() for char in word):
        return word
    return str(snowballstemmer.stemmer("french").stemWord(word))


def analyse(text: str) -> list[str]:
    """The terms of a text, in its order, for the index and for queries alike."""
    found = words(text)
    telling = [word for word in found if word not in STOP]
    return [stem(word) for word in telling or found]
