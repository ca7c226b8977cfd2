"""Dates as people say them: one day, several, every Wednesday until June."""

import datetime as dt
import re
import time
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy

from maillage.agenda.choices import Status
from maillage.agenda.models import Occurrence
from maillage.agenda.services.occurrences import Time
from maillage.agenda.services.recurrence import DAYS, bounds, days_of, unroll, weekly
from maillage.core.errors import Refused

#: Names of the fields, in the order of the form.
WHEN = ("first_day", "starts", "ends", "all_day", "last_day", "repeat", "weekdays",
        "until", "times", "dates", "but")  # fmt: skip
REPEATS = [
    ("", gettext_lazy("Une seule fois")),
    ("weekly", gettext_lazy("Chaque semaine")),
    ("fortnightly", gettext_lazy("Une semaine sur deux")),
    ("daily", gettext_lazy("Chaque jour")),
    ("monthly", gettext_lazy("Chaque mois, le même jour de la semaine")),
    ("dates", gettext_lazy("À ces dates")),
]
WEEKDAYS = [
    ("0", gettext_lazy("lundi")),
    ("1", gettext_lazy("mardi")),
    ("2", gettext_lazy("mercredi")),
    ("3", gettext_lazy("jeudi")),
    ("4", gettext_lazy("vendredi")),
    ("5", gettext_lazy("samedi")),
    ("6", gettext_lazy("dimanche")),
]
SPLIT = re.compile(r"[\s,;]+")
FORMS = ("%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y", "%d/%m/%y")
DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
HOUR = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
MOST_DATES = 200


class DaysField(forms.CharField):
    """Days one after the other: « 6/3/2027, 13/3/2027 » or one a line."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            required=False,
            max_length=4000,
            widget=forms.Textarea(attrs={"rows": 2}),
            **kwargs,
        )

    def clean(self, value: Any) -> list[dt.date]:
        words = [word for word in SPLIT.split(str(super().clean(value))) if word]
        if len(words) > MOST_DATES:
            raise ValidationError(_("C’est trop de dates d’un coup : 200 au plus."))
        return sorted({read_day(word) for word in words})


def read_day(word: str) -> dt.date:
    for form in FORMS:
        try:
            return dt.date(*time.strptime(word, form)[:3])
        except ValueError:
            continue
    raise ValidationError(
        _("« %(word)s » n’est pas une date : écrivez 6/3/2027."),
        "date",
        {"word": word[:30]},
    )


def day_field(label: Any, **kwargs: Any) -> forms.DateField:
    return forms.DateField(label=label, required=False, widget=DAY, **kwargs)


def when_fields() -> dict[str, forms.Field]:
    """The fields that say when, by name."""
    return {
        "first_day": forms.DateField(label=_("Premier jour"), widget=DAY),
        "starts": forms.TimeField(label=_("Début"), required=False, widget=HOUR),
        "ends": forms.TimeField(
            label=_("Fin"),
            required=False,
            widget=HOUR,
            help_text=_("Après minuit, elle est du lendemain."),
        ),
        "all_day": forms.BooleanField(label=_("Toute la journée"), required=False),
        "last_day": day_field(
            _("Dernier jour"),
            help_text=_("Pour une exposition ou un festival de plusieurs jours."),
        ),
        "repeat": forms.ChoiceField(
            label=_("Répétition"), choices=REPEATS, required=False
        ),
        "weekdays": forms.MultipleChoiceField(
            label=_("Jours de la semaine"),
            choices=WEEKDAYS,
            required=False,
            widget=forms.CheckboxSelectMultiple,
            help_text=_("Pour « chaque semaine » ; vide : le jour du premier jour."),
        ),
        "until": day_field(_("Jusqu’au")),
        "times": forms.IntegerField(
            label=_("Ou tant de fois"), min_value=1, max_value=500, required=False
        ),
        "dates": DaysField(
            label=_("Autres dates"),
            help_text=_("Pour « à ces dates » : 6/3/2027, 13/3/2027…"),
        ),
        "but": DaysField(
            label=_("Sauf"), help_text=_("Les jours où cela n’a pas lieu.")
        ),
    }


def add_when_fields(form: forms.BaseForm) -> None:
    form.fields |= when_fields()


def clean_when(form: forms.BaseForm, data: dict[str, Any]) -> None:
    """Check that the parts of « when » fit together; keep the rule they make."""
    first, repeat = data.get("first_day"), data.get("repeat", "")
    if first is None or {*WHEN} & {*form.errors}:
        return
    if not data.get("all_day") and data.get("starts") is None:
        form.add_error("starts", _("Donnez l’heure, ou cochez « toute la journée »."))
        return
    last = data.get("last_day")
    if last and last < first:
        form.add_error("last_day", _("Le dernier jour vient après le premier."))
    elif last and last != first and repeat:
        form.add_error(
            "last_day", _("Plusieurs jours, ou une répétition : choisissez.")
        )
    if data.get("until") and data.get("times"):
        form.add_error(
            "times", _("Une date de fin, ou un nombre de fois : choisissez.")
        )
    if data.get("until") and data["until"] < first:
        form.add_error("until", _("Cette date vient avant le premier jour."))
    if repeat == "dates" and not data.get("dates"):
        form.add_error("dates", _("Écrivez les autres dates."))
    if not form.errors and repeat not in {"", "dates"}:
        try:
            unroll(first_time(data).starts, rule_of(data), left_out=left_out(data))
        except Refused as no:
            form.add_error("repeat", no.message)


def first_time(data: dict[str, Any]) -> Time:
    """The first occurrence as it was typed."""
    first: dt.date = data["first_day"]
    return time_on(data, first)


def time_on(data: dict[str, Any], day: dt.date) -> Time:
    last = data.get("last_day") or day
    nights = (last - data["first_day"]).days if data.get("last_day") else 0
    if data.get("all_day"):
        start = dt.datetime.combine(day, dt.time())
        return Time(start, (nights + 1) * 24 * 60, is_all_day=True)
    start = dt.datetime.combine(day, data["starts"])
    ends = data.get("ends") or data["starts"]
    end = dt.datetime.combine(day + dt.timedelta(nights), ends)
    if end < start:
        end += dt.timedelta(1)
    return Time(start, int((end - start).total_seconds()) // 60)


def rule_of(data: dict[str, Any]) -> str:
    """The RFC 5545 rule of a repetition; empty for one that has none."""
    first: dt.date = data["first_day"]
    days = [int(day) for day in data.get("weekdays") or []] or [first.weekday()]
    rank = (first.day - 1) // 7 + 1
    rules = {
        "weekly": weekly(days),
        "fortnightly": weekly(days, every=2),
        "daily": "FREQ=DAILY",
        # The fifth Friday is not in every month: people mean the last one.
        "monthly": f"FREQ=MONTHLY;BYDAY={rank if rank < 5 else -1}{DAYS[first.weekday()]}",
    }
    rule = rules.get(data.get("repeat", ""), "")
    if not rule:
        return ""
    if data.get("until"):
        return f"{rule};UNTIL={data['until']:%Y%m%d}"
    return f"{rule};COUNT={data['times']}" if data.get("times") else rule


def left_out(data: dict[str, Any]) -> list[str]:
    return [day.isoformat() for day in data.get("but") or []]


def times_of(data: dict[str, Any]) -> list[Time]:
    """The times of « once » and of « these dates »."""
    days = {data["first_day"], *(data.get("dates") or [])}
    return [time_on(data, day) for day in sorted(days - {*(data.get("but") or [])})]


def days_typed(data: dict[str, Any]) -> list[tuple[dt.date, dt.date]]:
    """The half-open days of what is typed so far, as far as it can be understood."""
    first, last = data.get("first_day"), data.get("last_day")
    if first is None:
        return []
    if last and last < first:
        data = {**data, "last_day": None}
    if data.get("starts") is None:
        data = {**data, "all_day": True}
    time, rule = first_time(data), rule_of(data)
    try:
        found = unroll(time.starts, rule, left_out=left_out(data)) if rule else None
    except Refused:
        return []
    starts = found.times if found else [one.starts for one in times_of(data)]
    return sorted(days_of(*bounds(start, time.minutes)) for start in starts)


class WhenForm(forms.Form):
    """More dates of an event that is there."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        add_when_fields(self)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        clean_when(self, data)
        return data


class MoveForm(forms.Form):
    """Another day or hour for one occurrence."""

    day = forms.DateField(label=gettext_lazy("Jour"), widget=DAY)
    starts = forms.TimeField(label=gettext_lazy("Début"), widget=HOUR)
    last_day = day_field(gettext_lazy("Dernier jour"))
    ends = forms.TimeField(label=gettext_lazy("Fin"), widget=HOUR)
    note = forms.CharField(
        label=gettext_lazy("Précision"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("Le public et les inscrits la liront."),
    )

    @staticmethod
    def initial_of(occurrence: Occurrence) -> dict[str, Any]:
        start = timezone.localtime(occurrence.starts_at)
        end = timezone.localtime(occurrence.ends_at)
        return {
            "day": start.date(),
            "starts": start.time(),
            "last_day": end.date() if end.date() != start.date() else None,
            "ends": end.time(),
            "note": occurrence.note,
        }

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        last, day = data.get("last_day"), data.get("day")
        if last and day and last < day:
            self.add_error("last_day", _("Le dernier jour vient après le premier."))
        return data

    def time(self, *, is_all_day: bool) -> Time:
        data = self.cleaned_data
        start = dt.datetime.combine(data["day"], data["starts"])
        end = dt.datetime.combine(data["last_day"] or data["day"], data["ends"])
        if end < start:
            end += dt.timedelta(1)
        # A whole day that gets hours is no longer a whole day.
        whole = is_all_day and {data["starts"], data["ends"]} == {dt.time()}
        return Time(start, int((end - start).total_seconds()) // 60, is_all_day=whole)


class SeriesForm(forms.Form):
    """The end of a repetition and the days it leaves out."""

    until = day_field(gettext_lazy("Jusqu’au"))
    but = DaysField(
        label=gettext_lazy("Sauf"),
        help_text=gettext_lazy("Les jours où cela n’a pas lieu : 6/3/2027, 13/3/2027…"),
    )


class CapacityForm(forms.Form):
    capacity = forms.IntegerField(
        label=gettext_lazy("Places de cette séance"),
        min_value=0,
        max_value=100_000,
        required=False,
        help_text=gettext_lazy("Vide : celles de l’événement."),
    )


class ReasonForm(forms.Form):
    note = forms.CharField(
        label=gettext_lazy("Pourquoi"),
        max_length=200,
        help_text=gettext_lazy("Le public et les inscrits le liront."),
    )


class StatusForm(forms.Form):
    """What becomes of a whole event."""

    status = forms.ChoiceField(
        label=gettext_lazy("L’événement est"),
        choices=Status,
        widget=forms.RadioSelect,
    )
    note = forms.CharField(
        label=gettext_lazy("Pourquoi"),
        max_length=300,
        required=False,
        help_text=gettext_lazy(
            "Le public le lit sur la fiche ; les inscrits le reçoivent par e-mail."
        ),
    )


class CopyForm(forms.Form):
    """A new edition of an event."""

    first_day = forms.DateField(
        label=gettext_lazy("Premier jour de la nouvelle édition"),
        widget=DAY,
        help_text=gettext_lazy("Toutes les dates sont décalées d’autant."),
    )
