import numpy as np
from hypothesis import given, strategies as st

from maillage.kernels.postings import EMPTY, Builder, join

terms = st.text("abc", min_size=1, max_size=3)
field = st.lists(terms, max_size=5, unique=True)
rows = st.lists(st.tuples(field, field), max_size=12)


def index(texts, *, first=0):
    builder = Builder()
    for row, (name, body) in enumerate(texts, start=first):
        builder.add(row, " ".join(name), " ".join(body))
    return builder.segment()


def holders(segment, span):
    return [sorted(set(field.of(*span).tolist())) for field in segment.fields]


def expected(texts, holds):
    sides = range(2)
    return [
        [r for r, text in enumerate(texts) if any(map(holds, text[s]))] for s in sides
    ]


@given(texts=rows, term=terms)
def test_a_term_leads_to_the_rows_that_hold_it(texts, term):
    segment = index(texts)

    assert holders(segment, segment.exact(term)) == expected(texts, term.__eq__)


@given(texts=rows, start=terms)
def test_a_beginning_leads_to_the_rows_of_all_terms_that_begin_so(texts, start):
    segment = index(texts)

    found = holders(segment, segment.beginning(start))

    assert found == expected(texts, lambda term: term.startswith(start))


@given(texts=rows)
def test_terms_are_in_order_and_frequencies_count_their_rows(texts):
    segment = index(texts)

    assert list(segment.terms) == sorted({t for text in texts for f in text for t in f})
    assert segment.frequencies().sum() == sum(len(f) for text in texts for f in text)


@given(old=rows, new=rows, data=st.data())
def test_joined_segments_answer_as_one_made_at_once(old, new, data):
    """Rows that were written again are taken from the newer segment only."""
    size = len(old) + len(new)
    again = data.draw(st.sets(st.integers(0, size - 1))) if size else set()
    texts = [*old, *new]
    is_new = np.array([row in again or row >= len(old) for row in range(size)], bool)
    builder = Builder()
    for row in np.flatnonzero(is_new):
        builder.add(int(row), *(" ".join(field) for field in texts[row]))
    stale = [
        (["zzz"], ["aaa"]) if row in again else old[row] for row in range(len(old))
    ]

    joined = join([(index(stale), ~is_new), (builder.segment(), is_new)])

    once = index(texts)
    for term in once.terms:
        assert holders(joined, joined.exact(term)) == holders(once, once.exact(term))
    for term in set(joined.terms) - set(once.terms):
        assert holders(joined, joined.exact(term)) == [[], []]


def test_an_empty_index_holds_nothing():
    assert holders(EMPTY, EMPTY.exact("a")) == [[], []]
    assert holders(EMPTY, EMPTY.beginning("a")) == [[], []]
