"""A plan is published once, whoever presses the button, and however often."""

import pytest

from maillage.circulation.choices import ScenarioState
from maillage.circulation.models import Hold, Loan
from maillage.circulation.services.publication import publish
from maillage.core.models import Mail
from tests.circulation.seasons import NOW, TODAY, make_season
from tests.circulation.test_publication_bulk import crowd
from tests.factories.accounts import UserFactory
from tests.together import at_once

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("on_a_file"),
]


def test_a_plan_published_many_times_at_once_makes_its_loans_once():
    scenario, agency = crowd(make_season()), UserFactory(agency=True)
    planned = scenario.planned_loans.count()

    found = at_once(
        [
            lambda: str(bool(publish(scenario, by=agency, now=NOW, today=TODAY)))
            for _click in range(4)
        ]
    )

    assert sorted(found) == ["True", "state", "state", "state"]
    assert Loan.objects.count() == planned > 0
    assert Hold.objects.filter(loan__isnull=False).count() == planned
    letters = Mail.objects.values_list("to", "subject", "body")
    assert len({*letters}) == len(letters)
    scenario.refresh_from_db()
    assert scenario.state == ScenarioState.PUBLISHED
