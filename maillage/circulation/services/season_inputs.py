"""What a scenario publishes of its inputs: enough to compute every score again.

Nobody is named: a request is its reference, the kind of its host and its commune.
"""

from typing import Any

from maillage.circulation.models import Scenario
from maillage.circulation.problem.facts import Facts
from maillage.circulation.problem.scores import (
    BASE,
    KM_POINT,
    MOST_FEE_CENTS,
    MOST_MONTHS,
    MOST_PUBLIC,
    TERMS,
    USUAL_DAYS_OUT,
)


def published_inputs(scenario: Scenario, facts: Facts) -> dict[str, Any]:
    """The scale, the weights, and for each request its facts, terms and scores."""
    return {
        "version": 1,
        "season": facts.season,
        "starts_on": facts.starts_on.isoformat(),
        "days": facts.days,
        "first_day": facts.day(facts.first).isoformat(),
        "seed": facts.seed,
        "weights": dict(facts.weights),
        "scale": {
            "base": BASE,
            "terms": list(TERMS),
            "most_public": MOST_PUBLIC,
            "most_months": MOST_MONTHS,
            "usual_days_out": USUAL_DAYS_OUT,
            "most_fee_cents": MOST_FEE_CENTS,
            "points_per_km": round(KM_POINT * facts.weights["km"], 6),
        },
        "km_budget": facts.km_budget,
        "requests": sorted(
            (request_inputs(facts, rank) for rank in range(len(facts.wishes))),
            key=lambda row: str(row["reference"]),
        ),
        "resources": [
            {
                "slug": group.slug,
                "owner": group.owner_name,
                "copies": sum(copy.group == rank for copy in facts.copies),
            }
            for rank, group in enumerate(facts.groups)
        ],
    }


def request_inputs(facts: Facts, rank: int) -> dict[str, Any]:
    wish = facts.wishes[rank]
    return {
        "reference": wish.reference,
        "key": str(wish.key),
        "kind": wish.kind,
        "commune": wish.commune,
        "commune_name": wish.commune_name,
        "days": wish.duration,
        "windows": [
            [facts.day(first).isoformat(), facts.day(last).isoformat()]
            for first, last in wish.windows
        ],
        "expected": wish.pupils + wish.public,
        "months_since_last_loan": wish.facts["months"],
        "loans_in_two_years": wish.facts["loans"],
        "terms": dict(wish.terms),
        "barred": wish.barred,
        "options": [
            {
                "resource": facts.groups[choice.group].slug,
                "preference": choice.preference,
                "fee_cents": choice.income_cents,
                "terms": {
                    "owners": choice.terms["owners"],
                    "income": choice.terms["income"],
                },
                "score": choice.score,
            }
            for choice in wish.choices
        ],
    }
