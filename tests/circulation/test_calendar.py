"""Calendars and feeds: the same days for all, the reasons for the owner only."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar as Ical

from maillage.circulation.choices import HoldKind
from maillage.circulation.days import build_months, merged, months_on
from maillage.circulation.feeds import feed
from maillage.circulation.models import Closure, LendingRules, Maintenance
from maillage.circulation.services.holding import hold
from maillage.core.choices import State
from maillage.territories.models import Holiday, SchoolHoliday
from tests.factories.circulation import CopyFactory, LoanFactory
from tests.factories.directory import MembershipFactory

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 10, 1)


def day(text):
    return dt.date.fromisoformat(text)


def plain(text):
    """A text whose no-break spaces, which French wants, are plain ones."""
    return str(text).replace("\N{NO-BREAK SPACE}", " ")


@pytest.fixture
def copy():
    copy = CopyFactory(label="NUA001-1", resource__name="Nuages")
    LoanFactory(copy=copy, host__name="Médiathèque de Lens")
    return copy


def month(copies, **how):
    facts = {"first": day("2026-10-01"), "count": 1, "today": TODAY, "in_full": True}
    return build_months(copies, **(facts | how))[0]


def kinds(month):
    return {d.date.day: d.kind for d in month.days if d.kind}


def test_a_loan_is_cut_into_what_happens_each_day(copy):
    """Held from Friday 2 to Thursday 29 October, shown from the 5th to the 25th."""
    found = kinds(month([copy]))

    assert found[2] == found[3] == found[4] == "setup"  # set up on Friday, then closed
    assert {found[n] for n in range(5, 26)} == {"loan"}
    assert found[26] == "takedown"
    assert found[27] == "transport"
    assert found[28] == "buffer"
    assert {1, 29, 30, 31}.isdisjoint(found)


def test_no_day_of_a_hold_is_left_out_and_none_is_added(copy):
    days = {d.date for d in month([copy]).days if d.marks}

    assert (min(days), max(days)) == (day("2026-10-02"), day("2026-10-28"))
    assert len(days) == 27


def test_other_holds_say_what_they_are(copy):
    work = Maintenance.objects.create(
        copy=copy, starts_on=day("2026-10-29"), ends_on=day("2026-10-30"), text="Vis"
    )
    hold(copy, kind=HoldKind.MAINTENANCE, start=work.starts_on, end=work.ends_on,
         by=None, maintenance=work)  # fmt: skip
    hold(copy, kind=HoldKind.OWN_USE, start=day("2026-10-30"), end=day("2026-11-02"),
         by=None, note="Fête de la science")  # fmt: skip

    shown = month([copy])
    lines = merged(shown.spells)

    assert kinds(shown)[29] == "maintenance"
    assert kinds(shown)[31] == "own_use"
    assert [line["main"].who for line in lines] == [
        "Médiathèque de Lens", "Vis", "Fête de la science",
    ]  # fmt: skip
    assert [line["may_free"] for line in lines] == [False, False, True]


def test_closed_days_and_shuttle_are_told(copy):
    owner = copy.resource.owner
    Holiday.objects.create(day=day("2026-10-14"), name="Fête")
    Closure.objects.create(
        structure=owner, starts_on=day("2026-10-20"), ends_on=day("2026-10-22"),
        reason="Inventaire",
    )  # fmt: skip
    SchoolHoliday.objects.create(
        zone="B", school_year="2026-2027", name="Toussaint",
        starts_on=day("2026-10-17"), ends_on=day("2026-11-02"),
    )  # fmt: skip
    LendingRules.objects.create(structure=owner, shuttle_weekdays=[1])

    days = {d.date.day: d for d in month([copy]).days}

    assert "Fête" in days[14].notes
    assert not days[14].is_open
    assert days[20].notes == ["vacances scolaires", "Inventaire"]
    assert not days[20].is_open
    assert "navette" in days[13].notes
    assert not days[18].is_open  # Sunday
    assert (
        plain(days[18].text)
        == "18 octobre : prêt, ouvert au public, vacances scolaires"
    )


def test_the_public_reads_how_many_are_free(copy):
    other = CopyFactory(resource=copy.resource)
    LoanFactory(copy=other, departs_on=day("2026-10-20"), starts_on=day("2026-10-21"),
                ends_on=day("2026-11-01"), free_on=day("2026-11-03"))  # fmt: skip

    days = {d.date.day: d for d in month([copy, other], in_full=False).days}

    assert [days[n].status for n in (1, 10, 25, 30)] == ["all", "some", "none", "some"]
    assert days[10].status_label == "1 sur 2 libres"
    assert plain(days[10].text) == "10 octobre : pris"
    assert plain(days[1].text) == "1er octobre : libre"


def test_a_season_has_twelve_months_for_the_queries_of_one(
    copy, django_assert_num_queries
):
    with django_assert_num_queries(8):
        months = build_months([copy], first=TODAY, count=12, today=TODAY, in_full=True)

    assert [m.first for m in months] == [months_on(TODAY, n) for n in range(12)]
    assert months[2].first == day("2026-12-01")
    assert months[3].first == day("2027-01-01")


# Pages ---------------------------------------------------------------------------


def url(copy, name="resource_calendar"):
    return reverse(f"circulation:{name}", args=[copy.resource.slug])


def test_the_public_calendar_never_says_who(client, copy):
    html = client.get(url(copy), {"mois": "2026-10"}).content.decode()

    assert "Octobre 2026" in html
    assert "Lens" not in html
    assert copy.label not in html


def test_the_owner_reads_who_and_what(client, copy):
    client.force_login(MembershipFactory(structure=copy.resource.owner).user)

    html = client.get(url(copy), {"mois": "2026-10"}).content.decode()

    assert "Médiathèque de Lens" in html
    assert "démontage" in html


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ({"mois": "2026-10"}, "Octobre 2026"),
        ({"mois": "2026-10", "vue": "saison"}, "Douze mois à partir de octobre 2026"),
        ({"mois": "9999-99"}, None),
        ({"mois": "<script>"}, None),
        ({"mois": "0001-01"}, ""),
        ({"mois": "9999-12"}, ""),
    ],
)
def test_any_month_is_shown_and_nonsense_is_this_month(client, copy, asked, shown):
    response = client.get(url(copy), asked)

    assert response.status_code == 200
    if shown is None:
        assert response.context["first"] == timezone.localdate().replace(day=1)
    else:
        assert shown in response.content.decode()


def test_htmx_changes_the_month_alone(client, copy):
    response = client.get(
        url(copy), {"mois": "2026-10"}, headers={"HX-Request": "true"}
    )

    assert response.content.decode().lstrip().startswith('<div class="days"')


def test_a_resource_without_copies_says_so(client, copy):
    copy.state = "retired"
    copy.save()

    assert "Aucun exemplaire à prêter" in client.get(url(copy)).content.decode()


def test_the_calendar_of_a_hidden_resource_does_not_exist(client, copy):
    copy.resource.state = State.DRAFT
    copy.resource.save()

    assert client.get(url(copy)).status_code == 404
    assert client.get(url(copy, "resource_feed")).status_code == 404


# Feeds ---------------------------------------------------------------------------


def events(copy, *, in_full=True, today=TODAY):
    content = feed("Nuages", [copy], today=today, in_full=in_full)
    return {str(e["UID"]): e for e in Ical.from_ical(content).walk("VEVENT")}


def test_an_entry_keeps_its_name_and_counts_its_changes(copy, settings):
    settings.SITE_URL = "https://maillage.example"
    loan = copy.loans.get()
    uid = f"loan-{loan.pk}@maillage.example"
    before = events(copy)[uid]

    loan.sequence += 1
    loan.save()
    after = events(copy)[uid]

    assert (before["SEQUENCE"], after["SEQUENCE"]) == (0, 1)
    assert after["DTSTART"].dt == loan.departs_on
    assert after["DTEND"].dt == loan.free_on
    assert after["STATUS"] == "CONFIRMED"
    assert "Lens" in after["SUMMARY"]


def test_a_cancelled_loan_says_so_for_ninety_days(copy):
    loan = copy.loans.get()
    loan.state = "cancelled"
    loan.cancelled_at = dt.datetime(2026, 9, 20, 9, tzinfo=dt.UTC)
    loan.save()

    (event,) = events(copy).values()

    assert event["STATUS"] == "CANCELLED"
    assert event["SEQUENCE"] == 1
    assert events(copy, today=day("2026-12-18"))
    assert not events(copy, today=day("2026-12-19"))


def test_what_is_only_proposed_is_tentative(copy):
    copy.loans.update(state="proposed")

    (event,) = events(copy).values()

    assert event["STATUS"] == "TENTATIVE"


def test_the_public_feed_says_taken_and_nothing_else(client, copy):
    response = client.get(url(copy, "resource_feed"))
    text = response.content.decode()

    assert response["Content-Type"].startswith("text/calendar")
    assert "pris" in text
    assert "Lens" not in text
    assert "/prets/" not in text


def test_other_holds_are_entries_too(copy):
    hold(copy, kind=HoldKind.OWN_USE, start=day("2026-11-01"), end=day("2026-11-03"),
         by=None, note="Fête")  # fmt: skip

    full, bare = events(copy), events(copy, in_full=False)

    assert [str(e["SUMMARY"]) for e in full.values()][-1].endswith("propriétaire")
    assert {plain(e["SUMMARY"]) for e in bare.values()} == {"NUA001-1 : pris"}


def test_the_feed_of_a_copy_needs_its_secret(client, copy):
    good = client.get(reverse("circulation:copy_feed", args=[copy.feed_key]))

    assert "Lens" in good.content.decode()
    assert client.get(reverse("circulation:copy_feed", args=["x"])).status_code == 404


def test_a_feed_that_has_not_changed_is_not_sent_again(client, copy):
    address = reverse("circulation:copy_feed", args=[copy.feed_key])
    etag = client.get(address)["ETag"]

    assert client.get(address, headers={"If-None-Match": etag}).status_code == 304
    copy.loans.update(sequence=1)
    assert client.get(address, headers={"If-None-Match": etag}).status_code == 200


def test_an_owner_writes_its_rules_and_closures(client, copy):
    owner = copy.resource.owner
    client.force_login(MembershipFactory(structure=owner).user)
    address = reverse("circulation:lending_rules", args=[owner.slug])
    rules = {"notice_days": 10, "buffer_days": 2, "shuttle_weekdays": ["1", "3"],
             "km_cents": "0,75"}  # fmt: skip

    client.post(address, rules)
    client.post(address, {"closure": "1", "start": "2026-12-24", "last": "2027-01-03",
                          "text": "Noël"})  # fmt: skip
    wrong = client.post(address, rules | {"notice_days": 5000})
    twice = client.post(
        address, {"closure": "1", "start": "2026-12-26", "last": "2026-12-27"}
    )

    kept = LendingRules.objects.get()
    assert (kept.notice_days, kept.shuttle_weekdays, kept.km_cents) == (10, [1, 3], 75)
    closure = Closure.objects.get()
    assert closure.ends_on == day("2027-01-04")
    assert wrong.status_code == 422
    assert twice.status_code == 422
    client.post(reverse("circulation:closure_delete", args=[owner.slug, closure.pk]))
    assert not Closure.objects.exists()


def test_the_rules_of_others_do_not_exist(client, copy):
    client.force_login(MembershipFactory().user)
    address = reverse("circulation:lending_rules", args=[copy.resource.owner.slug])

    assert client.get(address).status_code == 404
