"""Twenty people write at once: nothing is lost, nothing breaks."""

import datetime as dt

import pytest
from django.utils import timezone

from maillage.core.choices import ProposalState
from maillage.core.entries import entries_version
from maillage.core.models import Entry, Mail, Proposal
from maillage.core.services import accept, change, propose_new, refuse
from maillage.directory.models import Place
from tests.factories.accounts import UserFactory
from tests.factories.directory import MembershipFactory, PlaceFactory
from tests.together import at_once

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("on_a_file"),
]
NOW = dt.datetime(2026, 9, 14, 9, tzinfo=dt.UTC)
WRITERS = 20


def test_twenty_new_things_of_one_name_get_twenty_addresses():
    people = UserFactory.create_batch(WRITERS, agency=True)

    def create(by):
        return lambda: (
            propose_new(
                Place(name="Palais", kind="museum"), by=by, now=timezone.now()
            ).slug
        )

    slugs = at_once([create(by) for by in people])

    assert len(set(slugs)) == WRITERS
    assert Entry.objects.all().public().count() == WRITERS
    assert entries_version() == WRITERS


def test_twenty_changes_of_one_field_count_once_and_others_are_told():
    place = PlaceFactory(summary="Un musée", listed=True)
    people = [MembershipFactory(structure=place.structure).user for _ in range(WRITERS)]

    def edit(number, by):
        values = {"summary": f"Musée {number}"}
        return lambda: change(place, values=values, version=1, by=by, now=NOW)

    found = at_once([edit(n, by) for n, by in enumerate(people)])

    assert sorted(map(str, found)) == ["None"] + ["stale"] * (WRITERS - 1)
    place.refresh_from_db()
    assert place.version == 2
    assert Entry.objects.get(kind="place").summary == place.summary


def test_changes_of_different_fields_all_stay():
    place = PlaceFactory(listed=True)
    user = MembershipFactory(structure=place.structure).user
    fields = [
        "summary", "description", "street", "phone", "opening", "prices", "host_notes",
        "picture_alt", "picture_credit", "website",
    ]  # fmt: skip
    value = {"website": "https://example.org/"}

    def edit(name):
        values = {name: value.get(name, f"texte {name}")}
        return lambda: change(place, values=values, version=1, by=user, now=NOW)

    assert at_once([edit(name) for name in fields]) == [None] * len(fields)
    place.refresh_from_db()
    assert place.version == 1 + len(fields)
    for name in fields:
        assert getattr(place, name) == value.get(name, f"texte {name}")


def test_one_form_sent_twenty_times_is_one_proposal():
    author = UserFactory()

    def send():
        thing = Place(name="Palais", kind="museum")
        return propose_new(thing, by=author, now=timezone.now()).pk

    assert len(set(at_once([send] * WRITERS))) == 1
    assert Place.objects.count() == Proposal.objects.count() == 1


def test_twenty_answers_to_one_proposal_are_one():
    place = PlaceFactory(listed=True)
    proposal = change(
        place, values={"summary": "Autre"}, version=1, by=UserFactory(), now=NOW
    )
    people = UserFactory.create_batch(WRITERS, agency=True)

    def answer(number, by):
        if number % 2:
            return lambda: accept(proposal, by=by, now=NOW).state
        return lambda: refuse(proposal, answer="Non", by=by, now=NOW).state

    found = at_once([answer(n, by) for n, by in enumerate(people)])

    assert found.count("decided") == WRITERS - 1
    assert Mail.objects.count() == 1
    proposal.refresh_from_db()
    place.refresh_from_db()
    accepted = proposal.state == ProposalState.ACCEPTED
    assert (place.summary == "Autre") is accepted
