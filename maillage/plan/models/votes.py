"""Votes: the six numbers that must add up, and ballots by name."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from maillage.plan.committee_choices import Choice, Rule
from maillage.plan.models.committee import Mandate
from maillage.plan.models.meetings import AgendaItem
from maillage.plan.models.tree import Plan

#: Those in the room with their proxies, less who stays apart, are those who voted.
ADDS_UP = Q(
    present=F("votes_for") + F("against") + F("abstained") + F("apart") - F("proxies")
)


class Counted(models.Model):
    """The numbers of a vote, as a public record gives them."""

    rule = models.CharField(
        _("règle"), max_length=10, choices=Rule, default=Rule.SIMPLE
    )
    present = models.PositiveIntegerField(_("présents"))
    proxies = models.PositiveIntegerField(_("pouvoirs"), default=0)
    apart = models.PositiveIntegerField(_("ne prenant pas part"), default=0)
    votes_for = models.PositiveIntegerField(_("pour"))
    against = models.PositiveIntegerField(_("contre"), default=0)
    abstained = models.PositiveIntegerField(_("abstentions"), default=0)
    is_adopted = models.BooleanField(_("adopté"))

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(name="%(class)s_adds_up", condition=ADDS_UP),
            models.CheckConstraint(
                name="%(class)s_proxies_have_holders",
                condition=Q(proxies=0) | Q(present__gt=0),
            ),
        ]


class Vote(Counted):
    """A question put to the committee under a point of the agenda."""

    item = models.ForeignKey(AgendaItem, models.CASCADE, related_name="votes")
    question = models.CharField(_("question mise aux voix"), max_length=240)
    by_name = models.BooleanField(_("vote nominal"), default=False)
    recorded_at = models.DateTimeField(_("saisi le"))

    class Meta(Counted.Meta):
        verbose_name = _("vote")
        ordering = ["item", "pk"]
        constraints = [
            *Counted.Meta.constraints,
            # A double click records a vote once.
            models.UniqueConstraint(
                name="plan_question_is_voted_once", fields=["item", "question"]
            ),
        ]

    def __str__(self) -> str:
        return self.question


class Ballot(models.Model):
    """How one member voted, in a vote by name."""

    vote = models.ForeignKey(Vote, models.CASCADE, related_name="ballots")
    mandate = models.ForeignKey(Mandate, models.PROTECT, related_name="ballots")
    choice = models.CharField(_("vote"), max_length=9, choices=Choice)

    class Meta:
        verbose_name = _("bulletin")
        constraints = [
            models.UniqueConstraint(
                name="plan_member_votes_once", fields=["vote", "mandate"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.mandate}: {self.choice}"


class PublicVote(Counted):
    """A vote of another assembly about the plan, taken over from its public record."""

    plan = models.ForeignKey(
        Plan, models.CASCADE, null=True, blank=True, related_name="public_votes"
    )
    code = models.SlugField(_("code"), max_length=60, unique=True)
    assembly = models.CharField(_("assemblée"), max_length=160)
    title = models.CharField(_("objet"), max_length=240)
    held_on = models.DateField(_("date"), null=True, blank=True)
    source = models.CharField(_("source"), max_length=240)

    class Meta(Counted.Meta):
        verbose_name = _("vote public")
        ordering = ["held_on", "pk"]

    def __str__(self) -> str:
        return self.title
