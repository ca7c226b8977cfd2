"""Reading, the committee and grants to try: on the closed call, and on one before it.

Everything is invented but the structures; the same day gives the same scores.
"""

import datetime as dt
from pathlib import Path

import numpy as np
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from maillage.accounts.choices import Role
from maillage.accounts.models import User
from maillage.calls.choices import ApplicationState, CallState
from maillage.calls.demo_calls import at_noon
from maillage.calls.models import (
    Application,
    Call,
    Decision,
    EnvelopeMinimum,
    FundingProgramme,
    Grant,
    Review,
    Reviewer,
    ReviewRound,
    Score,
)
from maillage.calls.models.conflicts import conflicting_pks
from maillage.calls.review_choices import (
    GrantState,
    Outcome,
    PartKind,
    ReviewState,
    RoundState,
)
from maillage.calls.services.envelopes import compute, make_plan
from maillage.calls.services.funding import load_programmes
from maillage.calls.services.granting import make_grant, months_after
from maillage.calls.services.rounds import assign_round, make_round
from maillage.core import vocab

READERS = 12
GRANTS = 6
#: Of each dossier, before readers and their habits: mean and spread, out of 1.
LEVEL, SPREAD, HABIT, CHANCE = 0.62, 0.16, 0.11, 0.08
#: The reader who has an account to try, and what they still have to read.
TRIED, LEFT = "contributeur@exemple.fr", 3


def is_ready() -> bool:
    """Reviews have been loaded before."""
    return ReviewRound.objects.exists() or not Call.objects.exists()


@transaction.atomic
def load_reviews(region: Path, *, now: dt.datetime) -> None:
    """Load it all, once, after the calls."""
    agency = (
        User.objects.filter(role=Role.AGENCY, is_active=True).order_by("pk").first()
    )
    call = Call.objects.filter(
        is_example=True, slug__startswith="exemple-sciences-pres-de-chez-vous"
    ).first()
    if ReviewRound.objects.exists() or agency is None or call is None:
        return
    rng = np.random.default_rng(2028)
    make_readers(rng, now=now)
    held = make_round(
        call,
        name=_("Lecture"),
        each=3,
        due_on=timezone.localdate(now) + dt.timedelta(10),
    )
    assign_round(held, now=now)
    score_all(held, rng, now=now)
    plan = make_plan(call, name=_("Première proposition"), by=agency, now=now)
    plan.minimums.bulk_create(
        EnvelopeMinimum(plan=plan, kind=kind, code=code, percent=percent)
        for kind, code, percent in (
            (PartKind.RURAL, "", 3),
            (PartKind.DEPARTMENT, "62", 10),
        )
    )
    compute(plan)
    make_grants(call, by=agency, now=now)
    if not FundingProgramme.objects.exists() and (region / "programmes.toml").exists():
        load_programmes(region / "programmes.toml", now=now)


def make_readers(rng: np.random.Generator, *, now: dt.datetime) -> None:
    """Twelve, of whom one has an account to try."""
    themes = list(vocab.terms("themes"))
    known = User.objects.filter(email=TRIED).first()
    for rank in range(READERS):
        user = known if rank == 0 and known else None
        if user is None:
            email = f"lecteur{rank + 1}@exemple.fr"
            user = User.objects.filter(email=email).first()
            user = user or User.objects.create_user(
                email, None, display_name=_("Lecteur %(n)s") % {"n": rank + 1}
            )
        Reviewer.objects.create(
            user=user,
            email=user.email,
            themes=[themes[at] for at in rng.permutation(len(themes))[:6]],
            about=_("Lecteur d’exemple"),
            invited_at=now,
        )


def score_all(held: ReviewRound, rng: np.random.Generator, *, now: dt.datetime) -> None:
    """Scores out of what a dossier is worth, a reader's habit and chance."""
    criteria = list(held.call.criteria.all())
    reviews = list(held.reviews.select_related("reviewer").order_by("pk"))
    level = dict.fromkeys([one.application_id for one in reviews], 0.0)
    level = {pk: rng.normal(LEVEL, SPREAD) for pk in level}
    habit = {pk: rng.normal(0, HABIT) for pk in {one.reviewer_id for one in reviews}}
    left, scores = LEFT, []
    for one in reviews:
        if one.reviewer.email == TRIED and left:
            left -= 1
            continue
        for criterion in criteria:
            share = level[one.application_id] + habit[one.reviewer_id]
            share = float(np.clip(share + rng.normal(0, CHANCE), 0, 1))
            value = round(share * criterion.max_score)
            scores.append(Score(review=one, criterion=criterion, value=value))
        share = level[one.application_id] + rng.normal(0, CHANCE)
        one.opinion = "for" if share > 0.6 else "reserved" if share > 0.4 else "against"
        one.state, one.submitted_at, one.changed_at = ReviewState.SUBMITTED, now, now
    Score.objects.bulk_create(scores)
    Review.objects.bulk_update(
        reviews, ["opinion", "state", "submitted_at", "changed_at"]
    )
    held.state, held.opened_at = RoundState.OPEN, now
    held.save(update_fields=["state", "opened_at"])


def make_grants(call: Call, *, by: User, now: dt.datetime) -> None:
    """Last year's call: six grants at every step of their life."""
    before = now - dt.timedelta(420)
    old = Call.objects.create(
        title=_("Sciences près de chez vous, édition précédente"),
        slug="exemple-appel-precedent",
        edition=str(before.year),
        summary=_("Un appel d’exemple, décidé et suivi."),
        state=CallState.PUBLISHED,
        opens_at=at_noon(before, -120),
        closes_at=at_noon(before, -60),
        budget_cents=60_000_00,
        published_at=before - dt.timedelta(120),
        is_example=True,
        created_by=by,
    )
    first = call.applications.select_related("structure", "form", "commune")
    free = first.order_by("pk")
    busy = set(conflicting_pks(by.pk))
    models = [one for one in free if one.pk not in busy][:GRANTS]
    for rank, one in enumerate(models):
        cents = 6_500_00 + rank * 733_33
        row = Application.objects.create(
            call=old,
            structure=one.structure,
            form=one.form,
            title=_("%(title)s, première année") % {"title": one.title},
            summary=one.summary,
            requested_cents=cents,
            total_cents=20_000_00,
            commune=one.commune,
            departments=one.departments,
            is_rural=one.is_rural,
            themes=one.themes,
            state=ApplicationState.GRANTED,
            created_at=old.opens_at,
            changed_at=old.closes_at,
            submitted_at=old.closes_at - dt.timedelta(2),
        )
        decision = Decision.objects.create(
            application=row,
            outcome=Outcome.GRANTED,
            cents=cents,
            reference=f"{before.year}-DEL-{rank + 1:03d}",
            decided_by=by,
            decided_at=before,
            notified_at=before,
            notified_by=by,
        )
        live(make_grant(decision, by=by, now=before), rank, now=now)


def live(row: Grant, rank: int, *, now: dt.datetime) -> None:
    """Rank by rank: closed, report filed, report late, running, not signed."""
    if rank == 5:
        return
    row.agreed_on = row.starts_on + dt.timedelta(14)
    instalments = list(row.instalments.order_by("number"))
    first, last = instalments[0], instalments[-1]
    first.paid_on = first.due_on
    first.save(update_fields=["paid_on"])
    report = row.reports.get()
    if rank in (0, 1):
        report.text = _("Le projet a eu lieu dans douze communes, avec vingt écoles.")
        report.spent_cents, report.people = row.cents + 2_300_00, 1840 + rank
        report.filed_at = now - dt.timedelta(9)
    if rank == 0:
        report.accepted_at = now - dt.timedelta(5)
        last.paid_on = timezone.localdate(now) - dt.timedelta(2)
        last.save(update_fields=["paid_on"])
        row.state = GrantState.CLOSED
    if rank in (3, 4):
        report.due_on = months_after(timezone.localdate(now), rank - 2)
    report.save()
    row.save()
