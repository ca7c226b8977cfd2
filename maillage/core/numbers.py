"""Whole numbers that addresses and forms send."""

#: Longer numbers are no key, year or version of anything.
DIGITS = 15


def number_in(text: str | None) -> int:
    """The whole number in a text; 0 for anything else.

    Digits that are not 0 to 9 (``²``), and numbers that no key of a database has, are
    nothing.
    """
    if not text or len(text) > DIGITS or not (text.isascii() and text.isdecimal()):
        return 0
    return int(text)
