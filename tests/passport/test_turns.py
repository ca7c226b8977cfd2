"""Processes that write to SQLite one after the other."""

from threading import Event, Thread

import pytest
from django.db import connection

from maillage.passport.turns import turn


@pytest.mark.usefixtures("on_a_file")
@pytest.mark.skipif(connection.vendor != "sqlite", reason="of SQLite only")
def test_who_comes_second_begins_when_the_first_has_ended():
    name, said, may_end, has_turn = (
        connection.settings_dict["NAME"],
        [],
        Event(),
        Event(),
    )

    def first():
        connection.settings_dict["NAME"] = name
        with turn():
            has_turn.set()
            may_end.wait(20)
            said.append("first")

    def second():
        connection.settings_dict["NAME"] = name
        with turn():
            said.append("second")

    one, two = Thread(target=first), Thread(target=second)
    one.start()
    assert has_turn.wait(20)
    two.start()
    two.join(0.2)
    assert said == []  # it waits
    may_end.set()
    one.join(20)
    two.join(20)

    assert said == ["first", "second"]


@pytest.mark.usefixtures("on_a_file")
@pytest.mark.skipif(connection.vendor != "sqlite", reason="of SQLite only")
def test_an_error_gives_the_turn_back():
    with pytest.raises(ZeroDivisionError), turn():
        _ = 1 / 0

    with turn():  # would wait for ever
        pass


@pytest.mark.django_db
def test_a_database_that_others_share_waits_for_nobody():
    with turn(), turn():
        assert connection.vendor == "postgresql" or connection.is_in_memory_db()
