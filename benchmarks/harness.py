"""Time a call or a page many times, and say it in one line.

    from benchmarks.harness import Page, measure, report

    def run(*, rows, json_file):
        report("Listes", [measure(Page("/lieux/?q=musee"))], json_file=json_file)

Times are those of the server, in milliseconds, in this process: no network, no
template reloading. Queries are counted in one run of their own, that is not timed.
"""

import gc
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext


@dataclass(frozen=True)
class Timing:
    name: str
    runs: int
    p50_ms: float
    p95_ms: float
    max_ms: float
    queries: int
    bytes: int
    #: Processor time of this process alone: what a busy machine does not stretch much.
    cpu_p95_ms: float = 0.0


class Page:
    """A request to the site, answered with 200 or it is a fault."""

    def __init__(
        self, url: str, *, client: Client | None = None, **headers: str
    ) -> None:
        self.url = url
        self.client = client or Client(headers=headers or None)

    def __call__(self) -> int:
        response = self.client.get(self.url)
        if response.status_code != 200:
            raise SystemExit(f"{self.url} answers {response.status_code}")
        return len(response.getvalue())

    def __str__(self) -> str:
        return self.url


def measure(
    call: Callable[[], object], *, name: str = "", runs: int = 60, warm: int = 5
) -> Timing:
    """Time ``call`` after some runs that fill what is kept in memory."""
    for _ in range(warm):
        call()
    with CaptureQueriesContext(connection) as captured:
        result = call()
    queries = len(captured)  # before the next request empties the log
    took, worked = np.empty(runs), np.empty(runs)
    gc.collect()
    gc.freeze()  # as ``serve`` does
    for i in range(runs):
        start, began = time.perf_counter(), time.process_time()
        call()
        took[i] = time.perf_counter() - start
        worked[i] = time.process_time() - began
    gc.unfreeze()
    took, worked = took * 1000, worked * 1000
    return Timing(
        name=name or str(call),
        runs=runs,
        p50_ms=round(float(np.percentile(took, 50)), 2),
        p95_ms=round(float(np.percentile(took, 95)), 2),
        max_ms=round(float(took.max()), 2),
        queries=queries,
        bytes=result if isinstance(result, int) else 0,
        cpu_p95_ms=round(float(np.percentile(worked, 95)), 2),
    )


def report(
    title: str, timings: Sequence[Timing], *, json_file: Path | None = None
) -> None:
    """Print the table, and add it to a JSON file when one is named."""
    width = max([len(timing.name) for timing in timings] + [8])
    print(f"\n{title} ({connection.vendor})")
    print(f"{'':{width}}   p50 ms   p95 ms  cpu p95   max ms  queries      kB")
    for each in timings:
        print(
            f"{each.name:{width}} {each.p50_ms:8.1f} {each.p95_ms:8.1f} {each.cpu_p95_ms:8.1f} "
            f"{each.max_ms:8.1f} {each.queries:8} {each.bytes / 1000:7.1f}"
        )
    if json_file:
        known = json.loads(json_file.read_text()) if json_file.exists() else {}
        known[f"{title} ({connection.vendor})"] = [asdict(each) for each in timings]
        json_file.write_text(json.dumps(known, indent=1, ensure_ascii=False) + "\n")
