from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils import timezone

from maillage.circulation.services.overdue import chase


class Command(BaseCommand):
    help = (
        "Warn of copies that are not back. Tries only, unless --commit; tidy does it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--commit", action="store_true", help="write the changes")

    @transaction.atomic
    def handle(self, *, commit: bool, **options: Any) -> None:
        now = timezone.now()
        done = chase(today=timezone.localdate(now), now=now)
        if not commit:
            transaction.set_rollback(True)
        would = "" if commit else "would be "
        self.stdout.write(
            f"{done.late} late; {would}warned: {done.warned}, "
            f"kept taken: {done.extended}, next hosts told: {done.told_next}"
        )
