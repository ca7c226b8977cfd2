import datetime as dt
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from maillage.agenda.services import signups
from maillage.agenda.services.closing import remind_before_closing
from maillage.agenda.services.exchange import read_again
from maillage.agenda.services.programme_report import ask_who_came
from maillage.calls.services.reminding import remind_all
from maillage.circulation.services.attendance import remind
from maillage.circulation.services.overdue import chase
from maillage.core.mail import forget_sent, send_waiting
from maillage.interchange.services import forget_old
from maillage.observatory.services.alerts import keep_watch
from maillage.passport.services.benefit_events import follow_days
from maillage.passport.services.months import close_due
from maillage.studio.services.studio_reminders import remind_studio
from maillage.surveys.services.invitations import forget_addresses, remind_due


class Command(BaseCommand):
    help = "Send mails that wait, remind hosts, forget what is kept for a time. For a timer."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--days", type=int, default=365, help="how long mails and imports are kept"
        )

    def handle(self, *, days: int, **options: Any) -> None:
        now = timezone.now()
        late = chase(today=timezone.localdate(now), now=now)
        surveyed = remind_due(today=timezone.localdate(now), now=now)
        forgotten = forget_addresses(today=timezone.localdate(now), now=now)
        coming, erased = signups.remind(now=now), signups.forget(now=now)
        over = signups.leave_over(today=timezone.localdate(now))
        given = follow_days(today=timezone.localdate(now))
        told, came = remind_before_closing(now=now), ask_who_came(now=now)
        read = read_again(now=now)
        closed = close_due(today=timezone.localdate(now), now=now)
        dated = remind_all(today=timezone.localdate(now), now=now)
        improved = remind_studio(today=timezone.localdate(now), now=now)
        sent = send_waiting(now=now)
        before = now - dt.timedelta(days)
        mails, runs = forget_sent(before=before), forget_old(before=before)
        call_command("clearsessions")
        alerts = keep_watch(now=now)
        asked = remind(today=timezone.localdate(), now=now)
        self.stdout.write(
            f"{sent} mail(s) sent; {mails} mail(s), {runs} import(s) forgotten; "
            f"{asked} host(s) asked who came; {late.late} loan(s) late; "
            f"{dated} mail(s) before dates of calls; "
            f"{improved} mail(s) of improvement plans and peer visits; "
            f"{surveyed.letters} respondent(s) reminded, {forgotten} wave(s) cleaned; "
            f"{alerts} alert(s) of the observatory told; {coming} person(s) reminded of "
            f"an event, {erased} sign-up(s) erased, {over} event(s) over; programmes: "
            f"{told} organiser(s) told of the end of proposals, {came} event(s) asked "
            f"about; followed agendas: {read['new']} new, {read['changed']} changed, "
            f"{read['failed']} that do not answer; {len(closed)} month(s) of the pass "
            f"counted, their keys destroyed, {given} event(s) whose benefits changed"
        )
