"""The trust list: which keys doors trust, which passes they turn away; signed."""

import base64
import datetime as dt
import json
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from maillage.core.errors import Refused
from maillage.passport.keys import kid_of, public_half, seal, unseal
from maillage.passport.models import (
    Issuer,
    PassSeason,
    Revocation,
    RootKey,
    SigningKey,
    TrustList,
)
from maillage.passport.tokens import Trust

VERSION = 1
#: A door that has not seen a newer list for so long says so; it still opens.
FRESH = dt.timedelta(14)
#: The list is signed again when it is older, so that its dates stay near.
OLD = dt.timedelta(days=1)


def b64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def seconds(moment: dt.datetime) -> int:
    return int(moment.timestamp())


def midnight(day: dt.date) -> int:
    """The first instant of a day here, in seconds since 1970."""
    here = timezone.get_default_timezone()
    return seconds(dt.datetime.combine(day, dt.time(), here))


def new_root(*, now: dt.datetime) -> RootKey:
    """A root key in the place of the one before, which signs no more."""
    key = Ed25519PrivateKey.generate()
    public = public_half(key)
    RootKey.objects.filter(is_current=True).update(is_current=False, private="")
    return RootKey.objects.create(
        kid=kid_of(public), public=public.hex(), private=seal(key), made_at=now
    )


def root_key(*, now: dt.datetime) -> RootKey:
    """The key that signs the list, made when there is none yet."""
    return RootKey.objects.filter(is_current=True).first() or new_root(now=now)


def root_card(root: RootKey) -> dict[str, Any]:
    """The public half, as RFC 8037 writes it."""
    return {
        "kty": "OKP",
        "crv": "Ed25519",
        "alg": "EdDSA",
        "use": "sig",
        "kid": root.kid,
        "x": b64url(bytes.fromhex(root.public)),
    }


def facts(*, now: dt.datetime) -> dict[str, Any]:
    """What the list says, before it is signed."""
    today = timezone.localdate(now)
    issuers = Issuer.objects.select_related("structure")
    keys = SigningKey.objects.all().trusted().select_related("issuer").order_by("pk")
    seasons = PassSeason.objects.filter(ends_on__gte=today).order_by("starts_on")
    revoked = Revocation.objects.all().standing(today).order_by("digest")
    return {
        "version": VERSION,
        "site": settings.SITE_URL,
        "made_at": seconds(now),
        "fresh_until": seconds(now + FRESH),
        "issuers": {row.code: row.structure.name for row in issuers},
        "keys": [
            {"kid": row.kid, "iss": row.issuer.code, "x": row.public} for row in keys
        ],
        "seasons": [
            {
                "slug": row.slug,
                "name": row.name,
                "from": midnight(row.starts_on),
                "until": midnight(row.ends_on),
            }
            for row in seasons
        ],
        "revoked": list(revoked.values_list("digest", flat=True)),
    }


def signed(data: dict[str, Any], *, root: RootKey) -> str:
    """A JSON Web Signature in its flattened form (RFC 7515, section 7.2.2)."""
    header = {"alg": "EdDSA", "kid": root.kid, "typ": "maillage-trust+json"}
    protected = b64url(json.dumps(header).encode())
    payload = b64url(json.dumps(data, ensure_ascii=False).encode())
    seal_ = unseal(root.private).sign(f"{protected}.{payload}".encode())
    message = {"payload": payload, "protected": protected, "signature": b64url(seal_)}
    return json.dumps(message)


@transaction.atomic
def sign_list(*, now: dt.datetime) -> TrustList:
    """Write the list anew; every change of keys and revocations ends with it.

    Refuses with ``secret_changed``.
    """
    # Who comes second waits here, and reads what the first has written.
    TrustList.objects.get_or_create(name="current", defaults={"made_at": now})
    row = TrustList.objects.select_for_update().get(name="current")
    row.body = signed(facts(now=now), root=root_key(now=now))
    row.digest = sha256(row.body.encode()).hexdigest()
    row.made_at = now
    row.save()
    return row


def current_list(*, now: dt.datetime) -> TrustList:
    """The list to serve: one read; signed again once a day.

    When the secret of the site has changed, the last list is still served: passes go on
    being checked while somebody mends it.
    """
    row = TrustList.objects.filter(name="current").exclude(body="").first()
    if row is not None and now - row.made_at < OLD:
        return row
    try:
        return sign_list(now=now)
    except Refused:
        if row is None:
            raise
        return row


def payload_of(body: str) -> dict[str, Any]:
    text = json.loads(body)["payload"]
    data: dict[str, Any] = json.loads(base64.urlsafe_b64decode(text + "=="))
    return data


def current_trust(*, now: dt.datetime) -> Trust:
    """What the server trusts: the same list as the doors."""
    return Trust.from_list(payload_of(current_list(now=now).body))


@transaction.atomic
def renew_root(*, by: Any, now: dt.datetime) -> RootKey:
    """Another root key, and the list signed with it. Refuses with ``forbidden``.

    Doors learn it from the address of the root key when they are next on the network.
    """
    from_agency(by)
    root = new_root(now=now)
    sign_list(now=now)
    return root


def from_agency(by: Any) -> None:
    if not by.is_agency:
        raise Refused("forbidden", _("Seule l’agence peut faire cela."))
