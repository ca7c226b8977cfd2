"""What is compiled in advance is all that a season and its board need."""

import os
import subprocess
import sys
import time

import pytest
from django.conf import settings
from django.core.management import call_command
from django.utils.module_loading import autodiscover_modules

from maillage.core import serving, warming

#: In a process of its own: what other tests have compiled would hide what is missing.
PROGRAM = """
import sys, time
from numba.core.dispatcher import Dispatcher
from maillage.circulation.problem.warming import warm_board, warm_up
from maillage.kernels.season.plan import plan
from maillage.kernels.season.slots import feasible_starts
from tests.kernels.season.small import wild

def compiled():
    found = {}
    for name, module in list(sys.modules.items()):
        if name.startswith("maillage.kernels."):
            for each in vars(module).values():
                if isinstance(each, Dispatcher):
                    found[each.py_func.__qualname__] = list(map(str, each.signatures))
    return found

warm_board()
warm_up()
before = compiled()
assert sum(map(bool, before.values())) > 5, before
for seed in range(6):
    problem = wild(seed)
    end = time.monotonic() + 2
    stops = plan(problem, seed=1, stop=lambda: time.monotonic() > end).stops
    for request in range(problem.requests):
        if request not in problem.fixed_request:
            feasible_starts(problem, stops, request=request)
after = compiled()
assert after == before, {name: each for name, each in after.items() if each != before[name]}
"""


def test_nothing_is_left_to_compile_when_a_season_is_planned():
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=settings.ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr[-2000:]


class Child:
    """A process that runs until it is killed."""

    started = []

    def __init__(self, command, **options):
        self.did, self.returncode = [], None
        self.started.append((command, options, self))

    def poll(self):
        return self.returncode

    def terminate(self):
        self.did.append("terminate")

    def wait(self, timeout):
        self.did.append("wait")


@pytest.fixture
def started(monkeypatch):
    monkeypatch.setattr(serving.subprocess, "Popen", Child)
    monkeypatch.setattr(Child, "started", [])
    monkeypatch.setattr(serving, "LOOK", 0.01)
    monkeypatch.setattr(serving, "PAUSE", 0.01)
    return Child.started


def until(number, rows):
    for _ in range(500):
        if len(rows) >= number:
            return rows
        time.sleep(0.01)
    raise AssertionError(f"{len(rows)} of {number}")


def test_the_server_compiles_beside_and_stops_it(started):
    with serving.compiler(), serving.task_worker():
        compile_, work = until(2, started)
        assert compile_[0][-2:] == ["compilekernels", "--gently"]
        assert work[0][-1] == "db_worker"
        assert work[1]["env"]["MAILLAGE_WORKER"] == "yes"
        assert compile_[2].did == []
    assert compile_[2].did == work[2].did == ["terminate", "wait"]


def test_a_worker_that_is_killed_is_started_again_until_the_server_ends(
    started, caplog
):
    with serving.task_worker():
        [(_command, _options, first)] = until(1, started)
        first.returncode = -9
        until(2, started)

    assert [command[-1] for command, _options, _child in started] == ["db_worker"] * 2
    assert started[1][2].did == ["terminate", "wait"]
    assert "db_worker ended (-9)" in caplog.text


def test_kernels_are_compiled_by_a_command(monkeypatch):
    done = []
    warm_kernels = [lambda: done.append("season"), lambda: done.append("access")]
    monkeypatch.setattr(warming, "_warmers", warm_kernels)
    monkeypatch.setattr(warming, "autodiscover_modules", done.append)
    monkeypatch.setattr(os, "nice", done.append)

    call_command("compilekernels", gently=True)

    assert done == [19, "warming", "season", "access"]


def test_every_app_with_kernels_says_what_to_compile(monkeypatch):
    monkeypatch.setattr(warming, "_warmers", [])
    for name in ("circulation", "observatory"):
        sys.modules.pop(f"maillage.{name}.warming", None)
    autodiscover_modules("warming")

    found = {one.__name__ for one in warming._warmers}
    assert found == {"warm_board", "warm_up", "warm_access", "warm_siting"}
