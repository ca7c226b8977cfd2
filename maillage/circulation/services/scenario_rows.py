"""The answer of the planner as rows of a scenario: what is placed, what is refused."""

from maillage.circulation.models import PlannedLoan, PlannedRefusal, Scenario
from maillage.circulation.problem.answers import Answer
from maillage.circulation.services.season_gather import Reading


def planned_rows(
    scenario: Scenario, reading: Reading, answer: Answer
) -> list[PlannedLoan]:
    facts = reading.facts
    return [
        PlannedLoan(
            scenario=scenario,
            request_id=facts.wishes[one.wish].pk,
            copy_id=facts.copies[one.copy].pk,
            starts_on=facts.day(one.start),
            ends_on=facts.day(one.end),
            maintained_before=one.is_maintained,
            worth=one.score,
            km=one.km,
            was_confirmed=one.is_confirmed,
        )
        for one in answer.placed
        if facts.copies[one.copy].pk
    ]


def refused_rows(
    scenario: Scenario, reading: Reading, answer: Answer
) -> list[PlannedRefusal]:
    facts = reading.facts
    rows = []
    for one in answer.turned:
        way = one.way if one.way and facts.copies[one.way.copy].pk else None
        rows.append(
            PlannedRefusal(
                scenario=scenario,
                request_id=facts.wishes[one.wish].pk,
                reason=one.reason,
                rivals=[facts.wishes[rival].pk for rival in one.rivals],
                alternative_copy_id=facts.copies[way.copy].pk if way else None,
                alternative_starts_on=facts.day(way.start) if way else None,
                alternative_shift_days=way.shift if way else 0,
                alternative_cost=way.cost if way else None,
            )
        )
    return rows
