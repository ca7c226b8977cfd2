"""A repetition in words: « tous les mercredis à 14 h jusqu’au 30 juin 2027 »."""

import datetime as dt
from collections.abc import Iterable, Sequence
from functools import cache

from django.utils.formats import date_format
from django.utils.translation import get_language, gettext as _, ngettext

from maillage.agenda.models import Series
from maillage.agenda.services.recurrence import DAYS, SLOT, last_day, parts_of
from maillage.core.dates import day_words
from maillage.core.errors import Refused

MOST_LEFT_OUT = 6


def hour_words(time: dt.time | dt.datetime) -> str:
    """« 14 h », « 9 h 30 »."""
    return hour_in(get_language(), time.hour, time.minute)


@cache
def hour_in(_language: str | None, hour: int, minute: int) -> str:
    """Lists say the same few hours over and over."""
    if not minute:
        return _("%(hour)s h") % {"hour": hour}
    return _("%(hour)s h %(minute)s") % {
        "hour": hour,
        "minute": f"{minute:02d}",
    }


def series_words(series: Series) -> str:
    """The rule of a series, its hour, its end, the dates left out."""
    starts = dt.datetime.fromisoformat(series.starts)
    try:
        parts = parts_of(series.rule)
    except Refused:
        return _("selon une règle particulière, à partir du %(day)s") % {
            "day": day_words(starts.date())
        }
    hour = hour_words(starts)
    words = [frequency_words(parts, starts), _("à %(hour)s") % {"hour": hour}]
    ends = last_day(parts)
    if ends is not None:
        words.append(_("jusqu’au %(day)s") % {"day": day_words(ends)})
    elif "COUNT" in parts:
        times = int(parts["COUNT"])
        words.append(ngettext("(%(n)s fois)", "(%(n)s fois)", times) % {"n": times})
    text = " ".join(words)
    out = left_out_words(series.left_out, near=starts)
    return _("%(rule)s, sauf %(days)s") % {"rule": text, "days": out} if out else text


def left_out_words(left_out: Iterable[str], *, near: dt.datetime) -> str:
    """« le 1er mai et le 8 mai »; the year only when it is another."""
    days = sorted({dt.date.fromisoformat(text[:10]) for text in left_out})
    named = [
        _("le %(day)s")
        % {"day": day_words(day, "j F" if day.year == near.year else "j F Y")}
        for day in days[:MOST_LEFT_OUT]
    ]
    if len(days) > MOST_LEFT_OUT:
        rest = len(days) - MOST_LEFT_OUT
        text = ngettext("%(n)s autre date", "%(n)s autres dates", rest)
        named.append(text % {"n": rest})
    return listed(named)


def listed(words: Sequence[str]) -> str:
    if len(words) < 2:
        return "".join(words)
    return _("%(first)s et %(last)s") % {
        "first": ", ".join(words[:-1]),
        "last": words[-1],
    }


def day_name(number: int) -> str:
    return date_format(dt.date(2024, 1, 1) + dt.timedelta(number), "l").lower()


def frequency_words(parts: dict[str, str], starts: dt.datetime) -> str:
    every = int(parts.get("INTERVAL", "1"))
    match parts["FREQ"]:
        case "DAILY":
            if every == 1:
                return _("tous les jours")
            return _("tous les %(n)s jours") % {"n": every}
        case "WEEKLY":
            return weekly_words(parts, starts, every)
        case "MONTHLY":
            return monthly_words(parts, starts, every)
        case _other:
            day = day_words(starts.date(), "j F")
            if every == 1:
                return _("chaque année le %(day)s") % {"day": day}
            return _("tous les %(n)s ans le %(day)s") % {"n": every, "day": day}


def weekly_words(parts: dict[str, str], starts: dt.datetime, every: int) -> str:
    chosen = parts.get("BYDAY", DAYS[starts.weekday()]).split(",")
    numbers = sorted(DAYS.index(day[-2:]) for day in chosen if day[-2:] in DAYS)
    if numbers == list(range(7)) and every == 1:
        return _("tous les jours")
    names = [day_name(number) for number in numbers]
    if every == 1:
        return _("tous les %(days)s") % {"days": listed([f"{name}s" for name in names])}
    if every == 2:
        return _("un %(days)s sur deux") % {"days": listed(names)}
    return _("toutes les %(n)s semaines, le %(days)s") % {
        "n": every,
        "days": listed(names),
    }


def monthly_words(parts: dict[str, str], starts: dt.datetime, every: int) -> str:
    months = (
        _("de chaque mois") if every == 1 else _("tous les %(n)s mois") % {"n": every}
    )
    day = parts.get("BYDAY", "")
    if day and "," not in day and day[-2:] in DAYS and day[:-2]:
        name = day_name(DAYS.index(day[-2:]))
        rank = int(day[:-2])
        ranks = {
            1: _("le premier %(day)s"),
            2: _("le deuxième %(day)s"),
            3: _("le troisième %(day)s"),
            4: _("le quatrième %(day)s"),
            5: _("le cinquième %(day)s"),
            -1: _("le dernier %(day)s"),
        }
        if rank in ranks:
            return f"{ranks[rank] % {'day': name}} {months}"
    number = parts.get("BYMONTHDAY", str(starts.day))
    ordinal = _("1er") if number == "1" else number
    return f"{_('le %(day)s') % {'day': ordinal}} {months}"


def slot_text(local: dt.datetime) -> str:
    return local.strftime(SLOT)
