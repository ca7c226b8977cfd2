"""Who came to see: hosts declare it after each loan, the observatory reads it."""

import datetime as dt
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Count, F, Q, Sum
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _

from maillage.circulation.choices import LoanState
from maillage.circulation.models import Attendance, Loan
from maillage.core.dates import day_words
from maillage.core.errors import Refused
from maillage.core.mail import write_mail

#: Hosts are asked a week after the end, once more three weeks later, then left alone.
FIRST = dt.timedelta(7)
AGAIN = dt.timedelta(21)
LAST = dt.timedelta(60)
MOST = 1_000_000


@transaction.atomic
def declare(
    loan: Loan, *, by: Any, now: dt.datetime, today: dt.date, **figures: Any
) -> Attendance:
    """Write, or correct, who came.

    Refuses with ``forbidden``, ``early``, ``cancelled`` or ``too_many``.
    """
    row = Loan.objects.select_for_update(of=("self",)).get(pk=loan.pk)
    if not may_declare(row, by=by):
        raise Refused("forbidden", _("Ce prêt n’est pas le vôtre."))
    if row.state == LoanState.CANCELLED:
        raise Refused("cancelled", _("Ce prêt a été annulé : personne n’est venu."))
    if today < row.starts_on:
        raise Refused(
            "early", _("Le prêt n’a pas commencé : revenez quand il sera fini.")
        )
    if any(isinstance(n, int) and n > MOST for n in figures.values()):
        raise Refused("too_many", _("Ce nombre est trop grand : vérifiez-le."))
    found, _made = Attendance.objects.update_or_create(
        loan=row, defaults={**figures, "declared_by": by, "declared_at": now}
    )
    return found


def may_declare(loan: Loan, *, by: Any) -> bool:
    mine = Loan.objects.filter(pk=loan.pk)
    return mine.all().borrowed_by(by).exists() or mine.all().lent_by(by).exists()


def missing(*, today: dt.date) -> Any:
    """Loans that are over and whose figures are not there."""
    return Loan.objects.filter(
        attendance=None, ends_on__lte=today - FIRST, ends_on__gt=today - LAST
    ).exclude(state__in=[LoanState.CANCELLED, LoanState.PROPOSED])


@transaction.atomic
def remind(*, today: dt.date, now: dt.datetime) -> int:
    """Ask hosts for the figures that are missing; returns how many mails.

    Each loan is asked for once, and once more three weeks later; run twice on one day,
    it asks nobody twice.
    """
    due = missing(today=today).filter(
        Q(attendance_asked_on=None) | Q(attendance_asked_on__lte=today - AGAIN)
    )
    sent = 0
    rows = due.select_for_update(of=("self",)).select_related(
        "host__created_by", "copy__resource"
    )
    for loan in rows:
        to = loan.host.contact_email or getattr(loan.host.created_by, "email", "")
        loan.attendance_asked_on = today
        loan.save(update_fields=["attendance_asked_on"])
        if not to:
            continue
        address = reverse("circulation:attendance_edit", args=[loan.pk])
        words = {
            "name": loan.copy.resource.name,
            "end": day_words(loan.ends_on - dt.timedelta(1)),
            "url": settings.SITE_URL + address,
        }
        write_mail(
            to,
            subject=_("Combien de visiteurs pour « %(name)s » ?") % words,
            body=_(
                "Bonjour,\n\n« %(name)s » était chez vous jusqu’au %(end)s. Merci de "
                "nous dire combien de personnes sont venues : deux nombres suffisent.\n\n"
                "%(url)s"
            )
            % words,
            now=now,
        )
        sent += 1
    return sent


def figures(*, start: dt.date, end: dt.date) -> list[dict[str, Any]]:
    """Loans and people by commune, for loans that begin in [start, end).

    Keys: ``commune`` (INSEE), ``loans``, ``declared`` (loans with figures), ``pupils``,
    ``public``. What the observatory reads; it protects small numbers, this does not.
    """
    rows = Loan.objects.filter(starts_on__gte=start, starts_on__lt=end)
    rows = rows.exclude(state__in=[LoanState.CANCELLED, LoanState.PROPOSED])
    by_commune: Any = (
        rows.order_by()
        .values(commune=F("host__commune"))
        .annotate(
            loans=Count("pk"),
            declared=Count("attendance"),
            pupils=Coalesce(Sum("attendance__pupils"), 0),
            public=Coalesce(Sum("attendance__public"), 0),
        )
        .order_by("commune")
    )
    return list(by_commune)
