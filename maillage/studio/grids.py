"""The self-assessment grid: read from its file, kept as it was for each assessment."""

import datetime as dt
import hashlib
import json
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from django.db import transaction
from django.db.models import Max

from maillage.studio.assessment_choices import GridLevel
from maillage.studio.kits import said
from maillage.studio.models import AssessmentGrid, GridAnswer


@dataclass(frozen=True)
class Standard:
    """What should be true, in the language of the page."""

    raw: dict[str, Any]
    number: str

    @property
    def slug(self) -> str:
        return str(self.raw["slug"])

    @property
    def title(self) -> str:
        return str(said(self.raw, "title"))

    @property
    def text(self) -> str:
        return str(said(self.raw, "text"))

    @property
    def questions(self) -> list[str]:
        return list(said(self.raw, "questions"))

    @property
    def evidence(self) -> str:
        return str(said(self.raw, "evidence"))

    @property
    def levels(self) -> list[dict[str, Any]]:
        """Each level with its word and what it looks like."""
        words = said(self.raw, "levels")
        return [
            {"value": level.value, "label": level.label, "text": text}
            for level, text in zip(GridLevel, words, strict=True)
        ]


@dataclass(frozen=True)
class Theme:
    raw: dict[str, Any]
    number: int
    standards: list[Standard]

    @property
    def title(self) -> str:
        return str(said(self.raw, "title"))


class Book:
    """A grid to read: its themes, its standards by slug, in order."""

    def __init__(self, definition: dict[str, Any]) -> None:
        self.definition = definition
        self.themes = [
            Theme(
                theme,
                number,
                [
                    Standard(raw, f"{number}.{rank}")
                    for rank, raw in enumerate(theme["standard"], 1)
                ],
            )
            for number, theme in enumerate(definition["theme"], 1)
        ]
        self.standards = {
            one.slug: one for theme in self.themes for one in theme.standards
        }

    @property
    def title(self) -> str:
        return str(said(self.definition, "title"))

    @property
    def about(self) -> str:
        return str(said(self.definition, "about"))

    def after(self, slug: str) -> str:
        """The standard that follows; none after the last."""
        slugs = list(self.standards)
        rank = slugs.index(slug) + 1 if slug in slugs else len(slugs)
        return slugs[rank] if rank < len(slugs) else ""

    def answered(self, answers: Iterable[GridAnswer]) -> int:
        """Standards that have a level."""
        return sum(one.level is not None and one.standard in self.standards for one in answers)  # fmt: skip


@cache
def written_grid() -> dict[str, Any]:
    """The grid of the data file."""
    source = resources.files("maillage") / "data" / "evaluation" / "grid.toml"
    return tomllib.loads(source.read_text(encoding="utf-8"))


def digest_of(definition: dict[str, Any]) -> str:
    text = json.dumps(definition, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


@transaction.atomic
def current_grid(*, now: dt.datetime) -> AssessmentGrid:
    """The grid of the file, with the number that it got when it was first used."""
    definition = written_grid()
    digest = digest_of(definition)
    if found := AssessmentGrid.objects.filter(digest=digest).first():
        return found
    last = AssessmentGrid.objects.aggregate(last=Max("number"))["last"] or 0
    made, _created = AssessmentGrid.objects.get_or_create(
        digest=digest,
        defaults={"number": last + 1, "definition": definition, "loaded_at": now},
    )
    return made
