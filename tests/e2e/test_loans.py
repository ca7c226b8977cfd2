"""Loans in a browser: what waits, the life of a loan, a breakdown seen before."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from maillage.circulation.choices import LoanState
from maillage.circulation.models import Loan
from tests.factories.circulation import CopyFactory, LoanFactory
from tests.factories.directory import MembershipFactory

DAY = dt.timedelta(1)


@pytest.fixture
def loan():
    opens = timezone.localdate() + 4 * DAY
    return LoanFactory(
        departs_on=opens - 3 * DAY, starts_on=opens, ends_on=opens + 21 * DAY,
        free_on=opens + 24 * DAY, insurance_value_cents=1_200_000, deposit_cents=50000,
        fee_cents=25000,
    )  # fmt: skip


@pytest.fixture
def owner(loan):
    return MembershipFactory(structure=loan.copy.resource.owner).user


@pytest.mark.parametrize("name", ["list", "week", "detail", "charges", "break"])
def test_the_pages_of_loans_have_no_fault(
    screen, live_server, loan, owner, sign_in, faults, name
):
    sign_in(screen, owner)
    address = {
        "list": reverse("circulation:loan_list"),
        "week": f"{reverse('circulation:loan_week')}?jour={loan.departs_on}",
        "detail": loan.get_absolute_url(),
        "charges": reverse("circulation:loan_charges", args=[loan.pk]),
        "break": reverse("circulation:copy_break", args=[loan.copy.label]),
    }[name]

    screen.goto(live_server.url + address)

    assert faults(screen) == []


def test_a_loan_goes_through_its_life_without_javascript(
    plain, live_server, loan, owner, sign_in
):
    sign_in(plain, owner)
    plain.goto(live_server.url + loan.get_absolute_url())

    for button, state in [
        ("Noter le départ", "en route"),
        ("Noter l’arrivée", "sur place"),
        ("Noter que l’exemplaire repart", "sur le retour"),
        ("Noter le retour", "rendu"),
    ]:
        plain.get_by_role("button", name=button).click()
        expect(plain.locator(".page-head .badge").first).to_have_text(state)


def test_a_list_is_filtered_in_place(page, live_server, loan, owner, sign_in):
    other = LoanFactory(
        copy=CopyFactory(resource=loan.copy.resource), state=LoanState.RETURNED
    )
    sign_in(page, owner)
    page.goto(live_server.url + reverse("circulation:loan_list"))
    table = page.locator(".loan-table")
    expect(table.get_by_text(loan.host.name)).to_be_visible()

    page.get_by_label("État").select_option("returned")

    expect(table.get_by_text(other.host.name)).to_be_visible()
    expect(table.get_by_text(loan.host.name)).to_have_count(0)
    assert "etat=returned" in page.url


def test_a_mistake_stays_on_the_page_with_what_was_typed(
    page, live_server, loan, owner, sign_in
):
    sign_in(page, owner)
    page.goto(live_server.url + reverse("circulation:loan_move", args=[loan.pk]))
    page.get_by_label("Premier jour").fill("2031-03-20")
    page.get_by_label("Dernier jour").fill("2031-03-10")

    page.get_by_role("button", name="Changer les dates").click()

    expect(page.get_by_role("alert")).to_contain_text("après le premier")
    expect(page.get_by_label("Premier jour")).to_have_value("2031-03-20")


def test_a_breakdown_is_seen_then_confirmed(page, live_server, loan, owner, sign_in):
    spare = CopyFactory(resource=loan.copy.resource, depot=loan.copy.depot)
    sign_in(page, owner)
    page.goto(
        live_server.url + reverse("circulation:copy_break", args=[loan.copy.label])
    )
    page.get_by_label("Ce qui est cassé").fill("Écran fendu")
    page.get_by_role("button", name="Voir ce qui va se passer").click()

    expect(page.get_by_text(f"avec l’exemplaire {spare.label}")).to_be_visible()
    assert Loan.objects.get().copy_id == loan.copy_id

    page.get_by_role("button", name="Confirmer la panne et prévenir").click()
    expect(page.get_by_text("chacun est prévenu")).to_be_visible()
    assert Loan.objects.get().copy_id == spare.pk
