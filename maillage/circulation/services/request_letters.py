"""Mails about requests: what was asked or answered, what to do now, and where."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _, ngettext

from maillage.accounts.choices import Role
from maillage.accounts.models import User
from maillage.circulation.models import LoanRequest
from maillage.circulation.services.letters import (
    each_once,
    people_of_host,
    people_of_owner,
    period,
)
from maillage.core import vocab
from maillage.core.mail import write_mail


def askers(request: LoanRequest) -> list[str]:
    """The addresses of those who asked: the person first, then the host's."""
    own = [request.asked_by.email] if request.asked_by else []
    return each_once([*own, *people_of_host(request.host)])


def answerers(request: LoanRequest) -> list[str]:
    """The addresses of those who answer: the owner's, or the agency's for a theme."""
    if request.resource is not None:
        found = people_of_owner(request.resource.owner)
        if found:
            return found
    agency = User.objects.filter(role=Role.AGENCY, is_active=True)
    return each_once(agency.values_list("email", flat=True))


def what(request: LoanRequest) -> str:
    """« Pop’Up », or « une ressource sur le thème Physique »."""
    if request.resource is not None:
        return _("« %(name)s »") % {"name": request.resource.name}
    theme = vocab.label("themes", request.theme)
    return _("une ressource sur le thème « %(theme)s »") % {"theme": theme}


def wishes(request: LoanRequest) -> str:
    """The host, the windows and the duration, a line each."""
    days = ngettext("%(n)s jour", "%(n)s jours", request.duration_days)
    windows = [period(row.starts_on, row.ends_on) for row in request.windows.all()]
    return _("%(what)s pour %(host)s (%(commune)s)\n%(days)s, à placer %(windows)s") % {
        "what": what(request),
        "host": request.host.name,
        "commune": request.host.commune.name,
        "days": days % {"n": request.duration_days},
        "windows": _(" ou ").join(windows),
    }


def tell(
    request: LoanRequest,
    addresses: Iterable[str],
    *,
    subject: Any,
    text: Any,
    about: dict[str, Any] | None = None,
    now: dt.datetime,
    by: Any = None,
) -> None:
    """Write to one side, in the language of the site, but not to who has just acted.

    ``subject`` and ``text`` are lazy: they are read in that language.
    """
    own = by.email.lower() if by is not None else ""
    with translation.override(settings.LANGUAGE_CODE):
        words = {
            "what": what(request),
            "host": request.host.name,
            "reference": request.reference,
            **(about or {}),
        }
        title = str(subject) % words
        body = _("Bonjour,\n\n%(text)s\n\n%(wishes)s\nSuivre la demande : %(url)s") % {
            "text": str(text) % words,
            "wishes": wishes(request),
            "url": settings.SITE_URL + request.get_absolute_url(),
        }
    for address in each_once(addresses):
        if address != own:
            write_mail(address, subject=title, body=body, now=now)
