"""The outbox: mails are written with the change that they tell, sent afterwards."""

import datetime as dt
from collections.abc import Iterable
from functools import partial
from typing import Any

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django_tasks import task

from maillage.core.models import Mail

#: A mail that failed waits this long before the next attempt, longer each time.
PAUSE = dt.timedelta(minutes=5)


def write_mail(to: str, *, subject: str, body: str, now: dt.datetime) -> Mail:
    """Put a mail in the outbox; it leaves once the transaction has succeeded."""
    return write_mails([(to, subject, body)], now=now)[0]


def write_mails(
    mails: Iterable[tuple[str, str, str]], *, now: dt.datetime
) -> list[Mail]:
    """Many at once: to whom, subject and body of each."""
    written = Mail.objects.bulk_create(
        Mail(
            to=to,
            subject=" ".join(subject.split())[:200],
            body=f"{body.strip()}\n\n--\n{settings.SITE_URL}",
            written_at=now,
        )
        for to, subject, body in mails
    )
    for mail in written:
        transaction.on_commit(partial(send_later, mail))
    return written


def send_later(mail: Mail) -> None:
    """Leave a mail to the background; no failure reaches the person's request."""
    send_one.enqueue(mail.pk)


@task()
def send_one(pk: int) -> bool:
    """Send one mail of the outbox, unless somebody else is doing it."""
    return deliver(pk, now=timezone.now())


def send_waiting(*, now: dt.datetime | None = None) -> int:
    """Send the mails whose turn has come; returns how many have left."""
    now = now or timezone.now()
    pks = [
        mail.pk
        for mail in Mail.objects.all().unsent()
        if mail.tried_at is None or mail.tried_at + PAUSE * mail.attempts <= now
    ]
    return sum(deliver(pk, now=now) for pk in pks)


def deliver(pk: int, *, now: dt.datetime, again: bool = False) -> bool:
    """Send a mail once; what the mail server answers is kept.

    The attempt is noted before it is made, so that two processes never send the
    same mail. ``again`` ignores how often and how lately it was tried.
    """
    mine = Mail.objects.filter(pk=pk, sent_at=None)
    if not again:
        fresh = Q(tried_at=None) | Q(tried_at__lte=now - PAUSE)
        mine = mine.filter(fresh, attempts__lt=Mail.MAX_ATTEMPTS)
    if not mine.update(attempts=F("attempts") + 1, tried_at=now):
        return False
    mail = Mail.objects.get(pk=pk)
    # A text may hold a link that signs in: it is not kept once it has left.
    result: dict[str, Any] = {"sent_at": now, "error": "", "body": ""}
    try:
        send_mail(mail.subject, mail.body, None, [mail.to])
    except OSError as error:  # what smtplib raises, too
        result = {"error": str(error) or type(error).__name__}
    Mail.objects.filter(pk=pk).update(**result)
    return "sent_at" in result


def forget_sent(*, before: dt.datetime) -> int:
    """Delete mails that left before an instant; returns how many."""
    return Mail.objects.filter(sent_at__lt=before).delete()[0]
