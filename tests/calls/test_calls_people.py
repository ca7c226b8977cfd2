"""« Mes données »: what a person wrote and read in calls, and nobody else's words."""

import json

import pytest
from django.utils import timezone

from maillage.calls.models import DeclaredConflict
from maillage.calls.services.funding import follow
from maillage.portal.own_data import data_file
from tests.calls.written import fill
from tests.factories.accounts import UserFactory
from tests.factories.calls import ApplicationFactory, CallQuestionFactory
from tests.factories.directory import MembershipFactory
from tests.factories.reviews import ReviewerFactory, ReviewFactory
from tests.factories.territories import CommuneFactory

pytestmark = pytest.mark.django_db


def told(user):
    text = data_file(user, now=timezone.now())
    return json.loads(text)["calls"], text


def test_an_author_has_their_applications_and_what_they_wrote():
    CommuneFactory(lille=True)
    member = MembershipFactory(user__display_name="Ada")
    row = ApplicationFactory(structure=member.structure, by=member.user)
    fill(row, by=member.user, now=timezone.now())
    fill(row, by=UserFactory(display_name="Zoé"), now=timezone.now(), title="De Zoé")
    ApplicationFactory()  # of somebody else
    CallQuestionFactory(text="Et nous ?", asked_by=member.user)
    follow(by=member.user, is_on=True, now=timezone.now())

    found, _text = told(member.user)

    (application,) = found["applications"]
    assert application["number"] == row.number
    assert application["answers"]["title"] == "De Zoé"
    assert "summary" in application["wrote"]
    assert "title" not in application["wrote"]
    assert [one["text"] for one in found["questions"]] == ["Et nous ?"]
    assert found["funding_alerts_since"]
    assert found["reviews"] == found["declared_conflicts"] == []


def test_a_reader_has_their_reviews_and_conflicts_not_the_dossiers():
    reader = ReviewerFactory(user=UserFactory())
    review = ReviewFactory(reviewer=reader, points=[3, 2, 1])
    review.comment = "Un beau projet."
    review.save()
    review.application.title = "Projet d’autrui"
    review.application.save()
    other = ReviewFactory(round=review.round, points=[1, 1, 1])
    DeclaredConflict.objects.create(
        reviewer=reader, application=other.application, reason="Un ami",
        declared_at=timezone.now(), declared_by=reader.user,
    )  # fmt: skip

    found, text = told(reader.user)

    (mine,) = found["reviews"]
    assert mine["comment"] == "Un beau projet."
    assert [one["value"] for one in mine["scores"]] == [3, 2, 1]
    (conflict,) = found["declared_conflicts"]
    assert conflict["reason"] == "Un ami"
    assert "Projet d’autrui" not in text
    assert found["applications"] == []


def test_who_has_nothing_to_do_with_calls_has_empty_lists():
    ReviewFactory(points=[1, 1, 1])

    found, _text = told(UserFactory())

    assert not any(found.values())
