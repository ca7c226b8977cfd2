"""Answers as people read them: on pages, on paper, in files."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from maillage.calls.budgets import balance_of
from maillage.calls.choices import QuestionKind
from maillage.calls.definition import Question
from maillage.calls.reading import is_typed
from maillage.core import vocab
from maillage.core.dates import day_words
from maillage.core.money import format_cents
from maillage.territories.models import Commune, Department

Names = Mapping[str, str]


def places_named(answers: Mapping[str, Any]) -> dict[str, str]:
    """Names of the communes and departments that answers may hold, by code."""
    codes = {one for one in answers.values() if isinstance(one, str) and len(one) == 5}
    rows = Commune.objects.filter(pk__in=codes).select_related("department")
    found = {row.pk: f"{row.name} ({row.department.name})" for row in rows}
    return found | {row.code: row.name for row in Department.objects.order_by("code")}


def words_of(question: Question, value: Any, names: Names) -> str:
    """One answer in words; lines of a table one under the other; empty for nothing."""
    if value in (None, "", []):
        return ""
    if is_typed(value):
        return str(value["typed"])
    if question.kind == QuestionKind.BUDGET:
        return budget_words(value)
    if question.kind == QuestionKind.PARTNERS:
        return "\n".join(partner_words(line) for line in value)
    if isinstance(value, list):
        return ", ".join(option_words(question, str(one), names) for one in value)
    if question.kind == QuestionKind.AMOUNT:
        return format_cents(value) if isinstance(value, int) else str(value)
    if question.kind == QuestionKind.AGREE:
        return _("oui")
    if question.kind == QuestionKind.DAY:
        return day_of(str(value))
    if question.kind == QuestionKind.NUMBER:
        return str(value).replace(".", ",")
    return option_words(question, str(value), names)


def option_words(question: Question, value: str, names: Names) -> str:
    if question.kind == QuestionKind.YES_NO:
        return _("oui") if value == "yes" else _("non")
    if question.kind == QuestionKind.THEMES:
        return vocab.label("themes", value)
    if question.kind in {QuestionKind.COMMUNE, QuestionKind.DEPARTMENTS}:
        return names.get(value, value)
    return question.option_label(value)


def day_of(value: str) -> str:
    try:
        return day_words(dt.date.fromisoformat(value))
    except ValueError:
        return value


def amount_words(line: Mapping[str, Any]) -> str:
    return str(line.get("typed") or format_cents(line.get("cents")))


def partner_words(line: Mapping[str, Any]) -> str:
    parts = [line.get("name", ""), line.get("role", ""), amount_words(line)]
    return ", ".join(str(part) for part in parts if part)


def budget_words(value: Mapping[str, Any]) -> str:
    balance = balance_of(value)
    lines = []
    for title, side, total in (
        (_("Dépenses"), "expenses", balance.expenses),
        (_("Recettes"), "resources", balance.resources),
    ):
        lines.append(f"{title} : {format_cents(total)}")
        lines += [
            f"– {line['label']} : {amount_words(line)}" for line in value.get(side, [])
        ]
    return "\n".join([*lines, balance.words] if balance.words else lines)
