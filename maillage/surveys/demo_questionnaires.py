"""The questionnaires that a site starts with: ``maillage/data/questionnaires``."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from maillage.surveys.definition import from_json
from maillage.surveys.models import Questionnaire
from maillage.surveys.services.questionnaires import (
    create_questionnaire,
    declare_break,
    freeze,
    new_version,
    replace_definition,
)

FOLDER = Path(__file__).parents[1] / "data" / "questionnaires"


def load_questionnaires(*, by: Any, folder: Path = FOLDER) -> list[Questionnaire]:
    """Load each questionnaire that is not there yet, with all its versions."""
    return [
        load_questionnaire(json.loads(path.read_text("utf-8")), by=by)
        for path in sorted(folder.glob("*.json"))
    ]


@transaction.atomic
def load_questionnaire(data: dict[str, Any], *, by: Any) -> Questionnaire:
    """Play the story of a questionnaire again: versions frozen at their dates."""
    there = Questionnaire.objects.filter(slug=data["slug"]).first()
    if there is not None:
        return there
    days = [dt.date.fromisoformat(one["frozen_on"]) for one in data["versions"]]
    made = create_questionnaire(
        name=data["name"],
        slug=data["slug"],
        about=data["about"],
        by=by,
        now=noon(days[0]),
    )
    for one, day in zip(data["versions"], days, strict=True):
        now = noon(day)
        draft = made.versions.first() if day == days[0] else None
        draft = draft or new_version(made, by=by, now=now)
        wanted = from_json(one["definition"])
        replace_definition(draft, wanted, revision=draft.revision, by=by, now=now)
        for told in one["breaks"]:
            code, reason = told["question"], told["reason"]
            declare_break(draft, code=code, reason=reason, by=by, now=now)
        freeze(draft, by=by, now=now, note=one["note"])
    return made


def noon(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time(12)))
