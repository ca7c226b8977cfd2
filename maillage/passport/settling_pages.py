"""Payments of places as pages show them: rules side by side, drafts, one's own line."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from django.utils.translation import gettext as _

from maillage.core.charts import Chart, shares
from maillage.core.charts.drawing import COLOURS
from maillage.directory.models import Place
from maillage.passport.models import Settlement, SettlementLine, SettlementRule
from maillage.passport.services import settling
from maillage.passport.services.settling_compare import (
    Row,
    by_place,
    cents_of,
    furthest,
    grouped,
    places_of,
)
from maillage.passport.services.settling_counts import Result
from maillage.passport.services.settling_rules import Rule
from maillage.passport.settling_words import (
    exact,
    part_words,
    per_cent,
    rule_words,
    signed,
    steps,
)


def department_of(place: Place) -> str:
    return place.commune.department.name if place.commune else _("sans commune")


def kind_of(place: Place) -> str:
    return place.category_label or _("autre")


def rule_rows(rules: Iterable[SettlementRule]) -> list[dict[str, Any]]:
    """Rules with what they say."""
    return [
        {"rule": row, "words": rule_words(Rule.read(row.kind, row.numbers))}
        for row in rules
    ]


def compared(
    rules: Sequence[SettlementRule], results: Sequence[Result]
) -> dict[str, Any]:
    """What the page of a simulation shows."""
    places = places_of(results)
    rows = by_place(results, places)
    areas, kinds = grouped(rows, department_of), grouped(rows, kind_of)
    tables = [
        table(_("Par département"), _("Département"), areas, results),
        table(_("Par nature de lieu"), _("Nature"), kinds, results),
    ]
    is_wide = len(areas) > 1
    return {
        "columns": [
            column(rule, result) for rule, result in zip(rules, results, strict=True)
        ],
        "tables": [
            *(one for one in tables if len(one["rows"]) > 1),
            table(_("Lieu par lieu"), _("Lieu"), rows, results),
        ],
        "findings": findings(rules, rows),
        "chart": share_chart(
            _("Ce que chaque règle donne à chaque département")
            if is_wide
            else _("Ce que chaque règle donne à chaque nature de lieu"),
            rules,
            areas if is_wide else kinds,
        ),
        "flagged": results[0].flagged,
        "late": settling.late_told_of(results[0].late),
        "budget": results[0].budget_cents,
        "places": rows,
    }  # fmt: skip


def column(rule: SettlementRule, result: Result) -> dict[str, Any]:
    """The totals of one rule."""
    return {
        "rule": rule,
        "words": rule_words(result.rule),
        "due": exact(result.due_cents),
        "paid": exact(result.paid_cents),
        "left": exact(result.left_cents),
        "coverage": per_cent(result.paid_cents, result.due_cents),
        "each": exact(round(result.paid_cents / result.counts.people))
        if result.counts.people
        else "–",
    }


def table(
    title: str, head: str, rows: Sequence[Row], results: Sequence[Result]
) -> dict[str, Any]:
    """Rows of amounts with their share, and what each rule changes."""
    return {
        "title": title,
        "head": head,
        "rows": [
            {
                "label": row.label,
                "place": row.place,
                "counts": row.counts,
                "flagged": row.flagged,
                "places": row.places,
                "cells": [
                    {
                        "cents": exact(cents),
                        "share": per_cent(cents, result.paid_cents),
                        "difference": signed(more) if rank else "",
                        "way": "up" if more > 0 else "down" if more else "",
                    }
                    for rank, (cents, more, result) in enumerate(
                        zip(row.cents, row.differences, results, strict=True)
                    )
                ],
            }
            for row in rows
        ],
    }


def findings(rules: Sequence[SettlementRule], rows: Sequence[Row]) -> list[str]:
    """A sentence a rule: who gains and who loses most against the first."""
    found = []
    for rank, rule in enumerate(rules[1:], 1):
        gains, loses = furthest(rows, rank)
        if gains and loses:
            text = _(
                "Avec « %(rule)s » plutôt que « %(first)s », %(gains)s gagne le plus "
                "(%(more)s) et %(loses)s perd le plus (%(less)s)."
            )
        elif gains:
            text = _(
                "Avec « %(rule)s » plutôt que « %(first)s », personne ne perd ; "
                "%(gains)s gagne le plus (%(more)s)."
            )
        elif loses:
            text = _(
                "Avec « %(rule)s » plutôt que « %(first)s », personne ne gagne ; "
                "%(loses)s perd le plus (%(less)s)."
            )
        else:
            text = _("« %(rule)s » donne à chacun la même chose que « %(first)s ».")
        names = {"rule": rule.name, "first": rules[0].name}
        if gains:
            names |= {"gains": gains.label, "more": signed(gains.differences[rank])}
        if loses:
            names |= {"loses": loses.label, "less": signed(loses.differences[rank])}
        found.append(text % names)
    return found


def share_chart(
    title: str, rules: Sequence[SettlementRule], areas: Sequence[Row]
) -> Chart | None:
    """How each rule shares out between groups; the smallest are one part."""
    if len(areas) < 2:
        return None
    shown, rest = list(areas[:COLOURS]), list(areas[COLOURS:])
    if rest:
        shown, rest = list(areas[: COLOURS - 1]), list(areas[COLOURS - 1 :])
    names = [row.label for row in shown] + ([_("autres")] if rest else [])
    rows = []
    for rank, rule in enumerate(rules):
        parts: list[float | None] = [float(row.cents[rank]) for row in shown]
        if rest:
            parts.append(float(cents_of(rest, rank)))
        rows.append((rule.name, parts))
    return shares(title, rows, names, column=_("Règle"))


def settled(settlement: Settlement, *, today: dt.date) -> dict[str, Any]:
    """What the page of one settlement shows to the agency."""
    result = settling.result_of(settlement)
    places = places_of([result])
    rows = by_place([result], places)
    digest = settling.digest_of(settlement, result)
    lates = {line.place: line.late_visits for line in result.lines}
    dues = {line.place: exact(line.due_cents) for line in result.lines}
    return {
        "settlement": settlement,
        "result": column(settlement.rule, result),
        "counts": result.counts,
        "flagged": result.flagged,
        "lines": [
            {
                "place": row.place,
                "counts": row.counts,
                "flagged": row.flagged,
                "late": lates[row.place.pk],
                "due": dues[row.place.pk],
                "cents": exact(row.cents[0]),
                "share": per_cent(row.cents[0], result.paid_cents),
            }
            for row in rows
            if row.place is not None
        ],
        "digest": digest,
        "is_intact": digest == settlement.digest,
        "may_wait": settlement.ends_on <= today < settlement.ends_on + settling.WAIT,
        "is_over": settlement.ends_on <= today,
        "overlap": settling.overlapping(settlement),
        "budget": exact(settlement.budget_cents),
        "has_due": bool(result.due_cents),
        "late": settling.late_told_of(result.late),
    }


def line_page(line: SettlementLine) -> dict[str, Any]:
    """What a place is told of its own line."""
    settlement = line.settlement
    rule = Rule.read(settlement.rule.kind, settlement.numbers)
    told = settling.totals_told(settlement)["settlement"].row()
    return {
        "line": line,
        "settlement": settlement,
        "words": rule_words(rule),
        "steps": [
            {"words": step.words, "cents": exact(step.cents)}
            for step in steps(rule, line.inputs)
        ],
        "due": exact(line.due_cents),
        "cents": exact(line.cents),
        "part": part_words(
            due=line.due_cents,
            cents=line.cents,
            paid=told["cents"].value,
            whole=told["due_cents"].value,
        ),
        "is_right": rule.due(line.inputs) == line.due_cents,
        "flagged": line.inputs["flagged"],
        "late": settling.late_told_of(settling.late_kept(line.inputs)),
    }
