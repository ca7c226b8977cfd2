"""Choose versions and write the lock files: ``make lock``.

The versions that are locked already stay; ``--upgrade`` looks for newer ones, and
``--upgrade-package NAME`` for one. Every file of a version is listed by its hash, for
any platform; no download address is written, so that any registry or mirror serves.
"""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / "var/lock"  # pip-tools has a life of its own, outside of the locks
OPTIONS = [
    "--quiet", "--generate-hashes", "--strip-extras", "--no-header", "--no-annotate",
    "--no-emit-index-url", "--no-emit-find-links", "--no-emit-trusted-host",
    "--no-emit-options", "--pip-args=--only-binary=:all:",
]  # fmt: skip
LOCKS = {
    "requirements.lock": [],
    "requirements-dev.lock": ["--extra=dev", "--constraint=requirements.lock"],
}


def compiler() -> str:
    program = TOOLS / "bin/pip-compile"
    if not program.exists():
        subprocess.run([sys.executable, "-m", "venv", str(TOOLS)], check=True)
        pip = [str(TOOLS / "bin/python"), "-m", "pip", "install", "--quiet"]
        subprocess.run([*pip, "pip-tools"], check=True)
    return str(program)


def main() -> int:
    program = compiler()
    for name, options in LOCKS.items():
        subprocess.run(
            [program, *OPTIONS, *options, *sys.argv[1:], "-o", name, "pyproject.toml"],
            cwd=ROOT,
            check=True,
        )
        text = (ROOT / name).read_text(encoding="utf-8")
        if told := re.findall(r"^.*(?:://|^-[a-z]|file:/).*$", text, re.MULTILINE):
            raise SystemExit(f"{name} carries an address: {told}")
        print(f"{name}: {len(re.findall('^[a-z]', text, re.MULTILINE))} packages")
    return 0


if __name__ == "__main__":
    sys.exit(main())
