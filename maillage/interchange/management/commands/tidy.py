import datetime as dt
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from maillage.circulation.services.attendance import remind
from maillage.circulation.services.overdue import chase
from maillage.core.mail import forget_sent, send_waiting
from maillage.interchange.services import forget_old


class Command(BaseCommand):
    help = "Send mails that wait, remind hosts, forget what is kept for a time. For a timer."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--days", type=int, default=365, help="how long mails and imports are kept"
        )

    def handle(self, *, days: int, **options: Any) -> None:
        now = timezone.now()
        late = chase(today=timezone.localdate(now), now=now)
        sent = send_waiting(now=now)
        before = now - dt.timedelta(days)
        mails, runs = forget_sent(before=before), forget_old(before=before)
        call_command("clearsessions")
        asked = remind(today=timezone.localdate(), now=now)
        self.stdout.write(
            f"{sent} mail(s) sent; {mails} mail(s), {runs} import(s) forgotten; "
            f"{asked} host(s) asked who came; {late.late} loan(s) late"
        )
