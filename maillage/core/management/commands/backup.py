from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from maillage.core.backup import write_backup
from maillage.core.errors import Refused


class Command(BaseCommand):
    help = "Write the database and the uploaded files into one archive."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="archive to write, .tar.gz")
        parser.add_argument(
            "--replace", action="store_true", help="overwrite the archive"
        )

    def handle(self, *, file: Path, replace: bool, **options: Any) -> None:
        if file.exists() and not replace:
            raise CommandError(f"« {file} » existe déjà ; ajoutez --replace.")
        try:
            size = write_backup(file, now=timezone.now())
        except Refused as no:
            raise CommandError(no.message) from no
        self.stdout.write(f"{file} : {size / 1e6:.1f} Mo")
