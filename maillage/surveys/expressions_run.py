"""The value of an expression over answers; ``expressions.js`` does the same."""

import datetime as dt
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Protocol

from maillage.surveys.patterns import matches

Value = str | float | bool

#: Functions over all the rows of a repeated group.
AGGREGATES = frozenset({"sum", "count", "min", "max"})
LARGEST = 1e15
NUMBER = re.compile(r"-?(?:\d+(?:\.\d*)?|\.\d+)")
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
NAN = math.nan


class Tree(Protocol):
    @property
    def sort(self) -> str: ...
    @property
    def value(self) -> str | float: ...
    @property
    def parts(self) -> Sequence["Tree"]: ...


@dataclass(frozen=True)
class Scope:
    """What an expression may look at.

    ``values``: answers by code, those of the row in hand among them; ``rows``: for each
    repeated group, the answers of each of its rows; ``own``: the answer that a
    constraint is about (``.``).
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    rows: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    own: Any = None
    today: dt.date = dt.date.min

    def about(self, own: Any) -> "Scope":
        return replace(self, own=own)


def load(value: Any) -> Value:
    """An answer as a text, a number or a boolean."""
    if value is None:
        return ""
    if isinstance(value, bool | str):
        return value
    if isinstance(value, int | float):
        return clean(float(value))
    if isinstance(value, list | tuple):
        return " ".join(map(str, value))
    return str(value)


def clean(number: float) -> float:
    return number if math.isfinite(number) and abs(number) < LARGEST else NAN


def number_of(value: Value) -> float:
    if isinstance(value, bool):
        return float(value)
    if isinstance(value, float):
        return value
    text = value.strip()
    return clean(float(text)) if NUMBER.fullmatch(text) and text.isascii() else NAN


def text_of(value: Value) -> str:
    """As a text: 3 rather than 3.0, at most ten decimals."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if math.isnan(value):
        return ""
    if value.is_integer():
        return str(int(value))
    exact = Decimal(value).quantize(Decimal("1e-10"), rounding=ROUND_HALF_UP)
    text = f"{exact:f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def truth_of(value: Value) -> bool:
    if isinstance(value, float):
        return not math.isnan(value) and value != 0
    return bool(value)


def result(value: Value) -> Value:
    return "" if isinstance(value, float) and math.isnan(value) else value


def run(node: Tree, scope: Scope) -> Value:
    if node.sort == "number":
        return clean(float(node.value))
    if node.sort == "text":
        return str(node.value)
    if node.sort == "ref":
        return load(scope.values.get(str(node.value)))
    if node.sort == "self":
        return load(scope.own)
    if node.sort == "negative":
        return -number_of(run(node.parts[0], scope))
    if node.sort == "op":
        return operate(str(node.value), node.parts[0], node.parts[1], scope)
    return call(str(node.value), node.parts, scope)


def operate(sign: str, left: Tree, right: Tree, scope: Scope) -> Value:
    one = run(left, scope)
    if sign == "or":
        return truth_of(one) or truth_of(run(right, scope))
    if sign == "and":
        return truth_of(one) and truth_of(run(right, scope))
    two = run(right, scope)
    if sign in {"=", "!="}:
        return different(one, two) if sign == "!=" else same(one, two)
    if sign in {"<", "<=", ">", ">="}:
        return compare(sign, one, two)
    return calculate(sign, number_of(one), number_of(two))


def same(one: Value, two: Value) -> bool:
    if isinstance(one, bool) or isinstance(two, bool):
        return truth_of(one) == truth_of(two)
    if isinstance(one, float) or isinstance(two, float):
        return number_of(one) == number_of(two)
    return one == two


def different(one: Value, two: Value) -> bool:
    """As in XPath, NaN differs from everything: an unanswered number is not 0."""
    return not same(one, two)


def compare(sign: str, one: Value, two: Value) -> bool:
    """Dates compare as dates, all else as numbers; what is no number is never more."""
    left: Any
    right: Any
    if is_day(one) and is_day(two):
        left, right = one, two
    else:
        left, right = number_of(one), number_of(two)
    if sign == "<":
        return bool(left < right)
    if sign == "<=":
        return bool(left <= right)
    return bool(left > right) if sign == ">" else bool(left >= right)


def is_day(value: Value) -> bool:
    return isinstance(value, str) and DAY.fullmatch(value) is not None


def calculate(sign: str, one: float, two: float) -> float:
    if sign == "+":
        return clean(one + two)
    if sign == "-":
        return clean(one - two)
    if sign == "*":
        return clean(one * two)
    if two == 0 or math.isnan(one) or math.isnan(two):
        return NAN
    return clean(one / two) if sign == "div" else clean(math.fmod(one, two))


def call(name: str, parts: Sequence[Tree], scope: Scope) -> Value:
    if name in AGGREGATES:
        return aggregate(name, str(parts[0].value), scope)
    if name == "if":
        chosen = parts[1] if truth_of(run(parts[0], scope)) else parts[2]
        return run(chosen, scope)
    values = [run(one, scope) for one in parts]
    if name in {"true", "false"}:
        return name == "true"
    if name == "today":
        return scope.today.isoformat()
    if name == "not":
        return not truth_of(values[0])
    if name == "coalesce":
        return next((one for one in values if text_of(one)), "")
    if name in {"number", "int", "round"}:
        return numeric(name, [number_of(one) for one in values])
    return textual(name, [text_of(one) for one in values])


def numeric(name: str, values: list[float]) -> float:
    number = values[0]
    if name == "number" or math.isnan(number):
        return number
    if name == "int":
        return float(math.trunc(number))
    places = values[1] if len(values) > 1 else 0.0
    if math.isnan(places) or not 0 <= places <= 9:
        return NAN
    scale = 10.0 ** math.trunc(places)
    return clean(math.floor(number * scale + 0.5) / scale)


def textual(name: str, texts: list[str]) -> Value:
    first = texts[0]
    if name == "selected":
        return texts[1] in first.split()
    if name == "count-selected":
        return float(len(first.split()))
    if name == "string-length":
        return float(len(first))
    if name == "regex":
        return matches(texts[1], first)
    if name == "contains":
        return texts[1] in first
    if name == "starts-with":
        return first.startswith(texts[1])
    return "".join(texts)  # concat, string, date


def aggregate(name: str, code: str, scope: Scope) -> float:
    if code in scope.rows:
        return float(len(scope.rows[code])) if name == "count" else NAN
    values = [
        load(row[code]) for rows in scope.rows.values() for row in rows if code in row
    ]
    filled = [one for one in values if text_of(one)]
    if name == "count":
        return float(len(filled))
    numbers = [number_of(one) for one in filled]
    numbers = [one for one in numbers if not math.isnan(one)]
    if name == "sum":
        total = 0.0
        for one in numbers:  # not fsum: the browser adds one after the other
            total += one
        return clean(total)
    if not numbers:
        return NAN
    return min(numbers) if name == "min" else max(numbers)
