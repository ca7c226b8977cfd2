"""Rounds of answers: opened, answered by anybody who has the code, closed."""

import datetime as dt
import hmac
import secrets
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.utils.translation import gettext as _

from maillage.core.errors import Refused
from maillage.core.french import fold
from maillage.studio.choices import Mode
from maillage.studio.kits import SCALE, asked_at, is_scale, questions_of
from maillage.studio.models import Answer, Evaluation, Round

#: Signs that nobody takes for another one, read or written by hand.
SIGNS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 8
#: What one connection may send in an hour: a school behind one address, twice.
MOST_AN_HOUR = 240
#: What one round holds.
MOST_ANSWERS = 5000
MOST_ROUNDS = 50
HOUR = 3600


def typed_code(text: str) -> str:
    """A code as it is kept, whatever hyphens, spaces or case it was typed with."""
    return "".join(sign for sign in text.upper() if sign.isalnum())[:LENGTH]


@transaction.atomic
def open_round(
    evaluation: Evaluation, *, kit: str, last_day_ends_at: dt.datetime, now: dt.datetime
) -> Round:
    """Open a round with a code of its own. Refuses with ``past`` or ``enough``."""
    if last_day_ends_at <= now:
        raise Refused("past", _("Choisissez un dernier jour qui n’est pas passé."))
    row = Evaluation.objects.select_for_update(of=("self",)).get(pk=evaluation.pk)
    if row.rounds.count() >= MOST_ROUNDS:
        raise Refused("enough", _("Cinquante recueils suffisent à une évaluation."))
    code = fresh_code()
    while Round.objects.filter(code=code).exists():
        code = fresh_code()
    return Round.objects.create(
        evaluation=row,
        code=code,
        kit=kit,
        questions=questions_of(kit),
        opened_at=now,
        closes_at=last_day_ends_at,
    )


def fresh_code() -> str:
    return "".join(secrets.choice(SIGNS) for _place in range(LENGTH))


@transaction.atomic
def close_round(round_: Round, *, now: dt.datetime) -> Round:
    """Take no more answers from now on."""
    row = Round.objects.select_for_update(of=("self",)).get(pk=round_.pk)
    if row.is_open(now):
        row.closes_at = now
        row.save(update_fields=["closes_at"])
    return row


def count_sending(address: str, *, now: dt.datetime) -> None:
    """Count what an address sends during an hour. Refuses with ``too_many``.

    What is kept, for an hour, is a hash that means nothing the hour after.
    """
    hour = int(now.timestamp()) // HOUR
    told = hashed(f"studio {hour} {address}")
    key = f"studio-sent-{told}"
    cache.add(key, 0, HOUR)
    if cache.incr(key) > MOST_AN_HOUR:
        raise Refused(
            "too_many",
            _("Beaucoup de réponses viennent de cette connexion. Réessayez plus tard."),
        )


def hashed(text: str) -> str:
    secret = str(settings.SECRET_KEY).encode()
    return hmac.digest(secret, text.encode(), "sha256").hex()[:32]


def word_key(round_: Round, word: str) -> str:
    """The word as it is kept: nobody can read it, and it is another in each round."""
    bare = " ".join(fold(word).split())
    return hashed(f"word {round_.code} {bare}") if bare else ""


@transaction.atomic
def add_answer(
    round_: Round,
    *,
    moment: str,
    values: Mapping[str, Any],
    word: str,
    page: str,
    mode: str,
    now: dt.datetime,
    today: dt.date,
) -> Answer:
    """Keep one questionnaire; the same page sent twice counts once.

    What stands on paper may be entered after the end. Refuses with ``closed``,
    ``empty``, ``wrong`` or ``full``.
    """
    row = Round.objects.select_for_update(of=("self",)).get(pk=round_.pk)
    if mode == Mode.WEB and not row.is_open(now):
        raise Refused("closed", _("Ce questionnaire est clos. Merci d’être venu."))
    key = hashed(f"page {row.code} {page}")
    if same := row.answers.filter(key=key).first():
        return same
    kept = readable(row, moment=moment, values=values)
    if row.answers.count() >= MOST_ANSWERS:
        raise Refused("full", _("Ce recueil est plein."))
    return Answer.objects.create(
        round=row,
        moment=moment,
        mode=mode,
        word=word_key(row, word),
        key=key,
        values=kept,
        given_on=today,
    )


def readable(
    round_: Round, *, moment: str, values: Mapping[str, Any]
) -> dict[str, int]:
    """Answers to questions of the moment; one may leave some out, not all."""
    kept = {}
    for question in asked_at(round_.questions, moment):
        value = values.get(question["slug"])
        if value is None:
            continue
        if value not in (SCALE if is_scale(question) else (0, 1)):
            raise Refused("wrong", _("Une réponse n’est pas sur l’échelle."))
        kept[question["slug"]] = value
    if not kept:
        raise Refused("empty", _("Répondez au moins à une question."))
    return kept
