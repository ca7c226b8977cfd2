"""Other dates: the owner offers up to three, the host takes one or declines."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _, gettext_lazy

from maillage.circulation.choices import OfferState, RequestState
from maillage.circulation.models import Copy, Loan, LoanRequest, Offer
from maillage.circulation.services import request_letters as letters
from maillage.circulation.services.answers import (
    MOST_OFFERS,
    Choice,
    check_choice,
    lend,
    lendable_for,
    modules_of,
    need_answerer,
    settle,
    tell_lent,
)
from maillage.circulation.services.holding import taken
from maillage.circulation.services.letters import period
from maillage.circulation.services.quotas import check_quota
from maillage.circulation.services.requests import lock_open, need_asker
from maillage.circulation.services.slots import pick, stock_up
from maillage.core.errors import Refused


@transaction.atomic
def offer_dates(
    request: LoanRequest,
    *,
    choices: Sequence[Choice],
    by: Any,
    now: dt.datetime,
    today: dt.date,
    message: str = "",
) -> list[Offer]:
    """Offer days of a copy that the host did not name; nothing is held yet.

    Refuses with ``gone``, ``decided``, ``forbidden``, ``offer``, ``many_offers``,
    ``copy``, ``past``, ``closed``, ``quota`` or ``taken``.
    """
    row = lock_open(request)
    need_answerer(row, by)
    if not choices:
        raise Refused("offer", _("Choisissez au moins une date à proposer."))
    waiting = row.offers.filter(state=OfferState.WAITING)
    known = set(waiting.values_list("copy", "starts_on"))
    fresh = [c for c in choices if (c.copies[0].pk, c.starts_on) not in known]
    if waiting.count() + len(fresh) > MOST_OFFERS:
        raise Refused("many_offers", _("Proposez trois dates au plus."))
    offers = []
    for choice in fresh:
        parts = check_choice(row, choice, by=by, today=today)
        for copy, span in parts:
            if copy.holds.all().overlapping(span.departs_on, span.free_on).exists():
                raise taken(copy, start=span.departs_on, end=span.free_on)
        copy, span = parts[0]
        check_quota(copy.resource.owner, host=row.host, day=span.starts_on)
        offers.append(
            Offer.objects.create(
                request=row, copy=copy, starts_on=span.starts_on, ends_on=span.ends_on,
                message=message.strip()[:400], made_by=by, made_at=now,
            )
        )  # fmt: skip
    settle(row, RequestState.OFFERED, answer=message, by=by, now=now)
    letters.tell(
        row,
        letters.askers(row),
        subject=gettext_lazy("D’autres dates pour %(what)s"),
        text=gettext_lazy(
            "Le propriétaire vous propose :\n%(dates)s\n%(words)s\n"
            "Acceptez une de ces dates, ou déclinez : le premier qui accepte l’obtient."
        ),
        about={
            "dates": "\n".join(
                f"– {period(one.starts_on, one.ends_on)}" for one in offers
            ),
            "words": message.strip(),
        },
        now=now,
        by=by,
    )
    return offers


def accept_offer(
    offer: Offer, *, by: Any, now: dt.datetime, today: dt.date
) -> list[Loan]:
    """Take the days that the owner offered.

    Refuses with ``gone``, ``decided``, ``forbidden``, ``copy``, ``past``, ``closed``,
    ``quota``, ``taken`` or ``broken``. Days that are gone meanwhile are no longer
    offered, and the owner is told.
    """
    try:
        return take_offer(offer, by=by, now=now, today=today)
    except Refused as no:
        if no.code in {"taken", "past", "copy", "broken"}:
            lose_offer(offer, now=now)
        raise


@transaction.atomic
def take_offer(
    offer: Offer, *, by: Any, now: dt.datetime, today: dt.date
) -> list[Loan]:
    row = lock_open(offer.request)
    need_asker(row, by)
    held = waiting_offer(offer, row)
    answerer = held.made_by or by
    copies = completed(row, held, by=answerer, today=today)
    loans = lend(
        row, choice=Choice(copies, held.starts_on), by=by, answerer=answerer,
        now=now, today=today,
    )  # fmt: skip
    held.state = OfferState.ACCEPTED
    held.save(update_fields=["state"])
    settle(row, RequestState.ACCEPTED, by=by, now=now, answer=row.answer)
    tell_lent(row, loans, now=now)
    return loans


def completed(
    request: LoanRequest, offer: Offer, *, by: Any, today: dt.date
) -> list[Copy]:
    """The copy that was offered, with one of each other module if it is one of many."""
    modules = modules_of(request)
    if len(modules) < 2 or offer.copy.resource_id not in modules:
        return [offer.copy]
    others = [
        copy
        for copy in lendable_for(request, by=by)
        if copy.resource_id in modules and copy.resource_id != offer.copy.resource_id
    ]
    shelf = stock_up(others, start=offer.starts_on, end=offer.ends_on)
    groups = [[c for c in others if c.resource_id == pk] for pk in modules]
    found = pick(
        shelf, [group for group in groups if group], host=request.host,
        start=offer.starts_on, days=request.duration_days, today=today,
        with_notice=False,
    )  # fmt: skip
    if isinstance(found, dt.date):
        raise Refused("taken", _("Un des modules n’est plus libre à ces dates."))
    return [offer.copy, *(part[0] for part in found)]


def waiting_offer(offer: Offer, request: LoanRequest) -> Offer:
    held = Offer.objects.select_related("copy", "made_by").get(pk=offer.pk)
    held.request = request
    if held.state != OfferState.WAITING:
        raise Refused("decided", _("Cette proposition n’attend plus de réponse."))
    return held


@transaction.atomic
def lose_offer(offer: Offer, *, now: dt.datetime) -> None:
    """Note that the days of an offer are gone, and tell the owner."""
    row = lock_open(offer.request)
    if not Offer.objects.filter(pk=offer.pk, state=OfferState.WAITING).update(
        state=OfferState.DECLINED
    ):
        return
    back_to_waiting(row)
    letters.tell(
        row,
        letters.answerers(row),
        subject=gettext_lazy("%(host)s n’a pas pu prendre vos dates"),
        text=gettext_lazy(
            "L’exemplaire n’était plus libre %(period)s quand le lieu d’accueil a voulu "
            "accepter. Proposez d’autres dates."
        ),
        about={"period": period(offer.starts_on, offer.ends_on)},
        now=now,
    )


def back_to_waiting(request: LoanRequest) -> None:
    """Without an offer left, the owner has to answer again."""
    if request.offers.filter(state=OfferState.WAITING).exists():
        return
    request.state = RequestState.WAITING
    request.save(update_fields=["state"])


@transaction.atomic
def decline_offer(offer: Offer, *, by: Any, now: dt.datetime) -> LoanRequest:
    """Do without the days that the owner offered; the request goes on waiting.

    Refuses with ``gone``, ``decided`` or ``forbidden``.
    """
    row = lock_open(offer.request)
    need_asker(row, by)
    held = waiting_offer(offer, row)
    held.state = OfferState.DECLINED
    held.save(update_fields=["state"])
    back_to_waiting(row)
    letters.tell(
        row,
        letters.answerers(row),
        subject=gettext_lazy("%(host)s décline une date"),
        text=gettext_lazy(
            "Les dates proposées %(period)s ne conviennent pas au lieu d’accueil."
        ),
        about={"period": period(held.starts_on, held.ends_on)},
        now=now,
        by=by,
    )
    return row
