"""Files of the committee: lists, the calendar entry of a meeting, minutes on paper."""

import datetime as dt
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext as _, gettext_lazy
from icalendar import Calendar, Event

from maillage.core.context import region
from maillage.core.dates import day_words
from maillage.core.pdf import set_pages
from maillage.core.tables.columns import Column
from maillage.plan.committee_choices import DecisionState, MeetingState
from maillage.plan.models import Meeting

FOLDER = Path(__file__).parent / "pdf"


def college(row: Any) -> str:
    return str(row.seat.college.name)


MANDATE_COLUMNS: tuple[Column, ...] = (
    Column("comite", gettext_lazy("comité"), value=lambda r: r.seat.college.committee.name),
    Column("college", gettext_lazy("collège"), value=college),
    Column("siege", gettext_lazy("siège"), value=lambda r: r.seat.label),
    Column("voix", gettext_lazy("voix délibérative"), "boolean", value=lambda r: r.seat.has_vote),
    Column("nom", gettext_lazy("nom"), value=lambda r: r.person_name),
    Column("nom_public", gettext_lazy("nom public"), "boolean", value=lambda r: r.shows_name),
    Column("fonction", gettext_lazy("fonction"), value=lambda r: r.position),
    Column("organisme", gettext_lazy("organisme"), value=lambda r: r.organisation),
    Column("etat", gettext_lazy("état"), value=lambda r: r.get_state_display()),
    Column("debut", gettext_lazy("début"), "date", value=lambda r: r.starts_on),
    Column("fin_exclue", gettext_lazy("fin (exclue)"), "date", value=lambda r: r.ends_on),
    Column("avis", gettext_lazy("avis de l’État et de la Région"), value=lambda r: answers(r)),
)  # fmt: skip

DECISION_COLUMNS: tuple[Column, ...] = (
    Column("comite", gettext_lazy("comité"), value=lambda r: r.meeting.committee.name),
    Column("seance", gettext_lazy("séance"), value=lambda r: r.meeting.title),
    Column("date", gettext_lazy("date"), "date", value=lambda r: timezone.localdate(r.meeting.starts_at)),
    Column("decision", gettext_lazy("décision"), "long", value=lambda r: r.text),
    Column("suivi_par", gettext_lazy("suivi par"), value=lambda r: r.owner_name),
    Column("pour_le", gettext_lazy("pour le"), "date", value=lambda r: r.due_on),
    Column("etat", gettext_lazy("état"), value=lambda r: r.get_state_display()),
    Column("close_le", gettext_lazy("close le"), "date", value=lambda r: r.closed_on),
)  # fmt: skip


def answers(mandate: Any) -> str:
    words = {True: _("favorable"), False: _("défavorable")}
    return " ; ".join(
        f"{row.get_side_display()}, {row.decided_on.isoformat()}, {row.reference}, "
        f"{words[row.accepts]}"
        for row in mandate.validations.all()
    )


def calendar_of(meeting: Meeting, *, with_link: bool) -> bytes:
    """One meeting for a calendar; it keeps its UID, SEQUENCE rises with each change.

    The address of the video conference is for members: ``with_link``.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//Maillage//Plan//FR")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    event = Event()
    host = urlsplit(settings.SITE_URL).hostname or "localhost"
    event.add("uid", f"{meeting.uid}@{host}")
    event.add("sequence", meeting.sequence)
    event.add("dtstamp", meeting.changed_at.astimezone(dt.UTC))
    event.add("dtstart", meeting.starts_at.astimezone(dt.UTC))
    event.add("dtend", meeting.ends_at.astimezone(dt.UTC))
    event.add("summary", f"{meeting.committee.name} : {meeting.title}")
    places = [meeting.venue, meeting.online_url if with_link else ""]
    if where := ", ".join(word for word in places if word):
        event.add("location", where)
    items = meeting.items.order_by("rank", "pk")
    event.add("description", "\n".join(f"{one.rank}. {one.title}" for one in items))
    event.add("url", settings.SITE_URL + meeting.get_absolute_url())
    gone = meeting.state == MeetingState.CANCELLED
    event.add("status", "CANCELLED" if gone else "CONFIRMED")
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def minutes_pdf(context: dict[str, Any], *, today: dt.date) -> bytes:
    """The minutes: what the page shows to the same person, for paper."""
    meeting: Meeting = context["meeting"]
    start = timezone.localtime(meeting.starts_at)
    url = settings.SITE_URL + meeting.get_absolute_url()
    is_final = meeting.approved_at_id is not None
    data = {
        "lang": (get_language() or "fr")[:2],
        "site": "Maillage",
        "region": region()["name"],
        "committee": meeting.committee.name,
        "title": meeting.title,
        "when": f"{day_words(start.date(), 'l j F Y')}, {date_format(start, 'H:i')}",
        "where": meeting.venue,
        "badge": "" if is_final else _("PROJET, non approuvé"),
        "approved": approved(meeting),
        "intro": paragraphs(meeting.minutes),
        "presences": [f"{label} : {number}" for label, number in context["presences"]],
        "quorum": quorum_words(context["quorum"]),
        "sheet": [
            [row["who"], row["presence"], row["to"]] for row in context["sheet"]
        ],
        "items": [item_words(row, context) for row in context["items"]],
        "decisions": [decision_words(row) for row in context["decisions"]],
        "url": url,
        "address": url.partition("//")[2],
        "printed": _("Imprimé le %(day)s") % {"day": day_words(today)},
        "words": {
            "minutes": _("Compte rendu"), "sheet": _("Présences"),
            "head": [_("Membre"), _("Présence"), _("Pouvoir à")],
            "decisions": _("Décisions"),
            "decision_head": [_("Décision"), _("Suivi par"), _("Pour le"), _("État")],
            "example": _("exemple") if meeting.is_example else "",
        },
    }  # fmt: skip
    return set_pages(FOLDER / "committee_minutes.typ", data=data)


def approved(meeting: Meeting) -> str:
    if meeting.approved_at is None:
        return ""
    day = day_words(timezone.localdate(meeting.approved_at.starts_at))
    return _("Approuvé en séance du %(day)s") % {"day": day}


def paragraphs(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip()]


def quorum_words(quorum: Any) -> str:
    if quorum is None:
        return ""
    met = _("atteint") if quorum.is_met else _("non atteint")
    return _("Quorum %(met)s : %(counted)s pour %(needed)s nécessaires, %(seats)s membres votants.") % {
        "met": met, "counted": quorum.counted, "needed": quorum.needed, "seats": quorum.seats,
    }  # fmt: skip


def vote_words(row: dict[str, Any]) -> str:
    """« Question : adopté (162 pour, 0 contre, 1 abstention…) »."""
    vote = row["vote"]
    result = _("adopté") if vote.is_adopted else _("rejeté")
    said = _(
        "%(question)s : %(result)s. Présents %(present)s, pouvoirs %(proxies)s, ne prenant "
        "pas part %(apart)s ; pour %(for)s, contre %(against)s, abstentions %(abstained)s."
    )
    return said % {
        "question": vote.question, "result": result, "present": vote.present,
        "proxies": vote.proxies, "apart": vote.apart, "for": vote.votes_for,
        "against": vote.against, "abstained": vote.abstained,
    }  # fmt: skip


def item_words(row: dict[str, Any], context: dict[str, Any]) -> dict[str, Any]:
    item = row["item"]
    return {
        "title": f"{item.rank}. {item.title}",
        "said": paragraphs(item.said) if context["shows_said"] else [],
        "votes": [vote_words(one) for one in row["votes"]],
        "recusals": [
            _("Ne prend pas part : %s") % one["who"] for one in row["recusals"]
        ],
    }


def decision_words(row: Any) -> list[str]:
    due = day_words(row.due_on) if row.due_on else ""
    return [row.text, row.owner_name, due, str(DecisionState(row.state).label)]
