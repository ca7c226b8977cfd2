"""The pages of loans: who sees what, verbs by POST, mistakes, htmx, queries."""

import datetime as dt
import io

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse
from django.utils import timezone
from python_calamine import load_workbook

from maillage.circulation.choices import CopyState, LoanState
from maillage.circulation.models import Charge, Host, Loan
from tests.factories.accounts import UserFactory
from tests.factories.circulation import (
    CopyFactory,
    HostFactory,
    LoanFactory,
)
from tests.factories.directory import MembershipFactory
from tests.factories.territories import CommuneFactory

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(1)
TODAY = timezone.localdate()
HTMX = {"HX-Request": "true"}


def url(name, loan, *args):
    return reverse(f"circulation:{name}", args=[loan.pk, *args])


def a_loan(start=20, **values):
    """A loan that opens in so many days and lasts three weeks."""
    opens = TODAY + dt.timedelta(start)
    days = {
        "departs_on": opens - 3 * DAY, "starts_on": opens,
        "ends_on": opens + 21 * DAY, "free_on": opens + 24 * DAY,
    }  # fmt: skip
    return LoanFactory(**days | values)


@pytest.fixture
def loan():
    return a_loan(
        host=HostFactory(
            contact_name="Camille Dupont", contact_phone="03 20 00 00 00",
            contact_email="camille@example.org",
        ),
        fee_cents=25000, deposit_cents=50000, insurance_value_cents=1_200_000,
    )  # fmt: skip


@pytest.fixture
def owner(loan):
    return MembershipFactory(structure=loan.copy.resource.owner).user


@pytest.fixture
def borrower(loan):
    return loan.host.created_by


@pytest.fixture
def as_owner(client, owner):
    client.force_login(owner)
    return client


@pytest.fixture
def as_borrower(client, borrower):
    client.force_login(borrower)
    return client


def test_the_two_parties_read_each_other_s_contacts(client, loan, owner, borrower):
    for person in (owner, borrower, UserFactory(agency=True)):
        client.force_login(person)
        html = client.get(url("loan_detail", loan)).content.decode()
        assert "Camille Dupont" in html
        assert owner.email in html


def test_an_observer_reads_the_loan_and_no_contact_nor_paper(client, loan, owner):
    client.force_login(UserFactory(observer=True))

    html = client.get(url("loan_detail", loan)).content.decode()

    assert loan.host.name in html
    for hidden in ("Camille Dupont", owner.email, "camille@example.org", "Les papiers"):
        assert hidden not in html


def test_a_stranger_finds_nothing(client, loan):
    client.force_login(UserFactory())
    assert client.get(url("loan_detail", loan)).status_code == 404
    assert loan.host.name not in client.get("/prets/").content.decode()


@pytest.mark.parametrize(
    ("state", "current"),
    [
        (LoanState.PROPOSED, "Proposé"),
        (LoanState.CONFIRMED, "Confirmé"),
        (LoanState.DEPARTED, "Parti"),
        (LoanState.ON_SITE, "Sur place"),
        (LoanState.RETURNING, "Sur le retour"),
    ],
)
def test_the_timeline_shows_where_the_loan_is(as_owner, loan, state, current):
    Loan.objects.filter(pk=loan.pk).update(state=state)

    html = as_owner.get(url("loan_detail", loan)).content.decode()

    assert html.count('aria-current="step"') == 1
    assert f'aria-current="step"><strong>{current}</strong>' in html


def test_a_loan_is_confirmed_by_a_click(client, loan, owner, borrower):
    Loan.objects.filter(pk=loan.pk).update(state=LoanState.PROPOSED)
    for person, state in [
        (owner, LoanState.PROPOSED), (borrower, LoanState.CONFIRMED),
    ]:  # fmt: skip
        client.force_login(person)
        answer = client.post(url("loan_confirm", loan))
        assert answer["Location"] == loan.get_absolute_url()
        loan.refresh_from_db()
        assert loan.state == state


def test_a_borrower_does_not_confirm_for_the_owner(as_borrower, loan):
    Loan.objects.filter(pk=loan.pk).update(state=LoanState.PROPOSED)
    as_borrower.post(url("loan_confirm", loan), {"party": "lender"})

    loan.refresh_from_db()
    assert loan.owner_confirmed_at is None


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_cancellation_needs_a_reason(as_borrower, loan, headers):
    wrong = as_borrower.post(url("loan_cancel", loan), {"reason": " "}, headers=headers)
    assert wrong.status_code == 422
    assert ("<html" in wrong.content.decode()) is not bool(headers)

    done = as_borrower.post(
        url("loan_cancel", loan), {"reason": "Travaux"}, headers=headers
    )
    assert loan.get_absolute_url() in (done.get("HX-Redirect"), done.get("Location"))
    loan.refresh_from_db()
    assert loan.state == LoanState.CANCELLED
    assert "Travaux" in as_borrower.get(url("loan_detail", loan)).content.decode()


def test_the_life_of_a_loan_is_noted_by_hand(as_owner, loan):
    copy = loan.copy
    for moment, state in [
        ("departure", "departed"), ("arrival", "on_site"), ("leaving", "returning"),
        ("return", "returned"),
    ]:  # fmt: skip
        for _twice in range(2):
            as_owner.post(url("loan_step", loan), {"moment": moment, "on": str(TODAY)})
        loan.refresh_from_db()
        assert loan.state == state
    assert [row.payload["moment"] for row in copy.custody.order_by("received_at")] == [
        "departure", "arrival", "leaving", "return",
    ]  # fmt: skip


def test_a_step_to_come_or_that_cannot_be_is_a_mistake_on_the_page(as_owner, loan):
    ahead = {"moment": "departure", "on": str(TODAY + 3 * DAY)}
    answer = as_owner.post(url("loan_step", loan), ahead)
    assert answer.status_code == 422
    assert "pas à venir" in answer.content.decode()

    LoanFactory(
        copy=loan.copy, state=LoanState.ON_SITE, departs_on=TODAY - 40 * DAY,
        starts_on=TODAY - 38 * DAY, ends_on=TODAY - 9 * DAY, free_on=TODAY - 5 * DAY,
        host=HostFactory(name="Lycée lointain"),
    )  # fmt: skip
    answer = as_owner.post(
        url("loan_step", loan), {"moment": "departure", "on": str(TODAY)}
    )
    assert answer.status_code == 422
    assert "Lycée lointain" in answer.content.decode()


def test_a_loan_says_that_its_copy_is_not_back(as_borrower, loan):
    words = "pas encore rentré du prêt précédent"
    assert words not in as_borrower.get(url("loan_detail", loan)).content.decode()
    before = a_loan(start=-40, copy=loan.copy, state=LoanState.ON_SITE)

    assert words in as_borrower.get(url("loan_detail", loan)).content.decode()

    Loan.objects.filter(pk=before.pk).update(state=LoanState.RETURNED)
    assert words not in as_borrower.get(url("loan_detail", loan)).content.decode()


def test_a_copy_out_of_service_until_a_day_comes_back_earlier_by_a_click(
    as_owner, loan
):
    page = reverse("circulation:copy_break", args=[loan.copy.label])
    back = reverse("circulation:copy_mend", args=[loan.copy.label])
    assert back not in as_owner.get(page).content.decode()
    last = TODAY + 4 * DAY
    as_owner.post(page, {"reason": "x", "last_day": str(last), "apply": "1"})

    assert back in as_owner.get(page).content.decode()
    as_owner.post(back)
    assert back not in as_owner.get(page).content.decode()
    assert loan.copy.holds.get().loan == loan


def test_a_host_asks_for_longer_and_the_owner_grants_it(client, loan, owner, borrower):
    wished = loan.ends_on + 6 * DAY
    client.force_login(borrower)
    client.post(url("loan_extend", loan), {"last_day": str(wished)})
    loan.refresh_from_db()
    assert loan.asked_until == wished + DAY
    assert loan.ends_on < wished

    client.force_login(owner)
    page = client.get(url("loan_detail", loan)).content.decode()
    assert f'name="last_day" value="{wished}"' in page
    client.post(url("loan_extend", loan), {"last_day": str(wished)})
    loan.refresh_from_db()
    assert (loan.ends_on, loan.asked_until) == (wished + DAY, None)


def test_an_extension_into_the_next_loan_is_explained(as_owner, loan):
    LoanFactory(
        copy=loan.copy, departs_on=loan.free_on + DAY, starts_on=loan.free_on + 4 * DAY,
        ends_on=loan.free_on + 9 * DAY, free_on=loan.free_on + 12 * DAY,
    )  # fmt: skip
    answer = as_owner.post(
        url("loan_extend", loan), {"last_day": str(loan.ends_on + 30 * DAY)}
    )
    assert answer.status_code == 422
    assert "attendu ailleurs" in answer.content.decode()


def test_dates_in_the_wrong_order_are_a_mistake(as_owner, loan):
    answer = as_owner.post(
        url("loan_move", loan),
        {"first_day": str(TODAY + 50 * DAY), "last_day": str(TODAY + 40 * DAY)},
        headers=HTMX,
    )
    assert answer.status_code == 422
    assert "<html" not in answer.content.decode()


def test_an_exchange_is_shown_with_its_kilometres_then_made(as_owner, loan, owner):
    loan.copy.depot.commune = CommuneFactory(amiens=True)
    loan.copy.depot.save()
    after = LoanFactory(
        copy=loan.copy, host=HostFactory(commune=loan.host.commune),
        departs_on=loan.free_on + 5 * DAY, starts_on=loan.free_on + 12 * DAY,
        ends_on=loan.free_on + 20 * DAY, free_on=loan.free_on + 25 * DAY,
    )  # fmt: skip

    shown = as_owner.get(url("loan_exchange", after)).content.decode()
    assert loan.host.name in shown
    assert " km" in shown

    as_owner.post(url("loan_exchange", after))
    after.refresh_from_db()
    assert after.comes_from == loan
    as_owner.post(url("loan_exchange", after), {"undo": "1"})
    after.refresh_from_db()
    assert after.comes_from is None


def test_the_certificate_is_for_the_two_parties_and_the_agency(client, loan, owner):
    loan.insurance_file.save("secret.pdf", ContentFile(b"%PDF-secret"))
    for person, status in [
        (owner, 200), (loan.host.created_by, 200), (UserFactory(agency=True), 200),
        (UserFactory(observer=True), 404), (UserFactory(), 404),
    ]:  # fmt: skip
        client.force_login(person)
        answer = client.get(url("loan_certificate", loan))
        assert answer.status_code == status
        if status == 200:
            assert answer["Cache-Control"] == "private, no-store"
            assert b"".join(answer.streaming_content) == b"%PDF-secret"
        # The address of public files does not serve it to anybody.
        assert client.get(f"/fichiers/{loan.insurance_file.name}").status_code == 404


def test_a_certificate_that_is_no_picture_is_a_mistake_beside_its_field(
    as_borrower, loan
):
    answer = as_borrower.post(
        url("loan_insurance", loan),
        {"file": ContentFile(b"MZ nothing", name="a.exe"), "until": "2030-01-01"},
    )
    assert answer.status_code == 422
    assert 'href="#id_file"' in answer.content.decode()


def test_lines_are_written_invoiced_and_paid(as_owner, loan):
    page = url("loan_charges", loan)
    as_owner.post(url("loan_first_lines", loan))
    as_owner.post(page, {"kind": "rebate", "text": "Fidélité", "cents": "50"})
    wrong = as_owner.post(page, {"kind": "fee", "text": "", "cents": "x"})
    assert wrong.status_code == 422
    line = Charge.objects.get(kind="rebate")
    shown = as_owner.get(url("charge_edit", loan, line.pk)).content.decode()
    assert 'value="-50"' in shown
    as_owner.post(
        url("charge_edit", loan, line.pk),
        {"kind": "rebate", "text": "Fidélité", "cents": "-60,50"},
    )
    extra = Charge.objects.create(loan=loan, kind="other", text="x", cents=100)
    as_owner.post(url("charge_delete", loan, extra.pk))

    as_owner.post(url("loan_bill", loan))
    as_owner.post(url("loan_payment", loan, f"{TODAY.year}-0001"), {"on": str(TODAY)})

    rows = list(loan.charges.values_list("cents", "invoice_number", "paid_on"))
    assert rows == [
        (25000, f"{TODAY.year}-0001", TODAY), (-6050, f"{TODAY.year}-0001", TODAY),
    ]  # fmt: skip
    pdf = as_owner.get(url("loan_invoice", loan, f"{TODAY.year}-0001"))
    assert pdf.content.startswith(b"%PDF-")
    assert as_owner.get(url("charge_edit", loan, line.pk)).status_code == 404


def test_a_paper_is_noted_and_taken_back(as_owner, loan):
    for value, kept in [(str(TODAY), TODAY), ("hier", TODAY), ("", None)]:
        as_owner.post(url("loan_paper", loan, "convention"), {"on": value})
        loan.refresh_from_db()
        assert loan.agreement_signed_on == kept
    assert as_owner.post(url("loan_paper", loan, "autre")).status_code == 404


# The list ----------------------------------------------------------------------


def test_the_list_has_a_side_for_what_i_lend_and_one_for_what_i_borrow(
    as_owner, loan, owner
):
    mine = a_loan(host=HostFactory(name="Chez moi", created_by=owner))
    lent = as_owner.get("/prets/").content.decode()
    borrowed = as_owner.get("/prets/?cote=borrowed").content.decode()

    assert loan.host.name in lent
    assert mine.host.name not in lent
    assert mine.host.name in borrowed


def test_what_waits_comes_first_the_most_pressing_on_top(as_owner, loan):
    copies = [CopyFactory(resource=loan.copy.resource) for _ in range(3)]
    a_loan(start=-40, copy=copies[0], state=LoanState.ON_SITE)
    a_loan(start=60, copy=copies[1], state=LoanState.PROPOSED)
    a_loan(start=5, copy=copies[2], agreement_signed_on=TODAY)

    tasks = as_owner.get("/prets/").context["to_do"]

    assert [task.code for task in tasks] == ["overdue", "confirm", "depart", "papers"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"a", "b"}),
        ("etat=all", {"a", "b", "c"}),
        ("etat=returned", {"c"}),
        ("etat=late", {"b"}),
        ("q=lens", {"a"}),
        ("q=lens+nulle-part", set()),
        (f"du={TODAY + dt.timedelta(10)}", {"a"}),
        (f"au={TODAY}", {"b"}),
        ("du=hier&etat=nouveau", {"a", "b"}),  # what cannot be read filters nothing
    ],
)
def test_the_list_is_filtered_by_its_address(as_owner, loan, query, found):
    Loan.objects.filter(pk=loan.pk).delete()
    copies = [CopyFactory(resource=loan.copy.resource) for _ in range(3)]
    rows = {
        "a": a_loan(20, copy=copies[0], host=HostFactory(name="Collège de Lens")),
        "b": a_loan(-40, copy=copies[1], state=LoanState.ON_SITE),
        "c": a_loan(-90, copy=copies[2], state=LoanState.RETURNED),
    }

    page = as_owner.get(f"/prets/?{query}", headers=HTMX)

    shown = {row.pk for row in page.context["page_obj"]}
    assert shown == {rows[name].pk for name in found}
    assert "<html" not in page.content.decode()


@pytest.mark.parametrize("form", ["csv", "xlsx", "ods"])
def test_the_list_is_downloaded_as_filtered(as_owner, loan, form):
    Host.objects.filter(pk=loan.host_id).update(name="=CMD()")

    answer = as_owner.get(f"/prets/prets.{form}?etat=confirmed")

    assert f".{form}" in answer["Content-Disposition"]
    if form == "csv":
        text = answer.content.decode("utf-8-sig")
        assert f"{loan.reference};" in text
        assert "'=CMD()" in text
        assert "Camille" not in text
    else:
        book = load_workbook(io.BytesIO(answer.content))
        head, row = book.get_sheet_by_index(0).to_python()
        told = dict(zip(head, row, strict=True))
        assert (told["pret"], told["lieu"]) == (loan.reference, "'=CMD()")
        assert (told["depart"], told["km"]) == (loan.departs_on, loan.km)


@pytest.mark.parametrize("number", [1, 4])
def test_the_list_costs_the_same_for_one_loan_or_four(
    client, number, django_assert_max_num_queries
):
    owner = UserFactory(agency=True)
    for extra in range(number):
        a_loan(start=10 + extra, state=LoanState.PROPOSED)
    client.force_login(owner)
    with django_assert_max_num_queries(9):
        assert client.get("/prets/").status_code == 200


@pytest.mark.parametrize("lines", [1, 4])
def test_a_loan_costs_the_same_for_one_line_or_four(
    as_owner, loan, lines, django_assert_max_num_queries
):
    for _line in range(lines):
        Charge.objects.create(loan=loan, kind="fee", text="x", cents=1)
    with django_assert_max_num_queries(24):
        assert as_owner.get(url("loan_detail", loan)).status_code == 200


# The week ----------------------------------------------------------------------


def test_the_week_says_what_moves_on_which_day(as_owner, loan):
    html = as_owner.get(f"/prets/semaine/?jour={loan.departs_on}")

    days = {day.date: day.owners for day in html.context["days"]}
    assert [*days] == [loan.departs_on]
    (group,) = days[loan.departs_on]
    assert [(m.loan.pk, m.is_departure) for m in group.moves] == [(loan.pk, True)]
    assert "Camille Dupont" in html.content.decode()


def test_a_week_without_a_move_says_so_once(as_owner, loan):
    html = as_owner.get(f"/prets/semaine/?jour={loan.departs_on - 70 * DAY}")

    assert html.context["days"] == []
    assert html.content.decode().count("Aucun trajet") == 1


def test_a_loan_that_is_over_asks_for_no_paper_of_before_it(as_owner, loan):
    Loan.objects.filter(pk=loan.pk).update(deposit_cents=5000)
    assert "Caution reçue" in as_owner.get(loan.get_absolute_url()).content.decode()

    Loan.objects.filter(pk=loan.pk).update(state=LoanState.RETURNED)
    html = as_owner.get(loan.get_absolute_url()).content.decode()

    assert "Caution reçue" not in html
    assert "Scanner les caisses" not in html


def test_the_week_hides_contacts_from_observers(client, loan):
    client.force_login(UserFactory(observer=True))
    html = client.get(f"/prets/semaine/?jour={loan.departs_on}").content.decode()
    assert loan.host.name in html
    assert "Camille Dupont" not in html


def test_a_copy_that_goes_on_directly_is_fetched_at_the_host_before(as_owner, loan):
    after = LoanFactory(
        copy=loan.copy, comes_from=loan, departs_on=loan.free_on,
        starts_on=loan.free_on + 3 * DAY, ends_on=loan.free_on + 9 * DAY,
        free_on=loan.free_on + 12 * DAY,
    )  # fmt: skip
    found = []
    for week in range(8):
        shown = as_owner.get(f"/prets/semaine/?jour={loan.departs_on + week * 7 * DAY}")
        found += [
            move
            for day in shown.context["days"]
            for group in day.owners
            for move in group.moves
        ]

    assert [(m.loan, m.is_departure) for m in found] == [
        (loan, True), (after, True), (after, False),
    ]  # fmt: skip
    assert found[1].origin == loan.host


def test_a_day_that_cannot_be_read_shows_this_week(as_owner):
    answer = as_owner.get("/prets/semaine/?jour=demain")
    assert answer.context["monday"] <= TODAY < answer.context["monday"] + 7 * DAY


# Breakdowns and panels ---------------------------------------------------------


def test_a_breakdown_is_seen_before_it_is_done(as_owner, loan):
    page = reverse("circulation:copy_break", args=[loan.copy.label])
    seen = as_owner.post(page, {"reason": "Écran cassé"}, headers=HTMX)
    assert "Ce qui va se passer" in seen.content.decode()
    assert loan.host.name in seen.content.decode()
    loan.refresh_from_db()
    assert loan.state == LoanState.CONFIRMED

    as_owner.post(page, {"reason": "Écran cassé", "apply": "1"})
    loan.refresh_from_db()
    loan.copy.refresh_from_db()
    assert (loan.state, loan.copy.state) == (LoanState.CANCELLED, CopyState.BROKEN)

    as_owner.post(reverse("circulation:copy_mend", args=[loan.copy.label]))
    loan.copy.refresh_from_db()
    assert loan.copy.state == CopyState.IN_SERVICE


def test_my_space_names_the_loans_that_wait_for_me(as_borrower, loan):
    Loan.objects.filter(pk=loan.pk).update(state=LoanState.PROPOSED)
    html = as_borrower.get("/mon-espace/").content.decode()
    assert loan.get_absolute_url() in html


def test_the_agency_s_desk_names_what_is_late(client, loan):
    late = a_loan(start=-40, state=LoanState.ON_SITE)
    client.force_login(UserFactory(agency=True))
    html = client.get("/agence/").content.decode()
    assert late.get_absolute_url() in html
    assert loan.get_absolute_url() not in html


def test_the_public_reads_where_a_structure_tours_and_nothing_private(client, loan):
    page = loan.copy.resource.owner.get_absolute_url()
    assert "Ses expositions en tournée" not in client.get(page).content.decode()
    shown = a_loan(
        start=-3, state=LoanState.ON_SITE,
        copy=CopyFactory(resource=loan.copy.resource),
        host=HostFactory(name="École secrète"),
    )  # fmt: skip

    html = client.get(page).content.decode()

    assert "Ses expositions en tournée" in html
    assert "en ce moment à Lille" in html
    assert shown.host.name not in html
    assert shown.get_absolute_url() not in html


def test_a_cancelled_loan_leads_to_what_is_free(as_borrower, loan):
    CopyFactory(resource=loan.copy.resource, depot=loan.copy.depot)
    Loan.objects.filter(pk=loan.pk).update(state=LoanState.CANCELLED)
    loan.hold.delete()

    html = as_borrower.get(url("loan_alternatives", loan)).content.decode()

    assert loan.copy.resource.get_absolute_url() in html
    assert f"?debut={loan.starts_on:%Y-%m-%d}&amp;fin={loan.ends_on:%Y-%m-%d}" in html
    assert "la même, mêmes dates" in html
