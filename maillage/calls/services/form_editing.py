"""Building the form of a call: one version in the making, the published ones stay."""

import datetime as dt
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.db import transaction
from django.utils.translation import gettext as _

from maillage.accounts.models import User
from maillage.calls.choices import BRANCHING, ROLE_KINDS, WITH_OPTIONS, Role
from maillage.calls.definition import (
    Definition,
    Question,
    Section,
    starting_definition,
)
from maillage.calls.models import Call, FormVersion
from maillage.calls.services.starting import follow_form
from maillage.core.errors import Refused

MOST_QUESTIONS = 150
MOST_SECTIONS = 20


@dataclass(frozen=True)
class Problem:
    """Why a form cannot be published; ``place`` is a section or a question."""

    message: str
    place: str = ""


def making_of(call: Call, *, by: User) -> FormVersion:
    """The version in the making; a copy of the last one when there is none."""
    found = call.forms.filter(published_at=None).first()
    if found is not None:
        return found
    with transaction.atomic():
        Call.objects.select_for_update(of=("self",)).get(pk=call.pk)
        last = call.forms.order_by("-number").first()
        if last is not None and last.published_at is None:
            return last
        definition = last.definition if last else starting_definition().as_json()
        return FormVersion.objects.create(
            call=call,
            number=last.number + 1 if last else 1,
            definition=definition,
            changed_by=by,
        )


@transaction.atomic
def write_form(
    version: FormVersion, definition: Definition, *, seen: int, by: User
) -> FormVersion:
    """Write a version in the making. Refuses with ``published``, ``stale``, ``many``."""
    row = FormVersion.objects.select_for_update(of=("self",)).get(pk=version.pk)
    if row.published_at is not None:
        raise Refused(
            "published", _("Cette version est publiée : ouvrez-en une autre.")
        )
    if row.revision != seen:
        raise Refused(
            "stale",
            _(
                "Quelqu’un a modifié ce formulaire entre-temps : relisez, puis refaites."
            ),
        )
    if (
        len(definition.questions()) > MOST_QUESTIONS
        or len(definition.sections) > MOST_SECTIONS
    ):
        raise Refused("many", _("Un formulaire a 20 parties et 150 questions au plus."))
    row.definition, row.changed_by = definition.as_json(), by
    row.revision += 1
    row.save(update_fields=["definition", "changed_by", "revision"])
    return row


# What may be done to a tree; each gives another tree -----------------------------------


def fresh_id(prefix: str) -> str:
    """An identifier that no version of any form has had."""
    return f"{prefix}_{secrets.token_hex(4)}"


def with_section(definition: Definition, section: Section) -> Definition:
    """Add a section at the end, or write the one that has its id."""
    if definition.section(section.id):
        return definition.put(section)
    return replace(definition, sections=(*definition.sections, section))


def with_question(
    definition: Definition, question: Question, *, section: str
) -> Definition:
    """Add a question at the end of a section, write it or take it there."""
    place = definition.section_of(question.id)
    if place is not None and place.id == section:
        kept = [question if one.id == question.id else one for one in place.questions]
        return definition.put(replace(place, questions=tuple(kept)))
    bare = without(definition, question.id)
    target = bare.section(section)
    if target is None:
        raise Refused("gone", _("Cette partie n’existe plus."))
    return bare.put(replace(target, questions=(*target.questions, question)))


def without(definition: Definition, key: str) -> Definition:
    """Take out a question, or a section with its questions."""
    return Definition(
        tuple(
            replace(
                section,
                questions=tuple(one for one in section.questions if one.id != key),
            )
            for section in definition.sections
            if section.id != key
        )
    )


def moved(definition: Definition, key: str, *, by: int) -> Definition:
    """Move a section among the others, or a question inside its section."""
    place = definition.section_of(key)
    if place is None:
        sections = shifted([one.id for one in definition.sections], key, by)
        rows = {one.id: one for one in definition.sections}
        return Definition(tuple(rows[one] for one in sections))
    order = shifted([one.id for one in place.questions], key, by)
    questions = {one.id: one for one in place.questions}
    return definition.put(
        replace(place, questions=tuple(questions[one] for one in order))
    )


def shifted(keys: list[str], key: str, by: int) -> list[str]:
    if key not in keys:
        return keys
    at = keys.index(key)
    to = min(max(at + by, 0), len(keys) - 1)
    keys.insert(to, keys.pop(at))
    return keys


# Whether it can be published ---------------------------------------------------------


def problems_of(definition: Definition) -> list[Problem]:
    """What must be put right before a form is published."""
    found = []
    if not definition.questions():
        found.append(Problem(_("Le formulaire n’a aucune question.")))
    if definition.with_role(Role.TITLE) is None:
        found.append(Problem(_("Aucune question ne donne le titre du projet.")))
    if definition.with_role(Role.REQUESTED) is None:
        found.append(Problem(_("Aucune question ne donne le montant demandé.")))
    before: dict[str, Question] = {}
    roles: set[str] = set()
    for _section, question in definition.walk():
        found += [
            Problem(f"« {question.label} » : {message}", question.id)
            for message in faults_in(question, before, roles)
        ]
        before[question.id] = question
        roles |= {question.role} - {""}
    return found


def faults_in(
    question: Question, before: dict[str, Question], roles: set[str]
) -> list[str]:
    found = []
    if question.kind in WITH_OPTIONS and len(question.options) < 2:
        found.append(_("il faut au moins deux choix."))
    if question.role and question.kind not in ROLE_KINDS[question.role]:
        found.append(_("ce genre de réponse ne convient pas à ce qu’elle doit donner."))
    if question.role in roles:
        found.append(_("une autre question donne déjà la même chose."))
    if question.when_question:
        found += condition_faults(question, before.get(question.when_question))
    return found


def condition_faults(question: Question, other: Question | None) -> list[str]:
    if other is None:
        return [_("sa condition porte sur une question qui ne vient pas avant elle.")]
    if other.kind not in BRANCHING:
        return [_("sa condition porte sur une question sans choix.")]
    known = {"yes", "no"} if not other.options else {one for one, _l in other.options}
    if not set(question.when_values) & known:
        return [_("sa condition attend un choix qui n’existe pas.")]
    return []


@transaction.atomic
def publish_form(call: Call, *, by: User, now: dt.datetime) -> tuple[FormVersion, int]:
    """Publish the version in the making; drafts follow. Gives how many did.

    Refuses with ``none`` or ``problems``.
    """
    Call.objects.select_for_update(of=("self",)).get(pk=call.pk)
    version = call.forms.filter(published_at=None).first()
    if version is None:
        raise Refused("none", _("Aucune version n’est en préparation."))
    problems = problems_of(Definition.of(version.definition))
    if problems:
        raise Refused("problems", joined(problems))
    version.published_at, version.changed_by = now, by
    version.save(update_fields=["published_at", "changed_by"])
    return version, follow_form(version, now=now)


def joined(problems: Sequence[Problem]) -> str:
    return " ".join(problem.message for problem in problems)
