import datetime as dt
import json

import pytest
from django.utils import timezone

from maillage.catalogue.models import RevenueKey
from maillage.circulation.choices import LoanState, OfferState, RequestState
from maillage.circulation.models import Copy, Host, Offer, RequestMessage
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
from tests.factories.directory import (
    MembershipFactory,
    PlaceFactory,
    StructureFactory,
)

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


CONTACT = {
    "contact_name": "Anne Petit",
    "contact_email": "anne@exemple.fr",
    "contact_phone": "03 00 00 00 00",
}


@pytest.mark.parametrize(
    ("contact", "is_alone", "is_kept"),
    [
        (CONTACT, False, False),  # by address and by name
        (
            CONTACT | {"contact_email": "ANNE@exemple.fr", "contact_name": ""},
            False,
            False,
        ),
        (CONTACT | {"contact_email": ""}, False, False),
        (CONTACT | {"contact_email": "b@exemple.fr", "contact_name": "B"}, False, True),
        (CONTACT | {"contact_email": "b@exemple.fr", "contact_name": "B"}, True, False),
    ],
)
def test_a_structure_keeps_the_contact_of_somebody_else_who_answers(
    contact, is_alone, is_kept
):
    anne = UserFactory(email="anne@exemple.fr", display_name="Anne Petit")
    structure = StructureFactory()
    MembershipFactory(structure=structure, user=anne)
    if not is_alone:
        MembershipFactory(structure=structure)
    host = HostFactory(structure=structure, created_by=anne, **contact)
    namesake = HostFactory(contact_name="Anne Petit", contact_phone="1")

    leave_for_good(anne, now=timezone.now())

    host.refresh_from_db()
    namesake.refresh_from_db()
    assert host.contact_phone == ("03 00 00 00 00" if is_kept else "")
    assert bool(host.contact_name or host.contact_email) is is_kept
    assert namesake.contact_phone == "1"


def test_what_was_written_goes_where_it_led_to_no_loan():
    host = HostFactory()
    asker, now = host.created_by, timezone.now()
    vain, served = LoanRequestFactory.create_batch(2, host=host, message="Anne, 06…")
    LoanFactory(host=host, request=served)
    for request in (vain, served):
        for author, is_from_host in ((asker, True), (UserFactory(), False)):
            RequestMessage.objects.create(
                request=request, text="Bonjour", author=author,
                is_from_host=is_from_host, written_at=now,
            )  # fmt: skip
    offer = Offer.objects.create(
        request=vain, copy=CopyFactory(), starts_on=now.date(),
        ends_on=now.date() + dt.timedelta(7), made_at=now,
    )  # fmt: skip

    leave_for_good(asker, now=now)

    vain.refresh_from_db()
    served.refresh_from_db()
    offer.refresh_from_db()
    assert (vain.message, served.message) == ("", "Anne, 06…")
    assert [m.is_from_host for m in vain.messages.all()] == [False]
    assert served.messages.count() == 2
    assert offer.state == OfferState.DECLINED


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
