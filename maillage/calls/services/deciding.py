"""Decisions: taken, read again, then notified; nobody is told before."""

import datetime as dt
from collections.abc import Mapping

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from maillage.accounts.models import User
from maillage.calls.choices import ApplicationState
from maillage.calls.models import Application, Call, Decision, EnvelopePlan, Grant
from maillage.calls.models.conflicts import conflicting
from maillage.calls.review_choices import Outcome
from maillage.calls.services.granting import make_grant
from maillage.calls.services.starting import note
from maillage.core.errors import Refused
from maillage.core.mail import write_mails
from maillage.core.money import format_cents

SAID: Mapping[str, str] = {
    Outcome.GRANTED: ApplicationState.GRANTED,
    Outcome.DECLINED: ApplicationState.DECLINED,
    Outcome.WAITING: ApplicationState.ELIGIBLE,
}


@transaction.atomic
def decide(
    application: Application,
    *,
    outcome: str,
    cents: int,
    reason: str,
    by: User,
    now: dt.datetime,
    rank: int | None = None,
    reference: str = "",
) -> Decision:
    """Decide, or decide anew what was not told yet, or what was on the waiting list.

    Refuses with ``conflict``, ``state``, ``notified``, ``amount``, ``budget`` or
    ``reason``.
    """
    Call.objects.select_for_update(of=("self",)).get(pk=application.call_id)
    row = Application.objects.select_for_update(of=("self",)).select_related("call").get(pk=application.pk)  # fmt: skip
    if row.state != ApplicationState.ELIGIBLE:
        raise Refused("state", _("Seule une candidature recevable se décide."))
    if conflicting(by.pk).filter(pk=row.pk).exists():
        raise Refused("conflict", _("Vous avez un lien avec ce dossier."))
    before = Decision.objects.filter(application=row).first()
    if before and before.notified_at and before.outcome != Outcome.WAITING:
        raise Refused("notified", _("Cette décision est notifiée : elle ne change plus."))  # fmt: skip
    cents = cents if outcome == Outcome.GRANTED else 0
    need_amount(row, outcome=outcome, cents=cents)
    if outcome == Outcome.DECLINED and not reason.strip():
        raise Refused("reason", _("Dites au porteur pourquoi."))
    values = {
        "outcome": Outcome(outcome),
        "cents": cents,
        "reason": reason.strip(),
        "rank": rank if outcome == Outcome.WAITING else None,
        "reference": reference,
        "decided_by": by,
        "decided_at": now,
        "notified_at": None,
        "notified_by": None,
    }
    decision, _made = Decision.objects.update_or_create(
        application=row, defaults=values
    )
    return decision


def need_amount(row: Application, *, outcome: str, cents: int) -> None:
    """Refuses with ``amount`` or ``budget``."""
    if outcome != Outcome.GRANTED:
        return
    if cents <= 0:
        raise Refused("amount", _("Écrivez le montant attribué."))
    if row.total_cents is not None and cents > row.total_cents:
        raise Refused("amount", _("C’est plus que le budget du projet."))
    given = promised(row.call, besides=row)
    if row.call.budget_cents and given + cents > row.call.budget_cents:
        raise Refused(
            "budget",
            _("L’enveloppe serait dépassée : il reste %(left)s.")
            % {"left": format_cents(max(0, row.call.budget_cents - given))},
        )


def promised(call: Call, *, besides: Application | None = None) -> int:
    """Cents of the call that are decided; a grant as it stands after its amendments."""
    decisions = Decision.objects.filter(application__call=call, outcome=Outcome.GRANTED)
    if besides is not None:
        decisions = decisions.exclude(application=besides)
    grants = {
        one.application_id: one for one in Grant.objects.filter(application__call=call)
    }
    total = 0
    for one in decisions:
        grant = grants.get(one.application_id)
        total += one.cents if grant is None else standing_cents(grant)
    return total


def standing_cents(grant: Grant) -> int:
    """What a grant costs: of a cancelled one, what was paid."""
    if grant.state == "cancelled":
        return sum(grant.instalments.all().paid().values_list("cents", flat=True))
    return grant.cents


@transaction.atomic
def decide_as_kept(
    plan: EnvelopePlan, *, by: User, now: dt.datetime, reason: str
) -> int:
    """Decide every line of the committee's proposal that is not decided; how many.

    ``reason`` is told to those who are declined, unless the line has its own. Refuses
    with ``kept``.
    """
    if not plan.is_kept:
        raise Refused("kept", _("Le comité n’a pas encore retenu cette proposition."))
    done = 0
    lines = plan.lines.select_related("application").filter(application__decision=None)
    for line in lines.filter(application__state=ApplicationState.ELIGIBLE):
        decide(
            line.application,
            outcome=Outcome.GRANTED if line.is_granted else Outcome.DECLINED,
            cents=line.cents,
            reason=line.note or ("" if line.is_granted else reason),
            by=by,
            now=now,
        )
        done += 1
    return done


@transaction.atomic
def notify(call: Call, *, by: User, now: dt.datetime) -> int:
    """Tell every decision that was not told: states, grants and mails; how many."""
    Call.objects.select_for_update(of=("self",)).get(pk=call.pk)
    rows = Decision.objects.filter(application__call=call).unsaid()
    rows = rows.select_related("application__call", "application__structure")
    found = list(rows.order_by("application__title", "pk"))
    for decision in found:
        tell(decision, by=by, now=now)
    return len(found)


def tell(decision: Decision, *, by: User, now: dt.datetime) -> None:
    row = decision.application
    decision.notified_at, decision.notified_by = now, by
    decision.save(update_fields=["notified_at", "notified_by"])
    row.state = ApplicationState(SAID[decision.outcome])
    row.save(update_fields=["state"])
    if decision.is_granted:
        make_grant(decision, by=by, now=now)
    note(row, decision_words(decision), by=by, now=now)
    link = settings.SITE_URL + reverse("calls:decision_detail", args=[row.number])
    body = _(
        "%(words)s\n\nProjet : %(title)s\nAppel : %(call)s\n\nLa lettre et la suite "
        "sont sur la page de votre candidature :\n%(link)s"
    ) % {
        "words": decision_words(decision),
        "title": str(row),
        "call": row.call.title,
        "link": link,
    }
    subject = _("Décision sur votre candidature : %(title)s") % {"title": str(row)}
    write_mails([(email, subject, body) for email in people_of(row)], now=now)


def people_of(row: Application) -> list[str]:
    """Authors and team of the structure, each once."""
    authors = row.authors.filter(user__is_active=True).values_list("user__email", flat=True)  # fmt: skip
    team = row.structure.memberships.filter(user__is_active=True).values_list("user__email", flat=True)  # fmt: skip
    return sorted({*authors, *team})


def decision_words(decision: Decision) -> str:
    if decision.outcome == Outcome.GRANTED:
        return _("Votre projet est retenu : %(amount)s.") % {
            "amount": format_cents(decision.cents)
        }
    if decision.outcome == Outcome.WAITING:
        if decision.rank:
            return _("Votre projet est sur la liste d’attente, au rang %(rank)s.") % {
                "rank": decision.rank
            }
        return _("Votre projet est sur la liste d’attente.")
    return _("Votre projet n’est pas retenu.")
