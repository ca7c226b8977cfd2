"""What a page learns of each saving: what is wrong, and what others wrote meanwhile."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from maillage.calls.models import Application
from maillage.calls.services.drafts import Change, mark_of, save_answers
from tests.calls.written import fill
from tests.factories.accounts import UserFactory
from tests.factories.calls import SIRET, ApplicationFactory
from tests.factories.directory import MembershipFactory
from tests.factories.territories import CommuneFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def member(client):
    CommuneFactory(lille=True)
    row = MembershipFactory(structure__siret=SIRET)
    client.force_login(row.user)
    return row


@pytest.fixture
def draft(member):
    row = ApplicationFactory(structure=member.structure, by=member.user)
    fill(row, by=member.user, now=timezone.now())
    return row


def seen(text):
    """What a page says that it was shown, by question."""
    return dict(re.findall(r'name="-seen-(\w+)" value="([^"]*)"', text))


class Window:
    """One open page: what it holds, and what it was shown."""

    def __init__(self, client, row, section, name, **held):
        self.client, self.name, self.held = client, name, held
        self.url = reverse("calls:application_save", args=[row.number])
        self.url += f"?partie={section}"
        write = reverse("calls:application_write", args=[row.number])
        self.seen = seen(client.get(f"{write}?partie={section}").content.decode())

    def keep(self, **typed):
        """Type, and let the page save itself."""
        self.held |= typed
        known = {f"-seen-{key}": self.seen[key] for key in self.held}
        data = {"-page": self.name, **self.held, **known}
        self.text = self.client.post(self.url, data).content.decode()
        self.seen = seen(self.text)
        return self.text


@pytest.fixture
def windows(client, draft):
    held = {"title": "La science au village", "summary": "Des ateliers."}
    fill(draft, by=UserFactory(), now=timezone.now(), page="page-1", **held)
    return [Window(client, draft, "project", name, **held) for name in ("a", "b")]


def answers():
    return Application.objects.get().answers


def test_an_answer_that_a_page_only_shows_is_not_written_over_the_other_one(windows):
    ada, zoe = windows
    zoe.keep(title="Le titre de Zoé")

    for summary in ("Dix a", "Dix ateliers."):
        ada.keep(summary=summary)

    assert answers()["title"] == "Le titre de Zoé"
    assert answers()["summary"] == "Dix ateliers."
    assert Application.objects.get().asides == {}


def test_a_page_is_told_what_another_wrote(windows):
    ada, zoe = windows
    zoe.keep(title="Le titre de Zoé")

    text = ada.keep(summary="Dix")

    (told,) = re.findall(r'<template data-theirs="(\w+)"', text)
    assert told == "title"
    assert "Changé par" in text
    assert 'value="Le titre de Zoé"' in text
    assert ada.seen["title"].endswith(mark_of("La science au village"))


def test_who_goes_on_over_words_of_another_never_replaces_them(windows):
    ada, zoe = windows
    zoe.keep(title="Le titre de Zoé")

    for typed in ("Le m", "Le mi", "Le mien"):
        assert "choisir" in ada.keep(title=typed)

    assert answers()["title"] == "Le titre de Zoé"
    (aside,) = Application.objects.get().asides["title"]
    assert aside["value"] == "Le mien"


def test_a_page_may_go_back_to_what_it_was_shown(windows):
    ada, _zoe = windows
    ada.keep(title="Autre")
    ada.keep(title="La science au village")

    assert answers()["title"] == "La science au village"


def test_what_a_page_wrote_may_be_replaced_by_one_that_saw_it(client, draft, windows):
    ada, _zoe = windows
    ada.keep(title="D’Ada")
    zoe = Window(client, draft, "project", "c", **ada.held)
    zoe.keep(title="De Zoé")
    ada.keep(summary="Dix")

    assert answers()["title"] == "De Zoé"
    assert Application.objects.get().asides == {}


def test_a_mark_says_nothing_of_other_values():
    row = ApplicationFactory()
    save_answers(row, [Change("title", "Un")], by=UserFactory(), page="a", now=timezone.now())  # fmt: skip
    change = Change("title", "Deux", 0, mark_of("Un"))
    outcome = save_answers(row, [change], by=UserFactory(), page="b", now=timezone.now())  # fmt: skip

    assert outcome.beside == ["title"]


# What is wrong ---------------------------------------------------------------------------


def faults(text):
    """Words beside each box, as the page learns them."""
    found = re.findall(r'<template data-faults="(\w+)">(.*?)</template>', text, re.S)
    return {key: re.sub(r"<[^>]+>", "", words).strip() for key, words in found}


@pytest.mark.parametrize(
    ("section", "question", "typed", "words"),
    [
        ("structure", "siret", "732 829 320 00075", "SIRET"),
        ("structure", "contact_email", "camille", "adresse"),
        ("money", "requested", "huit mille", "Écrivez un montant"),
        ("money", "requested", "25000", "au plus"),
        ("money", "requested", "12000", "ne dépasse pas"),
        ("project", "commune", "Nulleville", "commune"),
    ],
)
def test_what_is_wrong_is_said_beside_the_box_and_stays_typed(
    client, draft, section, question, typed, words
):
    window = Window(client, draft, section, "page-1")
    text = window.keep(**{question: typed})

    assert words in faults(text)[question]
    assert "Une réponse est à revoir" in text
    write = reverse("calls:application_write", args=[draft.number])
    page = client.get(f"{write}?partie={section}").content.decode()
    (box,) = re.findall(rf"<(?:input|textarea)[^>]*\bid=\"id_{question}\"[^>]*>", page)
    assert 'aria-invalid="true"' in box
    assert re.search(rf'aria-describedby="[^"]*id_{question}_error"', box)
    assert f'id="id_{question}_error"' in page
    assert typed in page


def test_what_is_right_again_is_said_no_longer(client, draft):
    window = Window(client, draft, "structure", "page-1")
    assert faults(window.keep(siret="12"))["siret"]

    assert faults(window.keep(siret=SIRET))["siret"] == ""


def test_what_is_not_written_yet_is_not_wrong(client, member):
    draft = ApplicationFactory(structure=member.structure, by=member.user)
    write = reverse("calls:application_write", args=[draft.number])

    page = client.get(f"{write}?partie=project").content.decode()

    assert "errorlist" not in page


def test_the_page_asks_for_news_only_where_there_are_several_authors(client, draft):
    url = reverse("calls:application_write", args=[draft.number])
    assert "every 30s" not in client.get(url).content.decode()

    draft.authors.create(user=UserFactory(), added_at=timezone.now())

    assert "every 30s" in client.get(url).content.decode()
