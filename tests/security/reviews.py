"""A reader's dossier, a proposal, a grant and a programme, for the table of addresses."""

import datetime as dt

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from maillage.calls.models import (
    Decision,
    FundingProgramme,
    Reviewer,
)
from maillage.calls.services.envelopes import make_plan
from tests.factories.calls import ApplicationFactory, CallFactory
from tests.factories.reviews import (
    ReviewerFactory,
    ReviewFactory,
    ReviewRoundFactory,
    granted,
)

#: Addresses that only take what is sent to them.
POSTED_REVIEWS = {
    "review_reopen", "review_conflict", "round_give", "round_step", "round_take",
    "envelope_new", "envelope_line", "envelope_step", "instalment_pay",
    "funding_follow", "funding_date", "funding_date_drop",
}  # fmt: skip


def stored(name):
    return default_storage.save(name, ContentFile(b"%PDF-"))


def read_and_grant(structure, people):
    """``author`` is the reader; the members of the structure have a grant."""
    now = timezone.now()
    held = ReviewRoundFactory(call=CallFactory(closed=True))
    reader = ReviewerFactory(user=people["author"])
    review = ReviewFactory(round=held, reviewer=reader)
    file = review.application.attachments.create(
        question="bank", file=stored("applications/bb.pdf"), name="b.pdf", size=1,
        sha256="0" * 64, added_at=now,
    )  # fmt: skip
    done = ReviewFactory(round=held, points=[3, 3, 3])
    invited = Reviewer.objects.create(
        email="invitee@exemple.fr", token="lecteur-invite", invited_at=now
    )
    plan = make_plan(held.call, name="Essai", by=people["agency"], now=now)
    grant = granted(structure=structure, by=people["agency"], now=now)
    report = grant.reports.get()
    filed = grant.reports.create(
        name="Bilan", due_on=now.date(), filed_at=now, text="x",
        file=stored("grant-reports/cc.pdf"), spent_cents=1,
    )  # fmt: skip
    waiting = ApplicationFactory(call=held.call, eligible=True)
    Decision.objects.create(application=waiting, outcome="waiting", decided_at=now)
    programme = FundingProgramme.objects.create(
        name="Fonds", slug="fonds", family="other", manager="x", changed_at=now
    )
    date = programme.dates.create(label="x", closes_on=now.date() + dt.timedelta(9))
    slug, number = [held.call.slug], [grant.application.number]
    found = {
        "review_edit": [review.pk],
        "review_reopen": [review.pk],
        "review_conflict": [review.pk],
        "review_file": [review.pk, file.pk],
        "reviewer_join": [invited.token],
        "reviewer_edit": [reader.pk],
        "round_list": slug,
        "round_detail": [held.pk],
        "round_give": [held.pk],
        "round_step": [held.pk, "rappeler"],
        "round_take": [done.pk],
        "committee_detail": slug,
        "committee_export": [held.call.slug, "csv"],
        "review_detail": [done.pk],
        "envelope_new": slug,
        "envelope_detail": [plan.pk],
        "envelope_line": [plan.pk, plan.lines.first().pk],
        "envelope_step": [plan.pk, "copier"],
        "decision_list": slug,
        "decision_notify": slug,
        "decision_edit": [waiting.number],
        "decision_draft": [waiting.number],
        "decision_detail": number,
        "decision_letter": number,
        "payment_export": ["csv"],
        "grant_detail": [grant.reference],
        "grant_step": [grant.reference, "convention"],
        "instalment_pay": [grant.instalments.first().pk],
        "report_file": [report.pk],
        "report_answer": [filed.pk],
        "report_attachment": [filed.pk],
        "funding_export": ["csv"],
        "funding_detail": [programme.slug],
        "funding_edit": [programme.slug],
        "funding_date": [programme.slug],
        "funding_date_drop": [date.pk],
    }
    told = {"api-1:funding_programme": [programme.slug]}
    return {f"calls:{name}": args for name, args in found.items()} | told
