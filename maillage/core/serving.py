"""Make ready and run the site's own server."""

import gc
import hashlib
import logging
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

import django
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.migrations.executor import MigrationExecutor
from django.urls import get_resolver
from django.utils.translation import gettext as _
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from maillage.core.errors import Refused
from maillage.core.listing import warm
from maillage.core.pdf import font_folder
from maillage.core.staticfiles import StaticFiles

Progress = Callable[[str], None]
log = logging.getLogger(__name__)
#: Seconds between two looks at the worker, and before another takes its place.
LOOK, PAUSE = 1.0, 3.0


def make_ready(*, say: Progress) -> None:
    """Collect static files, make the letters of paper, create the cache's table.

    Nothing is done twice: what has not changed costs some milliseconds.
    """
    root, digest = Path(settings.STATIC_ROOT), static_digest()
    stamp = root / ".digest"
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != digest:
        say(_("Préparation des fichiers statiques…"))
        call_command("collectstatic", interactive=False, verbosity=0)
        stamp.write_text(digest, encoding="utf-8")
    font_folder()  # else the first sheet that is printed waits for its letters
    call_command("createcachetable", verbosity=0)
    learn_sizes()


def learn_sizes() -> None:
    """Let SQLite look at its tables: without that it may take a useless index.

    PostgreSQL does so by itself.
    """
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA analysis_limit=1000")
            cursor.execute("ANALYZE")


def static_digest() -> str:
    """Return what the static files are, as one short word."""
    digest = hashlib.sha256(f"{django.__version__} {version('whitenoise')}".encode())
    found = (
        (getattr(storage, "prefix", None) or "", path, storage)
        for finder in get_finders()
        for path, storage in finder.list(StaticFiles.ignore_patterns)
    )
    for prefix, path, storage in sorted(found, key=lambda each: each[:2]):
        digest.update(f"{prefix}/{path}\0".encode())
        with storage.open(path) as file:
            digest.update(file.read())
    return digest.hexdigest()


def pending_migrations() -> list[str]:
    executor = MigrationExecutor(connections[DEFAULT_DB_ALIAS])
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _back in plan]


def serve(
    host: str, port: int, *, processes: int, threads: int, ready: Callable[[], None]
) -> None:
    """Answer requests until told to stop; those under way are answered first.

    ``ready`` is called when the address is taken, just before processes start.
    Refuses with ``taken`` when another program has the port.
    """
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as no:
            raise Refused(
                "taken",
                _(
                    "Impossible d’écouter sur %(host)s:%(port)s (%(why)s). Choisissez "
                    "un autre port, par exemple PORT=%(next)s."
                )
                % {"host": host, "port": port, "why": no.strerror, "next": port + 1},
            ) from no
    # Processes are forked: what is loaded now is shared, what is open must not be.
    import_module("maillage.wsgi")
    get_resolver().check()
    warm()
    connections.close_all()
    # What stays for ever need not be looked through at every tidying of memory.
    gc.collect()
    gc.freeze()
    server = Granian(
        "maillage.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=processes,
        blocking_threads=threads,
        respawn_failed_workers=True,
        log_level=LogLevels.warning,
    )
    server.on_startup(ready)
    server.serve()


def task_worker() -> AbstractContextManager[None]:
    """Run the worker of background tasks beside; another takes its place if it dies."""
    return tended("db_worker", MAILLAGE_WORKER="yes")


def compiler() -> AbstractContextManager[None]:
    """Compile what is not compiled yet beside, before anybody waits for it."""
    return beside("compilekernels", "--gently")


@contextmanager
def beside(*command: str, **environment: str) -> Iterator[None]:
    """Run another command of the site; stop it on the way out."""
    child = launched(command, environment)
    try:
        yield
    finally:
        end(child)


@contextmanager
def tended(*command: str, **environment: str) -> Iterator[None]:
    """Run another command as :func:`beside`, and again whenever it ends by itself."""
    leaving = threading.Event()
    keeper = threading.Thread(target=keep, args=(command, environment, leaving))
    keeper.start()
    try:
        yield
    finally:
        leaving.set()
        keeper.join()


def keep(
    command: Sequence[str], environment: Mapping[str, str], leaving: threading.Event
) -> None:
    while not leaving.is_set():
        child = launched(command, environment)
        try:
            while child.poll() is None and not leaving.wait(LOOK):
                pass
        finally:
            end(child)
        if not leaving.is_set():
            log.warning("%s ended (%s): it starts again", command[0], child.returncode)
            leaving.wait(PAUSE)


def launched(
    command: Sequence[str], environment: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 -- our own commands
        [sys.executable, "-m", "maillage", *command],
        env={**os.environ, **environment},
        cwd=settings.ROOT,
    )


def end(child: subprocess.Popen[bytes]) -> None:
    child.terminate()
    try:
        child.wait(timeout=30)
    except subprocess.TimeoutExpired:
        child.kill()
