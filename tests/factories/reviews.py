"""Readers, phases, reviews with their scores, grants."""

import datetime as dt

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from maillage.calls.models import Decision, Review, Reviewer, ReviewRound, Score
from maillage.calls.review_choices import Opinion, Outcome, ReviewState, RoundState
from maillage.calls.services.granting import make_grant
from tests.factories.accounts import UserFactory
from tests.factories.calls import ApplicationFactory, CallFactory


class ReviewerFactory(DjangoModelFactory):
    class Meta:
        model = Reviewer

    user = factory.SubFactory(UserFactory)
    email = factory.LazyAttribute(lambda o: o.user.email if o.user else "x@exemple.fr")
    invited_at = factory.LazyFunction(timezone.now)


class ReviewRoundFactory(DjangoModelFactory):
    """Open, to be returned in two weeks."""

    class Meta:
        model = ReviewRound

    call = factory.SubFactory(CallFactory, closed=True)
    name = "Première lecture"
    number = factory.Sequence(lambda n: n + 1)
    state = RoundState.OPEN
    due_on = factory.LazyFunction(lambda: timezone.localdate() + dt.timedelta(14))


class ReviewFactory(DjangoModelFactory):
    """``points``: scores in the order of the criteria; the review is then returned."""

    class Meta:
        model = Review
        skip_postgeneration_save = True

    round = factory.SubFactory(ReviewRoundFactory)
    application = factory.LazyAttribute(
        lambda o: ApplicationFactory(call=o.round.call, eligible=True)
    )
    reviewer = factory.SubFactory(ReviewerFactory)
    assigned_at = factory.LazyFunction(timezone.now)

    @factory.post_generation
    def points(self, create, wanted, **kwargs):
        if not create or wanted is None:
            return
        for criterion, value in zip(
            self.round.call.criteria.all(), wanted, strict=True
        ):
            Score.objects.create(review=self, criterion=criterion, value=value)
        self.state, self.submitted_at = ReviewState.SUBMITTED, timezone.now()
        self.opinion = self.opinion or Opinion.FOR
        self.save()


def granted(*, cents=8_000_00, by=None, now=None, **fields):
    """A grant of a notified decision."""
    now = now or timezone.now()
    application = ApplicationFactory(
        eligible=True, call=CallFactory(closed=True), **fields
    )
    application.state = "granted"
    application.save()
    decision = Decision.objects.create(
        application=application,
        outcome=Outcome.GRANTED,
        cents=cents,
        decided_by=by,
        decided_at=now,
        notified_at=now,
    )
    return make_grant(decision, by=by, now=now)
