"""What a section sends: the whole form, or one answer at a time."""

import json
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from maillage.core.errors import Refused
from maillage.core.http import PageRequest
from maillage.surveys import prefill
from maillage.surveys.answer_pages import (
    Painter,
    clock,
    name_of,
    place_of,
    told_change,
    versions_html,
)
from maillage.surveys.choices import QuestionKind
from maillage.surveys.definition import Section
from maillage.surveys.models import Response
from maillage.surveys.running import program
from maillage.surveys.services.answering import (
    UNKNOWN,
    Change,
    Outcome,
    Writer,
    changed_since,
    choose,
    save_answers,
)
from maillage.surveys.services.rows import add_row, set_row
from maillage.surveys.services.sheets import Filled, Place, fill, mark, progress
from maillage.surveys.views.answers_link import by_link, refused_json, writer_of

LARGEST = 1_000_000
VERBS = ("-choose", "-confirm", "-add", "-remove", "-restore")


def typed_changes(request: PageRequest, filled: Filled, part: Section) -> list[Change]:
    """Every box of the page that came with the form, and what its page had seen."""
    found = []
    for spec, place in filled.places():
        name = name_of(filled, place)
        seen = request.POST.get(f"-seen.{name}")
        if seen is None or filled.book.page_of(spec.code) != part.code:
            continue
        raw: Any = request.POST.getlist(name)
        if spec.kind != QuestionKind.MANY:
            raw = raw[0] if raw else ""
        found.append(Change(place[0], raw, place[1], seen))
    return found


def shown_places(filled: Filled, part: Section) -> set[Place]:
    sheet = filled.run(today=timezone.localdate())
    return {
        place
        for spec, place in filled.places()
        if sheet.asks(*place) and filled.book.page_of(spec.code) == part.code
    }


def posted_section(
    request: PageRequest, filled: Filled, part: Section
) -> HttpResponse | None:
    """Save a section, do what its button says; None shows what is to be seen again."""
    writer = writer_of(request, filled.response, opened=request.POST.get("-page", ""))
    before = shown_places(filled, part)
    now, today = timezone.now(), timezone.localdate()
    try:
        outcome = save_answers(
            filled.response, typed_changes(request, filled, part),
            writer=writer, now=now, today=today,
        )  # fmt: skip
        anchor = obey(request, outcome.filled, part, writer=writer)
    except Refused as no:
        messages.error(request, no.message)
        return back(filled, part.code)
    if anchor is not None:
        return back(filled, part.code, anchor)
    if outcome.torn:
        messages.warning(
            request,
            _("Quelqu’un a répondu autre chose en même temps : choisissez ci-dessous."),
        )
        return back(filled, part.code, anchor_of(filled, outcome.torn[0]))
    return onward(request, outcome, part, before=before)


def anchor_of(filled: Filled, place: Place) -> str:
    return f"q-{name_of(filled, place).replace('.', '-')}-part"


def back(filled: Filled, section: str, anchor: str = "") -> HttpResponseRedirect:
    url = reverse("surveys:answer_section", args=[filled.unit.token, section])
    return HttpResponseRedirect(f"{url}#{anchor}" if anchor else url)


def obey(
    request: PageRequest, filled: Filled, part: Section, *, writer: Writer
) -> str | None:
    """Do what a small button of the page says; returns where to go back to.

    Refuses as the services do.
    """
    verb = next((name for name in VERBS if name in request.POST), "")
    if not verb:
        return None
    word = request.POST[verb]
    when: dict[str, Any] = {
        "writer": writer, "now": timezone.now(), "today": timezone.localdate(),
    }  # fmt: skip
    if verb == "-confirm":
        places = meant(filled, part, word)
        prefill.confirm(filled, places, **when)
        return anchor_of(filled, places[0]) if len(places) == 1 else "main"
    if verb == "-choose":
        name, _bar, pick = word.rpartition("|")
        place = known_place(filled, name)
        number = int(pick) if pick.isascii() and pick.isdigit() else None
        choose(filled.response, place, change=number, **when)
        return anchor_of(filled, place)
    if verb == "-add":
        row = add_row(filled.response, word, **when)
        return f"row-{word}-{row.key}"
    group, _dot, key = word.partition(".")
    is_removed = verb == "-remove"
    set_row(filled.response, group, key, is_removed=is_removed, **when)
    return f"group-{group}" if is_removed else f"row-{group}-{key}"


def known_place(filled: Filled, name: str) -> Place:
    try:
        return place_of(name)
    except ValueError:
        raise Refused("gone", _("Cette question n’existe plus.")) from None


def meant(filled: Filled, part: Section, word: str) -> list[Place]:
    """The proposals that a button confirms: one, those of a row, or all of the page."""
    sheet = filled.run(today=timezone.localdate())
    places = prefill.asked_places(filled, sheet, filled.book.codes_on(part))
    if word == "*":
        return places
    if word.startswith("row:"):
        group, _dot, key = word.removeprefix("row:").partition(".")
        return [
            p for p in places if p[1] == key and filled.book.group_of(p[0]) == group
        ]
    place = known_place(filled, word)
    return [one for one in places if one == place]


def onward(
    request: PageRequest, outcome: Outcome, part: Section, *, before: set[Place]
) -> HttpResponse | None:
    """Go where the button says; « Continuer » first shows what is to be seen again."""
    filled, sheet = outcome.filled, outcome.sheet
    codes = [p.section.code for p in progress(filled, sheet) if p.is_shown]
    at = codes.index(part.code) if part.code in codes else -1
    to = request.POST.get("-go", "next")
    if to == "next":
        after = shown_places(filled, part)
        fresh = {p for p in after - before if filled.value(p) is None}
        if any(place in after for place in outcome.errors):
            return None
        if fresh:
            messages.info(
                request, _("Enregistré. Vos réponses appellent d’autres questions ici.")
            )
            first = next(p for _spec, p in filled.places() if p in fresh)
            return back(filled, part.code, anchor_of(filled, first))
    if to in {"next", "anyway"}:
        to = codes[at + 1] if at + 1 < len(codes) else "review"
    if to == "stay":
        messages.success(request, _("Enregistré."))
        return back(filled, part.code)
    if to in codes:
        return back(filled, to)
    url = reverse("surveys:answer_review", args=[filled.unit.token])
    return HttpResponseRedirect(url)


def program_of(filled: Filled) -> dict[str, Any]:
    """What the browser needs to show and hide questions by itself."""
    given = filled.given()
    return {
        "program": program(filled.book.definition),
        "values": dict(given.values),
        "rows": {
            group: [[key, dict(values)] for key, values in rows]
            for group, rows in given.rows.items()
        },
        "today": timezone.localdate().isoformat(),
    }


@by_link
@require_POST
def answer_save(request: PageRequest, response: Response) -> HttpResponse:
    """Take the answers that a page sends while one types."""
    changes = read_changes(request.body)
    if changes is None:
        return JsonResponse({"code": "bad", "message": ""}, status=400)
    opened, rows = changes
    writer = writer_of(request, response, opened=opened)
    now = timezone.now()
    try:
        outcome = save_answers(
            response, rows, writer=writer, now=now, today=timezone.localdate()
        )
    except Refused as no:
        return refused_json(no)
    return JsonResponse(told_outcome(outcome, rows) | {"at": clock(now)})


def read_changes(body: bytes) -> tuple[str, list[Change]] | None:
    """What came, as changes; None when it is not what our pages send."""
    if len(body) > LARGEST:
        return None
    try:
        data = json.loads(body)
        rows = []
        for one in data["changes"]:
            code, key = place_of(str(one["name"]))
            rows.append(Change(code, one["value"], key, str(one.get("seen", ""))))
        return str(data.get("page", "")), rows
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def told_outcome(outcome: Outcome, rows: list[Change]) -> dict[str, Any]:
    filled = outcome.filled
    painter = Painter(filled, outcome.sheet) if outcome.torn else None
    saved = {}
    for change in rows:
        place, state = change.place, outcome.states[change.place]
        if state == UNKNOWN:
            continue
        saved[name_of(filled, place)] = {
            "state": state,
            "seen": mark(filled.answers.get(place)),
            "error": outcome.errors.get(place, ""),
            "versions": (
                versions_html(painter, place)
                if painter and place in painter.besides
                else ""
            ),
        }
    return {"revision": filled.response.revision, "saved": saved}


@by_link
@require_GET
def answer_news(request: PageRequest, response: Response) -> HttpResponse:
    """What others have written since a revision, for a page that is open."""
    since = request.GET.get("depuis", "")
    number = int(since) if since.isascii() and since.isdigit() else 0
    if response.revision <= number:
        return JsonResponse({"revision": response.revision})
    filled = fill(response)
    painter = Painter(filled, filled.run(today=timezone.localdate()))
    newer = [(a.question, a.instance) for a in changed_since(filled, number)]
    rows = any(r.at_revision > number for held in filled.rows.values() for r in held)
    return JsonResponse(
        {
            "revision": response.revision,
            "answers": [told_change(painter, place) for place in newer],
            "rows": rows,
            "sent": response.counts,
        }
    )
