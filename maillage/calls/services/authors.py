"""Who writes an application besides the members of its structure."""

import datetime as dt
import secrets

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from maillage.accounts.models import User
from maillage.calls.models import Application, ApplicationAuthor
from maillage.calls.services.starting import note
from maillage.core.errors import Refused
from maillage.core.mail import write_mail

MOST_AUTHORS = 20


@transaction.atomic
def invite_author(
    application: Application, *, email: str, by: User, now: dt.datetime
) -> ApplicationAuthor:
    """Send a link to join; nothing tells whether the address has an account.

    Refuses with ``email``, ``again`` or ``enough``.
    """
    email = email.strip().lower()
    try:
        validate_email(email)
    except ValidationError as error:
        raise Refused("email", _("Cette adresse e-mail n’est pas lisible.")) from error
    row = Application.objects.select_for_update(of=("self",)).get(pk=application.pk)
    if row.authors.filter(email=email).exists():
        raise Refused("again", _("Cette personne est déjà invitée."))
    if row.authors.count() >= MOST_AUTHORS:
        raise Refused("enough", _("Vingt auteurs suffisent."))
    author = ApplicationAuthor.objects.create(
        application=row,
        email=email,
        token=secrets.token_urlsafe(32),
        invited_by=by,
        added_at=now,
    )
    link = reverse("calls:author_join", args=[author.token])
    write_mail(
        email,
        subject=_("%(name)s vous invite à écrire une candidature")
        % {"name": by.get_full_name()},
        body=_(
            "« %(title)s », pour l’appel « %(call)s ».\n\n"
            "Pour la lire et l’écrire, connectez-vous ou créez un compte :\n%(link)s"
        )
        % {
            "title": str(row),
            "call": row.call.title,
            "link": settings.SITE_URL + link,
        },
        now=now,
    )
    note(row, _("Invitation envoyée à %(email)s") % {"email": email}, by=by, now=now)
    return author


@transaction.atomic
def join_application(token: str, *, by: User, now: dt.datetime) -> Application:
    """Become an author by the link of an invitation, once. Refuses with ``gone``."""
    rows = ApplicationAuthor.objects.select_for_update(of=("self",))
    author = rows.filter(token=token, user=None).exclude(token="").first()
    if author is None:
        raise Refused("gone", _("Cette invitation n’est plus valable."))
    application = author.application
    if application.authors.filter(user=by).exists():
        author.delete()
        return application
    author.user, author.token, author.added_at = by, "", now
    author.save(update_fields=["user", "token", "added_at"])
    note(application, _("A rejoint la candidature"), by=by, now=now)
    return application


@transaction.atomic
def remove_author(author: ApplicationAuthor, *, by: User, now: dt.datetime) -> None:
    """Take an author off, or cancel an invitation. Refuses with ``last``."""
    row = Application.objects.select_for_update(of=("self",)).get(
        pk=author.application_id
    )
    others = row.authors.exclude(pk=author.pk).exclude(user=None)
    if author.user_id and not others.exists():
        raise Refused("last", _("Il reste au moins un auteur."))
    name = author.user.get_full_name() if author.user else author.email
    author.delete()
    note(row, _("Retrait de %(name)s des auteurs") % {"name": name}, by=by, now=now)
