"""Answer a request: a loan, other dates, the season plan, or a reasoned no.

Whoever decides holds the request, then the host, then the copies, always in this
order: two people at once make one loan, a quota is never exceeded, and nobody waits
for ever.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _, gettext_lazy

from maillage.circulation.calendars import rules_of
from maillage.circulation.choices import (
    ChargeKind,
    RequestState,
    SeasonState,
)
from maillage.circulation.models import (
    Charge,
    Copy,
    Host,
    LendingRules,
    Loan,
    LoanRequest,
    Season,
)
from maillage.circulation.services import request_letters as letters
from maillage.circulation.services.estimates import (
    estimate,
    fee_of,
    lendable_copies,
    transport_of,
    wanted_modules,
)
from maillage.circulation.services.holding import Span, make_loan, span_for
from maillage.circulation.services.letters import period
from maillage.circulation.services.quotas import check_quota
from maillage.circulation.services.requests import (
    close_offers,
    lock_open,
)
from maillage.core.errors import Refused

MOST_OFFERS = 3


@dataclass(frozen=True)
class Choice:
    """One copy, or one of each module, from a day on."""

    copies: Sequence[Copy]
    starts_on: dt.date


def need_answerer(request: LoanRequest, by: Any) -> None:
    """Refuse with ``forbidden`` whoever does not answer for the owner."""
    if not LoanRequest.objects.filter(pk=request.pk).answered_by(by).exists():
        raise Refused("forbidden", _("Seul le propriétaire peut répondre."))


def lendable_for(request: LoanRequest, *, by: Any) -> list[Copy]:
    """The copies that may serve a request, those of the resource itself first.

    Others of the same theme only if the host said that they would do, or asked for a
    theme only, and if the person answers for them.
    """
    found: list[Copy] = []
    theme = request.theme
    if request.resource is not None:
        found = lendable_copies(request.resource)
        chosen = list(request.modules.all())
        if chosen:
            parts = wanted_modules(request.resource, copies=found, chosen=chosen)
            wanted = {part.pk for part in parts}
            found = [copy for copy in found if copy.resource_id in wanted]
        if not request.accepts_similar:
            return found
    themes = (
        [theme] if theme else list(request.resource.themes if request.resource else [])
    )
    rows = Copy.objects.all().lendable().editable_by(by).select_related(
        "resource__owner", "depot__commune", "depot__structure"
    )  # fmt: skip
    known = {copy.pk for copy in found}
    others = [
        copy
        for copy in rows.distinct().order_by("resource__name", "rank", "pk")
        if copy.pk not in known and set(themes) & set(copy.resource.themes)
    ]
    return [*found, *others]


def check_choice(
    request: LoanRequest, choice: Choice, *, by: Any, today: dt.date
) -> list[tuple[Copy, Span]]:
    """The days of each copy. Refuses with ``copy``, ``past`` or ``closed``."""
    known = {copy.pk: copy for copy in lendable_for(request, by=by)}
    copies = [known[copy.pk] for copy in choice.copies if copy.pk in known]
    if not copies or len(copies) != len(choice.copies) or not whole(request, copies):
        raise Refused("copy", _("Cet exemplaire ne répond pas à cette demande."))
    end = choice.starts_on + dt.timedelta(request.duration_days)
    found = []
    for copy in sorted(copies, key=lambda one: one.pk):
        try:
            span = span_for(copy, host=request.host, start=choice.starts_on, end=end)
        except ValueError as error:
            text = _("Le propriétaire est fermé pendant des mois autour de ces dates.")
            raise Refused("closed", text) from error
        found.append((copy, span))
    if min(span.departs_on for _copy, span in found) < today:
        text = _("Le départ serait déjà passé : choisissez des dates plus lointaines.")
        raise Refused("past", text)
    return found


def whole(request: LoanRequest, copies: Sequence[Copy]) -> bool:
    """Whether these are one copy, or one copy of each module that is wanted."""
    parts = [copy.resource_id for copy in copies]
    if len(parts) == 1 and parts[0] == request.resource_id:
        return True
    if request.resource is None or parts[0] not in modules_of(request):
        return len(parts) == 1
    return sorted(parts) == sorted(modules_of(request))


def modules_of(request: LoanRequest) -> list[int]:
    """The modules that a loan of the resource takes one copy of each."""
    if request.resource is None:
        return []
    copies = lendable_copies(request.resource)
    chosen = list(request.modules.all())
    parts = wanted_modules(request.resource, copies=copies, chosen=chosen)
    return [part.pk for part in parts]


def need_one_copy(request: LoanRequest) -> None:
    """Refuse with ``modules`` what a plan, of one copy a request, cannot serve."""
    if len(modules_of(request)) > 1:
        raise Refused(
            "modules",
            _(
                "Cette demande veut plusieurs modules ensemble : le plan de saison n’en "
                "place qu’un par demande. Répondez-y sur sa page."
            ),
        )


def in_windows(request: LoanRequest, start: dt.date) -> bool:
    end = start + dt.timedelta(request.duration_days)
    rows = request.windows.filter(starts_on__lte=start, ends_on__gte=end)
    return rows.exists()


@transaction.atomic
def accept_request(
    request: LoanRequest,
    *,
    choice: Choice,
    by: Any,
    now: dt.datetime,
    today: dt.date,
    answer: str = "",
) -> list[Loan]:
    """Lend, on days that the host has named.

    Refuses with ``gone``, ``decided``, ``forbidden``, ``copy``, ``past``, ``closed``,
    ``window``, ``quota``, ``taken`` or ``broken``.
    """
    row = lock_open(request)
    need_answerer(row, by)
    if not in_windows(row, choice.starts_on):
        text = _(
            "Ces dates ne sont pas parmi celles qui sont demandées : proposez-les, le "
            "lieu d’accueil les acceptera."
        )
        raise Refused("window", text)
    loans = lend(row, choice=choice, by=by, answerer=by, now=now, today=today)
    settle(row, RequestState.ACCEPTED, answer=answer, by=by, now=now)
    tell_lent(row, loans, now=now)
    return loans


def lend(
    request: LoanRequest,
    *,
    choice: Choice,
    by: Any,
    answerer: Any,
    now: dt.datetime,
    today: dt.date,
) -> list[Loan]:
    """Make the loan, or one for each module; the request is held already."""
    parts = check_choice(request, choice, by=answerer, today=today)
    Host.objects.select_for_update(of=("self",), no_key=True).get(pk=request.host_id)
    owner = parts[0][0].resource.owner
    check_quota(owner, host=request.host, day=choice.starts_on)
    values = money_of(request, parts)
    return [
        charged(
            make_loan(
                copy, host=request.host, span=span, by=by, now=now, request=request,
                owner_confirmed_at=now, host_confirmed_at=now, **money,
            )
        )
        for (copy, span), money in zip(parts, values, strict=True)
    ]  # fmt: skip


def money_of(
    request: LoanRequest,
    parts: Sequence[tuple[Copy, Span]],
    *,
    rules: Mapping[int, LendingRules] | None = None,
) -> list[dict[str, Any]]:
    """Fee, transport, deposit and insured value of each loan.

    The fee of a whole is shared among its modules to the cent; what leaves one depot
    for one host travels once. ``rules`` by owner are read unless they are given.
    """
    days, borrower = request.duration_days, request.host.kind
    own = [fee_of(c.resource, borrower=borrower, days=days) or 0 for c, _s in parts]
    if request.resource is not None and parts[0][0].resource_id != request.resource_id:
        modules = [copy.resource for copy, _span in parts]
        if modules[0].parent_id == request.resource_id:
            costs = estimate(
                request.resource, host=request.host, days=days,
                copies=[copy for copy, _span in parts], modules=modules,
                whole=not request.modules.exists(),
            )  # fmt: skip
            share, rest = divmod(costs.fee_cents or 0, len(parts))
            own = [share + (rank < rest) for rank in range(len(parts))]
    driven: set[int] = set()
    found: list[dict[str, Any]] = []
    for (copy, span), fee in zip(parts, own, strict=True):
        transport = 0
        if request.needs_transport and copy.depot_id not in driven:
            owner = copy.resource.owner
            own_rules = rules[owner.pk] if rules else rules_of(owner)
            transport = transport_of(copy, km=span.km, rules=own_rules)
        driven.add(copy.depot_id)
        found.append(
            {
                "fee_cents": fee,
                "transport_cents": transport,
                "deposit_cents": copy.resource.deposit_cents or 0,
                "insurance_value_cents": copy.resource.insurance_value_cents or 0,
            }
        )
    return found


def charged(loan: Loan) -> Loan:
    """Write the lines of its invoice."""
    Charge.objects.bulk_create(charges_of(loan))
    return loan


def charges_of(loan: Loan) -> list[Charge]:
    """The lines of its invoice, not yet written; what is free has none."""
    lines = [
        (ChargeKind.FEE, _("Location de « %(name)s »"), loan.fee_cents),
        (ChargeKind.TRANSPORT, _("Transport de « %(name)s »"), loan.transport_cents),
    ]
    name = {"name": loan.copy.resource.name}
    return [
        Charge(loan=loan, kind=kind, text=(text % name)[:200], cents=cents)
        for kind, text, cents in lines
        if cents
    ]


def settle(
    request: LoanRequest,
    state: RequestState,
    *,
    by: Any,
    now: dt.datetime,
    answer: str = "",
    **values: Any,
) -> None:
    """Note the answer; offers that waited are no more."""
    request.state, request.answer = state, answer.strip()
    request.answered_by_user, request.answered_at = by, now
    for name, value in values.items():
        setattr(request, name, value)
    request.save(
        update_fields=["state", "answer", "answered_by_user", "answered_at", *values]
    )
    if state != RequestState.OFFERED:
        close_offers(request)


def tell_lent(request: LoanRequest, loans: Sequence[Loan], *, now: dt.datetime) -> None:
    """Both sides learn that it is done, whoever pressed the button."""
    about = {
        "period": period(loans[0].starts_on, loans[0].ends_on),
        "answer": f"\n\n{request.answer}" if request.answer else "",
    }
    letters.tell(
        request,
        letters.askers(request),
        subject=gettext_lazy("C’est oui : %(what)s vient chez vous"),
        text=gettext_lazy(
            "Le prêt est confirmé %(period)s. Vous trouverez la convention à signer et "
            "les étapes du prêt sur sa page.%(answer)s"
        ),
        about=about,
        now=now,
    )
    letters.tell(
        request,
        letters.answerers(request),
        subject=gettext_lazy("Prêt confirmé : %(what)s à %(host)s"),
        text=gettext_lazy("Le prêt est confirmé %(period)s. L’exemplaire est retenu."),
        about=about,
        now=now,
    )


@transaction.atomic
def leave_to_season(
    request: LoanRequest, *, season: Season, by: Any, now: dt.datetime
) -> LoanRequest:
    """Let the plan of a season decide.

    Refuses with ``gone``, ``decided``, ``forbidden``, ``modules`` or ``season``.
    """
    row = lock_open(request)
    need_answerer(row, by)
    need_one_copy(row)
    held = Season.objects.select_for_update(of=("self",)).get(pk=season.pk)
    inside = row.windows.filter(
        starts_on__lt=held.ends_on, ends_on__gt=held.starts_on
    ).exists()
    if held.state not in {SeasonState.OPEN, SeasonState.PLANNING} or not inside:
        text = _("La saison « %(name)s » ne prend pas cette demande.")
        raise Refused("season", text % {"name": held.name})
    settle(row, RequestState.SEASON, by=by, now=now, season=held)
    letters.tell(
        row,
        letters.askers(row),
        subject=gettext_lazy("Votre demande entre dans le plan de la saison"),
        text=gettext_lazy(
            "Plusieurs lieux demandent la même ressource : votre demande est traitée "
            "avec toutes les autres de « %(season)s ». Vous saurez si elle est servie, "
            "et pourquoi."
        ),
        about={"season": held.name},
        now=now,
        by=by,
    )
    return row


@transaction.atomic
def refuse_request(
    request: LoanRequest, *, answer: str, by: Any, now: dt.datetime
) -> LoanRequest:
    """Say no, with a reason.

    Refuses with ``gone``, ``decided``, ``forbidden`` or ``reason``.
    """
    row = lock_open(request)
    need_answerer(row, by)
    if not answer.strip():
        raise Refused("reason", _("Écrivez la raison : le lieu d’accueil la recevra."))
    settle(row, RequestState.REFUSED, answer=answer, by=by, now=now)
    letters.tell(
        row,
        letters.askers(row),
        subject=gettext_lazy("Votre demande %(reference)s n’est pas retenue"),
        text=gettext_lazy("La raison donnée :\n\n%(answer)s"),
        about={"answer": row.answer},
        now=now,
        by=by,
    )
    return row
