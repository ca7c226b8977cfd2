"""Questionnaires: their versions, frozen one after the other; identities that last."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from maillage.core.errors import Refused
from maillage.surveys.checks import check
from maillage.surveys.choices import QuestionKind, VersionState
from maillage.surveys.definition import (
    Definition,
    QuestionSpec,
    Section,
    from_json,
    to_json,
)
from maillage.surveys.models import Break, Question, Questionnaire, Version

#: Kinds whose answers can be compared: a question may go from one to another.
FAMILIES: Mapping[str, str] = {
    QuestionKind.TEXT: "text",
    QuestionKind.LONG_TEXT: "text",
    QuestionKind.INTEGER: "number",
    QuestionKind.DECIMAL: "number",
    QuestionKind.EUROS: "number",
    QuestionKind.CALCULATE: "number",
}


def definition_of(version: Version) -> Definition:
    """What a version asks."""
    return from_json(version.definition)


def free_slug(name: str) -> str:
    base = slugify(name)[:60].strip("-") or "questionnaire"
    taken = set(Questionnaire.objects.values_list("slug", flat=True))
    slug, number = base, 1
    while slug in taken or slug == "nouveau":
        number += 1
        slug = f"{base}-{number}"
    return slug


@transaction.atomic
def create_questionnaire(
    *,
    name: str,
    by: Any,
    now: dt.datetime,
    about: str = "",
    slug: str = "",
) -> Questionnaire:
    """Open a questionnaire with an empty first version."""
    made = Questionnaire.objects.create(
        name=name,
        slug=slug or free_slug(name),
        about=about,
        created_at=now,
        created_by=by,
    )
    page = Section("page_1", _("Première page"))
    empty = Definition(title=name, parts=(page,))
    Version.objects.create(
        questionnaire=made,
        number=1,
        definition=to_json(empty),
        changed_at=now,
        changed_by=by,
    )
    return made


def rename_questionnaire(
    questionnaire: Questionnaire, *, name: str, about: str
) -> Questionnaire:
    """Change the name under which it is found; its address stays."""
    questionnaire.name, questionnaire.about = name, about
    questionnaire.save(update_fields=["name", "about"])
    return questionnaire


def lock_version(version: Version) -> Version:
    """The version as it is now, held until the commit. Refuses with ``gone``."""
    rows = Version.objects.select_for_update(of=("self",))
    found = rows.filter(pk=version.pk).select_related("questionnaire").first()
    if found is None:
        raise Refused("gone", _("Cette version n’existe plus."))
    return found


def lock_draft(version: Version) -> Version:
    """Refuses with ``gone``, or ``frozen``."""
    found = lock_version(version)
    if not found.is_draft:
        message = _("Cette version est figée : faites-en une nouvelle pour la changer.")
        raise Refused("frozen", message)
    return found


def save_definition(
    version: Version, definition: Definition, *, by: Any, now: dt.datetime
) -> Version:
    """Write what a draft asks; the caller holds it by ``lock_draft``."""
    version.definition = to_json(definition)
    version.revision += 1
    version.changed_at, version.changed_by = now, by
    version.save(update_fields=["definition", "revision", "changed_at", "changed_by"])
    return version


@transaction.atomic
def replace_definition(
    version: Version,
    definition: Definition,
    *,
    revision: int,
    by: Any,
    now: dt.datetime,
) -> Version:
    """Put another definition in the place of a draft's, as an import does.

    Refuses with ``gone``, ``frozen``, or ``stale`` when it has changed since it was seen.
    """
    found = lock_draft(version)
    if found.revision != revision:
        message = _("Le questionnaire a changé entre-temps : vérifiez de nouveau.")
        raise Refused("stale", message)
    return save_definition(found, definition, by=by, now=now)


def last_frozen(questionnaire: Questionnaire, *, before: int = 0) -> Version | None:
    rows = questionnaire.versions.filter(state=VersionState.FROZEN)
    if before:
        rows = rows.filter(number__lt=before)
    return rows.order_by("-number").first()


@transaction.atomic
def new_version(
    questionnaire: Questionnaire, *, by: Any, now: dt.datetime, note: str = ""
) -> Version:
    """Start a draft from the last frozen version. Refuses with ``draft`` or ``none``."""
    rows = Questionnaire.objects.select_for_update(of=("self",))
    held = rows.get(pk=questionnaire.pk)
    if held.versions.filter(state=VersionState.DRAFT).exists():
        raise Refused("draft", _("Une version est déjà en préparation."))
    last = last_frozen(held)
    if last is None:
        raise Refused("none", _("Aucune version figée d’où partir."))
    return Version.objects.create(
        questionnaire=held,
        number=last.number + 1,
        definition=last.definition,
        note=note,
        changed_at=now,
        changed_by=by,
    )


@transaction.atomic
def drop_draft(version: Version) -> None:
    """Throw a draft away. Refuses with ``gone``, ``frozen`` or ``first``."""
    found = lock_draft(version)
    if not last_frozen(found.questionnaire):
        message = _("C’est la seule version : modifiez-la plutôt.")
        raise Refused("first", message)
    found.delete()


@transaction.atomic
def freeze(version: Version, *, by: Any, now: dt.datetime, note: str = "") -> Version:
    """Freeze a draft, and bring the identities of its questions up to date.

    Refuses with ``gone``, ``frozen``, ``problems``, ``same`` or ``kinds``.
    """
    found = lock_draft(version)
    definition = definition_of(found)
    problems = check(definition)
    if problems:
        message = _("%d points sont à corriger avant de figer.") % len(problems)
        raise Refused("problems", message)
    last = last_frozen(found.questionnaire)
    if last is not None and definition_of(last) == definition:
        raise Refused("same", _("Rien n’a changé depuis la version précédente."))
    wrong = broken_kinds(found, definition)
    if wrong:
        message = _(
            "Ces questions changent de sorte : %s. Déclarez une rupture de série, ou "
            "donnez-leur un autre code."
        )
        raise Refused("kinds", message % ", ".join(wrong))
    keep_identities(found, definition)
    found.state, found.frozen_at = VersionState.FROZEN, now
    found.changed_at, found.changed_by = now, by
    found.note = note or found.note
    found.save(update_fields=["state", "frozen_at", "changed_at", "changed_by", "note"])
    return found


def are_comparable(old: str, new: str) -> bool:
    """Answers to the two kinds can stand in one series."""
    return old == new or (old in FAMILIES and FAMILIES[old] == FAMILIES.get(new))


def broken_kinds(version: Version, definition: Definition) -> list[str]:
    """Codes of questions whose kind no longer fits, without a break that says so."""
    known = dict(version.questionnaire.questions.values_list("code", "kind"))
    declared = set(version.breaks.values_list("question__code", flat=True))
    return [
        code
        for code, spec in definition.questions().items()
        if code in known
        and code not in declared
        and not are_comparable(known[code], spec.kind)
    ]


def keep_identities(version: Version, definition: Definition) -> None:
    questionnaire = version.questionnaire
    rows = {row.code: row for row in questionnaire.questions.all()}
    specs = definition.questions()
    Question.objects.bulk_create(
        Question(
            questionnaire=questionnaire, code=code, kind=spec.kind, label=spec.label
        )
        for code, spec in specs.items()
        if code not in rows
    )
    changed = []
    for code, row in rows.items():
        spec = specs.get(code)
        if spec is not None and (row.kind, row.label) != (spec.kind, spec.label):
            row.kind, row.label = spec.kind, spec.label
            changed.append(row)
    Question.objects.bulk_update(changed, ["kind", "label"])


@transaction.atomic
def declare_break(
    version: Version, *, code: str, reason: str, by: Any, now: dt.datetime
) -> Break:
    """Say that from this version on a question's answers start a new series.

    Refuses with ``gone``, ``frozen`` or ``unknown``.
    """
    found = lock_draft(version)
    question = found.questionnaire.questions.filter(code=code).first()
    if question is None or code not in definition_of(found).questions():
        message = _("Cette question n’était pas posée avant : il n’y a pas de série.")
        raise Refused("unknown", message)
    made, _is_new = Break.objects.update_or_create(
        question=question,
        version=found,
        defaults={"reason": reason, "declared_at": now, "declared_by": by},
    )
    return made


@transaction.atomic
def withdraw_break(declared: Break) -> None:
    """Refuses with ``gone`` or ``frozen``."""
    lock_draft(declared.version)
    declared.delete()


def questions_in_order(definition: Definition) -> list[QuestionSpec]:
    return list(definition.questions().values())
