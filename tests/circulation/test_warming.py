"""What is compiled in advance is all that a season and its board need."""

import subprocess
import sys

from django.conf import settings
from django.core.management import call_command

from maillage.core import serving

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


def test_the_server_compiles_beside_and_stops_it(monkeypatch):
    started = []

    class Child:
        def __init__(self, command, **options):
            self.did = []
            started.append((command, options, self))

        def terminate(self):
            self.did.append("terminate")

        def wait(self, timeout):
            self.did.append("wait")

    monkeypatch.setattr(serving.subprocess, "Popen", Child)

    with serving.compiler(), serving.task_worker():
        compile_, work = started
        assert compile_[0][-2:] == ["compilekernels", "--gently"]
        assert work[0][-1] == "db_worker"
        assert work[1]["env"]["MAILLAGE_WORKER"] == "yes"
        assert compile_[2].did == []
    assert compile_[2].did == work[2].did == ["terminate", "wait"]


def test_kernels_are_compiled_by_a_command(monkeypatch):
    done = []
    module = "maillage.circulation.management.commands.compilekernels"
    for name in ("warm_board", "warm_up"):
        monkeypatch.setattr(f"{module}.{name}", lambda name=name: done.append(name))
    monkeypatch.setattr(f"{module}.os.nice", lambda by: done.append(by))

    call_command("compilekernels", gently=True)

    assert done == [19, "warm_board", "warm_up"]
