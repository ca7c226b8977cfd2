"""Fifty people at once: one copy is lent once, and a quota is never exceeded."""

import datetime as dt
from itertools import pairwise

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from maillage.circulation.choices import RequestState
from maillage.circulation.models import Hold, LendingRules, Loan, LoanRequest
from maillage.circulation.services.answers import Choice, accept_request
from maillage.circulation.services.offers import accept_offer, offer_dates
from maillage.circulation.services.requests import Wish, ask_for_loan
from tests.factories.accounts import UserFactory
from tests.factories.catalogue import ResourceFactory
from tests.factories.circulation import CopyFactory, HostFactory, LoanRequestFactory
from tests.together import at_once

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("on_a_file"),
]
TODAY = dt.date(2026, 9, 7)
NOW = dt.datetime(2026, 9, 7, 10, tzinfo=dt.UTC)
MONDAY = dt.date(2026, 10, 5)
DAY = dt.timedelta(1)
CLIENTS = 50


@pytest.fixture
def agency():
    return UserFactory(agency=True)


def overlaps():
    """Pairs of holds of one copy that share a day."""
    rows = list(Hold.objects.order_by("copy", "starts_on"))
    return [
        (one, two)
        for one, two in pairwise(rows)
        if one.copy_id == two.copy_id and one.ends_on > two.starts_on
    ]


def accepting(asked, copy, start, by):
    choice = Choice([copy], start)
    return lambda: bool(
        accept_request(asked, choice=choice, by=by, now=NOW, today=TODAY)
    )


def test_fifty_hosts_for_one_copy_make_one_loan(agency):
    copy = CopyFactory()
    asked = LoanRequestFactory.create_batch(CLIENTS, resource=copy.resource)

    found = at_once(
        [
            accepting(one, copy, MONDAY + (rank % 7) * DAY, agency)
            for rank, one in enumerate(asked)
        ]
    )

    assert sorted(map(str, found)) == ["True"] + ["taken"] * (CLIENTS - 1)
    assert Loan.objects.count() == Hold.objects.count() == 1
    states = LoanRequest.objects.values_list("state", flat=True)
    assert sorted(states) == ["accepted"] + ["waiting"] * (CLIENTS - 1)


def test_fifty_clicks_on_one_request_make_one_loan(agency):
    resource = ResourceFactory()
    copies = CopyFactory.create_batch(5, resource=resource)
    asked = LoanRequestFactory(resource=resource)

    found = at_once(
        [accepting(asked, copies[n % 5], MONDAY, agency) for n in range(CLIENTS)]
    )

    assert sorted(map(str, found)) == ["True"] + ["decided"] * (CLIENTS - 1)
    assert Loan.objects.count() == 1


def test_fifty_clients_of_the_site_get_one_loan_and_clear_refusals(agency):
    """Through the pages: no accident, and who comes late reads why."""
    copy = CopyFactory()
    today = timezone.localdate()
    start = today + dt.timedelta(60)
    window = (start, start + dt.timedelta(60))
    asked = [
        LoanRequestFactory(resource=copy.resource, windows=[window])
        for _ in range(CLIENTS)
    ]
    clients = []
    for _ in asked:
        client = Client(raise_request_exception=False)
        client.force_login(agency)
        clients.append(client)

    def press(client, one):
        url = reverse("circulation:request_answer", args=[one.pk])
        slot = f"{copy.pk}:{start + dt.timedelta(10)}"
        return lambda: client.post(url, {"slot": slot, "decision": "accept"})

    answers = at_once(
        [press(client, one) for client, one in zip(clients, asked, strict=True)]
    )

    codes = sorted(answer.status_code for answer in answers)
    assert codes == [302] + [422] * (CLIENTS - 1)
    late = next(answer for answer in answers if answer.status_code == 422)
    assert f"L’exemplaire {copy.label} est déjà pris" in late.content.decode()
    assert Loan.objects.count() == Hold.objects.count() == 1


def test_wholes_that_share_modules_never_wait_for_each_other_for_ever(agency):
    """Each whole takes all modules, named in another order: the first one wins."""
    series = ResourceFactory()
    copies = [
        CopyFactory(resource=ResourceFactory(parent=series, owner=series.owner))
        for _ in range(4)
    ]
    asked = LoanRequestFactory.create_batch(20, resource=series)

    def whole(rank, one):
        turned = copies[rank % 4 :] + copies[: rank % 4]
        choice = Choice(turned, MONDAY)
        return lambda: len(
            accept_request(one, choice=choice, by=agency, now=NOW, today=TODAY)
        )

    found = at_once([whole(rank, one) for rank, one in enumerate(asked)])

    assert sorted(map(str, found)) == ["4"] + ["taken"] * 19
    assert Loan.objects.count() == 4


def test_fifty_acceptances_never_exceed_the_quota_of_a_host(agency):
    """Other copies, other dates, one host: what leihs #1940 let through."""
    resource = ResourceFactory()
    LendingRules.objects.create(structure=resource.owner, loans_per_host=3)
    copies = CopyFactory.create_batch(10, resource=resource)
    host = HostFactory()
    window = (MONDAY, MONDAY + dt.timedelta(300))
    asked = [
        LoanRequestFactory(resource=resource, host=host, windows=[window])
        for _ in range(CLIENTS)
    ]

    found = at_once(
        [
            accepting(one, copies[n % 10], MONDAY + (n // 10) * 42 * DAY, agency)
            for n, one in enumerate(asked)
        ]
    )

    assert sorted(map(str, found)) == ["True"] * 3 + ["quota"] * (CLIENTS - 3)
    assert Loan.objects.count() == 3


def test_every_host_gets_its_quota_and_no_copy_is_lent_twice(agency):
    """Ten hosts, five requests each, two loans each at most, four copies."""
    resource = ResourceFactory()
    LendingRules.objects.create(structure=resource.owner, loans_per_host=2)
    copies = CopyFactory.create_batch(4, resource=resource)
    window = (MONDAY, MONDAY + dt.timedelta(300))
    calls = []
    for rank, host in enumerate(HostFactory.create_batch(10)):
        for n in range(5):
            one = LoanRequestFactory(resource=resource, host=host, windows=[window])
            start = MONDAY + ((rank + n) % 6) * 42 * DAY
            calls.append(accepting(one, copies[n % 4], start, agency))

    found = at_once(calls)

    assert set(map(str, found)) <= {"True", "taken", "quota"}
    assert found.count(True) == Loan.objects.count() >= 4
    assert overlaps() == []
    for host in {loan.host_id for loan in Loan.objects.all()}:
        assert Loan.objects.filter(host=host).count() <= 2


def test_fifty_hosts_take_the_same_offered_dates(agency):
    copy = CopyFactory()
    asked = LoanRequestFactory.create_batch(CLIENTS, resource=copy.resource)
    offered = [
        offer_dates(
            one, choices=[Choice([copy], MONDAY)], by=agency, now=NOW, today=TODAY
        )[0]
        for one in asked
    ]

    found = at_once(
        [
            lambda one=one: bool(
                accept_offer(one, by=one.request.asked_by, now=NOW, today=TODAY)
            )
            for one in offered
        ]
    )

    assert sorted(map(str, found)) == ["True"] + ["taken"] * (CLIENTS - 1)
    states = list(LoanRequest.objects.values_list("state", flat=True))
    assert states.count(RequestState.ACCEPTED) == 1
    assert states.count(RequestState.WAITING) == CLIENTS - 1


def test_one_form_sent_fifty_times_is_one_request():
    copy, host = CopyFactory(), HostFactory()
    window = (MONDAY, MONDAY + dt.timedelta(30))
    wish = Wish(host=host, resource=copy.resource, duration_days=21, windows=[window])

    def send():
        asked = ask_for_loan(
            wish, token="t" * 43, by=host.created_by, now=NOW, today=TODAY
        )
        return asked.pk

    assert len(set(at_once([send] * CLIENTS))) == 1
    assert LoanRequest.objects.count() == 1
    assert LoanRequest.objects.get().windows.count() == 1
