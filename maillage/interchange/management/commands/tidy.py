import datetime as dt
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from maillage.core.mail import forget_sent, send_waiting
from maillage.interchange.services import forget_old


class Command(BaseCommand):
    help = "Send mails that wait, forget what is kept for a time. For a timer."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--days", type=int, default=365, help="how long mails and imports are kept"
        )

    def handle(self, *, days: int, **options: Any) -> None:
        now = timezone.now()
        sent = send_waiting(now=now)
        before = now - dt.timedelta(days)
        mails, runs = forget_sent(before=before), forget_old(before=before)
        call_command("clearsessions")
        self.stdout.write(
            f"{sent} mail(s) sent; {mails} mail(s), {runs} import(s) forgotten"
        )
