"""How often one may ask: no riddle to solve, no address kept."""

import datetime as dt
import hmac

from django.conf import settings
from django.core.cache import cache
from django.utils.translation import gettext as _

from maillage.core.errors import Refused

MOST_AN_HOUR = 60
#: Short numbers that are of no pass, for one device.
MOST_MISSES = 30
HOUR = 3600


def count_request(address: str, *, weight: int, now: dt.datetime) -> None:
    """Count passes for an address during an hour. Refuses with ``too_many``.

    What is kept, for an hour, is a hash that cannot be turned back without the secret
    of the site and that is another one the hour after.
    """
    hour = int(now.timestamp()) // HOUR
    secret = str(settings.SECRET_KEY).encode()
    told = hmac.digest(secret, f"pass {hour} {address}".encode(), "sha256")
    key = f"pass-asked-{told.hex()[:32]}"
    cache.add(key, 0, HOUR)
    if cache.incr(key, weight) > MOST_AN_HOUR:
        raise Refused(
            "too_many",
            _(
                "Beaucoup de passeports viennent d’être demandés depuis cette "
                "connexion. Réessayez dans une heure, ou connectez-vous à votre compte."
            ),
        )


def misses_of(device: int, *, now: dt.datetime) -> str:
    """Where the misses of a device are counted, another place each hour."""
    return f"pass-missed-{int(now.timestamp()) // HOUR}-{device}"


def may_look(device: int, *, now: dt.datetime) -> None:
    """Refuses with ``too_many`` a device that tried many numbers of no pass."""
    if cache.get(misses_of(device, now=now), 0) >= MOST_MISSES:
        raise Refused(
            "too_many",
            _(
                "Trop de numéros inconnus depuis cet appareil. Scannez le code du "
                "passeport, ou réessayez dans une heure."
            ),
        )


def count_miss(device: int, *, now: dt.datetime) -> None:
    key = misses_of(device, now=now)
    cache.add(key, 0, HOUR)
    cache.incr(key)
