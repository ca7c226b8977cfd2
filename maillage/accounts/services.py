"""The verbs on accounts: give a role, hand out one's data, erase it."""

from typing import Any

from django.db import models, transaction
from django.utils.translation import gettext as _

from maillage.accounts.choices import Role
from maillage.accounts.models import User
from maillage.core.errors import Refused
from maillage.core.models import Mail

#: What signs a person in is not handed out, even to them: a file gets lost.
SECRET = {"password", "token", "data", "secret", "key", "session_key"}


def need_another_administrator(user: User) -> None:
    others = User.objects.filter(role=Role.ADMINISTRATOR, is_active=True)
    if user.is_administrator and not others.exclude(pk=user.pk).exists():
        raise Refused(
            "last_administrator",
            _("Il faut toujours un administrateur : nommez-en d’abord un autre."),
        )


@transaction.atomic
def set_role(user: User, *, role: str, by: User) -> User:
    """Give a person a role for the whole site.

    Refuses with ``forbidden`` or ``last_administrator``.
    """
    # All administrators are held: two may not resign at the same moment.
    list(User.objects.select_for_update(of=("self",)).filter(role=Role.ADMINISTRATOR))
    row = User.objects.select_for_update(of=("self",)).get(pk=user.pk)
    if not by.is_administrator:
        raise Refused("forbidden", _("Seul un administrateur peut faire cela."))
    if role != Role.ADMINISTRATOR:
        need_another_administrator(row)
    row.role = role
    row.save(update_fields=["role"])
    return row


@transaction.atomic
def erase_account(user: User) -> None:
    """Delete a person and what only speaks of them; what they published stays.

    Things and history keep no trace of who they were. Refuses with
    ``last_administrator``.
    """
    row = User.objects.select_for_update(of=("self",)).get(pk=user.pk)
    need_another_administrator(row)
    Mail.objects.filter(to__iexact=row.email).delete()
    row.delete()


def own_data(user: User) -> dict[str, Any]:
    """All that the site knows of a person, by kind of row, ready for JSON."""
    found: dict[str, Any] = {"account": plain_row(user)}
    links: Any = user._meta.get_fields(include_hidden=True)
    for link in links:
        if not link.auto_created or link.concrete or not link.one_to_many:
            continue
        model, name = link.related_model, link.field.name
        rows = model._base_manager.filter(**{name: user}).order_by("pk")
        if lines := [plain_row(row) for row in rows]:
            found[f"{model._meta.label_lower}.{name}"] = lines
    mails = Mail.objects.filter(to__iexact=user.email).order_by("pk")
    found["mails"] = [plain_row(row) for row in mails]
    return found


def plain_row(row: models.Model) -> dict[str, Any]:
    line: dict[str, Any] = {}
    for field in row._meta.concrete_fields:
        if field.name in SECRET:
            continue
        value = getattr(row, field.attname)
        line[field.name] = value.name if isinstance(field, models.FileField) else value
    return line
