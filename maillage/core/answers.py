"""The words in which an author learns what became of a proposal."""

import datetime as dt
from typing import Any

from django.conf import settings
from django.shortcuts import resolve_url
from django.utils import translation
from django.utils.translation import gettext as _

from maillage.core.choices import ProposalState
from maillage.core.mail import write_mail
from maillage.core.models import Proposal


def tell_author(proposal: Proposal, *, thing: Any, now: dt.datetime) -> None:
    """Write to the author, in the language of the site; nobody if they have left."""
    if proposal.author is None:
        return
    with translation.override(settings.LANGUAGE_CODE):
        subject, text = words(proposal, thing)
    write_mail(proposal.author.email, subject=subject, body=text, now=now)


def words(proposal: Proposal, thing: Any) -> tuple[str, str]:
    """Subject and text of the mail."""
    space = settings.SITE_URL + resolve_url(settings.LOGIN_REDIRECT_URL)
    about = {
        "name": proposal.name,
        "answer": proposal.answer,
        "space": space,
        "page": settings.SITE_URL + thing.get_absolute_url() if thing else space,
    }
    if proposal.state == ProposalState.ACCEPTED:
        subject = _("« %(name)s » est en ligne")
        text = _("Merci ! Votre proposition pour « %(name)s » est publiée.\n%(page)s")
        text += "\n\n%(answer)s" if proposal.answer else ""
    elif proposal.state == ProposalState.CHANGES_ASKED:
        subject = _("« %(name)s » : un complément est demandé")
        text = _(
            "L’agence vous demande de compléter votre proposition pour « %(name)s » :"
            "\n\n%(answer)s\n\nVous la retrouvez dans Mon espace : %(space)s"
        )
    else:
        subject = _("« %(name)s » n’est pas retenue")
        text = _(
            "Votre proposition pour « %(name)s » n’est pas publiée :\n\n%(answer)s"
        )
    return subject % about, text % about
