"""A plan is published in so many queries, however many loans it has."""

import re

import pytest
from django.db import transaction

from maillage.circulation.models import Charge, Hold, Loan, LoanRequest, Maintenance
from maillage.circulation.services import publication
from maillage.circulation.services.publication import publish
from maillage.circulation.services.publication_bulk import OddError
from maillage.core.models import Mail
from tests.circulation.seasons import (
    NOW,
    TODAY,
    ask,
    compute,
    make_copy,
    make_scenario,
    make_season,
)
from tests.factories.accounts import UserFactory
from tests.factories.catalogue import ResourceFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def season():
    return make_season()


@pytest.fixture
def agency():
    return UserFactory(agency=True)


def crowd(season, *, people=6):
    """Hosts near each other that want the same copies one after the other."""
    copies = [
        make_copy(
            ResourceFactory(
                name=f"Nuages {rank}", slug=f"nuages-{rank}", deposit_cents=12_300,
                fees=[{"borrower": "tous", "days": 14, "cents": 5000}],
            )
        )
        for rank in range(2)
    ]  # fmt: skip
    for rank in range(people):
        ask(
            season, copies[rank % 2].resource, duration_days=14, needs_transport=True,
            windows=[("2027-01-04", "2027-07-01")],
        )  # fmt: skip
    return compute(make_scenario(season))


def written():
    """All that a publication writes, without the numbers of the rows."""
    loans = Loan.objects.order_by("request").values_list(
        "request", "copy", "host", "state", "departs_on", "starts_on", "ends_on",
        "free_on", "comes_from__request", "km", "fee_cents", "transport_cents",
        "deposit_cents", "insurance_value_cents", "sequence", "created_by", "scenario",
    )  # fmt: skip
    holds = Hold.objects.order_by("copy", "starts_on").values_list(
        "copy", "kind", "starts_on", "ends_on", "loan__request", "made_by"
    )
    charges = Charge.objects.order_by("loan__request", "kind").values_list(
        "loan__request", "kind", "text", "cents"
    )
    works = Maintenance.objects.order_by("copy", "starts_on").values_list(
        "copy", "starts_on", "ends_on", "text"
    )
    asked = LoanRequest.objects.order_by("pk").values_list(
        "pk", "state", "season", "answered_by_user", "answered_at"
    )
    mails = [
        (mail.to, mail.subject, re.sub(r"/prets/\d+/", "/prets/…/", mail.body))
        for mail in Mail.objects.order_by("to")
    ]
    return [list(rows) for rows in (loans, holds, charges, works, asked)] + [mails]


def test_all_at_once_and_one_by_one_write_the_same(season, agency, monkeypatch):
    scenario = crowd(season)
    served = scenario.planned_loans.order_by("starts_on")
    scenario.planned_loans.filter(pk=served.first().pk).update(maintained_before=True)
    with transaction.atomic():
        publish(scenario, by=agency, now=NOW, today=TODAY)
        at_once = written()
        transaction.set_rollback(True)

    def odd(*args, **kwargs):
        raise OddError

    for name in ("lend_all", "maintain_all", "link_all"):
        monkeypatch.setattr(publication, name, odd)
    publish(scenario, by=agency, now=NOW, today=TODAY)

    assert written() == at_once
    loans, holds, charges, works, _asked, mails = at_once
    assert len(loans) == 6
    assert any(row[8] for row in loans)  # some come from another
    assert charges
    assert len(works) == 1
    assert len(holds) == 7
    assert mails


@pytest.mark.parametrize("people", [4, 12])
def test_publishing_costs_the_same_for_four_loans_or_twelve(
    season, agency, people, django_assert_max_num_queries
):
    scenario = crowd(season, people=people)
    assert scenario.planned_loans.count() == people

    with django_assert_max_num_queries(50):
        publish(scenario, by=agency, now=NOW, today=TODAY)

    assert Loan.objects.count() == people
