"""What structures and places are for search engines, in the words of schema.org."""

from typing import TYPE_CHECKING, Any

from django.conf import settings

from maillage.core import vocab

if TYPE_CHECKING:
    from maillage.directory.models import Place, Structure

ORGANIZATIONS = {
    "association": "NGO",
    "learned_society": "NGO",
    "science_centre": "Museum",
    "museum": "Museum",
    "library": "Library",
    "archives": "ArchiveOrganization",
    "research_body": "ResearchOrganization",
    "university": "CollegeOrUniversity",
    "university_group": "CollegeOrUniversity",
    "university_service": "CollegeOrUniversity",
    "higher_school": "CollegeOrUniversity",
    "school": "School",
    "education_authority": "GovernmentOrganization",
    "state_service": "GovernmentOrganization",
    "local_authority": "GovernmentOrganization",
    "company": "Corporation",
}
PLACES = {
    "science_centre": "Museum",
    "planetarium": "Planetarium",
    "science_museum": "Museum",
    "museum": "Museum",
    "technical_museum": "Museum",
    "ecomuseum": "Museum",
    "industrial_site": "TouristAttraction",
    "mill": "TouristAttraction",
    "heritage_railway": "TouristAttraction",
    "archaeological_park": "TouristAttraction",
    "memory_site": "LandmarksOrHistoricalBuildings",
    "zoo_aquarium": "Zoo",
    "garden": "Park",
    "nature_centre": "TouristAttraction",
    "protected_area": "Park",
    "library": "Library",
    "learning_centre": "Library",
    "archives": "ArchiveOrganization",
    "higher_education": "CollegeOrUniversity",
}


def address_of(path: str) -> str:
    return f"{settings.SITE_URL}{path}"


def filled(values: dict[str, Any]) -> dict[str, Any]:
    """Only what is known: an empty value says something false."""
    return {
        name: value for name, value in values.items() if value not in ("", None, [])
    }


def common(thing: "Structure | Place") -> dict[str, Any]:
    url = address_of(thing.get_absolute_url())
    return filled(
        {
            "@id": url,
            "name": thing.name,
            "description": thing.summary,
            "url": url,
            "sameAs": thing.website,
            "email": thing.email,
            "telephone": thing.phone,
            "image": address_of(thing.picture.url) if thing.picture else "",
            "address": postal_address(thing),
            "keywords": vocab.labels("themes", thing.themes),
        }
    )


def postal_address(thing: "Structure | Place") -> dict[str, Any] | None:
    if thing.commune is None:
        return None
    return {"@type": "PostalAddress"} | filled(
        {
            "streetAddress": thing.street,
            "postalCode": thing.postcode or thing.commune.postal_code,
            "addressLocality": thing.commune.name,
            "addressRegion": thing.commune.department.name,
            "addressCountry": "FR",
        }
    )


def organization(structure: "Structure") -> dict[str, Any]:
    siret = structure.siret
    kind = ORGANIZATIONS.get(structure.kind, "Organization")
    return {"@type": kind, **common(structure)} | filled(
        {
            "knowsAbout": vocab.labels("know_how", structure.know_how),
            "memberOf": [
                {"@type": "Organization", "name": name}
                for name in vocab.labels("networks", structure.networks)
            ],
            "identifier": {
                "@type": "PropertyValue",
                "propertyID": "SIRET",
                "value": siret,
            }
            if siret
            else None,
        }
    )


def place(site: "Place") -> dict[str, Any]:
    found = {"@type": PLACES.get(site.kind, "Place"), **common(site)}
    if site.lon is not None and not site.is_position_of_commune:
        found["geo"] = {
            "@type": "GeoCoordinates",
            "latitude": site.lat,
            "longitude": site.lon,
        }
    return found | filled(
        {
            "isAccessibleForFree": site.is_free,
            "publicAccess": True,
            "parentOrganization": {
                "@type": "Organization",
                "name": site.structure.name,
                "url": address_of(site.structure.get_absolute_url()),
            }
            if site.structure and site.structure.is_public
            else None,
        }
    )
