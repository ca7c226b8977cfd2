"""An evaluation to try: its frame, a round that has answers, one that has too few.

Everything is invented; the same day gives the same answers, but for their codes.
"""

import datetime as dt
from collections.abc import Iterator

import numpy as np
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from maillage.directory.choices import MemberRole
from maillage.directory.models import Membership, Structure
from maillage.studio.choices import Gravity, LogicLevel, Mode, Moment
from maillage.studio.demo_assessment import load_assessments
from maillage.studio.demo_projects import load_projects
from maillage.studio.kits import asked_at, is_scale, questions_of
from maillage.studio.models import Answer, Evaluation, Indicator, LogicRow, Risk, Round
from maillage.studio.services.collecting import fresh_code, hashed, word_key

#: Answers before and after: enough for pairs, and too few for a word.
MANY, FEW = (46, 41), (8, 6)


def is_ready() -> bool:
    """The studio has been loaded before."""
    return Evaluation.objects.exists()


@transaction.atomic
def load_studio(*, now: dt.datetime) -> None:
    """Load it, once; nothing before a demonstration structure has a team."""
    structure = owner()
    if is_ready() or structure is None:
        return
    evaluation = Evaluation.objects.create(
        title=_("Ateliers du ciel dans les écoles (exemple)"),
        structure=structure,
        issue=_(
            "Dans trois communes, les enfants disent que les sciences ne sont pas pour "
            "eux et aucun lieu de sciences n’est à moins d’une demi-heure."
        ),
        is_example=True,
        created_at=now - dt.timedelta(40),
    )
    make_frame(evaluation)
    rng = np.random.default_rng(2026)
    for kit, sizes, days in (("enfants", MANY, 35), ("adultes", FEW, 9)):
        make_round(evaluation, kit, sizes=sizes, days=days, now=now, rng=rng)
    load_assessments(structure, now=now)
    load_projects(structure, now=now)


def owner() -> Structure | None:
    """The structure of the demonstration's manager."""
    rows = Membership.objects.filter(
        role=MemberRole.MANAGER, user__email="responsable@exemple.fr"
    )
    first = rows.select_related("structure").order_by("pk").first()
    return first.structure if first else None


def make_frame(evaluation: Evaluation) -> None:
    rows = {
        level: LogicRow.objects.create(evaluation=evaluation, level=level, text=text)
        for level, text in (
            (LogicLevel.GOAL, _("Que chaque enfant se sente capable de science.")),
            (LogicLevel.ACTIVITY, _("Douze ateliers d’une demi-journée en classe.")),
            (LogicLevel.OUTPUT, _("Trois cents enfants ont mené une expérience.")),
            (LogicLevel.OUTCOME, _("Les enfants se disent plus capables qu’avant.")),
            (LogicLevel.IMPACT, _("Les familles viennent dans un lieu de sciences.")),
        )
    }
    Indicator.objects.bulk_create(
        [
            Indicator(
                row=rows[LogicLevel.OUTPUT], label=_("Enfants venus"), baseline=0,
                target=300, measured=287, source=_("feuilles de présence"),
            ),
            Indicator(
                row=rows[LogicLevel.OUTCOME], label=_("Se sentir capable"),
                unit=_("points sur 5"), target=4, source=_("questionnaire avant et après"),
            ),
        ]
    )  # fmt: skip
    Risk.objects.create(
        evaluation=evaluation,
        text=_("Une classe annule la veille."),
        gravity=Gravity.MIDDLE,
        remedy=_("Deux dates de réserve sont convenues avec chaque école."),
    )


def make_round(
    evaluation: Evaluation,
    kit: str,
    *,
    sizes: tuple[int, int],
    days: int,
    now: dt.datetime,
    rng: np.random.Generator,
) -> None:
    """Answers of invented people, a little higher after."""
    round_ = Round.objects.create(
        evaluation=evaluation,
        code=fresh_code(),
        kit=kit,
        questions=questions_of(kit),
        opened_at=now - dt.timedelta(days),
        closes_at=now + dt.timedelta(20),
    )
    rows: list[Answer] = []
    for moment, size in zip(Moment, sizes, strict=True):
        rows += answers_of(round_, moment, size=size, now=now, rng=rng)
    Answer.objects.bulk_create(rows)


def answers_of(
    round_: Round,
    moment: Moment,
    *,
    size: int,
    now: dt.datetime,
    rng: np.random.Generator,
) -> Iterator[Answer]:
    middle = 3.0 if moment == Moment.BEFORE else 3.7
    day = timezone.localdate(now) - dt.timedelta(5 if moment == Moment.BEFORE else 4)
    for person in range(size):
        values = {
            question["slug"]: int(np.clip(round(rng.normal(middle, 0.9)), 1, 5))
            if is_scale(question)
            else int(rng.random() < middle / 5)
            for question in asked_at(round_.questions, moment)
        }
        yield Answer(
            round=round_,
            moment=moment,
            mode=Mode.PAPER if person % 4 == 0 else Mode.WEB,
            word=word_key(round_, f"mot {person}"),
            key=hashed(f"{round_.code} {moment} {person}"),
            values=values,
            given_on=day,
        )
