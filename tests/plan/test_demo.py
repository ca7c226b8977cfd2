"""The actions to try: invented people, shown by what the platform really holds."""

import datetime as dt

import pytest
from django.conf import settings
from django.utils import timezone

from maillage.circulation.choices import LoanState
from maillage.core.models import Entry
from maillage.directory.models import Structure
from maillage.plan.demo import load_plan_demo
from maillage.plan.demo_evidence import Shelf
from maillage.plan.evidence import DOCUMENT
from maillage.plan.models import Action, Declination, Evidence
from tests.factories.accounts import UserFactory
from tests.factories.agenda import EventFactory
from tests.factories.circulation import LoanFactory
from tests.factories.directory import StructureFactory
from tests.factories.territories import CommuneFactory

pytestmark = pytest.mark.django_db
NOW = timezone.now()
TODAY = timezone.localdate(NOW)
DAY = dt.timedelta(1)


@pytest.fixture
def agency():
    return UserFactory(agency=True)


@pytest.fixture
def things():
    CommuneFactory(lille=True)
    StructureFactory(name="Un vrai musée", kind="museum", listed=True)
    for months in range(1, 30, 2):
        start = TODAY - 30 * months * DAY
        LoanFactory(
            state=LoanState.RETURNED, copy__resource__state="published",
            departs_on=start - DAY, starts_on=start, ends_on=start + 20 * DAY,
            free_on=start + 21 * DAY,
        )  # fmt: skip
        EventFactory(at=f"{start}T14:00")


def test_actions_are_shown_by_rows_of_the_platform(agency, things):
    load_plan_demo(settings.REGION_DATA, now=NOW)

    kinds = set(Evidence.objects.values_list("kind", flat=True))
    assert {"loan", "event"} <= kinds
    rows = Evidence.objects.exclude(kind=DOCUMENT)
    assert rows.count() >= 25  # of the 30 that there are
    assert rows.values("kind", "object_id").distinct().count() == rows.count()
    for row in Evidence.objects.select_related("action"):
        end = row.action.ends_on or TODAY + DAY
        assert row.action.starts_on <= row.happened_on < min(end, TODAY + DAY)


def test_nobody_real_does_what_is_invented(agency, things):
    load_plan_demo(settings.REGION_DATA, now=NOW)

    actions = Action.objects.select_related("owner", "establishment")
    assert actions.exists()
    assert all(action.owner.is_example for action in actions)
    for action in actions.prefetch_related("partners"):
        assert all(partner.is_example for partner in action.partners.all())
        assert action.establishment is None or action.establishment.is_example
    for one in Declination.objects.select_related("owner", "establishment"):
        assert one.owner.is_example
        assert one.establishment is None or one.establishment.is_example
    made = Structure.objects.filter(is_example=True)
    assert (
        made.count() == Entry.objects.filter(kind="structure", is_example=True).count()
    )


def test_it_is_loaded_once(agency, things):
    load_plan_demo(settings.REGION_DATA, now=NOW)
    before = (Action.objects.count(), Structure.objects.count())

    load_plan_demo(settings.REGION_DATA, now=NOW)

    assert (Action.objects.count(), Structure.objects.count()) == before


def test_a_row_shows_one_action_and_the_nearest_is_taken(agency, things):
    shelf = Shelf(by=agency, today=TODAY)
    start, day = TODAY - 900 * DAY, TODAY - 200 * DAY

    first = shelf.nearest(("event",), day=day, start=start, end=TODAY)
    second = shelf.nearest(("event",), day=day, start=start, end=TODAY)

    assert abs(first.day - day) <= abs(second.day - day)
    assert first.pk != second.pk
    assert shelf.nearest(("survey",), day=day, start=start, end=TODAY) is None
