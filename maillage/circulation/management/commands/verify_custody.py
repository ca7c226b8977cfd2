import hashlib
import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from maillage.circulation.custody_chain import (
    Fault,
    faults_of_file,
    is_whole,
    ordered,
    pictures_of,
)

WORDS = {
    "digest": "has been altered: its digest is not that of what it says",
    "parent": "names a line that is not in this log",
    "shape": "cannot be read as a line",
    "twice": "the same line is there more than once",
    "head": "lines were added or taken away: the head is not the one stated",
    "picture": "a picture is not the one that was signed",
}


class Command(BaseCommand):
    help = "Check an exported custody log: every digest, every link, its head."
    requires_migrations_checks = False
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="what the page exports (JSON)")
        parser.add_argument(
            "--pictures", type=Path, help="folder of the signed pictures, to check too"
        )

    def handle(self, *, file: Path, pictures: Path | None, **options: Any) -> None:
        try:
            data = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError) as error:
            raise CommandError(f"{file} cannot be read: {error}") from error
        found = faults_of_file(data)
        lines = data.get("lines", []) if isinstance(data, dict) else []
        if pictures is not None and isinstance(lines, list):
            found += altered(lines, folder=pictures)
        for fault in found:
            where = f"line {fault.line} ({fault.digest[:12]})" if fault.line else "log"
            self.stdout.write(f"{where}: {WORDS[fault.code]} {fault.detail}".rstrip())
        if found:
            raise CommandError(f"{file}: {len(found)} fault(s)")
        self.stdout.write(f"{file}: {len(lines)} line(s), all hold. {data['head']}")


def altered(lines: list[Any], *, folder: Path) -> list[Fault]:
    """Signed pictures of the folder whose bytes are others; absent ones are not judged."""
    return [
        Fault(rank, line["digest"], "picture", sha)
        for rank, line in enumerate(ordered(filter(is_whole, lines)), 1)
        for sha in pictures_of(line)
        for path in [*folder.glob(f"{sha}*")]
        if hashlib.sha256(path.read_bytes()).hexdigest() != sha
    ]
