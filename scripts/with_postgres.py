"""Run a command beside a PostgreSQL server that lives as long as it does.

``python -m scripts.with_postgres COMMAND…``: the server listens on a socket in a
temporary folder and keeps nothing. It refuses to be root, so that it is started
under another account when we are.
"""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

FAST = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off"


def binaries() -> Path | None:
    """Return the folder of the newest PostgreSQL server on this machine, if any."""
    found = [
        path.parent
        for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")
        if (path.parent / "pg_ctl").exists()
    ]
    if found:
        return max(found, key=lambda path: float(path.parent.name))
    on_path = shutil.which("initdb")
    return Path(on_path).parent if on_path and shutil.which("pg_ctl") else None


def other_account() -> pwd.struct_passwd | None:
    """Whom to start the server as: nobody else unless we are root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise SystemExit("PostgreSQL refuses to run as root, and no other account exists.")


@contextlib.contextmanager
def server() -> Iterator[dict[str, str]]:
    """Start a server, give the settings that reach it, stop it whatever happens."""
    programs = binaries()
    if programs is None:
        raise SystemExit("No PostgreSQL here: apt-get install postgresql")
    account = other_account()
    folder = Path(tempfile.mkdtemp(prefix="maillage-pg-"))
    who: dict[str, object] = {}
    if account:
        os.chown(folder, account.pw_uid, account.pw_gid)
        who = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}

    def run(program: str, *arguments: str) -> None:
        done = subprocess.run(
            [str(programs / program), *arguments],
            cwd=folder,
            env={"PATH": os.environ["PATH"], "HOME": str(folder), "LC_ALL": "C.UTF-8"},
            stdout=subprocess.PIPE if program != "pg_ctl" else subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
            check=False,
            **who,
        )
        if done.returncode:
            log = folder / "log"
            said = (done.stdout or b"").decode() + (
                log.read_text(encoding="utf-8") if log.exists() else ""
            )
            raise SystemExit(f"{program} could not finish:\n{said}")

    data = str(folder / "data")
    try:
        run("initdb", "-D", data, "-U", "maillage", "-A", "trust", "-E", "UTF8", "-N")
        options = f"-k {folder} -c listen_addresses='' {FAST}"
        run("pg_ctl", "-D", data, "-w", "-l", "log", "-o", options, "start")
        run("createdb", "-h", str(folder), "-U", "maillage", "maillage")
        yield {
            "MAILLAGE_DB": "postgresql",
            "MAILLAGE_DB_HOST": str(folder),
            "MAILLAGE_DB_NAME": "maillage",
            "MAILLAGE_DB_USER": "maillage",
        }
    finally:
        if (folder / "data/postmaster.pid").exists():
            run("pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
        shutil.rmtree(folder, ignore_errors=True)


def main() -> int:
    if len(sys.argv) < 2:
        raise SystemExit(__doc__)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with server() as settings:
        done = subprocess.run(sys.argv[1:], env={**os.environ, **settings}, check=False)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
