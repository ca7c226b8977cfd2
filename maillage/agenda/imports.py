"""The columns of events and trails, and what a row of them must hold."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _, gettext_lazy

from maillage.agenda import trail_steps
from maillage.agenda.choices import Mode
from maillage.agenda.models import Event, Trail
from maillage.agenda.models.trails import LINKS, check_steps
from maillage.agenda.services.timetable import in_file, read_times, write_times
from maillage.catalogue.imports import check_order
from maillage.catalogue.models import Resource
from maillage.core.errors import Refused
from maillage.core.intake.schemas import Finish, Keys, Reading, Schema, read_references
from maillage.core.tables.columns import BadCell, Column
from maillage.core.tables.fields import column_of
from maillage.directory.imports import (
    COMMUNE,
    KEY,
    LAT,
    LON,
    NAME,
    TOLD,
    Ground,
    described,
)
from maillage.directory.models import Place, Structure

TIMES = Column(
    "times",
    gettext_lazy("séances"),
    "long",
    "timetable",
    example="2027-03-06T14:00/16:00 | 2027-03-13T14:00/16:00",
    about=gettext_lazy(
        "Jour et heures de chaque séance, à l’heure de Paris, séparés par | ; un jour "
        "seul vaut toute la journée, 2027-03-06/2027-03-09 plusieurs jours."
    ),
    synonyms=("dates", "horaires", "date", "quand", "date et heure"),
)


def event_columns() -> tuple[Column, ...]:
    def of(name: str, **given: Any) -> Column:
        return column_of(Event, name, **given)

    return (
        KEY,
        of("name", **NAME, example="Nuit des étoiles"),
        of("kind", is_required=True, synonyms=("type",), example="workshop"),
        of(
            "owner",
            is_required=True,
            about=gettext_lazy("Clé, adresse ou nom exact de la structure."),
            value=lambda thing: thing.owner.slug,
        ),
        of(
            "co_organisers",
            about=gettext_lazy("Clés des structures co-organisatrices."),
            value=lambda thing: sorted(one.slug for one in thing.co_organisers.all()),
        ),
        TIMES,
        of(
            "place",
            about=gettext_lazy("Clé, adresse ou nom exact d’un lieu de l’annuaire."),
            value=lambda thing: thing.place.slug if thing.place else "",
        ),
        of("venue"),
        *described(of),
        of("mode"),
        of("online_url"),
        of(
            "resource",
            about=gettext_lazy("Clé, adresse ou titre exact de la ressource."),
            value=lambda thing: thing.resource.slug if thing.resource else "",
        ),
        of("levels"),
        of("languages"),
        of("min_age", unit="ans"),
        of("max_age", unit="ans"),
        of("is_free"),
        of("price_cents", code="price_eur", type="cents", unit="€"),
        of("price_note"),
        of("booking"),
        of("booking_url"),
        of("booking_contact"),
        of("capacity"),
        of("access"),
        of("status", field="", value=lambda thing: thing.status),
        COMMUNE,
        of("source_url"),
        of("is_example"),
        *TOLD,
    )


def prepare_events(source: str, keys: set[str]) -> Finish:
    ground = Ground()
    structures = Keys(Structure, source=source)
    places = Keys(Place, source=source)
    resources = Keys(Resource, source=source)

    def finish(reading: Reading) -> None:
        ground.read(reading, is_required=False)
        read_references(reading, "owner", "owner_id", keys=structures)
        read_references(reading, "co_organisers", "co_organisers", keys=structures)
        read_references(reading, "place", "place_id", keys=places)
        read_references(reading, "resource", "resource_id", keys=resources)
        check_order(reading, "min_age", "max_age")
        check_times(reading)
        check_where(reading)

    return finish


def check_times(reading: Reading) -> None:
    """Write the times as an export would, so that the same file changes nothing."""
    if "timetable" not in reading.values:
        return
    try:
        times = read_times(reading.values["timetable"])
    except Refused as no:
        reading.tell("times", str(no.message))
    else:
        reading.values["timetable"] = in_file(times)


def check_where(reading: Reading) -> None:
    values = reading.values
    known = {"place_id", "commune_id"} <= values.keys()
    if not known or values.get("mode") == Mode.ONLINE:
        return
    if not values["place_id"] and not values["commune_id"]:
        reading.tell("place", _("Dites où : un lieu, ou une commune."), fatal=False)


EVENTS = Schema(
    "events",
    Event,
    event_columns(),
    prepare_events,
    related=("co_organisers",),
    after={"timetable": write_times},
)


# Trails ------------------------------------------------------------------------------

STEPS = Column(
    "steps",
    gettext_lazy("étapes en détail"),
    "long",
    "itinerary",
    example="palais-des-etoiles | musee-d-exemple",
    about=gettext_lazy(
        "Les clés des lieux, dans l’ordre, séparées par | ; ou une liste JSON comme "
        "l’export l’écrit. Une étape qui garde sa clé « key » garde son affiche."
    ),
)


def trail_columns() -> tuple[Column, ...]:
    def of(name: str, **given: Any) -> Column:
        return column_of(Trail, name, **given)

    return (
        KEY,
        of("name", **NAME, example="Sur les pas des savants"),
        of("kind", is_required=True, synonyms=("type",), example="heritage"),
        of(
            "owner",
            is_required=True,
            about=gettext_lazy("Clé, adresse ou nom exact de la structure."),
            value=lambda thing: thing.owner.slug,
        ),
        *described(of),
        of("mode"),
        of("minutes", unit="min"),
        of("distance_km", unit="km", low=0),
        of("min_age", unit="ans"),
        of("access"),
        Column(
            "stops",
            gettext_lazy("étapes"),
            "references",
            about=gettext_lazy("À l’export seulement : leurs titres, dans l’ordre."),
            value=lambda thing: [stop.title for stop in thing.stops.all()],
        ),
        Column(
            "places",
            gettext_lazy("lieux des étapes"),
            "references",
            about=gettext_lazy(
                "À l’export seulement : les adresses des lieux où l’on s’arrête."
            ),
            value=lambda thing: [s.place.slug for s in thing.stops.all() if s.place],
        ),
        STEPS,
        COMMUNE,
        LON,
        LAT,
        of("source_url"),
        of("is_example"),
        *TOLD,
    )


def prepare_trails(source: str, keys: set[str]) -> Finish:
    ground = Ground()
    structures = Keys(Structure, source=source)
    things = {kind: Keys(model, source=source) for kind, model in LINKS.items()}

    def finish(reading: Reading) -> None:
        ground.read(reading, is_required=False)
        read_references(reading, "owner", "owner_id", keys=structures)
        check_itinerary(reading, things)

    return finish


def check_itinerary(reading: Reading, things: dict[str, Keys]) -> None:
    """Write the steps as an export would, so that the same file changes nothing."""
    if "itinerary" not in reading.values:
        return
    try:
        steps = trail_steps.read(reading.values["itinerary"])
        for step in steps:
            find_thing(step, things)
        trail_steps.name_steps(steps)
        check_steps(steps)
    except BadCell as bad:
        reading.tell("steps", str(bad))
    except ValidationError as bad:
        reading.tell("steps", " ".join(bad.messages))
    else:
        reading.values["itinerary"] = trail_steps.in_file(steps)


def find_thing(step: dict[str, Any], things: dict[str, Keys]) -> None:
    """Name what a step leads to by its address; its name is the title without another.

    An address that once was good stays as it is.
    """
    kind, word = step["kind"], step["slug"]
    if kind not in things:
        return
    found = things[kind].find(word) if isinstance(word, str) else None
    if found is None:
        told = {"word": str(word)[:80]}
        raise BadCell(_("Aucune fiche ne correspond à « %(word)s ».") % told)
    if word in things[kind].by_slug and step["title"]:
        return
    slug, name = LINKS[kind].objects.values_list("slug", "name").get(pk=found)
    step["slug"] = word if word in things[kind].by_slug else slug
    step["title"] = step["title"] or name


def write_itinerary(trail: Any, cell: str) -> None:
    """Make the steps of a trail those of a cell; its stops follow."""
    trail.steps = trail_steps.read(cell)
    Trail.objects.filter(pk=trail.pk).update(steps=trail.steps)
    trail.write_stops()


TRAILS = Schema(
    "trails",
    Trail,
    trail_columns(),
    prepare_trails,
    after={"itinerary": write_itinerary},
)
