"""The charters that an event is read against while it is being written."""

import datetime as dt
from copy import copy
from dataclasses import dataclass
from typing import Any

from maillage.agenda.choices import LabelState
from maillage.agenda.forms_dates import days_typed
from maillage.agenda.forms_events import EventForm
from maillage.agenda.models import Event, Labelling, Programme
from maillage.agenda.services.charter import Check, Facts, check, facts_of, period

PROPOSED = (LabelState.ASKED, LabelState.CHANGES_ASKED, LabelState.GRANTED)


@dataclass(frozen=True)
class Charter:
    """One programme, and what its charter says of the event as it is typed."""

    programme: Programme
    check: Check

    @property
    def period(self) -> str:
        return period(self.programme)


def charters_of(
    form: EventForm, *, event: Event | None, slug: str, user: Any, today: dt.date
) -> list[Charter]:
    """The charters of the programmes that it is proposed to, else of the one named."""
    return [
        Charter(programme, check(facts_typed(form, event, programme), waived=waived))
        for programme, waived in programmes_of(event, slug, user=user, today=today)
    ]


def programmes_of(
    event: Event | None, slug: str, *, user: Any, today: dt.date
) -> list[tuple[Programme, dict[str, str]]]:
    """Programmes with the rules that their coordination lets be."""
    rows = Labelling.objects.filter(event=event, state__in=PROPOSED)
    rows = rows.filter(programme__ends_on__gt=today).select_related("programme")
    found = [(row.programme, row.waived) for row in rows.order_by("asked_at", "pk")]
    if found or not slug:
        return found
    named = Programme.objects.all().visible_to(user).open_on(today).filter(slug=slug)
    return [(programme, {}) for programme in named[:1]]


def facts_typed(form: EventForm, event: Event | None, programme: Programme) -> Facts:
    """What was typed, valid or not; the dates of an event that is there are its own."""
    if not form.is_bound:
        return facts_of(event, programme) if event else Facts(Event(), programme)
    typed = copy(form.instance)
    if form.data.get("picture"):  # chosen in the browser, not yet sent
        typed.picture = "chosen"
    if event is not None:
        return Facts(typed, programme, facts_of(event, programme).days)
    return Facts(typed, programme, days_typed(form.cleaned_data))
