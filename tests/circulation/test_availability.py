"""« Libre dès le … »: what the page promises, the database keeps."""

import datetime as dt

import pytest
from django.urls import reverse

from maillage.circulation.choices import CopyState, HoldKind
from maillage.circulation.models import Closure, Copy, Hold, LendingRules
from maillage.circulation.services.availability import (
    Wish,
    copies_of,
    first_free,
    soonest,
    usual_days,
)
from maillage.circulation.services.holding import make_loan, span_for
from maillage.core.entries import refresh_entries
from maillage.territories.models import Holiday, SchoolHoliday
from tests.factories.catalogue import ResourceFactory
from tests.factories.circulation import CopyFactory, HostFactory, LoanFactory
from tests.factories.directory import MembershipFactory, PlaceFactory
from tests.factories.territories import CommuneFactory, DepartmentFactory

pytestmark = pytest.mark.django_db
MONDAY = dt.date(2026, 9, 7)
LILLE = (3.0586, 50.6366)


def day(text):
    return dt.date.fromisoformat(text)


def wish(**changed):
    return Wish(**({"today": MONDAY, "start": MONDAY, "days": 7} | changed))


def first(**changed):
    return soonest(first_free(Copy.objects.all(), wish=wish(**changed)))


@pytest.fixture
def copy():
    """No notice, no buffer, a day to set up: the plainest rules."""
    copy = CopyFactory(depot__commune__lille=True)
    LendingRules.objects.create(
        structure=copy.resource.owner, notice_days=0, buffer_days=0
    )
    return copy


def take(copy, start, end):
    Hold.objects.create(
        copy=copy, kind=HoldKind.OWN_USE, starts_on=day(start), ends_on=day(end)
    )


def test_a_free_copy_opens_after_its_set_up(copy):
    window = first()

    assert window.departs_on == MONDAY
    assert (window.starts_on, window.ends_on) == (day("2026-09-08"), day("2026-09-15"))
    assert (window.resource, window.copy) == (copy.resource_id, copy.pk)


@pytest.mark.parametrize(
    ("rules", "starts_on"),
    [
        ({"notice_days": 15}, "2026-09-23"),  # the 22nd, then a day of set-up
        ({"shuttle_weekdays": [3]}, "2026-09-11"),  # leaves on Thursday
        ({"shuttle_weekdays": [0]}, "2026-09-08"),
    ],
)
def test_the_rules_of_the_owner_hold(copy, rules, starts_on):
    LendingRules.objects.update(**rules)

    assert first().starts_on == day(starts_on)


def test_closed_days_hold(copy):
    Closure.objects.create(
        structure=copy.resource.owner, starts_on=MONDAY, ends_on=day("2026-09-10")
    )
    Holiday.objects.create(day=day("2026-09-10"), name="Fête")

    assert first().starts_on == day("2026-09-12")  # set up on Friday the 11th


@pytest.mark.parametrize(
    ("buffer_days", "held", "starts_on"),
    [
        (
            0,
            ("2026-09-16", "2026-10-01"),
            "2026-09-08",
        ),  # back on the 15th, just in time
        (1, ("2026-09-16", "2026-10-01"), "2026-10-02"),  # the check would touch it
        (0, ("2026-09-07", "2026-10-01"), "2026-10-02"),
    ],
)
def test_what_surrounds_a_loan_never_touches_another(
    copy, buffer_days, held, starts_on
):
    LendingRules.objects.update(buffer_days=buffer_days)
    take(copy, *held)

    assert first().starts_on == day(starts_on)


def test_what_is_promised_can_be_lent(copy):
    """The window that is shown is taken by a loan that the guard lets through."""
    take(copy, "2026-09-10", "2026-09-20")
    take(copy, "2026-10-05", "2026-10-25")
    host = HostFactory()

    for _ in range(5):
        window = first(days=10, near=host.position)
        span = span_for(copy, host=host, start=window.starts_on, end=window.ends_on)
        assert span.departs_on == window.departs_on
        make_loan(copy, host=host, span=span, by=None, now=dt.datetime.now(dt.UTC))

    assert copy.holds.count() == 7


def test_a_school_has_nothing_in_the_holidays(copy):
    SchoolHoliday.objects.create(
        zone="B", school_year="2026-2027", name="Toussaint",
        starts_on=day("2026-09-10"), ends_on=day("2026-09-21"),
    )  # fmt: skip

    assert first(school_zone="B").starts_on == day("2026-09-21")
    assert first(school_zone="C").starts_on == day("2026-09-08")


def test_a_copy_that_is_late_is_not_promised_for_tomorrow(copy):
    LoanFactory(
        copy=copy, state="on_site", departs_on=day("2026-08-01"),
        starts_on=day("2026-08-02"), ends_on=day("2026-09-01"),
        free_on=day("2026-09-03"),
    )  # fmt: skip

    assert first().starts_on == day("2026-09-15")


def test_a_late_copy_with_another_loan_soon_stays_true(copy):
    LoanFactory(
        copy=copy, state="on_site", departs_on=day("2026-08-01"),
        starts_on=day("2026-08-02"), ends_on=day("2026-09-01"),
        free_on=day("2026-09-03"),
    )  # fmt: skip
    take(copy, "2026-09-10", "2026-09-20")

    assert first().starts_on == day("2026-09-22")


def test_a_far_host_waits_for_the_road(copy):
    near, far = first(near=LILLE), first(near=(7.75, 48.58))  # Strasbourg

    assert near.km == pytest.approx(0, abs=1)
    assert far.km > 250
    assert far.starts_on == day("2026-09-10")  # two days on the road, one of set-up


def test_the_soonest_copy_of_each_resource_is_shown_then_the_nearest(copy):
    second = CopyFactory(resource=copy.resource, depot=copy.depot)
    take(copy, "2026-09-07", "2026-12-01")
    other = CopyFactory(depot__commune__amiens=True, setup_days=0)
    LendingRules.objects.create(
        structure=other.resource.owner, notice_days=1, buffer_days=0
    )

    found = first_free(Copy.objects.all(), wish=wish(near=LILLE))

    assert [one.copy for one in found] == [second.pk, other.pk]
    assert {one.starts_on for one in found} == {day("2026-09-08")}


def test_what_is_not_in_service_is_not_shown(copy):
    Copy.objects.update(state=CopyState.BROKEN)

    assert first() is None


def test_a_copy_that_is_taken_for_ever_has_no_window(copy):
    take(copy, "2026-09-07", "2030-01-01")

    assert first() is None


@pytest.mark.parametrize("days", [0, 367])
def test_a_wish_lasts_a_day_to_a_year(days):
    with pytest.raises(ValueError, match="366"):
        wish(days=days)


@pytest.mark.parametrize("copies", [1, 3])
def test_the_answer_costs_the_same_for_one_copy_or_three(
    copies, django_assert_num_queries
):
    for _ in range(copies):
        LoanFactory()

    # copies, rules, holidays, closures, holds, late loans, school holidays
    with django_assert_num_queries(7):
        first_free(Copy.objects.all(), wish=wish(school_zone="B"))


def test_a_resource_is_lent_through_its_modules_too(copy):
    module = ResourceFactory(parent=copy.resource)
    part = CopyFactory(resource=module)

    assert set(copies_of(copy.resource)) == {copy, part}


@pytest.mark.parametrize(
    ("least", "most", "days"), [(None, None, 21), (30, None, 30), (None, 15, 15)]
)
def test_a_loan_lasts_three_weeks_within_the_limits(least, most, days):
    resource = ResourceFactory.build(
        owner=None, loan_days_min=least, loan_days_max=most
    )

    assert usual_days(resource) == days


# The page ------------------------------------------------------------------------


@pytest.fixture
def shelf():
    near = CopyFactory(
        resource__name="Nuages", resource__themes=["physics"],
        resource__surface_m2=40, depot__commune__lille=True,
    )  # fmt: skip
    far = CopyFactory(
        resource__name="Volcans", resource__kind="kit", resource__themes=["astronomy"],
        resource__surface_m2=300, resource__loan_days_max=10,
        depot__commune__amiens=True,
    )  # fmt: skip
    return near, far


def ask(client, **query):
    return client.get(reverse("circulation:free_windows"), query)


def names(response):
    return [offer.resource.name for offer in response.context["offers"]]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"duree": "7"}, {"Nuages", "Volcans"}),
        ({"duree": "21"}, {"Nuages"}),  # the other lends for ten days at most
        ({"duree": "7", "theme": "astronomy"}, {"Volcans"}),
        ({"duree": "7", "nature": "kit"}, {"Volcans"}),
        ({"duree": "7", "theme": "physics", "nature": "kit"}, set()),
        ({"duree": "sept", "du": "hier"}, {"Nuages"}),  # left out, and told
        ({"duree": "9999"}, {"Nuages"}),
        ({"duree": "7", "ecole": "on"}, {"Nuages", "Volcans"}),
    ],
)
def test_anybody_asks_what_is_free_soon(client, shelf, query, found):
    response = ask(client, **query)

    assert response.status_code == 200
    assert set(names(response)) == found


def test_each_answer_leads_to_a_request_with_its_dates(client, shelf):
    response = ask(client, duree="7", commune="Lille")
    window = response.context["offers"][0].window

    url = reverse(
        "circulation:request_new", args=[response.context["offers"][0].resource.slug]
    )
    dates = f"?debut={window.starts_on}&amp;fin={window.ends_on}"
    assert url + dates in response.content.decode()
    assert names(response) == ["Nuages", "Volcans"]


def test_what_does_not_enter_the_room_is_left_out(client, shelf):
    room = PlaceFactory(
        name="Salle des fêtes", slug="salle", host_surface_m2=100, commune__lille=True
    )
    refresh_entries([room])

    response = ask(client, duree="7", salle="salle")

    assert names(response) == ["Nuages"]
    assert response.context["offers"][0].fit == "ok"


def test_a_room_that_may_be_several_is_asked(client, shelf):
    for number in (1, 2):
        refresh_entries([PlaceFactory(name="Salle des fêtes", slug=f"salle-{number}")])

    response = ask(client, salle="Salle des fêtes")

    assert "Plusieurs lieux conviennent" in response.content.decode()


def test_a_host_brings_its_place_and_its_holidays(client, shelf):
    department = DepartmentFactory(code="59", holiday_zone="B")
    commune = CommuneFactory(insee="59777", department=department)
    host = HostFactory(kind="ecole", commune=commune, host_surface_m2=50)
    client.force_login(host.created_by)

    response = ask(client, duree="7", lieu=host.pk)

    assert response.context["school"] == department.holiday_zone
    assert names(response) == ["Nuages"]


def test_the_hosts_of_others_are_not_offered(client, shelf):
    host = HostFactory()
    client.force_login(MembershipFactory().user)

    assert ask(client, lieu=host.pk).context["host"] is None


def test_resources_that_are_not_published_are_not_shown(client, shelf):
    near, _far = shelf
    near.resource.state = "draft"
    near.resource.save()

    assert names(ask(client, duree="7")) == ["Volcans"]


def test_htmx_gets_the_results_alone(client, shelf):
    response = client.get(
        reverse("circulation:free_windows"), headers={"HX-Request": "true"}
    )

    assert "<html" not in response.content.decode()
    assert 'id="results"' in response.content.decode()


@pytest.mark.parametrize("copies", [1, 3])
def test_the_page_costs_the_same_for_one_resource_or_three(
    client, copies, django_assert_num_queries
):
    for _ in range(copies):
        LoanFactory()

    # copies, rules, holidays, closures, holds, late loans, resources
    with django_assert_num_queries(7):
        ask(client)
