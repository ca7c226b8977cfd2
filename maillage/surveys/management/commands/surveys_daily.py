from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils import timezone

from maillage.surveys.services.invitations import forget_addresses, remind_due


class Command(BaseCommand):
    help = (
        "Remind respondents by the rule of each wave, erase old addresses. Tries only, "
        "unless --commit; tidy does it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--commit", action="store_true", help="write the changes")

    @transaction.atomic
    def handle(self, *, commit: bool, **options: Any) -> None:
        now = timezone.now()
        today = timezone.localdate(now)
        done = remind_due(today=today, now=now)
        cleaned = forget_addresses(today=today, now=now)
        if not commit:
            transaction.set_rollback(True)
        would = "" if commit else "would be "
        self.stdout.write(
            f"{done.letters} letter(s) {would}sent in {done.waves} wave(s); "
            f"{cleaned} wave(s) {would}cleaned"
        )
