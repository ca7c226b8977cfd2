"""What changes from one version to another, question by question, in words."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _, gettext_lazy

from maillage.surveys.choices import QuestionKind
from maillage.surveys.definition import Definition, Part, QuestionSpec, Repeat, Step

ADDED, REMOVED, CHANGED, MOVED = "added", "removed", "changed", "moved"
WORDS = {
    ADDED: gettext_lazy("nouvelle"),
    REMOVED: gettext_lazy("supprimée"),
    CHANGED: gettext_lazy("modifiée"),
    MOVED: gettext_lazy("déplacée"),
}
FIELDS: dict[str, Any] = {
    "kind": gettext_lazy("Sorte"),
    "label": gettext_lazy("Intitulé"),
    "hint": gettext_lazy("Aide"),
    "guidance": gettext_lazy("Précisions"),
    "required": gettext_lazy("Obligatoire"),
    "relevant": gettext_lazy("Condition"),
    "constraint": gettext_lazy("Règle de saisie"),
    "constraint_message": gettext_lazy("Message de la règle"),
    "choices": gettext_lazy("Choix"),
    "minimum": gettext_lazy("Minimum"),
    "maximum": gettext_lazy("Maximum"),
    "calculation": gettext_lazy("Calcul"),
    "appearance": gettext_lazy("Présentation"),
    "unit": gettext_lazy("Unité"),
    "prefill": gettext_lazy("Préremplie par"),
    "updates": gettext_lazy("Met à jour"),
    "item_label": gettext_lazy("Nom d’une ligne"),
    "at_least": gettext_lazy("Lignes au moins"),
    "at_most": gettext_lazy("Lignes au plus"),
    "languages": gettext_lazy("Autres langues"),
    "place": gettext_lazy("Place"),
}


@dataclass(frozen=True)
class Change:
    """One value before and after, as ``includes/diff.html`` shows them."""

    label: Any
    before: str
    after: str


@dataclass(frozen=True)
class Difference:
    code: str
    label: str
    sort: str
    is_question: bool
    changes: tuple[Change, ...] = ()

    @property
    def word(self) -> Any:
        return WORDS[self.sort]


def differences(old: Definition, new: Definition) -> list[Difference]:
    """In the order of the new one, what was removed at the end."""
    before, after = old.steps(), new.steps()
    old_order = [code for code in before if code in after]
    new_order = [code for code in after if code in before]
    moved = set(out_of_order(old_order, new_order))
    found = [
        one
        for code, step in after.items()
        if (one := difference(old, new, before.get(code), step, code in moved))
    ]
    gone = [step for code, step in before.items() if code not in after]
    return found + [made(step, REMOVED) for step in gone]


def made(step: Step, sort: str, changes: tuple[Change, ...] = ()) -> Difference:
    part = step.part
    is_question = isinstance(part, QuestionSpec)
    return Difference(part.code, part.label or part.code, sort, is_question, changes)


def difference(
    old: Definition, new: Definition, before: Step | None, after: Step, moved: bool
) -> Difference | None:
    if before is None:
        return made(after, ADDED)
    changes = tuple(changes_of(old, new, before.part, after.part))
    there, here = place_of(before), place_of(after)
    if there != here:
        changes = (*changes, Change(FIELDS["place"], there, here))
    if changes:
        return made(after, CHANGED, changes)
    return made(after, MOVED) if moved else None


def place_of(step: Step) -> str:
    return " › ".join(parent.label or parent.code for parent in step.parents)


def changes_of(
    old: Definition, new: Definition, before: Part, after: Part
) -> Iterator[Change]:
    for name, label in FIELDS.items():
        if name == "place":
            continue
        one, two = said(old, before, name), said(new, after, name)
        if one != two:
            yield Change(label, one, two)


def said(definition: Definition, part: Part, name: str) -> str:
    """A field of a part in words."""
    value: Any = getattr(part, name, "")
    if name == "choices" and isinstance(part, QuestionSpec):
        choices = definition.choices_of(part)
        return " · ".join(f"{one.label} [{one.code}]" for one in choices)
    if name == "kind" and value:
        return str(QuestionKind(value).label)
    if name == "languages":
        texts = [
            f"{code} : {text}"
            for code, held in sorted(value.items())
            for text in held.values()
        ]
        return " · ".join(texts)
    if isinstance(value, bool):
        return _("oui") if value else _("non")
    if name in {"at_least", "at_most"} and not isinstance(part, Repeat):
        return ""
    return "" if value is None else str(value)


def out_of_order(old: list[str], new: list[str]) -> list[str]:
    """Those that must move for the old order to become the new: the fewest."""
    rank = {code: place for place, code in enumerate(old)}
    line = [rank[code] for code in new]
    best: list[int] = []
    length = [1] * len(line)
    back = [-1] * len(line)
    for here, value in enumerate(line):
        for there in range(here):
            if line[there] < value and length[there] + 1 > length[here]:
                length[here], back[here] = length[there] + 1, there
    at = max(range(len(line)), key=length.__getitem__, default=-1)
    while at >= 0:
        best.append(at)
        at = back[at]
    kept = set(best)
    return [code for place, code in enumerate(new) if place not in kept]
