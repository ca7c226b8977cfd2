import datetime as dt

import pytest
from django.core import mail as sent_mail
from django.core.management import call_command
from django.utils import timezone

from maillage.core.models import Mail

pytestmark = pytest.mark.django_db


def test_mails_that_wait_leave_and_old_ones_are_forgotten(capsys):
    now = timezone.now()
    Mail.objects.create(to="a@exemple.fr", subject="Attend", body="x", written_at=now)
    long_ago = now - dt.timedelta(400)
    Mail.objects.create(
        to="b@exemple.fr", subject="Ancien", written_at=long_ago, sent_at=long_ago
    )

    call_command("tidy")

    assert [m.subject for m in sent_mail.outbox] == ["Attend"]
    assert [m.subject for m in Mail.objects.all()] == ["Attend"]
    assert "1 mail(s) sent; 1 mail(s)" in capsys.readouterr().out
