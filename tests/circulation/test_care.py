import datetime as dt
import io

import pytest
from django.urls import reverse
from python_calamine import load_workbook

from maillage.catalogue.models import RevenueKey
from maillage.circulation.choices import CopyState, LoanState, Severity
from maillage.circulation.models import (
    Attendance,
    Charge,
    Expense,
    Hold,
    Incident,
    Maintenance,
)
from maillage.circulation.services import attendance, care, money, wear
from maillage.core.errors import Refused
from maillage.core.models import Mail
from tests.factories.accounts import UserFactory
from tests.factories.circulation import (
    ComponentFactory,
    CopyFactory,
    HostFactory,
    LoanFactory,
)
from tests.factories.directory import MembershipFactory, StructureFactory

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 11, 22)
NOW = dt.datetime(2026, 11, 22, 9, tzinfo=dt.UTC)


@pytest.fixture
def copy():
    return CopyFactory(days_between_maintenances=60, expected_life_days=400)


@pytest.fixture
def owner(copy):
    return MembershipFactory(structure=copy.resource.owner).user


def past(copy, start, days=21, **values):
    start = dt.date.fromisoformat(start)
    return LoanFactory(
        copy=copy, state=LoanState.RETURNED, departs_on=start - dt.timedelta(1),
        starts_on=start, ends_on=start + dt.timedelta(days),
        free_on=start + dt.timedelta(days + 2), **values,
    )  # fmt: skip


# Wear


def test_counters_add_up_what_the_loans_were(copy):
    one = past(copy, "2026-01-05", km=120)
    past(copy, "2026-03-02", days=14, km=80)
    LoanFactory(copy=copy, state=LoanState.CANCELLED, km=999)
    Attendance.objects.create(loan=one, pupils=200, public=50, declared_at=NOW)

    counts = wear.wear_of([copy], today=TODAY)[0].counts
    assert (counts.days, counts.setups, counts.visitors, counts.km) == (35, 2, 250, 200)


def test_a_loan_under_way_counts_up_to_today(copy):
    LoanFactory(
        copy=copy, state=LoanState.ON_SITE, departs_on=dt.date(2026, 11, 10),
        starts_on=dt.date(2026, 11, 12), ends_on=dt.date(2026, 12, 12),
        free_on=dt.date(2026, 12, 14),
    )  # fmt: skip
    assert wear.wear_of([copy], today=TODAY)[0].counts.days == 10


def test_a_piece_that_was_replaced_begins_again(copy):
    past(copy, "2026-01-05")
    past(copy, "2026-06-01", days=7)
    old = ComponentFactory(copy=copy)
    new = ComponentFactory(copy=copy, renewed_on=dt.date(2026, 4, 1))
    Incident.objects.create(
        copy=copy, component=new, noticed_on=dt.date(2026, 1, 8),
        severity=Severity.MAJOR, text="Fendu",
    )  # fmt: skip

    parts = {p.component: p for p in wear.wear_of([copy], today=TODAY)[0].components}
    assert parts[old].counts.days == 28
    assert parts[new].counts.days == 7
    assert parts[new].life.knocks == 0  # it was of the piece that is gone


def test_what_breaks_brings_the_end_of_life_nearer(copy):
    for month in range(1, 7):
        past(copy, f"2026-0{month}-02")
    piece, other = ComponentFactory(copy=copy), ComponentFactory(copy=copy)
    for severity in (Severity.MINOR, Severity.MAJOR):
        Incident.objects.create(
            copy=copy,
            component=piece,
            noticed_on=TODAY,
            severity=severity,
            text="Cassé",
        )

    parts = {p.component: p for p in wear.wear_of([copy], today=TODAY)[0].components}
    assert parts[piece].life.knocks == 3
    assert parts[piece].life.ends_on[1] < parts[other].life.ends_on[1]
    low, median, high = parts[other].life.ends_on
    assert low < median < high


def test_a_total_breakdown_ends_the_life(copy):
    piece = ComponentFactory(copy=copy, value_cents=10_000, quantity=2)
    Incident.objects.create(
        copy=copy,
        component=piece,
        noticed_on=TODAY,
        severity=Severity.TOTAL,
        text="Brûlé",
    )
    found = wear.renewal([copy], year=2026, today=TODAY)

    assert [line.component for line in found.lines] == [piece]
    assert found.cents == 20_000
    assert found.fund_cents == 20_000


def test_maintenance_falls_due_and_starts_again_when_it_is_done(copy, owner):
    for month in ("01", "03", "05"):
        past(copy, f"2026-{month}-02")
    assert wear.wear_of([copy], today=TODAY)[0].is_maintenance_due

    work = care.plan_maintenance(
        copy, start=TODAY, end=TODAY + dt.timedelta(5), text="Révision",
        is_repair=False, by=owner,
    )  # fmt: skip
    care.end_maintenance(work, on=TODAY, cost_cents=5_000, by=owner)

    after = wear.wear_of([copy], today=TODAY)[0]
    assert after.since_maintenance == 0
    assert not after.is_maintenance_due
    assert Expense.objects.get().cents == 5_000


def test_wear_costs_the_same_for_one_copy_or_three(copy, django_assert_num_queries):
    for copies in ([copy], [copy, CopyFactory(), CopyFactory()]):
        for one in copies[1:]:
            past(one, "2026-01-05")
            ComponentFactory(copy=one)
        with django_assert_num_queries(4):
            wear.wear_of(copies, today=TODAY)


# Care


@pytest.mark.parametrize(
    ("start", "end", "code"),
    [(20, 10, "order"), (1, 12, "taken"), (-60, -50, None), (200, 210, None)],
)
def test_work_takes_days_that_are_free(copy, owner, start, end, code):
    LoanFactory(
        copy=copy, departs_on=TODAY + dt.timedelta(5), starts_on=TODAY + dt.timedelta(6),
        ends_on=TODAY + dt.timedelta(16), free_on=TODAY + dt.timedelta(18),
    )  # fmt: skip

    def plan():
        return care.plan_maintenance(
            copy, start=TODAY + dt.timedelta(start), end=TODAY + dt.timedelta(end),
            text="", is_repair=False, by=owner,
        )  # fmt: skip

    if code:
        with pytest.raises(Refused) as no:
            plan()
        assert no.value.code == code
        assert not Maintenance.objects.exists()
    else:
        assert plan().hold.copy == copy


def test_a_repair_puts_the_copy_back_into_service_and_frees_its_days(copy, owner):
    copy.state = CopyState.BROKEN
    copy.save()
    work = care.plan_maintenance(
        copy, start=TODAY, end=TODAY + dt.timedelta(30), text="Soudure",
        is_repair=True, by=owner,
    )  # fmt: skip
    care.end_maintenance(work, on=TODAY + dt.timedelta(3), cost_cents=None, by=owner)

    copy.refresh_from_db()
    assert copy.state == CopyState.IN_SERVICE
    assert Hold.objects.get().ends_on == TODAY + dt.timedelta(4)
    with pytest.raises(Refused) as no:
        care.end_maintenance(work, on=TODAY, cost_cents=None, by=owner)
    assert no.value.code == "closed"


def test_cancelled_work_gives_its_days_back(copy, owner):
    work = care.plan_maintenance(
        copy,
        start=TODAY,
        end=TODAY + dt.timedelta(5),
        text="",
        is_repair=False,
        by=owner,
    )
    care.cancel_maintenance(work, by=owner)
    assert not Hold.objects.exists()


def test_a_stranger_cares_for_nothing(copy):
    stranger = UserFactory()
    for call in (
        lambda: care.report_incident(
            copy, by=stranger, noticed_on=TODAY, severity="minor"
        ),
        lambda: care.renew_component(
            ComponentFactory(copy=copy), on=TODAY, cost_cents=None, by=stranger
        ),
        lambda: money.note_expense(
            copy.resource, by=stranger, kind="other", spent_on=TODAY, cents=1
        ),
        lambda: money.set_keys(copy.resource, parts=[], by=stranger),
    ):
        with pytest.raises(Refused) as no:
            call()
        assert no.value.code == "forbidden"


def test_an_incident_is_mended_once(copy, owner):
    incident = care.report_incident(
        copy, by=owner, noticed_on=TODAY, severity=Severity.MINOR, text="Rayure"
    )
    care.mend_incident(incident, on=TODAY, cost_cents=1_200, by=owner)
    with pytest.raises(Refused) as no:
        care.mend_incident(incident, on=TODAY, cost_cents=1_200, by=owner)
    assert no.value.code == "mended"
    assert Expense.objects.count() == 1


# Money


def account(copy):
    return money.accounts(
        [copy.resource], start=dt.date(2026, 1, 1), end=dt.date(2027, 1, 1), today=TODAY
    )[0]


def test_the_account_adds_up(copy):
    loan = past(copy, "2026-01-05")
    cancelled = LoanFactory(copy=copy, state=LoanState.CANCELLED)
    Charge.objects.create(loan=loan, kind="fee", text="Location", cents=30_000)
    Charge.objects.create(loan=loan, kind="rebate", text="Remise", cents=-5_000)
    Charge.objects.create(loan=cancelled, kind="fee", text="Location", cents=99_999)
    for kind, cents in (("production", 100_000), ("transport", 5_000)):
        Expense.objects.create(
            resource=copy.resource, kind=kind, spent_on=dt.date(2026, 2, 1), cents=cents
        )
    Expense.objects.create(
        resource=copy.resource, kind="storage", spent_on=dt.date(2025, 2, 1), cents=7
    )
    Attendance.objects.create(loan=loan, public=500, declared_at=NOW)
    found = account(copy)

    assert found.income_cents == 25_000
    assert found.cost_cents == 105_000
    assert found.balance_cents == -80_000
    assert found.cost_a_visitor_cents == 210
    assert found.break_even_loans == 5  # 100 000 once, 20 000 left of each loan


def test_no_break_even_where_a_loan_costs_more_than_it_brings(copy):
    past(copy, "2026-01-05")
    Expense.objects.create(
        resource=copy.resource, kind="transport", spent_on=dt.date(2026, 2, 1), cents=1
    )
    assert account(copy).break_even_loans is None


def test_partners_share_every_cent(copy):
    loan = past(copy, "2026-01-05")
    Charge.objects.create(loan=loan, kind="fee", text="Location", cents=10_000)
    partners = [copy.resource.owner, StructureFactory(), StructureFactory()]
    for partner in partners:
        RevenueKey.objects.create(resource=copy.resource, structure=partner, parts=1)
    found = account(copy)

    assert sorted(share.cents for share in found.shares) == [3_333, 3_333, 3_334]
    assert sum(cents for _who, cents in money.by_partner([found])) == 10_000


@pytest.mark.parametrize(
    ("parts", "code"), [([2, 0], "parts"), ([1, 1], "twice"), ([3, 1], None)]
)
def test_keys_are_checked_together(copy, owner, parts, code):
    other = copy.resource.owner if code == "twice" else StructureFactory()
    pairs = list(zip([copy.resource.owner, other], parts, strict=True))
    if code:
        with pytest.raises(Refused) as no:
            money.set_keys(copy.resource, parts=pairs, by=owner)
        assert no.value.code == code
    else:
        money.set_keys(copy.resource, parts=pairs, by=owner)
        assert copy.resource.revenue_keys.count() == 2


# Attendance


def test_hosts_are_asked_once_and_once_more(copy):
    host = HostFactory(contact_email="accueil@exemple.fr")
    end = TODAY - dt.timedelta(10)
    loan = past(copy, (end - dt.timedelta(21)).isoformat(), host=host)

    def sent(days):
        return attendance.remind(today=TODAY + dt.timedelta(days), now=NOW)

    assert [sent(0), sent(0), sent(5), sent(21), sent(22), sent(60)] == [
        1,
        0,
        0,
        1,
        0,
        0,
    ]
    assert Mail.objects.count() == 2
    Attendance.objects.create(loan=loan, public=3, declared_at=NOW)
    assert not attendance.missing(today=TODAY).exists()


@pytest.mark.parametrize(
    ("state", "start", "code"),
    [("returned", 0, None), ("cancelled", 0, "cancelled"), ("confirmed", 90, "early")],
)
def test_figures_are_of_loans_that_took_place(copy, state, start, code):
    loan = past(copy, "2026-10-05")
    loan.state = state
    loan.starts_on += dt.timedelta(start)
    loan.ends_on += dt.timedelta(start)
    loan.free_on += dt.timedelta(start)
    loan.save()

    def declare():
        return attendance.declare(
            loan, by=loan.host.created_by, now=NOW, today=TODAY, pupils=3, public=4
        )

    if code:
        with pytest.raises(Refused) as no:
            declare()
        assert no.value.code == code
    else:
        assert declare().total == 7
        declare()  # a second time corrects, and adds nothing
        assert Attendance.objects.count() == 1


def test_the_observatory_reads_people_by_commune(copy):
    one = past(copy, "2026-01-05")
    past(copy, "2026-03-05", host=HostFactory(commune=one.host.commune))
    Attendance.objects.create(loan=one, pupils=30, public=12, declared_at=NOW)
    found = attendance.figures(start=dt.date(2026, 1, 1), end=dt.date(2027, 1, 1))

    assert found == [
        {
            "commune": one.host.commune_id, "loans": 2, "declared": 1,
            "pupils": 30, "public": 12,
        }
    ]  # fmt: skip


# Pages


def test_an_owner_follows_wear_from_incident_to_repair(client, copy, owner):
    client.force_login(owner)
    label = copy.label
    page = client.get(reverse("circulation:copy_wear", args=[label]))
    assert page.status_code == 200

    new = reverse("circulation:incident_new", args=[label])
    wrong = client.post(new, {"severity": "minor"})
    assert wrong.status_code == 422
    done = client.post(
        new,
        {"noticed_on": "2026-11-20", "severity": "major", "text": "Fixation cassée"},
    )
    assert done.status_code == 302
    incident = Incident.objects.get()
    client.post(
        reverse("circulation:incident_mend", args=[incident.pk]),
        {"on": "2026-11-21", "cost_cents": "45"},
    )
    incident.refresh_from_db()
    assert (incident.mended_on, incident.cost_cents) == (dt.date(2026, 11, 21), 4_500)


def test_pages_of_others_do_not_exist(client, copy):
    loan = past(copy, "2026-01-05")
    client.force_login(UserFactory())
    for name, args in (
        ("copy_wear", [copy.label]),
        ("incident_new", [copy.label]),
        ("maintenance_new", [copy.label]),
        ("resource_report", [copy.resource.slug]),
        ("owner_report", [copy.resource.owner.slug]),
        ("expense_new", [copy.resource.slug]),
        ("revenue_keys", [copy.resource.slug]),
        ("attendance_edit", [loan.pk]),
    ):
        assert (
            client.get(reverse(f"circulation:{name}", args=args)).status_code == 404
        ), name


def test_the_reports_show_the_money_to_the_owner(client, copy, owner):
    loan = past(copy, "2026-01-05")
    Charge.objects.create(loan=loan, kind="fee", text="Location", cents=123_400)
    client.force_login(owner)

    for name, slug in (
        ("resource_report", copy.resource.slug),
        ("owner_report", copy.resource.owner.slug),
    ):
        url = reverse(f"circulation:{name}", args=[slug])
        for query in ("", "?annee=2026", "?annee=nul"):
            assert "1\u202f234\xa0€" in client.get(url + query).content.decode(), name
    table = client.get(url + "?format=csv")
    assert "1234" in table.content.decode("utf-8-sig")
    book = load_workbook(io.BytesIO(client.get(url + "?format=ods").content))
    assert 1234 in book.get_sheet_by_index(0).to_python()[1]
    assert "format=ods" in client.get(url).content.decode()


def test_expenses_come_and_go(client, copy, owner):
    client.force_login(owner)
    url = reverse("circulation:expense_new", args=[copy.resource.slug])
    values = {"kind": "storage", "spent_on": "2026-03-01", "cents": "0"}
    assert client.post(url, values).status_code == 422
    assert client.post(url, values | {"cents": "12,50"}).status_code == 302
    expense = Expense.objects.get()
    assert expense.cents == 1_250
    client.post(reverse("circulation:expense_delete", args=[expense.pk]))
    assert not Expense.objects.exists()


def test_keys_are_set_on_one_page(client, copy, owner):
    partner = StructureFactory()
    client.force_login(owner)
    url = reverse("circulation:revenue_keys", args=[copy.resource.slug])
    values = {
        "keys-TOTAL_FORMS": 3, "keys-INITIAL_FORMS": 0,
        "keys-0-structure": copy.resource.owner.pk, "keys-0-parts": 2,
        "keys-1-structure": partner.pk, "keys-1-parts": 1,
        "keys-2-structure": "", "keys-2-parts": "",
    }  # fmt: skip
    assert client.get(url).status_code == 200
    assert client.post(url, values | {"keys-1-parts": ""}).status_code == 422
    assert client.post(url, values).status_code == 302
    assert copy.resource.revenue_keys.count() == 2


def test_a_host_says_who_came(client, copy):
    loan = past(copy, "2026-01-05")
    client.force_login(loan.host.created_by)
    url = reverse("circulation:attendance_edit", args=[loan.pk])
    values = {"pupils": "120", "classes": "5", "public": "80", "guided_tours": "6"}
    assert client.get(url).status_code == 200
    assert client.post(url, values | {"pupils": "-3"}).status_code == 422
    assert client.post(url, values).status_code == 302
    assert loan.attendance.total == 200


def test_the_renewal_list_is_of_ones_own_copies(client, copy, owner):
    piece = ComponentFactory(copy=copy, value_cents=10_000, name="Dôme gonflable")
    Incident.objects.create(
        copy=copy,
        component=piece,
        noticed_on=TODAY,
        severity=Severity.TOTAL,
        text="Percé",
    )
    url = reverse("circulation:renewal_list")
    client.force_login(owner)
    assert "Dôme gonflable" in client.get(url).content.decode()
    client.force_login(UserFactory())
    assert "Dôme gonflable" not in client.get(url).content.decode()
