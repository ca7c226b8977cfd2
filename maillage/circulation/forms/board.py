"""The plain form to move a loan of a plan: the places that are possible, in a list."""

import datetime as dt
from typing import Any

from django import forms
from django.utils.formats import number_format
from django.utils.translation import gettext as _, gettext_lazy

from maillage.circulation.models import Copy, LoanRequest, Scenario
from maillage.circulation.services.board_slots import Places, places_for
from maillage.core.dates import day_words
from maillage.core.errors import Refused
from maillage.core.form_fields import rows_of
from maillage.core.numbers import number_in

DAY = dt.timedelta(1)


class MoveForm(forms.Form):
    """``place`` is copy, first day and who gives way, as the board sends them too."""

    place_choice = forms.CharField(required=False, widget=forms.Select)
    copy = forms.ModelChoiceField(
        Copy.objects.none(), required=False, widget=forms.HiddenInput
    )
    start = forms.DateField(required=False, widget=forms.HiddenInput)
    gives_way = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, scenario: Scenario, request: LoanRequest, today: dt.date,
        **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(*args, **kwargs)
        self.scenario, self.request, self.today = scenario, request, today
        copy = rows_of(self, "copy")
        copy.queryset = Copy.objects.all().lendable()
        self.fields["place_choice"].label = gettext_lazy("Place")
        self.is_empty, self.trouble = False, ""
        if not self.is_bound:
            self.offer()

    def offer(self) -> None:
        """List the places, by copy, in the order of days."""
        try:
            found = places_for(self.scenario, request=self.request, today=self.today)
        except Refused as no:
            found, self.trouble = None, no.message
        places = grouped(found) if found else []
        # The box takes any text, so that a place gone meanwhile has its own answer.
        self.fields["place_choice"].widget = forms.Select(choices=places)
        self.is_empty = not places

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        parts = data.get("place_choice", "").split(":")
        if len(parts) == 3:
            copies = Copy.objects.all().lendable().filter(label=parts[0])
            data["copy"] = copies.first()
            data["start"] = parsed(parts[1])
            data["gives_way"] = parts[2]
        if not data.get("copy") or not data.get("start"):
            raise forms.ValidationError(_("Choisissez une place dans la liste."))
        names = data.get("gives_way", "").split(",")
        if not all(number_in(name) for name in names if name):
            raise forms.ValidationError(_("Choisissez une place dans la liste."))
        data["gives_way"] = [number_in(name) for name in names if name]
        return data

    @property
    def place(self) -> dict[str, Any]:
        return {
            name: self.cleaned_data[name] for name in ("copy", "start", "gives_way")
        }


def parsed(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def grouped(found: Places) -> list[tuple[str, list[tuple[str, str]]]]:
    """Choices of a select, a group for each copy; a day once, at its best price."""
    best: dict[str, dict[dt.date, tuple[tuple[int, float], str, str]]] = {}
    for run in found.runs:
        losers = ",".join(map(str, run.losers))
        label = found.labels[run.copy]
        for tick in range(run.first, run.last + 1):
            day = found.starts_on + tick * DAY
            rank = (len(run.losers), -run.change)
            days = best.setdefault(label, {})
            if day not in days or rank < days[day][0]:
                value = f"{label}:{day.isoformat()}:{losers}"
                days[day] = (
                    rank,
                    value,
                    said(found, run.change, run.km, run.losers, day),
                )
    return [
        (label, [(value, text) for _day, (_rank, value, text) in sorted(days.items())])
        for label, days in sorted(best.items())
    ]


def said(
    found: Places, change: float, km: float, losers: tuple[int, ...], day: dt.date
) -> str:
    last = day + (found.days - 1) * DAY
    text = _("du %(start)s au %(end)s · valeur %(change)s · %(km)s km") % {
        "start": day_words(day, "D j F Y"),
        "end": day_words(last, "D j F Y"),
        "change": signed(change),
        "km": signed(km),
    }
    for pk in losers:
        text += " · " + _("perd sa place : %(name)s") % {"name": found.names[pk]}
    return text


def signed(value: float) -> str:
    """A number with its sign, as French writes it."""
    value = round(value, 1) + 0.0
    return ("+" if value > 0 else "−" if value < 0 else "") + number_format(
        abs(value), 1
    )
