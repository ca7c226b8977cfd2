"""Readers: invited by the agency, each says what they know and whom they work with."""

import datetime as dt
import secrets
from collections.abc import Iterable

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from maillage.accounts.models import User
from maillage.calls.models import Reviewer
from maillage.core.errors import Refused
from maillage.core.mail import write_mail
from maillage.directory.models import Structure


@transaction.atomic
def invite_reviewer(
    email: str,
    *,
    by: User,
    now: dt.datetime,
    about: str = "",
    themes: Iterable[str] = (),
) -> Reviewer:
    """Send a link that makes the person a reader. Refuses with ``email`` or ``again``."""
    email = email.strip().lower()
    try:
        validate_email(email)
    except ValidationError as error:
        raise Refused("email", _("Cette adresse e-mail n’est pas lisible.")) from error
    if Reviewer.objects.filter(email=email).exists():
        raise Refused("again", _("Cette personne est déjà invitée."))
    row = Reviewer.objects.create(
        email=email,
        token=secrets.token_urlsafe(32),
        about=about,
        themes=list(themes),
        invited_by=by,
        invited_at=now,
    )
    link = settings.SITE_URL + reverse("calls:reviewer_join", args=[row.token])
    write_mail(
        email,
        subject=_("Vous êtes invité à lire des candidatures"),
        body=_(
            "%(name)s vous propose de lire et de noter des candidatures aux appels à "
            "projets de culture scientifique.\n\nPour accepter, connectez-vous ou créez "
            "un compte :\n%(link)s\n\nDites alors ce que vous connaissez et avec quelles "
            "structures vous avez un lien : vous n’en recevrez aucune candidature."
        )
        % {"name": by.get_full_name(), "link": link},
        now=now,
    )
    return row


@transaction.atomic
def join_reviewers(token: str, *, by: User) -> Reviewer:
    """Accept an invitation, once. Refuses with ``gone``."""
    rows = Reviewer.objects.select_for_update(of=("self",))
    row = rows.filter(token=token, user=None).exclude(token="").first()
    if row is None:
        raise Refused("gone", _("Cette invitation n’est plus valable."))
    if Reviewer.objects.filter(user=by).exists():
        raise Refused("gone", _("Vous êtes déjà lecteur sous une autre adresse."))
    row.user, row.token = by, ""
    row.save(update_fields=["user", "token"])
    return row


@transaction.atomic
def describe_reviewer(
    reviewer: Reviewer,
    *,
    themes: Iterable[str],
    departments: Iterable[str],
    about: str,
    structures: Iterable[Structure],
    most: int,
) -> Reviewer:
    """What a reader knows, whom they work with, how many dossiers they take."""
    row = Reviewer.objects.select_for_update(of=("self",)).get(pk=reviewer.pk)
    row.themes, row.departments = list(themes), list(departments)
    row.about, row.most = about, most
    row.save(update_fields=["themes", "departments", "about", "most"])
    row.structures.set(structures)
    return row


def stop_reviewer(reviewer: Reviewer, *, is_active: bool) -> None:
    """Take the right to read away, or give it back."""
    Reviewer.objects.filter(pk=reviewer.pk).update(is_active=is_active)
