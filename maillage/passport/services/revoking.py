"""Passes that open no door any more: lost, given by mistake, erased."""

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from maillage.core.errors import Refused
from maillage.passport.choices import PassState
from maillage.passport.models import Pass, Revocation
from maillage.passport.services.issuing import new_secret, sign_all
from maillage.passport.services.keys import held
from maillage.passport.services.numbers import pass_of_short
from maillage.passport.services.trust import from_agency, sign_list
from maillage.passport.tokens import revoked_digest


def locked(holder: Pass) -> Pass:
    rows = Pass.objects.select_for_update(of=("self",))
    return rows.select_related("offer__issuer", "offer__season", "commune").get(
        pk=holder.pk
    )


def note_revocation(holder: Pass, *, now: dt.datetime) -> None:
    """Have the doors turn a number away until it would have expired."""
    Revocation.objects.get_or_create(
        digest=revoked_digest(holder.number),
        defaults={"valid_until": holder.valid_until, "revoked_at": now},
    )


def withdraw(holder: Pass, *, why: str, now: dt.datetime) -> Pass:
    row = locked(holder)
    if row.state == PassState.REVOKED:
        raise Refused("revoked", _("Ce passeport est déjà retiré."))
    row.state, row.revoked_at, row.revoked_why = PassState.REVOKED, now, why
    row.save(update_fields=["state", "revoked_at", "revoked_why"])
    note_revocation(row, now=now)
    return row


@transaction.atomic
def revoke_pass(holder: Pass, *, why: str, by: Any, now: dt.datetime) -> Pass:
    """The agency withdraws a pass. Refuses with ``forbidden`` or ``revoked``."""
    from_agency(by)
    row = withdraw(holder, why=why, now=now)
    sign_list(now=now)
    return row


@transaction.atomic
def reissue_pass(holder: Pass, *, now: dt.datetime) -> Pass:
    """A new card for a lost one: another number and another page, the same rights.

    Members and stamps move to it. Refuses with ``revoked`` or ``over``.
    """
    if timezone.localdate(now) >= holder.valid_until:
        raise Refused("over", _("La saison de ce passeport est finie."))
    old = withdraw(holder, why=_("carte perdue"), now=now)
    old.offer.issuer = held(old.offer.issuer)
    new = Pass(
        offer=old.offer,
        secret=new_secret(),
        kind=old.kind,
        age_band=old.age_band,
        commune=old.commune,
        people=old.people,
        nickname=old.nickname,
        user_id=old.user_id,
        group_id=old.group_id,
        batch_id=old.batch_id,
        valid_from=old.valid_from,
        valid_until=old.valid_until,
        keeps_stamps=old.keeps_stamps,
        issued_at=now,
    )
    sign_all([new], offer=old.offer)
    new.save()
    old.members.update(holder=new)
    old.stamps.update(holder=new)
    sign_list(now=now)
    return new


def pass_told_by(text: str) -> Pass | None:
    """The pass that somebody of the agency means: its number, short or whole, its code."""
    said = text.strip()
    if holder := pass_of_short(said):
        return holder
    by_code = Pass.objects.filter(code=said)
    by_number = Pass.objects.filter(number=said.lower().replace(" ", ""))
    return (by_code if said.startswith("CS1:") else by_number).first()
