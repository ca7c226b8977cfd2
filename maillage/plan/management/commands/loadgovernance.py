from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from maillage.core.errors import Refused
from maillage.plan.services.governance_loading import load_governance


class Command(BaseCommand):
    help = (
        "Load the region's committees, public votes and consultations, or bring them up "
        "to date: mandates stay with the code of their seat. Tries only, unless --commit."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "folder",
            nargs="?",
            type=Path,
            default=settings.REGION_DATA,
            help="folder of governance.toml and consultation.toml",
        )
        parser.add_argument("--commit", action="store_true", help="write the changes")

    @transaction.atomic
    def handle(self, *, folder: Path, commit: bool, **options: Any) -> None:
        try:
            done = load_governance(folder, now=timezone.now())
        except Refused as no:
            raise CommandError(no.message) from None
        if not commit:
            transaction.set_rollback(True)
        for word, number in done.items():
            self.stdout.write(f"{number} {word}")
