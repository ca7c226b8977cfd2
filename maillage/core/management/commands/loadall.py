from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser


class Command(BaseCommand):
    help = "Read what dumpall wrote into a database that was just migrated."
    requires_migrations_checks = True

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="file that dumpall wrote")

    def handle(self, *, file: Path, **options: Any) -> None:
        if get_user_model()._default_manager.exists():
            raise CommandError("La base contient déjà des personnes : rien n’est lu.")
        # The history is in the file: writing the rows must not add to it.
        settings.SIMPLE_HISTORY_ENABLED = False
        try:
            call_command("loaddata", str(file), verbosity=options["verbosity"])
        finally:
            settings.SIMPLE_HISTORY_ENABLED = True
