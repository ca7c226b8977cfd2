"""Mails of a published season: one to each address, with all that concerns it."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from maillage.circulation.models import Loan, LoanRequest, Scenario
from maillage.circulation.services.letters import (
    Teams,
    people_of_host,
    people_of_owner,
    period,
    teams_of,
)
from maillage.core.mail import write_mails

#: Lines of one mail; the page has them all.
MOST_LINES = 30


def tell_season(
    scenario: Scenario, outcome: Any, *, is_first: bool, now: dt.datetime
) -> int:
    """Write to hosts and owners; returns how many mails were written.

    The first publication tells those who get nothing, too; later ones only what changes.
    """
    lines: dict[str, list[str]] = defaultdict(list)
    groups = (
        (_("à confirmer"), outcome.added),
        (_("dates ou exemplaire changés, à confirmer de nouveau"), outcome.moved),
        (_("annulé"), outcome.dropped),
    )
    told = [*outcome.added, *outcome.moved, *outcome.dropped]
    missed_out = outcome.waiting if is_first else []
    teams = teams_of(
        {loan.copy.resource.owner_id for loan in told}
        | {
            one.host.structure_id
            for one in [*told, *missed_out]
            if one.host.structure_id
        }
    )
    for label, loans in groups:
        for loan in loans:
            for address in addresses(loan, teams=teams):
                lines[address].append(f"– {line_of(loan)} : {label}")
    for request in missed_out:
        for address in askers(request, teams=teams):
            lines[address].append(f"– {missed(request)}")
    subject = _("%(season)s : le plan des prêts est publié") % {
        "season": scenario.season.name
    }
    mails = [(to, subject, body(scenario, rows)) for to, rows in sorted(lines.items())]
    write_mails(mails, now=now)
    return len(lines)


def addresses(loan: Loan, *, teams: Teams) -> list[str]:
    owner = loan.copy.resource.owner
    found = people_of_host(loan.host, teams=teams)
    found += people_of_owner(owner, teams=teams)
    if loan.request and loan.request.asked_by:
        found.append(loan.request.asked_by.email.lower())
    return list(dict.fromkeys(found))


def askers(request: LoanRequest, *, teams: Teams) -> list[str]:
    found = people_of_host(request.host, teams=teams)
    if request.asked_by:
        found.append(request.asked_by.email.lower())
    return list(dict.fromkeys(found))


def line_of(loan: Loan) -> str:
    return _("%(resource)s chez %(host)s (%(commune)s) %(period)s\n  %(url)s") % {
        "resource": loan.copy.resource.name,
        "host": loan.host.name,
        "commune": loan.host.commune.name,
        "period": period(loan.starts_on, loan.ends_on),
        "url": settings.SITE_URL + loan.get_absolute_url(),
    }


def missed(request: LoanRequest) -> str:
    what = (
        request.resource.name if request.resource else _("votre demande sur un thème")
    )
    return _(
        "%(ref)s, %(what)s : pas de place cette fois, la demande reste en attente"
    ) % {
        "ref": request.reference,
        "what": what,
    }


def body(scenario: Scenario, told: Iterable[str]) -> str:
    rows = list(told)
    more = len(rows) - MOST_LINES
    shown = "\n".join(rows[:MOST_LINES])
    if more > 0:
        shown += "\n" + _("… et %(more)d autres lignes sur le site.") % {"more": more}
    url = settings.SITE_URL + reverse(
        "circulation:result_list", args=[scenario.season.slug]
    )
    return _(
        "Bonjour,\n\nLe plan de la saison vient d’être publié. Voici ce qui vous "
        "concerne :\n\n%(lines)s\n\nOuvrez chaque prêt à confirmer et répondez. Pourquoi "
        "cette réponse, et comment la vérifier :\n%(url)s"
    ) % {"lines": shown, "url": url}
