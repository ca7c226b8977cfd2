"""An inverted index in plain arrays: which rows hold which terms."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

Rows = NDArray[np.int32]
NOTHING: Rows = np.empty(0, dtype=np.int32)
END = chr(0x10FFFF)  # sorts after every letter


@dataclass(frozen=True)
class Postings:
    """Rows of each term, one term after the other.

    starts : (v + 1,) where each term's rows begin
    rows : (nnz,) rows, increasing inside a term
    """

    starts: NDArray[np.int64]
    rows: Rows

    def of(self, first: int, last: int) -> Rows:
        """Rows of the terms in [first, last), with repeats when they are many."""
        found: Rows = self.rows[self.starts[first] : self.starts[last]]
        return found

    def counts(self) -> NDArray[np.int64]:
        return np.diff(self.starts)


@dataclass(frozen=True)
class Segment:
    """The terms of some rows, in alphabetical order, in two fields of each row.

    terms : (v,) sorted, no repeats
    fields : rows that hold each term in the name, and in the body
    """

    terms: Sequence[str]
    fields: tuple[Postings, Postings]

    def exact(self, term: str) -> tuple[int, int]:
        """The range of terms that are this one: empty or one long."""
        place = bisect_left(self.terms, term)
        found = place < len(self.terms) and self.terms[place] == term
        return place, place + found

    def beginning(self, start: str) -> tuple[int, int]:
        """The range of terms that begin so."""
        return bisect_left(self.terms, start), bisect_left(self.terms, start + END)

    def frequencies(self) -> NDArray[np.int64]:
        """(v,) how many rows hold each term; a row with both fields counts twice."""
        return self.fields[0].counts() + self.fields[1].counts()


EMPTY = Segment((), (Postings(np.zeros(1, np.int64), NOTHING),) * 2)


class Numbers(dict[str, int]):
    """Gives each new term the next number."""

    def __missing__(self, term: str) -> int:
        self[term] = number = len(self)
        return number


def build(texts: Iterable[tuple[int, str, str]], *, size: int) -> Segment:
    """Index rows of (row, terms of the name, terms of the body).

    Terms are separated by spaces; rows come in increasing order, below ``size``.
    O(words) time, one pass.
    """
    numbers = Numbers()
    found: tuple[list[int], list[int]] = ([], [])
    lengths = np.zeros((2, size), dtype=np.int64)
    for row, *fields in texts:
        for side, text in enumerate(fields):
            ids = [numbers[term] for term in dict.fromkeys(text.split())]
            found[side].extend(ids)
            lengths[side, row] = len(ids)
    terms = sorted(numbers)
    place = np.empty(len(terms), dtype=np.int32)
    place[[numbers[term] for term in terms]] = np.arange(len(terms), dtype=np.int32)
    name, body = (
        _turn(place[np.asarray(ids, dtype=np.int64)], length, len(terms))
        for ids, length in zip(found, lengths, strict=True)
    )
    return Segment(terms, (name, body))


def _turn(ids: Rows, lengths: NDArray[np.int64], width: int) -> Postings:
    """From the terms of each row to the rows of each term."""
    starts = np.concatenate([[0], np.cumsum(lengths)])
    held = csr_matrix(
        (np.ones(len(ids), dtype=np.int8), ids, starts), shape=(len(lengths), width)
    ).tocsc()
    return Postings(held.indptr.astype(np.int64), held.indices.astype(np.int32))


def join(parts: Sequence[tuple[Segment, NDArray[np.bool_]]]) -> Segment:
    """Make one segment of several, keeping of each the rows that are still its own.

    Each part comes with ``keeps``, (size,) true where the row's text is in it.
    """
    terms = sorted(set().union(*(segment.terms for segment, _ in parts)))
    place = {term: number for number, term in enumerate(terms)}
    fields = []
    for side in range(2):
        ids, rows = [], []
        for segment, keeps in parts:
            postings = segment.fields[side]
            new = np.array([place[term] for term in segment.terms], dtype=np.int64)
            kept = keeps[postings.rows]
            ids.append(np.repeat(new, postings.counts())[kept])
            rows.append(postings.rows[kept])
        every, holders = np.concatenate(ids), np.concatenate(rows)
        order = np.lexsort((holders, every))
        counts = np.bincount(every, minlength=len(terms))
        starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        fields.append(Postings(starts, holders[order]))
    return Segment(terms, (fields[0], fields[1]))
