"""Conditions and calculations: the part of XLSForm's language that we read.

``${code}``, ``.``, numbers, texts, ``= != < <= > >=``, ``and or``, ``+ - * div mod`` and
the functions of ``FUNCTIONS``. A text is parsed into a tree of ``Node``; the tree is
evaluated here, and by ``static/js/surveys/expressions.js`` from its JSON form: both agree
on ``tests/surveys/expressions.json``. Nothing is ever handed to ``eval``.

Values are texts, numbers and booleans as in XPath 1.0; an answer that is missing is the
empty text, several choices are a text of codes separated by spaces. A number that is no
number (``1 div 0``, ``'a' + 1``, or beyond 10¹⁵) is NaN and never leaves ``evaluate``:
it comes out as the empty text.
"""

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from maillage.surveys.expressions_run import (
    AGGREGATES,
    Scope,
    Value,
    result,
    run,
    truth_of,
)

__all__ = [
    "FUNCTIONS",
    "BadExpression",
    "Node",
    "Scope",
    "Value",
    "evaluate",
    "is_true",
    "parse",
    "parsed",
    "references",
    "repeated",
    "tree_json",
]

MAX_LENGTH = 2_000
MAX_NODES = 300
MAX_DEPTH = 40

#: Functions and how many arguments they take; None: as many as one likes.
FUNCTIONS: dict[str, tuple[int, int | None]] = {
    "not": (1, 1),
    "true": (0, 0),
    "false": (0, 0),
    "selected": (2, 2),
    "count-selected": (1, 1),
    "if": (3, 3),
    "coalesce": (1, None),
    "string-length": (1, 1),
    "regex": (2, 2),
    "sum": (1, 1),
    "count": (1, 1),
    "min": (1, 1),
    "max": (1, 1),
    "today": (0, 0),
    "date": (1, 1),
    "number": (1, 1),
    "string": (1, 1),
    "int": (1, 1),
    "round": (1, 2),
    "concat": (1, None),
    "contains": (2, 2),
    "starts-with": (2, 2),
}

TOKEN = re.compile(
    r"""
      (?P<space>\s+)
    | (?P<ref>\$\{\s*(?P<code>[A-Za-z_][A-Za-z0-9_.-]*)\s*\})
    | (?P<number>\d+(?:\.\d+)?|\.\d+)
    | (?P<text>"[^"]*"|'[^']*'|“[^”]*”|‘[^’]*’)
    | (?P<sign><=|>=|!=|[=<>+\-*(),])
    | (?P<name>[A-Za-z][A-Za-z-]*[A-Za-z]|[A-Za-z])
    | (?P<self>\.(?![./]))
    """,
    re.VERBOSE,
)


class BadExpression(ValueError):  # noqa: N818 -- an answer, not an accident
    """The text is no expression; ``at`` is the position of the fault, from 1."""

    def __init__(self, code: str, at: int, message: str) -> None:
        super().__init__(
            _("%(message)s (caractère %(at)d)") % {"message": message, "at": at}
        )
        self.code = code
        self.at = at


@dataclass(frozen=True)
class Node:
    """A piece of an expression.

    ``sort`` is number, text, ref, self, op, negative or call; ``at`` its position, from 1.
    """

    sort: str
    value: str | float = ""
    parts: tuple["Node", ...] = ()
    at: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Token:
    sort: str
    value: str
    at: int


def tokens(text: str) -> Iterator[Token]:
    position = 0
    while position < len(text):
        match = TOKEN.match(text, position)
        if match is None:
            raise stranger(text, position)
        sort = str(match.lastgroup)
        if sort == "code":
            sort = "ref"
        if sort != "space":
            value = match["code"] if sort == "ref" else match[0]
            yield Token(sort, value, position + 1)
        position = match.end()
    yield Token("end", "", len(text) + 1)


def stranger(text: str, position: int) -> BadExpression:
    rest = text[position:]
    if rest[0] in "'\"“‘":
        message = _("Un texte commence par %s et ne finit pas.") % rest[0]
        return BadExpression("open_text", position + 1, message)
    if rest.startswith("$"):
        message = _("Une question s’écrit ${code} : accolades et code sans espace.")
        return BadExpression("reference", position + 1, message)
    if rest[0] in "./@[":
        message = _("Les chemins ne sont pas lus ici : écrivez ${code} ou un point.")
        return BadExpression("path", position + 1, message)
    message = _("« %s » n’a pas de sens ici.") % rest[0]
    return BadExpression("character", position + 1, message)


#: From what binds least to what binds most.
LEVELS = (
    ("or",),
    ("and",),
    ("=", "!="),
    ("<", "<=", ">", ">="),
    ("+", "-"),
    ("*", "div", "mod"),
)


class Parser:
    def __init__(self, text: str) -> None:
        self.tokens = list(tokens(text))
        self.place = 0
        self.nodes = 0
        self.depth = 0

    @property
    def here(self) -> Token:
        return self.tokens[self.place]

    def step(self) -> Token:
        token = self.here
        self.place += 1
        return token

    def node(
        self, sort: str, value: str | float, parts: tuple[Node, ...], at: int
    ) -> Node:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            message = _("L’expression est trop longue : coupez-la par un calcul.")
            raise BadExpression("too_long", at, message)
        return Node(sort, value, parts, at)

    def whole(self) -> Node:
        node = self.level(0)
        if self.here.sort != "end":
            raise unexpected(self.here)
        return node

    def level(self, number: int) -> Node:
        if number == len(LEVELS):
            return self.signed()
        left = self.level(number + 1)
        while self.here.sort in {"sign", "name"} and self.here.value in LEVELS[number]:
            token = self.step()
            right = self.level(number + 1)
            left = self.node("op", token.value, (left, right), token.at)
        return left

    def signed(self) -> Node:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            message = _("L’expression a trop de parenthèses les unes dans les autres.")
            raise BadExpression("too_deep", self.here.at, message)
        if self.here.sort == "sign" and self.here.value == "-":
            at = self.step().at
            node = self.node("negative", "", (self.signed(),), at)
        else:
            node = self.single()
        self.depth -= 1
        return node

    def single(self) -> Node:
        token = self.step()
        if token.sort == "number":
            return self.node("number", float(token.value), (), token.at)
        if token.sort == "text":
            return self.node("text", token.value[1:-1], (), token.at)
        if token.sort in {"ref", "self"}:
            value = token.value if token.sort == "ref" else ""
            return self.node(token.sort, value, (), token.at)
        if token.sort == "name":
            return self.call(token)
        if token.value == "(":
            node = self.level(0)
            self.close(token)
            return node
        raise unexpected(token)

    def close(self, opening: Token) -> None:
        token = self.step()
        if token.value != ")" or token.sort != "sign":
            message = _("La parenthèse ouverte ici n’est pas fermée.")
            raise BadExpression("open_parenthesis", opening.at, message)

    def call(self, name: Token) -> Node:
        bounds = FUNCTIONS.get(name.value)
        if self.here.value != "(" or self.here.sort != "sign":
            message = _("« %s » n’est pas connu : un texte se met entre apostrophes.")
            raise BadExpression("name", name.at, message % name.value)
        if bounds is None:
            message = _("La fonction « %s » n’est pas connue.") % name.value
            raise BadExpression("function", name.at, message)
        opening = self.step()
        arguments: list[Node] = []
        if self.here.value != ")" or self.here.sort != "sign":
            arguments.append(self.level(0))
            while self.here.sort == "sign" and self.here.value == ",":
                self.step()
                arguments.append(self.level(0))
        self.close(opening)
        least, most = bounds
        if len(arguments) < least or (most is not None and len(arguments) > most):
            message = _("La fonction « %s » n’a pas le bon nombre d’arguments.")
            raise BadExpression("arguments", name.at, message % name.value)
        if name.value in AGGREGATES and arguments[0].sort != "ref":
            message = _(
                "« %s » s’applique à un groupe répété ou à une de ses questions : ${code}."
            )
            raise BadExpression("aggregate", name.at, message % name.value)
        return self.node("call", name.value, tuple(arguments), name.at)


def unexpected(token: Token) -> BadExpression:
    if token.sort == "end":
        message = _("L’expression s’arrête trop tôt.")
        return BadExpression("end", token.at, message)
    message = _("« %s » n’est pas attendu ici.") % token.value
    return BadExpression("unexpected", token.at, message)


def parse(text: str) -> Node:
    """Read an expression. Raises ``BadExpression``."""
    if len(text) > MAX_LENGTH:
        message = _("L’expression dépasse %d caractères.") % MAX_LENGTH
        raise BadExpression("too_long", MAX_LENGTH, message)
    return Parser(text).whole()


@functools.lru_cache(maxsize=4096)
def parsed(text: str) -> Node:
    """``parse``, remembered."""
    return parse(text)


def walk(node: Node) -> Iterator[Node]:
    left = [node]
    while left:
        one = left.pop()
        yield one
        left.extend(reversed(one.parts))


def references(node: Node) -> list[Node]:
    """The ``${…}`` of an expression, in their order."""
    return [one for one in walk(node) if one.sort == "ref"]


def repeated(node: Node) -> set[str]:
    """Codes that are summed or counted over the rows of a repeated group."""
    return {
        str(one.parts[0].value)
        for one in walk(node)
        if one.sort == "call" and one.value in AGGREGATES
    }


def tree_json(node: Node) -> list[Any]:
    """``[sort, value, …parts]``: what the browser evaluates."""
    return [node.sort, node.value, *(tree_json(one) for one in node.parts)]


def evaluate(node: Node, scope: Scope) -> Value:
    """The value of an expression: a text, a number or a boolean; never NaN."""
    return result(run(node, scope))


def is_true(text: str, scope: Scope, *, otherwise: bool = True) -> bool:
    """Whether a condition holds; an empty one says ``otherwise``."""
    if not text.strip():
        return otherwise
    return truth_of(run(parsed(text), scope))
