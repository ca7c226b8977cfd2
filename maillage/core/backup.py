"""One file that holds the whole site, and the way back.

The archive is a tar with ``manifest.json``, the database (a copy of the SQLite file,
or what ``pg_dump`` writes) and the uploaded files. The site goes on while it is
written: the copy of the database is as of one instant.
"""

import datetime as dt
import io
import json
import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from pathlib import Path, PurePosixPath
from typing import Any

from django.conf import settings
from django.db import connection, connections
from django.utils.translation import gettext as _

from maillage.core.errors import Refused

DATABASES = {"sqlite": "database.sqlite3", "postgresql": "database.dump"}


def write_backup(target: Path, *, now: dt.datetime) -> int:
    """Write the archive, readable by its owner only; return its size in bytes."""
    beside = target.with_name(f"{target.name}.part")
    beside.touch(mode=0o600)
    manifest = {"format": 1, "engine": connection.vendor, "made_at": now.isoformat()}
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        database = Path(folder) / DATABASES[connection.vendor]
        _copy_database(database)
        with tarfile.open(beside, "w:gz", compresslevel=6) as archive:
            text = json.dumps(manifest).encode()
            entry = tarfile.TarInfo("manifest.json")
            entry.size, entry.mtime = len(text), int(now.timestamp())
            archive.addfile(entry, io.BytesIO(text))
            archive.add(database, database.name)
            media = Path(settings.MEDIA_ROOT)
            if media.is_dir():
                archive.add(media, "media")
    beside.replace(target)
    return target.stat().st_size


def restore_backup(source: Path, *, replace: bool) -> dict[str, Any]:
    """Put an archive back in place of the present data; return its manifest.

    Refuses with ``unreadable``, ``other_engine``, or ``not_empty`` when the site has
    data already and ``replace`` is not said. The present uploaded files are kept
    beside, in ``media.before``.
    """
    try:
        archive = tarfile.open(source, "r:gz")  # noqa: SIM115 -- closed below
    except (OSError, tarfile.TarError) as no:
        raise Refused(
            "unreadable", _("« %(file)s » n’est pas une sauvegarde.") % {"file": source}
        ) from no
    with archive, tempfile.TemporaryDirectory(dir=settings.VAR) as folder:
        manifest = _manifest(archive, source)
        if manifest["engine"] != connection.vendor:
            raise Refused(
                "other_engine",
                _("La sauvegarde vient de %(theirs)s, ce site utilise %(ours)s.")
                % {"theirs": manifest["engine"], "ours": connection.vendor},
            )
        if connection.introspection.table_names() and not replace:
            raise Refused(
                "not_empty",
                _("Le site contient déjà des données ; ajoutez --replace."),
            )
        _unpack(archive, Path(folder))
        _load_database(Path(folder) / DATABASES[connection.vendor])
        _replace_media(Path(folder) / "media")
    return manifest


def _manifest(archive: tarfile.TarFile, source: Path) -> dict[str, Any]:
    try:
        file = archive.extractfile("manifest.json")
        manifest: dict[str, Any] = json.loads(file.read()) if file else {}
    except (KeyError, ValueError, tarfile.TarError) as no:
        raise Refused(
            "unreadable", _("« %(file)s » n’est pas une sauvegarde.") % {"file": source}
        ) from no
    return manifest


def _unpack(archive: tarfile.TarFile, folder: Path) -> None:
    """Write ordinary files only, and only inside ``folder``."""
    for member in archive:
        parts = PurePosixPath(member.name).parts
        content = archive.extractfile(member) if member.isreg() else None
        if content is None or ".." in parts or member.name.startswith("/"):
            continue
        path = folder.joinpath(*parts)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            shutil.copyfileobj(content, file)


def _copy_database(target: Path) -> None:
    if connection.vendor == "postgresql":
        _postgresql("pg_dump", "--format=custom", f"--file={target}")
        return
    connection.ensure_connection()
    copy = sqlite3.connect(target)
    try:
        connection.connection.backup(copy)
    finally:
        copy.close()


def _load_database(source: Path) -> None:
    connections.close_all()
    if connection.vendor == "postgresql":
        _postgresql(
            "pg_restore",
            "--clean",
            "--if-exists",
            "--no-owner",
            "--single-transaction",
            f"--dbname={connection.settings_dict['NAME']}",
            str(source),
        )
        return
    copy = sqlite3.connect(source)
    target = sqlite3.connect(connection.settings_dict["NAME"])
    try:
        copy.backup(target)
    finally:
        target.close()
        copy.close()


def _postgresql(program: str, *arguments: str) -> None:
    """Run one of PostgreSQL's programs on our database; its words are kept on error."""
    facts = connection.settings_dict
    environment = {
        "PGHOST": facts["HOST"],
        "PGPORT": str(facts["PORT"]),
        "PGUSER": facts["USER"],
        "PGPASSWORD": facts["PASSWORD"],
        "PGDATABASE": facts["NAME"],
    }
    given = {name: value for name, value in environment.items() if value}
    done = subprocess.run(  # noqa: S603 -- no shell, and names of our own
        [program, *arguments],
        env={**os.environ, **given},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Refused(
            "program",
            _("%(program)s a échoué : %(words)s")
            % {"program": program, "words": done.stderr.strip()},
        )


def _replace_media(source: Path) -> None:
    target = Path(settings.MEDIA_ROOT)
    before = target.with_name(f"{target.name}.before")
    if target.exists():
        shutil.rmtree(before, ignore_errors=True)
        target.rename(before)
    if source.exists():
        shutil.move(source, target)
    else:
        target.mkdir(parents=True, exist_ok=True)
