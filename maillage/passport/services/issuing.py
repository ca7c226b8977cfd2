"""Giving passes: the Region's rules are checked here, whatever the page showed."""

import base64
import datetime as dt
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from maillage.core.errors import Refused
from maillage.core.money import format_cents
from maillage.directory.models import Structure
from maillage.passport.choices import AgeBand, PassKind
from maillage.passport.keys import unseal
from maillage.passport.models import Batch, Member, Offer, Pass
from maillage.passport.services.keys import held, signing_key
from maillage.passport.services.signing import write_code
from maillage.passport.tokens import MOST_PEOPLE
from maillage.territories.models import Commune

#: Passes of a class, one a pupil, in one go.
MOST_EACH = 60


@dataclass(frozen=True)
class Wish:
    """What somebody asks for; what is not needed any more is not kept."""

    age_band: str = AgeBand.UNKNOWN
    commune: Commune | None = None
    level: str = ""
    members: Sequence[str] = ()  # age bands of a household
    people: int = 1
    nickname: str = ""
    keeps_stamps: bool = False
    group: Structure | None = None


def new_secret() -> str:
    """What opens the page of a pass: 192 bits, in 32 letters."""
    return secrets.token_urlsafe(24)


def secret_for(once: str, offer: Offer, *, wish: Wish, by: Any, number: int = 1) -> str:
    """The secret of what a form asks for: the same when it is sent twice.

    ``once`` is drawn with each form; empty, every secret is another.
    """
    if not once:
        return new_secret()
    said = f"{once[:64]}|{offer.pk}|{by.pk if by else ''}|{number}|{wish!r}"
    made = salted_hmac("maillage.passport.once", said, algorithm="sha256").digest()
    return base64.urlsafe_b64encode(made[:24]).decode()


@transaction.atomic
def issue_pass(
    offer: Offer, *, wish: Wish, by: Any, now: dt.datetime, once: str = ""
) -> Pass:
    """Give one pass: to a person, a household, a carer, or a class as a whole.

    ``by`` is the person who asks, ``None`` without an account; the same form (``once``)
    sent twice gives one pass. Refuses with the codes of ``check``.
    """
    offer = opened(offer)
    check(offer, wish=wish, by=by, now=now)
    secret = secret_for(once, offer, wish=wish, by=by)
    if known := Pass.objects.filter(secret=secret).first():
        return known
    holder = drawn(offer, wish=wish, now=now)
    holder.secret, holder.user = secret, by
    sign_all([holder], offer=offer)
    holder.save()
    members = [Member(holder=holder, age_band=band) for band in wish.members]
    Member.objects.bulk_create(members)
    return holder


@transaction.atomic
def issue_class(
    offer: Offer, *, number: int, wish: Wish, by: Any, now: dt.datetime, once: str = ""
) -> Batch:
    """Give a pass to each pupil of a class, to print on one sheet.

    The same form (``once``) sent twice gives one sheet. Refuses with the codes of ``check``, with ``not_a_class`` or ``too_many_people``.
    """
    offer = opened(offer)
    if offer.kind != PassKind.CLASS:
        raise Refused("not_a_class", _("Cette formule n’est pas pour les classes."))
    if not 1 <= number <= MOST_EACH:
        raise Refused(
            "too_many_people",
            _("Demandez de 1 à %(most)s passeports à la fois.") % {"most": MOST_EACH},
        )
    check(offer, wish=wish, by=by, now=now)
    secret = secret_for(once, offer, wish=wish, by=by, number=number)
    if known := Batch.objects.filter(secret=secret).first():
        return known
    batch = Batch.objects.create(
        offer=offer,
        secret=secret,
        nickname=wish.nickname,
        user=by,
        made_at=now,
    )
    rows = []
    for _rank in range(number):
        holder = drawn(offer, wish=wish, now=now)
        holder.kind, holder.people, holder.nickname = PassKind.PERSON, 1, ""
        holder.batch = batch
        rows.append(holder)
    sign_all(rows, offer=offer)
    Pass.objects.bulk_create(rows, batch_size=200)
    return batch


def opened(offer: Offer) -> Offer:
    """The offer, with the lock of its issuer: keys do not change meanwhile."""
    row = Offer.objects.select_related("season", "issuer__structure").get(pk=offer.pk)
    row.issuer = held(row.issuer)
    return row


def drawn(offer: Offer, *, wish: Wish, now: dt.datetime) -> Pass:
    """A pass with its number, neither signed nor saved."""
    season, today = offer.season, timezone.localdate(now)
    people = len(wish.members) if offer.kind == PassKind.HOUSEHOLD else wish.people
    asks_age = offer.kind in {PassKind.PERSON, PassKind.CLASS}
    return Pass(
        offer=offer,
        secret=new_secret(),
        kind=offer.kind,
        age_band=wish.age_band if asks_age else AgeBand.UNKNOWN,
        commune=wish.commune,
        people=people,
        nickname=wish.nickname,
        keeps_stamps=wish.keeps_stamps,
        group=wish.group,
        valid_from=max(today, season.starts_on),
        valid_until=season.ends_on,
        issued_at=now,
    )


def sign_all(rows: Sequence[Pass], *, offer: Offer) -> None:
    """Sign passes with the present key of their issuer.

    Refuses with ``no_key`` or ``secret_changed``.
    """
    key = signing_key(offer.issuer)
    private = unseal(key.private)
    for row in rows:
        row.key = key
        row.code = write_code(row, issuer=offer.issuer, private=private, kid=key.kid)


# The Region's rules -------------------------------------------------------------


def check(offer: Offer, *, wish: Wish, by: Any, now: dt.datetime) -> None:
    """All rules of an offer.

    Refuses with ``closed``, ``suspended``, ``to_be_paid``, ``age``, ``commune``,
    ``commune_needed``, ``level``, ``nobody``, ``too_many_people`` or ``not_yours``.
    """
    check_open(offer, today=timezone.localdate(now))
    check_price(offer, by=by)
    check_people(offer, wish=wish)
    check_age(offer, wish=wish)
    check_level(offer, wish=wish)
    check_commune(offer, commune=wish.commune)
    check_group(wish.group, by=by)


def check_open(offer: Offer, *, today: dt.date) -> None:
    season = offer.season
    if not (offer.is_open and season.is_open and season.ends_on > today):
        raise Refused(
            "closed",
            _("On ne peut pas, ou plus, demander ce passeport pour « %(season)s ».")
            % {"season": season},
        )
    if not offer.issuer.is_active:
        raise Refused(
            "suspended",
            _("%(who)s n’émet plus de passeports.") % {"who": offer.issuer.structure},
        )


def may_sell(offer: Offer, by: Any) -> bool:
    """People who take the money: the team of the issuer, and the agency."""
    if by is None:
        return False
    team = offer.issuer.structure.memberships.filter(user=by.pk)
    return bool(by.is_agency or team.exists())


def check_price(offer: Offer, *, by: Any) -> None:
    if offer.price_cents and not may_sell(offer, by):
        raise Refused(
            "to_be_paid",
            _("Ce passeport coûte %(price)s : il se retire auprès de %(who)s.")
            % {
                "price": format_cents(offer.price_cents),
                "who": offer.issuer.structure,
            },
        )


def check_people(offer: Offer, *, wish: Wish) -> None:
    number = len(wish.members) if offer.kind == PassKind.HOUSEHOLD else wish.people
    if number < 1:
        raise Refused("nobody", _("Dites au moins une personne."))
    if number > min(offer.most_members, MOST_PEOPLE):
        raise Refused(
            "too_many_people",
            _("Cette formule est pour %(most)s personnes au plus.")
            % {"most": offer.most_members},
        )


def check_age(offer: Offer, *, wish: Wish) -> None:
    bands = {*wish.members} if offer.kind == PassKind.HOUSEHOLD else {wish.age_band}
    known = {*AgeBand.values}
    asks = offer.kind in {PassKind.PERSON, PassKind.HOUSEHOLD}
    wanted = {*offer.age_bands}
    if not bands <= known or (asks and wanted and not bands & wanted):
        names = [str(AgeBand(band).label) for band in offer.age_bands if band in known]
        raise Refused(
            "age",
            _("Cette formule est réservée à ces âges : %(ages)s.")
            % {"ages": ", ".join(names)},
        )


def check_level(offer: Offer, *, wish: Wish) -> None:
    if offer.levels and wish.level not in offer.levels:
        raise Refused(
            "level", _("Cette formule est réservée à d’autres niveaux scolaires.")
        )


def check_commune(offer: Offer, *, commune: Commune | None) -> None:
    if not (offer.communes or offer.departments):
        return
    if commune is None:
        raise Refused(
            "commune_needed",
            _("Dites votre commune : cette formule est réservée à certaines."),
        )
    near = commune.department_id in offer.departments
    if not near and commune.insee not in offer.communes:
        raise Refused(
            "commune",
            _("Cette formule n’est pas pour les habitants de %(commune)s.")
            % {"commune": commune},
        )


def check_group(group: Structure | None, *, by: Any) -> None:
    if group is None:
        return
    if by is None or not group.memberships.filter(user=by.pk).exists():
        raise Refused(
            "not_yours", _("Vous ne faites pas partie de l’équipe de cette structure.")
        )
