"""An inverted index in plain arrays: which rows hold which terms."""

from array import array
from bisect import bisect_left
from collections.abc import Sequence
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


class Builder:
    """Takes rows one after the other, then turns them into a segment."""

    def __init__(self) -> None:
        self.numbers = Numbers()
        self.rows: list[int] = []
        self.found = (array("i"), array("i"))
        self.lengths = (array("i"), array("i"))

    def add(self, row: int, *fields: str) -> None:
        """Add a row by the terms of its name and of its body, spaces between them.

        Rows come in increasing order; a field has each term once. O(words) time.
        """
        self.rows.append(row)
        for text, found, lengths in zip(fields, self.found, self.lengths, strict=True):
            terms = text.split()
            found.extend(map(self.numbers.__getitem__, terms))
            lengths.append(len(terms))

    def segment(self) -> Segment:
        terms = sorted(self.numbers)
        place = np.empty(len(terms), dtype=np.int32)
        order = [self.numbers[term] for term in terms]
        place[order] = np.arange(len(terms), dtype=np.int32)
        rows = np.array(self.rows, dtype=np.int32)
        name, body = (
            _turn(place[np.asarray(found)], np.asarray(lengths), rows, len(terms))
            for found, lengths in zip(self.found, self.lengths, strict=True)
        )
        return Segment(terms, (name, body))


def _turn(ids: Rows, lengths: Rows, rows: Rows, width: int) -> Postings:
    """From the terms of each row to the rows of each term."""
    starts = np.concatenate([[0], np.cumsum(lengths)])
    ones = np.ones(len(ids), dtype=np.int8)
    held = csr_matrix((ones, ids, starts), shape=(len(rows), width)).tocsc()
    return Postings(held.indptr.astype(np.int64), rows[held.indices])


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
