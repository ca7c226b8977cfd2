"""Waves with answers that count, made at once."""

import numpy as np
from django.utils import timezone

from maillage.accounts.choices import Role
from maillage.surveys.choices import ResponseState, UnitSource
from maillage.surveys.definition import (
    Choice,
    ChoiceList,
    Definition,
    QuestionSpec,
    Repeat,
    Section,
    to_json,
)
from maillage.surveys.models import Answer, RepeatRow, Response, Unit
from maillage.surveys.services import releases
from maillage.surveys.services.weights import keep_weights
from tests.factories.accounts import UserFactory
from tests.factories.surveys import NOW, VersionFactory, WaveFactory
from tests.factories.territories import DepartmentFactory

KINDS = ("association", "museum", "library")
DEPARTMENTS = ("59", "62", "80")
COLOURS = ("red", "green", "blue")
SECRET = "Chez nous, rue du Puits"

SHEET = Definition(
    title="Essai",
    choice_lists=(
        ChoiceList("colours", tuple(Choice(c, c.title()) for c in COLOURS)),
    ),
    parts=(
        Section(
            "a",
            "Activité",
            parts=(
                QuestionSpec("active", "yes_no", "Avez-vous agi ?"),
                QuestionSpec("soon", "yes_no", "Bientôt ?", relevant="${active} = 'no'"),
                QuestionSpec("colour", "one", "Quelle couleur ?", choices="colours"),
                QuestionSpec("likes", "many", "Lesquelles aimez-vous ?", choices="colours"),
            ),
        ),
        Section(
            "b",
            "Moyens",
            parts=(
                QuestionSpec("mark", "scale", "Quelle note ?", minimum=1, maximum=5),
                QuestionSpec("visits", "integer", "Combien de visites ?", unit="visites"),
                Repeat("thing", "Objets", item_label="Objet", questions=(
                    QuestionSpec("thing_colour", "one", "Sa couleur", choices="colours"),
                    QuestionSpec("thing_loans", "integer", "Ses prêts"),
                )),
                QuestionSpec("wish", "long_text", "Un souhait ?"),
            ),
        ),
    ),
)  # fmt: skip
QUESTIONS = ["active", "soon", "colour", "likes", "mark", "visits", "thing_colour",
             "thing_loans"]  # fmt: skip


def answered_wave(*, number=60, asked=80, seed=1, version=None, **given):
    """A closed wave: ``number`` of those asked have answered, as a generator says."""
    rng = np.random.default_rng(seed)
    version = version or VersionFactory(definition=to_json(SHEET))
    wave = WaveFactory(version=version, state="closed", **given)
    for code in DEPARTMENTS:
        DepartmentFactory(code=code)
    units = Unit.objects.bulk_create(
        Unit(
            wave=wave, source=UnitSource.LIST, panel_key=f"p{rank:03d}",
            name=f"Structure {rank}", kind=str(rng.choice(KINDS, p=[0.5, 0.3, 0.2])),
            department_id=str(rng.choice(DEPARTMENTS)), token=f"{wave.slug}-{rank}",
        )
        for rank in range(asked)
    )  # fmt: skip
    responses = Response.objects.bulk_create(
        Response(
            unit=unit,
            state=ResponseState.ACCEPTED if rank < number else ResponseState.WAITING,
        )
        for rank, unit in enumerate(units)
    )
    for response in responses[:number]:
        fill(response, rng)
    keep_weights(wave)
    return wave


def fill(response, rng):
    active = "yes" if rng.random() < 0.7 else "no"
    says(response, "active", active)
    if active == "no":
        says(response, "soon", "yes" if rng.random() < 0.5 else "no")
    says(response, "colour", str(rng.choice(COLOURS, p=[0.6, 0.3, 0.1])))
    says(response, "likes", sorted({str(c) for c in rng.choice(COLOURS, size=2)}))
    says(response, "mark", int(rng.integers(1, 6)))
    says(response, "visits", int(rng.integers(0, 900)))
    says(response, "wish", f"{SECRET} {response.pk}")
    for rank in range(int(rng.integers(0, 4))):
        key = f"r{rank}"
        RepeatRow.objects.create(response=response, group="thing", key=key, rank=rank)
        says(response, "thing_colour", str(rng.choice(COLOURS)), key)
        says(response, "thing_loans", int(rng.integers(0, 9)), key)


def says(response, question, value, instance="", *, counts=True):
    return Answer.objects.create(
        response=response, question=question, instance=instance, value=value,
        is_counted=counts, changed_at=NOW,
    )  # fmt: skip


def tell(wave, *, questions=QUESTIONS, crossings=(), panel=False, publish=True):
    """Make the results of a wave as the agency does."""
    by = UserFactory(role=Role.AGENCY)
    tables = {
        "questions": [*questions],
        "crossings": [list(pair) for pair in crossings],
        "panel": panel,
    }
    now = timezone.now()
    made = releases.prepare(wave, tables=tables, by=by, now=now)
    made = releases.start(made, by=by, now=now)
    made = releases.compute(made.pk, run=made.run, effort=0)
    return releases.publish(made, by=by, now=now) if publish else made


def text_of(wave):
    answer = Answer.objects.filter(response__unit__wave=wave, question="wish").first()
    return "wish", answer
