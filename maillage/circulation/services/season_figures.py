"""The figures of a plan: who is served, what it brings, what it costs, how good it is."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from maillage.circulation.problem.answers import Answer, Placed, is_asked
from maillage.circulation.problem.arrays import Gathered
from maillage.circulation.problem.facts import Facts
from maillage.circulation.services.season_gather import Reading
from maillage.kernels.season.problem import Plan

#: Shadow values that are worth showing.
MOST_PRICES = 8


def figures(
    reading: Reading, gathered: Gathered, found: Plan, answer: Answer
) -> dict[str, Any]:
    """What the page of a scenario shows and what scenarios are compared by."""
    facts = reading.facts
    wishes = [facts.wishes[one.wish] for one in answer.placed]
    loans = [(*wish.position, float(wish.duration)) for wish in wishes]
    before = reading.past.supply
    return {
        "value": round(found.value, 2),
        "bound": round(found.bound, 2),
        "gap": round(found.gap, 5),
        "is_complete": found.is_complete,
        "iterations": found.iterations,
        "requests": len(facts.wishes),
        "served": len(answer.placed),
        "asked_resource": sum(is_asked(gathered, one) for one in answer.placed),
        "hosts": len({wish.host for wish in facts.wishes}),
        "hosts_served": len({wish.host for wish in wishes}),
        "communes_served": len({wish.commune for wish in wishes}),
        "pupils": sum(wish.pupils for wish in wishes),
        "public": sum(wish.public for wish in wishes),
        "reached": reading.access.newly_reached(before, loans),
        "gini_before": reading.access.gini(before),
        "gini_after": reading.access.gini([*before, *loans]),
        "km": answer.km,
        "co2_kg": round(co2(facts, answer.placed), 1),
        "income_cents": sum(income(facts, one) for one in answer.placed),
        "days_out": sum(one.end - one.start for one in answer.placed),
        "copies_used": len({one.copy for one in answer.placed}),
        "copies": len(facts.copies),
        "reasons": dict(sorted(Counter(one.reason for one in answer.turned).items())),
        "prices": prices(facts, found),
        "extra_loans": extra_loans(facts, answer.placed),
        "handovers": sum(one.comes_from >= 0 for one in answer.placed),
        "km_budget": facts.km_budget,
        "unheld": len(answer.tight),
        "changes": changes(reading, answer),
    }


def co2(facts: Facts, placed: Iterable[Placed]) -> float:
    return sum(
        one.km * facts.groups[facts.copies[one.copy].group].co2_kg for one in placed
    )


def income(facts: Facts, one: Placed) -> int:
    if one.choice < 0:
        return 0
    return facts.wishes[one.wish].choices[one.choice].income_cents


def prices(facts: Facts, found: Plan) -> list[dict[str, Any]]:
    """What one more copy of each resource would bring at most, the dearest first."""
    rows = [
        {"slug": group.slug, "name": group.name, "points": round(float(price), 1)}
        for group, price in zip(facts.groups, found.group_price, strict=True)
        if price > 0.05
    ]
    rows.sort(key=lambda row: (-float(str(row["points"])), str(row["slug"])))
    return rows[:MOST_PRICES]


def extra_loans(facts: Facts, placed: Iterable[Placed]) -> list[dict[str, Any]]:
    """Loans of copies that do not exist: they are told, never published."""
    return [
        {
            "resource": facts.groups[facts.copies[one.copy].group].name,
            "copy": facts.copies[one.copy].label,
            "request": facts.wishes[one.wish].pk,
            "reference": facts.wishes[one.wish].reference,
            "starts_on": facts.day(one.start).isoformat(),
            "ends_on": facts.day(one.end).isoformat(),
        }
        for one in placed
        if not facts.copies[one.copy].pk
    ]


def changes(reading: Reading, answer: Answer) -> dict[str, Any]:
    """What a new plan does to the loans that there are, by request."""
    facts = reading.facts
    if not reading.current:
        return {}
    now = {}
    for rank, hold in reading.current.items():
        if hold.loan:
            now[rank] = (hold.copy_id, hold.loan.starts_on)
    then = {
        one.wish: (facts.copies[one.copy].pk, facts.day(one.start))
        for one in answer.placed
    }
    pk = [wish.pk for wish in facts.wishes]
    return {
        "kept": sorted(pk[r] for r in now if then.get(r) == now[r]),
        "moved": sorted(pk[r] for r in now if r in then and then[r] != now[r]),
        "dropped": sorted(pk[r] for r in now if r not in then),
        "added": sorted(pk[r] for r in then if r not in now),
    }
