"""One process after the other, where the database would have them try again and again."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connection


@contextmanager
def turn() -> Iterator[None]:
    """Wait for one's turn to write to SQLite; not to be used inside a transaction.

    Who finds SQLite locked sleeps, longer each time, whether or not the other has
    finished by then. Here the next in line is woken at once. The database stays what
    guards its rows: who does not take turns only waits as before.
    """
    name = str(connection.settings_dict["NAME"])
    if connection.vendor != "sqlite" or not Path(name).is_file():  # in memory
        yield
        return
    with Path(f"{name}.turn").open("w", encoding="utf-8") as line:
        fcntl.flock(line, fcntl.LOCK_EX)  # until the file is closed
        yield
