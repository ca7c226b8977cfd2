"""Indicators by their words, as the search of the site reads words."""

from collections.abc import Iterable

from maillage.core.finding import all_held, asked_words
from maillage.observatory.models import Indicator


def find_indicators(
    rows: Iterable[Indicator], text: str, *, by_name: bool = False
) -> list[Indicator]:
    """Those that hold every word of a text, named by them first; none for no word.

    ``by_name``: only those that are named so.
    """
    asked = asked_words(text)
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
