"""Trails to try: what one does there is invented, the places are real.

A region has them in its own ``trails.toml``; one without that file has none.
"""

import datetime as dt
import tomllib
from pathlib import Path
from typing import Any

from django.db import transaction

from maillage.agenda.demo import SOURCE
from maillage.agenda.models import Trail
from maillage.agenda.services.trails import estimate_steps
from maillage.core.choices import State
from maillage.core.entries import refresh_entries
from maillage.core.intake.applying import Slugs
from maillage.directory.models import Place, Structure


def is_ready() -> bool:
    """Trails of the demonstration have been loaded before."""
    return Trail.objects.filter(source=SOURCE).exists()


@transaction.atomic
def load_trails(folder: Path, *, source: str, now: dt.datetime) -> None:
    """The trails of a region, once; steps whose place is not there are left out."""
    file = folder / "trails.toml"
    home = Structure.objects.published().filter(is_example=True).order_by("pk").first()
    if is_ready() or home is None or not file.exists():
        return
    told = tomllib.loads(file.read_text(encoding="utf-8"))["trail"]
    places = {
        place.source_key: place
        for place in Place.objects.published()
        .filter(source=source)
        .select_related("commune")
    }
    slugs = Slugs(Trail)
    trails = []
    for number, one in enumerate(told, 1):
        trail = trail_of(one, places, home, slug=slugs.take(one["name"]))
        trail.source_key = f"trail-{number}"
        trail.save()
        trails.append(trail)
    refresh_entries(trails)


def trail_of(
    told: dict[str, Any], places: dict[str, Place], home: Structure, *, slug: str
) -> Trail:
    """One trail; its length and time are those that its steps say."""
    kept = [s for s in told["step"] if "place" not in s or s["place"] in places]
    steps = [step_of(step, places, rank) for rank, step in enumerate(kept, 1)]
    found = estimate_steps(steps, mode=told["mode"])
    first = next((places[s["place"]] for s in kept if "place" in s), None)
    return Trail(
        name=told["name"],
        slug=slug,
        kind=told["kind"],
        summary=told["summary"],
        description=told["description"].strip(),
        owner=home,
        themes=told["themes"],
        audiences=told["audiences"],
        mode=told["mode"],
        min_age=told.get("min_age"),
        access=told.get("access", []),
        steps=steps,
        minutes=found.minutes,
        distance_km=found.km,
        commune=first.commune if first else None,
        state=State.PUBLISHED,
        source=SOURCE,
        is_example=True,
    )


def step_of(
    told: dict[str, Any], places: dict[str, Place], rank: int
) -> dict[str, Any]:
    place = places.get(told.get("place", ""))
    return {
        "key": f"etape{rank}",
        "kind": "place" if place else "",
        "slug": place.slug if place else "",
        "title": told.get("title", place.name if place else ""),
        "text": told["text"],
        "question": told.get("question", ""),
        "minutes": told.get("minutes"),
        "lon": told.get("lon"),
        "lat": told.get("lat"),
    }
