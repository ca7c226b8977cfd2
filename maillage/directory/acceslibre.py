"""Records of acceslibre, in and out: the State's base of accessible places.

The schema is ``MTES-MCT/acceslibre-schema`` 0.0.19. Its service gives typed JSON, its
open file gives text; both are understood.
"""

import json
import re
import uuid
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from maillage.directory.access import Question, check_access, questions
from maillage.directory.models import Place

NUMBER_IN_STREET = re.compile(r"^(\d+(?:\s?(?:bis|ter|quater|[a-d]))?)[,\s]+", re.I)
EMPTY: tuple[Any, ...] = (None, "", [], "[]")


def to_acceslibre(place: Place) -> dict[str, Any]:
    """One place as a record of acceslibre; unknown answers are ``None``."""
    number = NUMBER_IN_STREET.match(place.street)
    url = f"{settings.SITE_URL}{place.get_absolute_url()}"
    lon, lat = place.position or (None, None)
    commune = place.commune
    record = {
        "id": str(
            uuid.uuid5(uuid.NAMESPACE_URL, f"{settings.SITE_URL}/place/{place.pk}")
        ),
        "name": place.name,
        "postal_code": place.postcode or (commune.postal_code if commune else ""),
        "commune": commune.name if commune else "",
        "numero": number[1] if number else None,
        "voie": place.street[number.end() if number else 0 :] or None,
        "lieu_dit": None,
        "code_insee": commune.insee if commune else None,
        "siret": None,
        "contact_url": url,
        "site_internet": place.website or None,
        "longitude": lon,
        "latitude": lat,
        "activite": place.category_label,
    }
    return record | {name: place.access.get(name) for name in questions()}


def from_acceslibre(record: Mapping[str, Any]) -> dict[str, Any]:
    """Values for a place, and ``insee``, from a record of acceslibre.

    Fields that Maillage does not ask (hotel rooms, polling stations) are left out.
    Raises ``ValidationError`` when an answer is none that the schema allows.
    """
    street = [text_of(record.get(name)) for name in ("numero", "voie", "lieu_dit")]
    return {
        "name": text_of(record.get("name")),
        "street": " ".join(part for part in street if part),
        "postcode": text_of(record.get("postal_code")),
        "insee": text_of(record.get("code_insee")),
        "website": text_of(record.get("site_internet")),
        "lon": degrees(record, "longitude"),
        "lat": degrees(record, "latitude"),
        "access": read_access(record),
    }


def read_access(record: Mapping[str, Any]) -> dict[str, Any]:
    """The answers in a record, checked; what is empty is unknown."""
    found = {
        name: typed(question, record[name])
        for name, question in questions().items()
        if record.get(name) not in EMPTY
    }
    check_access(found)
    return found


def typed(question: Question, value: Any) -> Any:
    """The answer with its type, out of the text of a file."""
    if not isinstance(value, str):
        return value
    text = value.strip()
    match question.type:
        case "yes_no":
            known = {"true": True, "1": True, "false": False, "0": False}
            return known.get(text.lower(), text)
        case "number":
            return int(text) if text.isdecimal() and len(text) < 10 else text
        case "choices":
            return listed(text)
        case _:
            return text


def listed(text: str) -> list[str]:
    """The values of a list written as JSON, or with commas."""
    if text.startswith("["):
        try:
            values = json.loads(text.replace("'", '"'))
        except ValueError:
            return [text]
        return [str(value) for value in values]
    return [part.strip() for part in text.split(",") if part.strip()]


def degrees(record: Mapping[str, Any], name: str) -> float | None:
    value = record.get(name)
    if value in EMPTY:
        return None
    try:
        return float(str(value).replace(",", "."))
    except ValueError as error:
        raise ValidationError(
            _("« %(value)s » n’est pas une coordonnée."), "access", {"value": value}
        ) from error


def text_of(value: Any) -> str:
    return "" if value is None else str(value).strip()
