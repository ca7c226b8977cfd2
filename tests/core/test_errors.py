import pytest
from django.urls import reverse

pytestmark = pytest.mark.django_db


def test_a_body_that_is_too_long_is_refused_with_what_to_do(client, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000

    answer = client.post(reverse("account_login"), {"login": "x" * 2000})

    assert answer.status_code == 400
    assert "rien n’a été enregistré" in answer.content.decode()


@pytest.mark.parametrize(
    "address",
    [
        "/ressources/comparer/?r=a%00b",
        "/ressources/lieux.json?q=%00",
        "/lieux/?commune=%00&q=mus%00ee&theme=%00physics",
        "/recherche/?%00=x",
    ],
)
def test_a_nul_in_a_question_is_left_out(client, address):
    assert client.get(address).status_code in {200, 302}


@pytest.mark.parametrize(
    "path", ["/lieux/a%00b/", "/invitations/%00/", "/fichiers/%00"]
)
def test_a_nul_in_a_path_leads_nowhere(client, path):
    assert client.get(path).status_code == 404
