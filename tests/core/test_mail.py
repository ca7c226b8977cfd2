import datetime as dt
from smtplib import SMTPServerDisconnected

import pytest
from django.core import mail as outbox

from maillage.core import mail as mails
from maillage.core.mail import PAUSE, deliver, send_one, send_waiting, write_mail
from maillage.core.models import Mail

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 9, 14, 9, tzinfo=dt.UTC)


def write():
    return write_mail(
        "zoe@example.org", subject="Bonjour\n à tous", body="Texte", now=NOW
    )


@pytest.fixture
def broken(monkeypatch):
    def fail(*args):
        raise SMTPServerDisconnected("plus de serveur")

    monkeypatch.setattr(mails, "send_mail", fail)


def test_a_mail_is_sent_once():
    mail = write()

    assert send_waiting(now=NOW) == 1
    assert send_waiting(now=NOW) == 0
    assert not deliver(mail.pk, now=NOW, again=True)
    assert [one.subject for one in outbox.outbox] == ["Bonjour à tous"]
    assert outbox.outbox[0].body.startswith("Texte")


def test_a_mail_that_another_process_sends_is_left_to_it():
    mail = write()
    Mail.objects.update(tried_at=NOW, attempts=1)

    assert not deliver(mail.pk, now=NOW + PAUSE / 2)
    assert outbox.outbox == []


def test_a_failure_is_kept_and_tried_later(broken):
    write()

    assert send_waiting(now=NOW) == 0
    mail = Mail.objects.get()
    assert (mail.error, mail.attempts, mail.sent_at) == ("plus de serveur", 1, None)
    assert "Texte" in mail.body
    send_waiting(now=NOW + PAUSE / 2)
    mail.refresh_from_db()
    assert mail.attempts == 1
    send_waiting(now=NOW + PAUSE)
    mail.refresh_from_db()
    assert mail.attempts == 2


def test_after_five_failures_only_a_person_tries_again(broken, monkeypatch):
    mail = write()
    for hour in range(9):
        send_waiting(now=NOW + dt.timedelta(hours=hour))
    mail.refresh_from_db()
    assert mail.attempts == Mail.MAX_ATTEMPTS

    monkeypatch.undo()
    assert deliver(mail.pk, now=NOW, again=True)


def test_a_failure_never_reaches_the_request(
    broken, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        write()

    assert Mail.objects.get().error == "plus de serveur"


def test_the_job_sends_one_mail():
    assert send_one.call(write().pk) is True
