"""Rows of the database in the order of a list, for files of any length."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise

from maillage.core.tables.columns import Column

CHUNK = 1000


@dataclass(frozen=True)
class Export:
    """What a kind of thing looks like in a file; ``rows`` prepares a QuerySet."""

    code: str
    label: str | Promise
    columns: tuple[Column, ...]
    rows: Callable[[], Any]

    def things(self, pks: Sequence[int] | None = None) -> Iterator[Any]:
        """Things in the order of ``pks``; all of them, by number, without it.

        Costs a constant number of queries for each thousand.
        """
        if pks is None:
            pks = list(self.rows().order_by("pk").values_list("pk", flat=True))
        for start in range(0, len(pks), CHUNK):
            batch = pks[start : start + CHUNK]
            found = self.rows().in_bulk(batch)
            yield from (found[pk] for pk in batch if pk in found)
