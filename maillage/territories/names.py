"""Names of places as people type them."""

import re
import unicodedata

_LIGATURES = str.maketrans({"œ": "oe", "Œ": "oe", "æ": "ae", "Æ": "ae", "ß": "ss"})
_SHORT = {"st": "saint", "ste": "sainte", "s": "sur", "ss": "sous"}
_NOT_A_WORD = re.compile(r"[^a-z0-9]+")
_CEDEX = re.compile(r"\bcedex( \d+)?\b")


def fold(text: str) -> str:
    """Return ``text`` in lower case, without accents or punctuation.

    Words are separated by one blank; ``œ`` becomes ``oe``, so that
    « L’Œuf-en-Caux » and « l oeuf en caux » are the same string.
    """
    plain = unicodedata.normalize("NFKD", text.translate(_LIGATURES)).casefold()
    letters = "".join(c for c in plain if not unicodedata.combining(c))
    return _NOT_A_WORD.sub(" ", letters).strip()


def fold_place(text: str) -> str:
    """Fold a commune's name and write out what the post office shortens.

    ``ST VALERY S/ SOMME CEDEX 2`` becomes ``saint valery sur somme``.
    """
    words = _CEDEX.sub("", fold(text)).split()
    head, tail = words[:1], words[1:]
    spelled = [_SHORT.get(word, word) if word != "s" else word for word in head]
    return " ".join(spelled + [_SHORT.get(word, word) for word in tail])
