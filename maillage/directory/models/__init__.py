"""Who does science culture, where, and who speaks for them."""

from maillage.directory.models.actors import (
    COMMON,
    CONTACT,
    ROOM,
    Contact,
    Place,
    PlaceQuerySet,
    Room,
    Structure,
    StructureQuerySet,
)
from maillage.directory.models.people import (
    Claim,
    ClaimQuerySet,
    Invitation,
    Membership,
    MembershipQuerySet,
)

__all__ = [
    "COMMON",
    "CONTACT",
    "ROOM",
    "Claim",
    "ClaimQuerySet",
    "Contact",
    "Invitation",
    "Membership",
    "MembershipQuerySet",
    "Place",
    "PlaceQuerySet",
    "Room",
    "Structure",
    "StructureQuerySet",
]
