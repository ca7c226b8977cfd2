"""Letters that came back: noted, not written to again, joined otherwise."""

import datetime as dt
import time

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from maillage.core.errors import Refused
from maillage.core.models import Mail
from maillage.surveys.imports import apply_list, plan_list
from maillage.surveys.models import Unit
from maillage.surveys.services.bounces import (
    addresses_in,
    bounced,
    note_bounce,
    note_bounces,
    note_refused,
)
from maillage.surveys.services.invitations import INVITATION, due, invite_one, send
from maillage.surveys.services.population import change_address
from maillage.surveys.services.progress import advance
from tests.factories.accounts import UserFactory
from tests.factories.directory import StructureFactory
from tests.factories.surveys import NOW, TODAY, UnitFactory, WaveFactory
from tests.surveys.test_population import read

pytestmark = pytest.mark.django_db


@pytest.fixture
def agency():
    return UserFactory(agency=True)


@pytest.fixture
def wave():
    return WaveFactory()


def unit(wave, email, **given):
    return UnitFactory(wave=wave, email=email, **given)


def test_addresses_are_found_in_whatever_was_pasted():
    text = (
        "<Accueil@Musee.fr>: host said: 550 no such user; "
        "Final-Recipient: rfc822;info@asso.example.org.\naccueil@musee.fr"
    )
    assert addresses_in([text]) == ["accueil@musee.fr", "info@asso.example.org"]


@pytest.mark.parametrize(
    "text", ["a" * 200_000, "@" * 200_000, "a@" * 100_000, "a@b.c" * 40_000]
)
def test_a_long_word_is_no_address_and_takes_no_time(text):
    start = time.process_time()

    assert addresses_in([text]) == []
    assert time.process_time() - start < 1


def test_nobody_is_written_to_where_letters_come_back(wave, agency):
    good, bad = unit(wave, "bon@exemple.fr"), unit(wave, "Parti@exemple.fr")
    noted = note_bounces(
        wave, ["parti@exemple.fr", "inconnu@exemple.fr"],
        why="boîte de parti@exemple.fr pleine", by=agency, now=NOW,
    )  # fmt: skip
    assert noted.marked == [bad]
    assert noted.unknown == ["inconnu@exemple.fr"]
    bad.refresh_from_db()
    assert bad.bounced_why == "boîte de … pleine"
    assert list(due(wave, INVITATION, now=NOW)) == [good]
    with pytest.raises(Refused) as no:
        invite_one(bad, by=agency, now=NOW, today=TODAY)
    assert no.value.code == "bounced"
    again = note_bounces(wave, ["parti@exemple.fr"], why="", by=agency, now=NOW)
    assert (again.marked, again.known) == ([], 1)


def test_another_address_is_written_to_again(wave, agency):
    bad = unit(wave, "parti@exemple.fr")
    note_bounce(bad, why="", by=agency, now=NOW)
    assert change_address(bad, email="PARTI@exemple.fr", by=agency).bounced_at
    assert not change_address(bad, email="nouveau@exemple.fr", by=agency).bounced_at
    assert due(wave, INVITATION, now=NOW).get() == bad


def test_an_address_from_a_list_is_written_to_again(wave, agency):
    text = "clé;nom;email\nA1;Forum;{}\n"
    apply_list(wave, plan_list(wave, read(text.format("parti@exemple.fr"))), by=agency)
    note_bounce(wave.units.get(), why="", by=agency, now=NOW)
    apply_list(wave, plan_list(wave, read(text.format("neuf@exemple.fr"))), by=agency)
    assert wave.units.get().bounced_at is None


@pytest.mark.parametrize(
    ("attempts", "error", "is_noted"),
    [
        (1, "{'a@b.fr': (550, b'5.1.1 no such user')}", True),
        (1, "{'a@b.fr': (450, b'try again')}", False),
        (Mail.MAX_ATTEMPTS, "Connection refused", True),
        (0, "", False),
    ],
)
def test_what_the_servers_refuse_is_noted(wave, agency, attempts, error, is_noted):
    one = unit(wave, "a@b.fr")
    send(wave, kind=INVITATION, by=agency, now=NOW, today=TODAY)
    Mail.objects.update(attempts=attempts, error=error, sent_at=None)
    assert note_refused(now=NOW) == is_noted
    one.refresh_from_db()
    assert bool(one.bounced_at) == is_noted
    assert "a@b.fr" not in one.bounced_why
    assert note_refused(now=NOW) == 0


def test_a_refusal_of_an_address_that_was_changed_is_not_noted(wave, agency):
    one = unit(wave, "a@b.fr")
    send(wave, kind=INVITATION, by=agency, now=NOW, today=TODAY)
    Mail.objects.update(attempts=9, error="(550, b'')", sent_at=None)
    change_address(one, email="autre@b.fr", by=agency)
    assert note_refused(now=NOW) == 0


def test_progress_counts_those_who_still_wait(wave, agency):
    for rank, state in enumerate(["waiting", "submitted"]):
        one = unit(wave, f"a{rank}@b.fr")
        one.response.state = state
        one.response.save()
        note_bounce(one, why="", by=agency, now=NOW)
    assert advance(wave).total.bounced == 1
    assert bounced(wave).count() == 1


def test_the_page_notes_a_file_and_proposes_the_telephone(wave, agency, client):
    structure = StructureFactory(phone="03 20 00 00 00", listed=True)
    one = unit(wave, "parti@exemple.fr", structure=structure)
    client.force_login(agency)
    url = reverse("surveys:wave_bounces", args=[wave.slug])
    file = SimpleUploadedFile(
        "retours.csv", b"adresse;code\nparti@exemple.fr;550\nx@y.fr;550\n"
    )
    told = client.post(url, {"file": file, "why": "boîte fermée"}, follow=True)
    page = told.content.decode()
    assert "1 structure est notée" in page
    assert "x@y.fr" in page
    assert "03 20 00 00 00" in page
    assert 'value="phone"' in page
    rows = client.get(
        reverse("surveys:unit_list", args=[wave.slug]), {"adresse": "revenue"}
    )
    assert one.name in rows.content.decode()
    progress = client.get(reverse("surveys:wave_progress", args=[wave.slug]))
    assert "Courriers revenus" in progress.content.decode()


def test_it_is_noted_and_taken_back_by_hand(wave, agency, client):
    one = unit(wave, "parti@exemple.fr", invited_at=NOW - dt.timedelta(1))
    client.force_login(agency)
    detail = reverse("surveys:unit_detail", args=[wave.slug, one.pk])
    change = reverse("surveys:unit_change", args=[wave.slug, one.pk])
    assert "Le courrier est revenu\u00a0?" in client.get(detail).content.decode()
    client.post(change, {"verb": "bounced", "why": "absente"})
    page = client.get(detail).content.decode()
    assert "Raison\u00a0: absente" in page
    assert "Saisir au téléphone" in page
    client.post(change, {"verb": "good"})
    assert Unit.objects.get(pk=one.pk).bounced_at is None
