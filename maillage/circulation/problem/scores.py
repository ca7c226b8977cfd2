"""The score of a request: a sum of published terms, that anybody can compute again.

``score = preference × (BASE + Σ weight × term)``, each term between 0 and 1, each
weight between 0 and 100, both as they are published. ``docs/methods/season-scores.md``
says the same in words, with a program of a few lines.
"""

import hashlib
import json
import math
from collections.abc import Mapping
from typing import Any

#: What serving any request is worth, whatever the weights.
BASE = 10.0
#: Expected visitors from which more count no more.
MOST_PUBLIC = 1600
#: A host that has waited so many months has waited long enough.
MOST_MONTHS = 24
#: Days out, a copy and a year, that bring an owner's term down to one half.
USUAL_DAYS_OUT = 90
MOST_FEE_CENTS = 50_000
#: Points that a kilometre costs for each point of the weight of kilometres.
KM_POINT = 0.002
#: A similar resource is worth less than the one that was asked for.
ASKED, SIMILAR = 1.0, 0.8
TERMS = ("public", "underserved", "hosts", "owners", "income")
WEIGHTS = (*TERMS, "km", "stability")
DEFAULTS = {
    "public": 50, "underserved": 50, "hosts": 30, "owners": 20, "income": 10, "km": 50,
    "stability": 60,
}  # fmt: skip
PRESETS: dict[str, dict[str, int]] = {
    "balance": DEFAULTS,
    "underserved": DEFAULTS | {"public": 20, "underserved": 100, "hosts": 50, "km": 15},
    "public": DEFAULTS | {"public": 100, "underserved": 15, "hosts": 10, "owners": 10},
    "km": DEFAULTS | {"public": 40, "underserved": 30, "km": 100},
}


def public_term(expected: int) -> float:
    """Concave: the first hundred visitors count more than the tenth."""
    return round(math.sqrt(min(max(expected, 0), MOST_PUBLIC) / MOST_PUBLIC), 4)


def hosts_term(*, months: int, loans: int) -> float:
    """One half for the months since the last loan, one half for how few there were."""
    waited = min(max(months, 0), MOST_MONTHS) / MOST_MONTHS
    return round(0.5 * waited + 0.5 / (1 + max(loans, 0)), 4)


def owners_term(days_out: float) -> float:
    """More for an owner whose copies seldom leave; days a copy and a year."""
    return round(1 / (1 + max(days_out, 0.0) / USUAL_DAYS_OUT), 4)


def income_term(fee_cents: int) -> float:
    return round(min(max(fee_cents, 0), MOST_FEE_CENTS) / MOST_FEE_CENTS, 4)


def score_of(
    terms: Mapping[str, float], *, weights: Mapping[str, int], preference: float
) -> float:
    """The score, in points."""
    total = BASE + sum(weights[name] * terms[name] for name in TERMS)
    return round(preference * total, 3)


def complete(weights: Mapping[str, Any]) -> dict[str, int]:
    """Weights with all their names, within 0 and 100."""
    found = {}
    for name in WEIGHTS:
        try:
            value = int(weights.get(name, DEFAULTS[name]))
        except (TypeError, ValueError):
            value = DEFAULTS[name]
        found[name] = min(100, max(0, value))
    return found


def km_cost(weights: Mapping[str, int]) -> float:
    return KM_POINT * weights["km"]


def key_of(text: str) -> int:
    """A number that stands for a reference, the same whatever the order of rows."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 2


def canonical(inputs: Any) -> bytes:
    """One form of the published inputs, byte for byte."""
    text = json.dumps(inputs, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()


def digest_of(inputs: Any) -> str:
    return hashlib.sha256(canonical(inputs)).hexdigest()
