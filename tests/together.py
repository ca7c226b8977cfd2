"""Many clients at one instant, each with a connection of its own."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from django.db import connections

from maillage.core.errors import Refused


def at_once(calls):
    """Run all calls together, each with its own connection; give what they gave."""
    gate = Barrier(len(calls))

    def run(call):
        try:
            gate.wait(60)
            return call()
        except Refused as no:
            return no.code
        finally:
            connections["default"].close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))
