"""Run the suite on every database and browser that this machine has.

``make test`` or ``make test ARGS='--all tests/core -k word'``; with ``--all`` it is a
fault that something had to be left out, with ``--cov`` the first run is measured.
"""

import argparse
import os
import shutil
import subprocess
import sys
import time
from contextlib import ExitStack

from scripts.with_postgres import binaries, server

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")


def browser() -> str | None:
    """Return the Chromium of this machine, if any."""
    named = os.environ.get("MAILLAGE_CHROMIUM")
    found = (shutil.which(name) for name in ([named] if named else BROWSERS))
    return next((path for path in found if path), None)


def pytest(title: str, environment: dict[str, str], *arguments: str) -> bool:
    """Run one part; tell whether it passed. A part that has no test did."""
    print(f"\n\033[1m{title}\033[0m", flush=True)
    start = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *arguments],
        env={**os.environ, **environment},
        check=False,
    )
    print(f"{title}: {time.monotonic() - start:.0f} s", flush=True)
    return done.returncode in (0, 5)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--all", action="store_true", help="nothing may be left out")
    parser.add_argument("--cov", action="store_true", help="measure what is covered")
    parser.add_argument("--processes", default="2", help="how many at a time")
    chosen, rest = parser.parse_known_args()
    many = ["-n", chosen.processes, "--dist", "loadscope"]
    measure = ["--cov", "--cov-report=term:skip-covered"] if chosen.cov else []

    chromium, postgres = browser(), binaries()
    left_out = []
    if not postgres:
        left_out.append("PostgreSQL (apt-get install postgresql)")
    if not chromium:
        left_out.append("pages in a browser (apt-get install chromium)")

    sqlite = {"MAILLAGE_DB": "sqlite"}
    seen = {"MAILLAGE_CHROMIUM": chromium or ""}
    results = [pytest("On SQLite", sqlite, *many, *measure, *rest)]
    with ExitStack() as stack:
        if postgres:
            beside = stack.enter_context(server())
            results.append(pytest("On PostgreSQL", beside, *many, *rest))
        else:
            beside = sqlite
        if chromium:
            what = "PostgreSQL" if postgres else "SQLite"
            title = f"In Chromium, on {what}"
            results.append(pytest(title, {**beside, **seen}, "-m", "e2e", *many, *rest))

    for part in left_out:
        print(f"Left out: {part}")
    return 1 if not all(results) or (chosen.all and left_out) else 0


if __name__ == "__main__":
    sys.exit(main())
