"""Questionnaires by age, from the data file; what is asked is frozen in each round."""

import tomllib
from functools import cache
from importlib import resources
from typing import Any

from django.utils.translation import get_language

from maillage.studio.choices import Moment

SCALE = (1, 2, 3, 4, 5)


@cache
def kits() -> dict[str, dict[str, Any]]:
    """The kits by slug, in the order of the file."""
    source = resources.files("maillage") / "data" / "evaluation" / "kits.toml"
    rows = tomllib.loads(source.read_text(encoding="utf-8"))["kit"]
    return {row["slug"]: row for row in rows}


def said(thing: dict[str, Any], name: str) -> Any:
    """A text of the file in the language of the page."""
    if (get_language() or "fr").startswith("en") and f"{name}_en" in thing:
        return thing[f"{name}_en"]
    return thing[name]


def kit_choices() -> list[tuple[str, str]]:
    return [(slug, said(kit, "label")) for slug, kit in kits().items()]


def kit_label(slug: str) -> str:
    kit = kits().get(slug)
    return said(kit, "label") if kit else slug


def questions_of(slug: str) -> list[dict[str, Any]]:
    """What a round keeps of a kit: its questions with their words for the scale."""
    kit = kits()[slug]
    scale = {name: kit[name] for name in ("scale", "scale_en")}
    return [question | scale for question in kit["question"]]


def asked_at(questions: list[dict[str, Any]], moment: str) -> list[dict[str, Any]]:
    """The questions of one moment: those of « after » are not asked before."""
    if moment == Moment.AFTER:
        return questions
    return [question for question in questions if question["when"] == "both"]


def is_scale(question: dict[str, Any]) -> bool:
    return bool(question["kind"] == "scale")
