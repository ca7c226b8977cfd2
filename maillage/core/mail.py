"""The outbox: mails are written with the change that they tell, sent afterwards."""

import datetime as dt
from functools import partial

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.utils import timezone

from maillage.core.models import Mail


def write_mail(to: str, *, subject: str, body: str, now: dt.datetime) -> Mail:
    """Put a mail in the outbox; it leaves once the transaction has succeeded."""
    signature = f"\n\n--\n{settings.SITE_URL}"
    mail = Mail.objects.create(
        to=to, subject=subject[:200], body=body + signature, written_at=now
    )
    transaction.on_commit(partial(send_waiting, now=now))
    return mail


def send_waiting(*, now: dt.datetime | None = None) -> int:
    """Send the mails that wait; one that fails waits for the next time."""
    sent = 0
    for mail in Mail.objects.all().unsent():
        mail.attempts += 1
        try:
            send_mail(mail.subject, mail.body, None, [mail.to])
        except OSError as error:
            mail.error = str(error)
        else:
            mail.sent_at, mail.error = now or timezone.now(), ""
            sent += 1
        mail.save(update_fields=["attempts", "sent_at", "error"])
    return sent
