from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser

# What the other side makes by itself, or must not have.
LEFT = ["contenttypes", "auth.permission", "sessions"]


class Command(BaseCommand):
    help = "Write every row to a file that loadall reads on another database engine."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="file to write, .json.gz")

    def handle(self, *, file: Path, **options: Any) -> None:
        call_command(
            "dumpdata",
            exclude=LEFT,
            output=str(file),
            use_natural_foreign_keys=True,
            use_natural_primary_keys=True,
            verbosity=options["verbosity"],
        )
        file.chmod(0o600)
