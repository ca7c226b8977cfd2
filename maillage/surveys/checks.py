"""What is wrong with a definition, said to the person who writes it."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from maillage.core import facts
from maillage.surveys.choices import QuestionKind
from maillage.surveys.definition import (
    CHOSEN,
    NUMBERS,
    TEXTS,
    ChoiceList,
    Definition,
    QuestionSpec,
    Repeat,
    Step,
)
from maillage.surveys.expressions import (
    BadExpression,
    Node,
    parsed,
    references,
    repeated,
    walk,
)
from maillage.surveys.names import good_choice_code, good_code
from maillage.surveys.patterns import BadPattern, machine_of
from maillage.surveys.running import Cycle, order

MAX_PARTS = 500
MAX_CHOICES = 400
MAX_LISTS = 200
MAX_DEPTH = 3
MAX_ROWS = 200
MAX_TEXT = 4_000
MAX_SCALE = 11
#: The list that XLSForm needs for yes or no; nobody else may use its name.
YES_NO_LIST = "yes_no"

#: Fields of a structure that an answer may update, and the kinds that fit.
UPDATES: Mapping[str, frozenset[str]] = {
    "website": frozenset({QuestionKind.URL}),
    "email": frozenset({QuestionKind.EMAIL}),
    "phone": frozenset({QuestionKind.PHONE}),
    "commune": frozenset({QuestionKind.COMMUNE}),
    "siret": frozenset({QuestionKind.TEXT}),
    "summary": frozenset({QuestionKind.TEXT, QuestionKind.LONG_TEXT}),
    "networks": frozenset({QuestionKind.MANY}),
    "themes": frozenset({QuestionKind.MANY}),
    "audiences": frozenset({QuestionKind.MANY}),
    "chain_roles": frozenset({QuestionKind.MANY}),
    "production_tools": frozenset({QuestionKind.MANY}),
    "know_how": frozenset({QuestionKind.MANY}),
}
#: Kinds that may be proposed the value of a fact, by the sort of that fact.
SORTS: Mapping[str, frozenset[str]] = {
    "number": NUMBERS | {QuestionKind.TEXT},
    "text": TEXTS - {QuestionKind.COMMUNE},
    "terms": CHOSEN,
    "yes_no": frozenset({QuestionKind.YES_NO}),
    "commune": frozenset({QuestionKind.COMMUNE}),
}


@dataclass(frozen=True)
class Problem:
    """``place`` is the code of a part or of a choice list; empty: the whole."""

    place: str
    message: str
    field: str = ""


def check(definition: Definition) -> list[Problem]:
    """All that must be put right before a version can be frozen."""
    found = [*check_whole(definition), *check_lists(definition)]
    steps = list(definition.walk())
    if len(steps) > MAX_PARTS:
        return found
    by_code = {step.part.code: step for step in steps}
    for step in steps:
        found.extend(check_part(definition, step, by_code))
    found.extend(check_updates(steps))
    if not any(problem.field in EXPRESSIONS for problem in found):
        found.extend(check_cycle(definition))
    return found


EXPRESSIONS = ("relevant", "constraint", "calculation")


def check_whole(definition: Definition) -> Iterator[Problem]:
    if not definition.title.strip():
        yield Problem("", _("Le questionnaire n’a pas de titre."), "title")
    steps = list(definition.walk())
    if len(steps) > MAX_PARTS:
        message = _("Le questionnaire a plus de %d parties : coupez-le en plusieurs.")
        yield Problem("", message % MAX_PARTS)
        return
    if not any(one.is_answered for one in definition.questions().values()):
        yield Problem("", _("Le questionnaire ne pose aucune question."))
    for code, number in Counter(step.part.code for step in steps).items():
        if number > 1:
            message = _("Le code « %s » sert %d fois : chaque partie a le sien.")
            yield Problem(code, message % (code, number), "code")


def check_lists(definition: Definition) -> Iterator[Problem]:
    if len(definition.choice_lists) > MAX_LISTS:
        yield Problem("", _("Plus de %d listes de choix.") % MAX_LISTS)
    codes = Counter(one.code for one in definition.choice_lists)
    for code, number in codes.items():
        if number > 1:
            yield Problem(code, _("Deux listes de choix s’appellent « %s ».") % code)
    for one in definition.choice_lists:
        yield from check_list(one)


def check_list(one: ChoiceList) -> Iterator[Problem]:
    if not good_code(one.code):
        yield Problem(one.code, _("« %s » ne peut nommer une liste.") % one.code)
    if one.code == YES_NO_LIST:
        message = _("La liste « yes_no » est celle des questions oui ou non.")
        yield Problem(one.code, message)
    if not one.choices:
        yield Problem(one.code, _("La liste « %s » est vide.") % one.code, "choices")
    if len(one.choices) > MAX_CHOICES:
        message = _("La liste « %(list)s » a plus de %(most)d choix.")
        yield Problem(one.code, message % {"list": one.code, "most": MAX_CHOICES})
    counts = Counter(choice.code for choice in one.choices)
    for code, number in counts.items():
        words = {"list": one.code, "code": code}
        if number > 1:
            message = _("Liste « %(list)s » : le choix « %(code)s » y est deux fois.")
            yield Problem(one.code, message % words, "choices")
        if not good_choice_code(code):
            message = _("Liste « %(list)s » : « %(code)s » ne peut coder un choix.")
            yield Problem(one.code, message % words, "choices")
    for choice in one.choices:
        if not choice.label.strip():
            message = _("Liste « %(list)s » : le choix « %(code)s » n’a pas de texte.")
            words = {"list": one.code, "code": choice.code}
            yield Problem(one.code, message % words, "choices")


def check_part(
    definition: Definition, step: Step, steps: Mapping[str, Step]
) -> Iterator[Problem]:
    part = step.part
    if not good_code(part.code):
        message = _(
            "Un code commence par une lettre et ne contient que lettres sans accent, "
            "chiffres et « _ » (60 au plus)."
        )
        yield Problem(part.code, message, "code")
    if not part.label.strip() and getattr(part, "kind", "") != QuestionKind.CALCULATE:
        yield Problem(part.code, _("Il manque l’intitulé."), "label")
    for name in ("label", "hint", "guidance", "constraint_message"):
        text = getattr(part, name, "")
        if len(text) > MAX_TEXT:
            yield Problem(part.code, _("Plus de %d caractères.") % MAX_TEXT, name)
        if "${" in text:
            message = _(
                "Le rappel d’une réponse (${…}) dans un texte n’est pas lu ici."
            )
            yield Problem(part.code, message, name)
    if step.depth > MAX_DEPTH:
        yield Problem(part.code, _("Trop de groupes les uns dans les autres."))
    yield from check_expressions(definition, step, steps)
    if isinstance(part, QuestionSpec):
        yield from check_question(definition, part)
        yield from check_prefill(step, part)
    elif isinstance(part, Repeat):
        yield from check_repeat(part)
    elif not part.parts:
        yield Problem(part.code, _("Cette section est vide."))


def check_repeat(part: Repeat) -> Iterator[Problem]:
    if not part.questions:
        yield Problem(part.code, _("Ce groupe répété n’a pas de question."))
    if not 0 <= part.at_least <= part.at_most or not 1 <= part.at_most <= MAX_ROWS:
        message = _("Le nombre de lignes va de 0 à %d, le moins avant le plus.")
        yield Problem(part.code, message % MAX_ROWS, "at_most")
    if part.prefill and part.prefill not in facts.known():
        message = _("« %s » n’est pas une valeur que la plateforme connaît.")
        yield Problem(part.code, message % part.prefill, "prefill")


def check_question(definition: Definition, spec: QuestionSpec) -> Iterator[Problem]:
    code = spec.code
    if spec.kind in CHOSEN and definition.choice_list(spec.choices) is None:
        missing = _("La liste de choix « %s » n’existe pas.") % spec.choices
        message = missing if spec.choices else _("Il manque la liste de choix.")
        yield Problem(code, message, "choices")
    if spec.choices and spec.kind not in CHOSEN:
        message = _("Seules les questions à choix ont une liste de choix.")
        yield Problem(code, message, "choices")
    if spec.kind == QuestionKind.CALCULATE and not spec.calculation.strip():
        yield Problem(code, _("Il manque le calcul."), "calculation")
    if spec.calculation and spec.kind != QuestionKind.CALCULATE:
        message = _("Seul un calcul a une formule.")
        yield Problem(code, message, "calculation")
    if not spec.is_answered and (spec.required or spec.constraint or spec.updates):
        message = _("Personne n’y répond : ni obligatoire, ni règle, ni report.")
        yield Problem(code, message, "required")
    yield from check_range(spec)


def check_range(spec: QuestionSpec) -> Iterator[Problem]:
    least, most = spec.minimum, spec.maximum
    if spec.kind not in NUMBERS and not (least is None and most is None):
        message = _("Seul un nombre a un minimum et un maximum.")
        yield Problem(spec.code, message, "minimum")
    elif least is not None and most is not None and least > most:
        message = _("Le minimum dépasse le maximum.")
        yield Problem(spec.code, message, "minimum")
    elif spec.kind == QuestionKind.SCALE:
        whole = least is not None and most is not None
        whole = whole and least == int(least or 0) and most == int(most or 0)
        if not whole or not 1 <= (most or 0) - (least or 0) < MAX_SCALE:
            message = _("Une échelle va d’un nombre entier à un autre, %d pas au plus.")
            yield Problem(spec.code, message % MAX_SCALE, "minimum")


def check_prefill(step: Step, spec: QuestionSpec) -> Iterator[Problem]:
    """In a group that is pre-filled, ``prefill`` names a column of its rows."""
    group = step.repeat
    if spec.prefill and group is not None:
        if not group.prefill:
            message = _("Le groupe répété doit d’abord être prérempli.")
            yield Problem(spec.code, message, "prefill")
    elif spec.prefill:
        fact = facts.known().get(spec.prefill)
        if fact is None:
            message = _("« %s » n’est pas une valeur que la plateforme connaît.")
            yield Problem(spec.code, message % spec.prefill, "prefill")
        elif spec.kind not in SORTS.get(fact.sort, frozenset()):
            message = _("Cette valeur ne convient pas à cette sorte de question.")
            yield Problem(spec.code, message, "prefill")
    if spec.updates:
        kinds = UPDATES.get(spec.updates)
        if kinds is None:
            message = _("« %s » n’est pas un champ que l’on peut reporter.")
            yield Problem(spec.code, message % spec.updates, "updates")
        elif spec.kind not in kinds or group is not None:
            message = _("Cette sorte de question ne peut mettre ce champ à jour.")
            yield Problem(spec.code, message, "updates")


def check_updates(steps: list[Step]) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for step in steps:
        field = getattr(step.part, "updates", "")
        if field and field in seen:
            message = _("La question « %s » met déjà ce champ à jour.") % seen[field]
            yield Problem(step.part.code, message, "updates")
        elif field:
            seen[field] = step.part.code


def check_expressions(
    definition: Definition, step: Step, steps: Mapping[str, Step]
) -> Iterator[Problem]:
    for name in EXPRESSIONS:
        text = getattr(step.part, name, "")
        if not text.strip():
            continue
        try:
            node = parsed(text)
        except BadExpression as bad:
            yield Problem(step.part.code, str(bad), name)
            continue
        for message in check_tree(definition, step, node, steps, name):
            yield Problem(step.part.code, message, name)


def check_tree(
    definition: Definition,
    step: Step,
    node: Node,
    steps: Mapping[str, Step],
    name: str,
) -> Iterator[str]:
    over_rows = repeated(node)
    for ref in references(node):
        code = str(ref.value)
        found = steps.get(code)
        if found is None:
            yield _("La question « %s » n’existe pas.") % code
        elif isinstance(found.part, Repeat):
            if code not in over_rows:
                yield _("« %s » est un groupe répété : comptez-le, count(${…}).") % code
        elif not isinstance(found.part, QuestionSpec):
            yield _("« %s » est une section : elle n’a pas de réponse.") % code
        elif found.part.kind == QuestionKind.NOTE:
            yield _("« %s » est un texte à lire : il n’a pas de réponse.") % code
        elif found.repeat and found.repeat != step.repeat and code not in over_rows:
            message = _(
                "« %(code)s » est dans le groupe répété « %(group)s » : on ne peut que "
                "l’additionner ou le compter."
            )
            yield message % {"code": code, "group": found.repeat.code}
    for one in walk(node):
        if one.sort == "self" and name != "constraint":
            yield _("Le point (.) n’a de sens que dans une règle de saisie.")
        elif one.sort == "call":
            yield from check_call(definition, one, steps)
        elif one.sort == "op" and one.value in {"=", "!="}:
            yield from check_choice(definition, one.parts, steps)


def check_call(
    definition: Definition, node: Node, steps: Mapping[str, Step]
) -> Iterator[str]:
    if node.value == "selected":
        yield from check_choice(definition, node.parts, steps)
    elif node.value == "regex" and node.parts[1].sort == "text":
        try:
            machine_of(str(node.parts[1].value))
        except BadPattern as bad:
            yield str(bad)
    elif node.value in {"sum", "min", "max"}:
        found = steps.get(str(node.parts[0].value))
        if found and isinstance(found.part, Repeat):
            yield _("« %s » porte sur une question du groupe répété.") % node.value


def check_choice(
    definition: Definition, parts: tuple[Node, ...], steps: Mapping[str, Step]
) -> Iterator[str]:
    """A text that is compared with a choice must be one of the choices."""
    ref = next((one for one in parts if one.sort == "ref"), None)
    text = next((one for one in parts if one.sort == "text"), None)
    step = steps.get(str(ref.value)) if ref else None
    spec: Any = step.part if step else None
    if text is None or not text.value or not isinstance(spec, QuestionSpec):
        return
    codes = {choice.code for choice in definition.choices_of(spec)}
    if spec.kind == QuestionKind.YES_NO:
        codes = {"yes", "no"}
    if codes and text.value not in codes:
        message = _("« %(choice)s » n’est pas un choix de la question « %(code)s ».")
        yield message % {"choice": text.value, "code": spec.code}


def check_cycle(definition: Definition) -> Iterator[Problem]:
    try:
        order(definition)
    except Cycle as cycle:
        message = _("Ces parties s’attendent l’une l’autre : %s.")
        yield Problem(cycle.codes[0], message % " → ".join(cycle.codes), "relevant")
    except BadExpression:
        return  # said already, field by field
