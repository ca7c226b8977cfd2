import re

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal import auth as totp
from django.core import mail as outbox
from django.core.cache import cache
from django.core.management import call_command
from django.urls import reverse

from maillage.accounts.models import User
from maillage.core.models import Mail
from tests.factories.accounts import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)
LOGIN = "/compte/login/"


@pytest.fixture(autouse=True)
def _nothing_counted():
    cache.clear()


@pytest.fixture
def member():
    user = UserFactory(email="zoe@example.org")
    EmailAddress.objects.create(
        user=user, email=user.email, verified=True, primary=True
    )
    return user


def text(answer):
    return answer.content.decode()


def sign_up(client, email="lea@example.org"):
    return client.post("/compte/signup/", {"email": email, "password1": PASSWORD})


def test_signing_up_asks_to_confirm_the_address_in_french(client):
    answer = sign_up(client, "Lea@Example.org")

    assert answer["Location"] == reverse("account_email_verification_sent")
    (mail,) = outbox.outbox
    assert mail.subject == "Confirmez votre adresse pour Maillage Hauts-de-France"
    assert "ouvrez ce lien" in mail.body
    link = re.search(r"http://testserver(/compte/confirm-email/\S+)", mail.body)[1]
    assert client.get(link).status_code == 200
    assert client.post(link)["Location"] == "/mon-espace/"
    assert User.objects.get().email == "lea@example.org"
    assert Mail.objects.get().body == ""


def test_an_address_that_is_not_confirmed_does_not_come_in(client):
    sign_up(client)

    answer = client.post(LOGIN, {"login": "lea@example.org", "password": PASSWORD})

    assert answer["Location"] == reverse("account_email_verification_sent")
    assert client.get("/mon-espace/").status_code == 302


def test_an_address_that_has_an_account_is_not_told_to_strangers(client, member):
    answer = sign_up(client, member.email)

    assert answer["Location"] == reverse("account_email_verification_sent")
    assert "déjà" in outbox.outbox[0].subject


def test_a_forgotten_password_is_chosen_anew(client, member):
    client.post("/compte/password/reset/", {"email": member.email})
    link = re.search(
        r"http://testserver(/compte/password/reset/key/\S+)", outbox.outbox[0].body
    )

    page = client.get(link[1], follow=True)
    form = page.redirect_chain[-1][0]
    client.post(
        form, {"password1": "neuf et assez long", "password2": "neuf et assez long"}
    )

    assert client.login(email=member.email, password="neuf et assez long")


def test_an_unknown_address_gets_a_mail_that_says_so(client):
    client.post("/compte/password/reset/", {"email": "personne@example.org"})

    assert "aucun compte" in outbox.outbox[0].body.lower()


def test_trying_passwords_is_stopped_with_a_page_in_french(client, member):
    for _ in range(5):
        client.post(LOGIN, {"login": member.email, "password": "faux"})

    answer = client.post(LOGIN, {"login": member.email, "password": PASSWORD})

    assert "/mon-espace/" not in answer.get("Location", "")
    assert client.get("/mon-espace/").status_code == 302


def test_too_many_requests_get_a_page_in_french(client, member, settings):
    settings.ACCOUNT_RATE_LIMITS = {"login": "2/m/ip"}
    for _ in range(2):
        client.post(LOGIN, {"login": member.email, "password": "faux"})

    answer = client.post(LOGIN, {"login": member.email, "password": PASSWORD})

    assert answer.status_code == 429
    assert "Trop d’essais" in text(answer)


def test_a_mail_server_that_is_down_does_not_stop_a_sign_up(client, monkeypatch):
    def broken(*args):
        raise OSError("plus de serveur")

    monkeypatch.setattr("maillage.core.mail.send_mail", broken)

    assert sign_up(client).status_code == 302
    assert Mail.objects.get().error == "plus de serveur"


def test_signing_in_leads_where_one_was_going(client, member):
    answer = client.post(
        LOGIN, {"login": member.email, "password": PASSWORD, "next": "/agence/"}
    )
    assert answer["Location"] == "/agence/"
    assert client.get("/agence/").status_code == 403

    client.logout()
    answer = client.post(
        LOGIN,
        {"login": member.email, "password": PASSWORD, "next": "https://evil.example/"},
    )
    assert answer["Location"] == "/mon-espace/"


def test_the_button_of_a_provider_shows_only_when_there_is_one(client, settings):
    assert "ProConnect" not in text(client.get(LOGIN))

    settings.SOCIALACCOUNT_PROVIDERS = {
        "openid_connect": {
            "APPS": [
                {
                    "provider_id": "oidc",
                    "name": "ProConnect",
                    "client_id": "a",
                    "secret": "b",
                    "settings": {"server_url": "https://id.example.org"},
                }
            ]
        }
    }
    page = text(client.get(LOGIN))
    assert "Continuer avec ProConnect" in page
    assert "/compte/oidc/oidc/login/" in page


def test_an_application_gives_codes_and_a_second_step(client, member):
    secret = totp.generate_totp_secret()
    totp.TOTP.activate(member, secret)
    answer = client.post(LOGIN, {"login": member.email, "password": PASSWORD})
    assert answer["Location"].startswith(reverse("mfa_authenticate"))
    assert client.get("/mon-espace/").status_code == 302

    counter = next(totp.yield_hotp_counters_from_time())
    code = totp.format_hotp_value(totp.hotp_value(secret, counter))
    client.post(reverse("mfa_authenticate"), {"code": code})

    assert client.get("/mon-espace/").status_code == 200


def test_a_first_administrator_is_made_by_a_command(monkeypatch):
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    call_command("createsuperuser", email="Chef@Example.org", interactive=False)

    boss = User.objects.get()
    assert boss.is_administrator
    assert boss.email == "chef@example.org"
