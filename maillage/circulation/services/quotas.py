"""How many loans of one owner a host may have in a season."""

import datetime as dt

from django.db.models import F
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _, ngettext

from maillage.circulation.calendars import rules_of
from maillage.circulation.choices import HOLDING, LoanState
from maillage.circulation.models import Host, Loan, Season
from maillage.core.errors import Refused
from maillage.directory.models import Structure

SEPTEMBER = 9


def season_around(day: dt.date) -> tuple[dt.date, dt.date]:
    """The season of a day: one that was opened, else the school year."""
    known = Season.objects.filter(starts_on__lte=day, ends_on__gt=day).first()
    if known:
        return known.starts_on, known.ends_on
    year = day.year if day.month >= SEPTEMBER else day.year - 1
    return dt.date(year, SEPTEMBER, 1), dt.date(year + 1, SEPTEMBER, 1)


def loans_in(owner: Structure, *, host: Host, season: tuple[dt.date, dt.date]) -> int:
    """Loans of an owner that a host has, or has had, in a season.

    The modules of one request count once.
    """
    rows = Loan.objects.filter(
        copy__resource__owner=owner, host=host,
        state__in=(*HOLDING, LoanState.RETURNED),
        starts_on__gte=season[0], starts_on__lt=season[1],
    )  # fmt: skip
    one = Coalesce(F("request_id"), -F("pk"))
    return rows.annotate(one=one).values("one").distinct().count()


def check_quota(owner: Structure, *, host: Host, day: dt.date) -> None:
    """Refuse with ``quota`` when the host has all its loans of the season of a day."""
    most = rules_of(owner).loans_per_host
    if most is None or loans_in(owner, host=host, season=season_around(day)) < most:
        return
    text = ngettext(
        "%(owner)s prête %(n)s fois par saison à un même lieu : %(host)s a déjà son "
        "prêt. Choisissez une autre saison.",
        "%(owner)s prête %(n)s fois par saison à un même lieu : %(host)s a déjà ses "
        "prêts. Choisissez une autre saison.",
        most,
    )
    raise Refused("quota", text % {"owner": owner.name, "host": host.name, "n": most})


def quota_words(owner: Structure) -> str:
    """« 2 prêts par saison et par lieu d’accueil », if the owner counts them."""
    most = rules_of(owner).loans_per_host
    if most is None:
        return ""
    return _("%(n)s prêts par saison et par lieu d’accueil") % {"n": most}
