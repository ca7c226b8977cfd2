from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils import timezone

from maillage.studio.services.studio_reminders import remind_studio


class Command(BaseCommand):
    help = (
        "Write mails of improvement plans and peer visits: actions that are late, "
        "answers that are due, follow-up visits. Tries only, unless --commit; tidy "
        "does it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--commit", action="store_true", help="write the changes")

    @transaction.atomic
    def handle(self, *, commit: bool, **options: Any) -> None:
        now = timezone.now()
        done = remind_studio(today=timezone.localdate(now), now=now)
        if not commit:
            transaction.set_rollback(True)
        self.stdout.write(f"{done} mail(s) {'' if commit else 'would be '}written")
