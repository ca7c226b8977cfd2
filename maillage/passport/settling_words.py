"""Rules of payment in words, and an amount step by step."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _, ngettext

from maillage.core.money import MINUS, NBSP, format_cents
from maillage.passport.choices import SettlementKind
from maillage.passport.services.settling_rules import HOLDER, LOST, PASSAGE, Rule


@dataclass(frozen=True)
class Step:
    """One line of a computation: what was multiplied, and what it gives."""

    words: str
    cents: int


def number(value: int) -> str:
    return number_format(value, force_grouping=True)


def exact(cents: int) -> str:
    """An amount of a column: « 1 250,00 € »."""
    text = format_cents(cents)
    return text if cents % 100 else text.replace(NBSP, f",00{NBSP}")


def signed(cents: int) -> str:
    """« +12,00 € », « −3,50 € », « = »."""
    if not cents:
        return "="
    return f"+{exact(cents)}" if cents > 0 else exact(cents)


def per_cent(part: int, whole: int) -> str:
    """A share with one decimal; « – » of nothing."""
    if not whole:
        return "–"
    return f"{number_format(round(100 * part / whole, 1), 1)}{NBSP}%"


def per_words(per: str) -> str:
    return {
        PASSAGE: _("par passage"),
        HOLDER: _("par personne, sans les accompagnants"),
    }.get(per, _("par personne"))


def units_words(units: int, per: str) -> str:
    if per == PASSAGE:
        text = ngettext("%(n)s passage", "%(n)s passages", units)
    else:
        text = ngettext("%(n)s personne", "%(n)s personnes", units)
    return text % {"n": number(units)}


def rule_words(rule: Rule) -> str:
    """« 2 € par personne, et 1 € de plus de 30 km ou plus »."""
    if rule.kind == SettlementKind.PRICE_SHARE:
        what = _("du manque à gagner") if rule.of == LOST else _("du plein tarif")
        share = f"{rule.share}{NBSP}%"
        text = f"{share} {what}"
        if rule.unpriced_cents:
            text += _(", %(euros)s quand il n’est pas connu") % {
                "euros": format_cents(rule.unpriced_cents)
            }
        return text
    text = _("%(euros)s %(per)s") % {
        "euros": format_cents(rule.cents),
        "per": per_words(rule.per),
    }
    if rule.kind == SettlementKind.EQUITY:
        text += _(", et %(euros)s de plus pour qui vient de %(km)s km ou plus") % {
            "euros": format_cents(rule.bonus_cents),
            "km": rule.km,
        }
    return text


def steps(rule: Rule, inputs: dict[str, Any]) -> list[Step]:
    """How a place comes to what the rule says it is due."""
    if rule.kind == SettlementKind.PRICE_SHARE:
        return list(price_steps(rule, inputs["prices"]))
    units = int(inputs["units"])
    found = [
        Step(
            f"{units_words(units, rule.per)} × {format_cents(rule.cents)}",
            units * rule.cents,
        )
    ]
    if rule.kind == SettlementKind.EQUITY:
        far = int(inputs["far"])
        words = _("dont %(far)s de %(km)s km ou plus × %(euros)s") % {
            "far": number(far), "km": rule.km, "euros": format_cents(rule.bonus_cents),
        }  # fmt: skip
        found.append(Step(words, far * rule.bonus_cents))
    return found


def price_steps(rule: Rule, prices: list[list[Any]]) -> Iterator[Step]:
    whole = 0
    for price in prices:
        normal, people, paid = price
        whole += rule.base(price)
        if normal is None:
            words = _("%(people)s sans plein tarif connu × %(euros)s")
            known = rule.unpriced_cents
        else:
            words, known = _("%(people)s × plein tarif de %(euros)s"), normal
        told = words % {"people": units_words(people, ""), "euros": format_cents(known)}
        if rule.of == LOST and paid and normal is not None:
            told += f" {MINUS} " + _("%(euros)s payés à l’entrée") % {
                "euros": format_cents(paid)
            }
        yield Step(told, rule.base(price))
    yield Step(
        _("%(share)s de %(euros)s")
        % {"share": f"{rule.share}{NBSP}%", "euros": format_cents(whole)},
        rule.due({"prices": prices}),
    )


def part_words(*, due: int, cents: int, paid: Any, whole: Any) -> str:
    """How what is due becomes what is paid; ``paid`` and ``whole`` when told."""
    if due == cents:
        return _("Payé comme la règle le dit.")
    if paid is None or whole is None:
        return _("%(share)s de ce que dit la règle, comme pour tous les lieux : c’est la part que permet le budget.") % {"share": per_cent(cents, due)}  # fmt: skip
    floor = due * int(paid) // int(whole)
    rounded = (
        _("arrondi au centime supérieur : c’est un des plus grands restes")
        if cents > floor
        else _("arrondi au centime inférieur")
    )
    return _("%(due)s × %(paid)s de budget ÷ %(whole)s dus à tous les lieux, %(rounded)s.") % {
        "due": format_cents(due), "paid": format_cents(int(paid)), "whole": format_cents(int(whole)),
        "rounded": rounded,
    }  # fmt: skip
