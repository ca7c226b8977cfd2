"""What pages of stamps show: the passes of this phone, progress, figures of the gate."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.core.signing import BadSignature
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy, ngettext

from maillage.agenda.models import Stop, Trail
from maillage.core.dates import day_words
from maillage.core.disclosure import figure_columns
from maillage.core.tables.columns import Column
from maillage.passport.models import Pass
from maillage.passport.pass_pages import holder_words
from maillage.passport.services.stamp_figures import stamped
from maillage.passport.services.stamps import Progress, month_of, progress_on

COOKIE, SALT = "maillage-tampons", "passport.stamps"
MOST = 8
YEAR = 365 * 24 * 3600
MOST_DIPLOMAS = 60


# The passes that this phone holds ---------------------------------------------------


def numbers_on(request: HttpRequest) -> list[str]:
    """The numbers of passes that this phone was asked to know."""
    try:
        text = request.get_signed_cookie(COOKIE, salt=SALT)
    except (KeyError, BadSignature):
        return []
    return [number for number in (text or "").split(".") if number][:MOST]


def remembered(
    request: HttpRequest, answer: HttpResponse, holder: Pass
) -> HttpResponse:
    """Let this phone stamp a pass that keeps its stamps and that no account holds."""
    known = numbers_on(request)
    if holder.keeps_stamps and holder.user_id is None and holder.number not in known:
        write(request, answer, [holder.number, *known][:MOST])
    return answer


def forgotten(request: HttpRequest, answer: HttpResponse, holder: Pass) -> HttpResponse:
    known = numbers_on(request)
    write(request, answer, [number for number in known if number != holder.number])
    return answer


def write(request: HttpRequest, answer: HttpResponse, numbers: list[str]) -> None:
    if not numbers:
        answer.delete_cookie(COOKIE, samesite="Lax")
        return
    answer.set_signed_cookie(
        COOKIE, ".".join(numbers), salt=SALT, max_age=YEAR,
        httponly=True, samesite="Lax", secure=request.is_secure(),
    )  # fmt: skip


def passes_at_hand(request: Any) -> list[Pass]:
    """The active passes of one's account, and those that this phone knows."""
    rows = Pass.objects.all().active().filter(valid_until__gt=timezone.localdate())
    rows = rows.select_related("offer").prefetch_related("members")
    mine = list(rows.held_by(request.user)[:MOST])
    known = {row.number for row in mine}
    numbers = [number for number in numbers_on(request) if number not in known]
    return mine + list(rows.filter(number__in=numbers, user=None))


def stamp_box(request: Any, stop: Stop) -> dict[str, Any]:
    """What the page of a stop offers to the passes at hand."""
    lines = [line_of(row, stop) for row in passes_at_hand(request)]
    return {
        "url": reverse("passport:stop_stamp", args=[stop.trail.slug, stop.code]),
        "is_open": stop.trail.is_public,
        "done": [line for line in lines if line["is_stamped"]],
        "todo": [line for line in lines if not line["is_stamped"]],
        "asks": any(
            not line["is_stamped"] and not line["holder"].keeps_stamps for line in lines
        ),
    }


def line_of(holder: Pass, stop: Stop) -> dict[str, Any]:
    progress = progress_on(holder, trail=stop.trail)
    return {
        "holder": holder,
        "name": name_of(holder),
        "is_stamped": stop.pk in progress.stamped,
        "progress": progress,
        "words": progress_words(progress),
    }


def name_of(holder: Pass) -> str:
    """What the holder calls it, else whose it is."""
    return holder.nickname or f"{holder.offer.name}, {holder_words(holder)}"


def progress_words(progress: Progress) -> str:
    if progress.is_done:
        return _("parcours terminé, %(n)s tampons") % {"n": progress.total}
    told = {"done": progress.done, "total": progress.total}
    words = ngettext(
        "%(done)s tampon sur %(total)s", "%(done)s tampons sur %(total)s", progress.done
    )
    return words % told


def progress_line(holder: Pass, progress: Progress) -> dict[str, Any]:
    """One trail on the page of a pass: how far, what is next, where."""
    trail, after = progress.trail, progress.next
    where = trail.get_absolute_url() if trail.is_public else ""
    return {
        "trail": trail,
        "url": where,
        "progress": progress,
        "words": progress_words(progress),
        "next": after,
        "next_url": f"{where}#etape-{after.rank}" if where and after else "",
        "diploma": (
            reverse("passport:pass_diploma", args=[holder.secret, trail.slug])
            if progress.is_done
            else ""
        ),
        "stops": [
            {"stop": stop, "is_stamped": stop.pk in progress.stamped}
            for stop in progress.stops
        ],
    }


def copies_asked(text: str, holder: Pass) -> int:
    """How many diplomas: one for each person of the pass, unless fewer are asked."""
    most = min(holder.people, MOST_DIPLOMAS)
    return min(max(int(text), 1), most) if text.isdecimal() and len(text) < 6 else most


# Figures -------------------------------------------------------------------------------


def until_words(today: dt.date) -> str:
    """The last month that is counted."""
    return day_words(month_of(today) - dt.timedelta(1), "F Y")


def trail_lines(trails: Iterable[Trail], *, today: dt.date) -> list[dict[str, Any]]:
    """How many passes began and ended each trail."""
    rows = list(trails)
    found = stamped([trail.pk for trail in rows], today=today)
    return [{"trail": trail, "figures": found[trail.pk]} for trail in rows]


def stop_lines(trail: Trail, *, today: dt.date) -> list[dict[str, Any]]:
    found = stamped([trail.pk], today=today)[trail.pk]
    return [{"stop": stop, "figure": found.at(stop.pk)} for stop in trail.stops.all()]


COLUMNS = (
    Column("trail", gettext_lazy("parcours"), value=lambda row: row["trail"].name),
    Column(
        "owner", gettext_lazy("proposé par"), value=lambda row: row["trail"].owner_name
    ),
    *figure_columns(
        "begun",
        gettext_lazy("passeports avec un tampon"),
        of=lambda row: row["figures"].begun,
    ),
    *figure_columns(
        "done", gettext_lazy("parcours terminés"), of=lambda row: row["figures"].done
    ),
)
