"""A trail in the words of schema.org."""

from typing import TYPE_CHECKING, Any

from django.conf import settings

from maillage.core import vocab

if TYPE_CHECKING:
    from maillage.agenda.models import Stop, Trail


def trail_data(trail: "Trail") -> dict[str, Any]:
    """A trail in the words of schema.org: a trip whose itinerary is a list."""
    url = f"{settings.SITE_URL}{trail.get_absolute_url()}"
    items = [
        {
            "@type": "ListItem",
            "position": stop.rank,
            "item": {"@type": "Place", "name": stop.title, **geo(stop)},
        }
        for stop in trail.stops.select_related("place", "event", "resource")
    ]
    found = {
        "@type": "TouristTrip",
        "@id": url,
        "url": url,
        "name": trail.name,
        "description": trail.summary,
        "touristType": vocab.labels("audiences", trail.audiences),
        "keywords": vocab.labels("themes", trail.themes),
        "provider": {"@type": "Organization", "name": trail.owner.name},
        "itinerary": {
            "@type": "ItemList",
            "numberOfItems": len(items),
            "itemListElement": items,
        },
    }
    return {name: value for name, value in found.items() if value not in ("", [])}


def geo(stop: "Stop") -> dict[str, Any]:
    if stop.position is None:
        return {}
    lon, lat = stop.position
    return {"geo": {"@type": "GeoCoordinates", "latitude": lat, "longitude": lon}}
