import json

import pytest
from django.utils import timezone

from maillage.circulation.choices import LoanState, RequestState
from maillage.circulation.models import Copy, Host, RevenueKey
from maillage.core.merging import merge
from maillage.portal.own_data import data_file, leave_for_good
from tests.factories.accounts import UserFactory
from tests.factories.catalogue import ResourceFactory
from tests.factories.circulation import (
    CopyFactory,
    HostFactory,
    LoanFactory,
    LoanRequestFactory,
)
from tests.factories.directory import PlaceFactory, StructureFactory

pytestmark = pytest.mark.django_db


def test_a_person_takes_along_what_they_asked_for():
    host = HostFactory(contact_name="Anne Petit")
    LoanRequestFactory(host=host)
    LoanRequestFactory()

    found = json.loads(data_file(host.created_by, now=timezone.now()))["circulation"]
    assert [row["contact_name"] for row in found["hosts"]] == ["Anne Petit"]
    assert len(found["loan_requests"]) == 1


def test_who_leaves_is_forgotten_and_asks_for_nothing_any_more():
    host = HostFactory(contact_name="Anne Petit", contact_phone="03 00 00 00 00")
    request = LoanRequestFactory(host=host)
    loan = LoanFactory(host=host)
    leave_for_good(host.created_by, now=timezone.now())

    host.refresh_from_db()
    request.refresh_from_db()
    loan.refresh_from_db()
    assert (host.contact_name, host.contact_phone, host.created_by) == ("", "", None)
    assert request.state == RequestState.WITHDRAWN
    assert loan.state == LoanState.CONFIRMED  # the two parties know of it


def merged(kept, dropped):
    agency = UserFactory(role="agency")
    return merge(kept, dropped=dropped, take=[], by=agency, now=timezone.now())


def test_two_records_of_one_resource_keep_all_their_copies():
    kept, dropped = ResourceFactory(), ResourceFactory()
    first, second = (
        CopyFactory(resource=kept, rank=1),
        CopyFactory(resource=dropped, rank=1),
    )
    LoanFactory(copy=second)
    partner = StructureFactory()
    for resource in (kept, dropped):
        RevenueKey.objects.create(resource=resource, structure=partner, parts=2)
    merged(kept, dropped)

    assert set(Copy.objects.filter(resource=kept)) == {first, second}
    assert sorted(kept.copies.values_list("rank", flat=True)) == [1, 2]
    assert kept.revenue_keys.get().parts == 4


def test_two_records_of_one_place_keep_both_hosts():
    kept, dropped = PlaceFactory(), PlaceFactory()
    HostFactory(place=kept)
    other = HostFactory(place=dropped)
    LoanRequestFactory(host=other)
    merged(kept, dropped)

    assert Host.objects.count() == 2
    other.refresh_from_db()
    assert other.place is None
