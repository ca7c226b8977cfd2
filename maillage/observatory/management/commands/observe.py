from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils import timezone

from maillage.observatory.services.alerts import send_digest, watch
from maillage.observatory.services.refreshing import make_known, refresh_all


class Command(BaseCommand):
    help = (
        "Compute the indicators again, then look at the alert rules. Tries only, unless "
        "--commit; tidy does it once a day."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("code", nargs="*", help="indicators to compute; else all")
        parser.add_argument("--commit", action="store_true", help="write the changes")

    @transaction.atomic
    def handle(self, *, code: list[str], commit: bool, **options: Any) -> None:
        now = timezone.now()
        make_known(now=now)
        for one in refresh_all(now=now, codes=code):
            done = one.written
            self.stdout.write(
                f"{one.indicator.code:32} {done.created:6} new {done.corrected:6} changed "
                f"{done.gone:6} gone {done.hidden:6} secret"
            )
        found = watch(now=now)
        told = send_digest(now=now) if commit else 0
        if not commit:
            transaction.set_rollback(True)
        self.stdout.write(
            f"{found.raised} alert(s) raised, {found.over} over, {told} told"
        )
