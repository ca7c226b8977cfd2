import pytest
from django.urls import reverse

pytestmark = pytest.mark.django_db


def test_a_body_that_is_too_long_is_refused_with_what_to_do(client, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000

    answer = client.post(reverse("account_login"), {"login": "x" * 2000})

    assert answer.status_code == 400
    assert "rien n’a été enregistré" in answer.content.decode()
