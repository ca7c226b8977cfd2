"""Bodies that issue, and their keys: made, replaced, retired, revoked."""

import datetime as dt
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import transaction
from django.utils.translation import gettext as _

from maillage.core.errors import Refused
from maillage.directory.models import Structure
from maillage.passport.keys import kid_of, public_half, seal, unseal
from maillage.passport.models import Issuer, Pass, SigningKey
from maillage.passport.services.signing import write_code
from maillage.passport.services.trust import from_agency, sign_list

AT_ONCE = 1000


def held(issuer: Issuer) -> Issuer:
    """The row with its lock: keys change and passes are signed one at a time."""
    rows = Issuer.objects.select_for_update(of=("self",))
    return rows.select_related("structure").get(pk=issuer.pk)


def signing_key(issuer: Issuer) -> SigningKey:
    """The key with which a body signs. Refuses with ``no_key``."""
    key = issuer.keys.all().signing().order_by("-made_at", "-pk").first()
    if key is None:
        raise Refused(
            "no_key",
            _("%(who)s n’a pas de clé pour signer des passeports : prévenez l’agence.")
            % {"who": issuer.structure},
        )
    return key


@transaction.atomic
def make_issuer(
    structure: Structure, *, code: str, by: Any, now: dt.datetime
) -> Issuer:
    """Let a structure issue passes; it gets its first key.

    Refuses with ``forbidden`` or ``known``.
    """
    from_agency(by)
    if Issuer.objects.filter(structure=structure).exists():
        raise Refused("known", _("Cette structure émet déjà des passeports."))
    if Issuer.objects.filter(code=code).exists():
        raise Refused("known", _("Ce code est déjà celui d’un autre émetteur."))
    issuer = Issuer.objects.create(structure=structure, code=code)
    new_key(issuer, now=now)
    sign_list(now=now)
    return issuer


def new_key(issuer: Issuer, *, now: dt.datetime) -> SigningKey:
    """A key in the place of those before, which sign no more but are still trusted."""
    issuer.keys.all().signing().update(retired_at=now, private="")
    key = Ed25519PrivateKey.generate()
    public = public_half(key)
    return SigningKey.objects.create(
        issuer=issuer,
        kid=kid_of(public),
        public=public.hex(),
        private=seal(key),
        made_at=now,
    )


@transaction.atomic
def rotate_key(issuer: Issuer, *, by: Any, now: dt.datetime) -> SigningKey:
    """Sign with a new key from now on; passes signed before stay good.

    Refuses with ``forbidden``.
    """
    from_agency(by)
    key = new_key(held(issuer), now=now)
    sign_list(now=now)
    return key


@transaction.atomic
def set_active(issuer: Issuer, *, is_active: bool, by: Any, now: dt.datetime) -> Issuer:
    """Let a body issue, or no more; its passes stay good. Refuses with ``forbidden``."""
    from_agency(by)
    row = held(issuer)
    row.is_active = is_active
    row.save(update_fields=["is_active"])
    sign_list(now=now)
    return row


@transaction.atomic
def revoke_key(key: SigningKey, *, by: Any, now: dt.datetime) -> int:
    """Trust a key no more: its passes are signed again with a new one.

    Printed cards of that key are refused from now on; whoever opens the page of a pass
    has the new code. Returns how many passes were signed again. Refuses with
    ``forbidden`` or ``revoked``.
    """
    from_agency(by)
    issuer = held(key.issuer)
    row = SigningKey.objects.select_for_update(of=("self",)).get(pk=key.pk)
    if row.revoked_at:
        raise Refused("revoked", _("Cette clé est déjà retirée."))
    was_signing = row.retired_at is None
    row.revoked_at, row.private = now, ""
    row.save(update_fields=["revoked_at", "private"])
    fresh = new_key(issuer, now=now) if was_signing else signing_key(issuer)
    number = sign_again(row, fresh=fresh)
    sign_list(now=now)
    return number


def sign_again(old: SigningKey, *, fresh: SigningKey) -> int:
    """Sign with another key the passes of one, a thousand at a time."""
    private = unseal(fresh.private)
    number = 0
    passes = Pass.objects.filter(key=old).select_related("offer__issuer")
    while rows := list(passes.order_by("pk")[:AT_ONCE]):
        for row in rows:
            row.key = fresh
            row.code = write_code(
                row, issuer=fresh.issuer, private=private, kid=fresh.kid
            )
        Pass.objects.bulk_update(rows, ["key", "code"], batch_size=200)
        number += len(rows)
    return number
