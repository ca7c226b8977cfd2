from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from maillage.core.backup import restore_backup
from maillage.core.errors import Refused


class Command(BaseCommand):
    help = "Put a backup back in place of the present data. Stop the site first."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="archive written by backup")
        parser.add_argument(
            "--replace", action="store_true", help="overwrite the present data"
        )

    def handle(self, *, file: Path, replace: bool, **options: Any) -> None:
        try:
            manifest = restore_backup(file, replace=replace)
        except Refused as no:
            raise CommandError(no.message) from no
        self.stdout.write(
            f"Sauvegarde du {manifest['made_at']} restaurée. Lancez « python -m "
            "maillage migrate » si elle vient d’une version plus ancienne."
        )
