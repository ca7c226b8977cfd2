"""What the pages of questionnaires show: versions, series, the tree of the builder."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count
from django.utils.translation import gettext as _

from maillage.surveys.checks import Problem
from maillage.surveys.choices import QuestionKind, VersionState
from maillage.surveys.conditions import in_words
from maillage.surveys.definition import (
    Definition,
    Part,
    QuestionSpec,
    Repeat,
    Section,
    Step,
)
from maillage.surveys.models import Questionnaire, Version
from maillage.surveys.services.questionnaires import definition_of


@dataclass(frozen=True)
class Branch:
    """A part in the tree: what it is, what it holds, what is wrong with it."""

    step: Step
    number: str
    condition: str
    problems: int
    is_chosen: bool
    parts: tuple["Branch", ...] = ()

    @property
    def part(self) -> Part:
        return self.step.part

    @property
    def sort(self) -> str:
        return sort_of(self.part)

    @property
    def kind_label(self) -> str:
        part = self.part
        if isinstance(part, QuestionSpec):
            return str(QuestionKind(part.kind).label)
        if isinstance(part, Repeat):
            return _("groupe répété")
        return _("page") if not self.step.parents else _("groupe")

    @property
    def is_open(self) -> bool:
        return self.is_chosen or any(part.is_open for part in self.parts)


def sort_of(part: Part) -> str:
    if isinstance(part, Repeat):
        return "repeat"
    return "section" if isinstance(part, Section) else "question"


def tree(
    definition: Definition, problems: Sequence[Problem], chosen: str = ""
) -> list[Branch]:
    """The pages with all that they hold, numbered as a table of contents."""
    wrong: dict[str, int] = {}
    for problem in problems:
        wrong[problem.place] = wrong.get(problem.place, 0) + 1

    numbers = numbers_of(definition)

    def branch(step: Step, number: str) -> Branch:
        part: Any = step.part
        held = [] if isinstance(part, QuestionSpec) else part.parts
        return Branch(
            step,
            number,
            in_words(definition, part.relevant, numbers=numbers),
            wrong.get(part.code, 0),
            part.code == chosen,
            tuple(
                branch(Step(one, (*step.parents, part)), f"{number}.{rank}")
                for rank, one in enumerate(held, 1)
            ),
        )

    return [
        branch(Step(page), str(rank)) for rank, page in enumerate(definition.parts, 1)
    ]


def numbers_of(definition: Definition) -> dict[str, str]:
    """The place of each part as in a table of contents: « 2.3 »."""
    found: dict[str, str] = {}

    def count(parts: Sequence[Part], start: str) -> None:
        for rank, part in enumerate(parts, 1):
            found[part.code] = f"{start}{rank}"
            if not isinstance(part, QuestionSpec):
                count(part.parts, f"{found[part.code]}.")

    count(definition.parts, "")
    return found


def places(definition: Definition, part: Part) -> list[tuple[str, str]]:
    """Where a part can be moved: code of what would hold it, and words."""
    inner = {step.part.code for step in Definition(parts=(_holder(part),)).walk()}
    found = []
    if isinstance(part, Section):
        found.append(("", _("Au premier niveau : une page")))
    for step in definition.walk():
        one = step.part
        if isinstance(one, QuestionSpec) or one.code in inner:
            continue
        if isinstance(one, Repeat) and not isinstance(part, QuestionSpec):
            continue
        names = [parent.label or parent.code for parent in (*step.parents, one)]
        found.append((one.code, " › ".join(names)))
    return found


def _holder(part: Part) -> Section:
    return Section("", "", parts=(part,))


def questionnaire_rows() -> list[dict[str, Any]]:
    """Each questionnaire with its last frozen version, its draft and its waves."""
    rows = Questionnaire.objects.prefetch_related("versions").annotate(
        waves=Count("versions__waves", distinct=True),
        asked=Count("questions", distinct=True),
    )
    found = []
    for one in rows:
        versions = list(one.versions.all())
        frozen = [version for version in versions if not version.is_draft]
        found.append(
            {
                "questionnaire": one,
                "frozen": frozen[0] if frozen else None,
                "draft": next((v for v in versions if v.is_draft), None),
            }
        )
    return found


def versions_of(questionnaire: Questionnaire) -> list[dict[str, Any]]:
    """Versions, the newest first, with what they ask and where they served."""
    rows = questionnaire.versions.prefetch_related("waves").select_related("changed_by")
    found = []
    for version in rows.order_by("-number"):
        asked = [
            one
            for one in definition_of(version).questions().values()
            if one.is_answered
        ]
        found.append(
            {
                "version": version,
                "questions": len(asked),
                "prefilled": sum(bool(one.prefill) for one in asked),
                "waves": list(version.waves.all()),
            }
        )
    return found


def series(questionnaire: Questionnaire) -> dict[str, Any]:
    """Every question over the versions: asked, put otherwise, or a series that restarts."""
    versions = list(questionnaire.versions.order_by("number"))
    specs = [definition_of(version).questions() for version in versions]
    breaks = {
        (one.version_id, one.question.code): one.reason
        for version in versions
        for one in version.breaks.select_related("question")
    }
    codes = list(dict.fromkeys(code for held in reversed(specs) for code in held))
    rows = []
    for code in codes:
        last = next(held[code] for held in reversed(specs) if code in held)
        if last.is_answered:
            rows.append(
                {
                    "code": code,
                    "label": last.label,
                    "cells": cells(code, versions, specs, breaks),
                }
            )
    return {"versions": versions, "rows": rows}


def cells(
    code: str,
    versions: Sequence[Version],
    specs: Sequence[Mapping[str, QuestionSpec]],
    breaks: Mapping[tuple[int, str], str],
) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    before: QuestionSpec | None = None
    for version, held in zip(versions, specs, strict=True):
        spec = held.get(code)
        reason = breaks.get((version.pk, code), "")
        if spec is None:
            found.append({"state": "absent", "word": _("non posée"), "note": ""})
            continue
        if reason:
            found.append({"state": "break", "word": _("rupture"), "note": reason})
        elif before is None:
            found.append({"state": "asked", "word": _("posée"), "note": ""})
        elif before.label != spec.label:
            word = _("autre formulation")
            found.append({"state": "changed", "word": word, "note": spec.label})
        else:
            found.append({"state": "asked", "word": _("posée"), "note": ""})
        before = spec
    return found


def history_of(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Versions on a thread, as ``includes/history.html`` shows them."""
    found = []
    for row in rows:
        version = row["version"]
        frozen = version.state == VersionState.FROZEN
        title = _("Version %d") if frozen else _("Version %d, en préparation")
        found.append(
            {
                "title": title % version.number,
                "who": str(version.changed_by or ""),
                "at": version.frozen_at or version.changed_at,
                "note": version.note,
            }
        )
    return found
