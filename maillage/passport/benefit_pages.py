"""Benefits in words, and what the pages that list them show."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import prefetch_related_objects
from django.http import HttpRequest
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from maillage.core.dates import day_words
from maillage.core.lists import (
    Choice,
    FacetBox,
    Option,
    cards,
    list_context,
    without,
)
from maillage.core.models import Badge
from maillage.core.money import format_cents
from maillage.directory.models import Place
from maillage.passport.choices import AgeBand, Gives, Limit, PassKind
from maillage.passport.models import Benefit
from maillage.passport.services.benefit_finding import (
    Found,
    find_benefits,
    first_of,
    read_asked,
)

DAY = dt.timedelta(1)
#: Facets of places that say where; the others would hide those of benefits.
PLACE_FACETS = ("department", "family", "category", "feature", "epci")
TONES = {Gives.FREE: "good", Gives.REDUCED: "warn", Gives.PRIORITY: ""}
#: The signs of the map, in the order of the numbers that points carry.
SIGNS = {
    Gives.FREE: {"color": "#0b7a75", "shape": "circle"},
    Gives.REDUCED: {"color": "#e0a100", "shape": "triangle"},
    Gives.PRIORITY: {"color": "#7a4fa3", "shape": "square"},
}


def value_words(benefit: Benefit) -> str:
    """« entrée gratuite au lieu de 7 € », « 3 € au lieu de 7 € », « tarif réduit »."""
    gives = Gives(benefit.gives)
    said = str(gives.label)
    if gives == Gives.REDUCED and benefit.price_cents:
        said = format_cents(benefit.price_cents)
    if benefit.normal_cents and gives != Gives.PRIORITY:
        full = format_cents(benefit.normal_cents)
        return _("%(price)s au lieu de %(full)s") % {"price": said, "full": full}
    return said


def limit_words(benefit: Benefit) -> str:
    """« une seule fois », « 3 fois par saison »; nothing without a limit."""
    if benefit.limit == Limit.N_A_SEASON:
        return _("%(n)s fois par saison") % {"n": benefit.times}
    return "" if benefit.limit == Limit.NONE else str(Limit(benefit.limit).label)


def who_words(benefit: Benefit) -> str:
    """« une personne ou un foyer, 6 à 11 ans »; nothing when it is for all."""
    kinds = [str(PassKind(kind).label) for kind in benefit.kinds]
    ages = [str(AgeBand(band).label) for band in benefit.age_bands]
    said = [_(" ou ").join(part) for part in (kinds, ages) if part]
    return ", ".join(said)


def company_words(benefit: Benefit) -> str:
    most = benefit.most_companions
    if not most:
        return ""
    return _("avec un accompagnant") if most == 1 else _("avec %(n)s accompagnants") % {"n": most}  # fmt: skip


def days_words(benefit: Benefit, *, today: dt.date) -> str:
    """« à partir du 3 mars 2027 », « jusqu’au 4 juin 2027 »; nothing without days."""
    start, end = benefit.days
    first = start if start and start > today else None
    words = {
        "first": day_words(first) if first else "",
        "last": day_words(end - DAY) if end else "",
    }
    if first and end:
        if first == end - DAY:
            return _("le %(first)s") % words
        return _("du %(first)s au %(last)s") % words
    if first:
        return _("à partir du %(first)s") % words
    return _("jusqu’au %(last)s") % words if end else ""


@dataclass(frozen=True)
class Line:
    """One benefit as pages say it."""

    benefit: Benefit
    value: str
    #: Words of its own, for whom, how often, when: those that there are.
    facts: list[str]
    tone: str

    @property
    def event(self) -> Any:
        return self.benefit.event


def line_of(benefit: Benefit, *, today: dt.date) -> Line:
    facts = [
        benefit.label,
        who_words(benefit),
        company_words(benefit),
        limit_words(benefit),
        days_words(benefit, today=today),
    ]
    return Line(
        benefit,
        capfirst(value_words(benefit)),
        [capfirst(fact) for fact in facts if fact],
        TONES[Gives(benefit.gives)],
    )


def lines_of(rows: Iterable[Benefit], *, today: dt.date) -> list[Line]:
    """What gives most comes first, as at the door."""
    ranks = {str(gives): rank for rank, gives in enumerate(Gives)}
    ordered = sorted(rows, key=lambda row: (ranks[row.gives], row.price_cents, row.pk))
    return [line_of(row, today=today) for row in ordered]


def badges_of(rows: Iterable[Benefit]) -> list[Badge]:
    """What a place gives, in a word or two each; no more than there are sorts."""
    best: dict[str, Benefit] = {}
    for row in sorted(rows, key=lambda row: (row.price_cents, row.pk)):
        best.setdefault(row.gives, row)
    return [
        Badge(TONES[gives], value_words(best[gives]))
        for gives in Gives
        if gives in best
    ]


# Lists ------------------------------------------------------------------------------


def labels_of(name: str) -> Mapping[str, str]:
    return {
        "gives": {str(k): str(v) for k, v in Gives.choices},
        "pass": {str(k): str(v) for k, v in PassKind.choices},
        "age": {str(k): str(v) for k, v in AgeBand.choices if k},
    }[name]


def boxes_of(found: Found) -> list[FacetBox]:
    """The filters of benefits, before those of places."""
    titles = {
        "gives": _("Le lieu donne"),
        "pass": _("Mon passeport est pour"),
        "age": _("Pour cet âge"),
    }
    boxes = []
    for name, counts in found.counts().items():
        chosen = found.asked.chosen.get(name, ())
        options = [
            Option(value, labels_of(name)[value], count, value in chosen)
            for value, count in counts.items()
            if count or value in chosen
        ]
        boxes.append(FacetBox(name, titles[name], options, name != "age" or bool(chosen)))  # fmt: skip
    return [box for box in boxes if box.options]


def benefit_context(
    request: HttpRequest, *, today: dt.date, size: int
) -> dict[str, Any]:  # fmt: skip
    """What the list and the map need: places with what each of them gives."""
    found = find_benefits(read_asked(request.GET), today=today)
    context = list_context(request, kinds=("place",), size=size, only=found.only)
    places = {box.name: box for box in context["facets"]}
    own = boxes_of(found)
    facets = [*own, *(places[name] for name in PLACE_FACETS if name in places)]
    # their own chips come first
    active = [
        Choice(option.label, without(request.path, request.GET, box.name, option.value))
        for box in own
        for option in box.options
        if option.checked
    ]
    active += context["active"]
    query = context["parameters"]
    tail = f"?{query}" if query else ""
    return context | {
        "facets": facets,
        "active": active,
        "active_count": len(active),
        "list_url": reverse("passport:benefit_list") + tail,
        "map_url": reverse("passport:benefit_map") + tail,
        "rows": given_by(context["things"], found, today=today),
    }


def in_view(request: HttpRequest, *, today: dt.date, size: int) -> dict[str, Any]:
    """The first places that a part of the map shows."""
    found = find_benefits(read_asked(request.GET), today=today)
    things = cards(found.listing.page(1, size))
    return {"rows": given_by(things, found, today=today), "total": found.listing.total}


def given_by(
    things: Sequence[Any], found: Found, *, today: dt.date
) -> list[dict[str, Any]]:
    """Cards of places, each with the lines of what it gives. Two queries."""
    slugs = [thing.slug for thing in things]
    rows = Place.objects.filter(slug__in=slugs).values_list("slug", "pk")
    numbers = dict(rows)
    given = [found.by_place.get(numbers.get(slug, 0), []) for slug in slugs]
    prefetch_related_objects([row for rows in given for row in rows], "event")
    return [
        {
            "thing": thing,
            "lines": lines_of(rows, today=today),
            "badges": badges_of(rows),
        }
        for thing, rows in zip(things, given, strict=True)
    ]


def sign_numbers(found: Found) -> dict[int, int]:
    """The sign of each place on the map: of the best that it gives."""
    order = {gives: rank for rank, gives in enumerate(SIGNS)}
    return {pk: order[first_of(rows)] for pk, rows in found.by_place.items()}


def signs() -> list[dict[str, str]]:
    return [
        {"kind": "place", "label": capfirst(str(gives.label)), **sign}
        for gives, sign in SIGNS.items()
    ]
