"""What holders do with their own pass: call it, keep it, read all of it, erase it."""

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from maillage.core.errors import Refused
from maillage.passport.choices import Limit
from maillage.passport.models import Batch, Benefit, CheckIn, MonthKey, Pass, Use
from maillage.passport.pseudonyms import pseudonym
from maillage.passport.services.desk import use_token
from maillage.passport.services.revoking import note_revocation
from maillage.passport.services.trust import sign_list

#: Names asked for at once.
MANY = 500


def passages_of(holder: Pass) -> Any:
    """Passages that can still be told to be theirs: of months not yet closed."""
    names = [
        pseudonym(holder.number, secret=key.secret)
        for key in MonthKey.objects.filter(destroyed_at=None).exclude(secret="")
    ]
    return CheckIn.objects.filter(pseudonym__in=names).order_by("happened_at")


def use_tokens(holder: Pass) -> dict[str, str]:
    """The place of each use that would be theirs, by its token."""
    season, found = holder.offer.season, {}
    rows = Benefit.objects.exclude(limit=Limit.NONE).order_by("pk")
    length = (season.ends_on - season.starts_on).days
    days = [season.starts_on + dt.timedelta(rank) for rank in range(length)]
    for pk, limit, place in rows.values_list("pk", "limit", "place__name"):
        for day in days if limit == Limit.ONCE_A_DAY else [None]:
            token = use_token(holder.number, benefit=pk, season=season.pk, day=day)
            found[token] = place
    return found


def uses_of(holder: Pass) -> list[tuple[Use, str]]:
    """Uses of limited benefits that are theirs, each with its place."""
    tokens = use_tokens(holder)
    names, found = list(tokens), []
    for start in range(0, len(names), MANY):
        rows = Use.objects.filter(token__in=names[start : start + MANY])
        found += [(row, tokens[row.token]) for row in rows.order_by("pk")]
    return found


@transaction.atomic
def forget_passages(holder: Pass) -> int:
    """The passages of months that are not closed lead to the pass no more."""
    return int(passages_of(holder).update(pseudonym=""))


def holder_data(holder: Pass) -> dict[str, Any]:
    """All that the site knows of a pass, ready for JSON."""
    return {
        "number": holder.number,
        "code": holder.code,
        "offer": holder.offer.name,
        "season": holder.offer.season.name,
        "kind": holder.kind,
        "age_band": holder.age_band,
        "commune": holder.commune_id,
        "people": holder.people,
        "nickname": holder.nickname,
        "state": holder.state,
        "valid_from": holder.valid_from,
        "valid_until": holder.valid_until,
        "issued_at": holder.issued_at,
        "keeps_stamps": holder.keeps_stamps,
        "members": list(holder.members.order_by("pk").values_list("age_band", flat=True)),
        "stamps": list(
            holder.stamps.order_by("pk").values("stop__trail__name", "stop__title", "stamped_on")
        ),
        "passages": list(
            passages_of(holder).values("place__name", "happened_at", "people", "outcome")
        ),
        "uses": [
            {"place": place, "times": row.times, "last_on": row.last_on}
            for row, place in uses_of(holder)
        ],
    }  # fmt: skip


@transaction.atomic
def set_up(holder: Pass, *, nickname: str, keeps_stamps: bool) -> Pass:
    """Call a pass something; keep its stamps, or forget them."""
    row = Pass.objects.select_for_update(of=("self",)).get(pk=holder.pk)
    row.nickname, row.keeps_stamps = nickname, keeps_stamps
    row.save(update_fields=["nickname", "keeps_stamps"])
    if not keeps_stamps:
        row.stamps.all().delete()
    return row


@transaction.atomic
def put_in_wallet(holder: Pass, *, by: Any) -> Pass:
    """Find a pass again in one's space. Refuses with ``somebody_elses``."""
    row = Pass.objects.select_for_update(of=("self",)).get(pk=holder.pk)
    if row.user_id not in {None, by.pk}:
        raise Refused("somebody_elses", _("Ce passeport est dans un autre compte."))
    row.user = by
    row.save(update_fields=["user"])
    return row


@transaction.atomic
def take_out_of_wallet(holder: Pass, *, by: Any) -> Pass:
    """The pass stays good, the account forgets it. Refuses with ``somebody_elses``."""
    row = Pass.objects.select_for_update(of=("self",)).get(pk=holder.pk)
    if row.user_id != by.pk:
        raise Refused("somebody_elses", _("Ce passeport est dans un autre compte."))
    row.user = None
    row.save(update_fields=["user"])
    return row


def forget(holder: Pass, *, now: dt.datetime) -> None:
    note_revocation(holder, now=now)
    passages_of(holder).update(pseudonym="")
    Use.objects.filter(pk__in=[row.pk for row, _place in uses_of(holder)]).delete()
    holder.delete()


@transaction.atomic
def erase_pass(holder: Pass, *, now: dt.datetime) -> None:
    """Erase a pass with its members and stamps.

    A hash of its number stays on the list of revoked passes until the season ends, so
    that a copy of the card opens nothing; passages are kept as counts, told to be nobody's.
    """
    forget(Pass.objects.select_for_update(of=("self",)).get(pk=holder.pk), now=now)
    sign_list(now=now)


@transaction.atomic
def close_batch(batch: Batch) -> None:
    """Forget that passes of a class belong together; each stays good."""
    Batch.objects.select_for_update(of=("self",)).get(pk=batch.pk).delete()


# The account of a person --------------------------------------------------------


def person_data(user: Any) -> dict[str, list[Any]]:
    """The passes of an account, and the classes for which it asked."""
    mine = Pass.objects.all().held_by(user).select_related("offer__season")
    batches = Batch.objects.filter(user=user).order_by("pk")
    return {
        "passes": [holder_data(row) for row in mine.order_by("pk")],
        "classes": list(batches.values("offer__name", "nickname", "made_at")),
    }


@transaction.atomic
def forget_person(user: Any, *, now: dt.datetime) -> None:
    """Erase the passes of an account, and the links to the classes it asked for."""
    mine = list(Pass.objects.select_for_update(of=("self",)).filter(user=user))
    for holder in mine:
        forget(holder, now=now)
    Batch.objects.filter(user=user).delete()
    if mine:
        sign_list(now=now)
