"""Who does science culture, where, and who speaks for them."""

from maillage.directory.models.actors import (
    COMMON,
    CONTACT,
    Contact,
    Place,
    PlaceQuerySet,
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
    "Claim",
    "ClaimQuerySet",
    "Contact",
    "Invitation",
    "Membership",
    "MembershipQuerySet",
    "Place",
    "PlaceQuerySet",
    "Structure",
    "StructureQuerySet",
]
