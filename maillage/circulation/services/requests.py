"""Ask for a loan, write about it, take the request back."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _, gettext_lazy, ngettext

from maillage.catalogue.models import Resource
from maillage.circulation.choices import OPEN_REQUESTS, OfferState, RequestState
from maillage.circulation.models import (
    Copy,
    Host,
    LoanRequest,
    RequestMessage,
    RequestWindow,
)
from maillage.circulation.services import request_letters as letters
from maillage.circulation.services.estimates import (
    estimate,
    lendable_copies,
    wanted_modules,
)
from maillage.circulation.services.quotas import check_quota
from maillage.circulation.services.slots import Window, open_windows, stock_up
from maillage.core.dates import day_words
from maillage.core.errors import Refused

MOST_WINDOWS = 3
#: Nobody plans further ahead.
HORIZON = dt.timedelta(3 * 366)


@dataclass(frozen=True)
class Wish:
    """What a host asks for; without ``resource``, any one of the theme."""

    host: Host
    duration_days: int
    windows: Sequence[Window]
    resource: Resource | None = None
    theme: str = ""
    modules: Sequence[Resource] = ()
    accepts_similar: bool = False
    expected_pupils: int = 0
    expected_public: int = 0
    needs_transport: bool = True
    message: str = ""


def day(date: dt.date) -> str:
    return day_words(date)


@transaction.atomic
def ask_for_loan(
    wish: Wish, *, token: str, by: Any, now: dt.datetime, today: dt.date
) -> LoanRequest:
    """Send a request to who answers it, once for each ``token``.

    Refuses with ``forbidden``, ``window``, ``many_windows``, ``order``, ``past``,
    ``far``, ``too_short``, ``duration``, ``school_closed``, ``no_copy``, ``modules``,
    ``notice``, ``quota``, ``again`` or ``token``.
    """
    if (same := sent_before(token, by=by)) is not None:
        return same
    if not Host.objects.all().editable_by(by).filter(pk=wish.host.pk).exists():
        raise Refused("forbidden", _("Ce lieu d’accueil n’est pas à vous."))
    windows = check_windows(wish, today=today)
    values: dict[str, Any] = {}
    modules: list[Resource] = []
    if wish.resource is not None:
        copies = check_resource(wish, wish.resource, windows=windows, today=today)
        parts = wanted_modules(wish.resource, copies=copies, chosen=wish.modules)
        modules = parts if wish.modules else []
        costs = estimate(
            wish.resource, host=wish.host, days=wish.duration_days, copies=copies,
            modules=parts, whole=not wish.modules,
            needs_transport=wish.needs_transport,
        )  # fmt: skip
        values = {
            "estimated_fee_cents": costs.fee_cents,
            "estimated_transport_cents": costs.transport_cents,
        }
    check_is_new(wish, token=token, windows=windows, modules=modules)
    request = LoanRequest(
        host=wish.host, resource=wish.resource, theme=wish.theme,
        accepts_similar=wish.accepts_similar and wish.resource is not None,
        duration_days=wish.duration_days, expected_pupils=wish.expected_pupils,
        expected_public=wish.expected_public, needs_transport=wish.needs_transport,
        message=wish.message.strip(), asked_by=by, asked_at=now, token=token, **values,
    )  # fmt: skip
    try:
        with transaction.atomic():
            request.save()
    except IntegrityError:
        same = sent_before(token, by=by)
        if same is None:
            raise
        return same
    request.modules.set(modules)
    RequestWindow.objects.bulk_create(
        RequestWindow(request=request, starts_on=start, ends_on=end)
        for start, end in windows
    )
    tell_both(request, now=now, by=by)
    return request


def sent_before(token: str, *, by: Any) -> LoanRequest | None:
    """The request that this form has made already. Refuses with ``token``."""
    same = LoanRequest.objects.filter(token=token).first()
    if same is not None and same.asked_by_id != by.pk:
        raise Refused("token", _("Ouvrez de nouveau le formulaire pour l’envoyer."))
    return same


def check_is_new(
    wish: Wish, *, token: str, windows: Sequence[Window], modules: Sequence[Resource]
) -> None:
    """Refuse with ``again`` what the host has asked for already, word for word.

    The same form sent twice at once is no other request: saving it will tell.
    """
    rows = LoanRequest.objects.open().filter(
        host=wish.host, resource=wish.resource, theme=wish.theme,
        duration_days=wish.duration_days,
    ).exclude(token=token)  # fmt: skip
    for row in rows.prefetch_related("windows", "modules"):
        known = {(one.starts_on, one.ends_on) for one in row.windows.all()}
        if known == set(windows) and set(row.modules.all()) == set(modules):
            text = _(
                "Cette demande est déjà partie, sous la référence %(reference)s : "
                "suivez-la parmi vos demandes, ou changez les dates."
            )
            raise Refused("again", text % {"reference": row.reference})


def check_windows(wish: Wish, *, today: dt.date) -> list[Window]:
    """The windows in which the host is open, long enough for a loan that may be.

    A school's windows are cut at the holidays.
    """
    days = wish.duration_days
    if wish.resource is not None:
        check_duration(wish.resource, days=days)
    if not wish.windows:
        raise Refused("window", _("Donnez au moins une période."))
    if len(wish.windows) > MOST_WINDOWS:
        raise Refused("many_windows", _("Donnez trois périodes au plus."))
    for start, end in wish.windows:
        if end <= start:
            raise Refused("order", _("La fin de la période vient après son début."))
        if start < today:
            text = _("La période commence le %(day)s : choisissez une date à venir.")
            raise Refused("past", text % {"day": day(start)})
        if end > today + HORIZON:
            raise Refused("far", _("Choisissez une période dans les trois ans."))
        if (end - start).days < days:
            text = ngettext(
                "La période doit durer au moins %(n)s jour, comme l’emprunt.",
                "La période doit durer au moins %(n)s jours, comme l’emprunt.",
                days,
            )
            raise Refused("too_short", text % {"n": days})
    pieces = open_windows(wish.windows, host=wish.host)
    fitting = [piece for piece in pieces if (piece[1] - piece[0]).days >= days]
    if not fitting:
        text = _(
            "Hors vacances scolaires, il ne reste pas %(n)s jours d’affilée dans ces "
            "périodes : raccourcissez l’emprunt ou élargissez les périodes."
        )
        raise Refused("school_closed", text % {"n": days})
    return fitting


def check_resource(
    wish: Wish, resource: Resource, *, windows: Sequence[Window], today: dt.date
) -> list[Copy]:
    """The copies that could go, once notice and quota are respected."""
    copies = lendable_copies(resource)
    if not copies:
        text = _(
            "Aucun exemplaire de « %(name)s » n’est en service ici : écrivez au "
            "propriétaire."
        )
        raise Refused("no_copy", text % {"name": resource.name})
    if wish.modules:
        known = {copy.resource_id for copy in copies}
        if any(module.pk not in known for module in wish.modules):
            raise Refused("modules", _("Un des modules choisis n’est pas prêté."))
        wanted = {module.pk for module in wish.modules}
        copies = [copy for copy in copies if copy.resource_id in wanted]
    check_notice(wish, copies=copies, windows=windows, today=today)
    for start, end in windows:
        try:
            check_quota(resource.owner, host=wish.host, day=start)
        except Refused:
            if (start, end) == windows[-1]:
                raise
        else:
            break
    return copies


def check_duration(resource: Resource, *, days: int) -> None:
    low, high = resource.loan_days_min, resource.loan_days_max
    if low and days < low:
        text = ngettext(
            "« %(name)s » se prête %(n)s jour au moins.",
            "« %(name)s » se prête %(n)s jours au moins.",
            low,
        )
        raise Refused("duration", text % {"name": resource.name, "n": low})
    if high and days > high:
        text = ngettext(
            "« %(name)s » se prête %(n)s jour au plus.",
            "« %(name)s » se prête %(n)s jours au plus.",
            high,
        )
        raise Refused("duration", text % {"name": resource.name, "n": high})


def check_notice(
    wish: Wish, *, copies: Sequence[Copy], windows: Sequence[Window], today: dt.date
) -> None:
    """One of the windows leaves the owner the time that it asks for."""
    length = dt.timedelta(wish.duration_days)
    start, end = windows[0][0], max(end for _start, end in windows)
    shelf = stock_up(copies, start=start, end=end)
    for copy in copies:
        first = today + dt.timedelta(shelf.notice(copy))
        for _start, last in windows:
            span = shelf.span(copy, host=wish.host, start=last - length, end=last)
            if span is not None and span.departs_on >= first:
                return
    days = min(shelf.notice(copy) for copy in copies)
    text = ngettext(
        "Le propriétaire demande %(n)s jour entre la demande et le départ : demandez "
        "une date après le %(day)s.",
        "Le propriétaire demande %(n)s jours entre la demande et le départ : demandez "
        "une date après le %(day)s.",
        days,
    )
    raise Refused("notice", text % {"n": days, "day": day(today + dt.timedelta(days))})


def tell_both(request: LoanRequest, *, now: dt.datetime, by: Any) -> None:
    letters.tell(
        request,
        letters.answerers(request),
        subject=gettext_lazy("%(host)s demande %(what)s"),
        text=gettext_lazy(
            "Une demande d’emprunt attend votre réponse : acceptez-la, proposez "
            "d’autres dates, confiez-la au plan de saison ou refusez-la."
        ),
        now=now,
        by=by,
    )
    letters.tell(
        request,
        letters.askers(request),
        subject=gettext_lazy("Votre demande %(reference)s est envoyée"),
        text=gettext_lazy(
            "Votre demande est arrivée. Vous recevrez la réponse par e-mail ; vous "
            "pouvez la suivre ou la retirer à tout moment."
        ),
        now=now,
    )


def lock_request(request: LoanRequest) -> LoanRequest:
    """The request as it is now, held until the transaction ends. Refuses: ``gone``."""
    rows = LoanRequest.objects.select_for_update(of=("self",)).select_related(
        "host__commune__department", "host__place__commune", "host__structure",
        "host__created_by", "resource__owner", "asked_by",
    )  # fmt: skip
    row = rows.filter(pk=request.pk).first()
    if row is None:
        raise Refused("gone", _("Cette demande n’existe plus."))
    return row


def lock_open(request: LoanRequest) -> LoanRequest:
    """As ``lock_request``, for one that waits. Refuses with ``decided``."""
    row = lock_request(request)
    if row.state not in OPEN_REQUESTS:
        raise decided(row)
    return row


def decided(request: LoanRequest) -> Refused:
    text = _("Cette demande est déjà %(state)s.")
    return Refused("decided", text % {"state": request.get_state_display()})


def need_asker(request: LoanRequest, by: Any) -> None:
    """Refuse with ``forbidden`` whoever does not speak for the host."""
    if not Host.objects.all().editable_by(by).filter(pk=request.host_id).exists():
        raise Refused("forbidden", _("Seul le lieu d’accueil peut faire cela."))


def close_offers(request: LoanRequest) -> None:
    waiting = request.offers.filter(state=OfferState.WAITING)
    waiting.update(state=OfferState.DECLINED)


@transaction.atomic
def withdraw_request(request: LoanRequest, *, by: Any, now: dt.datetime) -> LoanRequest:
    """Take an open request back. Refuses with ``forbidden``, ``gone``, ``decided``."""
    row = lock_open(request)
    need_asker(row, by)
    row.state = RequestState.WITHDRAWN
    row.answered_at, row.answered_by_user = now, by
    row.save(update_fields=["state", "answered_at", "answered_by_user"])
    close_offers(row)
    letters.tell(
        row,
        letters.answerers(row),
        subject=gettext_lazy("%(host)s retire sa demande %(reference)s"),
        text=gettext_lazy("La demande est retirée : vous n’avez plus rien à faire."),
        now=now,
        by=by,
    )
    return row


@transaction.atomic
def write_message(
    request: LoanRequest, *, text: str, by: Any, now: dt.datetime
) -> RequestMessage:
    """Write to the other side. Refuses with ``forbidden``, ``empty`` or ``gone``."""
    row = lock_request(request)
    one = LoanRequest.objects.filter(pk=row.pk)
    answers = one.answered_by(by).exists()
    if not answers and not one.made_for(by).exists():
        raise Refused("forbidden", _("Cette demande n’est pas la vôtre."))
    if not text.strip():
        raise Refused("empty", _("Écrivez votre message."))
    is_from_host = not answers or row.asked_by_id == by.pk
    message = RequestMessage.objects.create(
        request=row, text=text.strip(), author=by, is_from_host=is_from_host,
        written_at=now,
    )  # fmt: skip
    letters.tell(
        row,
        letters.answerers(row) if is_from_host else letters.askers(row),
        subject=gettext_lazy("Un message sur la demande %(reference)s"),
        text=gettext_lazy("%(who)s vous écrit :\n\n%(words)s"),
        about={"who": str(by), "words": message.text},
        now=now,
        by=by,
    )
    return message
