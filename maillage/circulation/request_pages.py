"""What the pages about requests show: tabs, next steps, the story of one request."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.timezone import localtime
from django.utils.translation import gettext as _, gettext_lazy

from maillage.catalogue.fit import check_fit, verdict
from maillage.circulation.choices import LoanState, OfferState, RequestState
from maillage.circulation.models import LoanRequest, Offer
from maillage.circulation.services.estimates import (
    Estimate,
    estimate,
    lendable_copies,
    wanted_modules,
)
from maillage.circulation.services.letters import period
from maillage.circulation.services.proposals import (
    Answers,
    alternatives_to,
    answers_for,
)
from maillage.core import vocab
from maillage.core.tables.columns import Column

#: Badges of the states; the others are plain.
TONES = {
    RequestState.WAITING: "warn",
    RequestState.OFFERED: "warn",
    RequestState.ACCEPTED: "good",
    RequestState.REFUSED: "bad",
    RequestState.WITHDRAWN: "draft",
}
#: What each side does next; who reads all sees what is waited for.
STEPS: dict[str, dict[str, Any]] = {
    "mine": {
        RequestState.WAITING: gettext_lazy("Le propriétaire n’a pas encore répondu"),
        RequestState.OFFERED: gettext_lazy("Choisissez une des dates proposées"),
        RequestState.SEASON: gettext_lazy("Réponse avec le plan de la saison"),
    },
    "answer": {
        RequestState.WAITING: gettext_lazy("À vous de répondre"),
        RequestState.OFFERED: gettext_lazy("Le lieu choisit une date"),
        RequestState.SEASON: gettext_lazy("Réponse avec le plan de la saison"),
    },
    "all": {
        RequestState.WAITING: gettext_lazy("Le propriétaire n’a pas encore répondu"),
        RequestState.OFFERED: gettext_lazy("Le lieu choisit une date"),
        RequestState.SEASON: gettext_lazy("Réponse avec le plan de la saison"),
    },
}
ON_THE_WAY = gettext_lazy("En route vers le lieu d’accueil")
ON_SITE = gettext_lazy("Chez le lieu d’accueil")
COMING_BACK = gettext_lazy("Sur le chemin du retour")
OVER = gettext_lazy("Prêt terminé : la ressource est rendue")
TO_CONFIRM = gettext_lazy("Dates proposées, à confirmer sur la page du prêt")
#: The same once it is lent: what is next depends on how far the loan is.
LOAN_STEPS: dict[str, dict[str, Any]] = {
    "mine": {
        LoanState.PROPOSED: TO_CONFIRM,
        LoanState.CONFIRMED: gettext_lazy("Préparez l’accueil"),
        LoanState.DEPARTED: gettext_lazy("En route vers vous"),
        LoanState.ON_SITE: gettext_lazy("Chez vous"),
        LoanState.RETURNING: COMING_BACK,
        LoanState.RETURNED: OVER,
    },
    "answer": {
        LoanState.PROPOSED: TO_CONFIRM,
        LoanState.CONFIRMED: gettext_lazy("Préparez le départ"),
        LoanState.DEPARTED: ON_THE_WAY,
        LoanState.ON_SITE: ON_SITE,
        LoanState.RETURNING: COMING_BACK,
        LoanState.RETURNED: OVER,
    },
    "all": {
        LoanState.PROPOSED: TO_CONFIRM,
        LoanState.CONFIRMED: gettext_lazy("Le prêt se prépare"),
        LoanState.DEPARTED: ON_THE_WAY,
        LoanState.ON_SITE: ON_SITE,
        LoanState.RETURNING: COMING_BACK,
        LoanState.RETURNED: OVER,
    },
}
CALLED_OFF = gettext_lazy("Le prêt a été annulé")


#: Free days shown before the others.
FIRST = 5


@dataclass(frozen=True)
class Tab:
    name: str
    label: str
    rows: QuerySet[LoanRequest]
    count: int
    is_here: bool = False


@dataclass(frozen=True)
class Event:
    """One line of the story of a request, as ``includes/history.html`` shows it."""

    at: dt.datetime
    title: str
    who: str = ""
    note: str = ""
    url: str = ""
    action: str = ""


def tabs_of(user: Any, name: str) -> list[Tab]:
    """The tabs of a person, the wanted one marked, else the first that has work."""
    rows = LoanRequest.objects.all()
    found: list[tuple[str, str, Any, Any]] = []
    if user.is_agency or user.is_observer:
        theme = rows.filter(resource=None)
        found.append(("all", _("Toutes"), rows, rows.open()))
        if user.is_agency:
            mine = rows.made_for(user)
            found.insert(0, ("answer", _("À répondre"), theme, theme.open()))
            found.append(("mine", _("Mes demandes"), mine, mine.open()))
        if not name:
            name = "all"
    else:
        mine, theirs = rows.made_for(user), rows.answered_by(user)
        found = [("mine", _("Mes demandes"), mine, mine.open())]
        found.append(
            ("answer", _("À répondre"), theirs, theirs.filter(state="waiting"))
        )
    counts = [waiting.count() for *_rest, waiting in found]
    names = [one[0] for one in found]
    if name not in names:
        busy = [n for n, count in zip(names, counts, strict=True) if count]
        name = busy[-1] if busy else names[0]
    return [
        Tab(one, label, own, count, is_here=one == name)
        for (one, label, own, _waiting), count in zip(found, counts, strict=True)
    ]


def next_step(request: LoanRequest, *, tab: str) -> dict[str, Any]:
    """The state as a badge, and what comes next."""
    return {
        "tone": TONES.get(RequestState(request.state), ""),
        "step": step_of(request, tab=tab),
        "windows": windows_words(request),
    }


def step_of(request: LoanRequest, *, tab: str) -> Any:
    """What comes next; of several modules, for the one that is the least far."""
    if request.state != RequestState.ACCEPTED:
        return STEPS[tab].get(request.state, "")
    states = {loan.state for loan in request.loans.all()}
    steps = LOAN_STEPS[tab]
    return next((step for state, step in steps.items() if state in states), CALLED_OFF)


def windows_words(request: LoanRequest) -> str:
    return _(" ou ").join(period(w.starts_on, w.ends_on) for w in request.windows.all())


REQUEST_COLUMNS = (
    Column("reference", gettext_lazy("référence"), value=lambda row: row.reference),
    Column(
        "ressource",
        gettext_lazy("ressource"),
        value=lambda row: row.resource.name if row.resource else "",
    ),
    Column(
        "proprietaire",
        gettext_lazy("propriétaire"),
        value=lambda row: row.resource.owner.name if row.resource else "",
    ),
    Column("theme", gettext_lazy("thème"), field="theme"),
    Column("lieu", gettext_lazy("lieu d’accueil"), value=lambda row: row.host.name),
    Column("commune", gettext_lazy("commune"), value=lambda row: row.host.commune.name),
    Column("insee", gettext_lazy("code INSEE"), value=lambda row: row.host.commune_id),
    Column("periodes", gettext_lazy("périodes"), value=windows_words),
    Column("jours", gettext_lazy("durée"), type="integer", field="duration_days"),
    Column("eleves", gettext_lazy("élèves"), type="integer", field="expected_pupils"),
    Column("public", gettext_lazy("public"), type="integer", field="expected_public"),
    Column("etat", gettext_lazy("état"), value=lambda row: row.get_state_display()),
    Column(
        "demandee_le",
        gettext_lazy("demandée le"),
        "date",
        value=lambda row: localtime(row.asked_at).date(),
    ),
)


# One request --------------------------------------------------------------------


def described(request: LoanRequest, *, user: Any, today: dt.date) -> dict[str, Any]:
    """All that the page of a request shows to a person."""
    one = LoanRequest.objects.filter(pk=request.pk)
    answers_it = one.answered_by(user).exists()
    is_mine = one.made_for(user).exists()
    offers = list(request.offers.select_related("copy__resource", "made_by"))
    waiting = [offer for offer in offers if offer.state == OfferState.WAITING]
    may_answer = answers_it and request.is_open
    found = answers_for(request, by=user, today=today) if may_answer else None
    step = "mine" if is_mine else "answer" if answers_it else "all"
    is_served = request.state == RequestState.ACCEPTED
    resource = request.resource
    slots = described_slots(found)
    fit = check_fit(resource, request.host) if resource else []
    return {
        "asked": request,
        "theme": vocab.label("themes", request.theme),
        "periods": [period(w.starts_on, w.ends_on) for w in request.windows.all()],
        "modules": list(request.modules.all()),
        "may_answer": may_answer,
        "may_withdraw": is_mine and request.is_open,
        "may_choose": is_mine and bool(waiting) and request.is_open,
        "may_write": is_mine or answers_it,
        "offers": [
            (offer, period(offer.starts_on, offer.ends_on)) for offer in waiting
        ],
        "answers": found,
        "slots": slots[:FIRST],
        "more_slots": slots[FIRST:],
        "other_slots": described_slots(found, others=True),
        "loans": list(request.loans.select_related("copy__resource")),
        "estimate": estimate_now(request),
        "fit": fit,
        "verdict": str(verdict(fit)) if fit else "",
        "alternatives": [] if is_served else alternatives_to(request, today=today),
        "history": story(request, offers),
        **next_step(request, tab=step),
    }


def described_slots(
    found: Answers | None, *, others: bool = False
) -> list[dict[str, Any]]:
    """Free days as an owner chooses among them."""
    if found is None:
        return []
    return [
        {
            "value": slot.value,
            "copies": ", ".join(copy.label for copy in slot.copies),
            "resource": slot.copies[0].resource,
            "period": period(slot.span.starts_on, slot.span.ends_on),
            "departs_on": slot.span.departs_on,
            "free_on": slot.span.free_on,
            "km": round(slot.span.km),
            "is_snug": slot.idle <= 7,
            "starts_on": slot.span.starts_on.isoformat(),
        }
        for slot in (found.others if others else found.slots)
    ]


def estimate_now(request: LoanRequest) -> Estimate | None:
    """The costs as the sheet says them today."""
    if request.resource is None:
        return None
    copies = lendable_copies(request.resource)
    chosen = list(request.modules.all())
    return estimate(
        request.resource, host=request.host, days=request.duration_days, copies=copies,
        modules=wanted_modules(request.resource, copies=copies, chosen=chosen),
        whole=not chosen, needs_transport=request.needs_transport,
    )  # fmt: skip


def story(request: LoanRequest, offers: list[Offer]) -> list[Event]:
    """What happened, the oldest first."""
    asker = str(request.asked_by or request.host)
    events = [Event(request.asked_at, _("Demande envoyée"), asker, request.message)]
    for offer in offers:
        words = {
            "period": period(offer.starts_on, offer.ends_on),
            "copy": offer.copy.label,
        }
        title = _("Dates proposées : %(period)s, exemplaire %(copy)s") % words
        note = offer.message
        if offer.state == OfferState.DECLINED:
            note = " ".join(part for part in (note, _("Plus d’actualité.")) if part)
        events.append(Event(offer.made_at, title, str(offer.made_by or ""), note))
    events += [
        Event(
            message.written_at,
            _("Message du lieu d’accueil")
            if message.is_from_host
            else _("Message du propriétaire"),
            str(message.author or ""),
            message.text,
        )
        for message in request.messages.select_related("author")
    ]
    done = {
        RequestState.ACCEPTED: _("Prêt confirmé"),
        RequestState.REFUSED: _("Demande refusée"),
        RequestState.WITHDRAWN: _("Demande retirée"),
        RequestState.SEASON: _("Confiée au plan de saison"),
    }
    if request.answered_at and request.state in done:
        who = str(request.answered_by_user or "")
        note = "" if request.state == RequestState.WITHDRAWN else request.answer
        title = done[RequestState(request.state)]
        events.append(Event(request.answered_at, title, who, note))
    return sorted(events, key=lambda event: event.at)
