"""Mails before dates: one for one subject, never the same twice."""

import datetime as dt
from collections.abc import Iterable

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from maillage.accounts.choices import Role
from maillage.accounts.models import User
from maillage.calls.models import (
    Grant,
    Instalment,
    ProgrammeDate,
    ReportDue,
    Review,
    SentReminder,
)
from maillage.calls.review_choices import GrantState, RoundState
from maillage.calls.services.matching import matches
from maillage.core.dates import day_words
from maillage.core.mail import write_mails
from maillage.core.money import format_cents
from maillage.directory.models import Structure

#: Days before a date at which each sort of mail leaves.
REVIEW_DAYS, REPORT_DAYS, PAYMENT_DAYS, PROGRAMME_DAYS = 3, 21, 14, 30


@transaction.atomic
def remind_all(*, today: dt.date, now: dt.datetime) -> int:
    """Everything that comes soon; returns how many mails were written."""
    return (
        remind_reviews(today=today, now=now)
        + remind_reports(today=today, now=now)
        + remind_payments(today=today, now=now)
        + tell_programmes(today=today, now=now)
    )


def send(
    key: str, people: Iterable[User], *, subject: str, body: str, now: dt.datetime
) -> int:
    """Write to those who were not told of this subject yet."""
    told = set(SentReminder.objects.filter(key=key).values_list("user", flat=True))
    fresh = {one.pk: one for one in people if one.pk not in told and one.is_active}
    SentReminder.objects.bulk_create(
        SentReminder(key=key, user=one, sent_at=now) for one in fresh.values()
    )
    write_mails([(one.email, subject, body) for one in fresh.values()], now=now)
    return len(fresh)


def remind_reviews(*, today: dt.date, now: dt.datetime) -> int:
    """Readers who have not returned what is due in a few days."""
    rows = (
        Review.objects.all()
        .waiting()
        .filter(
            round__state=RoundState.OPEN,
            round__due_on__range=(today, today + dt.timedelta(REVIEW_DAYS)),
            reviewer__user__isnull=False,
        )
    )
    found: dict[int, list[Review]] = {}
    for one in rows.select_related("round__call", "reviewer__user"):
        found.setdefault(one.round_id, []).append(one)
    sent = 0
    for pk, reviews in found.items():
        held = reviews[0].round
        sent += send(
            f"round-{pk}-{held.due_on}",
            [one.reviewer.user for one in reviews if one.reviewer.user],
            subject=_("Lectures à rendre : %(call)s") % {"call": held.call.title},
            body=_("Vos lectures sont à rendre le %(day)s :\n%(link)s")
            % {"day": day_words(held.due_on), "link": f"{settings.SITE_URL}/lectures/"},
            now=now,
        )
    return sent


def team_of(grant: Grant) -> list[User]:
    """Those who may file the reports of a grant."""
    row = grant.application
    members = User.objects.filter(memberships__structure=row.structure_id)
    authors = User.objects.filter(application_authors__application=row)
    return list((members | authors).distinct())


def remind_reports(*, today: dt.date, now: dt.datetime) -> int:
    """Beneficiaries whose report is due soon."""
    rows = (
        ReportDue.objects.all()
        .awaited()
        .filter(due_on__range=(today, today + dt.timedelta(REPORT_DAYS)))
    )
    sent = 0
    for one in rows.select_related("grant__application"):
        link = settings.SITE_URL + one.grant.get_absolute_url()
        sent += send(
            f"report-{one.pk}-{one.due_on}",
            team_of(one.grant),
            subject=_("%(name)s à rendre : %(object)s")
            % {"name": one.name, "object": one.grant.object},
            body=_("« %(name)s » est attendu le %(day)s :\n%(link)s")
            % {"name": one.name, "day": day_words(one.due_on), "link": link},
            now=now,
        )
    return sent


def remind_payments(*, today: dt.date, now: dt.datetime) -> int:
    """The agency, of instalments that are due soon: one mail a payment."""
    agency = list(User.objects.filter(role=Role.AGENCY, is_active=True))
    rows = (
        Instalment.objects.all()
        .unpaid()
        .filter(
            grant__state=GrantState.ACTIVE,
            due_on__range=(today, today + dt.timedelta(PAYMENT_DAYS)),
        )
    )
    sent = 0
    for one in rows.select_related("grant"):
        link = settings.SITE_URL + one.grant.get_absolute_url()
        words = {
            "n": one.number,
            "ref": one.grant.reference,
            "amount": format_cents(one.cents),
            "day": day_words(one.due_on),
            "link": link,
        }
        sent += send(
            f"instalment-{one.pk}-{one.due_on}",
            agency,
            subject=_("Versement %(n)s de %(ref)s") % words,
            body=_("%(amount)s à payer le %(day)s :\n%(link)s") % words,
            now=now,
        )
    return sent


def tell_programmes(*, today: dt.date, now: dt.datetime) -> int:
    """Those who follow, of the dates that fit one of their structures: once each."""
    people = list(User.objects.filter(funding_follow__isnull=False, is_active=True))
    soon = ProgrammeDate.objects.all().coming(today)
    dates = list(
        soon.filter(closes_on__lte=today + dt.timedelta(PROGRAMME_DAYS)).select_related(
            "programme"
        )
    )
    sent = 0
    for user in people:
        rows = Structure.objects.filter(memberships__user=user.pk)
        mine = list(rows.select_related("commune__department"))
        for date in dates:
            found = matches([date.programme], mine)
            if not found:
                continue
            why = "\n".join(
                f"– {one.structure.name} : {', '.join(one.reasons)}" for one in found
            )
            sent += send(
                f"programme-{date.pk}",
                [user],
                subject=_("%(name)s : jusqu’au %(day)s")
                % {"name": date.programme.name, "day": day_words(date.closes_on)},
                body=_("%(label)s\n\nPour vous :\n%(why)s\n\n%(link)s")
                % {
                    "label": date.label,
                    "why": why,
                    "link": settings.SITE_URL + date.programme.get_absolute_url(),
                },
                now=now,
            )
    return sent
