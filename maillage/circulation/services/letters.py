"""Mails about loans, to the people of either side: one for each subject and person."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from maillage.accounts.models import User
from maillage.circulation.choices import Party
from maillage.circulation.models import Host, Loan
from maillage.core.dates import day_words
from maillage.core.mail import write_mail
from maillage.directory.models import Structure


def people_of(loan: Loan, party: Party) -> list[str]:
    """The addresses to write to for one side of a loan, each once."""
    if party == Party.LENDER:
        return people_of_owner(loan.copy.resource.owner)
    return people_of_host(loan.host)


#: Addresses of the people of structures.
Teams = Mapping[int, Sequence[str]]


def teams_of(structures: Iterable[int]) -> Teams:
    """The teams of many structures, read at once."""
    found: dict[int, list[str]] = {pk: [] for pk in structures}
    rows = User.objects.filter(memberships__structure__in=found, is_active=True)
    pairs = rows.values_list("memberships__structure", "email")
    for structure, email in pairs:
        found[structure].append(email)
    return found


def people_of_owner(owner: Structure, *, teams: Teams | None = None) -> list[str]:
    """The team of an owner; without a team, the address that it has published."""
    teams = teams_of([owner.pk]) if teams is None else teams
    return each_once(teams[owner.pk]) or each_once([owner.email])


def people_of_host(host: Host, *, teams: Teams | None = None) -> list[str]:
    """The person to reach there, and those who speak for the host."""
    found = [host.contact_email]
    if host.created_by and host.created_by.is_active:
        found.append(host.created_by.email)
    if host.structure_id:
        teams = teams_of([host.structure_id]) if teams is None else teams
        found.extend(teams[host.structure_id])
    return each_once(found)


def each_once(addresses: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(one.strip().lower() for one in addresses if one.strip()))


def tell(
    loan: Loan,
    *,
    parties: Iterable[Party],
    subject: str,
    text: str,
    now: dt.datetime,
    by: Any = None,
) -> int:
    """Write to the sides of a loan, but not to who has just acted; returns how many.

    The mail ends with the facts of the loan and where to see it.
    """
    own = by.email.lower() if by is not None and by.is_authenticated else ""
    found = each_once(mail for party in parties for mail in people_of(loan, party))
    body = f"{_('Bonjour,')}\n\n{text.strip()}\n\n{facts(loan)}"
    for address in found:
        if address != own:
            write_mail(address, subject=subject, body=body, now=now)
    return len(found)


def facts(loan: Loan) -> str:
    """What a mail says of a loan, and the address of its page."""
    return _(
        "%(resource)s (exemplaire %(label)s)\n"
        "Lieu d’accueil : %(host)s, %(commune)s\n"
        "Ouvert au public %(period)s\n"
        "Suivre ce prêt : %(url)s"
    ) % {
        "resource": loan.copy.resource.name,
        "label": loan.copy.label,
        "host": loan.host.name,
        "commune": loan.host.commune.name,
        "period": period(loan.starts_on, loan.ends_on),
        "url": settings.SITE_URL + loan.get_absolute_url(),
    }


def day(date: dt.date) -> str:
    """« samedi 14 mars 2026 »."""
    return day_words(date, "l j F Y")


def period(start: dt.date, end: dt.date) -> str:
    """« du 2 au 25 septembre 2026 », the last day included."""
    last = end - dt.timedelta(1)
    if last <= start:
        return _("le %(day)s") % {"day": numbered(start, "F Y")}
    if (start.year, start.month) == (last.year, last.month):
        first = numbered(start, "")
    elif start.year == last.year:
        first = numbered(start, "F")
    else:
        first = numbered(start, "F Y")
    return _("du %(first)s au %(last)s") % {
        "first": first,
        "last": numbered(last, "F Y"),
    }


def numbered(date: dt.date, rest: str) -> str:
    """A day of the month, « 1er » for the first, and what follows."""
    number = _("1er") if date.day == 1 else str(date.day)
    return f"{number} {date_format(date, rest)}" if rest else number
