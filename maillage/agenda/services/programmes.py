"""Programmes: open an edition, write its charter, name its coordinators."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from maillage.accounts.models import User
from maillage.agenda.models import Coordinator, Programme
from maillage.agenda.services.charter import RULES, charter_lines
from maillage.core.errors import Refused
from maillage.core.mail import write_mail
from maillage.core.records import need_agency
from maillage.core.values import remember
from maillage.territories.models import Department


@transaction.atomic
def open_edition(
    programme: Programme, *, after: Programme | None = None, by: Any
) -> Programme:
    """Save a new edition; the charter and the coordinators of another are taken over.

    Refuses with ``forbidden`` or ``twice``.
    """
    need_agency(by)
    programme.edition_of = slugify(programme.edition_of)[:80]
    programme.slug = f"{programme.edition_of}-{programme.year}"
    programme.charter = after.charter if after else charter_lines()
    remember(programme, by=by)
    try:
        with transaction.atomic():
            programme.save()
    except IntegrityError as error:
        raise Refused("twice", _("Cette édition existe déjà.")) from error
    for row in after.coordinators.all() if after else ():
        Coordinator.objects.create(
            programme=programme, user=row.user, department=row.department
        )
    return programme


@transaction.atomic
def write_charter(
    programme: Programme, *, lines: Sequence[Mapping[str, Any]], by: Any
) -> Programme:
    """Say which rules hold, which are required, and with which numbers.

    Labels that were granted stay. Refuses with ``forbidden``, ``closed``, ``unknown``.
    """
    need_agency(by)
    row = Programme.objects.select_for_update(of=("self",)).get(pk=programme.pk)
    if row.is_reported:
        raise Refused("closed", _("Le bilan est arrêté : la charte ne change plus."))
    kept = []
    for line in lines:
        rule = RULES.get(line["code"])
        if rule is None:
            raise Refused("unknown", _("Cette règle n’existe pas."))
        values = rule.values(line.get("parameters", {}))
        for one in rule.parameters:
            if not one.low <= values[one.code] <= one.high:
                raise Refused("unknown", _("Un nombre est hors de ses bornes."))
        kept.append(
            {
                "code": rule.code,
                "is_required": bool(line["is_required"]),
                "parameters": values,
            }
        )
    row.charter = kept
    remember(row, by=by, why=_("Charte"))
    row.save(update_fields=["charter"])
    return row


@transaction.atomic
def name_coordinator(
    programme: Programme,
    *,
    email: str,
    department: Department | None,
    by: Any,
    now: dt.datetime,
) -> Coordinator:
    """Let somebody who has an account answer for a department, or for all of them.

    Refuses with ``forbidden``, ``unknown`` or ``twice``.
    """
    need_agency(by)
    user = User.objects.filter(email=email.strip().lower(), is_active=True).first()
    if user is None:
        raise Refused(
            "unknown",
            _("Personne n’a de compte à cette adresse : demandez-lui d’en créer un."),
        )
    row, is_new = Coordinator.objects.get_or_create(
        programme=programme, user=user, department=department
    )
    if not is_new:
        raise Refused("twice", _("Cette personne coordonne déjà ce territoire."))
    area = department.name if department else _("toute la région")
    body = _(
        "Vous coordonnez %(programme)s pour : %(area)s.\n\n"
        "Les propositions à examiner : %(link)s"
    ) % {
        "programme": programme.name,
        "area": area,
        "link": f"{settings.SITE_URL}{programme.queue_url}",
    }
    subject = _("Vous coordonnez %(programme)s") % {"programme": programme.name}
    write_mail(user.email, subject=subject, body=body, now=now)
    return row


@transaction.atomic
def dismiss_coordinator(coordinator: Coordinator, *, by: Any) -> None:
    """Take somebody off. Refuses with ``forbidden``."""
    need_agency(by)
    coordinator.delete()
