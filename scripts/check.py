"""Everything that must hold before a commit, but the tests: ``make check``.

Each line is one tool; two run at a time, what they say is shown when they fail.
"""

import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

PYTHON = sys.executable
PROGRAMS = Path(PYTHON).parent
MANAGE = [PYTHON, "manage.py"]
# A public site as an operator sets it, so that Django's own deployment check speaks.
PUBLIC = {
    "MAILLAGE_HTTPS": "yes",
    "MAILLAGE_SECRET_KEY": "a-key-of-fifty-characters-or-more-0123456789-abcdefghijkl",
    "MAILLAGE_HOSTS": "csti.example.org",
    "MAILLAGE_SITE_URL": "https://csti.example.org",
}


@dataclass(frozen=True)
class Check:
    name: str
    command: list[str]
    environment: dict[str, str] = field(default_factory=dict)


def templates() -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.html"],
        capture_output=True,
        text=True,
        check=True,
    )
    return listed.stdout.split()


def checks() -> list[Check]:
    """Return every check, the slowest first."""
    every = [
        Check("types", [PYTHON, "-m", "mypy", "maillage"]),
        Check("documents", [PYTHON, "-m", "scripts.reference", "--check"]),
        Check("translations", [PYTHON, "-m", "scripts.i18n", "check"]),
        Check("migrations", [*MANAGE, "makemigrations", "--check", "--dry-run"]),
        Check("settings", [*MANAGE, "check", "--fail-level", "WARNING"]),
        Check(
            "deployment",
            [*MANAGE, "check", "--deploy", "--fail-level", "WARNING"],
            PUBLIC,
        ),
        Check("contracts", [str(PROGRAMS / "lint-imports")]),
        Check("format", [PYTHON, "-m", "ruff", "format", "--check", "."]),
        Check("lint", [PYTHON, "-m", "ruff", "check", "."]),
    ]
    if pages := templates():
        every.append(Check("templates", [str(PROGRAMS / "djade"), "--check", *pages]))
    return every


def run(check: Check, folder: str) -> bool:
    start = time.monotonic()
    done = subprocess.run(
        check.command,
        env={**os.environ, "MAILLAGE_VAR": folder, **check.environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    mark = "ok " if done.returncode == 0 else "NO "
    line = f"{mark} {check.name:13} {time.monotonic() - start:5.1f} s"
    print(line if done.returncode == 0 else f"{line}\n{done.stdout}", flush=True)
    return done.returncode == 0


def main() -> int:
    wanted = set(sys.argv[1:])
    chosen = [check for check in checks() if not wanted or check.name in wanted]
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(2) as pool:
        return 0 if all(list(pool.map(lambda c: run(c, folder), chosen))) else 1


if __name__ == "__main__":
    sys.exit(main())
