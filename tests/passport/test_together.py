"""Work of several threads in one go: each gets its own result, or its own error."""

import threading
import time
from contextlib import suppress

import pytest

from maillage.passport.together import Together


def run(together, works):
    """Each work in a thread of its own; results and errors by work."""
    found = {}

    def one(work):
        try:
            found[work] = together(work)
        except ValueError as error:
            found[work] = str(error)

    threads = [threading.Thread(target=one, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert not any(thread.is_alive() for thread in threads)
    return found


def test_who_waits_is_served_with_the_next():
    groups = []

    def do(works):
        groups.append(len(works))
        time.sleep(0.02)
        return [work * 10 for work in works]

    found = run(Together(do, most=5), range(40))

    assert found == {work: work * 10 for work in range(40)}
    assert sum(groups) == 40
    assert max(groups) == 5
    assert len(groups) < 20


def test_nobody_gets_the_error_of_another():
    def do(works):
        time.sleep(0.01)
        if 7 in works:
            raise ValueError("sept")
        return works

    found = run(Together(do, most=16), range(20))

    assert found.pop(7) == "sept"
    assert found == {work: work for work in range(20) if work != 7}


def test_alone_it_is_done_at_once():
    together = Together(lambda works: [work + 1 for work in works], most=4)

    assert together(1) == 2
    assert not together.waiting


def test_an_answer_that_is_missing_is_an_error_for_who_asked():
    with pytest.raises(ValueError, match="not enough"):
        Together(lambda works: [], most=4)(1)


def test_a_thread_that_dies_leaves_what_waits_to_the_next():
    died = []

    def do(works):
        if len(works) > 1 and not died:
            died.append(works)
            raise SystemExit
        return works

    together = Together(do, most=4)

    def one(work):
        with suppress(SystemExit):
            together(work)

    together.turn.acquire()
    threads = [threading.Thread(target=one, args=(n,)) for n in range(3)]
    for thread in threads:
        thread.start()
    while len(together.waiting) < 3:
        time.sleep(0.001)
    together.turn.release()
    for thread in threads:
        thread.join(10)

    assert died
    assert not any(thread.is_alive() for thread in threads)
    assert not together.waiting
