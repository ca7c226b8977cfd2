"""iCalendar feeds: the days of copies, for the calendar of whoever follows them.

An entry keeps its UID whatever changes; SEQUENCE rises with its dates; what was
cancelled stays, and says so, long enough for every calendar to have read it.
"""

import datetime as dt
from collections.abc import Sequence
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from maillage.circulation.calendars import DAY
from maillage.circulation.choices import HoldKind, LoanState
from maillage.circulation.models import Copy, Hold, Loan
from maillage.core.dates import day_words

#: Cancelled loans stay in the feed, and past ones too, so many days.
CANCELLED_DAYS = 90
PAST_DAYS = 365
#: When a hold that has no instant of its own is said to have been written.
LONG_AGO = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)


def host_name() -> str:
    return urlsplit(settings.SITE_URL).hostname or "localhost"


def feed(name: str, copies: Sequence[Copy], *, today: dt.date, in_full: bool) -> bytes:
    """All that takes the copies; who and why only ``in_full``. Three queries."""
    calendar = Calendar()
    calendar.add("prodid", "-//Maillage//Circulation//FR")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", dt.timedelta(hours=6), {"value": "DURATION"})
    labels = {copy.pk: copy.label for copy in copies}
    since = today - dt.timedelta(PAST_DAYS)
    loans = Loan.objects.filter(copy__in=labels, free_on__gt=since)
    for loan in loans.select_related("host__commune").order_by("pk"):
        if loan.state == LoanState.CANCELLED and not is_fresh(loan, today):
            continue
        calendar.add_component(loan_event(loan, label=labels[loan.copy_id],
                                          in_full=in_full))  # fmt: skip
    holds = Hold.objects.filter(copy__in=labels, loan=None, ends_on__gt=since)
    for hold in holds.select_related("maintenance").order_by("pk"):
        calendar.add_component(
            hold_event(hold, label=labels[hold.copy_id], in_full=in_full)
        )
    return bytes(calendar.to_ical())


def is_fresh(loan: Loan, today: dt.date) -> bool:
    """Whether a cancellation is recent enough to be still told."""
    at = loan.cancelled_at
    return at is not None and at.date() > today - dt.timedelta(CANCELLED_DAYS)


def entry(uid: str, *, start: dt.date, end: dt.date, stamp: dt.datetime) -> Event:
    """An entry of whole days; the same rows always give the same bytes."""
    event = Event()
    event.add("uid", f"{uid}@{host_name()}")
    event.add("dtstamp", stamp)
    event.add("dtstart", start)
    event.add("dtend", max(end, start + DAY))
    event.add("transp", "OPAQUE")
    return event


def loan_event(loan: Loan, *, label: str, in_full: bool) -> Event:
    moments = (loan.created_at, loan.owner_confirmed_at, loan.host_confirmed_at,
               loan.departed_at, loan.returned_at, loan.cancelled_at)  # fmt: skip
    stamp = max(moment for moment in moments if moment)
    event = entry(
        f"loan-{loan.pk}", start=loan.departs_on, end=loan.free_on, stamp=stamp
    )
    gone = loan.state == LoanState.CANCELLED
    event.add("sequence", loan.sequence + gone)
    waits = loan.state == LoanState.PROPOSED
    event.add("status", "CANCELLED" if gone else "TENTATIVE" if waits else "CONFIRMED")
    if not in_full:
        event.add("summary", _("%(label)s : pris") % {"label": label})
        return event
    facts = {"label": label, "host": loan.host.name}
    event.add("summary", _("%(label)s : prêt à %(host)s") % facts)
    event.add("location", f"{loan.host.name}, {loan.host.commune.name}")
    event.add(
        "description",
        _(
            "%(reference)s. Départ le %(departs)s, ouvert au public du %(starts)s au "
            "%(last)s, de nouveau libre le %(free)s."
        )
        % {
            "reference": loan.reference,
            "departs": day_words(loan.departs_on),
            "starts": day_words(loan.starts_on),
            "last": day_words(loan.ends_on - DAY),
            "free": day_words(loan.free_on),
        },
    )
    event.add("url", settings.SITE_URL + f"/prets/{loan.pk}/")
    return event


def hold_event(hold: Hold, *, label: str, in_full: bool) -> Event:
    work = hold.maintenance
    uid = f"maintenance-{work.pk}" if work else f"hold-{hold.pk}"
    event = entry(uid, start=hold.starts_on, end=hold.ends_on, stamp=LONG_AGO)
    event.add("status", "CONFIRMED")
    if not in_full:
        event.add("summary", _("%(label)s : pris") % {"label": label})
        return event
    facts = {"label": label, "what": HoldKind(hold.kind).label}
    event.add("summary", _("%(label)s : %(what)s") % facts)
    if text := work.text if work else hold.note:
        event.add("description", text)
    return event
