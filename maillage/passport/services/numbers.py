"""A pass by its short number, for a door whose camera fails."""

import datetime as dt

from django.utils.translation import gettext as _

from maillage.core.errors import Refused
from maillage.passport.limits import count_miss, may_look
from maillage.passport.models import Device, Pass
from maillage.passport.short import numbers_between


def pass_of_short(text: str) -> Pass | None:
    """The pass; nothing when the number is wrong, or when two begin alike."""
    between = numbers_between(text)
    if between is None:
        return None
    low, high = between
    found = list(Pass.objects.filter(number__gte=low, number__lte=high)[:2])
    return found[0] if len(found) == 1 else None


def code_for_door(device: Device, text: str, *, now: dt.datetime) -> str:
    """The code of the pass that somebody types at a door.

    The door judges the code as if it had seen it. Refuses with ``bad_number``,
    ``unknown`` or ``too_many``: numbers of no pass are counted for each device, so that
    nobody tries one after the other.
    """
    if numbers_between(text) is None:
        raise Refused(
            "bad_number", _("Numéro mal recopié : vérifiez ses douze signes.")
        )
    may_look(device.pk, now=now)
    holder = pass_of_short(text)
    if holder is None:
        count_miss(device.pk, now=now)
        raise Refused(
            "unknown",
            _("Aucun passeport n’a ce numéro : vérifiez-le. Un passeport effacé par son porteur n’ouvre plus rien."),
        )  # fmt: skip
    return holder.code
