"""Write down where loans are set up."""

from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from maillage.circulation.models import Host, LoanRequest
from maillage.core.errors import Refused
from maillage.directory.models import ROOM, Place, Structure


def own_places(user: Any, *, host: Host | None = None) -> QuerySet[Place]:
    """Places that a person may make a host of: theirs, that are none yet."""
    if not user.is_authenticated:
        return Place.objects.none()
    used = Host.objects.exclude(place=None).values("place")
    rows: QuerySet[Place] = Place.objects.all().owned_by(user).exclude(pk__in=used)
    if host is not None and host.place_id:
        rows = rows | Place.objects.filter(pk=host.place_id)
    return rows.distinct().order_by("name", "pk")


def own_structures(user: Any, *, host: Host | None = None) -> QuerySet[Structure]:
    """Structures in whose name a person may borrow."""
    if not user.is_authenticated:
        return Structure.objects.none()
    rows: QuerySet[Structure] = Structure.objects.all().owned_by(user)
    if host is not None and host.structure_id:
        rows = rows | Structure.objects.filter(pk=host.structure_id)
    return rows.distinct().order_by("name", "pk")


def take_from_place(host: Host) -> Host:
    """Fill what is empty with what the directory says of the place."""
    place = host.place
    if place is None:
        return host
    host.name = host.name or place.name
    if not host.commune_id and place.commune is not None:
        host.commune = place.commune
    host.address = host.address or " ".join(
        part for part in (place.street, place.postcode) if part
    )
    host.contact_email = host.contact_email or place.email
    host.contact_phone = host.contact_phone or place.phone
    host.structure = host.structure or place.structure
    for name in ROOM:
        if getattr(host, name) in (None, ""):
            setattr(host, name, getattr(place, name))
    return host


@transaction.atomic
def save_host(host: Host, *, by: Any) -> Host:
    """Write a host. Refuses with ``forbidden``, ``commune`` or ``place_taken``."""
    is_new = host.pk is None
    if is_new:
        host.created_by = by
    elif not Host.objects.all().editable_by(by).filter(pk=host.pk).exists():
        raise Refused("forbidden", _("Ce lieu d’accueil n’est pas à vous."))
    take_from_place(host)
    if not host.name:
        raise Refused("name", _("Donnez un nom au lieu d’accueil."))
    if not host.commune_id:
        raise Refused("commune", _("Dites dans quelle commune est le lieu d’accueil."))
    try:
        with transaction.atomic():
            host.save()
    except IntegrityError as error:
        raise Refused(
            "place_taken", _("Ce lieu de l’annuaire est déjà un lieu d’accueil.")
        ) from error
    return host


def last_used(user: Any) -> Host | None:
    """The host for which a person asked last, else the only one they have."""
    if not user.is_authenticated:
        return None
    mine = Host.objects.all().spoken_for_by(user)
    asked = LoanRequest.objects.filter(asked_by=user, host__in=mine.values("pk"))
    latest = asked.order_by("-asked_at").values_list("host", flat=True).first()
    if latest is not None:
        return Host.objects.filter(pk=latest).first()
    few = list(mine[:2])
    return few[0] if len(few) == 1 else None
