"""Sentences that say what a table shows, made of its published cells only."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _, ngettext

from maillage.core.charts import figure
from maillage.surveys.results.shown import Group, Results, number, shares
from maillage.surveys.results.variables import MANY, SCALE, TEXTS, Variable

#: Below and above, tenths say too little.
FEW, NEARLY_ALL = 0.055, 0.945
#: How far from a tenth a share may be to be called by it.
NEAR = 0.015
KEY = 6


def tenths() -> dict[int, str]:
    return {
        1: _("une structure sur dix"),
        2: _("une structure sur cinq"),
        3: _("trois structures sur dix"),
        4: _("quatre structures sur dix"),
        5: _("une structure sur deux"),
        6: _("six structures sur dix"),
        7: _("sept structures sur dix"),
        8: _("huit structures sur dix"),
        9: _("neuf structures sur dix"),
    }


def in_words(share: float) -> str:
    """A share, 0 to 1, as people say it: « près de sept structures sur dix »."""
    if share <= 0:
        return _("aucune structure")
    if share < FEW:
        return _("moins d’une structure sur vingt")
    if share >= 1:
        return _("toutes les structures")
    if share > NEARLY_ALL:
        return _("presque toutes les structures")
    tenth = min(max(round(share * 10), 1), 9)
    words = tenths()[tenth]
    gap = share - tenth / 10
    if gap > NEAR:
        return (
            _("plus d’%s") % words
            if words.startswith("un")
            else _("plus de %s") % words
        )
    if gap < -NEAR:
        return (
            _("près d’%s") % words
            if words.startswith("un")
            else _("près de %s") % words
        )
    return words


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def percent(share: float) -> str:
    return f"{figure(100 * share)}\N{NO-BREAK SPACE}%"


def is_plural(share: float) -> bool:
    """« sept structures sur dix répondent », « une structure sur dix répond »."""
    return 0.25 <= share < 0.45 or share >= 0.55


@dataclass(frozen=True)
class Finding:
    """A sentence about a question; ``strength`` orders what is said first."""

    variable: Variable
    text: str
    strength: float = 0.0


def finding(results: Results, variable: Variable, group: Group) -> Finding:
    """What the table of a question says; a plain word when all of it is secret."""
    if variable.is_yes_no:
        return said_yes(results, variable, group)
    if variable.sort == SCALE:
        return said_mark(results, variable, group)
    row = results.mean(variable, group)
    mean = number(row["mean"]) if row else None
    if mean is not None:
        return said_mean(results, variable, group, mean)
    if variable.options:
        return said_most(results, variable, group)
    return Finding(variable, _("Rien ne peut être publié sans révéler une réponse"))


def said_yes(results: Results, variable: Variable, group: Group) -> Finding:
    share = number(results.option(variable, "yes", group)["share"])
    if share is None:
        return nothing(variable)
    verb = ngettext("répond oui", "répondent oui", 2 if is_plural(share) else 1)
    text = _("%(who)s %(verb)s (%(share)s)") % {
        "who": capital(in_words(share)), "verb": verb, "share": percent(share)
    }  # fmt: skip
    return Finding(variable, text, abs(share - 0.5) + 0.3)


def said_mark(results: Results, variable: Variable, group: Group) -> Finding:
    row = results.mean(variable, group)
    mean = number(row["mean"]) if row else None
    if mean is None:
        return nothing(variable)
    top = variable.options[-1][1]
    text = _("Note moyenne : %(mean)s sur %(top)s") % {
        "mean": figure(mean, 1), "top": top
    }  # fmt: skip
    return Finding(variable, text, 0.3)


def said_mean(
    results: Results, variable: Variable, group: Group, mean: float
) -> Finding:
    what = variable.unit if variable.unit not in {"", "%"} else ""
    facts = {"mean": figure(mean, 1 if mean < 100 else 0), "unit": what}
    if variable.group:
        item = variable.item.lower() or _("ligne")
        text = _("En moyenne %(mean)s %(unit)s pour une %(item)s") % {
            **facts, "item": item
        }  # fmt: skip
    else:
        text = _("En moyenne %(mean)s %(unit)s par structure") % facts
        band = median_band(results, variable, group)
        if band:
            text = _("%(mean)s ; médiane : %(band)s") % {"mean": text, "band": band}
    return Finding(variable, " ".join(text.split(" ")).replace("  ", " "), 0.1)


def median_band(results: Results, variable: Variable, group: Group) -> str:
    """The band that holds the median, when all bands up to it are shown."""
    below = 0.0
    for (_code, label), share in zip(
        variable.options, shares(results, variable, group), strict=True
    ):
        if share is None:
            return ""
        below += share
        if below >= 50:
            return label
    return ""


def said_most(results: Results, variable: Variable, group: Group) -> Finding:
    """The answers that come first."""
    values = shares(results, variable, group)
    known = [
        (share, label)
        for share, (_code, label) in zip(values, variable.options, strict=True)
        if share is not None and share > 0
    ]
    if not known:
        return nothing(variable)
    known.sort(key=lambda pair: -pair[0])
    first, label = known[0]
    facts = {"first": label, "share": percent(first / 100)}
    if variable.sort in {MANY, TEXTS} and len(known) > 1:
        second, other = known[1]
        text = _("« %(first)s » d’abord (%(share)s), puis « %(second)s » (%(other)s)") % {
            **facts, "second": other, "other": percent(second / 100)
        }  # fmt: skip
    elif variable.group:
        text = _("« %(first)s » : %(share)s des lignes") % facts
    else:
        text = _("%(who)s : « %(first)s » (%(share)s)") % {
            "who": capital(in_words(first / 100)), **facts
        }  # fmt: skip
    return Finding(variable, text, first / 100)


def nothing(variable: Variable) -> Finding:
    return Finding(variable, _("Rien ne peut être publié sans révéler une réponse"))


def key_findings(results: Results, variables: Sequence[Variable]) -> list[Finding]:
    """What to say first: one finding of each page of the questionnaire."""
    best: dict[str, Finding] = {}
    for variable in variables:
        if variable.group or variable.sort == TEXTS:
            continue
        found = finding(results, variable, results.everybody)
        there = best.get(variable.section)
        if found.strength and (there is None or found.strength > there.strength):
            best[variable.section] = found
    return list(best.values())[:KEY]
