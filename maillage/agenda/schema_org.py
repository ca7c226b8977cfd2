"""What an event is for search engines, in the words of schema.org."""

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from maillage.agenda.choices import Booking, Mode, OccurrenceState, Status
from maillage.core import vocab
from maillage.directory.schema_org import address_of, filled, postal_address

if TYPE_CHECKING:
    from maillage.agenda.models import Event, Occurrence

TYPES = {
    "exhibition": "ExhibitionEvent",
    "workshop": "EducationEvent",
    "training": "EducationEvent",
    "screening": "ScreeningEvent",
    "show": "TheaterEvent",
    "festival": "Festival",
}
STATUSES = {
    Status.SCHEDULED: "EventScheduled",
    Status.POSTPONED: "EventPostponed",
    Status.CANCELLED: "EventCancelled",
}
MODES = {
    Mode.ON_SITE: "OfflineEventAttendanceMode",
    Mode.ONLINE: "OnlineEventAttendanceMode",
    Mode.MIXED: "MixedEventAttendanceMode",
}
SITE = "https://schema.org/"
MOST = 50  # occurrences of one event


def event_data(event: "Event") -> dict[str, Any]:
    """An event; with several times, each is a part of it."""
    times = list(event.occurrences.filter(ends_at__gte=timezone.now())[:MOST])
    times = times or list(event.occurrences.order_by("-starts_at")[:1])
    common = described(event)
    url = address_of(event.get_absolute_url())
    if len(times) == 1:
        return {"@id": url, **common, **dated(event, times[0])}
    data = {"@id": url, **common, "eventStatus": SITE + STATUSES[Status(event.status)]}
    if times:
        data |= {
            "startDate": written(times[0], is_end=False),
            "endDate": written(max(times, key=lambda one: one.ends_at), is_end=True),
            "subEvent": [
                {
                    "@type": common["@type"],
                    "name": event.name,
                    "location": common.get("location"),
                    "url": url,
                    **dated(event, one),
                }
                for one in times
            ],
        }
    return data


def described(event: "Event") -> dict[str, Any]:
    return {"@type": TYPES.get(event.kind, "Event")} | filled(
        {
            "name": event.name,
            "description": event.summary,
            "url": address_of(event.get_absolute_url()),
            "image": address_of(event.picture.url) if event.picture else "",
            "eventAttendanceMode": SITE + MODES[Mode(event.mode)],
            "location": locations(event),
            "organizer": [
                organizer(event.owner),
                *(organizer(one) for one in event.co_organisers.all()),
            ],
            "isAccessibleForFree": event.is_free,
            "typicalAgeRange": ages(event),
            "inLanguage": list(event.languages) or "",
            "keywords": vocab.labels("themes", event.themes),
            "maximumAttendeeCapacity": event.capacity,
            "offers": offer(event),
        }
    )


def dated(event: "Event", one: "Occurrence") -> dict[str, Any]:
    status = Status(event.status)
    if one.state == OccurrenceState.CANCELLED:
        status = Status.CANCELLED
    return {
        "startDate": written(one, is_end=False),
        "endDate": written(one, is_end=True),
        "eventStatus": SITE + STATUSES[status],
    }


def written(one: "Occurrence", *, is_end: bool) -> str:
    """Local time with its offset; a day alone for whole days."""
    if one.is_all_day:
        last = timezone.localtime(one.ends_at - dt.timedelta(minutes=1)).date()
        return (last if is_end else one.starts_on).isoformat()
    return timezone.localtime(one.ends_at if is_end else one.starts_at).isoformat()


def ages(event: "Event") -> str:
    if event.min_age is None and event.max_age is None:
        return ""
    return f"{event.min_age or 0}-{'' if event.max_age is None else event.max_age}"


def organizer(structure: Any) -> dict[str, Any]:
    told = {"@type": "Organization", "name": structure.name}
    if structure.is_public:
        told["url"] = address_of(structure.get_absolute_url())
    return told


def locations(event: "Event") -> Any:
    found: list[dict[str, Any]] = []
    if event.mode != Mode.ONLINE:
        place = event.place
        home = place or event
        town = event.commune if place is None else None
        address = (
            postal_address(place)
            if place
            else {"@type": "PostalAddress", "addressLocality": town.name,
                  "addressCountry": "FR"} if town else None
        )  # fmt: skip
        point = home.position
        geo = point and {
            "@type": "GeoCoordinates",
            "longitude": point[0],
            "latitude": point[1],
        }
        name = place.name if place else event.venue or event.commune_name
        found.append({"@type": "Place"} | filled({"name": name, "address": address, "geo": geo}))  # fmt: skip
    if event.mode != Mode.ON_SITE and event.online_url:
        found.append({"@type": "VirtualLocation", "url": event.online_url})
    return found[0] if len(found) == 1 else found


def offer(event: "Event") -> dict[str, Any] | None:
    """The price and where to book; nothing when neither is known."""
    price = 0 if event.is_free else event.price_cents
    if price is None and event.booking == Booking.NONE:
        return None
    url = event.booking_url or address_of(event.get_absolute_url())
    return {"@type": "Offer", "url": url} | filled(
        {
            "price": None if price is None else f"{price / 100:.2f}",
            "priceCurrency": "EUR" if price is not None else "",
        }
    )
