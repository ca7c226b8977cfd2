"""Mails about works made together, to the teams of structures."""

import datetime as dt
from typing import Any

from django.utils.translation import gettext as _

from maillage.accounts.models import User
from maillage.core.mail import write_mails
from maillage.directory.models import Structure


def team_of(structure: Structure) -> list[str]:
    """The team of a structure; without a team, the address that it has published."""
    rows = User.objects.filter(memberships__structure=structure, is_active=True)
    found = [address.lower() for address in rows.values_list("email", flat=True)]
    return sorted({*found} or {structure.email.lower()} - {""})


def tell(
    structure: Structure, *, subject: str, text: str, by: Any, now: dt.datetime
) -> int:
    """Write to a team, but not to who has just acted; returns how many."""
    own = by.email.lower() if by else ""
    body = f"{_('Bonjour,')}\n\n{text.strip()}"
    mails = [(to, subject, body) for to in team_of(structure) if to != own]
    return len(write_mails(mails, now=now))
