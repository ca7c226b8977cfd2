"""Phones that check passes: a place lets one in, and turns it off."""

import datetime as dt
import secrets
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from maillage.core.errors import Refused
from maillage.directory.models import Place
from maillage.passport.models import Device
from maillage.passport.services.standing import token_hash

MOST_DEVICES = 40


@transaction.atomic
def add_device(
    place: Place, *, name: str, by: Any, now: dt.datetime
) -> tuple[Device, str]:
    """A device of a place, and its token, which is told this once and kept as a hash.

    Refuses with ``forbidden`` or ``too_many``.
    """
    if not Place.objects.all().editable_by(by).filter(pk=place.pk).exists():
        raise Refused("forbidden", _("Seuls les membres de la structure du lieu peuvent ajouter un appareil."))  # fmt: skip
    Place.objects.select_for_update(of=("self",)).get(pk=place.pk)
    if place.pass_devices.all().active().count() >= MOST_DEVICES:
        raise Refused("too_many", _("Ce lieu a déjà beaucoup d’appareils : retirez ceux qui ne servent plus."))  # fmt: skip
    token = secrets.token_urlsafe(32)
    device = Device.objects.create(
        place=place, name=name, token_hash=token_hash(token), added_by=by, added_at=now
    )
    return device, token


@transaction.atomic
def revoke_device(device: Device, *, now: dt.datetime) -> Device:
    """Turn a device off: what it has not yet sent is refused from now on.

    Refuses with ``revoked``.
    """
    device = Device.objects.select_for_update(of=("self",)).get(pk=device.pk)
    if device.revoked_at:
        raise Refused("revoked", _("Cet appareil est déjà retiré."))
    device.revoked_at = now
    device.save(update_fields=["revoked_at"])
    return device
