"""What pages and papers of the committee show, and to whom."""

import datetime as dt
from collections import Counter
from collections.abc import Callable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from maillage.accounts.http import Request
from maillage.core.errors import Refused
from maillage.core.http import page
from maillage.directory.forms import StructureChoice
from maillage.plan.committee_choices import MandateState, MeetingState, Presence
from maillage.plan.models import Committee, Document, Mandate, Meeting, Seat, Vote
from maillage.plan.services.attendance import attendances, quorum_of
from maillage.plan.services.mandates import ending_soon
from maillage.plan.services.tally import Tally

# Forms of the agency ------------------------------------------------------------


def filled(form: forms.Form, *, user: Any) -> forms.Form:
    """Let the boxes of structures know who types in them."""
    for field in form.fields.values():
        if isinstance(field, StructureChoice):
            field.user = user
    return form


def saved(form: forms.Form, do: Callable[[], Any]) -> bool:
    """Do what a valid form asks for; what is refused is told in the form."""
    if not form.is_valid():
        return False
    try:
        do()
    except ValidationError as wrong:
        form.add_error("file", wrong)
    except Refused as no:
        field = getattr(no, "field", None)
        form.add_error(field if field in form.fields else None, no.message)
    return not form.errors


def form_page(
    request: Request,
    form: forms.Form,
    *,
    title: str,
    back: str,
    parent: str,
    lead: str = "",
    button: str = "",
    template: str = "plan/committee_form.html",
    **more: Any,
) -> HttpResponse:
    """A form on a page of its own; 422 when there is something to put right."""
    context = {
        "form": form, "title": title, "back": back, "parent": parent, "lead": lead,
        "button": button or _("Enregistrer"), **more,
    }  # fmt: skip
    return page(request, template, context, status=422 if form.errors else 200)


# Who sits -----------------------------------------------------------------------


def knows_names(user: Any, committee: Committee, *, day: dt.date) -> bool:
    """Members, State, Region and agency read names; others where there is consent."""
    if not user.is_authenticated:
        return False
    if user.is_agency or user.is_observer:
        return True
    return Committee.objects.all().followed_by(user, day=day).filter(pk=committee.pk).exists()  # fmt: skip


def is_desk(user: Any) -> bool:
    return bool(user.is_authenticated and user.is_agency)


def label_of(mandate: Mandate, *, named: bool) -> str:
    if not named:
        return mandate.public_label
    facts = (mandate.person_name, mandate.position, mandate.organisation)
    return ", ".join(fact for fact in facts if fact)


def parts_of(mandate: Mandate, *, named: bool) -> tuple[str, str]:
    """Who sits: the name, or the function without a name; then the rest, in small."""
    facts = [fact for fact in (mandate.position, mandate.organisation) if fact]
    if named or mandate.shows_name:
        facts.insert(0, mandate.person_name)
    return (facts[0] if facts else "", ", ".join(facts[1:]))


def colleges_of(committee: Committee, *, day: dt.date, named: bool) -> list[dict[str, Any]]:  # fmt: skip
    """Colleges with their seats, and who holds each on a day."""
    sitting = {
        row.seat_id: row
        for row in Mandate.objects.all().of_committee(committee).sitting_on(day).in_order()
    }  # fmt: skip
    found: dict[int, dict[str, Any]] = {}
    seats = Seat.objects.filter(college__committee=committee).active()
    for seat in seats.select_related("college").order_by("college__rank", "rank", "pk"):
        group = found.setdefault(
            seat.college_id, {"college": seat.college, "seats": []}
        )
        holder = sitting.get(seat.pk)
        group["seats"].append({
            "seat": seat, "holder": holder,
            "label": label_of(holder, named=named) if holder else "",
            "parts": parts_of(holder, named=named) if holder else ("", ""),
        })  # fmt: skip
    return list(found.values())


def committee_context(committee: Committee, *, user: Any, now: dt.datetime) -> dict[str, Any]:  # fmt: skip
    """A committee as everybody, or a member, reads it."""
    day = timezone.localdate(now)
    named = knows_names(user, committee, day=day)
    meetings = committee.meetings.all().visible_to(user, day=day)
    return {
        "committee": committee,
        "groups": colleges_of(committee, day=day, named=named),
        "named": named,
        "to_come": list(meetings.to_come(now=now)) if named else [],
        "held": list(meetings.held()),
    }


def desk_context(committee: Committee, *, day: dt.date) -> dict[str, Any]:
    """A committee as the agency works on it."""
    groups = colleges_of(committee, day=day, named=True)
    rows = Mandate.objects.all().of_committee(committee)
    waiting = list(rows.proposed().in_order().prefetch_related("validations"))
    proposed = {row.seat_id: row for row in waiting}
    for group in groups:
        for line in group["seats"]:
            line["proposed"] = proposed.get(line["seat"].pk)
    return {
        "committee": committee, "groups": groups, "waiting": waiting,
        "ending": [
            {"mandate": row, "is_past": row.is_past(day)}
            for row in ending_soon(committee, today=day)
        ],
        "empty": sum(not line["holder"] for group in groups for line in group["seats"]),
        "meetings": list(committee.meetings.order_by("-starts_at", "-pk")[:20]),
    }  # fmt: skip


# A meeting ----------------------------------------------------------------------


def vote_row(vote: Vote, *, named: bool) -> dict[str, Any]:
    tally = Tally.of(vote)
    ballots = vote.ballots.select_related(
        "mandate__structure", "mandate__seat__college"
    )
    return {
        "vote": vote, "tally": tally,
        "ballots": [
            {"who": label_of(row.mandate, named=named), "choice": row.get_choice_display()}
            for row in sorted(ballots, key=lambda row: (row.mandate.seat.college.rank, row.pk))
        ],
    }  # fmt: skip


def meeting_context(meeting: Meeting, *, user: Any, day: dt.date) -> dict[str, Any]:
    """All that a person may read of a meeting."""
    named = knows_names(user, meeting.committee, day=day)
    papers = list(Document.objects.filter(meeting=meeting).visible_to(user, day=day))
    items = [
        {
            "item": item,
            "papers": [paper for paper in papers if paper.item_id == item.pk],
            "votes": [vote_row(vote, named=named) for vote in item.votes.all()],
            "recusals": [
                {"who": label_of(row.mandate, named=named), "reason": row.reason if named else ""}
                for row in item.recusals.select_related("mandate__structure")
            ],
        }
        for item in meeting.items.prefetch_related("votes").order_by("rank", "pk")
    ]  # fmt: skip
    sheet = attendances(meeting)
    shows_said = bool(
        meeting.is_public or meeting.approved_at_id or is_desk(user)
    )  # fmt: skip
    return {
        "meeting": meeting, "named": named, "items": items,
        "papers": [paper for paper in papers if paper.item_id is None],
        "sheet": [
            {"who": label_of(row.mandate, named=named), "presence": str(row.get_presence_display()),
             "to": label_of(row.proxy_to, named=named) if row.proxy_to else "",
             "parts": parts_of(row.mandate, named=named),
             "to_parts": parts_of(row.proxy_to, named=named) if row.proxy_to else ("", "")}
            for row in sheet
        ],
        "presences": presence_counts(sheet),
        "quorum": quorum_of(meeting) if sheet else None,
        "decisions": list(meeting.decisions.select_related("owner", "item")),
        "shows_said": shows_said, "today": day,
    }  # fmt: skip


def presence_counts(sheet: list[Any]) -> list[tuple[str, int]]:
    found = Counter(row.presence for row in sheet)
    return [(str(one.label), found[one]) for one in Presence if found[one]]


def has_come(meeting: Meeting, *, now: dt.datetime) -> bool:
    """The day of the meeting: the sheet is filled in, votes are taken."""
    return timezone.localdate(meeting.starts_at) <= timezone.localdate(now)


def steps_of(meeting: Meeting, *, now: dt.datetime) -> list[dict[str, Any]]:
    """What the agency does next with a meeting, in its order."""
    steps: list[dict[str, Any]] = []
    if meeting.state == MeetingState.PLANNED:
        steps.append({"step": "convoquer", "label": _("Envoyer la convocation")})
    if meeting.is_open and meeting.starts_at <= now:
        steps.append({"step": "cloturer", "label": _("Clôturer la séance")})
    if meeting.state in {MeetingState.PLANNED, MeetingState.CONVENED}:
        steps.append(
            {"step": "annuler", "label": _("Annuler la séance"), "is_last": True}
        )
    if meeting.approved_at_id and not meeting.is_public:
        steps.append({"step": "publier", "label": _("Publier la séance")})
    return steps


def ways_of(meeting: Meeting, *, now: dt.datetime) -> list[dict[str, str]]:
    """The pages on which the agency works at a meeting."""
    ways = []
    if meeting.state in {MeetingState.PLANNED, MeetingState.CONVENED}:
        ways.append(("meeting_edit", _("Date et lieu")))
        ways.append(("meeting_items", _("Ordre du jour et documents")))
    elif meeting.is_held:
        ways.append(("meeting_items", _("Documents")))
    is_on = meeting.is_open and has_come(meeting, now=now)
    if is_on:
        ways.append(("meeting_sheet", _("Feuille de présence")))
    if is_on or (meeting.is_held and not meeting.approved_at_id):
        ways.append(("decision_new", _("Ajouter une décision")))
    if meeting.is_held and not meeting.approved_at_id:
        ways.append(("minutes_edit", _("Compte rendu")))
    return [
        {"url": reverse(f"plan:{name}", args=[meeting.pk]), "label": label}
        for name, label in ways
    ]


def history_of(seat: Seat) -> list[Mandate]:
    """Everybody who was proposed for a seat, the last first."""
    rows = Mandate.objects.filter(seat=seat).select_related("structure")
    return list(rows.prefetch_related("validations").order_by("-starts_on", "-pk"))


TONES = {
    MandateState.SEATED: "good", MandateState.PROPOSED: "proposed",
    MandateState.REFUSED: "bad",
}  # fmt: skip
