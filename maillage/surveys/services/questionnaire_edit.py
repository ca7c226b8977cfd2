"""Changes of a draft, one part at a time: what others do elsewhere in it stays.

A form sends the ``print`` of the part that it showed. When somebody has changed that very
part since, the change is refused as ``stale`` and both are shown; else it is made on the
questionnaire as it is now.
"""

import datetime as dt
import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from maillage.core.errors import Refused
from maillage.surveys.checks import MAX_PARTS
from maillage.surveys.definition import (
    ChoiceList,
    Definition,
    Part,
    QuestionSpec,
    Repeat,
    Section,
    to_json,
)
from maillage.surveys.models import Version
from maillage.surveys.names import code_from
from maillage.surveys.services.questionnaires import (
    definition_of,
    lock_draft,
    save_definition,
)

UP, DOWN = "up", "down"
Holder = Section | Repeat


def print_of(thing: Any) -> str:
    """What a part says by itself, whatever it holds, as a short text to compare."""
    data = to_json(thing)
    if isinstance(thing, Section | Repeat):
        data = {k: v for k, v in data.items() if k not in {"parts", "questions"}}
    if isinstance(thing, Definition):
        data = {k: v for k, v in data.items() if k not in {"parts", "choice_lists"}}
    text = json.dumps(data, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@transaction.atomic
def change(
    version: Version,
    work: Callable[[Definition], Definition],
    *,
    by: Any,
    now: dt.datetime,
) -> Definition:
    """Do a change on the draft as it is now; raises what ``work`` and the lock refuse."""
    held = lock_draft(version)
    definition = work(definition_of(held))
    if len(definition.steps()) > MAX_PARTS:
        raise Refused("too_many", _("Plus de %d parties.") % MAX_PARTS)
    save_definition(held, definition, by=by, now=now)
    return definition


def find(definition: Definition, code: str) -> Part:
    step = definition.steps().get(code)
    if step is None:
        message = _("Cette partie vient d’être supprimée par quelqu’un d’autre.")
        raise Refused("gone", message)
    return step.part


def need_same(thing: Any, seen: str) -> None:
    if print_of(thing) != seen:
        message = _(
            "Quelqu’un a changé cette partie pendant que vous la modifiiez. Votre "
            "saisie est gardée ci-dessous : comparez, puis enregistrez ce qui doit rester."
        )
        raise Refused("stale", message)


def edit_part(
    version: Version, code: str, part: Part, *, seen: str, by: Any, now: dt.datetime
) -> Definition:
    """Write a part as its form says; what it holds stays.

    Refuses with ``gone``, ``frozen``, ``stale`` or ``code``.
    """

    def work(definition: Definition) -> Definition:
        old = find(definition, code)
        need_same(old, seen)
        if part.code != code and part.code in definition.steps():
            message = _("Le code « %s » sert déjà dans ce questionnaire.")
            raise Refused("code", message % part.code)
        new: Part = part
        if isinstance(new, Section) and isinstance(old, Section):
            new = replace(new, parts=old.parts)
        if isinstance(new, Repeat) and isinstance(old, Repeat):
            new = replace(new, questions=old.questions)
        definition = put(definition, code, [new])
        return renamed(definition, code, part.code)

    return change(version, work, by=by, now=now)


def edit_whole(
    version: Version, wanted: Definition, *, seen: str, by: Any, now: dt.datetime
) -> Definition:
    """Change title, words of welcome and of thanks, languages."""

    def work(definition: Definition) -> Definition:
        need_same(definition, seen)
        return replace(
            definition,
            title=wanted.title,
            intro=wanted.intro,
            thanks=wanted.thanks,
            languages=wanted.languages,
        )

    return change(version, work, by=by, now=now)


def set_list(definition: Definition, held: ChoiceList) -> Definition:
    """The definition with this list in the place of the one with the same code."""
    if definition.choice_list(held.code) is None:
        return replace(definition, choice_lists=(*definition.choice_lists, held))
    lists = [held if one.code == held.code else one for one in definition.choice_lists]
    return replace(definition, choice_lists=tuple(lists))


def without_unused_lists(definition: Definition) -> Definition:
    used = {spec.choices for spec in definition.questions().values()}
    kept = tuple(one for one in definition.choice_lists if one.code in used)
    return replace(definition, choice_lists=kept)


def edit_question(
    version: Version,
    code: str,
    spec: QuestionSpec,
    *,
    held: ChoiceList | None,
    list_seen: str,
    seen: str,
    by: Any,
    now: dt.datetime,
) -> Definition:
    """Write a question and the list of its choices.

    Refuses as ``edit_part`` does; a list that has changed meanwhile is ``stale`` too.
    """

    def work(definition: Definition) -> Definition:
        old = find(definition, code)
        need_same(old, seen)
        if held is not None:
            there = definition.choice_list(held.code)
            if there is not None and there != held and list_seen:
                need_same(there, list_seen)
            definition = set_list(definition, held)
        if spec.code != code and spec.code in definition.steps():
            message = _("Le code « %s » sert déjà dans ce questionnaire.")
            raise Refused("code", message % spec.code)
        return renamed(put(definition, code, [spec]), code, spec.code)

    return change(version, work, by=by, now=now)


def add_part(
    version: Version,
    part: Part,
    *,
    into: str,
    after: str = "",
    by: Any,
    now: dt.datetime,
) -> Definition:
    """Add a part at the end of ``into`` (empty: a page), or just after another.

    Refuses with ``gone``, ``frozen``, ``code`` or ``place``.
    """

    def work(definition: Definition) -> Definition:
        if part.code in definition.steps():
            message = _("Le code « %s » sert déjà dans ce questionnaire.")
            raise Refused("code", message % part.code)
        return insert(definition, part, into=into, after=after)

    return change(version, work, by=by, now=now)


def fits(part: Part, holder: Holder | None) -> bool:
    """A page holds all but pages; a repeated group holds questions only."""
    if holder is None:
        return isinstance(part, Section)
    return isinstance(holder, Section) or isinstance(part, QuestionSpec)


def insert(
    definition: Definition,
    part: Part,
    *,
    into: str,
    after: str = "",
    before: str = "",
) -> Definition:
    holder: Any = find(definition, into) if into else None
    if isinstance(holder, QuestionSpec) or not fits(part, holder):
        message = _("Cette partie ne peut pas se mettre là.")
        raise Refused("place", message)
    parts = list(definition.parts if holder is None else holder.parts)
    codes = [one.code for one in parts]
    place = len(parts)
    if after in codes:
        place = codes.index(after) + 1
    elif before in codes:
        place = codes.index(before)
    parts.insert(place, part)
    if holder is None:
        return replace(definition, parts=tuple(parts))
    return put(definition, into, [holding(holder, parts)])


def holding(holder: Holder, parts: list[Any]) -> Holder:
    if isinstance(holder, Repeat):
        return replace(holder, questions=tuple(parts))
    return replace(holder, parts=tuple(parts))


def put(definition: Definition, code: str, parts: list[Any]) -> Definition:
    """The definition with ``parts`` in the place of the one part ``code``."""

    def inside(held: tuple[Any, ...]) -> tuple[Any, ...]:
        found: list[Any] = []
        for one in held:
            if one.code == code:
                found.extend(parts)
            elif isinstance(one, Section | Repeat):
                found.append(holding(one, list(inside(one.parts))))
            else:
                found.append(one)
        return tuple(found)

    return replace(definition, parts=inside(definition.parts))


def remove_part(
    version: Version, code: str, *, by: Any, now: dt.datetime
) -> Definition:
    """Take a part away with all that it holds. Refuses with ``gone`` or ``frozen``."""

    def work(definition: Definition) -> Definition:
        find(definition, code)
        return without_unused_lists(put(definition, code, []))

    return change(version, work, by=by, now=now)


def duplicate_part(
    version: Version, code: str, *, by: Any, now: dt.datetime
) -> tuple[Definition, str]:
    """Copy a part just after itself, with free codes; gives the copy's code."""
    made: list[str] = []

    def work(definition: Definition) -> Definition:
        part = find(definition, code)
        taken = set(definition.steps())
        copies: dict[str, str] = {}

        def copy(one: Any) -> Any:
            new = code_from(one.code, taken)
            taken.add(new)
            copies[one.code] = new
            if isinstance(one, Section | Repeat):
                held = [copy(inner) for inner in one.parts]
                return replace(holding(one, held), code=new)
            return replace(one, code=new, updates="")

        new = copy(part)
        for old_code, new_code in copies.items():
            new = in_expressions(new, old_code, new_code)
        made.append(new.code)
        return put(definition, code, [part, new])

    return change(version, work, by=by, now=now), made[0]


def move_part(
    version: Version,
    code: str,
    *,
    way: str = "",
    into: str | None = None,
    before: str = "",
    by: Any,
    now: dt.datetime,
) -> Definition:
    """Move a part by one place, or into another (at its end, or ``before`` a part).

    Refuses with ``gone``, ``frozen`` or ``place``.
    """

    def work(definition: Definition) -> Definition:
        part = find(definition, code)
        if into is None:
            return shifted(definition, code, way)
        inner = {step.part.code for step in Definition(parts=(wrap(part),)).walk()}
        if into in inner - {"wrap"}:
            raise Refused("place", _("Une partie ne peut se mettre dans elle-même."))
        found = put(definition, code, [])
        return insert(found, part, into=into, before=before)

    return change(version, work, by=by, now=now)


def wrap(part: Part) -> Section:
    return Section("wrap", "", parts=(part,))


def shifted(definition: Definition, code: str, way: str) -> Definition:
    """One place up or down among its neighbours; at the end it stays."""
    step = definition.steps()[code]
    holder: Any = step.parents[-1] if step.parents else None
    parts = list(holder.parts if holder else definition.parts)
    place = [one.code for one in parts].index(code)
    other = place - 1 if way == UP else place + 1
    if not 0 <= other < len(parts):
        return definition
    parts[place], parts[other] = parts[other], parts[place]
    if holder is None:
        return replace(definition, parts=tuple(parts))
    return put(definition, holder.code, [holding(holder, parts)])


def renamed(definition: Definition, old: str, new: str) -> Definition:
    """Every condition that named a part by its old code, by its new one."""
    if old == new:
        return definition
    parts = tuple(in_expressions(part, old, new) for part in definition.parts)
    return replace(definition, parts=parts)


def in_expressions(part: Any, old: str, new: str) -> Any:
    pattern = re.compile(r"\$\{\s*" + re.escape(old) + r"\s*\}")
    names = ("relevant", "constraint", "calculation")
    texts = {name: getattr(part, name) for name in names if hasattr(part, name)}
    said = {
        name: pattern.sub(lambda _match: f"${{{new}}}", text)
        for name, text in texts.items()
    }
    part = replace(part, **said)
    if isinstance(part, Section | Repeat):
        return holding(part, [in_expressions(one, old, new) for one in part.parts])
    return part
