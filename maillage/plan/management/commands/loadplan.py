from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from maillage.core.errors import Refused
from maillage.plan.services.loading import load_plan, read_plan


class Command(BaseCommand):
    help = (
        "Load the region's plan from its data file, or bring it up to date: actions "
        "stay with the code of their lead. Tries only, unless --commit."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "file",
            nargs="?",
            type=Path,
            default=settings.REGION_DATA / "plan.toml",
            help="default: plan.toml of the region's folder",
        )
        parser.add_argument("--commit", action="store_true", help="write the changes")

    @transaction.atomic
    def handle(self, *, file: Path, commit: bool, **options: Any) -> None:
        try:
            done = load_plan(read_plan(file), today=timezone.localdate())
        except Refused as no:
            raise CommandError(no.message) from None
        if not commit:
            transaction.set_rollback(True)
        for word, codes in (
            ("added", done.added),
            ("changed", done.changed),
            ("withdrawn", done.withdrawn),
        ):
            self.stdout.write(f"{len(codes):4} {word} {' '.join(codes[:12])}")
        if not commit:
            self.stdout.write("nothing written: add --commit")
