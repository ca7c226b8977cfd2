import datetime as dt

import pytest
from django.conf import settings
from django.utils import timezone

from maillage.accounts.models import User
from maillage.circulation.choices import LoanState, RequestState
from maillage.circulation.demo import load_circulation, make_season
from maillage.circulation.models import Copy, Loan, LoanRequest
from maillage.circulation.services.custody import verify
from maillage.portal import demo
from maillage.territories.models import Commune
from maillage.territories.services import load_territories

pytestmark = pytest.mark.django_db


def quiet(what, done, total):
    pass


@pytest.fixture
def loaded():
    if not Commune.objects.exists():
        load_territories(settings.REGION_DATA)
    now = timezone.now()
    demo.load_actors(
        settings.REGION_DATA, source=settings.REGION, now=now, progress=quiet
    )
    demo.make_demo_accounts(now=now)
    load_circulation(settings.REGION_DATA, now=now, progress=quiet)


def test_the_demonstration_has_a_season_to_plan_and_a_past_to_read(loaded):
    season = LoanRequest.objects.filter(state=RequestState.SEASON).first().season
    assert LoanRequest.objects.count() == 300
    for request in LoanRequest.objects.prefetch_related("windows"):
        longest = max((w.ends_on - w.starts_on).days for w in request.windows.all())
        assert longest >= request.duration_days
        assert all(w.ends_on <= season.ends_on for w in request.windows.all())
    assert Loan.objects.filter(state=LoanState.RETURNED).count() > 200
    assert Loan.objects.filter(is_example=False).count() > 10  # the published tour
    assert Loan.objects.all().overdue(timezone.now().date()).count() == 1


def test_every_loan_that_holds_has_its_days_and_no_other_has(loaded):
    for loan in Loan.objects.select_related("hold"):
        assert hasattr(loan, "hold") == loan.is_holding


def test_who_manages_an_owner_sees_a_loan_at_each_step_of_its_life(loaded):
    mine = Loan.objects.all().lent_by(User.objects.get(email="responsable@exemple.fr"))

    assert {"proposed", "confirmed", "on_site", "returned"} <= {
        loan.state for loan in mine
    }
    assert mine.filter(state=LoanState.PROPOSED, owner_confirmed_at=None).exists()
    loan = mine.filter(reports__moment="departure").get()
    parties = loan.reports.order_by("signed_at").values_list("moment", "party")
    assert list(parties) == [("departure", "lender"), ("arrival", "borrower")]
    assert verify(loan.copy) == []


def test_loading_twice_changes_nothing(loaded):
    before = Copy.objects.count(), Loan.objects.count()
    load_circulation(settings.REGION_DATA, now=timezone.now(), progress=quiet)
    assert (Copy.objects.count(), Loan.objects.count()) == before


@pytest.mark.parametrize(
    ("today", "slug"),
    [
        (dt.date(2026, 11, 22), "2026-2027"),
        (dt.date(2027, 2, 1), "2026-2027"),
        (dt.date(2027, 5, 1), "2027-2028"),
    ],
)
def test_the_season_has_months_to_go(today, slug):
    assert make_season(today).slug == slug
